"""What identifies a person, read from a source with the scan's own eyes.

A value is harvested with the field it stands in and as often as it stands there, so that it can be told what a profile
removed: what a copy holds in fewer of these fields than its source.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.identity import Identifier, Kind, key_of
from fw_gear_deid.identity.elements import ELEMENTS
from fw_gear_deid.scan.dicom_bytes import (
    Syntax,
    character_set,
    decoded,
    identifying_values,
    inflated,
    is_dicom,
    syntax_of,
    text_ranges,
)
from fw_gear_deid.scan.fields import KEYWORDS, TAGS, column_kind
from fw_gear_deid.scan.files import opened
from fw_gear_deid.scan.xml_fields import NAME, PERSONS, fields_of_persons

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

PATIENT_ID: Final = "PatientID"
LARGEST_TEXT: Final = 64 << 20
"""Bytes of a table or JSON document that are read for identifiers."""

_JSON_START: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*[\[{]")
_TABLES: Final = {".csv": ",", ".tsv": "\t"}
_BIDS_PREFIX: Final = "sub-"
"""What BIDS puts before a subject's label; it is no part of an identifier: ``sub-001`` is subject 1 of any study."""

_APART: Final = re.compile(r"[\W_]+")
_NUMBERS_OF_PATIENTS: Final = frozenset({"patientid", "participantid", "subjectid", "mrn", "medicalrecordnumber"})
_OWN_NUMBER: Final = (PATIENT_ID, "00100020")
_OF_DICOM_JSON: Final = frozenset({"Value", "Alphabetic", "Ideographic", "Phonetic"})
_TELLING_NOBODY: Final = (float, bool, type(None))
_LEVELS: Final = "Levels"
"""What BIDS calls the explanations of a column's values: ``{"patient": "has the disease"}`` names nobody."""

_FILLING: Final = " ^=\0"
_MISSING: Final = frozenset({"", "n/a", "na", "nan", "none", "null", "anonymous", "anonymized", "unknown", "anon"})


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """One value in one kind of field. Identifying.

    Attributes:
        name: the DICOM keyword, or the name of a column.
        kind: what it tells.
        value: its text.
    """

    name: str
    kind: Kind
    value: str = field(repr=False)

    @property
    def identifier(self) -> Identifier:
        """The value without its field; equal ones are mostly one object, which sets compare without asking it."""
        return _identifier(self.kind, self.value)


_identifier: Final = lru_cache(maxsize=4096)(Identifier)


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a file says of persons. Identifying.

    Attributes:
        key: its PatientID; ``""`` where it has none, or a sidecar has several.
        found: how often each value stands in each kind of field.
        identifiers: the values without their fields.
    """

    key: str = field(default="", repr=False)
    found: Mapping[Found, int] = field(default_factory=dict, repr=False)
    identifiers: frozenset[Identifier] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, key: str, found: Mapping[Found, int]) -> Harvest:
        """Return what a file says."""
        return cls(key, found, frozenset(each.identifier for each in found))

    @property
    def is_of_several(self) -> bool:
        """Whether its fields name several patients: records of many in one list."""
        named = defaultdict[str, set[str]](set)
        for each in self.found:
            if each.kind is Kind.ID and (field := _APART.sub("", each.name).casefold()) in _NUMBERS_OF_PATIENTS:
                named[field].add(key_of(each.value))
        return any(len(keys) > 1 for keys in named.values())

    def removed(self, copy: Harvest) -> frozenset[Identifier]:
        """Return what stands in fewer fields of a copy than of this source."""
        return frozenset(each.identifier for each, count in self.found.items() if copy.found.get(each, 0) < count)


NOTHING: Final = Harvest()


def identifiers_of(data: bytes | Path, name: str) -> Harvest:
    """Return what identifies persons in a file: DICOM, JSON, tables, XML; nothing for other files.

    Args:
        data: its bytes, or the file. Of a DICOM object the beginning up to the pixel data is enough.
        name: its base name.

    Raises:
        UnreadableError: a deflated data set cannot be inflated.
        OSError: the file cannot be read.
    """
    with opened(data) as held:
        if is_dicom(held):
            return _of_dicom(held)
        if len(held) > LARGEST_TEXT:
            return NOTHING
        return _of_text(held[:], name.lower())


def _of_text(data: bytes, name: str) -> Harvest:
    suffix = name[name.rfind(".") :]
    if suffix in _TABLES:
        return _harvest(_of_table(data, _TABLES[suffix]))
    if suffix == ".json" or _JSON_START.match(data):
        return _of_json(data)
    if suffix == ".xml" or data[:5] == b"<?xml":
        return _harvest(_of_xml(data))
    return NOTHING


def identifiers_of_container(metadata: Mapping[str, Any]) -> frozenset[Identifier]:
    """Return what identifies a person in the metadata of a Flywheel container, its ``info`` at every depth included."""
    return frozenset(each.identifier for each in _walked(metadata) if each.name not in {"subject", "name"})


def _harvest(found: Iterable[Found], own: Iterable[Found] = ()) -> Harvest:
    counted = Counter(found)
    keys = {each.value for each in own} or {each.value for each in counted if each.name == PATIENT_ID}
    return Harvest.of(keys.pop() if len(keys) == 1 else "", counted)


# -- DICOM


def _of_dicom(data: bytes) -> Harvest:
    syntax = syntax_of(data)
    if syntax.deflated:
        data, syntax = data[: syntax.start] + inflated(data, syntax), Syntax(syntax.start)
    values: list[tuple[int, bytes]] = []
    for start, stop in text_ranges(data, syntax):
        values += identifying_values(data[start:stop], syntax)
    return _read(tuple(values), character_set(data, syntax))


@lru_cache(maxsize=256)
def _read(values: tuple[tuple[int, bytes], ...], charset: bytes) -> Harvest:
    """Return encoded values as text; the objects of a series have most of theirs in common.

    Args:
        values: tags and values, in the object's order: the patient's own PatientID comes before those of sequences.
        charset: the object's character set.
    """
    found: Counter[Found] = Counter()
    key = ""
    for (tag, value), count in Counter(values).items():
        keyword, kind = ELEMENTS[tag]
        for text in decoded(value, charset).split("\\"):
            if not _is_told(text):
                continue
            if keyword == PATIENT_ID and not key:
                key = _found(keyword, kind, text).value
            if _tells(text):
                found[_found(keyword, kind, text)] += count
    return Harvest.of(key, found)


def _found(name: str, kind: Kind, text: str) -> Found:
    value = text.strip()
    return Found(name, kind, value.removeprefix(_BIDS_PREFIX) if kind is Kind.ID else value)


def _tells(text: str) -> bool:
    """Whether a text is to be looked for; one character is not, though it may name a subject."""
    return _is_told(text) and len(text.strip(_FILLING)) > 1


def _is_told(text: str) -> bool:
    return text.strip(_FILLING).casefold() not in _MISSING and text.isprintable()


# -- JSON, containers


def _of_json(data: bytes) -> Harvest:
    try:
        tree = json.loads(data.decode("utf-8-sig", "surrogateescape"))
    except (ValueError, RecursionError):
        return NOTHING
    return _harvest(_walked(tree), _own_numbers(tree))


def _own_numbers(tree: object) -> Iterator[Found]:
    """Yield the PatientID of each record itself; those further down are former ones, as in OtherPatientIDsSequence."""
    records = [each for each in (tree if isinstance(tree, list) else [tree]) if isinstance(each, dict)]
    for record in records:
        for name in _OWN_NUMBER:
            yield from _walked(record.get(name), PATIENT_ID)


def _walked(tree: object, name: str = "", depth: int = 0) -> Iterator[Found]:
    """Yield what identifying names lead to, at every depth."""
    if depth > 64 or name == _LEVELS or isinstance(tree, _TELLING_NOBODY):  # noqa: PLR2004  # deeper than what is meant
        return
    if isinstance(tree, dict):
        for key, value in tree.items():
            if isinstance(value, _TELLING_NOBODY):
                continue
            text = str(key)
            # In DICOM JSON names and values lie below the element.
            inner = name if text in _OF_DICOM_JSON else TAGS.get(text.upper(), text)
            if text.casefold() != NAME or name.casefold() in PERSONS:
                yield from _walked(value, inner, depth + 1)
    elif isinstance(tree, list):
        for value in tree:
            yield from _walked(value, name, depth + 1)
    elif isinstance(tree, str | int):
        kind = _kind(name)
        if kind is not None and _tells(str(tree)):
            yield _found(name, kind, str(tree))


@lru_cache(maxsize=4096)
def _kind(name: str) -> Kind | None:
    """Return what a field tells by its name; files of one kind have the same ones."""
    return KEYWORDS.get(name) or column_kind(name)


# -- tables, XML


def _of_table(data: bytes, delimiter: str) -> Iterator[Found]:
    text = data.decode("utf-8-sig", "surrogateescape")
    try:
        rows = csv.reader(text.splitlines(), delimiter=delimiter)
        header = next(rows, [])
        columns = [(place, name, kind) for place, name in enumerate(header) if (kind := column_kind(name)) is not None]
        if [name.casefold() for _, name, _ in columns] == [NAME]:
            return  # of channels, electrodes, regions: BIDS' tables of things
        for row in rows if columns else ():
            for place, name, kind in columns:
                if place < len(row) and _tells(row[place]):
                    yield _found(name, kind, row[place])
    except csv.Error:
        return


def _of_xml(data: bytes) -> Iterator[Found]:
    for name, value in fields_of_persons(data):
        kind = _kind(name)
        if kind is not None and _tells(value):
            yield _found(name, kind, value)
