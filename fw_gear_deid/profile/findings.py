"""What checking a profile finds, collected so that all of it can be told at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from fw_gear_deid.problems import Mark, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class Findings:
    """Problems in the order they are met; the same one at the same place counts once.

    Attributes:
        problems: what was found.
        unknown: places that depend on values which are not known yet, because templates are still to be filled.
    """

    problems: dict[Problem, None] = field(default_factory=dict)
    unknown: frozenset[Mark] = frozenset()

    def error(self, mark: Mark, message: str) -> None:
        """Add an error."""
        self.problems[Problem(message, mark)] = None

    def of_value(self, mark: Mark, message: str) -> None:
        """Add an error that depends on the value at a place, unless that value is not known yet."""
        if mark not in self.unknown:
            self.error(mark, message)

    def warning(self, mark: Mark, message: str) -> None:
        """Add a warning."""
        self.problems[Problem(message, mark, Severity.WARNING)] = None

    def add(self, problem: Problem) -> None:
        """Add what another check found; what has been said of the same place is not said twice."""
        if problem.mark in self.unknown:
            return
        if all(known.mark != problem.mark or known.severity is not Severity.ERROR for known in self.problems):
            self.problems[problem] = None

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return self.errors > 0

    def sorted(self) -> tuple[Problem, ...]:
        """Return all problems in the order of the profile's lines."""
        return tuple(sorted(self.problems, key=lambda problem: problem.mark))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean X?"`` for the known word that is nearest, ``""`` when none is near."""
    by_small = {each.lower().replace("_", "-"): each for each in known}
    near = get_close_matches(word.lower().replace("_", "-"), list(by_small), n=1, cutoff=0.6)
    return f"; did you mean {by_small[near[0]]}?" if near else ""
