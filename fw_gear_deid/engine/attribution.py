"""Whose local files are: a first pass over their headers, before any of them is worked on.

A file that tells its patient is that patient's. One that tells nobody (a sidecar, a table, a NIfTI file) belongs to the
one patient of its folder, or else of the nearest folder above that has any, or else of the folders below its own; where
there are several, it is known to be about one of them, and not about whom. What tells any patient of the folders around
it is looked for in it all the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from fw_gear_deid.engine.archive_scan import GLANCED, Glance, glance
from fw_gear_deid.engine.files import Refusal, guarded
from fw_gear_deid.engine.residuals import NONE
from fw_gear_deid.formats.archive.base import HEAD, archive_kind
from fw_gear_deid.identity import Subject, key_of
from fw_gear_deid.scan.dicom_bytes import is_dicom
from fw_gear_deid.scan.harvesting import identifiers_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from fw_gear_deid.engine.base import Source
    from fw_gear_deid.engine.removals import Removals
    from fw_gear_deid.engine.residuals import Identifiers

PATIENT_ID: Final = b"\x10\x00\x20\x00"
ELEMENT: Final = 80
"""Bytes of an element of this tag, at most: 64 characters behind its header."""

MANY: Final = 16
"""Objects of one patient in one folder that are read as a whole; of more, only the PatientID is."""


@dataclass(slots=True)
class _Patients:
    """What is known of the patients of a run. Identifying.

    Attributes:
        identifiers: what tells each, by key.
        sought: those of it that the profile removes.
        folders: the patients that files of each folder tell of.
        trees: those that files of each folder and of all below it tell of.
    """

    identifiers: dict[str, Identifiers] = field(default_factory=lambda: defaultdict(lambda: NONE))
    sought: dict[str, Identifiers] = field(default_factory=lambda: defaultdict(lambda: NONE))
    folders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    trees: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, folder: str, seen: Glance) -> None:
        for key in seen.keys:
            self.folders[folder].add(key)
            for each in _upwards(folder):
                self.trees[each].add(key)
            self.identifiers[key] |= seen.identifiers
            self.sought[key] |= seen.sought

    def of_folder(self, folder: str) -> Collection[str]:
        """Return the patients of a folder, or else of the nearest one above that has any, or else of those below it.

        Files of the folder beside it may be about somebody else: nobody is told by them.
        """
        above = (self.folders[each] for each in _upwards(folder) if each in self.folders)
        return next(above, self.trees.get(folder, set()))

    def around(self, folder: str) -> Collection[str]:
        """Return the patients of a folder and all below it, or else of the nearest one above that has any there."""
        return next((self.trees[each] for each in _upwards(folder) if each in self.trees), set())

    def known(self, source: Source, keys: Collection[str]) -> Source:
        """Return a source with what is known of the persons that it may be about."""
        identifiers = source.subject.identifiers.union(*(self.identifiers[key] for key in keys))
        sought = source.sought.union(*(self.sought[key] for key in keys))
        people = {key: self.identifiers[key] for key in keys} if len(keys) > 1 else {}
        return replace(source, subject=Subject(source.subject.key, identifiers, people=people), sought=sought)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one source tells.

    Attributes:
        glance: of whom.
        speaks: whether its rules are told so by the file itself, or by each of its members.
    """

    glance: Glance = field(default_factory=Glance)
    speaks: bool = True


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
    patients, looking = _Patients(), _Looking(removals)
    seen, told = [], set[str]()
    for source in sources:
        found = guarded(lambda source=source: looking.at(source))  # type: ignore[misc]  # bound now, not later
        each = _Seen() if isinstance(found, Refusal) else found
        told |= each.glance.keys
        if source.subject.key:
            each = replace(each, glance=replace(each.glance, keys=frozenset({source.subject.key})))
        seen.append(each)
        patients.add(_folder(source), each.glance)
    about = [_about(source, each, patients) for source, each in zip(sources, seen, strict=True)]
    return Attributed(about, len(told))


def _about(source: Source, seen: _Seen, patients: _Patients) -> Source:
    theirs = seen.glance.keys or patients.of_folder(_folder(source))
    if len(theirs) == 1 and not source.subject.key and not seen.speaks:
        source = replace(source, subject=Subject(next(iter(theirs))))
    return patients.known(source, theirs or patients.around(_folder(source)))


def _upwards(folder: str) -> Iterator[str]:
    """Yield a folder and all above it."""
    path = PurePosixPath(folder)
    return map(str, (path, *path.parents))


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
        with source.path.open("rb") as file:
            head = file.read(GLANCED)
        if archive_kind(head[:HEAD], source.name) is not None:
            return _Seen(glance(source.path, source.name, self.removals))
        if is_dicom(head):
            return _Seen(self._dicom(head, source))
        harvest = identifiers_of(source.path, source.name)
        key = key_of(harvest.key)
        return _Seen(Glance(frozenset({key}), harvest.identifiers) if key else Glance(), speaks=False)

    def _dicom(self, head: bytes, source: Source) -> Glance:
        at = head.find(PATIENT_ID)
        told = _folder(source), head[at : at + ELEMENT] if at >= 0 else b""
        count, keys = self.met.get(told, (0, frozenset()))
        if count >= MANY:
            return Glance(keys)
        harvest = identifiers_of(head, source.name)
        key = key_of(harvest.key)
        keys = frozenset({key}) if key else frozenset()
        self.met[told] = count + 1 if told[1] else 0, keys
        return Glance(keys, harvest.identifiers, self.removals.of_harvest(harvest))
