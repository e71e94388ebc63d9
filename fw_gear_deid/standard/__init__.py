"""What DICOM itself says, as tables.

``confidentiality`` tells which attributes identify (PS3.15 Table E.1-1), ``private`` which private ones are safe,
``types`` which an object must have, ``methods`` how it says what was done to it, and ``images`` which images are likely
to show writing or a face.
"""
