"""Image file directories (TIFF 6.0): the tags of a TIFF file, and of the Exif block of a JPEG, which is a TIFF."""
