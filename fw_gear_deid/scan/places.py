"""What the scan calls the place of something found: a path of DICOM keywords, or a line; never a value of the file."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fw_gear_deid.scan.dicom_bytes import Syntax

UNDEFINED: Final = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
DEEPEST: Final = 40

_LONG: Final = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
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


def dicom_place(data: bytes, syntax: Syntax, offset: int) -> Place:
    """Return the element that an offset lies in; the header as such where the structure cannot be followed."""
    try:
        if offset < syntax.start:
            from fw_gear_deid.scan.dicom_bytes import PREAMBLE, Syntax  # noqa: PLC0415  # each knows the other

            meta = Syntax(PREAMBLE)
            return (
                Place("the preamble") if offset < PREAMBLE else _Walk(data, meta, offset).over(PREAMBLE, syntax.start)
            )
        return _Walk(data, syntax, offset).over(syntax.start, len(data))
    except (struct.error, IndexError, RecursionError):
        return HEADER


class _Walk:
    """A walk through a data set to one offset."""

    def __init__(self, data: bytes, syntax: Syntax, offset: int) -> None:
        self._data = data
        self._explicit = syntax.explicit
        self._order = ">" if syntax.big else "<"
        self._offset = offset
        self._path: list[str] = []

    def over(self, at: int, stop: int) -> Place:
        found, _ = self._data_set(at, stop, self._explicit)
        return found or HEADER

    def _data_set(self, at: int, stop: int, explicit: bool) -> tuple[Place | None, int]:  # noqa: FBT001  # changes on the way
        """Walk the elements between two offsets; return the place if it is among them, and where they end."""
        while at < stop:
            element = self._element(at, explicit)
            if element.tag in {ITEM_END, SEQUENCE_END}:
                return None, element.start
            end = element.start + element.length
            if element.length == UNDEFINED or element.representation == "SQ":
                inner = explicit and element.representation != "UN"
                found, end = self._sequence(element, inner)
                if found is not None:
                    return found, end
            elif self._offset < end:
                return self._place(element), end
            at = end
        return None, at

    def _sequence(self, element: _Element, explicit: bool) -> tuple[Place | None, int]:  # noqa: FBT001  # as above
        at = element.start
        stop = len(self._data) if element.length == UNDEFINED else at + element.length
        if element.length != UNDEFINED and self._offset >= stop:
            return None, stop
        self._path.append(_name(element.tag))
        if len(self._path) > DEEPEST:
            return HEADER, stop
        number = 0
        while at < stop:
            tag, length = self._tag(at), self._number("I", at + 4)
            at += 8
            if tag == SEQUENCE_END:
                break
            self._path[-1] = f"{_name(element.tag)}[{number}]"
            end = len(self._data) if length == UNDEFINED else at + length
            if length != UNDEFINED and self._offset >= end:
                at = end
            elif element.representation in {"OB", "OW"}:
                return Place(".".join(self._path), Role.BINARY), end
            else:
                found, at = self._data_set(at, end, explicit)
                if found is not None:
                    return found, at
            number += 1
        self._path.pop()
        return (None if self._offset >= at else HEADER), at

    def _element(self, at: int, explicit: bool) -> _Element:  # noqa: FBT001  # as above
        tag = self._tag(at)
        if tag >> 16 == 0xFFFE:  # noqa: PLR2004  # items and delimiters have no representation (PS3.5 section 7.5)
            return _Element(tag, "", at + 8, self._number("I", at + 4))
        representation = self._data[at + 4 : at + 6]
        if not explicit:
            return _Element(tag, _representation(tag), at + 8, self._number("I", at + 4))
        if representation in _LONG:
            return _Element(tag, representation.decode(), at + 12, self._number("I", at + 8))
        return _Element(tag, representation.decode("ascii", "replace"), at + 8, self._number("H", at + 6))

    def _tag(self, at: int) -> int:
        group, element = struct.unpack_from(f"{self._order}HH", self._data, at)
        return int(group) << 16 | int(element)

    def _number(self, form: str, at: int) -> int:
        return int(struct.unpack_from(f"{self._order}{form}", self._data, at)[0])

    def _place(self, element: _Element) -> Place:
        name = _name(element.tag)
        where = ".".join((*self._path, name))
        return Place(where, _role(name, element.representation))


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
