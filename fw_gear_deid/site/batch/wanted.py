"""A table that names subjects, sessions or acquisitions, by id or by labels."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

ID: Final = "id"
LABELS: Final = ("subject.label", "session.label", "acquisition.label")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a table names; a subject or session stands for all that it holds.

    Attributes:
        ids: the row of each id.
        labels: the row of each subject, subject and session, or subject, session and acquisition.
    """

    ids: Mapping[str, int]
    labels: Mapping[tuple[str, ...], int]

    def rows(self, ids: Iterable[str], labels: Sequence[str]) -> frozenset[int]:
        """Return the rows that name a container.

        Args:
            ids: its own and those of the containers above it.
            labels: of its subject, session, acquisition, as far as it has them.
        """
        by_id = {self.ids[each] for each in ids if each in self.ids}
        paths = (tuple(labels[:end]) for end in range(1, len(labels) + 1))
        return frozenset(by_id | {self.labels[path] for path in paths if path in self.labels})

    @property
    def all_rows(self) -> frozenset[int]:
        """The number of every row; the header is row 1."""
        return frozenset((*self.ids.values(), *self.labels.values()))


def read_wanted(path: Path) -> Wanted:
    """Read a table with the column ``id``, or ``subject.label`` and, as far as wanted, the labels below it.

    Raises:
        UsageError: it cannot be read, has no such column, or a row that names nothing.
    """
    ids: dict[str, int] = {}
    labels: dict[tuple[str, ...], int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            columns = rows.fieldnames or ()
            if ID not in columns and LABELS[0] not in columns:
                raise UsageError(f"{path}: has neither a column {ID!r} nor {LABELS[0]!r}")
            for row in rows:
                number = rows.line_num
                if len(row) != len(columns) or None in row.values():
                    raise UsageError(f"{path}:{number}: has not as many cells as the header")
                if found := row.get(ID):
                    ids.setdefault(found, number)
                else:
                    labels.setdefault(_path(row, f"{path}:{number}"), number)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read as a CSV table in UTF-8 ({type(error).__name__})") from None
    return Wanted(ids, labels)


def _path(row: Mapping[str, str], place: str) -> tuple[str, ...]:
    cells = [row.get(column) or "" for column in LABELS]
    path = tuple(cells[: cells.index("")] if "" in cells else cells)
    if not path or any(cells[len(path) :]):
        raise UsageError(f"{place}: a label is missing; a session needs its subject, an acquisition its session")
    return path
