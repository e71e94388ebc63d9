"""Which regions of an image are blanked when: the model of ``alter_pixels``, and recipes in the text form of ``deid``.

::

    FORMAT dicom
    %filter graylist
    LABEL Banner of one scanner
      contains Modality US
      + equals Rows 600
      coordinates 0,0,800,60

``coordinates`` blanks a rectangle ``left,top,right,bottom`` (right and bottom are the first column and row that stay),
``keepcoordinates`` puts back what an earlier line blanked; ``ctpcoordinates`` and ``ctpkeepcoordinates`` are the same
with ``left,top,width,height``. In place of a rectangle may stand ``all``, or ``from:`` and a sequence of ultrasound
regions (PS3.3 section C.8.5.5). Sections other than ``%filter`` say nothing about pixels and are passed over.

Source: the documentation of deid (pydicom.github.io/deid).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Final

from fw_gear_deid.problems import Mark
from fw_gear_deid.profile.pixels.conditions import ConditionError, is_meant, parse_checks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fw_gear_deid.profile.pixels.conditions import Condition

BLACKLIST: Final = "blacklist"
"""The group of labels whose objects are not fit for release."""

EDGES: Final = 4
FILTER: Final = "filter"
_FROM: Final = "from:"
_SUFFIX: Final = ".recipe"
_COORDINATES: Final = re.compile(r"(ctp)?(keep)?coordinates\s+(\S.*)", re.IGNORECASE)
_FORMAT: Final = re.compile(r"format\s+dicom", re.IGNORECASE)
_SECTION: Final = re.compile(r"%\s*(\w+)\s*([^#]*)")
_LABEL: Final = re.compile(r"label\b", re.IGNORECASE)
_NUMBERS: Final = re.compile(r"\d{1,9}(\s*,\s*\d{1,9}){3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of an image, in pixels from its upper left corner; ``right`` and ``bottom`` are just outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Paint:
    """One step of blanking.

    Attributes:
        blank: whether the part is blanked, or what was blanked before is put back.
        part: which part; None: the whole image, or ``regions``.
        regions: the sequence of ultrasound regions that says which parts; ``""`` for none.
    """

    blank: bool
    part: Rectangle | None = None
    regions: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What is done to objects of one kind.

    Attributes:
        group: the ``%filter`` it stands under.
        when: what tells the objects; None: all objects.
        paints: how they are blanked, in order.
        line: where it stands in its recipe.
    """

    group: str
    when: Condition | None
    paints: tuple[Paint, ...]
    line: int = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """Labels that are tried in order; what all that hold blank is painted over each other in that order.

    Attributes:
        name: how a message calls it.
        labels: in the order of the text.
        mark: where the profile asks for it.
        shared: whether it comes from a file rather than from the profile itself.
    """

    name: str
    labels: tuple[Label, ...]
    mark: Mark = field(default=Mark(), compare=False)
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Pixels:
    """``alter_pixels``: whatever one of the recipes blanks is blanked.

    Attributes:
        written: what the profile gives, from which ``show`` writes it again.
    """

    recipes: tuple[Recipe, ...]
    written: Mapping[str, object] = field(default_factory=dict, compare=False)


class RecipeError(ValueError):
    """A recipe that cannot be read; its text says why, without quoting the file."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"line {line}: {message}")


def rectangle(edges: Sequence[int]) -> Rectangle:
    """Return the rectangle of four edges: left, top, right, bottom.

    Raises:
        ValueError: they do not enclose anything.
    """
    if len(edges) != EDGES:
        raise ValueError("a region has four numbers: left, top, right, bottom")
    left, top, right, bottom = edges
    if left < 0 or top < 0 or right <= left or bottom <= top:
        raise ValueError("a region must have its left before its right, and its top above its bottom, both from 0 on")
    return Rectangle(left, top, right, bottom)


def recipe_names() -> tuple[str, ...]:
    """Return the names of the recipes that come with this package."""
    folder = resources.files(__package__)
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in folder.iterdir() if file.name.endswith(_SUFFIX)))


def recipe_text(name: str) -> str:
    """Return the text of a built-in recipe; raises KeyError when there is none of that name."""
    if name not in recipe_names():
        raise KeyError(name)
    return resources.files(__package__).joinpath(name + _SUFFIX).read_text(encoding="utf-8")


def parse_recipe(text: str) -> tuple[Label, ...]:
    """Return the labels of a recipe; groups stand in the order of their first label.

    Raises:
        RecipeError: a line cannot be read.
    """
    found: list[tuple[str, int, list[tuple[int, str]]]] = []
    section, group = "", ""
    lines: list[tuple[int, str]] | None = None
    for number, line in ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if is_meant(line)):
        if match := _SECTION.match(line):
            section, group, lines = match[1].lower(), match[2].strip().lower(), None
            if section == FILTER and not group:
                raise RecipeError("%filter needs a name, such as %filter graylist", number)
        elif section not in {"", FILTER}:
            continue
        elif section and _LABEL.match(line):
            lines = []
            found.append((group, number, lines))
        elif lines is not None:
            lines.append((number, line))
        elif section or not _FORMAT.fullmatch(line):
            raise RecipeError("what a recipe says stands under a LABEL within a %filter", number)
    groups = list(dict.fromkeys(group for group, _, _ in found))
    return tuple(_label(*each) for each in sorted(found, key=lambda each: groups.index(each[0])))


def _label(group: str, number: int, lines: list[tuple[int, str]]) -> Label:
    paints: list[Paint] = []
    rest: list[tuple[int, str]] = []
    for place, line in lines:
        match = _COORDINATES.fullmatch(line)
        if match is None:
            rest.append((place, line))
        else:
            paints.append(_paint(match, place))
    try:
        return Label(group, parse_checks(rest), tuple(paints), number)
    except ConditionError as error:
        raise RecipeError(str(error), error.line) from None


def _paint(match: re.Match[str], place: int) -> Paint:
    """Return what a line of coordinates does."""
    sized, keeps, where = bool(match[1]), bool(match[2]), match[3].strip()
    if where.lower() == "all":
        return Paint(not keeps)
    if where.lower().startswith(_FROM):
        return Paint(not keeps, regions=where[len(_FROM) :].strip())
    if not _NUMBERS.fullmatch(where):
        raise RecipeError("coordinates are four whole numbers divided by commas, or all, or from:Field", place)
    left, top, right, bottom = map(int, where.split(","))
    try:
        return Paint(
            not keeps, rectangle((left, top, left + right, top + bottom) if sized else (left, top, right, bottom))
        )
    except ValueError as error:
        raise RecipeError(str(error), place) from None
