"""References that a profile would leave pointing at UIDs it hashes (profile language, section 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.dicom.names import NameProblem, parse_name
from fw_gear_deid.formats.dicom.tags import SOP_INSTANCE_UID
from fw_gear_deid.problems import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.formats.dicom.names import Target
    from fw_gear_deid.profile.model import Rule, Section

REFERENCES: Final = (
    ("SOPInstanceUID", SOP_INSTANCE_UID, "ReferencedSOPInstanceUID", 0x00081155),
    ("FrameOfReferenceUID", 0x00200052, "ReferencedFrameOfReferenceUID", 0x30060024),
)
"""A UID and the element that refers to it from inside sequences: keyword and tag of each (PS3.3)."""

_HASHED: Final = "hashuid"


def broken_references(section: Section) -> Iterator[Problem]:
    """Yield a warning for each UID that a ``dicom`` section hashes while references to it stay as they are."""
    rules = [(rule, target) for rule in section.rules if (target := _target(rule)) is not None]
    if section.flag("remove-undefined") or any(
        rule.regex is not None and rule.action.key == _HASHED for rule in section.rules
    ):
        return  # nothing stays that no rule names, or what the expression matches depends on the data
    for keyword, tag, reference, referring in REFERENCES:
        hashing = [rule for rule, target in rules if target.tags == (tag,) and rule.action.key == _HASHED]
        if hashing and not any(_reaches(target, referring, section) for _, target in rules):
            recursion = "" if section.flag("recurse-sequence") else "set recurse-sequence: true and "
            message = (
                f"{keyword} is hashed, but references to it inside sequences are not and would lead nowhere; "
                f"{recursion}add the entry {{name: {reference}, hashuid: true}}"
            )
            yield Problem(message, hashing[0].mark, Severity.WARNING)


def _target(rule: Rule) -> Target | None:
    try:
        return parse_name(rule.name) if rule.regex is None else None
    except NameProblem:
        return None


def _reaches(target: Target, tag: int, section: Section) -> bool:
    return tag in target.tags and (bool(target.parents) or section.flag("recurse-sequence"))
