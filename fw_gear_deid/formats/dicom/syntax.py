"""How a data set is encoded: value representations, byte order, and the headers of its elements (PS3.5 section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct
from typing import Final

from pydicom.datadict import DicomDictionary, RepeatersDictionary

UNDEFINED_LENGTH: Final = 0xFFFFFFFF
MAX_SHORT_LENGTH: Final = 0xFFFE
PRIVATE_BIT: Final = 0x10000
"""Set in the tag of every element of an odd group."""

SHORT_VRS: Final = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
"""Representations whose explicit header has a length of two bytes (PS3.5 Table 7.1-2)."""

LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
"""Representations whose explicit header has two reserved bytes and a length of four (PS3.5 Table 7.1-1)."""

KNOWN_VRS: Final = SHORT_VRS | LONG_VRS

SEQUENCE_TAGS: Final = frozenset(tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ")
"""Standard elements that are sequences; implicit encoding does not say so itself."""

META_GROUP: Final = 0x0002
SPECIFIC_CHARACTER_SET: Final = 0x00080005
PIXEL_DATA_GROUP: Final = 0x7FE0
FIRST_PIXEL_TAG: Final = 0x7FE00008
"""The first element that holds pixels: past the group length and the offset tables."""

ITEM: Final = 0xFFFEE000
ITEM_END: Final = 0xFFFEE00D
SEQUENCE_END: Final = 0xFFFEE0DD


@dataclass(frozen=True, slots=True)
class Syntax:
    """Encoding of a data set, or of the data set of one item.

    Attributes:
        explicit: whether elements state their value representation.
        little: byte order.
    """

    explicit: bool
    little: bool
    short_header: Struct = field(init=False, compare=False, repr=False)
    tag_length: Struct = field(init=False, compare=False, repr=False)
    length: Struct = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare the structures of this byte order."""
        order = "<" if self.little else ">"
        object.__setattr__(self, "short_header", Struct(f"{order}HH2sH"))
        object.__setattr__(self, "tag_length", Struct(f"{order}HHL"))
        object.__setattr__(self, "length", Struct(f"{order}L"))

    def is_long(self, vr: bytes) -> bool:
        """Whether a value of this representation may be longer than 65,534 bytes."""
        return not self.explicit or vr not in SHORT_VRS

    def header(self, tag: int, vr: bytes, length: int) -> bytes:
        """Return the header of an element whose value has ``length`` bytes."""
        group, element = tag >> 16, tag & 0xFFFF
        if not self.explicit:
            return self.tag_length.pack(group, element, length)
        if vr in SHORT_VRS:
            return self.short_header.pack(group, element, vr, length)
        return self.short_header.pack(group, element, vr, 0) + self.length.pack(length)


IMPLICIT_LITTLE: Final = Syntax(explicit=False, little=True)
EXPLICIT_LITTLE: Final = Syntax(explicit=True, little=True)
EXPLICIT_BIG: Final = Syntax(explicit=True, little=False)
IMPLICIT_BIG: Final = Syntax(explicit=False, little=False)  # not in the standard; met inside damaged files only

IMPLICIT_LITTLE_UID: Final = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_UID: Final = "1.2.840.10008.1.2.1"
EXPLICIT_BIG_UID: Final = "1.2.840.10008.1.2.2"
DEFLATED_UIDS: Final = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
"""Transfer syntaxes whose whole data set is deflated (PS3.5 section A.5, A.6: JPIP Referenced Deflate)."""

NATIVE_UIDS: Final = frozenset({IMPLICIT_LITTLE_UID, EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID, "1.2.840.10008.1.2.1.99"})
"""Transfer syntaxes whose pixel data is not compressed by itself (PS3.5 sections A.1 to A.3 and A.5)."""


def syntax_of(transfer_syntax: str) -> Syntax:
    """Return the encoding a transfer syntax stands for; all but two are explicit little endian."""
    if transfer_syntax == IMPLICIT_LITTLE_UID:
        return IMPLICIT_LITTLE
    return EXPLICIT_BIG if transfer_syntax == EXPLICIT_BIG_UID else EXPLICIT_LITTLE


def as_implicit(syntax: Syntax) -> Syntax:
    """Return the same byte order without value representations."""
    return IMPLICIT_LITTLE if syntax.little else IMPLICIT_BIG


def tag_text(tag: int) -> str:
    """Return ``(gggg,eeee)``."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def is_private(tag: int) -> bool:
    """Whether the group is odd (PS3.5 section 7.8)."""
    return bool(tag & PRIVATE_BIT)


def known_vr(tag: int) -> str:
    """Return the dictionary's value representation of a standard element, or ``""``.

    Ambiguous ones read as the dictionary writes them, such as ``US or SS``.
    """
    entry = DicomDictionary.get(tag)
    if entry is None:
        entry = _repeater(tag)
    return "" if entry is None else str(entry[0])


def _repeater(tag: int) -> tuple[str, str, str, str, str] | None:
    """Return the dictionary's entry for a tag of a repeating group (50xx, 60xx)."""
    if tag >> 24 in {0x50, 0x60} and not is_private(tag):
        return RepeatersDictionary.get(f"{tag >> 24:02X}xx{tag & 0xFFFF:04X}")
    return None
