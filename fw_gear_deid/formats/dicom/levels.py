"""The rules of a ``dicom`` section as tables: what happens to which tag, at which depth.

A ``Level`` answers for one data set: the file's own, or an item's. Levels of items are derived when first met and kept.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pydicom.datadict import keyword_for_tag

from fw_gear_deid.actions import Scrub
from fw_gear_deid.formats.dicom.syntax import PRIVATE_BIT

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from fw_gear_deid.actions import Action
    from fw_gear_deid.formats.dicom.names import PrivateTag, Target

KEPT_PATHS: Final = 100_000

LAST: Final = sys.maxsize
"""The turn of what is done after all rules."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rule, as it acts on one element.

    Attributes:
        rule: its place in the section's ``fields``; -1 for an element that a file name needs.
        action: what it does.
        label: its name in the log.
        is_flat: whether it acts on one element at most, whose value is logged as it is.
        depth: how many sequences a flat name leads through.
        regex: what it finds its elements by; None when it names them.
        turn: when it acts, among the rules of the section; -1: before them.
        or_removed: whether a value that it cannot work on is removed, rather than the file withheld.
    """

    rule: int
    action: Action
    label: str
    is_flat: bool = True
    depth: int = 0
    regex: re.Pattern[str] | None = None
    turn: int = -1
    or_removed: bool = False


SCRUBBING: Final = (Step(-1, Scrub(), ""),)
"""What is done to a text that no rule names, if the profile scrubs."""


@dataclass(frozen=True, slots=True)
class Regexes:
    """The rules by regular expression, matched against both paths of every element at every depth."""

    steps: tuple[Step, ...]
    _known: dict[tuple[int, ...], tuple[Step, ...]] = field(default_factory=dict, compare=False)

    def matching(self, path: tuple[int, ...]) -> tuple[Step, ...]:
        """Return the steps for an element by its path: tag, item, tag, …, tag.

        A rule that matches both the keywords and the hexadecimal digits acts once.
        """
        steps = self._known.get(path)
        if steps is None:
            if len(self._known) >= KEPT_PATHS:
                self._known.clear()
            names = dotted(path)
            steps = tuple(step for step in self.steps if step.regex and any(map(step.regex.match, names)))
            self._known[path] = steps
        return steps


@lru_cache(maxsize=1 << 14)
def dotted(path: tuple[int, ...]) -> tuple[str, ...]:
    """Return an element's dotted path: in keywords where every tag has one, and in hexadecimal digits."""
    parts = [str(part) if place % 2 else f"{part:08x}" for place, part in enumerate(path)]
    words = [str(part) if place % 2 else keyword_for_tag(part) for place, part in enumerate(path)]
    digits = ".".join(parts)
    return (".".join(words), digits) if all(words) else (digits,)


@dataclass(slots=True)
class Level:
    """The rules for one data set. Not changed after it was made, but for the levels it has derived.

    Attributes:
        steps: by tag.
        private: by group, creator and offset.
        families: by the first byte of their tags, for all elements of repeating groups.
        inserts: tags that a step may create, ascending.
        private_inserts: private elements that a step may create.
        parents: tags of the sequences that a nested rule names.
        coded: makes the rules of an item of these, its sequence and its rules by action code, told what the object must
            have; None: there are no such rules.
        source: the rules by action code that these were made of.
        blank: what happens to values that no rule names, within a sequence that becomes a dummy.
        spared: these rules for an item that is a code of a public scheme, which stays.
    """

    targets: tuple[tuple[Target, Step], ...]
    recurse: bool = False
    steps: dict[int, tuple[Step, ...]] = field(default_factory=dict)
    private: dict[tuple[int, str, int], tuple[Step, ...]] = field(default_factory=dict)
    families: dict[int, tuple[Step, ...]] = field(default_factory=dict)
    inserts: tuple[int, ...] = ()
    private_inserts: tuple[PrivateTag, ...] = ()
    parents: frozenset[int] = frozenset()
    coded: Callable[[Level, int, Level | None], Level | None] | None = None
    source: Level | None = None
    blank: Step | None = None
    spared: Level | None = None
    _items: dict[tuple[int, int | None], Level] = field(default_factory=dict)
    _named: frozenset[tuple[int, int]] = frozenset()
    _below: Level | None = None
    _removed: dict[int, Step] | None = field(default=None, init=False)

    @property
    def removed(self) -> dict[int, Step]:
        """By tag, the step of each standard element that one step alone is for, which removes it: the common case."""
        if self._removed is None:
            self._removed = {
                tag: steps[0]
                for tag, steps in self.steps.items()
                if len(steps) == 1 and steps[0].action.key == "remove" and not self._has_others(tag)
            }
        return self._removed

    def _has_others(self, tag: int) -> bool:
        return bool(tag & PRIVATE_BIT) or tag >> 24 in self.families

    def item(self, tag: int, index: int) -> Level | None:
        """Return the rules for item ``index`` of the sequence ``tag``; None when nothing is named in it."""
        if self.coded is not None and self.source is not None:
            return self.coded(self, tag, self.source.item(tag, index))
        if self.recurse:
            if self._below is None:
                self._below = replace(self, inserts=(), private_inserts=(), _items={})
            return self._below
        if tag not in self.parents:
            return None
        key = (tag, index if (tag, index) in self._named else None)
        level = self._items.get(key)
        if level is None:
            level = self._items[key] = level_of(tuple(_inside(self.targets, tag, index)))
        return level

    def items_created(self, tag: int) -> int:
        """Return how many items the sequence ``tag`` must have for the nested rules that create elements."""
        if self.recurse:
            return 0
        return max((index + 1 for index in map(_created_in(tag), self.targets) if index is not None), default=0)


def _created_in(tag: int) -> Callable[[tuple[Target, Step]], int | None]:
    """Return a function that tells in which item of ``tag`` a target creates an element, if it does."""

    def index_of(pair: tuple[Target, Step]) -> int | None:
        target, step = pair
        named = target.parents and target.parents[0][0] == tag
        return target.parents[0][1] if named and target.grows and step.action.inserts else None

    return index_of


def _inside(targets: tuple[tuple[Target, Step], ...], tag: int, index: int) -> list[tuple[Target, Step]]:
    """Return what is named within an item, as seen from it."""
    found = []
    for target, step in targets:
        if target.parents and target.parents[0][0] == tag and target.parents[0][1] in {None, index}:
            found.append((replace(target, parents=target.parents[1:]), step))
    return found


def level_of(targets: tuple[tuple[Target, Step], ...], *, recurse: bool = False) -> Level:
    """Build the tables for one data set from what is named in it, in the order in which the rules act."""
    level = Level(targets, recurse)
    inserts: set[int] = set()
    private_inserts: dict[PrivateTag, None] = {}
    for target, step in targets:
        if target.parents:
            if step.action.inserts and target.grows:
                inserts.add(target.parents[0][0])
            continue
        for tag in target.tags:
            level.steps[tag] = (*level.steps.get(tag, ()), step)
        if target.family is not None:
            level.families[target.family] = (*level.families.get(target.family, ()), step)
        if step.action.inserts and len(target.tags) == 1:
            inserts.add(target.tags[0])
        if target.private is not None:
            key = (target.private.group, target.private.creator, target.private.offset)
            level.private[key] = (*level.private.get(key, ()), step)
            if step.action.inserts:
                private_inserts[target.private] = None
    level.inserts, level.private_inserts = tuple(sorted(inserts)), tuple(private_inserts)
    level.parents = frozenset(target.parents[0][0] for target, _ in targets if target.parents)
    level._named = frozenset(  # noqa: SLF001  # its own constructor
        (tag, index)
        for target, _ in targets
        if target.parents
        for tag, index in target.parents[:1]
        if index is not None
    )
    return level


def in_order(first: tuple[Step, ...], second: tuple[Step, ...]) -> tuple[Step, ...]:
    """Merge the steps of one element in the order in which they act."""
    return tuple(sorted((*first, *second), key=lambda step: step.turn)) if first and second else first or second
