"""What identifies a subject by name or number, as far as it is known, and whether a label repeats it.

Known are the subject's own metadata on the site, its label where the copy has another one, and the header of its DICOM
files. Compared are letters and digits
alone, whatever stands between them: ``Doe^Jane`` is in ``jane_DOE-2``, in either order.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.identity import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from fw_gear_deid.identity import Identifier
    from fw_gear_deid.scan.harvesting import Found
    from fw_gear_deid.site.containers import Container

NAMES: Final = ("PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName")
NUMBERS: Final = ("PatientID", "OtherPatientIDs", "PatientBirthDate", "AccessionNumber")
"""Elements of a DICOM header that identify a patient or an examination (PS3.15 table E.1-1)."""

SUBJECT_NAMES: Final = ("firstname", "lastname")
SUBJECT_NUMBERS: Final = ("date_of_birth", "master_code")
_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[T ].*")
"""Fields of a subject on the site that do."""

SHORTEST: Final = 3
"""Parts of names and numbers with fewer letters and digits say nothing: they are in many labels."""

LONG: Final = 5
"""Shorter ones count only where they stand alone: ``Lee`` is not in ``Leeds-01``."""

BEGINNING: Final = 1 << 16
"""Bytes of a DICOM file in which its patient is named."""

LAST_TAG: Final = 0x0010FFFF
"""What comes later in a header says nothing of who the patient is."""

_PREAMBLE: Final = 132
_BIDS: Final = "sub"
_APART: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of whoever the files of a container are about.

    Attributes:
        identifiers: in letters and digits alone.
        fault: why nothing of the subject may be copied; empty when it may.
        headers: what DICOM files tell in which elements.
        metadata: what containers tell.
        people: of several subjects, what is known of each, by key.
    """

    identifiers: frozenset[str] = frozenset()
    fault: str = ""
    headers: frozenset[Found] = frozenset()
    metadata: frozenset[Identifier] = frozenset()
    people: Mapping[str, frozenset[Identifier]] = field(default_factory=dict)

    @property
    def told(self) -> frozenset[Identifier]:
        """What headers and containers tell."""
        return self.metadata.union(each.identifier for each in self.headers)

    def __or__(self, other: Known) -> Known:
        """Return what both know, of no fault."""
        return Known(
            self.identifiers | other.identifiers,
            headers=self.headers | other.headers,
            metadata=self.metadata | other.metadata,
            people={**self.people, **other.people},
        )

    def of(self, subject: Container) -> Known:
        """Return the same, known of one subject among several."""
        return replace(self, people={key_of(subject.label): self.told})


def of_subject(metadata: Mapping[str, Any]) -> frozenset[str]:
    """Return what a subject's metadata on the site identifies it by, in letters and digits alone."""
    found = [
        *_parts(metadata.get(name) for name in SUBJECT_NAMES),
        *_wholes(_DATE.sub(r"\1", _text(metadata.get(key))) for key in SUBJECT_NUMBERS),
    ]
    return frozenset(each for each in found if len(each) >= SHORTEST)


def of_label(label: str) -> frozenset[str]:
    """Return what a label that a copy must not have identifies its subject by; a short number may be any other one."""
    plain = _plain(label)
    known = {plain, plain.removeprefix(_BIDS)} if label.casefold().startswith(f"{_BIDS}-") else {plain}
    return frozenset(each for each in known if len(each) >= (LONG if each.isdigit() else SHORTEST))


def of_header(header: Mapping[str, Any]) -> frozenset[str]:
    """Return what a DICOM header identifies its patient by, in letters and digits alone."""
    found = [*_parts(header.get(name) for name in NAMES), *_wholes(header.get(key) for key in NUMBERS)]
    return frozenset(each for each in found if len(each) >= SHORTEST)


def is_dicom(data: bytes) -> bool:
    """Whether a file that begins so is a DICOM file."""
    return data[_PREAMBLE - 4 : _PREAMBLE] == b"DICM"


def of_bytes(data: bytes) -> frozenset[str]:
    """Return the same of a DICOM file, of which the beginning is enough; nothing of other files."""
    if not is_dicom(data):
        return frozenset()
    from pydicom.errors import InvalidDicomError  # noqa: PLC0415  # slow to load, and needed on a site alone
    from pydicom.filereader import read_partial  # noqa: PLC0415  # the same

    try:
        dataset = read_partial(io.BytesIO(data), stop_when=lambda tag, _vr, _length: tag > LAST_TAG)
        return of_header({element.keyword: element.value for element in dataset})
    except (InvalidDicomError, EOFError, OSError, ValueError, KeyError, NotImplementedError):
        return frozenset()  # it will be withheld for that; labels are judged by what else is known


def beginning_of(path: Path) -> bytes:
    """Return the beginning of a local file; of a zip archive, that of the first DICOM file in it."""
    if zipfile.is_zipfile(path):
        return _first_member(path)
    with path.open("rb") as file:
        return file.read(BEGINNING)


def _first_member(path: Path) -> bytes:
    """Return the beginning of the first DICOM file of an archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    data = member.read(BEGINNING)
                if is_dicom(data):
                    return data
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, zlib.error):
        pass  # it will be withheld for that
    return b""


def repeated(label: str, identifiers: Iterable[str]) -> bool:
    """Whether a label holds one of these identifiers; a short one only as a part of its own."""
    plain = _plain(label)
    parts = {_plain(part) for part in _APART.split(label)} | {plain}
    return any(each in (plain if len(each) >= LONG else parts) for each in identifiers)


def _parts(values: Iterable[Any]) -> list[str]:
    """Return the parts of names."""
    return [_plain(part) for value in values for part in _APART.split(_text(value)) if part]


def _wholes(values: Iterable[Any]) -> list[str]:
    """Return numbers, each of several."""
    return [_plain(part) for value in values for part in _text(value).split("\\")]


def _text(value: object) -> str:
    if value is None or isinstance(value, str | int):
        return "" if value is None else str(value)
    return "\\".join(map(str, value)) if isinstance(value, Sequence) else str(value)


def _plain(text: str) -> str:
    """Return the letters and digits of a text, small and without accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if character.isalnum()).casefold()
