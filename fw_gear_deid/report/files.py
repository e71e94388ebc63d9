"""Files about a run: created anew, and named when they are complete."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pathlib import Path


def created(path: Path, *, identifying: bool) -> TextIO:
    """Create a file in the place of an older one; only its owner may read one that holds identifying values.

    Raises:
        OSError: it cannot be created.
    """
    path.unlink(missing_ok=True)  # an older one may be readable by others
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if identifying else 0o666)
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="")


class UnfinishedFile:
    """A file that gets its name, and takes an older one's place, when it is complete.

    Args:
        path: where it is written.
        identifying: whether only its owner may read it.

    Attributes:
        file: open for writing.

    Raises:
        OSError: it cannot be created.
    """

    def __init__(self, path: Path, *, identifying: bool = False) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self.file = created(self._part, identifying=identifying)

    def complete(self) -> None:
        """Give the file its name."""
        self.file.close()
        self._part.replace(self._path)

    def discard(self) -> None:
        """Leave nothing of it, and an older file as it is."""
        with suppress(OSError):  # a disk that is full cannot take the rest of what is thrown away
            self.file.close()
        self._part.unlink(missing_ok=True)
