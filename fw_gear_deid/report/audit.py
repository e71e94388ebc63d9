"""What ``fw-deid check`` leaves: a table and a page of findings. With values shown, they identify, and say so."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.report.page import created, page

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
        counts = Counter((row.sort, row.certain) for row in self.rows)
        kinds = [
            {"name": sort, CERTAIN: counts[sort, True], POSSIBLE: counts[sort, False]}
            for sort in dict.fromkeys(row.sort for row in self.rows)
        ]
        ordered = sorted(self.rows, key=lambda row: not row.certain)[:MOST_ROWS]
        text = page(
            "audit.html.j2", "audit.js", audit=self, kinds=kinds, data=[_told(row) for row in ordered], most=MOST_ROWS
        )
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
