"""What remained: coverage of a profile against DICOM PS3.15."""
