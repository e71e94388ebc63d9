"""Rules by action code, told what the object must have: the tables of ``levels`` for one SOP class.

A sequence that code D stands for keeps its items, and in them its structure: codes of public schemes, numbers,
references, and what rules name. Every other value in it becomes a dummy (PS3.15 leaves open what a dummy item is).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Keep
from fw_gear_deid.actions.coded import ActionCode, Dummy
from fw_gear_deid.formats.dicom.dummies import TELLING_VRS
from fw_gear_deid.formats.dicom.levels import Level, Step
from fw_gear_deid.formats.dicom.scope import LAST_BLOCK
from fw_gear_deid.formats.dicom.syntax import SPECIFIC_CHARACTER_SET, is_private, known_vr
from fw_gear_deid.formats.dicom.tags import (
    CODE_MEANING,
    CODE_VALUE,
    CODING_SCHEME_DESIGNATOR,
    CODING_SCHEME_VERSION,
    LONG_CODE_VALUE,
    URN_CODE_VALUE,
)
from fw_gear_deid.standard.types import TOP, Need, need

if TYPE_CHECKING:
    from fw_gear_deid.formats.dicom.scanner import Element, Item

CODE: Final = (
    CODE_VALUE,
    CODING_SCHEME_DESIGNATOR,
    CODING_SCHEME_VERSION,
    CODE_MEANING,
    LONG_CODE_VALUE,
    URN_CODE_VALUE,
)
PRIVATE_SCHEMES: Final = (b"99", b"L")
"""How designators of private and of local coding schemes begin (PS3.3 section 8.2)."""

BLANK: Final = Step(-1, Dummy(), "")
"""What is done to a value that no rule names, within a sequence that becomes a dummy."""
_SPARED: Final = dict.fromkeys(CODE, (Step(-1, Keep(), ""),))


@dataclass(frozen=True, slots=True)
class Coded:
    """The tables of one SOP class, derived when first met.

    Attributes:
        sop_class: what decides on action codes.
    """

    sop_class: str
    _known: dict[tuple[int, int, bool], Level] = field(default_factory=dict)

    def root(self, level: Level) -> Level:
        """Return the rules of the data set."""
        return self._resolved(level, TOP)

    def within(self, outer: Level, sequence: int, level: Level | None) -> Level | None:
        """Return the rules of an item.

        Args:
            outer: the rules of the data set around it, as this class made them.
            sequence: the tag of its sequence.
            level: its rules, action codes and all; None when nothing is named in it.
        """
        becomes_dummy = any(step.action.key == Dummy.key for step in outer.steps.get(sequence, ()))
        blank = becomes_dummy or outer.blank is not None
        if level is None and not blank:
            return None
        key = (id(level), sequence, blank)
        if key not in self._known:
            made = self._resolved(level or Level(()), sequence)
            # The codes of the sequence itself go: they say who or what it tells of.
            spared = None if becomes_dummy else replace(made, steps={**made.steps, **_SPARED}, blank=BLANK)
            self._known[key] = replace(made, blank=BLANK, spared=spared) if blank else made
        return self._known[key]

    def _resolved(self, level: Level, sequence: int) -> Level:
        steps = {tag: _resolved(steps, need(self.sop_class, sequence, tag)) for tag, steps in level.steps.items()}
        families = {number: _resolved(steps, Need.NOTHING) for number, steps in level.families.items()}
        return replace(level, steps=steps, families=families, coded=self.within, source=level)


def _resolved(steps: tuple[Step, ...], needed: Need) -> tuple[Step, ...]:
    """Return the steps of an element whose action codes mean one thing."""
    if len(steps) == 1:
        return _resolved_code(steps[0], needed) if isinstance(steps[0].action, ActionCode) else steps
    return tuple(each for step in steps for each in _resolved((step,), needed))


@lru_cache(maxsize=1 << 14)
def _resolved_code(step: Step, needed: Need) -> tuple[Step, ...]:
    """Return what an action code means; equal ones are one tuple, so that their work is remembered together."""
    assert isinstance(step.action, ActionCode)  # noqa: S101  # for the type checker
    first, *others = step.action.resolved(needed)
    return replace(step, action=first), *(replace(step, rule=-1, action=other) for other in others)


def rules_of_item(level: Level, item: Item, data: bytes) -> Level:
    """Return the rules of an item of a sequence that becomes a dummy: a code of a public scheme stays."""
    if level.spared is not None:
        for tag, _, _, value, stop, _ in item.elements:
            if tag == CODING_SCHEME_DESIGNATOR and not data[value:stop].startswith(PRIVATE_SCHEMES):
                return level.spared
    return level


def is_telling(element: Element) -> bool:
    """Whether the value of an element is one that can tell a person, where nothing says what it is."""
    tag, vr, _, _, _, items = element
    if items is not None or tag == SPECIFIC_CHARACTER_SET or not tag & 0xFFFF:
        return False
    if is_private(tag) and tag & 0xFFFF <= LAST_BLOCK:
        return False
    return (vr.decode("latin-1") or known_vr(tag) or "UN") in TELLING_VRS
