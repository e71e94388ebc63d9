"""What is allowed in a ``dicom`` section but seldom meant: rules that never act, values that elements cannot have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydicom import config
from pydicom.valuerep import validate_value

from fw_gear_deid.actions import ActionCode, Hash, HashUid, Pseudonym, Replace, variables
from fw_gear_deid.actions.subjects import LETTERS
from fw_gear_deid.formats.dicom.names import NameProblem, parse_name
from fw_gear_deid.formats.dicom.objections import vr_of
from fw_gear_deid.formats.dicom.references import broken_references
from fw_gear_deid.formats.dicom.syntax import PRIVATE_BIT
from fw_gear_deid.formats.dicom.values import CHARACTER_SET_VRS, NUMBER_FORMATS, TEXT_VRS
from fw_gear_deid.problems import Problem, Severity
from fw_gear_deid.profile.advice import KEEPS, twice_named
from fw_gear_deid.profile.nodes import TEMPLATE_SIGN
from fw_gear_deid.profile.regex.parsing import admits_text, demanded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fw_gear_deid.formats.dicom.names import Target
    from fw_gear_deid.profile.model import Rule, Section

_FREE: Final = (CHARACTER_SET_VRS - {"PN"}) | {"", "UN"}
"""Representations of text that may be anything, or that no dictionary knows."""

_DATED: Final = _FREE | {"DA", "DT"}
_NUMBERS: Final = frozenset(NUMBER_FORMATS) | {"DS", "IS", "", "UN"}
_DECIMAL: Final = frozenset({"DS", "IS"})
_MOVES: Final = frozenset({"increment-date", "increment-datetime"})
_IN_PATHS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.")
"""What paths of elements are made of: keywords, tags, item numbers."""

Named = tuple["Rule", "Target"]


def advise(section: Section) -> Iterator[Problem]:
    """Yield warnings about a ``dicom`` section."""
    named = [(rule, target) for rule in section.rules if (target := _target(rule)) is not None]
    targets = {id(rule): target for rule, target in named}
    known = [rule for rule in section.rules if rule.regex is not None or id(rule) in targets]
    yield from twice_named(known, lambda rule: _keys(targets[id(rule)]))
    yield from broken_references(section)
    yield from _within_removed(named)
    yield from _names_of_sources(section)
    for rule, target in named:
        if why := _out_of_reach(section, target) or _uncreatable(rule, target) or _misfit(rule, vr_of(target)):
            yield _warning(rule, why)
    for rule in section.rules:
        if rule.regex is not None and (signs := demanded(rule.regex.pattern) - _IN_PATHS):
            yield _warning(
                rule,
                f"this expression never matches: no path of an element has “{min(signs)}”; paths are written "
                "OtherPatientIDsSequence.0.PatientID and 00101002.0.00100020",
            )


def _target(rule: Rule) -> Target | None:
    try:
        return parse_name(rule.name) if rule.regex is None else None
    except NameProblem:
        return None


def _keys(target: Target) -> Sequence[object]:
    if target.private is not None:
        return (target.private,)
    return [(target.parents, tag) for tag in target.tags]


def _names_of_sources(section: Section) -> Iterator[Problem]:
    """Yield a warning for each file name that is made of the words of its source, unless some are changed."""
    for rule in section.filenames:
        regex = rule.input_regex
        if regex is None or any(action.key not in KEEPS for action in rule.groups.values()):
            continue
        groups = (name for name in variables(rule.output) if name in regex.groupindex)
        kept = next((name for name in groups if admits_text(regex.pattern, name)), None)
        if kept is not None:
            message = (
                f"{{{kept}}} keeps text of the original file name, which may identify someone; give the group an "
                "action, such as hash, or name copies by {SOPInstanceUID}"
            )
            yield Problem(message, rule.mark, Severity.WARNING)


def _within_removed(named: Sequence[Named]) -> Iterator[Problem]:
    """Yield a warning for each rule on an element inside a sequence that an earlier rule removes."""
    removed: dict[object, Rule] = {}
    for rule, target in named:
        around = ((target.parents[:depth], tag) for depth, (tag, _) in enumerate(target.parents))
        earlier = next((removed[key] for key in around if key in removed), None)
        if earlier is not None and not rule.action.inserts:
            yield _warning(rule, f"this entry never acts: line {earlier.mark.line} removes the sequence; delete it")
        if rule.action.key == "remove":
            removed |= dict.fromkeys(_keys(target), rule)


def _out_of_reach(section: Section, target: Target) -> str:
    """Return why a rule on a private tag never acts."""
    tags = [*(tag for tag, _ in target.parents), *target.tags[:1]]
    if section.flag("remove-private-tags") and any(tag & PRIVATE_BIT for tag in tags):
        return (
            "this entry never acts: remove-private-tags removes private elements that are named by number; name it by "
            'its creator, such as (0029, "SIEMENS CSA HEADER", 10)'
        )
    return ""


def _uncreatable(rule: Rule, target: Target) -> str:
    """Return why an element that is to be created when it is missing cannot be."""
    if vr_of(target) or not rule.action.inserts or not target.grows or len(target.tags) > 1:
        return ""
    return (
        "its value representation is in no dictionary, so files without it are withheld; to leave them as they are add "
        "replace-with-insert: false"
    )


def _misfit(rule: Rule, vr: str) -> str:
    """Return why an element's representation does not go with a rule's action."""
    match rule.action:
        case Replace(value=value):
            values = value if isinstance(value, tuple) else (value,)
            if vr in TEXT_VRS and not all(_is_valid(vr, str(each)) for each in values):
                return f"the value is none that DICOM allows for {vr}{_FORMS.get(vr, '')}; write another one"
            return ""
        case Hash(digits=digits):
            return _hashed(vr, digits or _ALL_DIGITS)
        case Pseudonym():
            fits = vr not in TEXT_VRS or _is_valid(vr, "A" * LETTERS)
            return "" if fits else f"a pseudonym is no value of {vr}{_FORMS.get(vr, '')}; use another action"
        case HashUid() | ActionCode(code="U"):
            doubt = f"an element of {vr} holds no UID, and files in which it is none are withheld; use hash"
            return "" if vr in {"UI", ""} else doubt
        case _:
            return _moved(rule, vr)


def _hashed(vr: str, digits: int) -> str:
    if vr in _DECIMAL:
        return f"a hash is no number, so files that have this element ({vr}) are withheld; remove or replace it"
    if vr in TEXT_VRS and not _is_valid(vr, "a" * digits):
        return f"a hash of {digits} digits is no value of {vr}{_FORMS.get(vr, '')}; use another action"
    return ""


def _moved(rule: Rule, vr: str) -> str:
    key = rule.action.key
    if key == "jitter" and vr not in _NUMBERS:
        return f"an element of {vr} holds no number, and files in which it is none are withheld; use another action"
    if key in _MOVES and vr not in _DATED:
        what = "a time of day without its date" if vr == "TM" else "no date"
        return f"an element of {vr} holds {what}, and files that have it are withheld; use another action"
    if key == "increment-date" and vr == "DT" and "date-format" not in rule.written:
        return "an element of DT holds a date with a time of day; use increment-datetime"
    return ""


_ALL_DIGITS: Final = 64
_FORMS: Final = {
    "AE": " (at most 16 characters)",
    "AS": " (three digits and D, W, M or Y: 037Y)",
    "CS": " (at most 16 capital letters, digits, blanks and _)",
    "DA": " (YYYYMMDD)",
    "DT": " (YYYYMMDDHHMMSS)",
    "LO": " (at most 64 characters)",
    "PN": " (at most 64 characters in each form of the name)",
    "SH": " (at most 16 characters)",
    "TM": " (HHMMSS)",
    "UI": " (at most 64 digits and dots, no part with a leading 0)",
}


def _is_valid(vr: str, value: str) -> bool:
    """Return whether a text is a value by the rules of PS3.5 table 6.2-1."""
    if TEMPLATE_SIGN in value:  # its value is not known yet
        return True
    parts = [value] if vr in {"LT", "ST", "UT", "UR"} else value.split("\\")
    try:
        for part in parts:
            validate_value(vr, part, config.RAISE)
    except ValueError:
        return False
    return True


def _warning(rule: Rule, message: str) -> Problem:
    return Problem(f"{rule.label}: {message}", rule.mark, Severity.WARNING)
