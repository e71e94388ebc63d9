"""``alter_pixels``: which regions are blanked in which images, by conditions and recipes."""
