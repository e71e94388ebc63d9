"""Where the parts of a DICOM file are: preamble, file meta information, data set (PS3.10 section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from isal import isal_zlib

from fw_gear_deid.errors import TooLargeError, UnreadableError
from fw_gear_deid.formats.content import TOO_LARGE, Range
from fw_gear_deid.formats.dicom.scanner import HEADER_LENGTH, Element, Scanner, TruncatedError, effective_syntax
from fw_gear_deid.formats.dicom.syntax import (
    DEFLATED_UIDS,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    KNOWN_VRS,
    META_GROUP,
    SHORT_VRS,
    Syntax,
    known_vr,
    syntax_of,
)
from fw_gear_deid.formats.dicom.tags import TRANSFER_SYNTAX_UID

PREAMBLE_LENGTH: Final = 128
PREFIX: Final = b"DICM"
MAX_INFLATED: Final = 1 << 30
"""How large a deflated data set may become."""

WORD: Final = 4
_GROUP_LENGTH: Final = b"\0\0\4\0\0\0"
"""What stands behind the group of an implicit group length."""
_FIRST_GROUPS: Final = frozenset({b"\x02\0", b"\0\x02", b"\x08\0", b"\0\x08"})
NOTHING: Final = Range(0, 0)


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of one file.

    Attributes:
        data: the buffer that all offsets refer to.
        meta_start: where the file meta elements begin; 0 without a preamble.
        meta: the file meta elements, in explicit little endian; empty when there are none.
        start: where the data set begins.
        stop: where the buffer ends.
        syntax: how the data set is encoded.
        deflated_stop: past the source's deflated bytes, which begin at ``start`` and are inflated in ``data``; -1 when
            nothing is deflated.
        hole: where the placeholder of the left-out value is; -1 when there is none.
        left_out: the source's bytes that the placeholder stands for.
    """

    data: bytes
    meta_start: int
    meta: list[Element]
    start: int
    stop: int
    syntax: Syntax
    deflated_stop: int = -1
    hole: int = -1
    left_out: Range = NOTHING

    @property
    def deflated(self) -> bool:
        """Whether the data set is deflated in the source."""
        return self.deflated_stop >= 0


def lay_out(data: bytes) -> Layout:
    """Find the parts of a file that is held.

    Raises:
        UnreadableError: the bytes are not a DICOM file.
        TooLargeError: its deflated data set is too large.
    """
    meta_start = PREAMBLE_LENGTH + len(PREFIX) if data[PREAMBLE_LENGTH : PREAMBLE_LENGTH + 4] == PREFIX else 0
    meta, start = _scan_meta(data, meta_start)
    transfer_syntax = _transfer_syntax(data, meta)
    deflated_stop = -1
    if transfer_syntax in DEFLATED_UIDS:
        inflated, deflated_stop = _inflated(data, start)
        data = data[:start] + inflated
    stated = syntax_of(transfer_syntax) if transfer_syntax else _guessed(data, start)
    syntax = _seen(data, start, stated)
    return Layout(data, meta_start, meta, start, len(data), syntax, deflated_stop=deflated_stop)


def _seen(data: bytes, start: int, stated: Syntax) -> Syntax:
    """Return how the data set is encoded, whatever its transfer syntax says of value representations."""
    if not stated.explicit and data[start + 4 : start + 6] in KNOWN_VRS:
        return EXPLICIT_LITTLE
    return effective_syntax(data, start, len(data), stated)


def _scan_meta(data: bytes, start: int) -> tuple[list[Element], int]:
    """Scan the elements of group 0002; return them and where the data set begins.

    The stated group length is not relied on: many files state a wrong one.
    """
    pos = start
    unpack = EXPLICIT_LITTLE.tag_length.unpack_from
    lengths = EXPLICIT_LITTLE.short_header.unpack_from
    while len(data) - pos >= HEADER_LENGTH and unpack(data, pos)[0] == META_GROUP:
        _, _, vr, length = lengths(data, pos)
        if vr not in SHORT_VRS:
            if len(data) - pos < HEADER_LENGTH + WORD:
                raise TruncatedError("truncated within the file meta information")
            (length,) = EXPLICIT_LITTLE.length.unpack_from(data, pos + HEADER_LENGTH)
            pos += WORD
        pos += HEADER_LENGTH + length
    if pos > len(data):
        raise TruncatedError("truncated within the file meta information")
    elements: list[Element] = []
    if pos > start:
        elements, _ = Scanner(data, frozenset()).data_set(start, pos, EXPLICIT_LITTLE)
    return elements, pos


def _transfer_syntax(data: bytes, meta: list[Element]) -> str:
    for tag, _, _, value, stop, _ in meta:
        if tag == TRANSFER_SYNTAX_UID:
            return data[value:stop].decode("ascii", "replace").rstrip("\0 ")
    return ""


def _guessed(data: bytes, start: int) -> Syntax:
    """Guess the encoding of a data set without file meta information from its first element.

    Raises:
        UnreadableError: it does not look like the beginning of a data set.
    """
    first = data[start : start + HEADER_LENGTH]
    if len(first) == HEADER_LENGTH:
        group_little, group_big = int.from_bytes(first[:2], "little"), int.from_bytes(first[:2], "big")
        if first[4:6] in KNOWN_VRS:
            return EXPLICIT_LITTLE if group_little < group_big or group_little == META_GROUP else EXPLICIT_BIG
        if group_little and known_vr(group_little << 16 | int.from_bytes(first[2:4], "little")):
            return IMPLICIT_LITTLE
    raise UnreadableError("not a DICOM file: it has neither the prefix DICM nor a data set at its beginning")


def is_bare_data_set(head: bytes) -> bool:
    """Whether a file begins as DICOM without preamble and prefix does: with a known element of group 0002 or 0008."""
    if head[:2] not in _FIRST_GROUPS:
        return False
    if head[2:HEADER_LENGTH] == _GROUP_LENGTH:
        return True
    try:
        syntax = _guessed(head, 0)
    except UnreadableError:
        return False
    return syntax.explicit or not any(head[HEADER_LENGTH - 2 : HEADER_LENGTH])  # whose first value is short


def _inflated(data: bytes, start: int) -> tuple[bytes, int]:
    """Inflate the data set of a deflated transfer syntax; return it and where its deflated bytes end, padding too."""
    inflater = isal_zlib.decompressobj(wbits=-isal_zlib.MAX_WBITS)
    try:
        result = bytes(inflater.decompress(memoryview(data)[start:], MAX_INFLATED))
    except isal_zlib.error as error:  # type: ignore[misc]  # its stub forgets that it is a class
        raise UnreadableError("the deflated data set is damaged") from error
    if len(result) >= MAX_INFLATED:
        raise TooLargeError(TOO_LARGE)
    if not inflater.eof:
        raise TruncatedError("truncated: the deflated data set has no end")
    stop = len(data) - len(inflater.unused_data)
    return result, stop + int((stop - start) % 2 and data[stop : stop + 1] == b"\0")


def deflated(data: bytes) -> bytes:
    """Deflate a data set (PS3.5 section A.5), padded to an even length."""
    compressor = isal_zlib.compressobj(isal_zlib.ISAL_DEFAULT_COMPRESSION, wbits=-isal_zlib.MAX_WBITS)
    result = bytes(compressor.compress(data)) + bytes(compressor.flush())
    return result + b"\0" * (len(result) % 2)
