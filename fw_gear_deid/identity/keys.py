"""Whose pseudonyms and shifts of dates: the key of a subject, spelled in one way wherever it is read."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.base import Subject

if TYPE_CHECKING:
    from fw_gear_deid.identity.base import Identifier

_LABELLED: Final = re.compile(r"(sub-[0-9A-Za-z]+)(?:[_.]|$)")

BIDS_PREFIX: Final = "sub-"
"""What BIDS puts before a subject's label in names and tables."""


def key_of(label: str) -> str:
    """Return the key of the subject that a label, or a PatientID, names; ``""`` where it names nobody.

    ``sub-S01``, ``S01`` and ``s01 `` are one subject.
    """
    return unicodedata.normalize("NFC", label).strip().casefold().removeprefix(BIDS_PREFIX)


def label_in(path: str) -> str:
    """Return the label that BIDS writes into a path: of its file, or else of the innermost folder; ``""``: none."""
    labels = (match[1] for part in reversed(path.split("/")) if (match := _LABELLED.match(part)))
    return next(labels, "")


def subject_of(label: str, identifiers: frozenset[Identifier] = frozenset()) -> Subject:
    """Return the subject that a label, or a PatientID, names, with what is known to tell that person."""
    return Subject(key_of(label), identifiers)
