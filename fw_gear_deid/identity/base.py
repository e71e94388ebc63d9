"""Who a file is about, and what is known to tell that person."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What an identifier is."""

    NAME = "name"  # of the patient, or of a relative
    ID = "id"  # patient, visit, order, insurance number
    BIRTH_DATE = "birth date"
    ACCESSION = "accession number"
    ADDRESS = "address"
    TELEPHONE = "telephone"
    EMAIL = "email"
    PERSON = "person"  # of another person: physician, operator


@dataclass(frozen=True, slots=True)
class Identifier:
    """One value that tells a person. Identifying.

    Attributes:
        kind: what it is.
        value: its text as its source spells it: a DICOM person name with its carets, a date with its separators.
    """

    kind: Kind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a file, or a row of a table, is about. Identifying.

    Attributes:
        key: what pseudonyms and shifts of dates are derived from: the subject's label where a site or the user gives
            one, else the PatientID of the data; ``""``: not known.
        identifiers: all that is known to tell this person; of a file that may be about several, each of them.
        others: what tells other persons of whom the same file speaks.
        people: of a file that may be about several, what is known of each, by key.
    """

    key: str = field(default="", repr=False)
    identifiers: frozenset[Identifier] = field(default=frozenset(), repr=False)
    others: frozenset[Identifier] = field(default=frozenset(), repr=False)
    people: Mapping[str, frozenset[Identifier]] = field(default_factory=dict, repr=False, compare=False)


NOBODY: Final = Subject()
