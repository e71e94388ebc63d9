"""What the scan calls the place of something found: a path of DICOM keywords, or a line; never a value of the file."""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fw_gear_deid.scan.dicom_bytes import Syntax

UNDEFINED: Final = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
DEEPEST: Final = 40

_LONG: Final = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_FRAGMENTED: Final = frozenset({"OB", "OW"})
_DATES: Final = frozenset({"DA", "DT", "TM"})
_NUMBERS: Final = frozenset({"DS", "IS", "AS"})
_CODES: Final = frozenset({"CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "MappingResource"})
"""Elements that name a code or the makers of a list of codes (PS3.3 section 8)."""

_BINARY: Final = frozenset({"AT", "FD", "FL", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "US", "UV"})


class Role(Enum):
    """What a place holds, as far as coincidences go."""

    TEXT = "text"
    BIRTH_DATE = "birth date"
    DATE = "date"
    NUMBER = "number"
    UID = "unique identifier"
    CODE = "code"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands.

    Attributes:
        where: in words.
        role: what the place holds.
    """

    where: str
    role: Role = Role.TEXT


HEADER: Final = Place("the header")


@dataclass(frozen=True, slots=True)
class _Element:
    tag: int
    representation: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class _Span:
    """An element that is no sequence, or a fragment: the tags and item numbers that lead to it, and where it ends."""

    path: tuple[tuple[int, int], ...]
    tag: int
    representation: str
    stop: int


class DicomPlaces:
    """The elements of an object by their offsets; found out when the first place is asked for.

    Args:
        data: the object.
        syntax: how it is encoded.
        meta: where file meta information starts; 0: there is none.
    """

    def __init__(self, data: bytes, syntax: Syntax, meta: int) -> None:
        self._data = data
        self._syntax = syntax
        self._meta = meta
        self._order = "<"
        self._spans: list[_Span] = []
        self._path: list[tuple[int, int]] = []

    def at(self, offset: int) -> Place:
        """Return the element that an offset lies in; the header as such where the structure cannot be followed."""
        if offset < self._meta:
            return Place("the preamble")
        if not self._spans:
            self._walk()
        at = bisect_right(self._spans, offset, key=lambda span: span.stop)
        return self._place(self._spans[at]) if at < len(self._spans) else HEADER

    def _walk(self) -> None:
        try:
            if self._meta:
                self._data_set(self._meta, self._syntax.start, explicit=True)
            self._order = ">" if self._syntax.big else "<"
            self._data_set(self._syntax.start, len(self._data), explicit=self._syntax.explicit)
        except (struct.error, RecursionError, UnicodeDecodeError):
            pass  # what comes after has no place but the header

    def _data_set(self, at: int, stop: int, *, explicit: bool) -> int:
        """Walk the elements between two offsets, and return where they end."""
        while at < stop:
            element = self._element(at, explicit=explicit)
            if element.tag in {ITEM_END, SEQUENCE_END}:
                return element.start
            if element.length == UNDEFINED or element.representation == "SQ":
                at = self._sequence(element, explicit=explicit and element.representation != "UN")
            else:
                at = element.start + element.length
                self._spans.append(_Span(tuple(self._path), element.tag, element.representation, at))
        return at

    def _sequence(self, element: _Element, *, explicit: bool) -> int:
        at, number = element.start, 0
        stop = len(self._data) if element.length == UNDEFINED else at + element.length
        while at < stop and len(self._path) < DEEPEST:
            tag, length = self._tag(at), self._number("I", at + 4)
            at += 8
            if tag == SEQUENCE_END:
                break
            end = len(self._data) if length == UNDEFINED else at + length
            self._path.append((element.tag, number))
            if element.representation in _FRAGMENTED:
                self._spans.append(_Span(tuple(self._path[:-1]), element.tag, element.representation, end))
                at = end
            else:
                at = self._data_set(at, end, explicit=explicit)
            self._path.pop()
            number += 1
        return at

    def _element(self, at: int, *, explicit: bool) -> _Element:
        tag = self._tag(at)
        if tag >> 16 == 0xFFFE:  # noqa: PLR2004  # items and delimiters have no representation (PS3.5 section 7.5)
            return _Element(tag, "", at + 8, self._number("I", at + 4))
        representation = self._data[at + 4 : at + 6]
        if not explicit:
            return _Element(tag, _representation(tag), at + 8, self._number("I", at + 4))
        if representation in _LONG:
            return _Element(tag, representation.decode(), at + 12, self._number("I", at + 8))
        return _Element(tag, representation.decode("ascii"), at + 8, self._number("H", at + 6))

    def _tag(self, at: int) -> int:
        group, element = struct.unpack_from(f"{self._order}HH", self._data, at)
        return int(group) << 16 | int(element)

    def _number(self, form: str, at: int) -> int:
        return int(struct.unpack_from(f"{self._order}{form}", self._data, at)[0])

    @staticmethod
    def _place(span: _Span) -> Place:
        name = _name(span.tag)
        above = (f"{_name(tag)}[{number}]" for tag, number in span.path)
        return Place(".".join((*above, name)), _role(name, span.representation))


def _role(name: str, representation: str) -> Role:
    if name in _CODES:
        return Role.CODE
    if representation in _DATES:
        return Role.BIRTH_DATE if "BirthDate" in name else Role.DATE
    if representation in _NUMBERS:
        return Role.NUMBER
    if representation in _BINARY:
        return Role.BINARY
    return Role.UID if representation == "UI" else Role.TEXT


def _name(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag  # noqa: PLC0415  # slow to load

    return keyword_for_tag(tag) or f"({tag >> 16:04x},{tag & 0xFFFF:04x})"


def _representation(tag: int) -> str:
    from pydicom.datadict import dictionary_VR  # noqa: PLC0415  # slow to load

    try:
        return "" if tag >> 16 & 1 else dictionary_VR(tag)[:2]
    except KeyError:
        return ""


def line_place(data: bytes, offset: int) -> Place:
    """Return the line of a text that an offset lies in."""
    lines = data[:offset].count(b"\n")
    return Place(f"line {lines + 1}")
