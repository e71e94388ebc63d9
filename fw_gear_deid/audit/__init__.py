"""The audit of data that is already there: ``fw-deid check``.

``passes`` goes over many sources (``base``): ``people`` gathers whom they are about, ``members`` takes each apart into
objects, ``looking`` has every object judged: by what it is (``objects``: ``dicom``, ``sidecars``; ``telling`` fields),
by what shows in it (``pixels``), and by a profile's ``rules``. What is found are ``concerns``; ``state`` keeps them.
"""
