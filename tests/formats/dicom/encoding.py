"""A small encoder of its own for DICOM data sets, so that tests do not check the editor by its own tables.

It writes what pydicom's writer will not: sequences as UN, items implicit within explicit, wrong or absent parts.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT = frozenset(
    {
        "AE",
        "AS",
        "AT",
        "CS",
        "DA",
        "DS",
        "DT",
        "FD",
        "FL",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "SL",
        "SS",
        "ST",
        "TM",
        "UI",
        "UL",
        "US",
    }
)
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4.70"
SYNTAXES = (IMPLICIT, EXPLICIT, BIG, DEFLATED, JPEG)


@dataclass(frozen=True)
class Plain:
    """An element whose value is the given bytes, in the byte order of the file."""

    tag: int
    vr: str
    raw: bytes = b""


@dataclass(frozen=True)
class Sequence:
    """A sequence of items.

    Attributes:
        undefined: whether its length is undefined.
        open_items: whether the lengths of its items are.
        unknown: whether it is written as UN, its items implicit little endian (PS3.5 section 6.2.2).
        implicit: whether its items are implicit although the file is explicit, as some writers leave them.
    """

    tag: int
    items: tuple[tuple[Element, ...], ...] = ()
    undefined: bool = False
    open_items: bool = False
    unknown: bool = False
    implicit: bool = False


@dataclass(frozen=True)
class Fragments:
    """Encapsulated pixel data (PS3.5 section A.4)."""

    tag: int
    parts: tuple[bytes, ...]


@dataclass(frozen=True)
class GroupLength:
    """The length of what follows it in its group, right by construction."""

    group: int
    tag: int = 0


Element = Plain | Sequence | Fragments | GroupLength


@dataclass(frozen=True)
class Order:
    explicit: bool = True
    little: bool = True

    @property
    def byteorder(self) -> str:
        return "little" if self.little else "big"


def order_of(syntax: str) -> Order:
    return Order(explicit=syntax != IMPLICIT, little=syntax != BIG)


def tag_of(element: Element) -> int:
    return element.group << 16 if isinstance(element, GroupLength) else element.tag


def encoded(elements: Iterable[Element], order: Order) -> bytes:
    """Encode a data set; group lengths are filled in."""
    elements = tuple(elements)
    parts = [b"" if isinstance(element, GroupLength) else _element(element, order) for element in elements]
    for place, element in enumerate(elements):
        if isinstance(element, GroupLength):
            following = zip(elements[place + 1 :], parts[place + 1 :], strict=True)
            total = sum(len(part) for other, part in following if tag_of(other) >> 16 == element.group)
            parts[place] = _header(element.group << 16, "UL", 4, order) + total.to_bytes(4, order.byteorder)
    return b"".join(parts)


def _header(tag: int, vr: str, length: int, order: Order) -> bytes:
    number = order.byteorder
    result = (tag >> 16).to_bytes(2, number) + (tag & 0xFFFF).to_bytes(2, number)
    if not order.explicit or not vr:
        return result + length.to_bytes(4, number)
    if vr in SHORT:
        return result + vr.encode() + length.to_bytes(2, number)
    return result + vr.encode() + b"\0\0" + length.to_bytes(4, number)


def _element(element: Element, order: Order) -> bytes:
    if isinstance(element, Plain):
        return _header(element.tag, element.vr, len(element.raw), order) + element.raw
    if isinstance(element, Fragments):
        body = b"".join(_header(0xFFFEE000, "", len(part), order) + part for part in element.parts)
        vr = "OB"
        return _header(element.tag, vr, 0xFFFFFFFF, order) + body + _header(0xFFFEE0DD, "", 0, order)
    assert isinstance(element, Sequence)
    inner = Order(explicit=False) if element.unknown else order
    content = replace(order, explicit=False) if element.implicit else inner
    body = b"".join(_item(item, inner, content, undefined=element.open_items) for item in element.items)
    vr = "UN" if element.unknown else "SQ"
    if not element.undefined:
        return _header(element.tag, vr, len(body), order) + body
    return _header(element.tag, vr, 0xFFFFFFFF, order) + body + _header(0xFFFEE0DD, "", 0, inner)


def _item(elements: tuple[Element, ...], order: Order, content: Order, *, undefined: bool) -> bytes:
    body = encoded(elements, content)
    if not undefined:
        return _header(0xFFFEE000, "", len(body), order) + body
    return _header(0xFFFEE000, "", 0xFFFFFFFF, order) + body + _header(0xFFFEE00D, "", 0, order)


def text(tag: int, vr: str, value: str, encoding: str = "ascii") -> Plain:
    raw = value.encode(encoding)
    return Plain(tag, vr, raw + (b"\0" if vr == "UI" else b" ") * (len(raw) % 2))


def meta(syntax: str, uid: str = "1.2.3.4", *more: Element) -> bytes:
    """Encode file meta information."""
    own = (text(0x00020003, "UI", uid), text(0x00020010, "UI", syntax))
    elements = sorted((*own, *more), key=tag_of)
    return encoded((GroupLength(2), *elements), Order())


def dicom_file(elements: Iterable[Element], syntax: str = EXPLICIT, *, preamble: bytes = bytes(128)) -> bytes:
    """Encode a whole file."""
    body = encoded(elements, order_of(syntax))
    return preamble + b"DICM" + meta(syntax) + (deflate(body) if syntax == DEFLATED else body)


def deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    result = compressor.compress(body) + compressor.flush()
    return result + b"\0" * (len(result) % 2)


def inflate(body: bytes) -> bytes:
    return zlib.decompressobj(wbits=-15).decompress(body)


def data_set_of(file: bytes, syntax: str) -> bytes:
    """Return the encoded data set of a file that ``dicom_file`` wrote, or of a copy of it."""
    position = 132 if file[128:132] == b"DICM" else 0
    length = int.from_bytes(file[position + 8 : position + 12], "little")
    body = file[position + 12 + length :]
    return inflate(body) if syntax == DEFLATED else body
