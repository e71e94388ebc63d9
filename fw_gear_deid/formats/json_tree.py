"""A JSON document that can be edited and written back with everything else as it was spelled."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.json_text import blank, members, scalar, value_end

if TYPE_CHECKING:
    from collections.abc import Iterator

New = str | int | float | list[str] | None
"""What a value may be replaced by; None is ``null``."""

ROOM: Final = 1000
"""How many ``null`` elements may be put before a new element of a new list."""

_PRETTY = re.compile(r"[ \t\r\n]*[\[{][ \t]*(\r?\n|\r)([ \t]*)")
_OF_SOURCE: Final = ""
_REPLACED: Final = "="


@dataclass(slots=True, eq=False)
class Node:
    """A value of the document.

    Attributes:
        key: its name in an object; None in a list.
        item: where its key begins in the text, or the value itself where it has no key; -1 for a new value.
        start: where the value begins in the text; -1 for a new value.
        stop: where the value ends.
        made: ``""`` as in the text, ``"="`` replaced by ``new``, ``"{"`` or ``"["`` replaced by a new container.
        children: members or elements, removed ones too; None when not yet looked at.
        touched: whether it, or anything below it, is to be written anew.
    """

    parent: Node | None
    key: str | None
    item: int = -1
    start: int = -1
    stop: int = -1
    made: str = _OF_SOURCE
    new: New = None
    children: list[Node] | None = None
    gone: bool = False
    touched: bool = False


class Tree:
    """The values of one JSON text, looked at only where asked, with edits that leave the rest of the text alone."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ascii = text.isascii()
        start = blank(text, 0)
        self.root = Node(None, None, start, start, value_end(text, start))
        pretty = _PRETTY.match(text)
        self._line, self._unit = pretty.groups() if pretty else ("", "")

    def kind(self, node: Node) -> str:
        """Return ``"{"`` for an object, ``"["`` for a list, ``""`` for anything else."""
        if node.made:
            return node.made if node.made != _REPLACED else ""
        sign = self.text[node.start]
        return sign if sign in "[{" else ""

    def children(self, node: Node) -> list[Node]:
        """Return the members of an object, or the elements of a list, that are still there."""
        return [child for child in self._all(node) if not child.gone]

    def value(self, node: Node) -> New:
        """Return what a node that is neither object nor list means."""
        return node.new if node.made else scalar(self.text[node.start : node.stop])

    def written(self, node: Node) -> str:
        """Return a node as it will be written."""
        out: list[str] = []
        self._write(node, out)
        return "".join(out)

    def rendered(self) -> str:
        """Return the whole text."""
        return self.text[: self.root.start] + self.written(self.root) + self.text[self.root.stop :]

    def alive(self, node: Node) -> bool:
        """Whether neither the node nor anything above it was removed or replaced."""
        above: Node | None = node
        while above is not None:
            if above.gone:
                return False
            above = above.parent
        return True

    def replace(self, node: Node, value: New) -> None:
        """Set a node's value.

        Raises:
            ActionError: JSON cannot hold the value.
        """
        if isinstance(value, float) and not math.isfinite(value):
            raise ActionError("the result is not a number that JSON can hold")
        self._forget_children(node)
        node.made, node.new = _REPLACED, value
        self._touch(node)

    def remove(self, node: Node) -> None:
        """Delete a member or an element, with its comma."""
        node.gone = True
        if node.parent is not None:
            self._touch(node.parent)

    def insert(self, keys: list[str], value: New) -> None:
        """Create a value at a path that does not exist, with the objects and lists on the way to it.

        Raises:
            ActionError: something that is not an object or list stands in the way.
        """
        node = self.root
        for depth, key in enumerate(keys):
            last = depth == len(keys) - 1
            child = self._existing(node, key) or self._added(node, key)
            if not last and not self.kind(child):
                self._make_container(child, keys[depth + 1])
            node = child
        self.replace(node, value)

    def _existing(self, node: Node, key: str) -> Node | None:
        children = self.children(node)
        if self.kind(node) == "{":
            return next((child for child in reversed(children) if child.key == key), None)
        return children[int(key)] if is_index(key) and int(key) < len(children) else None

    def _added(self, node: Node, key: str) -> Node:
        if self.kind(node) == "{":
            return self._appended(node, key)
        if not is_index(key) or (not node.made and self._all(node)) or int(key) > ROOM:
            raise ActionError("cannot create the field: the list above it has no such element")
        while len(self.children(node)) <= int(key):
            child = self._appended(node, None)
        return child

    def _appended(self, node: Node, key: str | None) -> Node:
        child = Node(node, key, made=_REPLACED)
        self._all(node).append(child)
        self._touch(node)
        return child

    def _make_container(self, node: Node, key: str) -> None:
        if self.value(node):
            raise ActionError("cannot create the field: a plain value stands where an object is needed")
        node.made, node.children = ("[" if is_index(key) else "{"), []
        self._touch(node)

    def _forget_children(self, node: Node) -> None:
        for child in node.children or ():
            child.gone = True
        node.children = None

    def _touch(self, node: Node) -> None:
        above: Node | None = node
        while above is not None:
            above.touched = True
            above = above.parent

    def _all(self, node: Node) -> list[Node]:
        if node.children is None:
            node.children = []
            if not node.made and self.kind(node):
                found = members(self.text, node.start)
                node.children = [Node(node, key, item, start, stop) for key, item, start, stop in found]
        return node.children

    def _write(self, node: Node, out: list[str]) -> None:
        if not node.touched and not node.made:
            out.append(self.text[node.start : node.stop])
        elif node.made == _REPLACED:
            out.append(self._dumped(node.new))
        else:
            self._write_container(node, out)

    def _dumped(self, value: New) -> str:
        return json.dumps(value, ensure_ascii=self._ascii)

    def _write_container(self, node: Node, out: list[str]) -> None:
        opening = self.kind(node)
        out.append(opening)
        old = [child for child in self._all(node) if child.item >= 0]
        live = self.children(node)
        for position, child in enumerate(live):
            if position:
                out.append(",")
            out.append(self._lead(node, old, child, first=not position))
            self._write_item(child, old, out)
            if child is not live[-1] and child.item >= 0 and child is not old[-1]:
                out.append(self.text[child.stop : blank(self.text, child.stop)])
        if live:
            out.append(self._closing(node, old))
        out.append("]" if opening == "[" else "}")

    def _lead(self, node: Node, old: list[Node], child: Node, *, first: bool) -> str:
        if not old:
            return self._indent(node, 1) or ("" if first else " ")
        if first:
            return self.text[node.start + 1 : old[0].item]
        if child.item >= 0:
            return self._before(child)
        return self._before(old[-1]) if len(old) > 1 else self.text[node.start + 1 : old[0].item] or " "

    def _before(self, child: Node) -> str:
        start = child.item
        while self.text[start - 1] in " \t\r\n":
            start -= 1
        return self.text[start : child.item]

    def _closing(self, node: Node, old: list[Node]) -> str:
        return self.text[old[-1].stop : node.stop - 1] if old else self._indent(node, 0)

    def _indent(self, node: Node, deeper: int) -> str:
        depth = sum(1 for _ in self._above(node)) + deeper
        return self._line + self._unit * depth if self._line else ""

    def _above(self, node: Node) -> Iterator[Node]:
        while node.parent is not None:
            node = node.parent
            yield node

    def _write_item(self, child: Node, old: list[Node], out: list[str]) -> None:
        if child.item >= 0:
            out.append(self.text[child.item : child.start])
        elif child.key is not None:
            model = old[-1] if old else next((c for c in self.root.children or () if c.key is not None), None)
            out.append(self._dumped(child.key) + (": " if model is None or model.item < 0 else self._colon(model)))
        self._write(child, out)

    def _colon(self, model: Node) -> str:
        return self.text[value_end(self.text, model.item) : model.start]


def is_index(key: str) -> bool:
    """Whether part of a path is the index of a list's element."""
    return key.isascii() and key.isdigit()
