"""What remained: what tells the subject, searched for in finished copies with code that no format shares.

A source is harvested (``harvesting``: ``fields``, ``dicom_bytes``, ``xml_fields``) for what identifies; a
``vocabulary`` holds its spellings, in all ``encodings``; ``searching`` looks for them in what of a copy can hold text
(``reading`` its ``files``), and tells ``findings`` by their ``places``, without a value.

For a trial, ``comparing`` sets an object beside its copy, ``coverage`` tells by PS3.15 what was left, ``purpose``
whether that was meant, ``suggesting`` what to write, and ``burned_in`` what stands in pixels.
"""
