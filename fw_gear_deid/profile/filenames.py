"""Entries of ``filenames``: how a copy is named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.model import FilenameRule, Variable
from fw_gear_deid.profile.rules import entries_of, read_deed, read_name
from fw_gear_deid.profile.settings import FILENAME_KEYS, NAME
from fw_gear_deid.profile.typed import WRONG, compiled, read_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Entry, MapNode, Node
    from fw_gear_deid.profile.rules import Deed, SectionContext

_OPTIONS: Final = {option.name: option for option in FILENAME_KEYS}
_PARTS: Final = re.compile(r"\{([^{}]*)\}|([{}])|[^{}]+")
_VARIABLE: Final = re.compile(r"[^\s{}!:][^{}!:]*")


def read_filenames(node: Node, context: SectionContext) -> tuple[FilenameRule, ...]:
    """Return the rules of a ``filenames`` list, in order; wrong ones are noted and left out."""
    return tuple(
        rule
        for entry in entries_of(node, "filenames", "{output: '{SOPInstanceUID}.dcm'}", context.found)
        if (rule := _filename_rule(entry, context)) is not None
    )


def _filename_rule(node: MapNode, context: SectionContext) -> FilenameRule | None:
    found = context.found
    for entry in node.entries:
        if entry.key not in _OPTIONS:
            found.error(entry.mark, f"unknown key {shown(entry.key)}{did_you_mean(entry.key, _OPTIONS)}")
    regex = _input_regex(node.get("input-regex"), found)
    groups = () if regex is None else tuple(regex.groupindex)
    deeds = _groups(node.get("groups"), groups, context)
    named = node.get("output")
    if named is None:
        found.error(node.mark, "this entry of filenames has no output; say how the copy is named")
        return None
    output = _output(named, groups, context)
    if output is None:
        return None
    actions = {name: deed.action for name, deed in deeds.items()}
    return FilenameRule(output, regex, actions, node.mark, {name: deed.written for name, deed in deeds.items()})


def _input_regex(entry: Entry | None, found: Findings) -> re.Pattern[str] | None:
    if entry is None:
        return None
    text = read_value(_OPTIONS["input-regex"], entry.node, found)
    return compiled(text, "input-regex", entry.node, found) if isinstance(text, str) else None


def _output(entry: Entry, groups: tuple[str, ...], context: SectionContext) -> tuple[str | Variable, ...] | None:
    found = context.found
    text = read_value(_OPTIONS["output"], entry.node, found)
    if text is WRONG or not isinstance(text, str):
        return None
    if not text.strip():
        found.error(entry.node.mark, "output is empty; say how the copy is named")
        return None
    parts: list[str | Variable] = []
    for match in _PARTS.finditer(text):
        if match[2]:
            found.error(entry.node.mark, "output has a brace without its partner; fields are written {like_this}")
            return None
        parts.append(match[0] if match[1] is None else Variable(match[1]))
    names = [part.name for part in parts if isinstance(part, Variable)]
    good = [_is_variable(name, entry.node, groups, context) for name in names]
    return tuple(parts) if all(good) else None


def _is_variable(name: str, node: Node, groups: Iterable[str], context: SectionContext) -> bool:
    if not _VARIABLE.fullmatch(name):
        context.found.error(node.mark, "output: between braces stands the name of a field or a group, nothing else")
        return False
    if not context.kind.fields and name not in groups:
        hint = did_you_mean(name, groups)
        message = f"output: {{{shown(name)}}} is no group of input-regex, written (?P<{shown(name)}>…){hint}"
        context.found.error(node.mark, message)
        return False
    return True


def _groups(entry: Entry | None, names: tuple[str, ...], context: SectionContext) -> Mapping[str, Deed]:
    """Return the actions on groups of the regular expression, by group."""
    deeds: dict[str, Deed] = {}
    if entry is None:
        return deeds
    for node in entries_of(entry.node, "groups", "{name: group, hash: true}", context.found):
        named = node.get(NAME)
        if named is None:
            context.found.error(node.mark, "this entry names no group; add name: …")
            name = ""
        else:
            name = read_name(named.node, context.found)
        deed = read_deed(node, (NAME,), context)
        if name and name not in names:
            hint = did_you_mean(name, names)
            message = f"{shown(name)} is no group of input-regex, written (?P<{shown(name)}>…){hint}"
            context.found.error(node.mark, message)
        elif name in deeds:
            context.found.error(node.mark, f"{shown(name)} has two entries; a group takes one action")
        elif name and deed is not None:
            deeds[name] = deed
    return deeds
