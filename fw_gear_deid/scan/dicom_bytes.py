"""DICOM objects read by the scan itself: where their text is, which identifying elements they hold, what is where.

Nothing is shared with the editor, so that a fault of the editor shows. Elements are found by their encoded tags at
every depth at once, without a walk through the structure; ``places`` walks, to name the place of what was found.
"""

from __future__ import annotations

import re
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Literal

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.identity.elements import ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ahocorasick_rs import BytesAhoCorasick

Buffer = bytes  # or an mmap, which can be sliced and searched in the same way
Order = Literal["big", "little"]

PREAMBLE: Final = 132
META_LENGTH: Final = 1 << 16
META_GROUP, TRANSFER_SYNTAX = 0x0002, 0x0010
UNDEFINED: Final = 0xFFFFFFFF
IMPLICIT, BIG, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
TEXT_REPRESENTATIONS: Final = frozenset({b"AE", b"CS", b"DA", b"DT", b"LO", b"LT", b"PN", b"SH", b"ST", b"TM"})
LONG_REPRESENTATIONS: Final = frozenset({b"UC", b"UT", b"UN", b"OB"})
LONGEST_VALUE: Final = 1 << 12
"""Bytes of an identifying value at most; what is longer in such a place is taken for chance."""

FRAGMENT_HEAD: Final = 4096
"""Bytes of a compressed frame that are searched: its header, in which comments stand."""

SMALLEST_SKIPPED: Final = 512
_SHORT_HEADER: Final = struct.Struct("<HH2sH")
_LONG_HEADER_SIZE: Final = 12
_LONG_OF_META: Final = frozenset({b"OB", b"OW", b"UC", b"UN", b"UT"})
_ITEM, _DELIMITER = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_PIXELS: Final = re.compile(rb"\xe0\x7f([\x08\x09\x10])\x00")
_BIG_PIXELS: Final = re.compile(rb"\x7f\xe0\x00([\x08\x09\x10])")
"""The tags of pixel data: integers (7FE0,0010), single and double floats. An expression finds them sooner than
``bytes.find``, for it looks for their first byte, which is rare in headers."""

_USUAL: Final = b"\x10"
_PIXEL_REPRESENTATIONS: Final = (b"OB", b"OW", b"OF", b"OD", b"UN")


@dataclass(frozen=True, slots=True)
class Syntax:
    """How an object is encoded.

    Attributes:
        start: where its data set starts, after preamble and file meta information.
        explicit: whether representations are written.
        big: whether numbers begin with their high byte.
        deflated: whether the data set is compressed.
    """

    start: int
    explicit: bool = True
    big: bool = False
    deflated: bool = False


def is_dicom(data: Buffer) -> bool:
    """Whether bytes are those of a DICOM object, with or without preamble."""
    if data[PREAMBLE - 4 : PREAMBLE] == b"DICM":
        return True
    head = data[:8]
    return len(head) == 8 and head[:2] in {b"\x02\x00", b"\x08\x00"} and head[3] == 0 and _begins_element(head)  # noqa: PLR2004


def _begins_element(head: bytes) -> bool:
    """Whether eight bytes look like the first element of a data set without preamble."""
    return head[4:6].isalpha() and head[4:6].isupper() or struct.unpack("<I", head[4:])[0] <= LONGEST_VALUE  # noqa: RUF021


def syntax_of(data: Buffer) -> Syntax:
    """Tell how an object is encoded."""
    start = offset = PREAMBLE if data[PREAMBLE - 4 : PREAMBLE] == b"DICM" else 0
    last = min(start + META_LENGTH, len(data)) - _LONG_HEADER_SIZE
    uid = ""
    while offset <= last:
        group, element, representation, length = _SHORT_HEADER.unpack_from(data, offset)
        if group != META_GROUP:
            break
        begin = offset + 8
        if representation in _LONG_OF_META:
            begin = offset + _LONG_HEADER_SIZE
            length = int.from_bytes(data[begin - 4 : begin], "little")
        if element == TRANSFER_SYNTAX:
            uid = data[begin : begin + length].rstrip(b"\0 ").decode("ascii", "replace")
        offset = begin + length
    if offset == start and not data[offset + 4 : offset + 6].isalpha():
        uid = IMPLICIT
    return Syntax(offset, uid != IMPLICIT, uid == BIG, uid == DEFLATED)


def inflated(data: Buffer, syntax: Syntax) -> bytes:
    """Return a deflated data set, and what stands behind it.

    Raises:
        UnreadableError: it is damaged.
    """
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        return unpacker.decompress(data[syntax.start :]) + unpacker.unused_data
    except zlib.error:
        raise UnreadableError("the scan for identifiers cannot inflate the data set") from None


def text_ranges(data: Buffer, syntax: Syntax) -> list[tuple[int, int]]:
    """Return where an object may hold text: everything but the values of pixel data.

    Of compressed frames the beginnings are among it, for the comments of their headers.
    """
    ranges, begin = [], 0
    for start, stop in _pixel_values(data, syntax):
        ranges.append((begin, start))
        begin = stop
    if begin < len(data):
        ranges.append((begin, len(data)))
    return ranges


def _pixel_values(data: Buffer, syntax: Syntax) -> Iterator[tuple[int, int]]:
    """Yield where values of pixel data start and stop, in order."""
    pattern, at = (_BIG_PIXELS if syntax.big else _PIXELS), syntax.start
    # Pixels of another kind come before the usual ones, and nobody need look for them behind these.
    usual = False
    while (match := pattern.search(data, at)) is not None:
        at = match.start() + 1
        usual_here = match[1] == _USUAL
        header = None if usual and not usual_here else _pixel_header(data, match.start(), syntax)
        if header is None:
            continue
        at, length = header
        values = _fragments(data, at) if length == UNDEFINED else [(at, at + length)]
        for start, at in values:
            yield start, at
        usual = usual or usual_here


def _pixel_header(data: Buffer, at: int, syntax: Syntax) -> tuple[int, int] | None:
    """Return where the value of pixel data starts, and its length; None if these bytes are no such element."""
    order: Order = "big" if syntax.big else "little"
    if syntax.explicit:
        if data[at + 4 : at + 6] not in _PIXEL_REPRESENTATIONS or data[at + 6 : at + 8] != b"\0\0":
            return None
        start = at + 12
    else:
        start = at + 8
    length = int.from_bytes(data[start - 4 : start], order)
    if length == UNDEFINED:
        return (start, length) if data[start : start + 4] == _ITEM else None
    return (start, length) if length >= SMALLEST_SKIPPED and start + length <= len(data) else None


def _fragments(data: Buffer, at: int) -> Iterator[tuple[int, int]]:
    """Yield the part of each fragment that is not searched."""
    while data[at : at + 4] == _ITEM:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        start, at = at + 8, at + 8 + length
        if length > FRAGMENT_HEAD and at <= len(data):
            yield start + FRAGMENT_HEAD, at


def _big(tag: bytes) -> bytes:
    """Return a tag with its high bytes first."""
    return bytes((tag[1], tag[0], tag[3], tag[2]))


@cache
def _automata(*, big: bool) -> tuple[tuple[BytesAhoCorasick, tuple[int, ...]], ...]:
    """Return what finds the tags of identifying elements, and the tag of each of its patterns.

    There is one for each group of elements: few patterns that begin alike are found several times as fast as many.
    """
    from ahocorasick_rs import BytesAhoCorasick  # noqa: PLC0415  # not needed without the scan

    groups: dict[int, list[int]] = {}
    for tag in ELEMENTS:
        groups.setdefault(tag >> 16, []).append(tag)
    form = ">HH" if big else "<HH"
    return tuple(
        (BytesAhoCorasick(struct.pack(form, tag >> 16, tag & 0xFFFF) for tag in tags), tuple(tags))
        for tags in groups.values()
    )


def identifying_values(data: bytes, syntax: Syntax) -> list[tuple[int, bytes]]:
    """Return tag and encoded value of the identifying elements in a part of an object, at every depth.

    Those of one group come before those of the next, and those of one group in the order in which they stand there.

    Args:
        data: the part: text, as of ``text_ranges``.
        syntax: how the object is encoded.
    """
    order: Order = "big" if syntax.big else "little"
    explicit, found = syntax.explicit, []
    for automaton, tags in _automata(big=syntax.big):
        # Overlapping: a value of 16 before (0010,0010) looks like the tag two bytes too early.
        for number, _, end in automaton.find_matches_as_indexes(data, overlapping=True):
            if not explicit:
                start, width = end + 4, 4
            elif (representation := data[end : end + 2]) in TEXT_REPRESENTATIONS:
                start, width = end + 4, 2
            elif representation in LONG_REPRESENTATIONS:
                start, width = end + 8, 4
            else:
                continue
            length = int.from_bytes(data[start - width : start], order)
            if 0 < length <= LONGEST_VALUE and len(value := data[start : start + length]) == length:
                found.append((tags[number], value))
    return found


_CHARACTER_SET: Final = re.compile(rb"\x08\x00\x05\x00CS(..)", re.DOTALL)


def character_set(data: bytes, syntax: Syntax) -> bytes:
    """Return the first Specific Character Set of an object, encoded; empty where there is none."""
    if syntax.explicit and not syntax.big:
        match = _CHARACTER_SET.search(data, syntax.start)
        return (
            b"" if match is None else data[match.end() : match.end() + int.from_bytes(match[1], "little")].rstrip(b" ")
        )
    tag = _big(b"\x08\x00\x05\x00") if syntax.big else b"\x08\x00\x05\x00"
    at = data.find(tag, syntax.start)
    if at < 0:
        return b""
    size = data[at + 6 : at + 8] if syntax.big else data[at + 4 : at + 8]
    length = int.from_bytes(size, "big" if syntax.big else "little")
    return data[at + 8 : at + 8 + length].rstrip(b" ") if length < LONGEST_VALUE else b""


_LATIN: Final = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6", "ISO_IR 100", "ISO 2022 IR 100"})
_CONTROLS: Final = re.compile(rb"[\x80-\x9f]")


def _misdeclared(value: bytes) -> str:
    """Return a value that is not in the character set it is said to be in as UTF-8 or Windows-1252; ``""``: neither."""
    if b"\x1b" in value:
        return ""
    for encoding in ("utf-8", "cp1252") if _CONTROLS.search(value) else ("utf-8",):
        with suppress(UnicodeDecodeError):
            return value.decode(encoding)
    return ""


@lru_cache(maxsize=4096)
def decoded(value: bytes, charset: bytes) -> str:
    """Return an encoded value as text, with its carets and backslashes.

    What is said to be ASCII or Latin-1 is taken for UTF-8 where it is valid UTF-8, and for Windows-1252 where it has
    bytes that mean no letter in Latin-1: both are met, and a name that is not read is not looked for. So is what cannot
    be in the character set it is said to be in, and else for Latin-1.
    """
    from pydicom.charset import convert_encodings, decode_bytes  # noqa: PLC0415  # slow to load

    names = [name.strip() for name in charset.decode("ascii", "replace").split("\\")]
    if not value.isascii() and names[0] in _LATIN and (misdeclared := _misdeclared(value)):
        return misdeclared.strip(" \0")
    try:
        encodings = convert_encodings(names if len(names) > 1 else names[0])
        if b"\x1b" in value:
            text = decode_bytes(value, encodings, {0x0A, 0x0C, 0x0D, 0x5E, 0x3D, 0x5C, 0x09})
        else:
            text = value.decode(encodings[0])
    except (LookupError, UnicodeError, ValueError):
        text = _misdeclared(value) or value.decode("latin-1")
    return text.strip(" \0")
