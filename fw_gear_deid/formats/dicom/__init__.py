"""DICOM, edited byte by byte."""
