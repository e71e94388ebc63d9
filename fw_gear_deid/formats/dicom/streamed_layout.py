"""Where the parts of a large DICOM file are: it is read up to the pixel data, their value skipped, the rest read.

One placeholder byte in the buffer stands for that value, which is copied from the source when the copy is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import TooLargeError, UnreadableError
from fw_gear_deid.formats.content import TOO_LARGE, Range
from fw_gear_deid.formats.dicom.layout import WORD, Layout, lay_out
from fw_gear_deid.formats.dicom.scanner import HEADER_LENGTH, Scanner, TruncatedError
from fw_gear_deid.formats.dicom.syntax import (
    FIRST_PIXEL_TAG,
    ITEM,
    PIXEL_DATA_GROUP,
    SEQUENCE_END,
    UNDEFINED_LENGTH,
    Syntax,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.formats.base import Buffer, Content

FIRST_READ: Final = 1 << 16
MAX_HEADER: Final = 32 << 20
"""How many bytes may stand before and after the pixel data of a file that is read piece by piece."""


def lay_out_stream(content: Content) -> Layout:
    """Find the parts of a file too large to be held.

    Raises:
        UnreadableError: the bytes are not a DICOM file.
        TooLargeError: more than its pixel data is large.
    """
    length = FIRST_READ
    while True:
        head = content.prefix(min(length, content.size))
        try:
            return _with_hole(content, head)
        except TruncatedError:
            if len(head) >= content.size:
                raise
            if length >= MAX_HEADER:
                raise TooLargeError(TOO_LARGE) from None
        length *= 8


def _with_hole(content: Content, head: bytes) -> Layout:
    """Lay out a file whose ``head`` reaches into its pixel data.

    Raises:
        TruncatedError: ``head`` ends before the pixel data begins.
    """
    plain = lay_out(head)
    if len(head) >= content.size:
        return plain
    if plain.deflated:
        raise TooLargeError(TOO_LARGE)
    value, length = _pixel_data(plain)
    end = value + length
    if length == UNDEFINED_LENGTH:
        end = _end_of_fragments(content, value, plain.syntax)
    if end > content.size:
        raise TruncatedError("truncated: the pixel data runs past the end")
    if content.size - end > MAX_HEADER:
        raise TooLargeError(TOO_LARGE)
    data = head[:value] + b"\0" + b"".join(content.chunks(end, content.size))
    left_out = Range(value, end)
    return Layout(
        data, plain.meta_start, plain.meta, plain.start, len(data), plain.syntax, hole=value, left_out=left_out
    )


def _pixel_data(layout: Layout) -> tuple[int, int]:
    """Return where the value of the pixel data begins, and its stated length.

    Raises:
        TruncatedError: the buffer ends before that.
    """
    scanner = Scanner(layout.data, frozenset(), until=FIRST_PIXEL_TAG)
    _, start = scanner.data_set(layout.start, layout.stop, layout.syntax)
    if layout.stop - start < HEADER_LENGTH + WORD:
        raise TruncatedError("truncated: the data set has no end")
    if layout.syntax.tag_length.unpack_from(layout.data, start)[0] != PIXEL_DATA_GROUP:
        raise TruncatedError("the data set ends without pixel data")  # so that more of it is read
    return _value_of(layout.data, start, layout.syntax)


def _value_of(data: bytes, start: int, syntax: Syntax) -> tuple[int, int]:
    """Return where the value of the element at ``start`` begins, and its stated length."""
    if not syntax.explicit:
        return start + HEADER_LENGTH, syntax.tag_length.unpack_from(data, start)[2]
    value = start + HEADER_LENGTH
    return value + WORD, syntax.length.unpack_from(data, value)[0]


def _end_of_fragments(content: Content, start: int, syntax: Syntax) -> int:
    """Return where encapsulated pixel data ends, reading the source once (PS3.5 section A.4)."""
    reader = _Forward(content.chunks(start), start)
    while True:
        group, element, length = syntax.tag_length.unpack(reader.read(HEADER_LENGTH))
        tag = group << 16 | element
        if tag == SEQUENCE_END:
            return reader.pos
        if tag != ITEM:
            raise UnreadableError("a fragment of the pixel data has no header")
        reader.skip(length)


class _Forward:
    """Reads and skips in a stream of chunks.

    Attributes:
        pos: offset in the source of the next byte.
    """

    def __init__(self, chunks: Iterator[Buffer], pos: int) -> None:
        self._chunks = chunks
        self._buffer = memoryview(b"")
        self.pos = pos

    def read(self, length: int) -> bytes:
        """Return the next ``length`` bytes."""
        result = b""
        while len(result) < length:
            self._fill()
            part = self._buffer[: length - len(result)]
            self._buffer = self._buffer[len(part) :]
            result += part
        self.pos += length
        return result

    def skip(self, length: int) -> None:
        """Pass over ``length`` bytes."""
        self.pos += length
        while length:
            self._fill()
            step = min(length, len(self._buffer))
            self._buffer = self._buffer[step:]
            length -= step

    def _fill(self) -> None:
        while not self._buffer:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise TruncatedError("truncated: the pixel data has no end")
            self._buffer = memoryview(chunk)
