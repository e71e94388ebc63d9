"""A DICOM object and its copy, element by element: what became of each.

Reads both with pydicom and shares no code with the editor, so that a fault of the editor shows here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

from pydicom import dcmread
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import RawDataElement

from fw_gear_deid.standard.confidentiality import Attribute, identifying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

_Path = tuple[int, ...]
"""Tags and item numbers in turn."""


class Done(StrEnum):
    """What became of an element."""

    KEPT = "kept"
    MEANT = "kept on purpose"  # the profile names it only to leave it
    REMOVED = "removed"
    EMPTIED = "emptied"
    REPLACED = "replaced"
    CHANGED_WITHIN = "changed within"  # a sequence that is still there, with other items
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Value:
    """An element's value on one of the two sides.

    Attributes:
        encoded: what can be compared: the bytes as they are encoded, or all that is within a sequence.
        representation: its VR; ``""`` when none is known.
    """

    encoded: object
    representation: str
    _holder: Dataset
    _tag: BaseTag

    def text(self) -> str:
        """Return the value for people. Identifying."""
        if self.representation == "SQ":
            count = len(self._holder[self._tag].value)
            return f"{count} item{'' if count == 1 else 's'}"
        try:
            element = self._holder[self._tag]
            value = element.value
        except Exception:  # noqa: BLE001  # pydicom raises any kind on odd values; they are shown as they are encoded
            return str(self.encoded)
        if isinstance(value, bytes):
            printable = value.rstrip(b"\0 ")
            return printable.decode("ascii") if _is_text(printable) else f"{len(value)} bytes"
        return "\\".join(map(str, value)) if element.VM > 1 else str(value if value is not None else "")

    def creator(self) -> str:
        """Return the private creator of a private element, ``""`` where none has reserved its block (PS3.5 7.8.1)."""
        group, block = self._tag.group, self._tag.element >> 8
        if not group & 1 or not block:
            return ""
        named = self._holder.get((group, block))
        return str(named.value).strip() if named is not None and named.value else ""


@dataclass(frozen=True, slots=True)
class Compared:
    """An element that is in the source, in the copy, or in both.

    Attributes:
        path: tags and item numbers in turn.
        creator: the private creator of a private element, ``""`` if it has none.
        before: its value in the source; None when it is not there.
        after: the same in the copy.
    """

    path: _Path
    creator: str
    before: Value | None
    after: Value | None

    @property
    def attribute(self) -> Attribute | None:
        """The row of PS3.15 Table E.1-1 that calls it identifying."""
        return identifying(self.path[-1])

    @property
    def representation(self) -> str:
        """Its VR."""
        value = self.before or self.after
        return value.representation if value is not None else ""

    @property
    def tag(self) -> str:
        """Eight hexadecimal digits; a private element's block number is ``xx``."""
        return tag_digits(self.path[-1])

    @property
    def dotted(self) -> str:
        """Keywords, or tags where there are none, with ``*`` for item numbers."""
        return ".*.".join(keyword_for_tag(tag) or tag_digits(tag) for tag in self.path[::2])

    @property
    def done(self) -> Done:
        """What became of it."""
        if self.before is None:
            return Done.ADDED
        if self.after is None:
            return Done.REMOVED
        if self.before.encoded == self.after.encoded:
            return Done.KEPT
        if not self.after.encoded:
            return Done.EMPTIED
        return Done.CHANGED_WITHIN if self.after.representation == "SQ" else Done.REPLACED


def compare(source: BinaryIO, copy: BinaryIO) -> list[Compared]:
    """Return every element of two data sets up to their pixel data, in the order of the source, added ones last.

    Raises:
        Exception: pydicom cannot read one of them; it raises any kind.
    """
    before, after = _values(source), _values(copy)
    return [
        Compared(path, (before.get(path) or after[path]).creator(), before.get(path), after.get(path))
        for path in (*before, *(path for path in after if path not in before))
    ]


def tag_digits(tag: int) -> str:
    """Return a tag as eight hexadecimal digits, ``xx`` for the block number of a private element."""
    digits = f"{tag:08x}"
    return f"{digits[:4]}xx{digits[6:]}" if tag >> 16 & 1 else digits


def _values(file: BinaryIO) -> dict[_Path, Value]:
    dataset = dcmread(file, stop_before_pixels=True, force=True)
    return dict((*_collected(dataset.file_meta, ()), *_collected(dataset, ())))


def _collected(dataset: Dataset, above: _Path) -> Iterator[tuple[_Path, Value]]:
    for tag in dataset.keys():  # noqa: SIM118  # iterating the data set itself decodes values
        path = (*above, int(tag))
        element = dataset.get_item(tag)
        representation = element.VR or _dictionary_vr(tag)
        if representation != "SQ":
            encoded = element.value if isinstance(element, RawDataElement) else str(element.value)
            yield path, Value(encoded, representation, dataset, tag)
            continue
        inner = [pair for number, item in enumerate(dataset[tag].value) for pair in _collected(item, (*path, number))]
        # A sequence was left as it was if all within it was.
        yield path, Value(tuple((below, value.encoded) for below, value in inner), "SQ", dataset, tag)
        yield from inner


def _dictionary_vr(tag: BaseTag) -> str:
    if tag.is_private:
        return ""
    try:
        return dictionary_VR(tag)
    except KeyError:
        return ""


def _is_text(data: bytes) -> bool:
    return data.isascii() and data.decode("ascii").isprintable()
