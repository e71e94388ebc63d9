"""``alter_pixels``: which regions are blanked in which images.

It is understood by ``reading``, which takes ``conditions`` and whole ``recipes``.
"""
