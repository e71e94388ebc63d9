"""Private elements that are known to be safe: DICOM PS3.15 Table E.3.10-1, and TCIA's private tag knowledge base.

An element is told by its group, its private creator, and its number within the creator's block (PS3.5 section 7.8).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

DICOM_EDITION: Final = "2021"
TCIA_EDITION: Final = "2024-02-01"


class Source(StrEnum):
    """Who says that private elements are safe."""

    DICOM = "dicom"
    TCIA = "tcia"


class Disposition(StrEnum):
    """What is to become of a private element; what is not known is removed."""

    KEEP = "k"
    HASH = "h"  # a UID
    MOVE = "o"  # a date


@dataclass(frozen=True, slots=True)
class SafeElement:
    """A private element that is known.

    Attributes:
        group: its odd group.
        creator: the private creator's identification.
        offset: its number within the block.
        disposition: what is to become of it.
    """

    group: int
    creator: str
    offset: int
    disposition: Disposition


@cache
def safe_elements(source: Source) -> tuple[SafeElement, ...]:
    """Return every element that a source knows to be safe, as it is or changed."""
    text = files(__package__ or "").joinpath(f"data/safe_private_{source}.csv").read_text(encoding="utf-8")
    return tuple(
        SafeElement(int(group, 16), creator, int(offset, 16), Disposition(disposition))
        for group, creator, disposition, offsets in list(csv.reader(text.splitlines()))[1:]
        for offset in offsets.split()
    )
