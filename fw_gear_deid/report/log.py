"""``deid_log.csv``: what every field was before and after. Holds identifying values; stays at the source's side."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING, Self, TextIO

from fw_gear_deid.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from fw_gear_deid.engine.base import LogRow, Source
    from fw_gear_deid.profile.model import Profile

FIXED = {"dicom": ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")}
"""What is logged of every file of a section, whatever its rules."""


def columns(profile: Profile) -> tuple[str, ...]:
    """Return the log's columns: path, type, each section's fixed fields, and every rule, each once."""
    names = ["path", "type"]
    for section in profile.sections.values():
        names += FIXED.get(section.name, ())
    for section in profile.sections.values():
        names += (rule.label for rule in section.rules)
    return tuple(dict.fromkeys(names))


class DeidLog:
    """The log, written row by row as files are done; only its owner may read it."""

    def __init__(self, path: Path, profile: Profile, *, many: bool = False, adds: bool = False) -> None:
        """Create the file.

        Args:
            path: where it is written; an older one is replaced.
            profile: whose rules are logged.
            many: whether there are several sources, so that a member's path begins with its archive's.
            adds: go on from an older one, if it has the same columns, instead of replacing it.

        Raises:
            OSError: the file cannot be created.
            UsageError: an older one that was to be gone on from has other columns.
        """
        self._many = many
        self._adds = adds
        names = columns(profile)
        begun = adds and _has_columns(path, names)
        if not adds:
            path.unlink(missing_ok=True)  # an older one may be readable by others
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | (os.O_APPEND if adds else os.O_EXCL), 0o600)
        self._file: TextIO = os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace", newline="")
        self._writer = csv.DictWriter(self._file, names, restval="", extrasaction="ignore")
        if not begun:
            self._writer.writeheader()

    def __enter__(self) -> Self:
        """Enter the block in which rows are written."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def add(self, source: Source, row: LogRow) -> None:
        """Write the two rows of one file; can be used as ``Listener.logged``."""
        path = row.path
        if self._many and path != source.origin:
            path = f"{source.origin}/{path}"
        for kind, values in (("before", row.before), ("after", row.after)):
            self._writer.writerow({**values, "path": path, "type": kind})
        if self._adds:
            self._file.flush()  # another run may write into it too


def _has_columns(path: Path, names: tuple[str, ...]) -> bool:
    """Whether a log has been begun.

    Raises:
        OSError: it cannot be read.
        UsageError: it has other columns.
    """
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        if next(csv.reader(file), None) != list(names):
            raise UsageError(f"{path}: is there already, and no log of this profile; move it, or use --log")
    return True
