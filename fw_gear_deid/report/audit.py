"""What ``fw-deid check`` leaves: a table and a page of findings. With values shown, they identify, and say so."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.report.files import created
from fw_gear_deid.report.page import page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from fw_gear_deid.audit.concerns import Row

COLUMNS: Final = ("source", "member", "where", "kind", "certainty", "why", "value")
WARNING: Final = "# This file holds identifying values: keep it where the sources are."
MOST_ROWS: Final = 20_000
"""Rows that a page holds; the table holds all."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
CERTAIN, POSSIBLE = "certain", "possible"

MOST_PLACES: Final = 50
_LINE: Final = re.compile(r"^line \d+(?:, )?")
_ITEM: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Spot:
    """What was found in one place of many files.

    Attributes:
        where: the place, whatever the line, and whatever the item of a sequence.
        sort: what is wrong.
        certain: whether it can be nothing harmless.
        times: how often, each object counted by itself.
    """

    where: str
    sort: str
    certain: bool
    times: int


@dataclass(frozen=True, slots=True)
class Share:
    """What was found of one kind.

    Attributes:
        name: the kind.
        certain: number of findings that are certain.
        possible: number of the others.
        step: what to do about them.
    """

    name: str
    certain: int
    possible: int
    step: str


def shares(rows: Iterable[Row]) -> list[Share]:
    """Return what was found of each kind: the certain first, and of them the most frequent."""
    counts: Counter[tuple[str, bool]] = Counter()
    steps: dict[str, str] = {}
    for row in rows:
        counts[row.sort, row.certain] += 1
        steps[row.sort] = row.step
    found = [Share(sort, counts[sort, True], counts[sort, False], step) for sort, step in steps.items()]
    return sorted(found, key=lambda each: (-each.certain, -each.possible, each.name))


def spots(rows: Iterable[Row]) -> list[Spot]:
    """Return the places in which something was found: the certain ones first, and of them the most frequent."""
    counts: Counter[tuple[str, str, bool]] = Counter()
    for row in rows:
        counts[_place(row.where), row.sort, row.certain] += row.count
    found = [Spot(*key, count) for key, count in counts.items()]
    return sorted(found, key=lambda each: (not each.certain, -each.times, each.where))


def _place(where: str) -> str:
    column = _LINE.sub("", where)
    if column == where:
        return _ITEM.sub("[*]", where)
    return f"column {column}" if column else "a line of text"


def write_table(path: Path, rows: Iterable[Row], *, shows_values: bool) -> None:
    """Write a CSV table, a row for each finding; an older one is replaced.

    Args:
        path: where.
        rows: what was found.
        shows_values: whether values are not masked: the first line says so, and only the owner may read it.

    Raises:
        OSError: it cannot be written.
    """
    with created(path, identifying=shows_values) as file:
        if shows_values:
            file.write(f"{WARNING}\n")
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            cells = (row.source, row.member, row.where, row.sort, _certainty(row), _why(row), row.value)
            writer.writerow([_plain(cell) for cell in cells])


def _plain(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _certainty(row: Row) -> str:
    return CERTAIN if row.certain else POSSIBLE


def _why(row: Row) -> str:
    return row.why if row.count == 1 else f"{row.why} (in {row.count} objects)"


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The page of an audit.

    Attributes:
        rows: what was found.
        objects: number of objects that were looked at.
        notes: what the reader should know.
        shows_values: whether values are not masked.
    """

    rows: Sequence[Row]
    objects: int
    notes: Sequence[str]
    shows_values: bool

    def write(self, path: Path) -> None:
        """Write the page; an older one is replaced.

        Raises:
            OSError: it cannot be written.
        """
        ordered = sorted(self.rows, key=lambda row: not row.certain)[:MOST_ROWS]
        told = {"kinds": shares(self.rows), "spots": spots(self.rows), "data": [_told(row) for row in ordered]}
        text = page("audit.html.j2", "audit.js", audit=self, most=MOST_ROWS, most_places=MOST_PLACES, **told)
        with created(path, identifying=self.shows_values) as file:
            file.write(text)


def _told(row: Row) -> dict[str, Any]:
    """Return what the page's script reads."""
    return {
        "source": row.source,
        "member": row.member,
        "where": row.where,
        "kind": row.sort,
        "certainty": _certainty(row),
        "why": _why(row),
        "value": row.value,
    }
