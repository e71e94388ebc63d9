"""Which labels of ``alter_pixels`` hold for an object, and what they paint."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError, ProfileError
from fw_gear_deid.formats.dicom.names import NameProblem, parse_name
from fw_gear_deid.formats.dicom.pixels.area import Stroke
from fw_gear_deid.formats.dicom.scanner import LATER, Scanner
from fw_gear_deid.formats.dicom.syntax import EXPLICIT_LITTLE, META_GROUP, known_vr
from fw_gear_deid.formats.dicom.texts import Texts
from fw_gear_deid.formats.dicom.values import LEGIBLE_VRS, TEXT_VRS
from fw_gear_deid.problems import Problem, Severity
from fw_gear_deid.profile.pixels.conditions import WITHOUT_VALUE, comparisons, holds
from fw_gear_deid.profile.pixels.recipes import BLACKLIST, Rectangle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fw_gear_deid.formats.dicom.layout import Layout
    from fw_gear_deid.formats.dicom.scanner import Element, Item
    from fw_gear_deid.profile.pixels.recipes import Label, Paint, Pixels, Recipe

REGION_EDGES: Final = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)
"""RegionLocationMinX0, MinY0, MaxX1, MaxY1 (PS3.3 section C.8.5.5)."""

_NO_ITEMS: Final = frozenset({b"", b"\xfe\xff\xdd\xe0\0\0\0\0", b"\xff\xfe\xe0\xdd\0\0\0\0"})
"""The values of a sequence without items: nothing, or its delimiter alone."""


def compiled_names(pixels: Pixels) -> dict[str, int | None]:
    """Return the tag of each field that conditions and regions name; None for one that no object has.

    Raises:
        ProfileError: a condition of the profile names no element, or asks for the value of one that has no text.
    """
    problems = [problem for problem in name_problems(pixels) if problem.severity is Severity.ERROR]
    if problems:
        raise ProfileError(problems)
    return {name: _tag(name) for recipe in pixels.recipes for label in recipe.labels for name, _ in _named(label)}


def name_problems(pixels: Pixels) -> Iterator[Problem]:
    """Yield what is wrong with the fields that conditions name.

    A recipe from a file may name what is no element, as published ones do: its label then sees it as missing.
    """
    for recipe in pixels.recipes:
        severity = Severity.WARNING if recipe.shared else Severity.ERROR
        for label in recipe.labels:
            for name, asks_value in _named(label):
                if why := _name_problem(name, asks_value=asks_value):
                    place = f"{recipe.name} line {label.line}" if recipe.shared else "when"
                    yield Problem(f"{place}: {why}", recipe.mark, severity)


def _named(label: Label) -> Iterator[tuple[str, bool]]:
    """Yield every field that a label names, and whether its value is asked for."""
    for comparison in comparisons(label.when) if label.when is not None else ():
        yield comparison.field, comparison.word not in WITHOUT_VALUE
    yield from ((paint.regions, False) for paint in label.paints if paint.regions)


def _name_problem(name: str, *, asks_value: bool) -> str:
    try:
        target = parse_name(name)
    except NameProblem as problem:
        return str(problem)
    if target.parents or len(target.tags) != 1:
        return f"“{name}” must be one top-level element"
    vr = known_vr(target.tags[0])
    if asks_value and vr and not any(part in LEGIBLE_VRS for part in vr.split(" or ")):
        return f"{name} is an element of {vr}, which can be tested only by: {', '.join(WITHOUT_VALUE)}"
    return ""


def _tag(name: str) -> int | None:
    try:
        target = parse_name(name)
    except NameProblem:
        return None
    return target.tags[0] if len(target.tags) == 1 and not target.parents else None


@dataclass(frozen=True)
class Observed:
    """An object as conditions see it: its elements as they came.

    Attributes:
        layout: the object.
        texts: its data set.
        tags: tag by the name that a condition uses.
    """

    layout: Layout
    texts: Texts
    tags: Mapping[str, int | None]
    _known: dict[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def _meta(self) -> Texts:
        return Texts(replace(self.layout, syntax=EXPLICIT_LITTLE), self.layout.meta, lenient=True)

    def _found(self, field: str) -> tuple[Texts, Element] | None:
        tag = self.tags[field]
        if tag is None:
            return None
        texts = self._meta if tag >> 16 == META_GROUP else self.texts
        element = texts.element(tag)
        return None if element is None else (texts, element)

    def has(self, field: str) -> bool:
        """Whether the element is there."""
        return self._found(field) is not None

    def is_empty(self, field: str) -> bool:
        """Whether the element is there and has no value."""
        found = self._found(field)
        if found is None:
            return False
        texts, element = found
        raw = texts.raw(element)
        return raw in _NO_ITEMS or (texts.vr(element) in TEXT_VRS and not raw.strip(b"\0 "))

    def values(self, field: str) -> Sequence[str]:
        """Return the element's values; none for one that is missing or has no text.

        Raises:
            ActionError: they cannot be read.
        """
        values = self._known.get(field)
        if values is None:  # the labels of a recipe ask for the same few elements
            values = self._known[field] = self._values(field)
        return values

    def _values(self, field: str) -> Sequence[str]:
        found = self._found(field)
        if found is None or found[0].vr(found[1]) not in LEGIBLE_VRS:
            return ()
        try:
            return found[0].parts(found[1][0])
        except ActionError as error:
            raise ActionError(f"alter_pixels: {field}: {error}") from None

    def regions(self, field: str) -> list[Rectangle]:
        """Return the parts of the image that the items of a sequence of ultrasound regions name.

        Raises:
            ActionError: an item does not say where its region is.
        """
        found = self._found(field)
        if found is None:
            return []
        return [self._region(item, field) for item in self._items(found[1])]

    def _items(self, element: Element) -> list[Item]:
        items = element[5]
        if items is None or items is LATER:
            items = Scanner(self.layout.data, frozenset()).items_of(element, self.layout.syntax)
        return items or []

    def _region(self, item: Item, field: str) -> Rectangle:
        texts = Texts(replace(self.layout, syntax=item.syntax), item.elements, lenient=True)
        edges = [texts.text(tag) for tag in REGION_EDGES]
        if not all(edge.isascii() and edge.isdigit() for edge in edges):
            raise ActionError(f"alter_pixels: an item of {field} does not say where its region is")
        return Rectangle(*map(int, edges))


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be blanked of one object.

    Attributes:
        layers: strokes of each recipe, in order; what one of them blanks is blanked.
        labels: how many labels hold.
    """

    layers: tuple[tuple[Stroke, ...], ...]
    labels: int


def demanded(pixels: Pixels, observed: Observed) -> Demand | None:
    """Return what the labels that hold for an object paint; None when nothing is blanked.

    Raises:
        ActionError: a recipe blacklists the object, or what a label asks for cannot be found out.
    """
    layers, labels = [], 0
    for recipe in pixels.recipes:
        held = _held(recipe, observed)
        strokes = tuple(stroke for label in held for paint in label.paints for stroke in _strokes(paint, observed))
        if any(stroke.blank for stroke in strokes):
            layers.append(strokes)
            labels += sum(any(paint.blank for paint in label.paints) for label in held)
    return Demand(tuple(layers), labels) if layers else None


def _held(recipe: Recipe, observed: Observed) -> list[Label]:
    """Return the labels that hold; the first group with one decides whether the object is fit for release."""
    held = [label for label in recipe.labels if label.when is None or holds(label.when, observed)]
    deciding = next((label for label in held if label.when is not None), None)
    if deciding is not None and deciding.group == BLACKLIST:
        raise ActionError(
            f"alter_pixels: the recipe {recipe.name} blacklists such objects (line {deciding.line}); "
            "blank or whitelist them in a label before that, or leave the file out"
        )
    return held


def _strokes(paint: Paint, observed: Observed) -> Iterator[Stroke]:
    if not paint.regions:
        yield Stroke(paint.blank, paint.part)
        return
    regions = observed.regions(paint.regions)
    if paint.blank and not regions:
        raise ActionError(f"alter_pixels: regions of {paint.regions} are to be blanked, and the object has none")
    yield from (Stroke(paint.blank, region) for region in regions)
