"""DICOM PS3.15 Table E.1-1: what the Basic Profile and its options do with each attribute that may identify.

The package data file holds tags, keywords and action codes, and nothing else of the standard. Codes of the Basic
Profile: D replace by a dummy, Z empty, X remove, U replace the UID, and combinations of them that depend on what the
object must have. Codes of options: K keep, C clean.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from pydicom.datadict import dictionary_has_tag, dictionary_VR

if TYPE_CHECKING:
    from collections.abc import Mapping

EDITION: Final = "2025c"

PRIVATE: Final = "ggggeeee"
CURVES: Final = "50xxxxxx"
"""Tags of the rows that stand for whole groups: odd ones, and those of retired curves."""

_ELEMENT: Final = re.compile("[0-9a-f]{8}")
_ENDINGS: Final = {"DateTime": "DT", "Sequence": "SQ", "Comment": "UT", "Comments": "LT", "Label": "LO", "Name": "LO"}
_TABLE: Final = f"data/ps3.15_table_E.1-1_{EDITION}.csv"


class ProfileOption(StrEnum):
    """An option of the Basic Profile, by its name as a modifier; in the order of the table's columns."""

    SAFE_PRIVATE = "retain-safe-private"
    UIDS = "retain-uids"
    DEVICE = "retain-device-identity"
    INSTITUTION = "retain-institution-identity"
    PATIENT = "retain-patient-characteristics"
    FULL_DATES = "retain-full-dates"
    MODIFIED_DATES = "retain-modified-dates"
    DESCRIPTORS = "clean-descriptors"
    STRUCTURED_CONTENT = "clean-structured-content"
    GRAPHICS = "clean-graphics"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One row of the table.

    Attributes:
        tag: eight hexadecimal digits in small letters; ``x`` stands for any digit.
        keyword: the keyword of PS3.6.
        action: the Basic Profile's action code.
        options: the action codes of those options that have one.
    """

    tag: str
    keyword: str
    action: str
    options: Mapping[ProfileOption, str] = field(default_factory=dict, hash=False)

    @property
    def representation(self) -> str:
        """Its value representation; for one that pydicom's dictionary does not have, what its name tells, or ``""``."""
        known = dictionary_VR(int(self.tag, 16)) if _ELEMENT.fullmatch(self.tag) and self._is_known else ""
        return known or next((vr for ending, vr in _ENDINGS.items() if self.keyword.endswith(ending)), "")

    @property
    def _is_known(self) -> bool:
        return dictionary_has_tag(int(self.tag, 16))


@cache
def table() -> dict[str, Attribute]:
    """Return every row by its tag."""
    text = files(__package__ or "").joinpath(_TABLE).read_text(encoding="utf-8")
    rows = (_attribute(cells) for cells in list(csv.reader(text.splitlines()))[1:])
    return {row.tag: row for row in rows}


def _attribute(cells: list[str]) -> Attribute:
    tag, keyword, action, *codes = cells
    return Attribute(
        tag, keyword, action, {option: code for option, code in zip(ProfileOption, codes, strict=True) if code}
    )


@cache
def identifying(tag: int) -> Attribute | None:
    """Return the row that covers an element, or None.

    Args:
        tag: group and element number as one number. Private creators are not covered: they name a vendor.
    """
    rows = table()
    group, element = tag >> 16, tag & 0xFFFF
    if group & 1:
        return rows[PRIVATE] if element > 0xFF else None  # noqa: PLR2004  # creators are elements 0010 to 00FF
    digits = f"{tag:08x}"
    if digits[:2] in {"50", "60"}:
        return rows.get(f"{digits[:2]}xx{digits[4:]}") or rows.get(f"{digits[:2]}xxxxxx")
    return rows.get(digits)
