"""What is known about a data set while it is passed over: encoding, character set, private blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.character_sets import encodings_of
from fw_gear_deid.formats.dicom.syntax import PRIVATE_BIT, SPECIFIC_CHARACTER_SET, Syntax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_deid.formats.dicom.scanner import Element

FIRST_BLOCK: Final = 0x10
LAST_BLOCK: Final = 0xFF
"""(gggg,0010) to (gggg,00FF) reserve blocks of private elements (PS3.5 section 7.8.1)."""


@dataclass(slots=True)
class Scope:
    """What is known about the data set being passed over.

    Attributes:
        syntax: how it is encoded.
        coding: how its values are encoded.
        path: tags and item numbers that lead to it.
        elements: its elements.
        creators: its private creators by group and block; None until they are asked for.
        kept: how many of its elements stay, counted when undefined ones are removed.
    """

    syntax: Syntax
    coding: values.Coding
    path: tuple[int, ...] = ()
    elements: Sequence[Element] = ()
    creators: dict[tuple[int, int], str] | None = None
    kept: int = 0

    def adopt_character_set(self, data: bytes) -> None:
        """Read text by the data set's own SpecificCharacterSet, where it has one."""
        for tag, _, _, value, stop, _ in self.elements:
            if tag >= SPECIFIC_CHARACTER_SET:
                if tag == SPECIFIC_CHARACTER_SET and stop > value:
                    self.coding = values.Coding(encodings_of(data[value:stop]), self.syntax.little)
                return

    def blocks(self, data: bytes) -> dict[tuple[int, int], str]:
        """Return who reserved the private blocks, by group and block, wherever in the data set the creators stand."""
        if self.creators is None:
            self.creators = {
                (element[0] >> 16, element[0] & 0xFF): creator_of(data, element)
                for element in self.elements
                if element[0] & PRIVATE_BIT and FIRST_BLOCK <= element[0] & 0xFFFF <= LAST_BLOCK
            }
        return self.creators

    def coding_of(self, stated: bytes) -> values.Coding:
        """Return how a value is coded; what is stated as UN is little endian everywhere (PS3.5 section 6.2.2)."""
        return self.coding if stated != b"UN" else values.Coding(self.coding.encodings, little=True)


def creator_of(data: bytes, element: Element) -> str:
    """Return the text of a private creator element."""
    return data[element[3] : element[4]].decode("latin-1").strip("\0 ")
