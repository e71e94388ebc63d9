"""Deflate by ISA-L: bounded inflation, and deflation whose result does not depend on how the bytes came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from isal import igzip_lib, isal_zlib

from fw_gear_deid.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fw_gear_deid.formats.base import Buffer

LEVEL = 2
"""ISA-L's default. On 16-bit MR and CT noise, level 1 is no faster and its output 3 % larger; level 3 is up to 20 %
slower and gains less than 1 %; zlib's level 6 is 17 to 24 times slower and gains 1 to 4 %."""

BLOCK = 1 << 20
"""Bytes that are deflated at a time. Part of what an archive's bytes depend on: ISA-L packs differently cut streams
differently, so every stream is cut here, and a member packed from memory and one streamed come out the same."""

RAW = -15
"""Window bits of a deflate stream without a header of its own."""

GZIP = b"\x1f\x8b"
"""How a gzip file begins (RFC 1952)."""

GZIP_HEADER = GZIP + b"\x08" + bytes(6) + b"\xff"
"""Deflate, no optional parts, no time, unknown system: the same on every machine."""

DeflateError = cast("type[Exception]", isal_zlib.error)
"""What ISA-L raises on bytes that are not a deflate stream."""

crc32 = isal_zlib.crc32

DAMAGED = "damaged: its packed bytes cannot be inflated; transfer the archive again"


def inflate(data: bytes, size: int) -> bytes:
    """Inflate a whole raw deflate stream to at most ``size + 1`` bytes.

    Raises:
        UnreadableError: the stream is damaged, ends early, inflates to more than ``size`` bytes, or does not end there.
    """
    if not data and not size:  # some writers mark an empty file as deflated and write nothing
        return b""
    inflater = isal_zlib.decompressobj(RAW)
    try:
        result = inflater.decompress(data, size + 1)
    except DeflateError:
        raise UnreadableError(DAMAGED) from None
    if not inflater.eof or inflater.unused_data or inflater.unconsumed_tail:
        raise UnreadableError(DAMAGED)
    return result


class Inflater:
    """Inflates a raw deflate stream piece by piece.

    Args:
        source: returns up to so many packed bytes; none at the end.
    """

    def __init__(self, source: Callable[[int], bytes]) -> None:
        self._source = source
        self._inflater = igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_DEFLATE)

    @property
    def finished(self) -> bool:
        """Whether the stream ended, and nothing is left behind it."""
        return self._inflater.eof and not self._inflater.unused_data and not self._source(1)

    def read(self, length: int) -> bytes:
        """Return up to ``length`` bytes; none only at the end of the stream or of its source.

        Raises:
            UnreadableError: the stream is damaged.
        """
        inflater = self._inflater
        try:
            while not inflater.eof:
                packed = self._source(BLOCK) if inflater.needs_input else b""
                if inflater.needs_input and not packed:
                    return b""
                if result := inflater.decompress(packed, length):
                    return result
        except DeflateError:
            raise UnreadableError(DAMAGED) from None
        return b""


class Deflater:
    """Packs the bytes of one member, counting them on the way.

    Attributes:
        size: bytes that went in so far.
        packed_size: bytes that came out so far.
        crc: CRC-32 of what went in.
    """

    def __init__(self, *, stored: bool = False) -> None:
        self._packer = None if stored else isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, RAW)
        self.size = 0
        self.packed_size = 0
        self.crc = 0

    def pack(self, chunks: Iterable[Buffer]) -> Iterator[Buffer]:
        """Yield the packed bytes of all ``chunks``, and the end of the stream."""
        for block in blocks(chunks):
            self.size += len(block)
            self.crc = crc32(block, self.crc)
            packed = block if self._packer is None else self._packer.compress(block)
            self.packed_size += len(packed)
            yield packed
        if self._packer is not None:
            packed = self._packer.flush()
            self.packed_size += len(packed)
            yield packed


def blocks(chunks: Iterable[Buffer], size: int = BLOCK) -> Iterator[Buffer]:
    """Cut a stream into blocks of ``size`` bytes, the last one shorter, whatever pieces it comes in."""
    held: list[memoryview] = []
    length = 0
    for chunk in chunks:
        view = memoryview(chunk).cast("B")
        while view:
            part = view[: size - length]
            held.append(part)
            length += len(part)
            view = view[len(part) :]
            if length == size:
                yield _whole(held)
                held, length = [], 0
    if held:
        yield _whole(held)


def _whole(parts: list[memoryview]) -> Buffer:
    """Return the parts as one buffer, without copying a single one."""
    return parts[0] if len(parts) == 1 else b"".join(parts)
