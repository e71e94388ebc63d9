"""Where copies go on a Flywheel site; for now the embedded tree."""
