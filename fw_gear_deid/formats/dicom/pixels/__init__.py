"""``alter_pixels``: regions of images are blanked before any other rule runs.

::

    matching (which labels hold) ─▶ area (which pixels) ─▶ blanking (native) or decoding (compressed) ─▶ altering (copy)

``picture`` reads the attributes that say how the pixels are stored, ``overlays`` blanks the bit planes that lie over
them. What comes out is an object like the one that came in, of which the rules of ``fields`` then see no blanked pixel.
"""
