"""Who the rows of a table are about: a table of many subjects says so in a column of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.actions import EMPTY_CELL, is_missing
from fw_gear_deid.formats.table_text import meaning, rows
from fw_gear_deid.identity import Identifier, Kind, Subject, key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_deid.formats.base import FileContext
    from fw_gear_deid.formats.table_text import Row

COLUMNS: Final = ("participant_id", "subject_id", "patient_id", "patientid", "subject")
"""What the column that names the subject of a row is called, in small letters; the first of these that is there."""


@dataclass(frozen=True, slots=True)
class RowSubjects:
    """Gives each row of a table its subject.

    Attributes:
        context: the file, and who it is about.
        column: where the subject of a row is named; None: all rows are about the subject of the file.
    """

    context: FileContext
    column: int | None = None

    @classmethod
    def of(cls, context: FileContext, names: Sequence[str], text: str, delimiter: str) -> Self:
        """Find out who the rows of a table are about.

        Where the subject of the file is known and all rows name one, that is how the table calls the file's subject;
        else each row is about whom it names.

        Args:
            context: the file, and who it is about.
            names: the table's columns.
            text: the whole table.
            delimiter: what stands between its cells.
        """
        lower = [name.casefold() for name in names]
        column = next((lower.index(name) for name in COLUMNS if name in lower), None)
        if column is not None and context.subject.key:
            cells = (_cell(row, column) for row in rows(text, delimiter) if not row.is_blank)
            next(cells, None)  # the header
            if len({key for cell in cells if (key := _key(cell))}) <= 1:
                column = None
        return cls(context, column)

    def context_of(self, row: Row) -> FileContext:
        """Return the file, with who a row of it is about. To be asked before any rule acts on the row."""
        if self.column is None:
            return self.context
        cell = _cell(row, self.column)
        known = self.context.subject.identifiers
        own = {Identifier(Kind.ID, cell)} if _key(cell) else set()
        return replace(self.context, subject=Subject(_key(cell), known | own))


def _cell(row: Row, column: int) -> str:
    cell = row.cells[column] if column < len(row.cells) else None
    return meaning(cell or "").strip()


def _key(cell: str) -> str:
    return "" if is_missing(cell, EMPTY_CELL) else key_of(cell)
