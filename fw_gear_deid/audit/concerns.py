"""What an audit finds in data that is already there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 200
"""Characters of a value that are kept."""


class Sort(StrEnum):
    """What is wrong, in the order in which it matters."""

    DIRECT = "direct identifier"  # a field made for it has a value
    MISPLACED = "identifier out of place"  # known from elsewhere of the same subject
    RULE = "profile violation"
    UNREADABLE = "unreadable"
    TEXT = "text like an identifier"
    PRIVATE = "private element"
    PIXELS = "text in pixels"
    DOCUMENT = "document"
    OVERLAY = "overlay"
    FACE = "face"
    INDIRECT = "indirect identifier"  # together with others


STEPS: Final[Mapping[str, str]] = {
    Sort.DIRECT: "de-identify again, with a rule for the field; what is a pseudonym may stay",
    Sort.MISPLACED: "de-identify again, with a rule for the field or scrub: true",
    Sort.RULE: "run the profile on these data",
    Sort.UNREADABLE: "mend the file or leave it out: nobody knows what it holds",
    Sort.TEXT: "read it; a rule with clean: true takes such text away",
    Sort.PRIVATE: "remove-private-tags: true, with safe-private for those that are known to be safe",
    Sort.PIXELS: "look at the image; alter_pixels blanks text",
    Sort.DOCUMENT: "read it; leave it out, or remove what identifies",
    Sort.OVERLAY: "look at it; a rule for (60xx,xxxx) with remove: true takes overlays away",
    Sort.FACE: "take the face away by a program for that, or share it as identifying",
    Sort.INDIRECT: "decide whether it may stay; ps3.15-basic says what the standard does",
}
"""What to do about each kind of finding."""


@dataclass(frozen=True, slots=True, order=True)
class Concern:
    """One thing that is wrong with an object.

    Attributes:
        sort: what.
        where: the place: a DICOM path of keywords, a line, a dotted path of names.
        certain: whether it can be nothing harmless.
        why: how it is known, without a value.
        value: what stands there, shortened. Identifying.
    """

    sort: Sort
    where: str
    certain: bool
    why: str
    value: str = field(default="", repr=False)


def certainly(sort: Sort, where: str, why: str, value: str = "") -> Concern:
    """Return a concern that can be nothing harmless."""
    return Concern(sort, where, certain=True, why=why, value=value)


def possibly(sort: Sort, where: str, why: str, value: str = "") -> Concern:
    """Return a concern for a person to look at."""
    return Concern(sort, where, certain=False, why=why, value=value)


@dataclass(frozen=True, slots=True)
class Row:
    """One finding of an audit, as it may be shown.

    Attributes:
        source: the path of the source.
        member: the path of the first member of the archive that it was found in.
        where: the place in it.
        sort: what is wrong.
        certain: whether it can be nothing harmless.
        why: how it is known.
        value: what stands there.
        count: in how many objects of the source it was found.
    """

    source: str
    member: str
    where: str
    sort: str
    certain: bool
    why: str
    value: str
    count: int = 1

    @property
    def step(self) -> str:
        """What to do about it."""
        return STEPS[self.sort]


def shortened(value: str) -> str:
    """Return a value in one line, of no more characters than are kept."""
    line = " ".join(value.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
