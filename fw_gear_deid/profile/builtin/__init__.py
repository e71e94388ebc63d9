"""The profiles that come with this package: those written out beside this page, and those made from DICOM's tables.

``catalogue`` lists them. ``ps3_15`` makes those of the standard, and ``sidecars`` their part beside DICOM, by
``sidecar_fields`` and ``sidecar_names``.
"""
