"""Where values live: one module or folder per file section, behind one small interface."""
