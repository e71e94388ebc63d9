"""A file on the site read in parts, as an archive is: its list of members, then the members that are wanted.

Parts that are read one after the other grow: a whole file takes few requests, and one member not the whole file.
"""

from __future__ import annotations

import io
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from fw_gear_deid.errors import SiteError
from fw_gear_deid.site.client import UNSUPPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import SiteFile

FIRST: Final = 1 << 18
LARGEST: Final = 1 << 23
"""Bytes that are asked for at once: at first, and at most."""


class RemoteFile(io.RawIOBase):
    """The bytes of a file, fetched as they are read.

    Args:
        client: reads the site.
        file: the file.
    """

    def __init__(self, client: SiteClient, file: SiteFile) -> None:
        self._client = client
        self._file = file
        self._at = 0
        self._start = 0
        self._held = b""
        self._step = FIRST

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place; nothing is fetched."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return where it is read next."""
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read some bytes.

        Raises:
            SiteError: the site refuses, or does not answer.
        """
        view = memoryview(buffer).cast("B")
        if not self._start <= self._at < self._start + len(self._held):
            self._fetch(len(view))
        part = self._held[self._at - self._start :][: len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _fetch(self, wanted: int) -> None:
        follows = self._at == self._start + len(self._held)
        self._step = min(self._step * 2, LARGEST) if follows and self._held else FIRST
        stop = min(self._file.size, self._at + max(self._step, min(wanted, LARGEST)))
        self._start = self._at
        self._held = self._client.bytes_between(self._file, self._at, stop) if stop > self._at else b""


@contextmanager
def streamed(client: SiteClient, file: SiteFile) -> Iterator[BinaryIO]:
    """Open a file for reading; where the site sends no parts, it is downloaded, and removed afterwards.

    Raises:
        SiteError: the site refuses, or does not answer.
    """
    remote = RemoteFile(client, file)
    try:
        remote.read(1)
        remote.seek(0)
    except SiteError as error:
        if error.status != UNSUPPORTED:
            raise
    else:
        yield io.BufferedReader(remote)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")  # its name on the site may identify
        client.download(file, path)
        with path.open("rb") as opened:
            yield opened
