"""A profile tried on some data: ``fw-deid test``.

``comparison`` sets every source beside its copy. ``coverage`` tells what of PS3.15 Table E.1-1 was left, ``purpose``
whether that was meant, ``suggesting`` what to write into the profile; ``pixel_text`` reads what stands in pixels.
"""
