"""DICOM, edited byte by byte.

::

    bytes ─▶ layout (preamble, meta, data set) ─▶ scanner (spans) ─▶ editor (rules → splices) ─▶ document (copy)

``names`` and ``rules`` compile a profile's section into the tables of ``levels``; ``values`` decodes and encodes what a
rule asks for; ``record`` keeps what was done.
"""
