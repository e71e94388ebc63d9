"""Tar archives, plain or gzipped, read member by member (POSIX.1-2008 pax; headers by the standard library)."""

from __future__ import annotations

import math
import tarfile
from typing import TYPE_CHECKING, Self

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.formats.archive.deflating import DeflateError, crc32
from fw_gear_deid.formats.archive.member import TRUNCATED, Kind, Member, Method, Packed, TarDetails
from fw_gear_deid.formats.archive.paths import Paths
from fw_gear_deid.formats.archive.streams import ArchiveFile, FileStream, GzipStream, StreamedContent
from fw_gear_deid.formats.base import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fw_gear_deid.formats.archive.streams import Stream
    from fw_gear_deid.formats.base import Content

MAX_HEADER = 1 << 20
"""Bytes that the extended header of one member may have."""

IS_LINK = "is a link or a device, not a file; pack the archive again without it"
IS_SPARSE = "is stored with holes; pack the archive again without the option for sparse files"
DAMAGED = "the tar archive is damaged or cut off; transfer it again"


class _Headers:
    """What the standard library reads headers from: it goes forward only, and never takes much at once.

    Attributes:
        last: what was read last.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.last = b""

    def read(self, length: int) -> bytes:
        if not 0 <= length <= MAX_HEADER:
            raise UnreadableError("a header of the tar archive is too large; pack the archive again")
        self.last = self.stream.read(length)
        return self.last

    def tell(self) -> int:
        return self.stream.position

    def seek(self, position: int) -> None:
        self.stream.skip_to(position)


class TarReader:
    """A tar archive open for reading.

    Raises:
        UnreadableError: the archive is damaged; found while its members are read, which are not listed anywhere.
    """

    comment = b""

    def __init__(self, path: Path, kind: Kind) -> None:
        self.kind = kind
        self._file = ArchiveFile(path)
        self._walk: Stream | None = None
        self._late: Stream | None = None

    def __enter__(self) -> Self:
        """Enter the block in which members are read."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def members(self) -> Iterator[Member]:
        """Yield the members in order. A gzipped archive is inflated once if each is fetched before the next is asked.

        Paths that are not UTF-8 are read as ISO 8859-1.

        Raises:
            UnreadableError: the archive is damaged or ends early, or a member has a path out of it or that of another.
        """
        headers = _Headers(self._open(0))
        self._walk = headers.stream
        paths = Paths()
        try:
            # It calls read, tell and seek only.
            tar = tarfile.TarFile(fileobj=headers, encoding="utf-8", errors="surrogateescape")  # type: ignore[arg-type]
            while (info := tar.next()) is not None:
                tar.members = []  # type: ignore[attr-defined]  # it would hold them all
                yield _member(info, paths)
                headers.seek(tar.offset)
        except HEADER_ERRORS:
            raise UnreadableError(DAMAGED) from None
        _check_end(headers)

    def fetch(self, member: Member) -> Packed:
        """Return a file's bytes; called by one thread.

        Raises:
            UnreadableError: it is a link or a device, or the archive is damaged.
        """
        details = _details(member)
        stream = self._at(details.offset)
        data = stream.read(member.size) if member.size else b""
        if len(data) != member.size:
            raise UnreadableError(TRUNCATED)
        return Packed(data, Method.STORED, crc32(data), member.size)

    def content(self, member: Member) -> Content:
        """Return a file's bytes to be read piece by piece. In a gzipped archive, what precedes it is inflated again.

        Raises:
            UnreadableError: it is a link or a device.
        """
        return StreamedContent(member.size, _details(member).offset, self._open)

    def _at(self, offset: int) -> Stream:
        """Return a stream that stands at a member's bytes: the one its header was read from, if it is still there."""
        if self._walk is not None and self._walk.position == offset:
            return self._walk
        if self._late is None or self._late.position > offset:
            self._late = self._open(offset)
        self._late.skip_to(offset)
        return self._late

    def _open(self, position: int) -> Stream:
        if self.kind is Kind.TAR_GZ:
            return GzipStream(self._file)
        stream = FileStream(self._file)
        stream.skip_to(position)
        return stream


HEADER_ERRORS = (tarfile.TarError, ValueError, OverflowError, RecursionError, IndexError, DeflateError)
"""What the standard library raises on damaged headers."""


def _check_end(headers: _Headers) -> None:
    """Check that the archive ends with a block of zeros, and that nothing but zeros follows."""
    if len(headers.last) != tarfile.BLOCKSIZE or headers.last.strip(b"\0"):
        raise UnreadableError(DAMAGED)
    while rest := headers.stream.read(CHUNK):
        if rest.strip(b"\0"):
            raise UnreadableError("the tar archive has data behind its end; pack the archive again")


def _member(info: tarfile.TarInfo, paths: Paths) -> Member:
    name = info.name
    if not name.isascii():
        stored = name.encode("utf-8", "surrogateescape")
        try:
            name = stored.decode()
        except UnicodeDecodeError:
            name = stored.decode("latin-1")
    name = name.replace("\\", "/")  # as in a zip archive: else folders would hide in the name of a file
    is_folder = info.isdir()
    paths.add(name, is_folder=is_folder)
    problem = ""
    if info.issparse():
        problem = IS_SPARSE
    elif not info.isreg() and not is_folder:
        problem = IS_LINK
    if info.size < 0:
        raise UnreadableError(DAMAGED)
    modified = int(info.mtime) if math.isfinite(info.mtime) else 0
    size = info.size if info.isreg() else 0
    return Member(name, size, is_folder, TarDetails(info.mode & 0o7777, modified, info.offset_data, problem))


def _details(member: Member) -> TarDetails:
    """Check that a member is a regular file."""
    if not isinstance(member.details, TarDetails) or member.is_folder:
        raise TypeError("only files of this tar archive have bytes")
    if member.details.problem:
        raise UnreadableError(member.details.problem)
    return member.details
