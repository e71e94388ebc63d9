"""The parts of a profile's text before their meaning is known: values, lists, mappings, and where each begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.problems import Mark

TEMPLATE_SIGN: Final = "{{"
"""What begins a ``{{ NAME }}`` that is to be filled in."""


@dataclass(frozen=True, slots=True)
class ValueNode:
    """A single value.

    Attributes:
        value: the value by the rules of YAML 1.1; dates stay the text that was written.
        text: as written, without quotes.
        mark: where it begins.
        plain: whether it was written without quotes.
    """

    value: str | int | float | bool | None
    text: str
    mark: Mark
    plain: bool = True

    @property
    def is_template(self) -> bool:
        """Whether it holds a ``{{ NAME }}`` to be filled in."""
        return isinstance(self.value, str) and TEMPLATE_SIGN in self.value


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
