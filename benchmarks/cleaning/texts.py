"""Texts for cleaning: harmless descriptors, and texts that tell an invented person, with what must go from them."""

from __future__ import annotations

import random
import re
import warnings
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pydicom

from fw_gear_deid.identity import NOBODY, Identifier, Kind, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIPTORS: Final = (
    "AcquisitionContrast", "AcquisitionDeviceProcessingDescription", "AnatomicRegionSequence", "BodyPartExamined",
    "CodeMeaning", "ContrastBolusAgent", "DerivationDescription", "ImageType", "LossyImageCompressionMethod",
    "Manufacturer", "ManufacturerModelName", "PerformedProcedureStepDescription", "ProtocolName",
    "RequestedProcedureDescription", "ScanOptions", "ScanningSequence", "SequenceName", "SequenceVariant",
    "SeriesDescription", "StudyDescription", "TransducerType", "ViewPosition",
)  # fmt: skip
"""Elements of pydicom's test files that describe an image; nobody wrote them for this project."""

PERSONS: Final = 24


@dataclass(frozen=True, slots=True)
class Told:
    """A text that tells a person.

    Attributes:
        text: the text.
        secrets: what must not be left of it.
        harmless: words that must be left.
        subject: who it is about, as far as that is known.
    """

    text: str
    secrets: tuple[str, ...]
    harmless: tuple[str, ...] = ()
    subject: Subject = field(default=NOBODY)


def harmless() -> tuple[str, ...]:
    """Return descriptors as scanners and people write them: each value of several by itself."""
    lines = files(__package__ or "").joinpath("harmless.txt").read_text(encoding="utf-8").splitlines()
    return tuple(dict.fromkeys(value for line in lines for value in line.split("\\")))


@cache
def found() -> tuple[str, ...]:
    """Return the descriptors of pydicom's test files."""
    values: dict[str, None] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in sorted((Path(pydicom.__file__).parent / "data").rglob("*.dcm")):
            try:
                data_set = pydicom.dcmread(path, stop_before_pixels=True)
                elements = [each for each in data_set.iterall() if each.keyword in DESCRIPTORS and each.VR != "SQ"]
            except Exception:  # noqa: BLE001, S112  # some of these files are damaged on purpose
                continue
            for element in elements:
                several = [element.value] if isinstance(element.value, str) else element.value or ()
                values.update(dict.fromkeys(map(str, several)))
    return tuple(values)


def mixtures(count: int = 5000) -> Iterator[str]:
    """Yield words of harmless descriptors in any order, always the same: what nobody has thought of to write."""
    draw = random.Random(3)  # noqa: S311  # for tests
    words = [word for text in harmless() for word in re.split("[ _^-]", text) if word]
    for _ in range(count):
        separator = draw.choice((" ", " ", "_", "-", "^"))
        yield separator.join(draw.choice(words) for _ in range(draw.randint(2, 6)))


FAMILIES: Final = (
    "Quokkarelli", "Zebrowitzki", "Canaryfield", "Wombatowsky", "Li", "O'Numbatsen", "Müllerquoll", "Bandicootova",
    "Nguyenkaka", "de la Kakapo", "Dingo-Kiwison", "Ålandsemu", "White", "May", "Takahezaki", "Echidnaswamy",
)  # fmt: skip
GIVEN: Final = (
    "Zoltan", "Ottilie", "Wei", "Anna Maria", "Xaver", "Jean-Luc", "Gøril", "Björn", "Priya", "Rose", "Kenji", "Tim",
)  # fmt: skip
LISTED: Final = (
    "Smith", "Johnson", "Garcia", "Nguyen", "Kowalski", "Schmidt", "Fernandez", "Patel", "Olson", "Murphy", "Rossi",
    "Weber", "Kaufman", "Yamamoto", "Ivanov", "Larsen", "Dubois", "Meyer", "Novak", "Romero",
)  # fmt: skip
FIRST: Final = (
    "John",
    "Maria",
    "Robert",
    "Linda",
    "Ahmed",
    "Susan",
    "Carlos",
    "Helen",
    "Peter",
    "Sarah",
    "Ivan",
    "Julia",
)
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """An invented patient."""

    family: str
    given: str
    number: str
    birth: tuple[int, int, int]
    telephone: str

    @property
    def subject(self) -> Subject:
        """Return the patient as the elements of a data set tell of one."""
        year, month, day = self.birth
        known = {
            Identifier(Kind.NAME, f"{self.family}^{self.given}"),
            Identifier(Kind.ID, self.number),
            Identifier(Kind.BIRTH_DATE, f"{year}{month:02}{day:02}"),
            Identifier(Kind.TELEPHONE, self.telephone),
        }
        return Subject(self.number, frozenset(known))


def persons() -> Iterator[Person]:
    """Yield invented patients, always the same."""
    draw = random.Random(5)  # noqa: S311  # for tests
    for place in range(PERSONS):
        number = f"{draw.choice(('ZQ', 'MRN', '', '00'))}{draw.randrange(10**6, 10**7)}"
        birth = draw.randrange(1921, 2020), draw.randrange(1, 13), draw.randrange(1, 29)
        telephone = f"+1 555 01{draw.randrange(10)} {draw.randrange(1000, 9999)}"
        yield Person(FAMILIES[place % len(FAMILIES)], GIVEN[place % len(GIVEN)], number, birth, telephone)


def known() -> Iterator[Told]:
    """Yield texts that hold identifiers which the data tell elsewhere."""
    for person in persons():
        family, given, subject = person.family, person.given, person.subject
        year, month, day = person.birth
        name = (family, given)
        dates = (
            f"{year}{month:02}{day:02}", f"{year}-{month:02}-{day:02}", f"{day:02}.{month:02}.{year}",
            f"{month}/{day}/{year}", f"{day} {MONTHS[month - 1][:3]} {year}", f"{MONTHS[month - 1]} {day}, {year}",
            f"{day:02}{MONTHS[month - 1][:3].upper()}{year}",
        )  # fmt: skip
        digits = "".join(letter for letter in person.telephone if letter.isdigit())
        yield Told(f"t1_mprage_sag_{family}_{given}", name, ("t1", "mprage", "sag"), subject)
        yield Told(f"{family.upper()}, {given.upper()} BRAIN W/O CONTRAST", name, ("BRAIN", "CONTRAST"), subject)
        yield Told(f"follow up of {given} {family}, knee", name, ("follow", "knee"), subject)
        yield Told(f"Head^{family}^{given}", name, ("Head",), subject)
        yield Told(f"{given[0]}. {family} moved, rescan", (family,), ("moved", "rescan"), subject)
        yield Told(f"T2 {family.lower()}{given.lower()} axial", (f"{family}{given}",), ("T2", "axial"), subject)
        yield Told(f"localizer ({person.number})", (person.number.lstrip("0"),), ("localizer",), subject)
        yield Told(f"see {person.number.lstrip('0')} chest", (person.number.lstrip("0"),), ("see", "chest"), subject)
        yield Told(f"call {digits[1:]} after scan", (digits[1:],), ("after", "scan"), subject)
        yield Told(f"born {dates[person.birth[2] % len(dates)]} left hip", dates, ("left", "hip"), subject)
        for date in dates[:4]:
            yield Told(f"dwi {date} b1000", (date,), ("dwi", "b1000"), subject)


def unknown() -> Iterator[Told]:
    """Yield texts that tell somebody of whom no element speaks."""
    draw = random.Random(7)  # noqa: S311  # for tests
    for place, (last, family) in enumerate((last, family) for last in LISTED for family in FAMILIES[:4]):
        first = FIRST[place % len(FIRST)]
        year, month, day = draw.randrange(1990, 2026), draw.randrange(1, 13), draw.randrange(1, 29)
        number = draw.randrange(10**6, 10**8)
        yield Told(f"seen by Dr. {family} today", (family,), ("seen", "today"))
        yield Told(f"referring physician: {first} {last}, chest pain", (first, last), ("physician", "chest", "pain"))
        yield Told(f"t2_flair_{last}_tra", (last,), ("t2", "flair", "tra"))
        yield Told(f"scan {day:02}.{month:02}.{year} repeated", (f"{day:02}.{month:02}.{year}",), ("scan", "repeated"))
        yield Told(f"MRN {number} abdomen", (str(number),), ("abdomen",))
        yield Told(f"{last.upper()}^{first.upper()} pelvis", (last, first), ("pelvis",))
        yield Told(f"mail {first}.{last}@example.org on arrival", (last, "example.org"), ("on", "arrival"))
        yield Told(
            f"phone 555-010-{number % 10000:04} before contrast", (f"{number % 10000:04}",), ("before", "contrast")
        )
