"""Whose local files are: a first pass over their headers, before any of them is worked on.

A file that tells its patient is that patient's. One that tells nobody (a sidecar, a table, a NIfTI file) belongs to the
one patient of its folder, or else of the nearest folder above that has any; where there are several, it is known to be
about one of them, and not about whom.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fw_gear_deid.engine.archive_scan import Glance, glance
from fw_gear_deid.engine.files import Refusal, guarded
from fw_gear_deid.engine.residuals import NONE
from fw_gear_deid.formats.archive.base import HEAD, archive_kind
from fw_gear_deid.identity import Subject, key_of
from fw_gear_deid.scan.dicom_bytes import is_dicom
from fw_gear_deid.scan.harvesting import identifiers_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from fw_gear_deid.engine.base import Source
    from fw_gear_deid.engine.removals import Removals
    from fw_gear_deid.engine.residuals import Identifiers


@dataclass(slots=True)
class _Patients:
    """What is known of the patients of a run. Identifying.

    Attributes:
        identifiers: what tells each, by key.
        sought: those of it that the profile removes.
        folders: the patients that files of each folder tell of.
    """

    identifiers: dict[str, Identifiers] = field(default_factory=lambda: defaultdict(lambda: NONE))
    sought: dict[str, Identifiers] = field(default_factory=lambda: defaultdict(lambda: NONE))
    folders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, folder: str, seen: Glance) -> None:
        for key in seen.keys:
            self.folders[folder].add(key)
            self.identifiers[key] |= seen.identifiers
            self.sought[key] |= seen.sought

    def of_folder(self, folder: str) -> Collection[str]:
        """Return the patients of a folder, or else of the nearest one above that has any."""
        path = PurePosixPath(folder)
        return next((self.folders[str(each)] for each in (path, *path.parents) if str(each) in self.folders), set())

    def known(self, source: Source, keys: Collection[str]) -> Source:
        """Return a source with what is known of the persons that it may be about."""
        identifiers = source.subject.identifiers.union(*(self.identifiers[key] for key in keys))
        sought = source.sought.union(*(self.sought[key] for key in keys))
        return replace(source, subject=Subject(source.subject.key, identifiers), sought=sought)


def attributed(sources: Sequence[Source], removals: Removals) -> list[Source]:
    """Return sources with whom they are about, and what their copies must not hold for it.

    A subject that is known already stays: what its files tell is about that person, whatever their headers say.

    Args:
        sources: what is to be read.
        removals: what the profile removes.
    """
    patients = _Patients()
    own: list[frozenset[str]] = []
    for source in sources:
        seen = guarded(lambda source=source: _seen(source, removals))  # type: ignore[misc]  # bound now, not later
        glanced = Glance() if isinstance(seen, Refusal) else seen
        if source.subject.key:
            glanced = replace(glanced, keys=frozenset({source.subject.key}))
        own.append(glanced.keys)
        patients.add(_folder(source), glanced)
    return [_about(source, keys, patients) for source, keys in zip(sources, own, strict=True)]


def _about(source: Source, keys: frozenset[str], patients: _Patients) -> Source:
    theirs = keys or patients.of_folder(_folder(source))
    if len(theirs) == 1 and not source.subject.key and not _speaks(source):
        source = replace(source, subject=Subject(next(iter(theirs))))
    return patients.known(source, theirs)


def _speaks(source: Source) -> bool:
    """Whether the rules for a file, or for each member of it, are told by itself whom it is about."""
    if source.skip or source.fault:
        return True
    head = guarded(lambda: _head(source))
    return isinstance(head, Refusal) or is_dicom(head) or archive_kind(head, source.name) is not None


def _head(source: Source) -> bytes:
    with source.path.open("rb") as file:
        return file.read(HEAD)


def _folder(source: Source) -> str:
    """Return the folder that a source lies in, which may have another name at its destination."""
    return str(PurePosixPath(source.origin).parent)


def _seen(source: Source, removals: Removals) -> Glance:
    """Return what the header of a file, or of some members of an archive, tells.

    Raises:
        FileError: it cannot be read; the run finds that out again.
        OSError: the same.
    """
    if source.skip or source.fault:
        return Glance()
    head = _head(source)
    if archive_kind(head, source.name) is not None:
        return glance(source.path, source.name, removals)
    harvest = identifiers_of(source.path, source.name)
    key = key_of(harvest.key)
    if not key:
        return Glance()
    sought = removals.of_harvest(harvest) if is_dicom(head) else NONE
    return Glance(frozenset({key}), harvest.identifiers, sought)
