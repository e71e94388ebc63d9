"""Slices of jobs are queued, watched until they end, and run again where they fail.

A batch is first prepared, then noted, then started. Whoever finds a note asks the site whether the start took place: so
nothing is queued twice, whenever the process was killed or an answer was lost.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import SiteError
from fw_gear_deid.site.batch.state import LOST, REFUSED
from fw_gear_deid.site.connection import FORBIDDEN, UNAUTHORIZED
from fw_gear_deid.site.jobs import COMPLETE, FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from fw_gear_deid.site.batch.choosing import Unit
    from fw_gear_deid.site.batch.ordering import Order
    from fw_gear_deid.site.batch.state import BatchState, Work
    from fw_gear_deid.site.jobs import Job, JobEngine

LOOKS: Final = 5
"""How often a started batch that shows fewer jobs than it was made of is looked at before they count as lost."""
PATIENCE: Final = 60
"""Rounds in a row in which the site may fail to answer."""
HOPELESS: Final = 20
"""Failures without a single success after which no more is queued: a wrong profile would fail a million times."""
SHARE: Final = 4
"""A slice is queued when one in so many places is free: single jobs would take more calls."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it goes.

    Attributes:
        at_once: most jobs that wait or run at the same time.
        retries: how often a failed job is run again.
        pause: waits from one round to the next.
    """

    at_once: int
    retries: int
    pause: Callable[[], None]


@dataclass(slots=True)
class Watch:
    """One batch from the first job to the last.

    Attributes:
        units: begins to go through all units, from the first one on.
        told: is told how many units are in each state after every round, and whether the site answered.
    """

    engine: JobEngine
    order: Order
    state: BatchState
    pace: Pace
    units: Callable[[], Iterable[Unit]]
    told: Callable[[Mapping[str, int], bool], None]
    _waiting: Iterator[Unit] | None = None
    _looks: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Go on until every unit's job has ended.

        Raises:
            SiteError: the site refuses, or does not answer for long. The same can be started again.
        """
        self.state.forget_lost()
        silent = 0
        while True:
            try:
                is_done = self._round()
                silent = 0
            except SiteError as error:
                silent += 1
                if not error.is_passing or silent > PATIENCE:
                    raise
                is_done = False
            self.told(self.state.counts(), silent == 0)
            if is_done:
                return
            self.pace.pause()

    def _round(self) -> bool:
        """Look after what is queued, queue more, and return whether all has ended."""
        for batch in self.state.proposed():
            self._begin(batch)
        outstanding = self.state.outstanding()
        for batch, works in groupby(outstanding, key=lambda work: work.batch):
            self._look(batch, list(works))
        waiting = self.state.waiting()
        if is_hopeless(self.state.counts()):
            return not waiting
        free = self.pace.at_once - waiting
        if free < max(1, self.pace.at_once // SHARE):
            return False
        return not self._queue(free) and not waiting

    def _queue(self, most: int) -> bool:
        """Queue up to so many units, and return whether there were any."""
        try:
            if self._waiting is None:
                self._waiting = (unit for unit in self.units() if not self.state.has(unit.key))
            slice_ = list(islice(self._waiting, most))
            if slice_:
                batch = self.engine.propose([self.order.job(unit) for unit in slice_])
        except SiteError:
            self._waiting = None  # it cannot be gone on with, and those in the slice are not noted: from the beginning
            raise
        if slice_:
            self.state.propose(batch, [(unit.key, unit.container) for unit in slice_])
            self._begin(batch)
        return bool(slice_)

    def _begin(self, batch: str) -> None:
        """Start a batch if it has not been, and note its jobs."""
        is_waiting, ids = self.engine.batch(batch)
        if is_waiting:
            self.engine.start(batch)
            _, ids = self.engine.batch(batch)
        self._looks[batch] += 1
        works = self.state.of_proposed(batch)
        if len(ids) < len(works) and self._looks[batch] < LOOKS:
            return
        jobs = self.engine.jobs(batch)
        seen = (jobs.get(each) or self.engine.job(each) for each in ids)
        self.state.update(_matched(works, filter(None, seen)))

    def _look(self, batch: str, works: list[Work]) -> None:
        """Note how the jobs of a batch stand, and run again those that failed."""
        jobs = self.engine.jobs(batch)
        changed = []
        for work in works:
            job = jobs.get(work.job) or self.engine.job(work.job)
            if job is None:
                changed.append(replace(work, state=LOST))
            elif job.state == FAILED and work.attempts <= self.pace.retries:
                changed.append(self._again(replace(work, state=FAILED)))
            elif job.state != work.state:
                changed.append(replace(work, state=job.state))
        self.state.update(changed)

    def _again(self, work: Work) -> Work:
        try:
            job = self.engine.retry(work.job)
        except SiteError as error:
            if error.is_passing or error.status in {UNAUTHORIZED, FORBIDDEN}:
                raise
            return replace(work, state=REFUSED)
        if job is None:
            return replace(work, state=LOST)
        return replace(work, job=job.id, state=job.state, attempts=work.attempts + 1)


def is_hopeless(counts: Mapping[str, int]) -> bool:
    """Whether so many jobs have failed, and none is complete, that the rest would fail too."""
    return not counts.get(COMPLETE) and counts.get(FAILED, 0) + counts.get(REFUSED, 0) >= HOPELESS


def _matched(works: Iterable[Work], jobs: Iterable[Job]) -> list[Work]:
    """Give each unit its job: that of its container, and of several the one in its turn."""
    left = list(jobs)
    matched = []
    for work in works:
        job = next((each for each in left if each.container == work.container), None)
        if job is None:
            matched.append(replace(work, state=LOST))
            continue
        left.remove(job)
        matched.append(replace(work, job=job.id, attempts=1, state=job.state))
    return matched
