"""What DICOM itself says, as tables: which attributes identify, and which an object must have."""
