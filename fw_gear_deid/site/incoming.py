"""A copy being written: under a name that tells nothing, in a folder apart, measured as it is written."""

from __future__ import annotations

import hashlib
import io
import secrets
import shutil
from typing import TYPE_CHECKING

from fw_gear_deid.errors import DestinationError
from fw_gear_deid.site.exports import Written, measure

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

FOLDER = ".incoming"
"""Name of the folder below the root of the destination. A group's id cannot begin with a dot."""


class MeasuredFile(io.FileIO):
    """A file that hashes what is written to it, as long as it is written from its start to its end.

    Attributes:
        written: what was handed over; None once a byte was written a second time.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "x+")
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._in_order = True

    def write(self, data: Buffer) -> int:
        """Write, and hash what was written."""
        start = self.tell()
        count = super().write(data)
        if start == self._size:
            self._sha256.update(memoryview(data).cast("B")[:count])
            self._size += count
        else:
            self._in_order = False
        return count

    def truncate(self, size: int | None = None) -> int:
        """Cut, after which the hash of the whole is not known."""
        self._in_order = False
        return super().truncate(size)

    @property
    def written(self) -> Written | None:
        """What was handed over; None if it was not written from start to end."""
        return Written(self._size, self._sha256.hexdigest()) if self._in_order else None


def temporary(root: Path) -> Path:
    """Return a new path below a destination's root, on the same file system, that tells nothing.

    Raises:
        OSError: the folder cannot be made.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder / secrets.token_hex(16)


def put_text(root: Path, target: Path, text: str) -> None:
    """Put a small text file into place at once.

    Raises:
        OSError: it cannot be written.
    """
    path = temporary(root)
    path.write_text(text, encoding="utf-8", newline="\n")
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)


def verified(path: Path, file: MeasuredFile) -> Written:
    """Read a complete copy back and compare it with what was handed over, by size and SHA-256.

    Raises:
        DestinationError: they differ.
        OSError: it cannot be read.
    """
    found = measure(path)
    handed = file.written
    if handed is not None and handed != found:
        raise DestinationError("the copy read back is not what was written; check the disk and run again")
    return found


def sweep(root: Path) -> None:
    """Remove what a run that was killed left behind."""
    shutil.rmtree(root / FOLDER, ignore_errors=True)
