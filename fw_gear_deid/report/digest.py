"""A report summed up as its page shows it: what is alike counts once, so that a large run still makes a small page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

MOST: Final = 200
"""Groups of one kind that are kept."""

LISTED, LISTED_MEMBERS = 12, 3
"""Files that are listed by their number in each group, and members of each."""

DEIDENTIFIED: Final = "deidentified"
WITHOUT_COPY: Final = ("withheld", "failed")
SKIPPED: Final = "skipped"
CONSEQUENCE: Final = "its archive is withheld"
"""``engine.ledger.DOOMED``: the reason of members that nothing is wrong with."""

NEXT: Final = {
    "withheld": "mend the file or the profile, and run it again",
    "failed": "run it again; if it fails again, ask whoever looks after the storage or the site",
}
"""What to do about a reason that does not say it."""

T = TypeVar("T", bound="Hashable")


@dataclass(slots=True)
class Place:
    """Where in the run something came up.

    Attributes:
        file: the file's number.
        members: numbers of the first of its members; empty for the file itself.
        count: number of its members.
    """

    file: int
    members: list[int] = field(default_factory=list)
    count: int = 0
    _last: int = 0

    def add(self, member: int) -> None:
        """Take a member; 0 is the file itself."""
        if member != self._last:
            self._last = member
            self.count += 1
            if len(self.members) < LISTED_MEMBERS:
                self.members.append(member)

    def __str__(self) -> str:
        """Return ``3``, ``3 (member 7)`` or ``3 (members 7, 8, 9 and 4 more)``."""
        if not self.members:
            return str(self.file)
        more = f" and {self.count - len(self.members)} more" if self.count > len(self.members) else ""
        return f"{self.file} (member{'s' if self.count > 1 else ''} {', '.join(map(str, self.members))}{more})"


@dataclass(slots=True)
class Group(Generic[T]):
    """Entries of a report that are alike.

    Attributes:
        what: what they have in common.
        count: how often it came up.
        places: the first files in which it did.
        files: number of files in which it did.
    """

    what: T
    count: int = 0
    places: list[Place] = field(default_factory=list)
    files: int = 0
    _last: Place = field(default_factory=lambda: Place(0))

    def add(self, file: int, member: int, count: int) -> None:
        """Count an entry."""
        self.count += count
        if self._last.file != file:
            self._last = Place(file)
            self.files += 1
            if len(self.places) < LISTED:
                self.places.append(self._last)
        self._last.add(member)

    @property
    def more(self) -> int:
        """Number of files beyond those that are listed."""
        return self.files - len(self.places)


class Groups(Generic[T]):
    """Groups in the order in which they came up.

    Attributes:
        left_out: number of entries that are in no group, because there were too many.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._groups: dict[T, Group[T]] = {}

    def __iter__(self) -> Iterator[Group[T]]:
        """Iterate over the groups."""
        return iter(self._groups.values())

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self._groups)

    def add(self, what: T, file: int, member: int = 0, count: int = 1) -> None:
        """Count an entry."""
        if what not in self._groups and len(self._groups) == MOST:
            self.left_out += 1
            return
        self._groups.setdefault(what, Group(what)).add(file, member, count)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why files have no copy.

    Attributes:
        state: how they ended.
        reason: why.
        step: what to do.
    """

    state: str
    reason: str
    step: str

    @classmethod
    def of(cls, state: str, text: str) -> Problem:
        """Divide a reason, which says what is wrong and, behind a semicolon, what to do."""
        reason, _, step = text.partition("; ")
        return cls(state, reason, step or NEXT.get(state, ""))


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that a person should look at before a copy gets out."""

    gate: str
    why: str
    policy: str


@dataclass(frozen=True, slots=True)
class Trace:
    """An identifier that the scan found in a copy; it is not named, only what surrounds it, masked."""

    kind: str
    where: str
    certain: bool
    context: str


class Digest:
    """The entries of a report, summed up.

    Attributes:
        problems: why files have no copy.
        skips: why files were skipped.
        notes: remarks.
        gates: what is to be looked at.
        traces: what the scan of the copies found.
        leaking: number of files whose copy is there although the scan met an identifier for certain.
    """

    def __init__(self) -> None:
        self.leaking = 0
        self.problems: Groups[Problem] = Groups()
        self.skips: Groups[Problem] = Groups()
        self.notes: Groups[str] = Groups()
        self.gates: Groups[Gate] = Groups()
        self.traces: Groups[Trace] = Groups()

    def add(self, entry: Mapping[str, Any]) -> None:
        """Count a file's entry."""
        number, members = entry["file"], entry.get("members", ())
        if not any(map(_is_cause, members)):  # else they say it better than their archive does
            self._add_reason(entry, number, 0)
        self._add_remarks(entry, number, 0)
        for member in members:
            if member.get("reason") != CONSEQUENCE:
                self._add_reason(member, number, member["member"])
            self._add_remarks(member, number, member["member"])
        self.leaking += any(each["state"] == DEIDENTIFIED and _is_leaking(each) for each in (entry, *members))

    def _add_reason(self, entry: Mapping[str, Any], file: int, member: int) -> None:
        state = entry["state"]
        if state in WITHOUT_COPY:
            self.problems.add(Problem.of(state, entry.get("reason", "")), file, member)
        elif state == SKIPPED:
            self.skips.add(Problem.of(state, entry.get("reason", "")), file, member)

    def _add_remarks(self, entry: Mapping[str, Any], file: int, member: int) -> None:
        for note in entry.get("notes", ()):
            self.notes.add(note, file, member)
        for each in entry.get("gates", ()):
            self.gates.add(Gate(each["gate"], each.get("why", ""), each.get("policy", "")), file, member)
        for each in entry.get("findings", ()):
            trace = Trace(each["kind"], each.get("where", ""), bool(each.get("certain")), each.get("context", ""))
            self.traces.add(trace, file, member, each.get("count", 1))


def _is_leaking(entry: Mapping[str, Any]) -> bool:
    """Whether the scan met an identifier for certain."""
    return any(each.get("certain") for each in entry.get("findings", ()))


def _is_cause(member: Mapping[str, Any]) -> bool:
    """Whether a member is why its archive has no copy."""
    return member["state"] in WITHOUT_COPY and member.get("reason") != CONSEQUENCE
