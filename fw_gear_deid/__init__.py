"""De-identification of imaging files by Flywheel profiles: the gear and the command line ``fw-deid``."""

__version__ = "0.1.0"
