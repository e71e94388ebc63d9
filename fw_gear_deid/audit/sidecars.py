"""What is in a file that is no DICOM object, and in the metadata of a container, field by field."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fw_gear_deid.audit.concerns import Concern, Sort, possibly, shortened
from fw_gear_deid.audit.telling import has_pattern, tells
from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.scan.fields import TAGS
from fw_gear_deid.scan.harvesting import LARGEST_TEXT
from fw_gear_deid.scan.places import Role
from fw_gear_deid.scan.reading import GZIP, parts
from fw_gear_deid.scan.xml_fields import xml_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES: Final = {".csv": ",", ".tsv": "\t"}
NUMBERS: Final = (".bval", ".bvec")
DEEPEST: Final = 64
LARGEST_PART: Final = 8 << 20
"""Bytes of one part of a file whose runs of text are read; longer ones are searched for what is known alone."""

_OF_DICOM_JSON: Final = frozenset({"Value", "Alphabetic", "Ideographic", "Phonetic"})
_RUN: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f]{6,2000}")
_READABLE: Final = re.compile(r"[^\W\d_]{2}|@")
_XML_START: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?<\?xml")


@dataclass(frozen=True, slots=True)
class Field:
    """A value with a name. Identifying.

    Attributes:
        name: what it is called: a column, the innermost name that leads to it.
        where: its place.
        value: its text.
        is_text: whether it is written as one, and not as a number.
        key: whether it is itself the name of something.
    """

    name: str
    where: str
    value: str = field(repr=False)
    is_text: bool = True
    key: bool = False

    def concern(self, *, strict: bool) -> Concern | None:
        """Return what is wrong with it by its name, and by how it reads."""
        if self.key:
            return None
        concern = tells(self.name, self.where, self.value, strict=strict)
        return concern if self.is_text or concern is None or concern.sort is not Sort.TEXT else None


def fields(data: bytes, name: str) -> Iterator[Field] | None:
    """Return the fields of a JSON document or a table; None for other files.

    Args:
        data: its bytes.
        name: its base name.

    Raises:
        UnreadableError: it is not what its name says.
    """
    suffix = _suffix(name)
    if suffix == ".json":
        return of_tree(_tree(data), "")
    return _of_table(data, TABLES[suffix]) if suffix in TABLES else None


def concerns(data: bytes, name: str, *, strict: bool) -> Iterator[Concern]:
    """Yield what is wrong with a file that is neither JSON nor a table, as far as it can be told without a vocabulary.

    Raises:
        UnreadableError: it cannot be unpacked.
    """
    if _suffix(name) == ".xml" or _XML_START.match(data[:64]):
        for tag, value in xml_fields(data):
            if concern := tells(tag, tag, value, strict=strict):
                yield concern
    elif _suffix(name) not in NUMBERS:
        yield from _of_parts(data, name)


def _suffix(name: str) -> str:
    lower = name.lower()
    return lower[lower.rfind(".") :]


def of_tree(tree: object, path: str, name: str = "", depth: int = 0) -> Iterator[Field]:
    """Yield the fields of a JSON value, at every depth; the place is a dotted path of names.

    Raises:
        UnreadableError: it is nested too deep.
    """
    if depth > DEEPEST:
        raise UnreadableError("it is nested deeper than is read")
    if isinstance(tree, dict):
        for key, value in tree.items():
            text = str(key)
            where = f"{path}.{text}" if path else text
            yield Field(text, where, text, key=True)
            yield from of_tree(
                value, where, name if text in _OF_DICOM_JSON else TAGS.get(text.upper(), text), depth + 1
            )
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from of_tree(value, f"{path}[{number}]", name, depth + 1)
    elif isinstance(tree, str | int) and not isinstance(tree, bool):
        yield Field(name, path, str(tree), isinstance(tree, str))


def _tree(data: bytes) -> object:
    try:
        return json.loads(data.decode("utf-8-sig", "surrogateescape"), object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise UnreadableError("it is no JSON document") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object; where a name stands more than once, with all its values."""
    found: dict[str, list[object]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _of_table(data: bytes, delimiter: str) -> Iterator[Field]:
    if len(data) > LARGEST_TEXT:
        raise UnreadableError("the table is too large to be read")
    try:
        rows = csv.reader(data.decode("utf-8-sig", "surrogateescape").splitlines(), delimiter=delimiter)
        header = next(rows, [])
        for column in header:
            yield Field(column, "line 1", column, key=True)
        for number, row in enumerate(rows, start=2):
            for place, cell in enumerate(row):
                column = header[place] if place < len(header) else ""
                yield Field(column, f"line {number}, {column or f'column {place + 1}'}", cell)
    except csv.Error:
        raise UnreadableError("the table cannot be read") from None


def _of_parts(data: bytes, name: str) -> Iterator[Concern]:
    """Yield what reads like an identifier in the runs of text of a file."""
    for part in parts(data, name):
        place = part.locate(0)
        if place.role is Role.BINARY or len(part.data) > LARGEST_PART or part.data[:2] == GZIP:
            continue
        for match in _RUN.finditer(part.data[:].decode("utf-8", "replace")):
            run = match[0].strip()
            if _READABLE.search(run) and "\ufffd" not in run and has_pattern(run):
                where = part.locate(match.start()).where
                why = "it reads like a date, a number or a way to reach somebody"
                yield possibly(Sort.TEXT, where, why, shortened(run))
