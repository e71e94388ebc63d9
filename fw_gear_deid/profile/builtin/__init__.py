"""The profiles that come with this package: those written out beside this page, and those made from DICOM's tables."""
