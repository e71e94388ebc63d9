"""Whose local files are: a first pass over their headers, before any of them is worked on.

A file that tells its patient is that patient's. One that tells nobody (a sidecar, a table, a NIfTI file) belongs to the
one patient of its folder, or else of the nearest folder above that has any, with all below it, or else of the folders
below its own; where there are several, it is known to be about one of them, and not about whom. What tells any patient
of the folders around it is looked for in it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from fw_gear_deid.engine.archive_scan import glance
from fw_gear_deid.engine.files import Refusal, guarded
from fw_gear_deid.engine.subjects.member_patients import GLANCED, PATIENT_ID, MemberPatients, beginning
from fw_gear_deid.engine.subjects.patients import Glance, Patients, joined, upwards
from fw_gear_deid.formats.archive.base import HEAD, archive_kind
from fw_gear_deid.identity import Subject, key_of
from fw_gear_deid.scan.dicom_bytes import is_dicom
from fw_gear_deid.scan.harvesting import identifiers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fw_gear_deid.engine.base import Source
    from fw_gear_deid.engine.removals import Removals

ELEMENT: Final = 80
"""Bytes of an element of this tag, at most: 64 characters behind its header."""

LIKELY: Final = 8
"""How many elements of this tag one object may seem to have; of more, it is read which is the patient's."""

MANY: Final = 16
"""Objects of one patient in one folder that are read as a whole; of more, only the PatientID is."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one source tells.

    Attributes:
        glance: of whom.
        speaks: whether its rules are told so by the file itself, or by each of its members.
        packed: whether it is an archive, of which only some members were looked into.
        several: whether it names several patients, and so is about none of those around it alone.
    """

    glance: Glance = field(default_factory=Glance)
    speaks: bool = True
    packed: bool = False
    several: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether whom it is about has to be told by the files around it."""
        return not self.speaks and not self.glance.keys


@dataclass(frozen=True, slots=True)
class Attributed:
    """Sources with whom they are about.

    Attributes:
        sources: the sources.
        patients: of how many patients the headers tell, whoever they were said to be about.
    """

    sources: list[Source]
    patients: int = 0


def attributed(sources: Sequence[Source], removals: Removals) -> Attributed:
    """Return sources with whom they are about, and what their copies must not hold for it.

    A subject that is known already stays: what its files tell is about that person, whatever their headers say. Of a
    source that is alone nothing is read: it tells all that can be known.

    Args:
        sources: what is to be read.
        removals: what the profile removes.
    """
    if len(sources) <= 1:
        return Attributed(list(sources))
    patients, looking = Patients(), _Looking(removals)
    seen, told = [], set[str]()
    for source in sources:
        found = guarded(lambda source=source: looking.at(source))  # type: ignore[misc]  # bound now, not later
        each = _Seen() if isinstance(found, Refusal) else found
        told |= each.glance.keys
        if source.subject.key:
            each = replace(each, glance=replace(each.glance, keys=frozenset({source.subject.key})))
        seen.append(each)
        patients.add(_folder(source), each.glance)
    _complete(sources, seen, patients)
    about = [_about(source, each, patients) for source, each in zip(sources, seen, strict=True)]
    return Attributed(about, len(told))


def _complete(sources: Sequence[Source], seen: Sequence[_Seen], patients: Patients) -> None:
    """Look into all members of the archives that tell whom a silent file is about: they may be of several patients."""
    pairs = [(source, each) for source, each in zip(sources, seen, strict=True) if not source.subject.key]
    asking = {_folder(source) for source, each in pairs if each.is_silent}
    for source, each in pairs:
        folder = _folder(source)
        if each.packed and any(folder in upwards(other) or other in upwards(folder) for other in asking):
            patients.add(folder, Glance(MemberPatients(source.path, source.name).keys))


def _about(source: Source, seen: _Seen, patients: Patients) -> Source:
    theirs = seen.glance.keys or (() if seen.several else patients.of_folder(_folder(source)))
    if len(theirs) == 1 and not source.subject.key and not seen.speaks:
        source = replace(source, subject=Subject(next(iter(theirs))))
    keys = theirs or patients.around(_folder(source))
    sought = joined(source.sought, patients.together(keys).sought)
    return replace(source, subject=patients.known(source.subject, keys), sought=sought)


def _first(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        return file.read(count)


def _patient_ids(head: bytes) -> Iterator[bytes]:
    """Yield all that may be a PatientID: its tag is found by chance, too, and in sequences."""
    for tag in PATIENT_ID:
        at = head.find(tag)
        while at >= 0:
            yield head[at : at + ELEMENT]
            at = head.find(tag, at + 1)


def _folder(source: Source) -> str:
    """Return the folder that a source lies in, which may have another name at its destination."""
    return str(PurePosixPath(source.origin).parent)


@dataclass(slots=True)
class _Looking:
    """Reads headers. Of the many objects that one folder has of one patient, only some are read as a whole.

    Attributes:
        removals: what the profile removes.
        met: how many objects were read, by folder and encoded PatientID, and whose they are.
    """

    removals: Removals
    met: dict[tuple[str, bytes], tuple[int, frozenset[str]]] = field(default_factory=dict)

    def at(self, source: Source) -> _Seen:
        """Return what the header of a file, or of some members of an archive, tells.

        Raises:
            FileError: it cannot be read; the run finds that out again.
            OSError: the same.
        """
        if source.skip or source.fault:
            return _Seen()
        head = beginning(partial(_first, source.path))
        if archive_kind(head[:HEAD], source.name) is not None:
            return _Seen(glance(source.path, source.name, self.removals), packed=True)
        if is_dicom(head):
            return _Seen(self._dicom(head, source))
        harvest = identifiers_of(head if len(head) < GLANCED else source.path, source.name)
        key = key_of(harvest.key)
        told = Glance(frozenset({key}), harvest.identifiers) if key else Glance()
        return _Seen(told, speaks=False, several=harvest.is_of_several)

    def _dicom(self, head: bytes, source: Source) -> Glance:
        ids = list(islice(_patient_ids(head), LIKELY + 1))
        told = _folder(source), b"".join(ids) if len(ids) <= LIKELY else b""
        count, keys = self.met.get(told, (0, frozenset()))
        if count >= MANY:
            return Glance(keys)
        harvest = identifiers_of(head, source.name)
        key = key_of(harvest.key)
        keys = frozenset({key}) if key else frozenset()
        self.met[told] = count + 1 if told[1] else 0, keys
        return Glance(keys, harvest.identifiers, self.removals.of_harvest(harvest))
