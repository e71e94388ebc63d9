"""Tar archives, plain or gzipped, written member by member (POSIX.1-2008 pax; headers by the standard library)."""

from __future__ import annotations

import struct
import tarfile
from typing import TYPE_CHECKING, BinaryIO

from isal import isal_zlib

from fw_gear_deid.errors import DestinationError
from fw_gear_deid.formats.archive.deflating import BLOCK, GZIP_HEADER, LEVEL, RAW, crc32
from fw_gear_deid.formats.archive.member import Kind, Member, Method, Packed, TarDetails

if TYPE_CHECKING:
    from fw_gear_deid.formats.base import Buffer, Output


class _Plain:
    """Passes bytes on.

    Attributes:
        size: how many went through.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0

    def write(self, data: Buffer) -> None:
        self._file.write(data)
        self.size += len(data)

    def finish(self) -> None:
        """There is nothing behind the bytes."""


class _Gzip:
    """Gzips bytes, in blocks of one size however they come, so that the result does not depend on that.

    Attributes:
        size: how many bytes went in.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._packer = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, RAW)
        self._held = bytearray()
        self._crc = 0
        self.size = 0
        file.write(GZIP_HEADER)

    def write(self, data: Buffer) -> None:
        view = memoryview(data).cast("B")
        self.size += len(view)
        self._crc = crc32(view, self._crc)
        while len(view):
            taken = view[: BLOCK - len(self._held)]
            view = view[len(taken) :]
            if len(taken) == BLOCK:
                self._file.write(self._packer.compress(taken))
                continue
            self._held += taken
            if len(self._held) == BLOCK:
                self._file.write(self._packer.compress(self._held))
                self._held.clear()

    def finish(self) -> None:
        """Write the last block, the checksum, and the size modulo 4 GiB."""
        self._file.write(self._packer.compress(self._held) + self._packer.flush())
        self._file.write(struct.pack("<LL", self._crc, self.size & 0xFFFFFFFF))


class TarWriter:
    """Writes a tar archive whose members carry the times and modes of those they are twins of.

    Owners and groups are not written: they name people. Extended headers are written for what does not fit into
    plain ones: long or non-ASCII paths, sizes from 8 GiB on.

    Args:
        file: open for writing.
        kind: whether the archive is gzipped.
    """

    def __init__(self, file: BinaryIO, kind: Kind) -> None:
        self._sink = _Gzip(file) if kind is Kind.TAR_GZ else _Plain(file)

    def pack(self, data: bytes, member: Member | None = None) -> Packed:  # noqa: ARG002  # zip needs it
        """Return a member's new bytes, which tar holds as they are; any thread may call it."""
        return Packed(data, Method.STORED, crc32(data), len(data))

    def add(self, member: Member, name: str, packed: Packed) -> None:
        """Write a file."""
        if packed.method is not Method.STORED:
            raise TypeError("a tar archive holds members as they are")
        self._sink.write(_header(member, name, packed.size))
        self._sink.write(packed.data)
        self._pad(tarfile.BLOCKSIZE)

    def stream(self, member: Member, name: str, output: Output) -> None:
        """Write a file piece by piece. Its bytes are produced twice: the size stands before them.

        Raises:
            DestinationError: the bytes were not as many the second time.
            FileError: the bytes could not be had; the archive is then of no use.
        """
        size = sum(len(chunk) for chunk in output.chunks())
        self._sink.write(_header(member, name, size))
        start = self._sink.size
        for chunk in output.chunks():
            self._sink.write(chunk)
        if self._sink.size - start != size:
            raise DestinationError("a member changed while it was written; run it again")
        self._pad(tarfile.BLOCKSIZE)

    def folder(self, member: Member, name: str) -> None:
        """Write a folder."""
        self._sink.write(_header(member, name, 0))

    def close(self, comment: bytes) -> None:
        """Write the end of the archive; the file stays open. Tar archives have no comment.

        Raises:
            DestinationError: there is a comment.
        """
        if comment:
            raise DestinationError("a tar archive cannot hold a comment")
        self._sink.write(bytes(2 * tarfile.BLOCKSIZE))
        self._pad(tarfile.RECORDSIZE)
        self._sink.finish()

    def _pad(self, length: int) -> None:
        self._sink.write(bytes(-self._sink.size % length))


def _header(member: Member, name: str, size: int) -> bytes:
    if not isinstance(member.details, TarDetails):
        raise TypeError("the twin is not of a tar archive")
    info = tarfile.TarInfo(name)
    info.size = size
    info.mtime = member.details.modified
    info.mode = member.details.mode
    info.type = tarfile.DIRTYPE if member.is_folder else tarfile.REGTYPE
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
