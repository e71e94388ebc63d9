"""The text of a subject map: a CSV table that gives each subject, known by some DICOM elements, a number.

The columns are the elements, ``SubjectCode`` and ``$config``. The first row below them holds only ``$config``, a JSON
object whose ``format`` makes labels of codes; each further row is one subject. Source: Flywheel's subject maps.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.errors import UnmatchedError, UsageError
from fw_gear_deid.formats.dicom.names import NameProblem, parse_name
from fw_gear_deid.formats.naming import sanitised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CODE: Final = "SubjectCode"
CONFIG: Final = "$config"
LABEL_LENGTH: Final = 64
"""Longest label of a subject, in characters."""

_FORM: Final = re.compile(r"([^{}]*)\{SubjectCode(?::(0\d{1,2})?d?)?\}([^{}]*)", re.ASCII)
_DIGITS: Final = re.compile(r"\d{1,18}", re.ASCII)

Key = tuple[str, ...]
"""What a subject is known by: the values of the map's elements, normalised. Identifying."""


def normalised(values: Key) -> Key:
    """Return values as they are compared: in small letters, without white space around."""
    return tuple(value.strip().lower() for value in values)


@dataclass(frozen=True, slots=True)
class SubjectTable:
    """A subject map as it is at one moment.

    Attributes:
        fields: the elements that tell a subject, as the table names them.
        form: how a label is made of a code.
        codes: code by what the subject is known by.
        text: the whole table.
        columns: all columns, in order.
    """

    fields: tuple[str, ...]
    form: str
    codes: Mapping[Key, int]
    text: str
    columns: tuple[str, ...]

    @classmethod
    def new(cls) -> Self:
        """Return an empty map with the elements and the format of Flywheel's own default."""
        text = f"PatientName,PatientBirthDate,{CODE},{CONFIG}\r\n"
        text += ',,,"{""format"": ""{SubjectCode}""}"\r\n'
        return cls.read(text)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a table.

        Raises:
            UsageError: it is no subject map; the message names the line and repeats no value.
        """
        reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        rows = ((reader.line_num, row) for row in reader if row)
        try:
            _, header = next(rows, (1, []))
            columns = tuple(name.strip() for name in header)
            fields = _fields(columns)
            form = _form(next(rows, (2, [])), columns)
            codes = dict(_codes(rows, columns, fields))
        except csv.Error:
            raise UsageError(f"line {reader.line_num}: cannot be read as CSV") from None
        return cls(fields, form, codes, text, columns)

    @property
    def tags(self) -> tuple[int, ...]:
        """The tags of the elements that tell a subject."""
        return tuple(map(_tag, self.fields))

    def label(self, code: int) -> str:
        """Return the label of a subject."""
        return self.form.format(**{CODE: code})

    def with_subject(self, key: Key) -> tuple[SubjectTable, int]:
        """Return the table with a new subject, who gets the code after the highest, and the code."""
        code = max(self.codes.values(), default=0) + 1
        cells = dict(zip(self.fields, key, strict=True)) | {CODE: str(code)}
        end = "\r\n" if "\r\n" in self.text else "\n"
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=end).writerow([cells.get(column, "") for column in self.columns])
        begun = self.text if self.text.endswith(("\n", "\r")) else self.text + end
        return replace(self, codes={**self.codes, key: code}, text=begun + out.getvalue()), code


def _fields(columns: tuple[str, ...]) -> tuple[str, ...]:
    if CODE not in columns or CONFIG not in columns or len(set(columns)) < len(columns):
        raise UsageError(f"line 1: this is no subject map: it needs the columns {CODE} and {CONFIG}, each once")
    fields = tuple(column for column in columns if column not in {CODE, CONFIG})
    if not fields:
        raise UsageError("line 1: there is no element that tells a subject; add a column such as PatientID")
    for field in fields:
        _tag(field)
    return fields


def _tag(field: str) -> int:
    try:
        target = parse_name(field)
    except NameProblem:
        target = None
    if target is None or target.parents or target.private or len(target.tags) != 1:
        raise UsageError("line 1: the columns before SubjectCode must be DICOM keywords, such as PatientID")
    return target.tags[0]


def _form(numbered: tuple[int, list[str]], columns: tuple[str, ...]) -> str:
    """Return the format of the labels from the row that holds it."""
    line, row = numbered
    try:
        form: object = json.loads(dict(zip(columns, row, strict=False)).get(CONFIG, ""))["format"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UsageError(f'line {line}: {CONFIG} must hold {{"format": "{{{CODE}}}"}}, in JSON') from None
    match = _FORM.fullmatch(form) if isinstance(form, str) else None
    if match is None:
        raise UsageError(f"line {line}: the format must hold {{{CODE}}}, or {{{CODE}:03}}, once, and no other braces")
    before, digits, after = match[1], int(match[2] or 0), match[3]
    if not _names_a_folder(f"{before}{10**6}{after}") or len(before) + digits + len(after) > LABEL_LENGTH:
        raise UsageError(f"line {line}: the format must make labels that can name a folder, of {LABEL_LENGTH} signs")
    return match[0]


def _names_a_folder(label: str) -> bool:
    try:
        same = sanitised(label) == label
    except UnmatchedError:
        return False
    return same and label == label.strip() and not label.startswith(".") and len(label) <= LABEL_LENGTH


def _codes(
    rows: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], fields: tuple[str, ...]
) -> Iterator[tuple[Key, int]]:
    """Yield what each subject is known by, and its code."""
    known: dict[Key, int] = {}
    for line, row in rows:
        cells = dict(zip(columns, row, strict=False))
        written = cells.get(CODE, "").strip()
        if len(row) > len(columns) or not _DIGITS.fullmatch(written):
            raise UsageError(f"line {line}: {CODE} must be a whole number")
        key = normalised(tuple(cells.get(field, "") for field in fields))
        if known.setdefault(key, int(written)) != int(written):
            raise UsageError(f"line {line}: the same subject is above with another code")
        yield key, int(written)
