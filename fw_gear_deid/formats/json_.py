"""The ``json`` section: fields by dotted path or regular expression; every other character stays as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.content import Range, Spliced
from fw_gear_deid.formats.json_text import decoded
from fw_gear_deid.formats.json_tree import Tree, is_index
from fw_gear_deid.formats.naming import output_name, wanted_fields
from fw_gear_deid.formats.rules import WHOLE, Container, carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fw_gear_deid.actions import Scalar
    from fw_gear_deid.formats.base import Content, FileContext
    from fw_gear_deid.formats.json_tree import Node
    from fw_gear_deid.formats.rules import Value
    from fw_gear_deid.profile.model import Rule, Section

_ESCAPE = "\\"
_DESCRIBING: Final = frozenset(
    {"LongName", "Description", "Levels", "Units", "Delimiter", "Format", "Maximum", "Minimum", "TermURL", "HED"}
)
"""What BIDS says of a column of a table."""


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """Sidecars and other JSON files."""

    section: str = "json"
    signatures: tuple[tuple[int, bytes], ...] = ()

    def compile(self, section: Section) -> JsonPlan:
        """Compile a ``json`` section."""
        separator = section.text("separator") or "."
        return JsonPlan(section, separator, {rule.name: keys_of(rule.name, separator) for rule in section.rules})


@dataclass(frozen=True, slots=True)
class JsonPlan:
    """A ``json`` section, compiled.

    Attributes:
        separator: what stands between the keys of a path.
        keys: the keys of each rule's path.
    """

    section: Section
    separator: str
    keys: Mapping[str, list[str]]

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one JSON file.

        Raises:
            FileError: it is not JSON, too large, or a rule could not be carried out.
        """
        source = decoded(content.read())
        document = _Document(Tree(source.text), self)
        done = carry_out(self.section.rules, document, context, scrubs=self.section.scrubs)
        name = output_name(self.section, context, document.transformed)
        tree = document.tree
        output = (source.encoded(tree.rendered()),) if tree.root.touched else (Range(0, content.size),)
        fields = wanted_fields(context.wanted, document.transformed)
        return Edited(
            Spliced(content, output), name, done.hits, None, done.before, done.after, done.notes, fields=fields
        )

    def only_named(self, text: str) -> str:
        """Return a JSON text with nothing left but the fields that rules name, and what holds them."""
        tree = Tree(text)
        document = _Document(tree, self)
        named = {node for rule in self.section.rules for node in document.find(rule)}
        _prune(tree, tree.root, named, {above for node in named for above in _ancestors(node)})
        return tree.rendered()


def _prune(tree: Tree, node: Node, kept: set[Node], entered: set[Node]) -> None:
    """Remove what is neither kept nor holds something that is."""
    for child in tree.children(node):
        if child in kept:
            continue
        if child in entered:
            _prune(tree, child, kept, entered)
        else:
            tree.remove(child)


def _ancestors(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node


def keys_of(name: str, separator: str) -> list[str]:
    """Return the keys of a path; a backslash before the separator makes it part of a key."""
    keys = [""]
    for part in name.split(separator):
        if keys[-1].endswith(_ESCAPE):
            keys[-1] = keys[-1].removesuffix(_ESCAPE) + separator + part
        else:
            keys.append(part)
    return keys[1:]


@dataclass(frozen=True, slots=True)
class _Document:
    tree: Tree
    plan: JsonPlan
    paths: dict[Node, str] = field(default_factory=dict)

    def find(self, rule: Rule) -> Sequence[Node]:
        self.paths.clear()
        if rule.regex is None:
            return list(self._named(self.tree.root, self.plan.keys[rule.name]))
        found = []
        for path, node in self._everything(self.tree.root, ""):
            if rule.regex.match(path):
                self.paths[node] = path
                found.append(node)
        return found if rule.action.key in WHOLE else self._innermost(found)

    def _innermost(self, found: list[Node]) -> list[Node]:
        """Leave out fields that hold others, all of which are found, too (a list and its values), or that describe."""
        met = set(found)
        left = [node for node in found if not self._children(node) or not met.issuperset(self._children(node))]
        return [node for node in left if not self._describes(node)]

    def _describes(self, node: Node) -> bool:
        """Whether a field tells what the column of its name holds in the table beside (BIDS, Tabular files)."""
        is_object = node.parent is self.tree.root and self.tree.kind(node) == "{"
        return is_object and {child.key for child in self.tree.children(node)} <= _DESCRIBING

    def _children(self, node: Node) -> list[Node]:
        return self.tree.children(node) if self.tree.kind(node) else []

    def _named(self, node: Node, keys: list[str]) -> Iterator[Node]:
        if not keys:
            yield node
        elif self.tree.kind(node) == "[":
            children = self.tree.children(node)
            if is_index(keys[0]) and int(keys[0]) < len(children):
                yield from self._named(children[int(keys[0])], keys[1:])
        elif self.tree.kind(node):
            for count in range(1, len(keys) + 1):  # a key may itself hold the separator
                key = self.plan.separator.join(keys[:count])
                for child in self.tree.children(node):
                    if child.key == key:
                        yield from self._named(child, keys[count:])

    def _everything(self, node: Node, prefix: str) -> Iterator[tuple[str, Node]]:
        for index, child in enumerate(self.tree.children(node)):
            path = f"{prefix}{index if child.key is None else child.key}"
            yield path, child
            if self.tree.kind(child):
                yield from self._everything(child, path + self.plan.separator)

    def texts(self) -> Iterator[Node]:
        everything = [(node, path) for path, node in self._everything(self.tree.root, "")]
        self.paths.update(everything)
        return (node for node, _ in everything if not self.tree.kind(node) and isinstance(self.tree.value(node), str))

    def alive(self, place: Node) -> bool:
        return self.tree.alive(place)

    def path(self, place: Node) -> str:
        if place not in self.paths:
            self.paths[place] = self.plan.separator.join(reversed(list(self._keys(place))))
        return self.paths[place]

    def _keys(self, place: Node) -> Iterator[str]:
        while place.parent is not None:
            yield place.key if place.key is not None else str(self.tree.children(place.parent).index(place))
            place = place.parent

    def read(self, place: Node) -> Value:
        if self.tree.kind(place):
            return Container.FILLED if self.tree.children(place) else Container.EMPTY
        value = self.tree.value(place)
        return ",".join(value) if isinstance(value, list) else value

    def shown(self, place: Node) -> str:
        value = self.read(place)
        if value is None:
            return ""
        return value if isinstance(value, str) else self.tree.written(place)

    def write(self, place: Node, answer: Scalar | list[str]) -> None:
        self.tree.replace(place, answer)

    def remove(self, place: Node) -> None:
        self.tree.remove(place)

    def insert(self, name: str, answer: Scalar | list[str]) -> bool:
        self.tree.insert(self.plan.keys[name], answer)
        return True

    def transformed(self, name: str) -> str | None:
        places = list(self._named(self.tree.root, keys_of(name, self.plan.separator)))
        value = self.read(places[-1]) if places else None
        if isinstance(value, Container):
            raise ActionError("output names an object or a list; name a field within it")
        return None if value is None else str(value)
