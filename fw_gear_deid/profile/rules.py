"""Entries of ``fields`` and ``groups``: one action each, with its options."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid import __version__
from fw_gear_deid.actions import ACTIONS, Keep, Kind, Option, OptionError, Options
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.model import Rule
from fw_gear_deid.profile.nodes import ListNode, MapNode, ValueNode
from fw_gear_deid.profile.replacing import read_replacement
from fw_gear_deid.profile.settings import NAME, REGEX
from fw_gear_deid.profile.typed import WRONG, compiled, read_value

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from fw_gear_deid.actions import Action, ActionType, Scalar
    from fw_gear_deid.problems import Mark
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.model import Setting
    from fw_gear_deid.profile.nodes import Entry, Node
    from fw_gear_deid.profile.settings import SectionType

_NAME: Final = Option(NAME, Kind.TEXT)
_REGEX: Final = Option(REGEX, Kind.TEXT)
_EVERY_OPTION: Final[Mapping[str, tuple[str, ...]]] = {
    option.name: tuple(kind.key for kind in ACTIONS.values() if option.name in {each.name for each in kind.options})
    for action in ACTIONS.values()
    for option in action.options
}
"""Every option of any action, with the actions that have it."""


@dataclass(frozen=True, slots=True)
class SectionContext:
    """What the rules of a section are read by.

    Attributes:
        kind: the section's type.
        settings: its settings.
        marks: where settings are written, by name.
        today: what relative limits count from.
        found: takes what is wrong.
    """

    kind: SectionType
    settings: Mapping[str, Setting]
    marks: Mapping[str, Mark]
    today: dt.date
    found: Findings


@dataclass(frozen=True, slots=True)
class Deed:
    """The action of an entry, and what the profile gives for it."""

    action: Action
    written: Mapping[str, Setting]


def read_rules(node: Node, context: SectionContext) -> tuple[Rule, ...]:
    """Return the rules of a ``fields`` list, in order; wrong ones are noted and left out."""
    return tuple(
        rule
        for entry in entries_of(node, "fields", "{name: PatientName, remove: true}", context.found)
        if (rule := _rule(entry, context)) is not None
    )


def entries_of(node: Node, what: str, example: str, found: Findings) -> tuple[MapNode, ...]:
    """Return the mappings of a list; nothing written is an empty list."""
    if isinstance(node, ValueNode) and node.value is None:
        return ()
    if not isinstance(node, ListNode):
        if not (isinstance(node, ValueNode) and node.is_template):
            found.error(node.mark, f"{what} must be a list of entries such as - {example}")
        return ()
    for item in node.items:
        if not isinstance(item, MapNode) and not (isinstance(item, ValueNode) and item.is_template):
            found.error(item.mark, f"an entry of {what} must look like - {example}")
    return tuple(item for item in node.items if isinstance(item, MapNode))


def _rule(node: MapNode, context: SectionContext) -> Rule | None:
    named = _selector(node, context)
    deed = read_deed(node, (NAME, REGEX), context)
    if named is None or deed is None:
        return None
    name, regex = named
    return Rule(deed.action, name, regex, node.mark, deed.written)


def _selector(node: MapNode, context: SectionContext) -> tuple[str, re.Pattern[str] | None] | None:
    """Return name and regular expression of an entry, one of them empty; None after noting what is wrong."""
    name, regex = node.get(NAME), node.get(REGEX)
    if name is None and regex is None:
        context.found.error(node.mark, "this entry names no field; add name: …")
        return None
    if name is not None and regex is not None:
        context.found.error(regex.mark, "this entry has both name and regex; keep one of them")
        return None
    if name is not None:
        text = _field_name(name, context)
        return (text, None) if text else None
    return _field_regex(regex, context) if regex is not None else None


def _field_name(entry: Entry, context: SectionContext) -> str:
    text = read_name(entry.node, context.found)
    if not text:
        return ""
    allowed = context.kind.named
    if allowed and text not in allowed:
        hint = did_you_mean(text, allowed)
        message = f"the {context.kind.name} section has no field of this name, only: {', '.join(allowed)}{hint}"
        context.found.error(entry.node.mark, message)
        return ""
    separator = context.settings.get("separator")
    if isinstance(separator, str) and separator and "" in text.split(separator):
        context.found.error(entry.node.mark, f"a part of the path between two separators ({separator}) is empty")
        return ""
    return text


def _field_regex(entry: Entry, context: SectionContext) -> tuple[str, re.Pattern[str] | None] | None:
    if not context.kind.regex:
        context.found.error(entry.mark, f"the {context.kind.name} section takes no regex; name each field")
        return None
    text = read_value(_REGEX, entry.node, context.found)
    if not isinstance(text, str):
        return None
    if not text:
        context.found.error(entry.node.mark, "regex is empty and would match every field; write '.*' if that is meant")
        return None
    regex = compiled(text, REGEX, entry.node, context.found)
    return None if regex is None else ("", regex)


_HEX_TAG: Final = re.compile("0[xX][0-9A-Fa-f]{8}")
"""A tag that YAML reads as the number it is, with or without quotes."""


def read_name(node: Node, found: Findings) -> str:
    """Return a name, ``""`` after noting what is wrong with it."""
    if isinstance(node, ValueNode) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        if _HEX_TAG.fullmatch(node.text):
            return node.text
        # YAML reads 00100020 as octal: the tag would be another one.
        found.error(node.mark, f"name reads as a number; put it in quotes: '{shown(node.text)}'")
        return ""
    text = read_value(_NAME, node, found)
    if isinstance(text, str) and not text.strip():
        found.error(node.mark, "name is empty; name a field")
        return ""
    return text if isinstance(text, str) else ""


def read_deed(node: MapNode, selectors: tuple[str, ...], context: SectionContext) -> Deed | None:
    """Return what an entry does to its field: its one action, ``keep`` when none is written.

    Args:
        node: the entry.
        selectors: the keys that say which field it is.
        context: the section.

    Returns:
        None when it does nothing (an action that is ``false``, with a warning) or is wrong, which is noted.
    """
    others = [entry for entry in node.entries if entry.key not in selectors]
    acting = [entry for entry in others if entry.key in ACTIONS]
    if len(acting) > 1:
        words = " and ".join(entry.key for entry in acting)
        context.found.error(acting[1].mark, f"this entry has several actions ({words}); write one entry for each")
    kind = ACTIONS[acting[0].key] if acting else None
    options = _rule_options([entry for entry in others if entry.key not in ACTIONS], kind, context)
    if len(acting) > 1 or options is None:
        return None
    if kind is None:
        return Deed(Keep(), {Keep.key: True})
    return _deed(acting[0], kind, options, node, context)


def _rule_options(
    entries: Iterable[Entry], kind: ActionType | None, context: SectionContext
) -> dict[str, Setting] | None:
    """Return the options of an entry; None after noting what is wrong with any of them."""
    known = {} if kind is None else {option.name: option for option in kind.options}
    options: dict[str, Setting] = {}
    good = True
    for entry in entries:
        if entry.key in known:
            value = read_value(known[entry.key], entry.node, context.found)
            if value is not WRONG:
                options[entry.key] = value
                continue
        else:
            context.found.error(entry.mark, _unknown(entry.key, kind, context))
        good = False
    return options if good else None


def _unknown(key: str, kind: ActionType | None, context: SectionContext) -> str:
    """Return what is wrong with a key of an entry that its action does not know."""
    if key in _EVERY_OPTION:
        what = "an entry without an action" if kind is None else kind.key
        return f"{key} has no meaning for {what}; it belongs to {', '.join(_EVERY_OPTION[key])}"
    if key in context.settings:
        return f"{key} is no option of an entry; set it for the whole {context.kind.name} section"
    options = () if kind is None else (option.name for option in kind.options)
    known = (NAME, REGEX, *ACTIONS, *options)
    return f"unknown key or action {shown(key)}{did_you_mean(key, known)}"


def _deed(
    entry: Entry, kind: ActionType, options: dict[str, Setting], node: MapNode, context: SectionContext
) -> Deed | None:
    found = context.found
    if kind.build is None:
        message = f"{kind.key} is not available yet in version {__version__}; remove this entry or use another action"
        found.error(entry.mark, message)
        return None
    value: Scalar | tuple[str, ...] = ""
    if kind.takes_value:
        given = read_replacement(entry.node, context.kind.values or context.kind.name, found)
        if given is None:
            return None
        value = given
    elif not _is_on(entry, found):
        return None
    try:
        action = kind.build(
            Options(context.today, context.settings, options, context.kind.missing, context.kind.name == "dicom", value)
        )
    except OptionError as error:
        written = node.get(error.option)
        mark = written.mark if written is not None else context.marks.get(error.option, entry.mark)
        found.error(mark, str(error))
        return None
    return Deed(action, {kind.key: value if kind.takes_value else True, **options})


def _is_on(entry: Entry, found: Findings) -> bool:
    """Return whether a boolean action is ``true``; anything else is noted."""
    node = entry.node
    if isinstance(node, ValueNode):
        if node.value is True or node.is_template:
            return node.value is True
        if node.value is False:
            found.warning(entry.mark, f"{entry.key}: false does nothing; the entry counts as if it were not there")
            return False
    found.error(node.mark, f"{entry.key} must be true, or the entry left out")
    return False
