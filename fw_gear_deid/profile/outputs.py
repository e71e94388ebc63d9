"""``input-regex`` and ``output``: a regular expression that takes text apart, a template that puts it together anew."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Kind, Option, Template, Variable, variables
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.nodes import ValueNode
from fw_gear_deid.profile.regex.compiling import compiled
from fw_gear_deid.profile.typed import read_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Entry, MapNode

_REGEX: Final = Option("input-regex", Kind.TEXT)
_OUTPUT: Final = Option("output", Kind.TEXT)
_PARTS: Final = re.compile(r"\{([^{}]*)\}|([{}])|[^{}]+")
_VARIABLE: Final = re.compile(r"[^\s{}!:][^{}!:]*")


def check_keys(node: MapNode, options: Iterable[Option], found: Findings) -> None:
    """Note the keys of an entry that are none of these."""
    known = [option.name for option in options]
    for entry in node.entries:
        if entry.key not in known:
            found.error(entry.mark, f"unknown key {shown(entry.key)}{did_you_mean(entry.key, known)}")


def read_regex(entry: Entry, found: Findings) -> re.Pattern[str] | None:
    """Return an ``input-regex``; None after noting what is wrong with it."""
    text = read_value(_REGEX, entry.node, found)
    return compiled(text, entry.key, entry.node, found) if isinstance(text, str) else None


def read_template(entry: Entry, found: Findings) -> Template | None:
    """Return an ``output``; None after noting what is wrong with it."""
    text = read_value(_OUTPUT, entry.node, found)
    if not isinstance(text, str):
        return None
    if isinstance(entry.node, ValueNode) and entry.node.brings("{}"):
        found.error(entry.node.mark, "output: a value that is filled in has braces, which would name a field")
        return None
    parts: list[str | Variable] = []
    for match in _PARTS.finditer(text):
        if match[2]:
            found.error(entry.node.mark, "output has a brace without its partner; fields are written {like_this}")
            return None
        parts.append(match[0] if match[1] is None else Variable(match[1]))
    if any(not _VARIABLE.fullmatch(name) for name in variables(tuple(parts))):
        found.error(entry.node.mark, "output: between braces stands the name of a field or a group, nothing else")
        return None
    return tuple(parts)


def written(template: Template) -> str:
    """Return a template as a profile spells it."""
    return "".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in template)
