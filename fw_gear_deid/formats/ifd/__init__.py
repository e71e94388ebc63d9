"""Image file directories (TIFF 6.0): the tags of a TIFF file, and of the Exif block of a JPEG, which is a TIFF.

``layout`` finds them (in ``extents``), ``document`` shows their tags as fields, by ``names``, and ``editor`` writes
them back. ``values`` are of ``value_types``; what of them ``repeats`` in other words goes as they do.
"""
