"""The pass over one archive: members in parallel, written in their old order, all of them or none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fw_gear_deid.engine.archive_scan import ArchiveScan
from fw_gear_deid.engine.base import LogRow, Outcome, State
from fw_gear_deid.engine.files import Accepted, Refusal, examine, guarded
from fw_gear_deid.engine.in_order import Step, in_order
from fw_gear_deid.engine.ledger import Ledger, without_copies
from fw_gear_deid.engine.member_fields import DICOM, MemberFields, dicom_fields
from fw_gear_deid.engine.policy import COMMENT, ArchivePolicy, decoded
from fw_gear_deid.engine.residuals import UNCHECKED
from fw_gear_deid.engine.sources import LEFTOVER, is_leftover
from fw_gear_deid.engine.streams import HEADER, digest, drain, head_of, spooled
from fw_gear_deid.errors import FileError
from fw_gear_deid.formats.archive.base import HEAD, Kind, archive_kind, create_archive, open_archive
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.compiling import ARCHIVE_SECTION
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.scan.findings import ARCHIVE_COMMENT, ARCHIVE_FOLDERS, ARCHIVE_NAME, FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fw_gear_deid.engine.base import Pending, Source
    from fw_gear_deid.engine.bench import Bench
    from fw_gear_deid.formats.archive.base import ArchiveReader, ArchiveWriter, Member, Packed
    from fw_gear_deid.formats.base import Content, Output

OTHER_SUBJECT = "map-subjects: it is of another subject than the members before it; make an archive of each subject"
NESTED = "nested archive; unpack it first"

ALLOWING = ", or leave such members out and listed with allow-unmatched-files: true in the zip section"

SMALL = 1 << 16
"""Bytes up to which a member's work is Python's own, which threads cannot share; inflating a larger one they can."""

COPIES = 3
"""How often a member's bytes are held while it is worked on: as they were, edited, and packed."""


@dataclass(frozen=True, slots=True)
class Treated:
    """A member that was worked on; ``packed`` is None if it cannot be written any more or is yet to be streamed."""

    member: Member
    verdict: Accepted | Refusal | None
    packed: Packed | None = None


class ArchivePass:
    """One archive on its way from a source to a pending copy.

    Attributes:
        ledger: what became of the members.
        subject: what the subject of its DICOM members is known by; empty until the first of them. Identifying.
    """

    def __init__(self, bench: Bench, source: Source, pending: Pending) -> None:
        self._bench = bench
        self._source = source
        self._policy = ArchivePolicy.of(bench.compiled.archives, scrubs=bench.compiled.profile.scrub)
        self.ledger = Ledger()
        self._fields = MemberFields(self._policy.variables)
        self._folders: list[str] = []
        self.subject: tuple[str, ...] = ()
        self._reader: ArchiveReader
        self._writer: ArchiveWriter
        self._pending = pending
        sections = bench.compiled.profile.sections.items()
        personal = any(section.personal for name, section in sections if name != DICOM)
        self._scan = ArchiveScan.of(bench.residuals, bench.removals, source, personal=personal)

    def run(self) -> Outcome:
        """Work on all members and finish the copy, without putting it into place.

        Returns:
            The archive's outcome; ``name`` is the new base name.

        Raises:
            FileError: the archive itself cannot be read.
            OSError: it cannot be read, or the copy cannot be written.
        """
        bench = self._bench
        with open_archive(self._source.path, self._source.name) as self._reader:
            self._writer = create_archive(self._reader, self._pending.file)
            # Counting the members of a packed tar would mean to inflate it once more.
            counted = self._reader.members() if self._reader.kind is not Kind.TAR_GZ else ()
            total = sum(not member.is_folder for member in counted)
            for treated in in_order(bench.pool, self._steps(), bench.options.memory, bench.count):
                self._enter(treated)
                bench.listener.progress("members", len(self.ledger.outcomes), total)
            self._settle_rivals()
            return self._closed()

    def _steps(self) -> Iterator[Step[Treated]]:
        """Yield the work on each member. Bytes are fetched here, in the archive's order."""
        for member in self._reader.members():
            large = not member.is_folder and member.size > self._bench.share
            cost = 0 if large else COPIES * member.size
            yield Step(self._work(member, streamed=large), cost, alone=large, here=member.size <= SMALL)

    def _work(self, member: Member, *, streamed: bool) -> Callable[[], Treated]:
        """Return the work on one member."""
        if member.is_folder:
            return lambda: Treated(member, None)
        if is_leftover(member.name):
            return lambda: Treated(member, Refusal(State.SKIPPED, LEFTOVER))
        if streamed:
            return lambda: Treated(member, None)
        fetched = guarded(lambda: self._reader.fetch(member))
        if isinstance(fetched, Refusal):
            return lambda: Treated(member, fetched)
        return lambda: self._treat(member, fetched)

    def _treat(self, member: Member, packed: Packed) -> Treated:
        """De-identify a member that is held. Called in a worker thread."""
        new: Packed | None = None

        def step() -> Accepted:
            nonlocal new
            content = MemoryContent(packed.unpack())
            accepted, output = self._examine(member, content)
            data = b"".join(output.chunks())
            accepted = accepted.scanned(self._scan.check(content.data, data, _base(member)), self._bench.residuals)
            if not self.ledger.doomed:
                new = self._writer.pack(data, member)
            return accepted

        return Treated(member, guarded(step), new)

    def _examine(self, member: Member, content: Content) -> tuple[Accepted, Output]:
        name, head = _base(member), content.prefix(HEAD)
        if archive_kind(head, name) is not None and self._policy.opens(name):
            raise FileError(NESTED)
        context = self._bench.context(name, self._scan.subject_of(member.name, head), self._policy.variables)
        return examine(self._bench.compiled, content, context)

    def _enter(self, treated: Treated) -> None:
        """Write a member, or say why not. Called in the archive's order."""
        member, verdict = treated.member, treated.verdict
        if member.is_folder:
            if not self.ledger.doomed and not is_leftover(member.name):
                folder = self._policy.folder(member.name, self._scan.subject_at(member.name))
                self._writer.folder(member, folder)
                self._folders.append(folder)
        elif verdict is None:
            self._stream(member)
        elif isinstance(verdict, Refusal):
            self._refuse(member, verdict)
        elif self._admit(member, verdict, treated.packed) and treated.packed:
            self._writer.add(member, self.ledger.outcomes[-1].name, treated.packed)

    def _stream(self, member: Member) -> None:
        """De-identify and write a member that is too large to be held."""
        content = self._reader.content(member)
        residuals = self._bench.residuals

        def step() -> None:
            accepted, output = self._examine(member, content)
            if not residuals.searches:
                self._write_streamed(member, accepted, output)
                return
            with spooled(output, self._pending.path.parent) as copy:
                checked = self._scan.check(content.prefix(HEADER), copy.path, _base(member))
                self._write_streamed(member, accepted.scanned(checked, residuals), copy)

        if isinstance(refused := guarded(step), Refusal):
            self._refuse(member, refused)

    def _write_streamed(self, member: Member, accepted: Accepted, output: Output) -> None:
        """Write a member that is too large to be held."""
        wanted = self._admit(member, accepted, None)
        if wanted and accepted.section == DICOM and self._fields.wants(DICOM):
            head = guarded(lambda: head_of(output))
            if not isinstance(head, Refusal):
                self._fields.add(DICOM, dicom_fields(head))
        path = self.ledger.outcomes[-1].name
        # Damage further down is to be found even if nothing is written any more.
        written = guarded(lambda: self._writer.stream(member, path, output) if wanted else drain(output))
        if isinstance(written, Refusal):
            self.ledger.spoil(State.WITHHELD, written.reason)

    def _refuse(self, member: Member, refusal: Refusal) -> None:
        if refusal.unmatched and not self._policy.leave_out_unmatched:
            refusal = replace(refusal, state=State.WITHHELD, reason=refusal.reason + ALLOWING)
        self.ledger.refuse(member.name, refusal)
        self._scan.enter(UNCHECKED)

    def _admit(self, member: Member, accepted: Accepted, packed: Packed | None) -> bool:
        """Enter a member that was edited, and return whether its copy is to be written."""
        bench = self._bench
        subject = bench.known(accepted.keys)
        self.subject = self.subject or subject
        if subject != self.subject and subject:
            self._refuse(member, Refusal(State.WITHHELD, OTHER_SUBJECT, section=accepted.section))
            return False
        if bench.options.log:
            bench.listener.logged(
                self._source, LogRow(member.name, accepted.before, accepted.after, accepted.elsewhere)
            )
        outcome = Outcome(
            member.name,
            State.DEIDENTIFIED,
            name=self._policy.member(member.name, accepted.name, self._scan.subject_at(member.name)),
            section=accepted.section,
            hits=accepted.hits,
            notes=accepted.notes,
            gates=accepted.gates,
            size=packed.size if packed else 0,
            findings=accepted.checked.findings,
        )
        self._scan.enter(accepted.checked)
        wanted = self.ledger.admit(outcome, accepted.identity)
        if wanted and self._fields.wants(accepted.section):
            if accepted.section != DICOM:
                self._fields.add(accepted.section, accepted.fields.get)
            elif packed:
                self._fields.add(DICOM, dicom_fields(packed.unpack()))
        return wanted

    def _settle_rivals(self) -> None:
        """Read again the members that may be copies of each other, and withhold those that are not."""
        if not self.ledger.rivals:
            return
        wanted = {number: rivals.by_output for rivals in self.ledger.rivals for number in (rivals.first, rivals.second)}
        for rivals in self.ledger.rivals:  # one that is wanted both ways is compared both ways
            wanted[rivals.first] = wanted[rivals.second] = wanted[rivals.first] or rivals.by_output
        prints = self._fingerprints(wanted)
        for rivals in self.ledger.rivals:
            which = 1 if rivals.by_output else 0
            if prints[rivals.first][which] != prints[rivals.second][which]:
                self.ledger.part(rivals)

    def _fingerprints(self, wanted: Mapping[int, bool]) -> dict[int, tuple[bytes, bytes]]:
        """Return the SHA-256 of the source of each member wanted, and of its copy where that is wanted too."""
        prints: dict[int, tuple[bytes, bytes]] = {}
        with open_archive(self._source.path, self._source.name) as reader:
            files = (member for member in reader.members() if not member.is_folder)
            for number, member in enumerate(files, 1):
                if number not in wanted:
                    continue
                large = member.size > self._bench.share
                content: Content = reader.content(member) if large else MemoryContent(reader.fetch(member).unpack())
                copy = digest(self._examine(member, content)[1]) if wanted[number] else b""
                prints[number] = (digest(content), copy)
        return prints

    def _closed(self) -> Outcome:
        """Finish the archive's copy."""
        name = self._source.name
        reason = self.ledger.reason()
        if reason:
            return Outcome(self._source.origin, State.WITHHELD, reason, members=self.ledger.closed())
        before = self._reader.comment
        context = FileContext(name, self._bench.options.log, subject=self._scan.subject_of_all)
        comment, done = self._policy.comment(before, context, possible=self._reader.kind is Kind.ZIP)
        new_name = self._policy.name(
            context, lambda field: decoded(comment) if field == COMMENT else self._fields.get(field)
        )
        if done.before or done.after:
            self._bench.listener.logged(self._source, LogRow(self._source.origin, done.before, done.after))
        self._writer.close(comment)
        texts = (
            *((ARCHIVE_NAME, new_name), (ARCHIVE_COMMENT, comment)),
            *((FOLDER, self._source.folder), (ARCHIVE_FOLDERS, "\n".join(self._folders))),
        )
        findings = self._scan.settle(self.ledger, self._pending.file, texts)
        if reason := self.ledger.reason() or self._bench.residuals.reason(findings):
            members = without_copies(self.ledger.outcomes)
            return Outcome(self._source.origin, State.WITHHELD, reason, members=members, findings=findings)
        notes = ("archive comment kept",) if comment and comment == before else ()
        return Outcome(
            self._source.origin,
            State.DEIDENTIFIED,
            name=new_name,
            section=ARCHIVE_SECTION,
            hits={COMMENT: hits} if (hits := sum(done.hits)) else {},
            notes=(*notes, *self._bench.residuals.notes(findings)),
            members=self.ledger.closed(),
            findings=findings,
        )


def _base(member: Member) -> str:
    return member.name.rpartition("/")[2]
