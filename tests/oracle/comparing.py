"""What differs between the copies of two engines: element by element, name, log."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pydicom

from tests.oracle.flywheel import Result, its_warnings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

Path = tuple[str, ...]
META = "meta"
"""Stands before the tags of file meta information."""


@dataclass(frozen=True)
class Finding:
    """One difference.

    Attributes:
        kind: ``element``, ``meta`` (an element of group 0002), ``preamble``, ``name``, ``before``, ``after`` (the log),
            ``refused here``, ``refused there``.
        path: tags and item numbers; for the log, the field.
        ours: what is here; None for nothing.
        theirs: what the oracle has.
        file: the source file.
    """

    kind: str
    path: Path
    ours: object
    theirs: object
    file: str

    @property
    def tags(self) -> tuple[int, ...]:
        """The element's own tag and those of the sequences around it, outermost first."""
        return tuple(int(tag, 16) for tag in self.path[::2]) if self.kind in {"element", "meta"} else ()

    @property
    def tag(self) -> int:
        return self.tags[-1] if self.tags else 0


def differences(ours: Result, theirs: Result, file: str) -> Iterator[Finding]:
    """Yield all differences between two results of one file."""
    if ours.refusal or theirs.refusal:
        if not theirs.refusal:
            yield Finding("refused here", (), ours.refusal, None, file)
        if not ours.refusal:
            yield Finding("refused there", (), None, theirs.refusal, file)
        return
    if ours.name != theirs.name:
        yield Finding("name", (), ours.name, theirs.name, file)
    yield from _of_values("element", elements(ours.data), elements(theirs.data), file)
    if ours.data[:128] != theirs.data[:128] and ours.data[128:132] == b"DICM":
        yield Finding("preamble", (), ours.data[:128], theirs.data[:128], file)
    for kind, mine, other in (("before", ours.before, theirs.before), ("after", ours.after, theirs.after)):
        yield from _of_values(kind, _columns(mine), _columns(other), file)


def _of_values(kind: str, ours: dict[Path, object], theirs: dict[Path, object], file: str) -> Iterator[Finding]:
    for path in sorted({*ours, *theirs}):
        if ours.get(path) != theirs.get(path):
            meta = path[0] == META
            yield Finding("meta" if meta else kind, path[meta:], ours.get(path), theirs.get(path), file)


def _columns(row: dict[str, str]) -> dict[Path, object]:
    """Return a row of the log; an empty cell and a missing one are the same there."""
    return {
        (label,): json.loads(value) if value.startswith("{") else value for label, value in row.items() if value != ""
    }


def elements(data: bytes) -> dict[Path, object]:
    """Return representation and value of every element at every depth."""
    with its_warnings():
        data_set = pydicom.dcmread(io.BytesIO(data), force=True)
        found = dict(_of_data_set(data_set, ()))
        return found | dict(_of_data_set(data_set.file_meta, (META,)))


def _of_data_set(data_set: Dataset, path: Path) -> Iterator[tuple[Path, object]]:
    for element in data_set:
        here = (*path, f"{int(element.tag):08x}")
        if element.VR == "SQ":
            yield here, ("SQ", len(element.value))
            for index, item in enumerate(element.value):
                yield from _of_data_set(item, (*here, str(index)))
        else:
            yield here, (element.VR, element.value if isinstance(element.value, bytes) else _spelled(element.value))


def _spelled(value: object) -> str:
    return "" if value is None else str(value)
