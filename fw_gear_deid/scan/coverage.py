"""Coverage: what PS3.15 Table E.1-1 calls identifying and a copy still holds as its source did.

Reads source and copy with pydicom and shares no code with the editor, so that a fault of the editor shows here.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from pydicom import dcmread
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import RawDataElement

from fw_gear_deid.standard.confidentiality import identifying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

COLUMNS = ("tag", "keyword", "path", "basic_profile", "files")

_Path = tuple[int, ...]
_Values = dict[_Path, object]


@dataclass(frozen=True, slots=True, order=True)
class Remaining:
    """An element that was left, without its value.

    Attributes:
        tag: eight hexadecimal digits; a private element's block number is ``xx``.
        keyword: its keyword in the table.
        path: where it stands, dotted; ``*`` for every item of a sequence.
        action: what the standard's Basic Profile does with it.
    """

    tag: str
    keyword: str
    path: str
    action: str


@dataclass(slots=True)
class Coverage:
    """What was left in the copies seen so far.

    Attributes:
        remaining: number of files by element.
        files: number of files compared.
        unread: number of files that could not be read here.
    """

    remaining: Counter[Remaining] = field(default_factory=Counter)
    files: int = 0
    unread: int = 0

    def compare(self, source: BinaryIO, copy: BinaryIO) -> None:
        """Add what one copy still holds as its source did."""
        try:
            before, after = _values(source), _values(copy)
        except Exception:  # noqa: BLE001  # counted and told; pydicom raises any kind on odd values
            self.unread += 1
            return
        self.files += 1
        self.remaining.update(set(_left(before, after)))

    def write(self, path: Path) -> None:
        """Write a CSV table, a row for each element: private ones last, in the order of paths."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(self.rows())

    def rows(self) -> Iterator[tuple[str, str, str, str, int]]:
        """Yield the table's rows."""
        for element in sorted(self.remaining, key=lambda each: ("xx" in each.tag, each.path, each)):
            yield element.tag, element.keyword, element.path, element.action, self.remaining[element]


def _left(before: _Values, after: _Values) -> Iterator[Remaining]:
    for path, value in before.items():
        row = identifying(path[-1])
        if row is not None and value and after.get(path) == value:
            yield Remaining(_tag(path[-1]), row.keyword, _dotted(path), row.action)


def _values(file: BinaryIO) -> _Values:
    """Return the encoded value of each element by its path: tags and item numbers in turn."""
    dataset = dcmread(file, stop_before_pixels=True, force=True)
    values: _Values = {}
    _collect(dataset.file_meta, (), values)
    _collect(dataset, (), values)
    return values


def _collect(dataset: Dataset, above: _Path, values: _Values) -> None:
    for tag in dataset.keys():  # noqa: SIM118  # iterating the data set itself decodes values
        path = (*above, int(tag))
        element = dataset.get_item(tag)
        if not _is_sequence(element.VR, tag):
            values[path] = element.value if isinstance(element, RawDataElement) else str(element.value)
            continue
        inner: _Values = {}
        for number, item in enumerate(dataset[tag].value):
            _collect(item, (*path, number), inner)
        values[path] = tuple(inner.items())  # a sequence was left as it was if all within it was
        values.update(inner)


def _is_sequence(representation: str | None, tag: BaseTag) -> bool:
    if representation is None and not tag.is_private:
        try:
            representation = dictionary_VR(tag)
        except KeyError:
            return False
    return representation == "SQ"


def _tag(tag: int) -> str:
    digits = f"{tag:08x}"
    return f"{digits[:4]}xx{digits[6:]}" if tag >> 16 & 1 else digits


def _dotted(path: _Path) -> str:
    """Return keywords, or tags where there are none, with ``*`` for item numbers."""
    tags = path[::2]
    return ".*.".join(keyword_for_tag(tag) or _tag(tag) for tag in tags)
