"""Gzip around one file (RFC 1952): inflated piece by piece, packed again without the name and time it carried."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from isal import igzip_lib

from fw_gear_deid.errors import TooLargeError, UnreadableError
from fw_gear_deid.formats.archive.deflating import BLOCK, GZIP, GZIP_HEADER, Deflater
from fw_gear_deid.formats.content import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.formats.base import Buffer, Content, Output

_EXTRA, _NAME, _COMMENT, _CRC = 4, 8, 16, 2
_LONGEST_HEADER = 1 << 17
_DAMAGED = "damaged gzip: it cannot be inflated to its end; transfer the file again"
_Error = cast("type[Exception]", igzip_lib.error)


@dataclass(frozen=True, slots=True)
class InflatedContent:
    """What a gzip file holds, inflated anew whenever it is asked for.

    Attributes:
        packed: the gzip file.
        size: number of bytes that it holds.
        members: number of gzip members it is made of.
    """

    packed: Content
    size: int
    members: int
    in_memory = False

    @classmethod
    def of(cls, packed: Content) -> InflatedContent:
        """Inflate a gzip file once, to check it and to count its bytes.

        Raises:
            UnreadableError: it is damaged, truncated, or followed by other bytes.
        """
        stream = _Stream(packed)
        size = sum(len(chunk) for chunk in stream.chunks())
        return cls(packed, size, stream.members)

    def read(self) -> bytes:
        """Refuse: nothing bounds the size of what a gzip file inflates to."""
        raise TooLargeError(TOO_LARGE)

    def prefix(self, length: int) -> bytes:
        """Return the first bytes."""
        return b"".join(self.chunks(0, length))

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[Buffer]:
        """Yield the bytes between two offsets in pieces."""
        end = self.size if stop is None else stop
        offset = 0
        for chunk in _Stream(self.packed).chunks():
            piece = chunk[max(0, start - offset) : max(0, end - offset)]
            if piece:
                yield piece
            offset += len(chunk)
            if offset >= end:
                return

    def header_size(self) -> int:
        """Return the length of the header, up to the deflate stream.

        Raises:
            UnreadableError: the header is longer than any writer makes it.
        """
        return _header_size(self.packed.prefix(_LONGEST_HEADER))


@dataclass(frozen=True, slots=True)
class Gzipped:
    """An output, packed; the bytes depend on the output alone, not on the pieces it comes in."""

    inner: Output

    def chunks(self) -> Iterator[Buffer]:
        """Yield the gzip file."""
        deflater = Deflater()
        yield GZIP_HEADER
        yield from deflater.pack(self.inner.chunks())
        yield struct.pack("<II", deflater.crc, deflater.size & 0xFFFFFFFF)


class _Stream:
    """One pass over all members of a gzip file; ``members`` counts those begun."""

    def __init__(self, packed: Content) -> None:
        self._packed = packed
        self.members = 0

    def chunks(self) -> Iterator[bytes]:
        inflater = None
        for chunk in self._packed.chunks():
            data = bytes(chunk)
            while data:
                if inflater is None:
                    data = self._next_member(data)
                    if not data:
                        break
                    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
                yield from _inflated(inflater, data)
                data = b""
                if inflater.eof:
                    data = inflater.unused_data
                    inflater = None
        if inflater is not None or not self.members:
            raise UnreadableError(_DAMAGED)

    def _next_member(self, data: bytes) -> bytes:
        if self.members:
            data = data.lstrip(b"\0")  # tapes and some writers pad with zeros
        if data and not data.startswith(GZIP[:1]):
            raise UnreadableError("gzip followed by bytes that are not gzip; cut them off")
        self.members += bool(data)
        return data


def _inflated(inflater: igzip_lib.IgzipDecompressor, data: bytes) -> Iterator[bytes]:
    try:
        while True:
            result = inflater.decompress(data, BLOCK)
            data = b""
            if result:
                yield result
            if inflater.eof or inflater.needs_input:
                return
    except _Error:
        raise UnreadableError(_DAMAGED) from None


def _header_size(data: bytes) -> int:
    flags = data[3]
    end = 10
    if flags & _EXTRA:
        end += 2 + int.from_bytes(data[end : end + 2], "little")
    for _ in filter(flags.__and__, (_NAME, _COMMENT)):
        end = data.find(b"\0", end) + 1
        if not end:
            raise UnreadableError("gzip with a header too long to be one")
    if flags & _CRC:
        end += 2
    return end
