"""The parts of a profile's text before their meaning is known: values, lists, mappings, and where each begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.problems import Mark

TEMPLATE_SIGN: Final = "{{"
"""What begins a ``{{ NAME }}`` that is to be filled in."""

_STATEMENT: Final = ("{%", "%}")


@dataclass(frozen=True, slots=True)
class Filling:
    """Where the text of a value came from that was filled into a template.

    Attributes:
        template: the template as the profile has it.
        literal: its text outside of ``{{ … }}``.
        known: false while a profile is looked at without values, and the text only stands in for what is to come.
    """

    template: str
    literal: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class ValueNode:
    """A single value.

    Attributes:
        value: the value by the rules of YAML 1.1; dates stay the text that was written.
        text: as written, without quotes.
        mark: where it begins.
        plain: whether it was written without quotes.
        filling: the template it was filled from; the place it stands in then decides what type its text is. None: it
            is written as it is, or is a template still.
    """

    value: str | int | float | bool | None
    text: str
    mark: Mark
    plain: bool = True
    filling: Filling | None = None

    @property
    def is_template(self) -> bool:
        """Whether its value is not known, because a ``{{ NAME }}`` is to be filled in."""
        if self.filling is not None:
            return not self.filling.known
        if not isinstance(self.value, str):
            return False
        return TEMPLATE_SIGN in self.value or all(sign in self.value for sign in _STATEMENT)

    @property
    def label(self) -> str:
        """What it may be called in messages and reports: its text; of a filled template the template, not the value."""
        return self.text if self.filling is None else self.filling.template

    def brings(self, characters: str) -> bool:
        """Whether a value that was filled in holds any of these characters."""
        if self.filling is None or not self.filling.known:
            return False
        return any(self.text.count(each) != self.filling.literal.count(each) for each in characters)


@dataclass(frozen=True, slots=True)
class ListNode:
    """Several parts in order."""

    items: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, its place, and what it stands before."""

    key: str
    mark: Mark
    node: Node


@dataclass(frozen=True, slots=True)
class MapNode:
    """Keys and their parts, in order; no key twice."""

    entries: tuple[Entry, ...]
    mark: Mark

    def get(self, key: str) -> Entry | None:
        """Return the entry of a key, None when it is not there."""
        return next((entry for entry in self.entries if entry.key == key), None)


Node = ValueNode | ListNode | MapNode


def values_of(node: Node) -> Iterator[ValueNode]:
    """Yield every single value in a part, in order."""
    if isinstance(node, ValueNode):
        yield node
        return
    parts = node.items if isinstance(node, ListNode) else tuple(entry.node for entry in node.entries)
    for part in parts:
        yield from values_of(part)


def is_null(node: Node) -> bool:
    """Return whether nothing is written."""
    return isinstance(node, ValueNode) and node.value is None
