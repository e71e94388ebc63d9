"""Tar archives, plain or in gzip, written without what identifies people: owner, group, gzip's file name and time."""

from __future__ import annotations

import struct
import tarfile
from typing import TYPE_CHECKING

from isal import isal_zlib

from fw_gear_deid.formats.archive.deflating import BLOCK, LEVEL, RAW, crc32
from fw_gear_deid.formats.archive.member import Member, Method, Packed, TarDetails

if TYPE_CHECKING:
    from typing import BinaryIO

    from fw_gear_deid.formats.base import Buffer, Output

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Deflate, no name, no time, unknown system (RFC 1952)."""


class TarWriter:
    """A tar archive being written.

    Args:
        file: receives the archive.
        packed: whether to write it in gzip.
    """

    def __init__(self, file: BinaryIO, *, packed: bool) -> None:
        self._gzip = GzipSink(file) if packed else None
        self._write = file.write if self._gzip is None else self._gzip.write
        self._written = 0

    def pack(self, data: bytes) -> Packed:
        """Return the bytes as they are; a tar archive is packed as a whole."""
        return Packed(data, Method.STORED, crc32(data), len(data))

    def add(self, member: Member, name: str, packed: Packed) -> None:
        """Write a member."""
        self._header(member, name, packed.size)
        self._put(packed.data)
        self._pad(tarfile.BLOCKSIZE)

    def stream(self, member: Member, name: str, output: Output) -> None:
        """Write a member piece by piece; a first pass counts its bytes, which the header must say."""
        self._header(member, name, sum(len(chunk) for chunk in output.chunks()))
        for chunk in output.chunks():
            self._put(chunk)
        self._pad(tarfile.BLOCKSIZE)

    def folder(self, member: Member, name: str) -> None:
        """Write a folder's entry."""
        self._header(member, name, 0)

    def close(self, comment: bytes) -> None:
        """Write the archive's end. A tar archive has no comment."""
        del comment
        self._put(bytes(2 * tarfile.BLOCKSIZE))
        self._pad(tarfile.RECORDSIZE)
        if self._gzip is not None:
            self._gzip.close()

    def _header(self, member: Member, name: str, size: int) -> None:
        assert isinstance(member.details, TarDetails)  # noqa: S101  # members of a tar archive
        info = tarfile.TarInfo(name)
        info.size = size
        info.mode = member.details.mode
        info.mtime = member.details.modified
        info.type = tarfile.DIRTYPE if member.is_folder else tarfile.REGTYPE
        self._put(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))

    def _put(self, data: Buffer) -> None:
        self._write(data)
        self._written += len(data)

    def _pad(self, multiple: int) -> None:
        self._put(bytes(-self._written % multiple))


class GzipSink:
    """A gzip file being written; its bytes do not depend on the pieces it is handed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._packer = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, RAW)
        self._held = bytearray()
        self._crc = 0
        self._size = 0
        file.write(GZIP_HEADER)

    def write(self, data: Buffer) -> int:
        """Take bytes; they are packed a block at a time."""
        self._held += data
        while len(self._held) >= BLOCK:
            self._pack(bytes(self._held[:BLOCK]))
            del self._held[:BLOCK]
        return len(data)

    def close(self) -> None:
        """Write what is held and the end. The file stays open."""
        self._pack(bytes(self._held))
        self._file.write(self._packer.flush())
        self._file.write(struct.pack("<2L", self._crc, self._size & 0xFFFFFFFF))

    def _pack(self, block: bytes) -> None:
        self._crc = crc32(block, self._crc)
        self._size += len(block)
        self._file.write(self._packer.compress(block))
