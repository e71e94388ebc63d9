"""Files as bytes that are read when they are looked at."""

from __future__ import annotations

import mmap
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


def opened(data: bytes | Path) -> AbstractContextManager[bytes]:
    """Give bytes as they are, and a file as a map of its bytes, which is sliced and searched in the same way.

    Raises:
        OSError: the file cannot be read.
    """
    return nullcontext(data) if isinstance(data, bytes) else _mapped(data)


@contextmanager
def _mapped(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        if not file.seek(0, 2):
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped  # type: ignore[misc]  # what is done with it, it does as bytes do
