"""Entries of ``fields``: which fields they name, and the action on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Kind, Option
from fw_gear_deid.profile.deeds import read_deed
from fw_gear_deid.profile.entries import entries_of, read_name
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.model import Rule
from fw_gear_deid.profile.nodes import ValueNode
from fw_gear_deid.profile.regex.compiling import compiled
from fw_gear_deid.profile.settings import LABEL, NAME, REGEX
from fw_gear_deid.profile.typed import read_value

if TYPE_CHECKING:
    import re

    from fw_gear_deid.profile.deeds import SectionContext
    from fw_gear_deid.profile.nodes import Entry, MapNode, Node

_REGEX: Final = Option(REGEX, Kind.TEXT)
_LABEL: Final = Option(LABEL, Kind.TEXT)


def read_rules(node: Node, context: SectionContext) -> tuple[Rule, ...]:
    """Return the rules of a ``fields`` list, in order; wrong ones are noted and left out."""
    return tuple(
        rule
        for entry in entries_of(node, "fields", "{name: PatientName, remove: true}", context.found)
        if (rule := _rule(entry, context)) is not None
    )


def _rule(node: MapNode, context: SectionContext) -> Rule | None:
    named = _selector(node, context)
    deed = read_deed(node, (NAME, REGEX, LABEL), context)
    label = "" if (entry := node.get(LABEL)) is None else read_value(_LABEL, entry.node, context.found)
    if named is None or deed is None or not isinstance(label, str):
        return None
    name, regex = named
    return Rule(deed.action, name, regex, node.mark, deed.written, _template(node), label)


def _template(node: MapNode) -> str:
    """Return the template that the name or regular expression of an entry was filled from, ``""`` if it was none."""
    named = node.get(NAME) or node.get(REGEX)
    filling = named.node.filling if named is not None and isinstance(named.node, ValueNode) else None
    return "" if filling is None else filling.template


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
    if not text or (isinstance(entry.node, ValueNode) and entry.node.is_template):
        return text
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
