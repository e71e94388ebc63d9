"""The scan of an archive: what its members tell of persons is looked for in all of its members, names and comments.

What later members tell is not known when the first ones are written. Those are read once more, from the finished copy,
for that alone; a few members are looked into beforehand, so that there is seldom anything left to look for.
"""

from __future__ import annotations

import tarfile
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from fw_gear_deid.engine.base import State
from fw_gear_deid.engine.files import Refusal, guarded
from fw_gear_deid.engine.residuals import NONE, Checked, Identifiers, merged
from fw_gear_deid.engine.subjects.member_patients import MemberPatients, beginning
from fw_gear_deid.engine.subjects.patients import Glance
from fw_gear_deid.formats.archive.base import Kind, open_archive
from fw_gear_deid.identity import Subject, key_of, label_in
from fw_gear_deid.scan.dicom_bytes import is_dicom
from fw_gear_deid.scan.findings import PATH
from fw_gear_deid.scan.harvesting import identifiers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from fw_gear_deid.engine.base import Source
    from fw_gear_deid.engine.ledger import Ledger
    from fw_gear_deid.engine.removals import Removals
    from fw_gear_deid.engine.residuals import Residuals
    from fw_gear_deid.formats.archive.base import ArchiveReader, Member
    from fw_gear_deid.problems import Finding

GLANCES: Final = 32
"""Members looked into beforehand, at most; one of sixteen in smaller archives."""

SPACING: Final = 16


def glance(path: Path, name: str, removals: Removals) -> Glance:
    """Look into a few members of an archive.

    Raises:
        FileError: it cannot be read.
        OSError: the same.
    """
    with open_archive(path, name) as reader:
        looked_into = [(member.name, data) for member, data in _looked_into(reader) if is_dicom(data)]
    harvests = [identifiers_of(data, name) for name, data in looked_into]
    labels = [key_of(label_in(member)) for member, _ in looked_into]
    return Glance(
        frozenset(key for label, each in zip(labels, harvests, strict=True) if (key := label or key_of(each.key))),
        NONE.union(*(each.identifiers for each in harvests)),
        NONE.union(*(removals.of_harvest(each) for each in harvests)),
    )


def _looked_into(reader: ArchiveReader) -> Iterator[tuple[Member, bytes]]:
    """Yield some members and their bytes."""
    members = (each for each in reader.members() if not each.is_folder)
    if reader.kind is Kind.TAR_GZ:  # each member is behind all before it
        chosen: Iterable[Member] = (each for _, each in zip(range(1), members, strict=False))
    else:
        every = list(members)
        chosen = every[:: max(SPACING, -(-len(every) // GLANCES))]
    for member in chosen:
        yield member, beginning(reader.content(member).prefix)


@dataclass(slots=True)
class ArchiveScan:
    """The scan of one archive.

    Attributes:
        residuals: how copies are searched.
        key: who the archive is about, as far as that is known from outside.
        identifiers: what tells persons, from outside and by a few members.
        sought: what every copy is searched for, beside what its own source had: what it must not hold by what is known
            from outside, and by what a few members tell.
        patient: the one patient of whom a few members tell; ``""`` where they tell of none, or of several.
        members: whose its members are that do not say so themselves; None where that does not matter.
    """

    residuals: Residuals
    key: str
    identifiers: Identifiers
    sought: Identifiers
    patient: str
    members: MemberPatients | None
    _checks: list[Checked] = field(default_factory=list, init=False)

    @classmethod
    def of(cls, residuals: Residuals, removals: Removals, source: Source, *, personal: bool) -> ArchiveScan:
        """Begin the scan of an archive; one that cannot be read tells nothing, and is found out later.

        Args:
            residuals: how copies are searched.
            removals: what the profile removes.
            source: the archive.
            personal: whether it matters to members that are no DICOM objects whom they are about.
        """
        seen = guarded(lambda: glance(source.path, source.name, removals))
        seen = Glance() if isinstance(seen, Refusal) else seen
        key, identifiers = source.subject.key, source.subject.identifiers | seen.identifiers
        patient = next(iter(seen.keys)) if len(seen.keys) == 1 else ""
        members = MemberPatients(source.path, source.name) if personal and not key else None
        return cls(residuals, key, identifiers, source.sought | seen.sought, patient, members)

    def subject_of(self, path: str, head: bytes) -> Subject:
        """Return who a member is about.

        That is whom its path names in the manner of BIDS; else a DICOM object says so itself, and others are about the
        one patient of their folder, as files outside of archives are.
        """
        subject = self.subject_at(path)
        return subject if self.members is None or is_dicom(head) else self.members.known(path, subject)

    def subject_at(self, path: str) -> Subject:
        """Return what a path tells of whom it is about, and what is known of the archive."""
        return Subject(self.key or key_of(label_in(path)), self.identifiers)

    @property
    def subject_of_all(self) -> Subject:
        """Who the archive is about, if that is one patient."""
        return Subject(self.key or self.patient, self.identifiers)

    def check(self, source: bytes, copy: bytes | Path, name: str) -> Checked:
        """Search a member's copy; called in a worker thread.

        Raises:
            FileError: it cannot be searched.
        """
        return self.residuals.check(source, copy, name, self.sought)

    def enter(self, checked: Checked) -> None:
        """Note what was found out of the member that is entered into the ledger; in the archive's order."""
        self._checks.append(checked)

    def settle(self, ledger: Ledger, file: BinaryIO, texts: Iterable[tuple[str, str | bytes]]) -> tuple[Finding, ...]:
        """Search names and comments, and members once more for what later members told.

        Args:
            ledger: where findings are entered; names of members are those of their copies.
            file: the finished archive.
            texts: what belongs to the archive itself, after what it is.

        Returns:
            What was found in the texts.

        Raises:
            OSError: the archive cannot be read.
        """
        if not self.residuals.searches:
            return ()
        sought = self.sought.union(*(each.removed for each in self._checks))
        names = "\n".join(each.name for each in ledger.outcomes if each.state is State.DEIDENTIFIED)
        named = bool(self.residuals.search_text(names, PATH, sought))
        late: dict[str, tuple[int, Identifiers]] = {}
        for number, (outcome, checked) in enumerate(zip(ledger.outcomes, self._checks, strict=True), 1):
            if outcome.state is not State.DEIDENTIFIED:
                continue
            if named:
                self._found(ledger, number, self.residuals.search_text(outcome.name, PATH, sought))
            if rest := sought - checked.searched:
                late[outcome.name] = number, rest
        for name, copy in _members(file) if late else ():
            if name in late:
                number, rest = late[name]
                base = ledger.outcomes[number - 1].source.rpartition("/")[2]
                self._found(ledger, number, self.residuals.search(copy, base, rest))
        return merged(each for where, text in texts for each in self.residuals.search_text(text, where, sought))

    def _found(self, ledger: Ledger, number: int, findings: tuple[Finding, ...]) -> None:
        if findings:
            every = merged((*ledger.outcomes[number - 1].findings, *findings))
            ledger.find(number, every, self.residuals.reason(every))


def _members(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the members of a finished archive, read by the standard library."""
    file.flush()
    file.seek(0)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield entry.filename, archive.read(entry)
        return
    file.seek(0)
    with tarfile.open(fileobj=file) as packed:
        for each in packed:
            content = packed.extractfile(each)
            if content is not None:
                yield each.name, content.read()
