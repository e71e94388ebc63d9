"""Who the rows of a table are about: a table of many subjects says so in a column of its own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.actions import EMPTY_CELL, is_missing
from fw_gear_deid.formats.table_text import meaning
from fw_gear_deid.identity import Identifier, Kind, Subject, key_of
from fw_gear_deid.identity.keys import BIDS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fw_gear_deid.formats.base import FileContext
    from fw_gear_deid.formats.table_text import Row

COLUMNS: Final = (
    *("participant_id", "subject_id", "patient_id", "patientid", "subject", "subjectid", "mrn"),
    "medical_record_number",
)
"""What the column that names the subject of a row is called, in small letters; the first of these that is there."""


@dataclass(frozen=True, slots=True)
class RowSubjects:
    """Gives each row of a table its subject.

    Attributes:
        context: the file, and who it is about.
        column: where the subject of a row is named; None: all rows are about the subject of the file.
        by_value: what is known of any subject, by its text.
    """

    context: FileContext
    column: int | None = None
    by_value: Mapping[str, frozenset[Identifier]] = field(default_factory=dict)

    @classmethod
    def of(cls, context: FileContext, names: Sequence[str], table: Iterable[Row], naming: Sequence[int] = ()) -> Self:
        """Find out who the rows of a table are about.

        Where the subject of the file is known and all rows name one, that is how the table calls the file's subject;
        else each row is about whom it names.

        Args:
            context: the file, and who it is about.
            names: the table's columns.
            table: all of its rows.
            naming: columns that get pseudonyms, and so name subjects, whatever they are called.
        """
        lower = [name.casefold() for name in names]
        column = next((lower.index(name) for name in COLUMNS if name in lower), next(iter(naming), None))
        if column is not None and context.subject.key:
            cells = (_cell(row, column) for row in table if not row.is_blank)
            next(cells, None)  # the header
            if len({key for cell in cells if (key := _key(cell))}) <= 1:
                column = None
        return cls(context, column) if column is None else cls(context, column, _by_value(context.subject))

    def context_of(self, row: Row) -> FileContext:
        """Return the file, with who a row of it is about: what the row's cells tell, and what the run knows by its key.

        To be asked before any rule acts on the row.
        """
        if self.column is None:
            return self.context
        cell, subject = _cell(row, self.column), self.context.subject
        own = set(subject.people.get(_key(cell), ()))
        if _key(cell):
            own.add(Identifier(Kind.ID, cell))
        for index in range(len(row.cells)):
            own |= self.by_value.get(_cell(row, index).removeprefix(BIDS_PREFIX), frozenset())
        return replace(self.context, subject=Subject(_key(cell), frozenset(own), subject.identifiers))


def _by_value(subject: Subject) -> Mapping[str, frozenset[Identifier]]:
    found = defaultdict(set)
    for identifier in subject.identifiers:
        found[identifier.value].add(identifier)
    return {value: frozenset(several) for value, several in found.items()}


def _cell(row: Row, column: int) -> str:
    cell = row.cells[column] if column < len(row.cells) else None
    return meaning(cell or "").strip()


def _key(cell: str) -> str:
    return "" if is_missing(cell, EMPTY_CELL) else key_of(cell)
