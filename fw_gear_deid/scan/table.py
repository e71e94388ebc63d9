"""DICOM PS3.15 Table E.1-1: the elements that the standard's Basic Profile does not leave as they are.

The package data file holds the tag, the keyword, and the Basic Profile's action code of each row, and nothing else of
the standard: D replace by a dummy, Z empty, X remove, U replace the UID, and combinations of them.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

EDITION: Final = "2025c"

PRIVATE: Final = "ggggeeee"
_TABLE: Final = f"data/ps3.15_table_E.1-1_{EDITION}.csv"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One row of the table.

    Attributes:
        tag: eight hexadecimal digits in small letters; ``x`` stands for any digit.
        keyword: the keyword of PS3.6.
        action: the Basic Profile's action code.
    """

    tag: str
    keyword: str
    action: str


@cache
def table() -> dict[str, Attribute]:
    """Return every row by its tag."""
    text = files(__package__ or "").joinpath(_TABLE).read_text(encoding="utf-8")
    rows = (Attribute(*row) for row in list(csv.reader(text.splitlines()))[1:])
    return {row.tag: row for row in rows}


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
