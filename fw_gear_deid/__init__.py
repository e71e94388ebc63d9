"""De-identification of imaging files by Flywheel profiles: the gear and the command line ``fw-deid``.

What each room is for, and the way of a file through them, is told in docs/architecture.md.
"""

__version__ = "0.1.0"
