"""The table of what became of a batch. It holds labels and file names: it belongs to the source's side."""

from __future__ import annotations

import csv
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from fw_gear_deid.site.batch.choosing import OWN, Unit
from fw_gear_deid.site.batch.wanted import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from fw_gear_deid.site.batch.choosing import PassedOver
    from fw_gear_deid.site.batch.state import BatchState, Work

COLUMNS: Final = ("container", *LABELS, "file.name", "file_id", "state", "attempts", "job", "batch", "reason")
PLANNED, PASSED_OVER, GONE = "planned", "passed over", "not chosen any more"


def write_results(path: Path, chosen: Iterable[Unit | PassedOver], state: BatchState | None) -> None:
    """Write a row for each unit and for what is passed over; the table is there whole or not at all.

    Args:
        path: where it goes.
        chosen: with labels.
        state: what has been queued; None for a plan.

    Raises:
        OSError: it cannot be written.
        SiteError: the site does not answer.
    """
    with _whole(path) as file:
        table = csv.DictWriter(file, COLUMNS, restval="")
        table.writeheader()
        for each in chosen:
            if not isinstance(each, Unit):
                if each.reason != OWN:  # every job leaves several
                    table.writerow({"container": each.what, "state": PASSED_OVER, "reason": each.reason})
                continue
            work = state.see(each.key) if state else None
            table.writerow(_of_unit(each) | ({"state": PLANNED} if work is None else _of_work(work)))
        for work in state.unseen() if state else ():
            table.writerow({"container": work.container, "reason": GONE} | _of_work(work))


def _of_unit(unit: Unit) -> dict[str, object]:
    labels = dict(zip(LABELS, unit.labels, strict=False))
    named = {"file.name": unit.file.name, "file_id": unit.file.file_id} if unit.file else {}
    return {"container": unit.container, **labels, **named}


def _of_work(work: Work) -> dict[str, object]:
    return {"state": work.state, "attempts": work.attempts, "job": work.job, "batch": work.batch}


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """Give a file for its owner alone, for labels may identify; it takes its place when the block ends well."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
