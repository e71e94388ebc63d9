"""What became of an archive's members so far, and which of them stand in each other's way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fw_gear_deid.engine.base import Outcome, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.engine.files import Refusal
    from fw_gear_deid.problems import Finding

DOOMED = "its archive is withheld"
OTHER_OBJECT = "another member has the same SOPInstanceUID and other content; find out which one is right"
SAME_NAME = "another member wants the same new name; give filenames a field that tells them apart"
COPY = "an identical copy of member {}"
LISTED = 3


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two members of which one may be kept, if they turn out to be the same.

    Attributes:
        first: number of the member that is written.
        second: number of the one that is not.
        by_output: what must be the same: the new bytes (they want one name), or those of the source.
    """

    first: int
    second: int
    by_output: bool


@dataclass(slots=True)
class Ledger:
    """The members of one archive, numbered from 1 in its order; folders are not counted.

    Attributes:
        outcomes: one for each member so far.
        doomed: whether the archive must be withheld; nothing more need be written.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    rivals: list[Rivals] = field(default_factory=list)
    doomed: bool = False
    _names: dict[str, int] = field(default_factory=dict)
    _identities: dict[str, int] = field(default_factory=dict)

    def refuse(self, path: str, refusal: Refusal) -> None:
        """Enter a member that has no copy."""
        self.doomed = self.doomed or refusal.state is not State.SKIPPED
        section, findings = refusal.section, refusal.findings
        self.outcomes.append(Outcome(path, refusal.state, refusal.reason, section=section, findings=findings))

    def find(self, number: int, findings: tuple[Finding, ...], reason: str) -> None:
        """Enter what the scan found in the copy of a member; with a reason the copy is withdrawn."""
        found = replace(self.outcomes[number - 1], findings=findings)
        if reason:
            self.doomed = True
            found = Outcome(found.source, State.WITHHELD, reason, section=found.section, findings=findings)
        self.outcomes[number - 1] = found

    def spoil(self, state: State, reason: str) -> None:
        """Withdraw the copy of the member entered last: it could not be written to its end."""
        self.doomed = True
        last = self.outcomes[-1]
        self.outcomes[-1] = Outcome(last.source, state, reason, section=last.section)

    def admit(self, outcome: Outcome, identity: str | None) -> bool:
        """Enter a member that has a copy, and return whether the copy is to be written."""
        number = len(self.outcomes) + 1
        twin = self._identities.setdefault(identity, number) if identity else number
        if twin == number:
            twin = self._names.setdefault(outcome.name, number)
            by_output = True
        else:
            by_output = False
        if twin == number:
            self.outcomes.append(outcome)
            return not self.doomed
        self.rivals.append(Rivals(twin, number, by_output))
        self.outcomes.append(Outcome(outcome.source, State.SKIPPED, COPY.format(twin), section=outcome.section))
        return False

    def part(self, rivals: Rivals) -> None:
        """Withhold two members that turned out not to be the same."""
        self.doomed = True
        reason = SAME_NAME if rivals.by_output else OTHER_OBJECT
        for number in (rivals.first, rivals.second):
            before = self.outcomes[number - 1]
            self.outcomes[number - 1] = Outcome(before.source, State.WITHHELD, reason, section=before.section)

    @property
    def kept(self) -> int:
        """Number of members that have a copy."""
        return sum(outcome.state is State.DEIDENTIFIED for outcome in self.outcomes)

    def reason(self) -> str:
        """Return why the archive is withheld, or an empty text."""
        if not self.outcomes:
            return "the archive is empty; there is nothing to de-identify"
        if not self.doomed:
            return (
                "" if self.kept else "none of its members is left; extend the profile's sections or their file-filter"
            )
        bad: dict[str, list[int]] = {}
        for number, outcome in enumerate(self.outcomes, 1):
            if outcome.state in {State.FAILED, State.WITHHELD}:
                bad.setdefault(outcome.reason, []).append(number)
        told = "; ".join(f"{_listed(numbers)}: {reason}" for reason, numbers in list(bad.items())[:LISTED])
        more = "" if len(bad) <= LISTED else f"; further reasons: {len(bad) - LISTED}"
        count = sum(map(len, bad.values()))
        return f"{count} of {len(self.outcomes)} members cannot be de-identified: {told}{more}"

    def closed(self) -> tuple[Outcome, ...]:
        """Return the final outcomes: no member of a withheld archive has a copy."""
        return without_copies(self.outcomes) if self.doomed else tuple(self.outcomes)


def _listed(numbers: list[int]) -> str:
    more = f" and {len(numbers) - LISTED} more" if len(numbers) > LISTED else ""
    return f"member{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:LISTED]))}{more}"


def without_copies(members: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return the outcomes of an archive's members once the archive has no copy."""
    return tuple(
        Outcome(outcome.source, State.WITHHELD, DOOMED, section=outcome.section)
        if outcome.state is State.DEIDENTIFIED
        else outcome
        for outcome in members
    )
