"""What identifies the subjects of an export, found out a subject at a time: no label and no name may repeat it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final

from fw_gear_deid.engine.files import Refusal, guarded
from fw_gear_deid.scan.harvesting import identifiers_of, identifiers_of_container
from fw_gear_deid.site.identifiers import BEGINNING, Known, beginning_of, is_dicom, of_bytes, of_subject
from fw_gear_deid.site.outputs import is_output
from fw_gear_deid.site.planning import telling_label

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fw_gear_deid.scan.harvesting import Found
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container
    from fw_gear_deid.site.planning import Planning
    from fw_gear_deid.site.walking import Place

DICOM: Final = "dicom"


@dataclass(slots=True)
class Identities:
    """The subjects of one export; used by one thread.

    Args:
        client: reads the source.
        root: the container that is exported.
        only: the one local file that is meant; None: every file.
    """

    client: SiteClient
    root: Place
    only: Path | None = None
    _subject: str = field(default="", init=False)
    _known: Known = field(default_factory=Known, init=False)
    _met: set[str] = field(default_factory=set, init=False)
    _of_all: Known = field(default_factory=Known, init=False)

    def at(self, place: Place, planning: Planning) -> Known:
        """Return what is known of the subject of a container; above subjects, of all subjects of the project.

        Args:
            place: the container.
            planning: which labels the profile decides on, so that they are not compared, and which it replaces.

        Raises:
            SiteError: the site refuses, or does not answer.
        """
        subject = place.above("subject")
        if subject is None:
            return self._of_everybody()
        if subject.id != self._subject:
            self._known = self._of_one(subject, place, planning)
            self._subject = subject.id
            self._remember(subject, self._known)
        return self._known

    def _of_one(self, subject: Container, place: Place, planning: Planning) -> Known:
        known = _of_metadata(subject) | Known(planning.replaced(place))
        if self.only is not None:
            own = _of_dicom(beginning_of(self.only))
            # A sidecar does not tell whose it is; the DICOM files that lie beside it do.
            beside = () if own.identifiers else self._sessions(subject)
            return reduce(or_, map(self._of_session, beside), known | own)
        sessions = list(self._sessions(subject))
        known = reduce(or_, map(self._of_session, sessions), known)
        above = (each for each in place.containers[1:] if each.kind != "session")
        below = () if planning.decides("acquisition") else self._acquisitions(sessions)
        informed = planning.knowing(known)
        for each in (*above, *sessions, *below):
            if informed.tells(each, place):
                return replace(known, fault=_told(each.kind))
        return known

    def _sessions(self, subject: Container) -> Iterator[Container]:
        """Yield the sessions of a subject that are exported: each is an examination with a number of its own."""
        session = self.root.above("session")
        return self.client.children(subject, "session", with_info=False) if session is None else iter((session,))

    def _acquisitions(self, sessions: list[Container]) -> Iterator[Container]:
        if self.root.container.kind == "acquisition":
            return  # it is above
        for session in sessions:
            yield from self.client.children(session, "acquisition", with_info=False)

    def _of_session(self, session: Container) -> Known:
        file = self.client.first_file("session", session.id, DICOM)
        if file is None:
            return Known()
        return _of_dicom(self.client.beginning(file, BEGINNING))

    # -- files of the project itself

    def _of_everybody(self) -> Known:
        """Return what identifies any subject of the project: one of its own files may be about any of them."""
        everybody = self._of_all if self.only is None else self._of_all | _of_dicom(beginning_of(self.only))
        for subject in self.client.children(self.root.project, "subject", with_info=False):
            if subject.id in self._met:
                continue
            known = _of_metadata(subject)
            if self.only is None:
                known = reduce(or_, map(self._of_session, self._sessions(subject)), known)
            everybody |= known.of(subject)
        return everybody

    def _remember(self, subject: Container, known: Known) -> None:
        """Keep what identifies a subject, if the project has files that must not repeat it."""
        if self.root.container.kind == "project" and has_sources(self.root):
            self._met.add(subject.id)
            self._of_all |= known.of(subject)


def _of_metadata(subject: Container) -> Known:
    return Known(of_subject(subject.metadata), metadata=identifiers_of_container(subject.metadata))


def _of_dicom(header: bytes) -> Known:
    """Return what the beginning of a DICOM file tells; nothing of other files."""
    return Known(of_bytes(header), headers=_harvested(header))


def _harvested(header: bytes) -> frozenset[Found]:
    """Return what the beginning of a DICOM file tells; nothing of one that cannot be read, which will be withheld."""
    harvest = guarded(lambda: identifiers_of(header, ""))
    return frozenset() if isinstance(harvest, Refusal) or not is_dicom(header) else frozenset(harvest.found)


def has_sources(place: Place) -> bool:
    """Whether a container holds files that are exported."""
    return not all(is_output(file) for file in place.files)


def _told(kind: str) -> str:
    which = "the subject" if kind == "subject" else f"a{'n' if kind == 'acquisition' else ''} {kind} of the subject"
    return telling_label(kind, which, "of the subject")
