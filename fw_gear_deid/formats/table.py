"""The ``csv``, ``tsv`` and ``table`` sections: columns by header name; cells that no rule touches keep their bytes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import REMOVED, Occurrence, Pseudonym, Scrub, variables
from fw_gear_deid.errors import ActionError, ProfileError, UnreadableError
from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.content import Range, Spliced
from fw_gear_deid.formats.naming import output_name
from fw_gear_deid.formats.rules import asked, failed, in_turn, met, printable, read_by, scrub_notes
from fw_gear_deid.formats.table_subjects import RowSubjects
from fw_gear_deid.formats.table_text import UNDECODED, decoded, meaning, rows, spelled
from fw_gear_deid.problems import Problem
from fw_gear_deid.profile.settings import READERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fw_gear_deid.formats.base import Content, FileContext
    from fw_gear_deid.formats.table_text import Row, Text
    from fw_gear_deid.profile.model import Rule, Section

_KEPT: Final = frozenset({"keep", "identity"})
_DELIMITERS: Final = ",;\t|"
_BATCH: Final = 1000
"""Rows encoded at a time."""


@dataclass(frozen=True, slots=True)
class TableFormat:
    """Delimited text with a header row.

    Attributes:
        section: name of the profile section.
        delimiter: what stands between cells when the section does not say.
    """

    section: str = "csv"
    delimiter: str = ","
    signatures: tuple[tuple[int, bytes], ...] = ()

    def compile(self, section: Section) -> TablePlan:
        """Compile a section.

        Raises:
            ProfileError: the delimiter or the reader cannot be used.
        """
        reader = section.settings.get("reader") or "csv"
        delimiter = str(section.settings.get("delimiter") or ("\t" if reader == "table" else self.delimiter))
        problems = []
        if len(delimiter) != 1 or delimiter in '"\r\n':
            message = "delimiter must be one character, and neither a quote nor a line end"
            problems.append(Problem(message, section.mark))
        if reader not in READERS:
            problems.append(Problem(f"the readers of tables are: {', '.join(READERS)}", section.mark))
        if problems:
            raise ProfileError(problems)
        asked = {name for rule in section.filenames for name in variables(rule.output)}
        return TablePlan(section, delimiter, tuple(sorted(asked)))


CSV: Final = TableFormat("csv", ",")
TSV: Final = TableFormat("tsv", "\t")
TABLE: Final = TableFormat("table", ",")


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A table section, compiled.

    Attributes:
        delimiter: what stands between cells.
        variables: what ``filenames`` may ask for.
    """

    section: Section
    delimiter: str
    variables: tuple[str, ...] = ()

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one table.

        Raises:
            FileError: it is no table, too large, ragged where a rule acts, or a rule could not be carried out.
        """
        source = decoded(content.read())
        table = _Table(self, source, context)
        pieces = (source.mark, *table.written())
        name = output_name(self.section, context, table.transformed)
        output = Spliced(content, pieces if table.changed else (Range(0, content.size),))
        hits = tuple(column.hits for column in table.columns)
        before = {column.rule.label: _shown(column, column.before) for column in table.columns if context.log}
        after = {column.rule.label: _shown(column, column.after) for column in table.columns if context.log}
        return Edited(output, name, hits, None, before, after, (*table.notes, *scrub_notes(table.scrubbed)))


@dataclass(slots=True)
class _Column:
    """A rule, and the columns of its name, or that its regular expression matches.

    Attributes:
        indexes: where they stand; none when the table has no such column.
        hits: cells changed.
        before: their cells as they came, when logged.
        after: their cells as they go, when logged.
    """

    rule: Rule
    indexes: tuple[int, ...]
    hits: int = 0
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Table:
    """One pass over a table: every rule on a row, then the next row, which comes to the same as rule by rule."""

    plan: TablePlan
    source: Text
    context: FileContext
    columns: tuple[_Column, ...] = ()
    acting: tuple[_Column, ...] = ()
    width: int = 0
    names: list[str] = field(default_factory=list)
    acts: bool = False
    changed: bool = False
    named: dict[str, tuple[tuple[int, ...], set[str]]] = field(default_factory=dict)
    others: dict[str, tuple[int, ...]] = field(default_factory=dict)
    subjects: RowSubjects | None = None
    notes: tuple[str, ...] = ()
    unnamed: tuple[int, ...] = ()
    scrubbed: int = 0

    def written(self) -> Sequence[bytes]:
        """Apply all rules, and return the encoded table in pieces.

        Raises:
            FileError: as ``TablePlan.apply``.
        """
        pieces: list[bytes] = []
        batch: list[str] = []
        number = -1  # of the next row with cells; -1: the header is still to come
        for row in rows(self.source.text, self.plan.delimiter):
            if not row.is_blank:
                if number < 0:
                    self._take_header(row)
                else:
                    self._take(row, number)
                number += 1
            batch.append(row.joined(self.plan.delimiter))
            if len(batch) == _BATCH:
                pieces.append(self.source.encoded("".join(batch)))
                batch.clear()
        if number < 0:
            raise UnreadableError("a table without a header row")
        pieces.append(self.source.encoded("".join(batch)))
        return pieces

    def transformed(self, name: str) -> str | None:
        """Return the value of a column that says the same in every row; None when there is no such column.

        Raises:
            ActionError: the column has several values.
        """
        values = self.named[name][1]
        if len(values) > 1:
            raise ActionError("filenames names a column with several values; name a group of input-regex instead")
        return next(iter(values), None)

    def _take_header(self, row: Row) -> None:
        names = [meaning(cell or "").strip() for cell in row.cells]
        self.width, self.names = len(names), names
        rules = self.plan.section.rules
        self.columns = tuple(_Column(rule, _matching(names, rule)) for rule in rules)
        self.acting = tuple(self.columns[place] for place, _ in in_turn(rules))
        self.named = {name: (_indexes(names, name), set()) for name in self.plan.variables}
        read = {name for rule in rules for name in read_by(rule)}
        self.others = {name: _indexes(names, name) for name in read}
        found = [column for column in self.columns if column.indexes]
        if self.plan.section.scrubs:
            ruled = {index for column in found for index in column.indexes}
            self.unnamed = tuple(index for index in range(len(names)) if index not in ruled)
        self._check_encoding(names)
        if self.columns and not found:
            self._check_delimiter(names)
            self.notes = ("none of the section's columns is in the table",)
        self.acts = any(column.rule.action.key not in _KEPT for column in found)
        if self.plan.section.personal:
            naming = [index for column in found if column.rule.action.key == Pseudonym.key for index in column.indexes]
            table = rows(self.source.text, self.plan.delimiter)
            self.subjects = RowSubjects.of(self.context, names, table, naming)
        for column in found:
            if column.rule.action.key == "remove":
                self.changed = True
                for index in column.indexes:
                    row.cells[index] = None

    def _check_delimiter(self, names: list[str]) -> None:
        others = _DELIMITERS.replace(self.plan.delimiter, "")
        alone = len(names) == 1 and any(sign in names[0] for sign in others)
        parts = {part.strip(' "') for name in names for part in re.split(f"[{others}]", name)}
        if alone or any(column.rule.regex is None and column.rule.name.strip() in parts for column in self.columns):
            raise UnreadableError("the header looks as if it had another delimiter; set delimiter in the profile")

    def _check_encoding(self, names: list[str]) -> None:
        missing = any(not column.indexes and not column.rule.name.isascii() for column in self.columns)
        if missing and any(UNDECODED.search(name) for name in names):
            raise UnreadableError(
                "a column's name is not valid UTF-8, so it may be one that a rule names; convert the file to UTF-8"
            )

    def _take(self, row: Row, number: int) -> None:
        if self.acts and len(row.cells) > self.width:
            self._check_extra(row)
        if self.context.log:
            for column in self.columns:
                column.before += _values(row, column.indexes)
        other = partial(self._other, row)
        context = self.context if self.subjects is None else self.subjects.context_of(row)
        self._scrub(row, context)
        for column in self.acting:
            for index in column.indexes:
                if index < len(row.cells) and row.cells[index] is not None:
                    at = met(column.rule, context, f"{column.rule.name or self.names[index]}.{number}", other)
                    column.hits += self._act(row, index, column.rule, at)
        if self.context.log:
            for column in self.columns:
                column.after += _values(row, column.indexes)
        for indexes, values in self.named.values():
            values.update(_values(row, indexes))

    def _other(self, row: Row, name: str) -> str | None:
        """Return what another column of the row says; None when there is no such cell.

        Raises:
            ActionError: several columns have the name, and say different things.
        """
        values = set(_values(row, self.others[name]))
        if len(values) > 1:
            raise ActionError("output names a column that stands several times with different values")
        return next(iter(values), None)

    def _scrub(self, row: Row, context: FileContext) -> None:
        """Remove the known identifiers of the row's subject from the cells that no rule names."""
        at = Occurrence(context.name, "", subject=context.subject)
        for index in self.unnamed:
            old = row.cells[index] if index < len(row.cells) else None
            left = Scrub().apply(meaning(old or ""), at)
            if isinstance(left, str):
                row.cells[index] = spelled(left, self.plan.delimiter, old or "")
                self.changed = True
                self.scrubbed += 1

    def _check_extra(self, row: Row) -> None:
        if any(cell and meaning(cell).strip() for cell in row.cells[self.width :]):
            raise UnreadableError(
                f"line {row.line} has more cells than the header, so its columns cannot be told; repair the table"
            )

    def _act(self, row: Row, index: int, rule: Rule, at: Occurrence) -> int:
        old = row.cells[index] or ""
        answer = asked(rule, meaning(old), at)
        if answer is None:
            return 0
        self.changed = True
        if answer is REMOVED:  # by on-unparsable of a date: the column stays
            row.cells[index] = None if rule.action.key == "remove" else ""
            return 1
        value = ",".join(answer) if isinstance(answer, list) else str(answer)
        try:
            self.source.check_writable(value)
        except ActionError as error:
            raise failed(rule, str(error)) from None
        row.cells[index] = spelled(value, self.plan.delimiter, old)
        return 1


def _matching(names: list[str], rule: Rule) -> tuple[int, ...]:
    regex = rule.regex
    if regex is None:
        return _indexes(names, rule.name)
    return tuple(index for index, name in enumerate(names) if regex.match(name))


def _indexes(names: list[str], name: str) -> tuple[int, ...]:
    return tuple(index for index, each in enumerate(names) if each == name.strip())


def _values(row: Row, indexes: tuple[int, ...]) -> Iterator[str]:
    for index in indexes:
        if index < len(row.cells) and (cell := row.cells[index]) is not None:
            yield meaning(cell)


def _shown(column: _Column, values: list[str]) -> str:
    return printable(json.dumps(values, ensure_ascii=False)) if column.indexes else ""
