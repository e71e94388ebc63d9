"""Patients who never lived, with names that say so."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

UID_ROOT: Final = "1.3.12.2.1107.5.2.43.99999"
"""Shaped as a scanner's root; no scanner has this serial number."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A synthetic identity and the visit that its data come from.

    Attributes:
        name: DICOM PN.
        patient_id: medical record number.
        sex: DICOM CS, ``F``, ``M`` or ``O``.
        visit: when the study was acquired.
        physician: the referring physician, DICOM PN.
        charset: DICOM SpecificCharacterSet in which the name can be written.
    """

    name: str = "CANARY^ALICE"
    patient_id: str = "SYNTH-0001"
    birth_date: date = date(1970, 1, 31)
    sex: str = "F"
    visit: datetime = datetime(2023, 11, 7, 11, 22, 5, 250000)  # noqa: DTZ001  # DICOM times know no zone
    accession_number: str = "ACC-CANARY-17"
    physician: str = "REFERRER^RALPH^^DR"
    operator: str = "OPERATOR^OLGA"
    institution: str = "Canary General Hospital"
    address: str = "17 Birdcage Walk, Nowhere"
    telephone: str = "+00 555 0100 17"
    other_id: str = "SYNTH-OLD-0001"
    charset: str = "ISO_IR 100"

    @property
    def spoken_name(self) -> str:
        """Given and family name as in running text."""
        family, given = [*self.name.split("^"), ""][:2]
        return f"{given.title()} {family.title()}".strip()

    @property
    def age(self) -> str:
        """Age at the visit in years, DICOM AS."""
        before_birthday = (self.visit.month, self.visit.day) < (self.birth_date.month, self.birth_date.day)
        return f"{self.visit.year - self.birth_date.year - before_birthday:03d}Y"

    @property
    def birthday(self) -> str:
        """Birth date, DICOM DA."""
        return f"{self.birth_date:%Y%m%d}"

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Values that may be found nowhere in what a strict profile leaves."""
        return (
            *(self.name, self.spoken_name, self.patient_id, self.birthday, self.birth_date.isoformat()),
            *(self.accession_number, self.physician, self.operator, self.institution, self.address),
            *(self.telephone, self.other_id),
        )

    def uid(self, *parts: str | int) -> str:
        """Return a UID of this visit that depends on ``parts`` alone; its last component begins with no zero."""
        digest = hashlib.sha256("/".join([self.patient_id, *map(str, parts)]).encode()).digest()
        number = 1_000_000 + int.from_bytes(digest[:6], "big") % 1_000_000
        return f"{UID_ROOT}.{self.visit:%Y%m%d%H%M%S}.{number}{100_000 + digest[7]}"


ALICE: Final = Patient()
BJORN: Final = Patient(
    name="CANARY^BJØRN",
    patient_id="SYNTH-0002",
    birth_date=date(1931, 12, 3),
    sex="M",
    accession_number="ACC-CANARY-18",
    other_id="SYNTH-OLD-0002",
)
YUKI: Final = Patient(
    name="CANARY^YUKI=金糸雀^雪=かなりあ^ゆき",
    patient_id="SYNTH-0003",
    birth_date=date(2001, 2, 28),
    sex="O",
    accession_number="ACC-CANARY-19",
    other_id="SYNTH-OLD-0003",
    charset="ISO_IR 192",
)
