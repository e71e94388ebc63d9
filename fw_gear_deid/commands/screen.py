"""What a person sees of a run: bars on a terminal, plain lines elsewhere; files by their numbers, never by name."""

from __future__ import annotations

import io
import sys
from collections import Counter
from typing import TYPE_CHECKING, Self

from fw_gear_deid.engine.base import State

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from fw_gear_deid.engine.base import Outcome, RunResult, Source

WORDS = {
    State.DEIDENTIFIED: "de-identified",
    State.SKIPPED: "skipped",
    State.FAILED: "failed",
    State.WITHHELD: "withheld",
}


MOST_ALIKE = 10
"""Files without a copy, for the same reason, that are told one by one."""


class Screen:
    """Tells the progress and the problems of a run on the standard error stream.

    Args:
        quiet: tell problems only.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._count = 0
        self._leaking = 0
        self._doubtful = 0
        self._alike: Counter[str] = Counter()
        self._bars = _bars() if sys.stderr.isatty() and not quiet else None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Show the bars."""
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bars away."""
        if self._bars is not None:
            self._bars.stop()

    def progress(self, what: str, done: int, total: int) -> None:
        """Move a bar; can be used as ``Listener.progress``."""
        if self._bars is None:
            return
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what)
        self._bars.update(self._tasks[what], completed=done, total=total or None)

    def counted(self, what: str, done: int, total: int, line: str) -> None:
        """Move a bar with a line beside it, or tell the line where there are no bars."""
        if self._bars is None:
            if not self._quiet:
                warn(line)
            return
        self.progress(what, done, total)
        self._bars.update(self._tasks[what], description=line)

    def finished(self, _source: Source, outcome: Outcome) -> None:
        """Tell a file that has no copy; can be used as ``Listener.finished``."""
        self._count += 1
        self._leaking += outcome.is_leaking
        self._doubtful += outcome.is_doubtful and not outcome.is_leaking
        if outcome.state is State.DEIDENTIFIED or (self._quiet and outcome.state is State.SKIPPED):
            return
        why = f"{WORDS[outcome.state]}: {outcome.reason}"
        self._alike[why] += 1
        if self._alike[why] <= MOST_ALIKE:
            self._tell(f"file {self._count}: {why}")

    def _tell(self, line: str) -> None:
        if self._bars is None:
            warn(line)
        else:  # above the bars
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def close(self, result: RunResult, report: str) -> None:
        """Tell how the run ended, on the standard output stream, and on the other what is to be looked at.

        Args:
            result: how it ended.
            report: what tells more.
        """
        for why, count in self._alike.items():
            if (more := count - MOST_ALIKE) > 0:
                warn(f"and {more} more file{'s' * (more > 1)}: {why}")
        if not self._quiet:
            say(summary(result))
        if self._leaking:
            hold = "copies still hold" if self._leaking > 1 else "copy still holds"
            warn(f"{self._leaking} {hold} what identifies someone: keep back; {report} says where it stands")
        if self._doubtful and not self._quiet:
            copies = "copies" if self._doubtful > 1 else "copy"
            warn(f"{self._doubtful} {copies} to be looked at by a person; {report} says why")


def _bars() -> Progress:
    from rich.console import Console  # noqa: PLC0415  # slow to load, and of no use away from a terminal
    from rich.progress import (  # noqa: PLC0415  # the same
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def summary(result: RunResult) -> str:
    """Return one line with the number of files in each state."""
    counted = ", ".join(f"{result.counts[state]} {word}" for state, word in WORDS.items() if result.counts.get(state))
    return f"{result.total} file{'' if result.total == 1 else 's'}: {counted or 'nothing to do'}"


def say(line: str) -> None:
    """Tell something on the standard output stream."""
    sys.stdout.write(f"{line}\n")


def put(text: str) -> None:
    """Write a text that may become a file on the standard output stream: in UTF-8, but for terminals of their own."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)


def warn(line: str) -> None:
    """Tell something on the standard error stream."""
    sys.stderr.write(f"{line}\n")
