"""Whose the members of an archive are that do not say so themselves: sidecars, tables, NIfTI files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING, Final

from fw_gear_deid.engine.files import LARGEST_TOLD, Refusal, guarded
from fw_gear_deid.engine.subjects.patients import Glance, Patients
from fw_gear_deid.formats.archive.base import open_archive
from fw_gear_deid.identity import key_of, label_in
from fw_gear_deid.scan.dicom_bytes import is_dicom
from fw_gear_deid.scan.harvesting import NOTHING, identifiers_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fw_gear_deid.formats.archive.base import ArchiveReader, Member
    from fw_gear_deid.identity import Subject
    from fw_gear_deid.scan.harvesting import Harvest

GLANCED: Final = 1 << 14
"""Bytes at a DICOM object's beginning that are looked into: those in which a patient is named."""

LONGEST: Final = 32 << 20
"""As many, where private elements before the patient fill the first ones."""

PATIENT_ID: Final = (b"\x10\x00\x20\x00", b"\x00\x10\x00\x20")
"""The tag as it is encoded: the low or the high byte first."""


@dataclass(slots=True)
class MemberPatients:
    """What all members of one archive tell of their patients.

    It is read when it is first asked for, by whichever thread: an archive of DICOM objects alone is not read twice.

    Attributes:
        path: where the archive lies.
        name: what it is called.
    """

    path: Path
    name: str
    _read: tuple[Patients, dict[str, set[str]]] | None = field(default=None, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def known(self, member: str, subject: Subject) -> Subject:
        """Return whom a member is about, with what is known of that person.

        That is whom the subject names already, or the member itself, or the one patient of the objects of its folder,
        of the nearest folder above that has any, or of the folders below.

        Args:
            member: the path of the member.
            subject: who it is about, as far as that is known.
        """
        patients, own = self._told()
        folder = str(PurePosixPath(member).parent)
        keys = own[member] if member in own else set(patients.of_folder(folder))
        if not subject.key and len(keys) == 1:
            (key,) = keys
            subject = replace(subject, key=key)
        return patients.known(subject, keys or patients.around(folder))

    @property
    def keys(self) -> frozenset[str]:
        """Whose any member is; of an archive that cannot be read, one is nobody's that is known."""
        patients = self._told()[0]
        return frozenset(patients.identifiers) or frozenset({""})

    def _told(self) -> tuple[Patients, dict[str, set[str]]]:
        with self._lock:
            if self._read is None:
                found = guarded(self._whose)
                # The reason is found out when the member is worked on; till then it is about nobody that is known.
                self._read = (Patients(), {}) if isinstance(found, Refusal) else found
            return self._read

    def _whose(self) -> tuple[Patients, dict[str, set[str]]]:
        """Return what the members tell, and whose those are that are no DICOM objects but say so."""
        patients, own = Patients(), dict[str, set[str]]()
        with open_archive(self.path, self.name) as reader:
            for member in reader.members():
                if member.is_folder:
                    continue
                harvest, is_object = _told(reader, member)
                if key := key_of(label_in(member.name)) or key_of(harvest.key):
                    patients.add(str(PurePosixPath(member.name).parent), Glance(frozenset({key}), harvest.identifiers))
                    if not is_object:
                        own[member.name] = {key}
                elif harvest.is_of_several and not is_object:
                    own[member.name] = set()
        return patients, own


def beginning(read: Callable[[int], bytes]) -> bytes:
    """Return the beginning of a file; of a DICOM object so much of it that its patient is named there.

    Args:
        read: returns so many bytes of the file's beginning, or all if it has fewer.
    """
    head = read(GLANCED)
    is_enough = len(head) < GLANCED or not is_dicom(head) or any(tag in head for tag in PATIENT_ID)
    return head if is_enough else read(LONGEST)


def _told(reader: ArchiveReader, member: Member) -> tuple[Harvest, bool]:
    """Return what a member tells, and whether it is a DICOM object; what is too large to be a sidecar tells nothing."""
    content = reader.content(member)
    head = beginning(content.prefix)
    name = PurePosixPath(member.name).name
    if is_dicom(head):
        return identifiers_of(head, name), True
    if member.size > LARGEST_TOLD:
        return NOTHING, False
    whole = head if member.size <= len(head) else b"".join(content.chunks())
    return identifiers_of(whole, name), False
