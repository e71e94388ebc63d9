"""``alter_pixels``: which regions are blanked in which images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.actions import Kind, Option
from fw_gear_deid.profile.entries import entries_of
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.nodes import ListNode, MapNode, ValueNode, is_null
from fw_gear_deid.profile.pixels.conditions import ConditionError, parse_condition
from fw_gear_deid.profile.pixels.recipes import (
    Label,
    Paint,
    Pixels,
    Recipe,
    RecipeError,
    parse_recipe,
    recipe_names,
    recipe_text,
    rectangle,
)
from fw_gear_deid.profile.settings import DETECT, KEEP, PIXEL_KEYS, PIXEL_RULE_KEYS, PIXELS, REMOVE, WHEN
from fw_gear_deid.profile.typed import by_place, read_value

if TYPE_CHECKING:
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Entry, Node
    from fw_gear_deid.profile.pixels.recipes import Rectangle

_EXAMPLE: Final = "{when: contains Modality US, remove: [0, 0, 800, 60]}"
_NAME: Final = Option(DETECT, Kind.TEXT)
MAX_RECIPE: Final = 1 << 20
"""Bytes that a recipe file may have."""


def read_pixels(entry: Entry, found: Findings) -> Pixels | None:
    """Return what ``alter_pixels`` asks for, None for nothing; what is wrong is noted."""
    if is_null(entry.node):
        return None
    if not isinstance(entry.node, MapNode):
        found.error(entry.node.mark, f"{entry.key} must hold {PIXELS}, {DETECT} or both")
        return None
    _note_unknown(entry.node, PIXEL_KEYS, found)
    detect, pixels = entry.node.get(DETECT), entry.node.get(PIXELS)
    written: dict[str, Any] = {}
    recipes: list[Recipe] = []
    if detect is not None:
        recipes += _detected(detect.node, written, found)
    if pixels is not None:
        recipes += _ruled(pixels.node, written, found)
    if not recipes and not found.failed:
        found.error(entry.mark, f"{entry.key} asks for nothing; list regions under {PIXELS} or recipes under {DETECT}")
    return Pixels(tuple(recipes), written) if recipes else None


def _note_unknown(node: MapNode, known: tuple[Option, ...], found: Findings) -> None:
    names = [option.name for option in known]
    for each in node.entries:
        if each.key not in names:
            found.error(each.mark, f"unknown key {shown(each.key)}{did_you_mean(each.key, names)}")


def _ruled(node: Node, written: dict[str, Any], found: Findings) -> list[Recipe]:
    """Return a recipe of one label for each entry of ``pixels``."""
    recipes = []
    for place, entry in enumerate(entries_of(node, PIXELS, _EXAMPLE, found), 1):
        _note_unknown(entry, PIXEL_RULE_KEYS, found)
        when, regions = _condition(entry, found), _regions(entry, found)
        if when is None or regions is None:
            continue
        text, condition = when
        keeps, rectangles = regions
        paints = [Paint(keeps is False, each) for each in rectangles]
        if keeps:
            paints.insert(0, Paint(blank=True))
        label = Label("", condition, tuple(paints))
        recipes.append(Recipe(f"entry {place} of {PIXELS}", (label,), entry.mark))
        edges = [[each.left, each.top, each.right, each.bottom] for each in rectangles]
        written.setdefault(PIXELS, []).append({WHEN: text, KEEP if keeps else REMOVE: edges})
    return recipes


def _condition(entry: MapNode, found: Findings) -> tuple[str, Any] | None:
    when = entry.get(WHEN)
    if when is None:
        found.error(entry.mark, "this entry does not say which images it is for; add when: …")
        return None
    text = read_value(Option(WHEN, Kind.TEXT), when.node, found)
    if not isinstance(text, str):
        return None
    if isinstance(when.node, ValueNode) and when.node.brings("+|\n"):
        found.error(when.node.mark, f"{WHEN}: a value that is filled in has a sign that would begin another condition")
        return None
    try:
        return text, parse_condition(text)
    except ConditionError as error:
        line = f" (line {error.line} of it)" if "\n" in text.strip() else ""
        found.of_value(when.node.mark, f"{WHEN}{line}: {error}")
        return None


def _regions(entry: MapNode, found: Findings) -> tuple[bool, tuple[Rectangle, ...]] | None:
    """Return whether an entry keeps its regions, and the regions."""
    written = [each for each in entry.entries if each.key in {KEEP, REMOVE}]
    if len(written) != 1:
        mark = written[1].mark if written else entry.mark
        found.error(mark, f"an entry of {PIXELS} has one of {REMOVE} and {KEEP}, such as - {_EXAMPLE}")
        return None
    node = written[0].node
    several = isinstance(node, ListNode) and any(isinstance(item, ListNode) for item in node.items)
    items: tuple[Node, ...] = node.items if isinstance(node, ListNode) and several else (node,)
    rectangles = [_rectangle(item, written[0].key, found) for item in items]
    good = tuple(each for each in rectangles if each is not None)
    return (written[0].key == KEEP, good) if len(good) == len(rectangles) else None


def _rectangle(node: Node, key: str, found: Findings) -> Rectangle | None:
    items = node.items if isinstance(node, ListNode) else ()
    if any(isinstance(item, ValueNode) and item.is_template for item in items):
        return rectangle([0, 0, 1, 1])  # stands in for what is not known yet
    numbers = [_whole_number(item) for item in items]
    if not numbers or None in numbers:
        found.error(node.mark, f"{key} must be four whole numbers, [left, top, right, bottom], or a list of such")
        return None
    try:
        return rectangle([number for number in numbers if number is not None])
    except ValueError as error:
        found.error(node.mark, f"{key}: {error}")
        return None


def _whole_number(node: Node) -> int | None:
    value = by_place(Kind.INTEGER, node).value if isinstance(node, ValueNode) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _detected(node: Node, written: dict[str, Any], found: Findings) -> list[Recipe]:
    """Return the recipes that ``detect`` names: built-in ones, or files."""
    items: tuple[Node, ...] = node.items if isinstance(node, ListNode) else () if is_null(node) else (node,)
    recipes = []
    for item in items:
        if isinstance(item, ValueNode) and item.filling is not None:  # messages about files name recipes
            found.error(item.mark, f"{DETECT}: a recipe cannot be named by a template; write its name")
            continue
        name = read_value(_NAME, item, found)
        if not isinstance(name, str) or (text := _recipe_text(name, item, found)) is None:
            continue
        try:
            labels = parse_recipe(text)
        except RecipeError as error:
            found.error(item.mark, f"{DETECT}: {shown(name)}: {error}")
            continue
        if not labels:
            found.error(item.mark, f"{DETECT}: {shown(name)} holds no LABEL within a %filter")
            continue
        recipes.append(Recipe(name, labels, item.mark, shared=True))
        written.setdefault(DETECT, []).append(name)
    return recipes


def _recipe_text(name: str, node: Node, found: Findings) -> str | None:
    """Return the text of a recipe, None after noting why it cannot be had."""
    if name in recipe_names():
        return recipe_text(name)
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_RECIPE + 1)
        if len(data) > MAX_RECIPE:
            found.error(node.mark, f"{DETECT}: {shown(name)} is too large to be a recipe")
            return None
        return data.decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        names = recipe_names()
        hint = did_you_mean(name, names)
        why = f"there is no such file, and no built-in recipe of that name ({', '.join(names)}){hint}"
    except UnicodeDecodeError:
        why = "the file is not UTF-8 text"
    except (OSError, ValueError) as error:
        why = f"the file cannot be read: {error.strerror if isinstance(error, OSError) else 'bad name'}"
    found.error(node.mark, f"{DETECT}: {shown(name)}: {why}")
    return None
