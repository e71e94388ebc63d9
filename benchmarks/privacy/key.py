"""The answer key: what must have become of each thing that was put into a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Action(StrEnum):
    """What is asked of one place; the first ten are those of MIDI-B, the others are their like for other files."""

    TEXT_REMOVED = "text_removed"  # the text is gone; the element may be, too
    TEXT_RETAINED = "text_retained"  # the text is still there
    TEXT_NOTNULL = "text_notnull"  # the element has some value
    TAG_RETAINED = "tag_retained"  # the element is there, if empty
    DATE_SHIFTED = "date_shifted"  # another date, as many days off as all dates of the patient, at the same time of day
    UID_CHANGED = "uid_changed"  # the UID is gone
    UID_CONSISTENT = "uid_consistent"  # another UID, valid, and the same wherever the old one was
    PATID_CONSISTENT = "patid_consistent"  # another ID, the same in all files of the patient, and in no other's
    PIXELS_HIDDEN = "pixels_hidden"  # nothing is left in the box
    PIXELS_RETAINED = "pixels_retained"  # all pixels outside boxes are as they were
    TAG_REMOVED = "tag_removed"
    VALUE_REMOVED = "value_removed"  # JSON
    VALUE_RETAINED = "value_retained"
    VALUE_SHIFTED = "value_shifted"
    CELL_REMOVED = "cell_removed"  # tables
    CELL_RETAINED = "cell_retained"
    CELL_SHIFTED = "cell_shifted"
    HEADER_TEXT_REMOVED = "header_text_removed"  # NIfTI
    HEADER_TEXT_RETAINED = "header_text_retained"
    VOXELS_RETAINED = "voxels_retained"
    METADATA_REMOVED = "metadata_removed"  # XML, PNG, JPEG, TIFF
    METADATA_RETAINED = "metadata_retained"
    NAME_CONSISTENT = "name_consistent"  # the name in a table is the one that the file has now
    NAME_CHANGED = "name_changed"  # files, folders, members
    COMMENT_REMOVED = "comment_removed"  # archives, with extra fields
    BYTES_RETAINED = "bytes_retained"  # the whole file is as it was, but for how it is packed
    BYTES_REMOVED = "bytes_removed"  # anywhere in the file: preamble, file meta, padding


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the answer key. Identifying.

    Attributes:
        file: path of the source below the root; of a member, the archive's path, ``!`` and the member's number.
        place: the kind of place, by which scores are counted.
        where: the address in the file: a path of keywords, a JSON path, a column, a header field.
        action: what must have become of it.
        value: what was there; of a text, the part that is meant.
        person: number of the patient.
        needs: option of PS3.15 without which the row is not asked; ``""``: always.
    """

    file: str
    place: str
    where: str
    action: Action
    value: str = field(repr=False)
    person: int
    needs: str = ""


KEPT_DATES = "retain-modified-dates"
"""Option that date_shifted belongs to; without it the same dates must be gone."""
SHIFTED = {
    Action.DATE_SHIFTED: Action.TEXT_REMOVED,
    Action.VALUE_SHIFTED: Action.VALUE_REMOVED,
    Action.CELL_SHIFTED: Action.CELL_REMOVED,
}


def asked(checks: Iterable[Check], options: frozenset[str]) -> list[Check]:
    """Return the rows that hold for a profile with these options of PS3.15."""
    return [_without_shift(check, options) for check in checks if not check.needs or check.needs in options]


def _without_shift(check: Check, options: frozenset[str]) -> Check:
    if check.action not in SHIFTED or KEPT_DATES in options:
        return check
    return Check(check.file, check.place, check.where, SHIFTED[check.action], check.value, check.person)


def counted(checks: Iterable[Check]) -> Mapping[Action, int]:
    """Return how many rows there are of each action."""
    counts = dict.fromkeys(Action, 0)
    for check in checks:
        counts[check.action] += 1
    return counts
