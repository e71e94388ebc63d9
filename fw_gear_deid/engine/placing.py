"""Copies on their way to their place: a folder's together, while the next folder is worked on."""

from __future__ import annotations

import filecmp
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from fw_gear_deid.engine.base import Outcome, RunResult, State
from fw_gear_deid.engine.files import Refusal, guarded
from fw_gear_deid.engine.ledger import without_copies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from fw_gear_deid.engine.base import Listener, LogRow, Pending, Source

PLACERS = 4
"""Copies that are put into place at once: on a site each waits for answers most of its time."""

SAME_NAME = "another file of its folder wants the same new name; give filenames a field that tells them apart"
SAME_FILE = "an identical copy of another file of its folder"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A source that was worked on.

    Attributes:
        outcome: its outcome unless its copy, whose new base name it holds, cannot be put into place.
        pending: the copy, complete; None where there is none.
        log: values before and after.
        subject: what its subject is known by; empty where subjects are not mapped. Identifying.
        label: the subject's label.
    """

    source: Source
    outcome: Outcome
    pending: Pending | None = None
    log: LogRow | None = None
    subject: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Placing:
    """The copies of one folder on their way to their place.

    Attributes:
        files: each file with its outcome to come.
        copies: removes what did not get there.
    """

    files: Sequence[tuple[Prepared, Future[Outcome]]] = ()
    copies: ExitStack = field(default_factory=ExitStack)


class Placer:
    """Puts the copies of one folder after another into place.

    Args:
        listener: is told each outcome as soon as it is final.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._pool = ThreadPoolExecutor(PLACERS)
        self._placing = _Placing()
        self._names: dict[str, set[tuple[str, str]]] = {}
        self._counts: Counter[State] = Counter()
        self._raised: Counter[str] = Counter()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the copies that are on their way, and remove what did not get there."""
        with self._placing.copies:
            self._pool.shutdown()

    def place(self, folder: str, prepared: Sequence[Prepared], copies: ExitStack) -> None:
        """Begin with a folder's copies, when those of the folder before are in their place.

        Args:
            folder: the folder.
            prepared: its sources, once they were worked on.
            copies: removes their copies; it is emptied.
        """
        outcomes = self._parted(folder, prepared)
        self._tell()
        pairs = zip(outcomes, prepared, strict=True)
        placed = [(ready, self._pool.submit(_placed, outcome, ready)) for outcome, ready in pairs]
        self._placing = _Placing(placed, copies.pop_all())

    def result(self) -> RunResult:
        """Return what became of all sources, when the last copies are in their place."""
        self._tell()
        return RunResult(dict(self._counts), dict(self._raised))

    def _parted(self, folder: str, prepared: Sequence[Prepared]) -> list[Outcome]:
        """Return the outcomes of a folder's sources, once those that want one name are told apart."""
        taken = self._names.setdefault(folder, set())
        outcomes = [ready.outcome for ready in prepared]
        first: dict[tuple[str, str], int] = {}
        for index, ready in enumerate(prepared):
            name = (ready.label, ready.outcome.name)
            if ready.pending is None:
                continue
            if name in taken:
                outcomes[index] = without_copy(ready.outcome, State.WITHHELD, SAME_NAME)
                continue
            other = first.setdefault(name, index)
            if other == index:
                continue
            same = prepared[other].pending
            if same is not None and filecmp.cmp(same.path, ready.pending.path, shallow=False):
                outcomes[index] = without_copy(ready.outcome, State.SKIPPED, SAME_FILE)
                continue
            for rival in (other, index):
                outcomes[rival] = without_copy(prepared[rival].outcome, State.WITHHELD, SAME_NAME)
        taken.update(first)
        return outcomes

    def _tell(self) -> None:
        """Tell the final outcomes of the folder before, in order, as its copies come into place."""
        with self._placing.copies:
            for ready, placed in self._placing.files:
                outcome = placed.result()
                self._counts[outcome.state] += 1
                self._raised += outcome.raised
                self._listener.finished(ready.source, outcome)


def _placed(outcome: Outcome, ready: Prepared) -> Outcome:
    """Put a copy into place, and return the final outcome. Called in a thread."""
    pending = ready.pending
    if pending is None or outcome.state is not State.DEIDENTIFIED:
        return outcome
    done = guarded(lambda: (pending.path.stat().st_size, pending.commit(outcome.name, ready.label)))
    if isinstance(done, Refusal):
        return without_copy(outcome, done.state, done.reason)
    size, path = done
    return replace(outcome, size=size, name=path)


def without_copy(outcome: Outcome, state: State, reason: str) -> Outcome:
    """Return the outcome of a source whose copy is given up."""
    members = without_copies(outcome.members)
    return Outcome(outcome.source, state, reason, section=outcome.section, members=members)
