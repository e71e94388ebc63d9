"""What the engine speaks of: sources, destinations, and the one outcome of every file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol, Self

from fw_gear_deid.errors import GOOD, SOME_FAILED
from fw_gear_deid.identity import NOBODY, Identifier, Subject
from fw_gear_deid.scan.findings import is_named_after

if TYPE_CHECKING:
    from pathlib import Path

    from fw_gear_deid.engine.subjects.map import SubjectMap
    from fw_gear_deid.formats.base import Raised
    from fw_gear_deid.problems import Finding

UNTOLD: Final = "(a name that identifies the subject)"
"""What reports say instead of a name."""


class State(StrEnum):
    """How a file ended. Exactly one holds for each file."""

    DEIDENTIFIED = "deidentified"  # its copy is at the destination
    SKIPPED = "skipped"  # on purpose: no section owns it, or its copy is there already
    FAILED = "failed"  # could not be read or written at all
    WITHHELD = "withheld"  # could be read, but not de-identified safely


@dataclass(frozen=True, slots=True)
class LogRow:
    """The values of one file before and after, for ``deid_log.csv``. Holds identifying values.

    Attributes:
        elsewhere: what was renamed and has no column: label of the rule, value before, value after.
    """

    path: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    elsewhere: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended, with what a person needs to act on it. Holds no values from inside the file.

    Attributes:
        source: the file's own path; a member's path is relative to its archive.
        reason: why it was not de-identified, and what to do; empty when it was.
        name: path of the copy relative to the destination (a member: within the new archive).
        section: the profile section that owned it.
        hits: number of fields changed, by rule label.
        notes: remarks without values.
        members: the outcomes of an archive's members, in the archive's order.
        size: bytes of the copy.
        gates: what a person should look at.
        findings: what the scan found in the copy, told without values.
    """

    source: str
    state: State
    reason: str = ""
    name: str = ""
    section: str = ""
    hits: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    members: tuple[Outcome, ...] = ()
    size: int = 0
    gates: tuple[Raised, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def told_name(self) -> str:
        """What reports call the copy: its name, unless that identifies someone."""
        return UNTOLD if is_named_after(self.findings) else self.name

    @property
    def written(self) -> tuple[Outcome, ...]:
        """The copy, and in an archive its members, as far as they are there."""
        if self.state is not State.DEIDENTIFIED:
            return ()
        return (self, *(member for member in self.members if member.state is State.DEIDENTIFIED))

    @property
    def is_leaking(self) -> bool:
        """Whether the copy is there although the scan is certain that it identifies someone."""
        return any(finding.certain for each in self.written for finding in each.findings)

    @property
    def is_doubtful(self) -> bool:
        """Whether a person should look at the copy."""
        return any(each.findings or each.gates for each in self.written)

    @property
    def raised(self) -> Counter[str]:
        """How many objects of the copy are to be looked at, by gate."""
        if self.state is not State.DEIDENTIFIED:
            return Counter()
        return Counter(
            gate for each in (self, *self.members) for gate in dict.fromkeys(raised.gate for raised in each.gates)
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A local file to be de-identified.

    Attributes:
        path: where its bytes are.
        folder: folder below the destination's root in which its copy goes (POSIX, ``""``: the root).
        origin: what it is called in logs and the export table (a path relative to what the user named).
        skip: why it is not even to be read (a packaging leftover, a link out of the tree); empty: it is read.
        fault: why its bytes could not be had at all; empty: they are there.
        called: its base name, where ``path`` has another one because a name may identify.
        subject: who it is about, as far as that is known from outside. Identifying.
        sought: what its copy must not hold, as far as other files and containers tell. Identifying.
    """

    path: Path
    folder: str = ""
    origin: str = ""
    skip: str = ""
    fault: str = ""
    called: str = ""
    subject: Subject = NOBODY
    sought: frozenset[Identifier] = field(default=frozenset(), repr=False)

    @property
    def name(self) -> str:
        """Its base name, which filters and ``filenames`` rules go by."""
        return self.called or self.path.name

    @property
    def place(self) -> str:
        """What its folder is told apart from others by: within one, no two copies may have one name."""
        return self.folder


class Pending(Protocol):
    """A copy being written, under a temporary name, invisible until ``commit``.

    Leaving the ``with`` block without ``commit`` removes it.

    Attributes:
        path: the temporary file; its name tells nothing.
        file: open for reading and writing at ``path``. The engine closes it when the copy is complete, which may be
            long before ``commit``: files of one folder wait for each other, because two may want one name.
    """

    path: Path
    file: BinaryIO

    def __enter__(self) -> Self:
        """Enter the block in which the copy is written."""
        ...

    def __exit__(self, *_: object) -> None:
        """Remove what was not committed."""
        ...

    def commit(self, name: str, subject: str = "") -> str:
        """Put the copy into place under its final base name, and return its path relative to the destination.

        Args:
            name: its base name.
            subject: the subject's label, where the profile maps subjects.

        Raises:
            DestinationError: it could not be put into place.
        """
        ...


class Destination(Protocol):
    """Where copies go: a folder, the embedded tree, or a site. It and its pending copies are used by many threads."""

    def done(self, source: Source) -> str | None:
        """Return why ``source`` need not be done again, or None."""
        ...

    def pending(self, source: Source) -> Pending:
        """Open a temporary copy for ``source``."""
        ...

    def check_name(self, source: Source, name: str) -> None:
        """Refuse a name that the copy of ``source`` cannot have, as ``commit`` would; a dry run asks this.

        Raises:
            DestinationError: it cannot.
        """
        ...


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run works.

    Attributes:
        workers: threads; 0 means one per core.
        memory: bytes of file content that may be held at once by the whole run.
        unmatched: what a file owned by no section ends as: ``skip`` or ``fail``.
        dry_run: do everything but write.
        log: collect values before and after.
        subjects: gives every subject its label; None: the map that the profile names, if any.
        residual: what becomes of a copy that still holds what the profile removed: ``fail`` (withheld), ``warn``
            (written and told), ``ignore`` (not searched).
    """

    workers: int = 0
    memory: int = 128 << 20
    unmatched: str = "skip"
    dry_run: bool = False
    log: bool = False
    subjects: SubjectMap | None = None
    residual: str = "fail"


Progress = Callable[[str, int, int], None]
"""Called as ``progress(what, done, total)``; ``what`` holds no identifying value. A total of 0 is not known."""


def unheard(*_: object) -> None:
    """Hear nothing."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told what happens. Every call comes from the thread that called ``run``, in the order of the sources.

    Attributes:
        finished: called once for each source with its final outcome.
        logged: called for each file and each archive member that was edited, if ``RunOptions.log`` is set. A row says
            what the rules did to the file, not whether its copy was written: ``finished`` tells that later.
        progress: called while an archive or a folder is worked on.
    """

    finished: Callable[[Source, Outcome], None] = unheard
    logged: Callable[[Source, LogRow], None] = unheard
    progress: Progress = unheard


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended.

    Attributes:
        counts: number of sources by state; an archive counts once.
        raised: number of objects that are to be looked at, by gate.
    """

    counts: Mapping[State, int] = field(default_factory=dict)
    raised: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: RunResult) -> RunResult:
        """Return the result of both runs."""
        counts, raised = Counter(self.counts), Counter(self.raised)
        counts.update(other.counts)
        raised.update(other.raised)
        return RunResult(counts, raised)

    @property
    def total(self) -> int:
        """Number of sources."""
        return sum(self.counts.values())

    @property
    def exit_code(self) -> int:
        """0: all good; 1: at least one file failed or was withheld."""
        return SOME_FAILED if self.counts.get(State.FAILED, 0) or self.counts.get(State.WITHHELD, 0) else GOOD
