"""Rules for what a profile left although PS3.15 Table E.1-1 calls it identifying, as lines to be pasted into it.

An action is chosen by the code of the Basic Profile: U a new UID; X remove; Z empty; D a dummy. Of combinations, which
depend on what the object must have, the one that leaves most is chosen, for it is right for every object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.profile.generating import DraftRule, entry
from fw_gear_deid.standard.confidentiality import ProfileOption, identifying
from fw_gear_deid.trial.purpose import RECURSE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from fw_gear_deid.actions import Setting
    from fw_gear_deid.profile.model import Section
    from fw_gear_deid.trial.coverage import Covered

REMOVE: Final[Mapping[str, Setting]] = {"remove": True}
MOVES: Final = {"DA": "increment-date", "DT": "increment-datetime"}
DUMMIES: Final = {
    **dict.fromkeys(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"), "ANON"),
    **dict.fromkeys(("DS", "IS", "FD", "FL", "SL", "SS", "UL", "US"), "0"),
    "AS": "000Y",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
}
"""What takes the place of a value that an object must have, by VR."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Lines for ``fields:`` of the ``dicom`` section.

    Attributes:
        lines: YAML.
        count: number of rules in them.
        unnamed: number of elements that no rule can name: private ones without a creator, what they hold, and private
            ones inside sequences that rules do not enter. ``remove-private-tags`` removes them.
    """

    lines: tuple[str, ...] = ()
    count: int = 0
    unnamed: int = 0


def suggestions(remaining: Iterable[Covered], section: Section) -> Suggestions:
    """Return rules for what was left.

    Args:
        remaining: what was left.
        section: the ``dicom`` section of the profile: dates are moved only if it says by how many days.
    """
    left = _outermost(list(remaining), section)
    named = [each for each in left if _can_be_named(each, section)]
    rules = {rule.name: rule for each in named if (rule := _rule(each, section)) is not None}
    lines = tuple(f"    {line}" for rule in rules.values() for line in entry(rule))
    return Suggestions(lines, len(rules), len(left) - len(named))


def _outermost(remaining: Collection[Covered], section: Section) -> list[Covered]:
    """Return what a rule is wanted for: not what is within a sequence that goes."""
    gone = tuple(f"{each.path}." for each in remaining if _action(each, section) == REMOVE)
    outermost = [each for each in remaining if not each.path.startswith(gone)]
    return sorted(outermost, key=lambda each: ("xx" in each.tag, each.path, each))


def _rule(element: Covered, section: Section) -> DraftRule | None:
    action, name = _action(element, section), _name(element, section)
    if action is None:
        return None
    if "replace-with" in action and "*" not in name:
        action = {**action, "replace-with-insert": False}
    return DraftRule(name, f"PS3.15: {element.action}", action)


def _can_be_named(element: Covered, section: Section) -> bool:
    if not element.creator:
        return "xx" not in element.path
    return "." not in element.path or section.flag(RECURSE)


def _name(element: Covered, section: Section) -> str:
    """Return how a profile names an element."""
    if element.creator:
        quote = "'" if '"' in element.creator else '"'
        return f"({element.tag[:4]},{quote}{element.creator}{quote},{element.tag[6:]})"
    return element.path.rpartition(".*.")[2] if section.flag(RECURSE) else element.path


def _action(element: Covered, section: Section) -> Mapping[str, Setting] | None:
    """Return what a rule does; None where rules for what is within a sequence do it."""
    codes, representation = element.action.rstrip("*").split("/"), element.representation
    if representation == "SQ":
        return _of_sequence(codes)
    if "U" in codes:
        return {"hashuid": True}
    if codes == ["X"] or representation not in DUMMIES:
        return REMOVE
    if representation in MOVES and section.settings["date-increment"] is not None and _is_moved(element):
        return {MOVES[representation]: True}
    return {"replace-with": DUMMIES[representation] if "D" in codes else ""}


def _is_moved(element: Covered) -> bool:
    """Whether the standard lets a date stay, moved: those of visits, not birth dates."""
    row = identifying(int(element.tag, 16))
    return row is not None and ProfileOption.MODIFIED_DATES in row.options


def _of_sequence(codes: list[str]) -> Mapping[str, Setting] | None:
    if "U" in codes:
        return None
    return REMOVE if "X" in codes else {"replace-with": ""}
