"""Read the structure of an encoded data set: where each element, sequence and item begins and ends.

Values are not decoded. The spans of a level follow one another without gaps, so that together they rebuild the bytes.
Source of the rules: DICOM PS3.5 sections 7.1 (data elements), 7.5 (nesting), A.4 (encapsulated pixel data),
6.2.2 (unknown representation).
"""

from __future__ import annotations

from operator import itemgetter
from typing import Final, NamedTuple

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.formats.dicom.syntax import (
    EXPLICIT_LITTLE,
    FIRST_PIXEL_TAG,
    IMPLICIT_LITTLE,
    ITEM,
    ITEM_END,
    LONG_VRS,
    PIXEL_DATA_GROUP,
    SEQUENCE_END,
    SEQUENCE_TAGS,
    SHORT_VRS,
    UNDEFINED_LENGTH,
    Syntax,
    as_implicit,
    is_private,
    known_vr,
    tag_text,
)

MAX_DEPTH: Final = 64
HEADER_LENGTH: Final = 8
"""Bytes of the shortest element header, of an item's header, and of a delimiter."""

DELIMITER_GROUP: Final = 0xFFFE
NESTING_VRS: Final = frozenset({b"SQ", b"UN", b""})
"""What an element that holds items may state as its representation; implicit ones state none."""

NO_TAG: Final = 1 << 32
"""Higher than any tag."""
ITEM_BYTES: Final = b"\xfe\xff\x00\xe0"


class Item(NamedTuple):
    """One item of a sequence.

    Attributes:
        start: where its header begins.
        value: where its first element begins.
        stop: past its last element; an item delimiter may follow.
        elements: its data set.
        syntax: how it is encoded; an item of a UN element is implicit whatever surrounds it.
    """

    start: int
    value: int
    stop: int
    elements: list[Element]
    syntax: Syntax


Element = tuple[int, bytes, int, int, int, list[Item] | None]
"""``(tag, vr, start, value, stop, items)``.

``vr`` is empty in implicit encoding; ``start`` and ``value`` are where the header and the value begin; ``stop`` is past
the element, delimiters included; ``items`` is None unless the element is a sequence that was entered.
"""


TAG_OF: Final = itemgetter(0)
"""Returns the tag of an element."""

LATER: Final[list[Item]] = []
"""Stands for the items of a sequence that are scanned when they are asked for; told by identity."""


class TruncatedError(UnreadableError):
    """The bytes end before the data set does."""


class Scanner:
    """Scans data sets of one buffer.

    Args:
        data: the encoded bytes, from offset 0.
        enter: tags of the sequences of defined length to enter; None enters all.
        hole: offset of one byte that stands for a long value left out of the buffer; -1 when there is none.
        later: bytes up to which a sequence of the data set is left for ``items_of``.
        until: a tag; a top-level element with this tag or a higher one ends the scan.
    """

    __slots__ = ("_data", "_depth", "_enter", "_hole", "_later", "_until")

    def __init__(
        self, data: bytes, enter: frozenset[int] | None = None, *, hole: int = -1, later: int = 0, until: int = NO_TAG
    ) -> None:
        self._data = data
        self._later = later
        self._until = until
        self._enter = enter
        self._hole = hole
        self._depth = 0

    def data_set(self, start: int, stop: int, syntax: Syntax) -> tuple[list[Element], int]:
        """Scan a whole top-level data set.

        Returns:
            its elements, and where it ends; what follows is not part of it (padding after the pixel data).

        Raises:
            TruncatedError: an element runs past ``stop``.
            UnreadableError: the bytes are not a data set.
        """
        elements: list[Element] = []
        end = self._scan(elements, start, stop, syntax, None)
        # Zeros read as elements of group 0000, which belongs to network messages (PS3.7): a file read wrongly ends so.
        if elements and not min(elements[0][0], elements[-1][0]) >> 16:
            raise UnreadableError("it holds elements of group 0000: damaged, or not encoded as stated")
        return elements, end

    def items_of(self, element: Element, syntax: Syntax) -> list[Item] | None:
        """Return the items of a sequence that were left for later.

        Raises:
            UnreadableError: its bytes are not items.
        """
        tag, vr, _, value, stop, _ = element
        return self._items_within(tag, vr, value, stop, syntax)

    def _scan(self, elements: list[Element], pos: int, stop: int, syntax: Syntax, ends: int | None) -> int:  # noqa: C901, PLR0912, PLR0915  # one loop: a call per element would double its cost
        """Append the elements between two offsets; return where they end.

        Args:
            elements: receives the spans.
            pos: where to begin.
            stop: the enclosing container's end.
            syntax: how the elements are encoded.
            ends: the tag that ends a data set of undefined length; None: it ends at ``stop``.
        """
        data, enter, hole, until = self._data, self._enter, self._hole, self._until
        explicit = syntax.explicit
        plain, last_start = 0 if hole >= 0 else min(until, FIRST_PIXEL_TAG), stop - HEADER_LENGTH
        short, long, lone = syntax.short_header.unpack_from, syntax.tag_length.unpack_from, syntax.length.unpack_from
        append, last, vr = elements.append, -1, b""
        while pos <= last_start:
            if explicit:
                group, element, vr, length = short(data, pos)
                tag, value = group << 16 | element, pos + HEADER_LENGTH
                if vr in SHORT_VRS:
                    end = value + length
                    if last < tag < plain and end <= stop:  # nearly every element: none of what follows
                        append((tag, vr, pos, value, end, None))
                        pos, last = end, tag
                        continue
                elif group == DELIMITER_GROUP:
                    vr, length = b"", long(data, pos)[2]
                elif vr in LONG_VRS or _is_vr(vr):
                    if value + 4 > stop:
                        raise TruncatedError(_truncated(tag))
                    (length,) = lone(data, value)
                    value += 4
                else:
                    if ends is None and last >= FIRST_PIXEL_TAG and tag <= last:
                        return pos
                    raise UnreadableError(f"element {tag_text(tag)} has no valid value representation")
            else:
                group, element, length = long(data, pos)
                tag, value = group << 16 | element, pos + HEADER_LENGTH
            if ends is None and tag <= last and last >= FIRST_PIXEL_TAG:
                return pos  # padding after the pixel data; the data set has ended
            if tag >= until and not self._depth:
                return pos
            if group == DELIMITER_GROUP:
                if tag == ends:
                    return pos
                raise UnreadableError(f"delimiter {tag_text(tag)} where no item ends")
            items = None
            if value == hole:
                end = value + 1
            elif length == UNDEFINED_LENGTH:
                items, end = self._undefined(tag, vr, value, stop, syntax)
            else:
                end = value + length
                if end > stop:
                    raise TruncatedError(_truncated(tag))
                if (
                    vr in NESTING_VRS
                    and length >= HEADER_LENGTH
                    and (enter is None or tag in enter)
                    and self._nests(tag, vr, value)
                ):
                    later = vr == b"SQ" and length <= self._later and not self._depth
                    items = LATER if later else self._items_within(tag, vr, value, end, syntax)
            append((tag, vr, pos, value, end, items))
            pos, last = end, tag
        if pos < stop:
            return self._rest(pos, stop, last, ends, syntax)
        if ends is not None:
            raise TruncatedError("an item of undefined length has no end")
        return pos

    def _rest(self, pos: int, stop: int, last: int, ends: int | None, syntax: Syntax) -> int:
        """Judge fewer bytes than a header: padding after the pixel data, or a header that is cut off."""
        if ends is None and last >= FIRST_PIXEL_TAG:
            group = int.from_bytes(self._data[pos : min(pos + 2, stop)], "little" if syntax.little else "big")
            if stop - pos == 1 or group < last >> 16:
                return pos
        raise TruncatedError(f"{stop - pos} bytes are left over after element {tag_text(max(last, 0))}")

    def _nests(self, tag: int, vr: bytes, value: int) -> bool:
        """Whether an element of defined length holds items."""
        if vr == b"SQ":
            return True
        if vr and vr != b"UN":
            return False
        if tag in SEQUENCE_TAGS or not self._data.startswith(ITEM_BYTES, value):
            return tag in SEQUENCE_TAGS
        # Implicit elements in no dictionary may be sequences too: of a vendor, or of a later edition.
        return bool(vr) or is_private(tag) or not known_vr(tag)

    def _items_within(self, tag: int, vr: bytes, value: int, stop: int, syntax: Syntax) -> list[Item] | None:
        """Scan the items of an element of defined length.

        Bytes of unknown representation that only look like items are left as they are.
        """
        if vr == b"SQ" or tag in SEQUENCE_TAGS:
            return self._items(value, stop, IMPLICIT_LITTLE if vr == b"UN" else syntax, delimited=False)[0]
        depth = self._depth
        # UN holds implicit items; writers that turned SQ into UN left them explicit.
        for inner in (IMPLICIT_LITTLE if vr else syntax, EXPLICIT_LITTLE):
            try:
                return self._items(value, stop, inner, delimited=False)[0]
            except UnreadableError:
                self._depth = depth
        return None

    def _undefined(self, tag: int, vr: bytes, value: int, stop: int, syntax: Syntax) -> tuple[list[Item] | None, int]:
        """Scan the value of an element of undefined length: items, or the fragments of pixel data."""
        if tag >> 16 == PIXEL_DATA_GROUP or vr not in {b"SQ", b"UN", b""}:
            return None, self._fragments(tag, value, stop, syntax)
        inner = IMPLICIT_LITTLE if vr == b"UN" else syntax
        return self._items(value, stop, inner, delimited=True)

    def _items(self, pos: int, stop: int, syntax: Syntax, *, delimited: bool) -> tuple[list[Item], int]:
        """Scan items up to the sequence delimiter (``delimited``) or up to ``stop``."""
        if self._depth >= MAX_DEPTH:
            raise UnreadableError(f"sequences are nested more than {MAX_DEPTH} deep")
        self._depth += 1
        items: list[Item] = []
        unpack = syntax.tag_length.unpack_from
        while stop - pos >= HEADER_LENGTH:
            group, element, length = unpack(self._data, pos)
            tag, value = group << 16 | element, pos + HEADER_LENGTH
            if delimited and tag == SEQUENCE_END:
                self._depth -= 1
                return items, value
            if tag != ITEM:
                raise UnreadableError(f"{tag_text(tag)} stands where an item of a sequence should")
            item, pos = self._item(pos, value, length, stop, syntax)
            items.append(item)
        self._depth -= 1
        if delimited or pos != stop:
            raise TruncatedError("a sequence has no end")
        return items, pos

    def _item(self, start: int, value: int, length: int, stop: int, syntax: Syntax) -> tuple[Item, int]:
        """Scan one item; return it and where the next one begins."""
        elements: list[Element] = []
        if length == UNDEFINED_LENGTH:
            inner = effective_syntax(self._data, value, stop, syntax)
            end = self._scan(elements, value, stop, inner, ITEM_END)
            return Item(start, value, end, elements, inner), end + HEADER_LENGTH
        end = value + length
        if end > stop:
            raise TruncatedError("an item runs past the end of its sequence")
        inner = effective_syntax(self._data, value, end, syntax)
        if self._scan(elements, value, end, inner, None) != end:
            raise UnreadableError("an item holds more bytes than its elements")
        return Item(start, value, end, elements, inner), end

    def _fragments(self, tag: int, pos: int, stop: int, syntax: Syntax) -> int:
        """Return where encapsulated pixel data ends (PS3.5 section A.4)."""
        unpack = syntax.tag_length.unpack_from
        while stop - pos >= HEADER_LENGTH:
            group, element, length = unpack(self._data, pos)
            found = group << 16 | element
            pos += HEADER_LENGTH
            if found == SEQUENCE_END:
                return pos
            if found != ITEM:
                raise UnreadableError(f"a fragment of element {tag_text(tag)} has no header")
            pos += length
        raise TruncatedError(_truncated(tag))


def effective_syntax(data: bytes, start: int, stop: int, syntax: Syntax) -> Syntax:
    """Return how a data set is encoded: as stated, or implicitly where its first header has no representation.

    Some writers state an explicit transfer syntax and write implicit data sets, or implicit items.
    """
    if not syntax.explicit or stop - start < HEADER_LENGTH:
        return syntax
    vr = data[start + 4 : start + 6]
    delimiter = data[start : start + 2] in {b"\xfe\xff", b"\xff\xfe"}
    return syntax if delimiter or _is_vr(vr) else as_implicit(syntax)


def _is_vr(vr: bytes) -> bool:
    """Whether two bytes could name a value representation, known or of a later edition."""
    return len(vr) == 2 and vr.isalpha() and vr.isupper()  # noqa: PLR2004  # two letters


def _truncated(tag: int) -> str:
    return f"truncated: element {tag_text(tag)} runs past the end"
