"""The table: seconds, files per second, peak memory, ratios, and whether the targets are reached."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from benchmarks.datasets import DataSet
    from benchmarks.measuring import Measured

ENGINE: Final = "fw-deid"
ENGINE_ALONE: Final = "fw-deid, 1 worker"
UNSEARCHED: Final = "fw-deid, 1 worker, no scan"
FLOOR: Final = "floor"
ORACLE: Final = "flywheel-migration"
FASTER: Final = 20
"""How many times faster than ``flywheel-migration`` the engine is to be on the timed archives."""
SCAN: Final = 0.15
"""The largest part of a run's processor time that the scan of its copies may take."""
MEGA: Final = 1_000_000

HEADINGS: Final = (
    "data set", "contender", "seconds", "CPU s", "files/s", "peak MB",
    "times the floor", "times faster than f-m",
    "target",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One contender on one data set; a number that was not measured is ``nan``.

    Attributes:
        processor: seconds that processors were kept busy.
        floors: seconds as a multiple of the floor's.
        faster: ``flywheel-migration``'s seconds as a multiple of these.
        targets: each target, and whether it was reached.
        failure: why there is no result.
    """

    data_set: str
    contender: str
    seconds: float
    processor: float
    files_per_second: float
    peak: int
    floors: float
    faster: float
    targets: dict[str, bool]
    failure: str

    def cells(self) -> tuple[str, ...]:
        """Return the row as text."""
        target = "; ".join(f"{text}: {'reached' if met else 'NOT reached'}" for text, met in self.targets.items())
        return (
            self.data_set,
            self.contender,
            _number(self.seconds, 2),
            _number(self.processor, 2),
            _number(self.files_per_second, 1 if self.files_per_second < 10 else 0),  # noqa: PLR2004  # two digits at least
            _number(self.peak / MEGA if self.peak else math.nan, 0),
            _number(self.floors, 2),
            _number(self.faster, 1),
            f"FAILED: {self.failure}" if self.failure else target,
        )

    def figures(self) -> dict[str, object]:
        """Return the row for JSON, which knows no ``nan``."""
        return {name: None if value != value else value for name, value in asdict(self).items()}  # noqa: PLR0124  # nan


def _number(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"


def rows(data: DataSet, measured: dict[str, Measured]) -> list[Row]:
    """Return the rows of one data set."""
    nothing = math.nan
    floor = measured[FLOOR].seconds if FLOOR in measured else nothing
    oracle = measured[ORACLE].seconds if ORACLE in measured else nothing
    found = []
    for name, result in measured.items():
        seconds = result.seconds
        ours = name in {ENGINE, ENGINE_ALONE, UNSEARCHED}
        floors, faster = seconds / floor, oracle / seconds if ours else nothing
        targets = (
            _targets(data, floors, faster, result.peak) if ours and name != UNSEARCHED and not result.failure else {}
        )
        if name == ENGINE_ALONE and UNSEARCHED in measured:
            targets |= _scan_target(result, measured[UNSEARCHED])
        found.append(
            Row(
                data_set=data.name,
                contender=name,
                seconds=seconds,
                processor=result.processor_seconds,
                files_per_second=data.members / seconds,
                peak=result.peak,
                floors=floors,
                faster=faster,
                targets=targets,
                failure=result.failure,
            )
        )
    return found


def _targets(data: DataSet, floors: float, faster: float, peak: int) -> dict[str, bool]:
    targets = {}
    if data.floors is not None and not math.isnan(floors):
        targets[f"at most {data.floors:g} x the floor"] = floors <= data.floors
    if data.floors is not None and not math.isnan(faster):
        targets[f"at least {FASTER} x f-m"] = faster >= FASTER
    if data.peak is not None:
        targets[f"peak under {data.peak / MEGA:.0f} MB"] = peak < data.peak
    return targets


def _scan_target(searched: Measured, unsearched: Measured) -> dict[str, bool]:
    """Return which part of a run the scan is: one worker each, so that all work is in the processor's time."""
    share = 1 - unsearched.processor_seconds / searched.processor_seconds
    return {} if math.isnan(share) else {f"scan {share:.0%} of the run, under {SCAN:.0%}": share < SCAN}


def table(found: list[Row]) -> str:
    """Return rows as a Markdown table."""
    lines = [HEADINGS, *(row.cells() for row in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    numbers = range(2, 8)
    rule = tuple("-" * (width - 1) + (":" if column in numbers else "-") for column, width in enumerate(widths))
    shown = (lines[0], rule, *lines[1:])
    return "\n".join(
        "| "
        + " | ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in shown
    )
