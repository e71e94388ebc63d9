"""Single values of a profile: checked against the kind of their setting."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import BY_SUBJECT, Kind
from fw_gear_deid.actions.moments import format_doubt, format_problem
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.nodes import ListNode, ValueNode
from fw_gear_deid.profile.regex.compiling import PatternError, compiled, pattern_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fw_gear_deid.actions import Option, Setting
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Node


class Wrong(Enum):
    """Stands for a value that was refused."""

    WRONG = "wrong"


WRONG: Final = Wrong.WRONG
_EXPONENT = re.compile(r"-?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_DAY = re.compile(r"\d{8}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,300}(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_EXACT: Final = 1 << 53
"""Up to here a float holds every whole number."""
_FLAGS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
"""How a mapping may spell true and false; YAML's words, in any case."""

_SAMPLES: Final = {"secret-key": "0" * 32, "force-nonce": "A" * 12, "encoding": "utf-8", "reader": "csv"}
"""What stands in for texts that have a form."""
_STAND_INS: Final[Mapping[Kind, Setting]] = {
    Kind.NUMBER: 1,
    Kind.DAYS: 1,
    Kind.INTEGER: 1,
    Kind.FORMAT: "%Y%m%d",
    Kind.LIMIT: "19000101",
}


def read_value(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    """Return the value of a setting, or ``WRONG`` after noting what is wrong with it."""
    if isinstance(node, ValueNode):
        if node.is_template:
            return _stand_in(option, node)
        if node.value is None:
            found.error(node.mark, f"{option.name} has no value; give it one, or delete the line")
            return WRONG
        node = by_place(option.kind, node)
    return _READERS[option.kind](option, node, found)


def by_place(kind: Kind, node: ValueNode) -> ValueNode:
    """Return a filled value with the type that its place asks for, if its text can be read so; any other as it is."""
    if node.filling is None:
        return node
    text = node.text.strip()
    value: float | bool | None = None
    if kind is Kind.FLAG:
        value = _FLAGS.get(text.lower())
    elif kind in {Kind.NUMBER, Kind.INTEGER, Kind.DAYS} and _NUMBER.fullmatch(text):
        value = float(text)  # a spreadsheet may have written -35 as -35.0
        value = int(value) if value.is_integer() and abs(value) < _EXACT else value
    return node if value is None else replace(node, value=value)


def _stand_in(option: Option, node: ValueNode) -> Setting:
    """Return a value that makes no trouble in the place of one that is not known."""
    if option.name in _SAMPLES:
        return _SAMPLES[option.name]
    if option.kind in {Kind.TEXT, Kind.REGEX}:
        return node.text if option.kind is Kind.TEXT else _expression(node.text)
    if option.kind in {Kind.PATTERNS, Kind.PATHS}:
        return (_sample_pattern(node.text),)
    return option.choices[0] if option.choices else option.default or _STAND_INS.get(option.kind)


def _expression(text: str) -> str:
    """Return a text whose value is not known as a regular expression: a letter for one that the value may repair."""
    try:
        return pattern_of(text).pattern
    except PatternError:
        return "X"


def _sample_pattern(text: str) -> str:
    return f"r!{_expression(text.removeprefix('r!'))}" if text.startswith("r!") else text


def _flag(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    if isinstance(node, ValueNode) and isinstance(node.value, bool):
        return node.value
    found.error(node.mark, f"{option.name} must be true or false{_unquoted(node, bool)}")
    return WRONG


def _text(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    if isinstance(node, ValueNode):
        if isinstance(node.value, str):
            return node.value
        found.error(node.mark, f"{option.name} must be text, but this reads as {_reads_as(node)}; put it in quotes")
    else:
        found.error(node.mark, f"{option.name} must be a single text")
    return WRONG


def _number(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    value = node.value if isinstance(node, ValueNode) else None
    if isinstance(node, ValueNode) and node.plain and _EXPONENT.fullmatch(node.text):
        value = float(node.text)  # JSON has such numbers, YAML 1.1 takes them for text
    if isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value):
            return _bounded(option, value, node, found)
        found.error(node.mark, f"{option.name} must be a finite number")
        return WRONG
    word = f", or the word {BY_SUBJECT}" if option.kind is Kind.DAYS else ""
    found.error(node.mark, f"{option.name} must be a number{word}{_unquoted(node, float)}")
    return WRONG


def _days(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    if isinstance(node, ValueNode) and node.value == BY_SUBJECT:
        return BY_SUBJECT
    return _number(option, node, found)


def _integer(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    if isinstance(node, ValueNode) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return _bounded(option, node.value, node, found)
    found.error(node.mark, f"{option.name} must be a whole number{_unquoted(node, int)}")
    return WRONG


def _bounded(option: Option, value: float, node: Node, found: Findings) -> Setting | Wrong:
    if option.least is not None and value < option.least:
        found.error(node.mark, f"{option.name} must be at least {option.least:g}")
        return WRONG
    if option.most is not None and value > option.most:
        found.error(node.mark, f"{option.name} must be at most {option.most:g}")
        return WRONG
    return value


def _choice(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    if isinstance(node, ValueNode) and node.value in option.choices:
        return node.value
    word = node.text if isinstance(node, ValueNode) else ""
    hint = did_you_mean(word, option.choices)
    found.error(node.mark, f"{option.name} must be one of: {', '.join(option.choices)}{hint}")
    return WRONG


def _format(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    text = _text(option, node, found)
    if isinstance(text, str) and (problem := format_problem(text)):
        found.error(node.mark, f"{option.name}: {problem}")
        return WRONG
    if isinstance(text, str) and (doubt := format_doubt(text)):
        found.warning(node.mark, f"{option.name}: {doubt}")
    return text


def _limit(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    if isinstance(node, ValueNode) and isinstance(node.value, int) and _DAY.fullmatch(node.text):
        return node.text
    return _text(option, node, found)


def _patterns(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    items = node.items if isinstance(node, ListNode) else (node,)
    patterns = [_pattern(option, item, found) for item in items]
    if not patterns:
        found.error(node.mark, f"{option.name} is empty and would match nothing; write a pattern, or delete the line")
    return tuple(pattern for pattern in patterns if pattern) if patterns and all(patterns) else WRONG


def _pattern(option: Option, node: Node, found: Findings) -> str:
    """Return a pattern, ``""`` after noting what is wrong with it."""
    if isinstance(node, ValueNode) and node.is_template:
        return _sample_pattern(node.text)
    if not isinstance(node, ValueNode) or not isinstance(node.value, str) or not node.value:
        found.error(node.mark, f"{option.name} must be a pattern, or a list of patterns, such as '*.dcm'")
        return ""
    if node.value.startswith("r!"):
        expression = compiled(node.value.removeprefix("r!"), option.name, node, found, whole=True)
        return "" if expression is None else node.value
    return node.value


def _regex(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    text = _text(option, node, found)
    if not isinstance(text, str) or (pattern := compiled(text, option.name, node, found)) is None:
        return WRONG
    if pattern.match(""):
        found.error(node.mark, f"{option.name} also matches nothing at all; write what must be there")
        return WRONG
    return text


def _paths(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    items = node.items if isinstance(node, ListNode) else (node,)
    paths = tuple(item.value for item in items if isinstance(item, ValueNode) and isinstance(item.value, str))
    if any(isinstance(item, ValueNode) and item.is_template for item in items):
        return WRONG
    if not paths or len(paths) < len(items) or not all(paths):
        found.error(node.mark, f"{option.name} must be the path of a file, or a list of them")
        return WRONG
    return paths


def _structure(option: Option, node: Node, found: Findings) -> Setting | Wrong:
    found.error(node.mark, f"{option.name} must be a list")
    return WRONG


_READERS: Final[dict[Kind, Callable[[Option, Node, Findings], Setting | Wrong]]] = {
    Kind.FLAG: _flag,
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DAYS: _days,
    Kind.CHOICE: _choice,
    Kind.PATTERNS: _patterns,
    Kind.REGEX: _regex,
    Kind.PATHS: _paths,
    Kind.FORMAT: _format,
    Kind.LIMIT: _limit,
    Kind.RULES: _structure,
}


def _reads_as(node: ValueNode) -> str:
    if isinstance(node.value, bool):
        return "true or false"
    return "nothing" if node.value is None else "a number"


def _unquoted(node: Node, kind: type) -> str:
    """Return a hint for a value that would be right without its quotes."""
    if isinstance(node, ValueNode) and isinstance(node.value, str):
        text = node.value.strip().lower()
        if kind is bool and text in {"true", "false", "yes", "no", "on", "off"}:
            return "; take off the quotes"
        if kind is not bool and re.fullmatch(r"[+-]?\d+" if kind is int else r"[+-]?\d+(\.\d*)?", text, re.ASCII):
            return "; take off the quotes"
    return ""
