"""What is wrong with the rules of a ``dicom`` section: actions that an element cannot take, ambiguous names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import REMOVED, ActionCode, Clean, Occurrence, Pseudonym, RegexSub
from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.encryption.sealing import SEALED
from fw_gear_deid.formats.dicom.names import is_keyword
from fw_gear_deid.formats.dicom.syntax import META_GROUP, PIXEL_DATA_GROUP, known_vr
from fw_gear_deid.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.formats.dicom.names import Target
    from fw_gear_deid.profile.model import Rule, Section

_NAMING: Final = {"hash": "be hashed", Pseudonym.key: "hold a pseudonym"}
"""Actions that put letters and digits in the place of a value."""


def checked(rule: Rule, target: Target, *, recurse: bool) -> list[Problem]:
    """Return what is wrong with a rule's action on its element."""
    if target.parents and recurse:
        return [error(rule, "a nested name cannot be used with recurse-sequence; name the element alone")]
    if rule.action.key in SEALED and any(tag >> 16 in {META_GROUP, PIXEL_DATA_GROUP} for tag in target.tags):
        return [error(rule, f"{rule.action.key} cannot act on file meta information or pixel data")]
    vr = vr_of(target)
    if rule.action.key == "replace-with":
        return _checked_value(rule, vr)
    cleans = isinstance(rule.action, ActionCode) and rule.action.cleans
    objection = _objection(Clean.key if cleans else rule.action.key, vr)
    return [error(rule, objection)] if objection else []


def _objection(key: str, vr: str) -> str:
    """Return why an action cannot act on elements of a representation; ``""`` where it can, or none is known."""
    if key in _NAMING and vr in values.UNHASHABLE_VRS:
        return f"an element of {vr} cannot {_NAMING[key]}{'; use hashuid' if vr == 'UI' else ''}"
    if key == Clean.key and vr and vr not in values.CLEANABLE_VRS:
        return f"an element of {vr} holds no words to be cleaned; remove it, empty it, or move its date"
    if key == RegexSub.key and vr and vr not in values.LEGIBLE_VRS:
        return f"an element of {vr} holds no text that a regular expression could match"
    return ""


def _checked_value(rule: Rule, vr: str) -> list[Problem]:
    """Return why a ``replace-with`` value cannot stand in its element."""
    value = rule.action.apply("", Occurrence("", ""))
    if not vr or value is None or value is REMOVED:
        return []
    try:
        values.write(vr, value, values.Coding(("utf-8",)))
    except ActionError:
        kind = "a sequence can only be emptied: replace-with: ''" if vr == "SQ" else f"the value does not fit {vr}"
        return [error(rule, kind)]
    return []


def vr_of(target: Target) -> str:
    """Return the dictionary's value representation of what a name stands for, or ``""``."""
    if target.private is not None:
        vr = values.implicit_vr(target.private.within(0x10), target.private.creator)
        return "" if vr == "UN" else vr
    vr = known_vr(target.tags[0]) if target.tags else ""
    return values.AMBIGUOUS.get(vr, vr)


def ambiguous_groups(section: Section) -> Iterator[Problem]:
    """Yield a problem for each group of ``input-regex`` that is called like an element."""
    for rule in section.filenames:
        for group in rule.input_regex.groupindex if rule.input_regex is not None else ():
            if is_keyword(group):
                message = f"filenames: the group “{group}” has the name of an element; give it another name"
                yield Problem(message, rule.mark)


def error(rule: Rule, message: str) -> Problem:
    """Return an error about a rule."""
    return Problem(f"{rule.label}: {message}", rule.mark)
