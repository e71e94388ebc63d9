"""Where values live: one module or folder per file section, behind one small interface.

``base`` is that interface, ``content`` the bytes behind it, in part through a ``window``. ``compiling`` makes a profile
into plans and finds the one that owns a file; ``reaching`` tells which no file can reach. The pass of the rules over a
document is in ``rules``, the name of a copy in ``naming``, gzip around a file in ``gzip_``.

=============================  =========================================================
section                        room
=============================  =========================================================
``dicom``                      dicom/
``zip``                        archive/
``nifti``                      ``nifti`` (``nifti_header``)
``jpg``                        ``jpeg`` (``jpeg_segments``, ifd/)
``png``                        ``png``
``tiff``                       ``tiff`` (ifd/)
``xml``                        ``xml_`` (``xml_tree``, ``xml_text``)
``json``                       ``json_`` (``json_tree``, ``json_text``)
``csv``, ``tsv``, ``table``    ``table`` (``table_text``, ``table_subjects``)
``key-value-text-file``        ``key_value``
``filename``                   ``opaque``
=============================  =========================================================
"""
