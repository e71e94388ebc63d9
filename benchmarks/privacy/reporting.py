"""The tables: scores per action and per place, of files written and of all; and what leaked."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.privacy.judging import Verdict
    from benchmarks.privacy.leaks import Leak

HEADINGS: Final = ("rows", "passed", "withheld", "% of written", "% of all")


@dataclass(slots=True)
class Score:
    """Counted rows.

    Attributes:
        rows: all that were asked.
        passed: those that were fulfilled.
        withheld: those of files that were not written.
    """

    rows: int = 0
    passed: int = 0
    withheld: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count a row."""
        self.rows += 1
        self.passed += verdict.passed
        self.withheld += not verdict.written

    @property
    def of_written(self) -> float:
        """Percentage of the rows of files that were written."""
        written = self.rows - self.withheld
        return 100 * self.passed / written if written else 0.0

    @property
    def of_all(self) -> float:
        """Percentage of all rows; those of withheld files count as failed."""
        return 100 * self.passed / self.rows if self.rows else 0.0

    def cells(self) -> tuple[str, ...]:
        """Return the numbers as text."""
        return (
            f"{self.rows}",
            f"{self.passed}",
            f"{self.withheld}",
            f"{_cut(self.of_written):.2f}" if self.rows > self.withheld else "",
            f"{_cut(self.of_all):.2f}",
        )


def _cut(percent: float) -> float:
    """Return a percentage cut to two digits, so that 100 means all."""
    return int(percent * 100) / 100


@dataclass(slots=True)
class Result:
    """All verdicts and leaks of one run."""

    verdicts: Sequence[Verdict] = field(repr=False)
    leaks: Sequence[Leak] = field(repr=False)
    files: int
    written: int

    @property
    def total(self) -> Score:
        """The score over all rows."""
        return _scores(self.verdicts, lambda _: "all")["all"]

    def text(self) -> str:
        """Return the tables."""
        lines = [
            _table("action", _scores(self.verdicts, lambda verdict: verdict.check.action.value)),
            _table("place", _scores(self.verdicts, lambda verdict: verdict.check.place)),
            " ".join(self._summary()),
            self._leaked(),
        ]
        return "\n\n".join(lines) + "\n"

    def _summary(self) -> Iterator[str]:
        total = self.total
        yield f"{self.written} of {self.files} files written; {total.passed} of {total.rows} rows passed:"
        yield f"{_cut(total.of_written):.2f} % of files written, {_cut(total.of_all):.2f} % of all."

    def _leaked(self) -> str:
        if not self.leaks:
            return "No direct identifier in any output byte."
        kinds = defaultdict(set)
        for leak in self.leaks:
            kinds[leak.kind].add(leak.file)
        told = ", ".join(f"{kind} in {len(files)} files" for kind, files in sorted(kinds.items()))
        return f"DIRECT IDENTIFIERS IN OUTPUT BYTES: {told}."

    def write_details(self, path: Path) -> None:
        """Write a row for each failure and leak, as CSV. Identifying, were the patients real."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("action", "place", "file", "where", "asked", "seen"))
            for verdict in self.verdicts:
                if not verdict.passed:
                    check = verdict.check
                    writer.writerow((check.action, check.place, check.file, check.where, check.value, verdict.seen))
            for leak in self.leaks:
                writer.writerow(("LEAK", leak.kind, leak.file, "", leak.text, ""))


def _scores(verdicts: Iterable[Verdict], name: Callable[[Verdict], str]) -> dict[str, Score]:
    scores: defaultdict[str, Score] = defaultdict(Score)
    for verdict in verdicts:
        scores[name(verdict)].add(verdict)
    return dict(sorted(scores.items()))


def _table(title: str, scores: dict[str, Score]) -> str:
    lines = [(title, *HEADINGS), *((name, *score.cells()) for name, score in scores.items())]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rule = ("-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:]))
    return "\n".join(
        "| " + " | ".join((line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:]))) + " |"
        for line in (lines[0], rule, *lines[1:])
    )
