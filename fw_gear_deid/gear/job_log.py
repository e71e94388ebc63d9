"""What the job's log says of files: how each ended, and how far the run is. Nothing is named."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from fw_gear_deid.engine.base import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.engine.base import Outcome

log = logging.getLogger(__name__)

TICK = 10.0
"""Seconds between two lines of progress in the log."""


def tell(outcome: Outcome) -> None:
    """Say how a file ended; neither it nor its members are named."""
    kept = sum(member.state is State.DEIDENTIFIED for member in outcome.members)
    members = f", {kept} of {len(outcome.members)} members" if outcome.members else ""
    level = logging.INFO if outcome.state in {State.DEIDENTIFIED, State.SKIPPED} else logging.ERROR
    log.log(level, "file: %s%s%s", outcome.state, members, f": {outcome.reason}" if outcome.reason else "")
    for note in outcome.notes:
        log.warning("file: %s", note)
    for number, member in enumerate(outcome.members, 1):
        log.debug("member %d: %s %s", number, member.state, member.reason)


def tell_counts(counts: Mapping[State, int], *, dry_run: bool) -> None:
    """Say how many files ended how."""
    told = ", ".join(f"{counts.get(state, 0)} {state}" for state in State)
    log.info("Done%s: %s. Tables and report are in output/.", " (dry run)" if dry_run else "", told)


class Ticker:
    """Logs progress, now and then; an ``engine.base.Progress``."""

    def __init__(self) -> None:
        """Begin to count the seconds."""
        self._next = time.monotonic() + TICK

    def __call__(self, what: str, done: int, total: int) -> None:
        """Log how far the run is, if the last such line is long ago."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + TICK
            log.info("%s: %d%s", what, done, f" of {total}" if total else "")
