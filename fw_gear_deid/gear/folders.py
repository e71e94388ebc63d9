"""The local folders of a job, and what is said when they cannot be written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from fw_gear_deid.errors import UsageError

LEAST: Final = 1 << 16
"""Bytes of room without which no table can be begun."""

_MEND: Final = "make room, or let the account that the gear runs as write there, and run it again"


def check_output(output: Path) -> None:
    """Refuse a job whose tables and reports could not be written.

    Raises:
        UsageError: its output folder cannot be written, or is full.
    """
    if fault := _fault(output):
        raise UsageError(f"output/: cannot be written ({fault}); {_MEND}")


def work_folder(output: Path) -> Path:
    """Return where files lie on their way: the gear's work folder, or the system's; never the output.

    Raises:
        UsageError: neither can be written.
    """
    work = output.parent / "work"
    if not _fault(work):
        return work
    try:
        system = Path(tempfile.gettempdir())
    except OSError as error:
        fault = _told(error)
    else:
        fault = _fault(system)
        if not fault:
            return system
    raise UsageError(f"work/: neither it nor the system's temporary folder can be written ({fault}); {_MEND}")


def broken_off(error: OSError) -> str:
    """Return what is said of a job that a local folder ended; nothing of the error but its kind."""
    return (
        f"a local file could not be read or written ({_told(error)}); {_MEND}: copies that are at the destination "
        "stay, and are not made again"
    )


def _fault(folder: Path) -> str:
    """Return why a folder cannot be written; empty if it can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(LEAST))
    except OSError as error:
        return _told(error)
    return ""


def _told(error: OSError) -> str:
    return error.strerror or type(error).__name__
