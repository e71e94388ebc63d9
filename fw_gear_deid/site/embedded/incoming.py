"""A copy being written, measured as it is, and what is put into place beside it."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from fw_gear_deid.errors import DestinationError
from fw_gear_deid.site.exports import Written, measure

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

    from fw_gear_deid.engine.folder import Staging


class MeasuredFile(io.FileIO):
    """A file that hashes what is written to it, as long as it is written from its start to its end.

    Attributes:
        written: what was handed over; None once a byte was written a second time.
    """

    def __init__(self, path: Path) -> None:
        """Open an empty file for reading and writing."""
        super().__init__(path, "r+")
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


def put_text(staging: Staging, target: Path, text: str) -> None:
    """Put a small text file into place at once.

    Raises:
        DestinationError: the staging folder cannot be written.
        OSError: the file cannot be put into place.
    """
    path, file = staging.file()
    with file:
        file.write(text.encode())
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
