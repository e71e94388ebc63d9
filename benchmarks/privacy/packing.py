"""Archives with identifying names, comments and extra fields, and the folder tree of all patients."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from itertools import chain
from typing import TYPE_CHECKING, Final

from benchmarks.privacy.bids import more_sidecars, of_study
from benchmarks.privacy.compressed import compressed
from benchmarks.privacy.documents import documents
from benchmarks.privacy.images import images, sequence_in_archive
from benchmarks.privacy.key import Action, Check
from benchmarks.privacy.rarer import rarer
from benchmarks.privacy.sidecars import NAME, participants, sidecars
from benchmarks.privacy.unusual import unusual

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.privacy.persons import Person

ARCHIVE: Final = "archive names, comments, extra fields"
TIME: Final = (2023, 4, 17, 10, 11, 12)
UNKNOWN: Final = 0xCAFE
"""ID of an extra field that no program knows."""


def build(root: Path, patients: Sequence[Person]) -> list[Check]:
    """Write the files of all patients below a folder, and return the answer key."""
    content, checks = participants(patients)
    root.mkdir(parents=True, exist_ok=True)
    (root / "participants.tsv").write_bytes(content)
    for file, content, rows in of_study(patients):
        _write(root / file, content)
        checks += rows
    for person in patients:
        checks += _of_patient(root, person)
    return checks


def _of_patient(root: Path, person: Person) -> list[Check]:
    folder = f"sub-{person.patient_id}"
    checks: list[Check] = []
    for made in chain(images(person), documents(person), compressed(person), rarer(person), unusual(person)):
        file = f"{folder}/ses-01/dicom/{made.name}"
        _write(root / file, made.bytes())
        checks += made.checks(file)
    for sidecar in chain(sidecars(person), more_sidecars(person)):
        _write(root / folder / sidecar.path, sidecar.content)
        checks += sidecar.checks(person, folder)
    checks += _named_folder(root, folder, person)
    for suffix in ("tar", "tar.gz"):
        checks += _tar(root, folder, person, suffix)
    return [*checks, *_archive(root, folder, person)]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _named_folder(root: Path, folder: str, person: Person) -> list[Check]:
    file = person.say(f"{folder}/ses-01/{{plain_family}} {{plain_given}}/{{patient_id}}_{{dob}}.dcm")
    made = next(iter(sequence_in_archive(person, series=19, count=1)))
    _write(root / file, made.bytes())
    names = (person.words["plain_family"], person.patient_id, person.words["dob"])
    named = [Check(file, NAME, "path", Action.NAME_CHANGED, name, person.number) for name in names]
    return [*made.checks(file), *named]


def _archive(root: Path, folder: str, person: Person) -> list[Check]:
    file = person.say(f"{folder}/ses-01/dwi/{{plain_family}}_{{patient_id}}.dicom.zip")
    buffer = io.BytesIO()
    checks: list[Check] = []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, made in enumerate(sequence_in_archive(person, series=20, count=3)):
            name = person.say(f"{{plain_family}}_{{plain_given}}/{{patient_id}}_IM{number:04}.dcm")
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            told = person.say("{plain_family}").encode()
            entry.extra = struct.pack("<HH", UNKNOWN, len(told)) + told
            entry.comment = person.say("slice of {plain_given} {plain_family}").encode()
            archive.writestr(entry, made.bytes())
            member = f"{file}!{number}"
            checks += made.checks(member)
            for part in (person.words["plain_family"], person.patient_id):
                checks.append(Check(member, ARCHIVE, "member name", Action.NAME_CHANGED, part, person.number))
        archive.comment = person.say("Patient {plain_given} {plain_family}, born {dob_iso}").encode()
    _write(root / file, buffer.getvalue())
    for part in (person.words["plain_family"], person.words["dob_iso"]):
        checks.append(Check(file, ARCHIVE, "comments and extra fields", Action.COMMENT_REMOVED, part, person.number))
    for part in (person.words["plain_family"], person.patient_id):
        checks.append(Check(file, NAME, "path", Action.NAME_CHANGED, part, person.number))
    return checks


def _tar(root: Path, folder: str, person: Person, suffix: str) -> list[Check]:
    """Write a tar whose members belong to a user of the patient's name."""
    file = person.say(f"{folder}/ses-01/dwi/{{plain_family}}_{{patient_id}}.{suffix}")
    buffer = io.BytesIO()
    checks: list[Check] = []
    family = person.words["plain_family"]
    with tarfile.open(
        fileobj=buffer, mode="w:gz" if suffix.endswith("gz") else "w", format=tarfile.PAX_FORMAT
    ) as packed:
        for number, made in enumerate(sequence_in_archive(person, series=31 + len(suffix), count=2)):
            content = made.bytes()
            entry = tarfile.TarInfo(person.say(f"{{plain_family}}/{{patient_id}}_IM{number:04}.dcm"))
            entry.size, entry.mtime, entry.uname, entry.gname = len(content), 1681725072, family, family
            entry.pax_headers = {"comment": person.say("slice of {spoken}")}
            packed.addfile(entry, io.BytesIO(content))
            checks += made.checks(f"{file}!{number}")
            checks += [
                Check(f"{file}!{number}", ARCHIVE, "member name", Action.NAME_CHANGED, part, person.number)
                for part in (family, person.patient_id)
            ]
    _write(root / file, buffer.getvalue())
    for part in (family, person.patient_id):
        checks.append(Check(file, ARCHIVE, "whole file", Action.BYTES_REMOVED, part, person.number))
        checks.append(Check(file, NAME, "path", Action.NAME_CHANGED, part, person.number))
    return checks
