"""A mapping: a CSV table with a row of values for every subject, or for every session.

UTF-8, commas, one header row. ``subject.label`` says whose row it is, with ``session.label`` if rows are told apart by
session. Cells are texts and stay as they are; no message holds one.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ProfileError
from fw_gear_deid.problems import Mark, Problem, Severity
from fw_gear_deid.profile.findings import Findings
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.templates.variables import CONTAINERS, LABELS, SESSION, SUBJECT, Variables, unused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

MAX_BYTES: Final = 64 << 20

_Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class MappingRow:
    """The values of one subject or session.

    Attributes:
        line: where the row begins, counted from 1.
        cells: cell by column.
    """

    line: int
    cells: Mapping[str, str]

    @property
    def variables(self) -> Variables:
        """What templates are filled from, as far as the row says it."""
        return Variables(self.cells)


@dataclass(frozen=True, slots=True)
class MappingTable:
    """A mapping.

    Attributes:
        source: what it is called in messages.
        columns: the names of its columns.
        rows: its rows by their key: the subject's label, or the labels of subject and session.
        keys: the columns that make the key.
    """

    source: str
    columns: tuple[str, ...]
    rows: Mapping[tuple[str, ...], MappingRow]
    keys: tuple[str, ...]

    def row(self, labels: Mapping[str, str]) -> MappingRow:
        """Return the row of a subject or session.

        Args:
            labels: by the name of the key column.

        Raises:
            ProfileError: there is no such row.
        """
        row = self.rows.get(tuple(labels.get(key, "").strip() for key in self.keys))
        if row is None:
            whose = " and ".join(LABELS[key] for key in self.keys)
            message = f"there is no row for this {whose}; add one (labels are compared letter by letter)"
            raise ProfileError([Problem(message, Mark())], self.source)
        return row

    def unused(self, names: Iterable[str]) -> tuple[Problem, ...]:
        """Return a warning for every column that the templates of a profile, which ask for ``names``, do not use."""
        return tuple(
            Problem(f"the profile does not use the column {shown(column)}", Mark(), Severity.WARNING)
            for column in unused(self.columns, names)
        )


def read_mapping(path: Path, keys: tuple[str, ...] | None = None, source: str = "") -> MappingTable:
    """Read a mapping.

    Args:
        path: the CSV file.
        keys: the columns that tell rows apart; None: ``subject.label``, and ``session.label`` if there is one.
        source: what it is called in messages; its path if not given.

    Raises:
        ProfileError: it cannot be used; carries every problem with its line.
    """
    found = Findings()
    table = _table(path, keys, source or str(path), found)
    if table is None or found.failed:
        raise ProfileError(found.sorted(), source or str(path))
    return table


def _table(path: Path, keys: tuple[str, ...] | None, source: str, found: Findings) -> MappingTable | None:
    rows = _records(_text(path, found), found)
    header = next(rows, None)
    if header is None:
        if not found.failed:
            found.error(Mark(), f"the mapping is empty; its first line must name columns, {SUBJECT} among them")
        return None
    columns = [name.strip() for name in header[1]]
    used = keys or tuple(key for key in (SUBJECT, SESSION) if key in columns or key == SUBJECT)
    _check_columns(columns, used, found)
    if found.failed:
        return None
    return MappingTable(source, tuple(columns), _keyed(rows, columns, used, found), used)


def _text(path: Path, found: Findings) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "bad name"
        found.error(Mark(), f"the mapping cannot be read: {why}")
        return ""
    if len(data) > MAX_BYTES:
        found.error(Mark(), f"this is no mapping: it is larger than {MAX_BYTES >> 20} MiB")
        return ""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found.error(Mark(line), "the mapping is not UTF-8 text; save it as CSV UTF-8")
        return ""


def _records(text: str, found: Findings) -> Iterator[_Row]:
    """Yield the rows that are not blank, with the line in which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            found.error(Mark(line), "this row is not CSV; look at its quotes, and write a quote in a cell as two")
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _check_columns(columns: Sequence[str], keys: tuple[str, ...], found: Findings) -> None:
    for key in keys:
        if key not in columns:
            found.error(Mark(), f"the mapping has no column {key}{_near(key, columns)}")
    if found.failed:
        return  # the first row may not be a header at all, so nothing of it is shown
    seen: set[str] = set()
    for number, column in enumerate(columns, 1):
        if not column:
            found.error(Mark(), f"column {number} has no name; name it, or delete it")
        elif column in seen:
            found.error(Mark(), f"two columns are called {shown(column)}; give them different names")
        elif column in CONTAINERS or any(other.startswith(f"{column}.") for other in columns):
            found.error(Mark(), f"no column can be called {shown(column)}, for others begin with {shown(column)}.")
        seen.add(column)


def _near(key: str, columns: Sequence[str]) -> str:
    """Return a hint at why a key column was not found."""
    if len(columns) == 1 and any(sign in columns[0] for sign in ";\t"):
        return "; separate columns with commas"
    near = next((each for each in columns if re.sub(r"[\W_]+", ".", each).lower() == key), None)
    return "" if near is None else f"; did you mean {near}?"


def _keyed(
    rows: Iterable[_Row], columns: Sequence[str], keys: tuple[str, ...], found: Findings
) -> dict[tuple[str, ...], MappingRow]:
    """Return rows by their key; wrong ones are noted and left out."""
    keyed: dict[tuple[str, ...], MappingRow] = {}
    hidden = {key for key in LABELS if key not in keys}  # a session's label says nothing when rows are subjects'
    for line, cells in rows:
        if len(cells) != len(columns):
            found.error(Mark(line), f"this row has {len(cells)} cells, but the header has {len(columns)}")
            continue
        by_column = dict(zip(columns, cells, strict=True))
        key = tuple(by_column[name].strip() for name in keys)
        if "" in key:
            found.error(Mark(line), f"{keys[key.index('')]} is empty; say whose row this is, or delete it")
        elif key in keyed:
            whose = " and ".join(LABELS[name] for name in keys)
            message = f"a second row for the {whose} of line {keyed[key].line}; delete one of them"
            if SESSION in hidden and SESSION in columns:
                message += f", or match {SESSION} too: --session on the command line, session_level_profile in the gear"
            found.error(Mark(line), message)
        else:
            by_column |= dict(zip(keys, key, strict=True))
            keyed[key] = MappingRow(line, {name: cell for name, cell in by_column.items() if name not in hidden})
    if not keyed and not found.failed:
        found.error(Mark(), "the mapping has no rows below its header")
    return keyed
