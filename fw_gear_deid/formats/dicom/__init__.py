"""DICOM, edited byte by byte.

::

    bytes ─▶ layout (preamble, meta, data set) ─▶ scanner (spans) ─▶ editor (rules → splices) ─▶ document (copy)

``names``, ``rules`` and ``levels`` compile a profile's section into tables. ``making`` runs the steps of one element,
``creating`` those of elements that are missing; ``values`` decodes and encodes for both, and ``memo`` remembers.
``scope`` is what is known of the data set at hand; ``record`` keeps what was done.
"""
