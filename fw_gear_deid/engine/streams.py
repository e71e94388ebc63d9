"""Bytes that are too many to be held: their beginning, their digest, and themselves in a file for a while."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_deid.formats.content import PathContent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.formats.base import Content, Output

HEADER = 1 << 24
"""More than any header before pixel data: what is read of a large object to know what it is about."""


def drain(output: Output) -> None:
    """Read all bytes, so that damage shows."""
    for _ in output.chunks():
        pass


def head_of(output: Output) -> bytes:
    """Return the beginning of a file, up to where pixel data must have begun."""
    head = bytearray()
    for chunk in output.chunks():
        head += chunk
        if len(head) >= HEADER:
            break
    return bytes(head)


def digest(content: Content | Output) -> bytes:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    for chunk in content.chunks():
        found.update(chunk)
    return found.digest()


@contextmanager
def spooled(output: Output, folder: Path) -> Iterator[PathContent]:
    """Give an output as a file that is gone after the block. Its name tells nothing.

    Raises:
        FileError: what ``output`` raises.
        OSError: the file cannot be written.
    """
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for chunk in output.chunks():
            file.write(chunk)
        file.flush()
        yield PathContent(Path(file.name), file.tell())
