"""What remained: what tells the subject, searched for in finished copies with code that no format shares.

A source is harvested (``harvesting``: ``fields``, ``dicom_bytes``, ``xml_fields``) for what identifies; a
``vocabulary`` holds its spellings, in all ``encodings``; ``searching`` looks for them in what of a copy can hold text
(``reading`` its ``files``), and tells ``findings`` by their ``places``, without a value.

For audits and trials, ``comparing`` sets an object beside its copy, and ``burned_in`` reads what stands in its pixels.
"""
