"""Templates in a profile's nodes: found, and filled, once YAML has been read. What is put in is never read as YAML.

``name`` and ``description`` of a profile stay as they are written, for reports quote them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.problems import Problem
from fw_gear_deid.profile.nodes import Entry, Filling, ListNode, MapNode, ValueNode, values_of
from fw_gear_deid.profile.templates.expressions import TemplateProblem, ValueMissing, read_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.problems import Mark
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Node
    from fw_gear_deid.profile.templates.expressions import Expression
    from fw_gear_deid.profile.templates.variables import Variables

MAX_FILLED: Final = 4 << 20
"""Characters that all filled texts of a profile may have together."""

UNFILLED: Final = frozenset({"name", "profile", "description"})
"""Top-level keys whose text stays as it is."""

_STAND_IN: Final = "X"
_WORD: Final = re.compile(r"[^\W_]+")
_PART: Final = 3
"""Letters from which on a part of a word counts as a quotation."""


@dataclass(slots=True)
class Filled:
    """What became of the templates of a profile.

    Attributes:
        names: what was asked for, by the place of the template.
        around: the same, by every place that depends on it: its key, and the list entry it stands in.
        unknown: those of these places whose value is not known.
        texts: every filled text, in order; identifying.
        values: what was put in; identifying.
    """

    names: dict[Mark, tuple[str, ...]] = field(default_factory=dict)
    around: dict[Mark, tuple[str, ...]] = field(default_factory=dict)
    unknown: set[Mark] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    values: set[str] = field(default_factory=set)

    @property
    def digest(self) -> str:
        """SHA-256 of the filled texts, hexadecimal; a short value could be guessed from it."""
        digest = hashlib.sha256()
        for text in self.texts:
            data = text.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def veiled(self, problem: Problem) -> Problem:
        """Return a problem of the filled profile with the names of the values it comes from, without the values."""
        names = ", ".join(self.names.get(problem.mark, ()))
        message = problem.message + (f" (filled from {names})" if names else "")
        if self._quoted(problem.message):
            names = ", ".join(self.around.get(problem.mark, ())) or "a template"
            message = f"the value of {names} does not fit here; it is not shown, for it may identify someone"
        return Problem(message, problem.mark, problem.severity)

    def _quoted(self, message: str) -> bool:
        """Return whether words of a message could come from a value that was put in."""
        words = set(_WORD.findall(message.casefold()))
        for value in self.values:
            parts = _WORD.findall(value)
            if not words.isdisjoint(parts) or any(len(word) >= _PART and word in value for word in words):
                return True
            if any(len(part) >= _PART and part in word for part in parts for word in words):
                return True
        return False


def fill(root: MapNode, variables: Variables | None, found: Findings) -> tuple[MapNode, Filled]:
    """Fill every template of a profile.

    Args:
        root: the profile.
        variables: the values; None: stand-ins, to look at the rest of the profile.
        found: takes what is wrong with templates and with values; a stand-in then takes the value's place.
    """
    filling = _Pass(variables, found)
    entries = [_as_written(entry) if entry.key in UNFILLED else filling.entry(entry) for entry in root.entries]
    return MapNode(tuple(entries), root.mark), filling.filled


def names_of(root: MapNode) -> tuple[str, ...]:
    """Return what the templates of a profile ask for, in order; those that cannot be read ask for nothing."""
    names: dict[str, None] = {}
    for entry in root.entries:
        if entry.key not in UNFILLED:
            for value in _templates(entry.node):
                names |= dict.fromkeys(_names(value))
    return tuple(names)


def _templates(node: Node) -> Iterator[ValueNode]:
    return (value for value in values_of(node) if value.is_template)


def _names(node: ValueNode) -> tuple[str, ...]:
    try:
        return read_expression(node.text).names
    except TemplateProblem:  # told when it is filled
        return ()


def _as_written(entry: Entry) -> Entry:
    node = entry.node
    if not isinstance(node, ValueNode) or not node.is_template:
        return entry
    text = Filling(template=node.text, literal=node.text)
    return Entry(entry.key, entry.mark, ValueNode(node.text, node.text, node.mark, node.plain, text))


class _Pass:
    """One pass over the nodes of a profile."""

    def __init__(self, variables: Variables | None, found: Findings) -> None:
        self.filled = Filled()
        self._variables = variables
        self._values: dict[str, Any] = {} if variables is None else variables.tree()
        self._found = found
        self._size = 0

    def entry(self, entry: Entry) -> Entry:
        """Return an entry with values in it."""
        node = self._node(entry.node)
        items = entry.node.items if isinstance(entry.node, ListNode) else (entry.node,)
        if all(isinstance(item, ValueNode) for item in items):
            self._depends(entry.mark, entry.node)
        return Entry(entry.key, entry.mark, node)

    def _node(self, node: Node) -> Node:
        if isinstance(node, ValueNode):
            return self._value(node) if node.is_template else node
        if isinstance(node, MapNode):
            return MapNode(tuple(self.entry(entry) for entry in node.entries), node.mark)
        items = tuple(self._node(item) for item in node.items)
        for item in node.items:
            self._depends(item.mark, item)
            for entry in item.entries if isinstance(item, MapNode) else ():
                self._depends(entry.mark, item)
        return ListNode(items, node.mark)

    def _depends(self, mark: Mark, node: Node) -> None:
        """Note that what is found at a place depends on the templates in a node."""
        for value in _templates(node):
            names = self.filled.names[value.mark]
            self.filled.around[mark] = tuple(dict.fromkeys((*self.filled.around.get(mark, ()), *names)))
            if value.mark in self.filled.unknown:
                self.filled.unknown.add(mark)

    def _value(self, node: ValueNode) -> ValueNode:
        names = _names(node)
        self.filled.names[node.mark] = self.filled.around[node.mark] = names
        sample, literal = _STAND_IN, ""
        try:
            expression = read_expression(node.text)
            sample, literal = expression.sample, expression.literal
            if self._variables is not None:
                text = expression.filled(self._values)
                self._note(expression, text)
                return ValueNode(text, text, node.mark, filling=Filling(node.text, literal))
        except ValueMissing:
            self._tell_missing(expression, node.mark)
        except TemplateProblem as problem:
            self._found.error(node.mark, str(problem) + (f" ({', '.join(names)})" if names else ""))
        self.filled.unknown.add(node.mark)
        return ValueNode(sample, sample, node.mark, filling=Filling(node.text, literal, known=False))

    def _note(self, expression: Expression, text: str) -> None:
        self._size += len(text)
        if self._size > MAX_FILLED:
            raise TemplateProblem(f"the filled profile is larger than {MAX_FILLED >> 20} MiB")
        self.filled.texts.append(text)
        self.filled.values.update(value.casefold() for value in expression.values(self._values))
        if not expression.literal:
            self.filled.values.add(text.casefold())

    def _tell_missing(self, expression: Expression, mark: Mark) -> None:
        if self._variables is None:
            return
        for name in expression.missing(self._values) or expression.names:
            self._found.error(mark, f"there is no value for {name}: {self._variables.why_missing(name)}")
