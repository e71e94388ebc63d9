"""Who a file is about, and what is known to tell that person."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


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
    """Who a file is about. Identifying.

    Attributes:
        key: what pseudonyms and shifts of dates are derived from: the subject's label where a site or the user gives
            one, else the PatientID of the data; ``""``: not known.
        identifiers: all that is known to tell this person.
    """

    key: str = field(default="", repr=False)
    identifiers: frozenset[Identifier] = field(default=frozenset(), repr=False)


NOBODY: Final = Subject()
