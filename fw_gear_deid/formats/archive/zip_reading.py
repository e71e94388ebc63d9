"""Zip archives, read member by member (APPNOTE.TXT 6.3.10)."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Self

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.formats.archive.member import WRONG_SIZE, Kind, Member, Method, Packed, ZipDetails
from fw_gear_deid.formats.archive.streams import ArchiveFile, CheckedStream, FileStream, StreamedContent
from fw_gear_deid.formats.archive.zip_directory import find_directory, read_directory
from fw_gear_deid.formats.archive.zip_records import ENCRYPTED, LOCAL, LOCAL_SIGNATURE, PATCHED
from fw_gear_deid.formats.content import MemoryContent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fw_gear_deid.formats.base import Content

METHODS = {
    1: "shrink",
    6: "implode",
    9: "deflate64",
    12: "bzip2",
    14: "lzma",
    93: "zstd",
    95: "xz",
    98: "ppmd",
}
"""Names of methods that are not read, by number (4.4.5)."""

AES = 99

SUPPORTED = frozenset(Method)

BAD_HEADER = "its header disagrees with the directory of the zip archive; pack the archive again"
IS_LINK = "is a link or a device, not a file; pack the archive again without it"


class ZipReader:
    """A zip archive open for reading.

    Raises:
        UnreadableError: the archive is damaged, spans several files, or has members that overlap, share a path, or
            have a path out of the archive.
        TooLargeError: its directory is larger than can be held.
    """

    kind = Kind.ZIP

    def __init__(self, path: Path) -> None:
        self._file = ArchiveFile(path)
        try:
            directory = find_directory(self._file)
            self.comment = directory.comment
            self._members = read_directory(self._file, directory)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        """Enter the block in which members are read."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def members(self) -> Iterator[Member]:
        """Yield the members in the order of the directory."""
        return iter(self._members)

    def fetch(self, member: Member) -> Packed:
        """Return a file's bytes as the archive holds them; any thread may call it.

        Raises:
            UnreadableError: it is encrypted, a link, packed by a method that is not read, or damaged.
        """
        details, method = _details(member)
        start = self._start(details)
        return Packed(self._file.read_at(start, details.packed_size), method, details.crc, member.size)

    def content(self, member: Member) -> Content:
        """Return a file's bytes to be read piece by piece.

        Raises:
            UnreadableError: as for ``fetch``.
        """
        if not member.size:
            return MemoryContent(self.fetch(member).unpack())
        details, method = _details(member)
        start = self._start(details)

        def open_stream(_: int) -> CheckedStream:
            packed = FileStream(self._file, start, start + details.packed_size)
            return CheckedStream(packed, method, member.size, details.crc)

        return StreamedContent(member.size, 0, open_stream)

    def _start(self, details: ZipDetails) -> int:
        """Return where a member's bytes start, behind a local header that says what the directory says."""
        header = self._file.read_at(details.offset, LOCAL.size + len(details.raw_name))
        signature, _, flags, method, *_, name_length, extra_length = LOCAL.unpack_from(header)
        start = details.offset + LOCAL.size + int(name_length) + int(extra_length)
        if (
            signature != LOCAL_SIGNATURE
            or name_length != len(details.raw_name)
            or header[LOCAL.size :] != details.raw_name
            or method != details.method
            or flags & ENCRYPTED
            or start + details.packed_size > details.limit
        ):
            raise UnreadableError(BAD_HEADER)
        return start


def _details(member: Member) -> tuple[ZipDetails, Method]:
    """Check that a member's kind and method are read here."""
    details = member.details
    if not isinstance(details, ZipDetails) or member.is_folder:
        raise TypeError("only files of this zip archive have bytes")
    if details.flags & ENCRYPTED or details.method == AES:
        raise UnreadableError("is encrypted; decrypt the archive, or pack it again without a password")
    if details.flags & PATCHED:
        raise UnreadableError("is a patch of another file, which is not supported; pack the archive again with deflate")
    if details.method not in SUPPORTED:
        name = METHODS.get(details.method, f"method {details.method}")
        raise UnreadableError(f"is packed by {name}, which is not supported; pack the archive again with deflate")
    if stat.S_IFMT(details.attributes >> 16) not in {0, stat.S_IFREG}:
        raise UnreadableError(IS_LINK)
    method = Method(details.method)
    if method is Method.STORED and details.packed_size != member.size:
        raise UnreadableError(WRONG_SIZE)
    return details, method
