"""Which attributes an object must have: types 1 and 2 of DICOM PS3.3, by SOP class.

Held for the attributes of PS3.15 Table E.1-1 whose fate depends on it. An attribute that is there is taken to have its
condition met, so that types 1C and 2C read as 1 and 2. Usage of modules does not matter for the same reason.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Final

TOP: Final = 0
"""Stands for the sequence around an attribute of the data set itself."""

Place = tuple[int, int]
"""Tags of the sequence directly around an attribute (``TOP`` for none) and of the attribute."""


class Need(IntEnum):
    """What an object must have of an attribute."""

    NOTHING = 3  # type 3, or not in the object's definition
    ELEMENT = 2  # type 2: present, perhaps empty
    VALUE = 1  # type 1: present with a value


def need(sop_class: str, sequence: int, tag: int) -> Need:
    """Return what an object must have of an attribute that it has.

    Args:
        sop_class: its SOP Class UID; one that is not known counts as any of the known ones.
        sequence: tag of the sequence directly around the attribute; ``TOP`` for none.
        tag: the attribute.

    An attribute within a sequence that the class's own modules do not tell of (functional groups) is looked for in
    those of all classes. Of several answers the strictest counts, since that is right for each of them.
    """
    own = _of_class(sop_class)
    place = (sequence, tag)
    if own is not None and (sequence == TOP or place in own):
        return own.get(place, Need.NOTHING)
    return _of_any().get(place, Need.NOTHING)


def is_known(sop_class: str) -> bool:
    """Whether a SOP Class UID is one of the standard's, as far as it is held here."""
    return sop_class in _sop_classes()


def sop_class_count() -> int:
    """Return how many SOP classes are held here."""
    return len(_sop_classes())


@cache
def required_anywhere() -> frozenset[int]:
    """Return the tags that some SOP class must have, be it within a sequence."""
    return frozenset(tag for _, tag in _of_any())


@cache
def valued_anywhere() -> frozenset[int]:
    """Return the tags that some SOP class must have with a value, be it within a sequence."""
    return frozenset(tag for (_, tag), found in _of_any().items() if found is Need.VALUE)


@cache
def _of_class(sop_class: str) -> dict[Place, Need] | None:
    """Return what a SOP class must have, None for one that is not known."""
    iod = _sop_classes().get(sop_class)
    return None if iod is None else _strictest(_iods()[iod].split())


@cache
def _of_any() -> dict[Place, Need]:
    return _strictest(_modules())


def _strictest(modules: list[str] | dict[str, dict[Place, Need]]) -> dict[Place, Need]:
    found: dict[Place, Need] = {}
    for module in modules:
        for place, kind in _modules()[module].items():
            found[place] = min(kind, found.get(place, kind))
    return found


@cache
def _modules() -> dict[str, dict[Place, Need]]:
    modules: dict[str, dict[Place, Need]] = defaultdict(dict)
    for module, sequence, tag, kind in _rows("types"):
        place = (int(sequence, 16), int(tag, 16))
        modules[module][place] = min(Need(int(kind)), modules[module].get(place, Need.NOTHING))
    return dict(modules)


@cache
def _sop_classes() -> dict[str, str]:
    return {uid: iod for uid, iod in _rows("sop_classes")}  # noqa: C416  # says what the two columns are


@cache
def _iods() -> dict[str, str]:
    return {iod: modules for iod, modules in _rows("iods")}  # noqa: C416  # as above


def _rows(name: str) -> list[list[str]]:
    text = files(__package__ or "").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))[1:]
