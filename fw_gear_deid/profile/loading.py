"""From a profile's text to nodes that know their line and column.

YAML 1.1 by PyYAML's safe resolver, as in Flywheel's engine; JSON is read as the YAML that it is. The text may come
from anyone: size, depth, and what aliases expand to are limited, and tags make no objects.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NoReturn

import yaml

from fw_gear_deid.problems import Mark
from fw_gear_deid.profile.nodes import TEMPLATE_SIGN, Entry, ListNode, MapNode, ValueNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Node

MAX_BYTES: Final = 4 << 20
MAX_DEPTH: Final = 40
MAX_NODES: Final = 200_000

_TAG: Final = "tag:yaml.org,2002:"
_MAP, _LIST, _MERGE = _TAG + "map", _TAG + "seq", _TAG + "merge"
_TYPED: Final = frozenset({_TAG + "null", _TAG + "bool", _TAG + "int", _TAG + "float"})
_TEXTS: Final = frozenset({_TAG + "str", _TAG + "timestamp", _TAG + "value"})
_START: Final = Mark(1, 1)

_ARCHIVE: Final = b"PK\x03\x04"

BLANK: Final = "the profile is blank"
"""How the finding begins that a text says nothing at all."""
_ANCHOR: Final = re.compile(r"^&\S+\s+")
_KEY: Final = "a key must be a plain word; put it in quotes if it has signs in it"
_KEY_TEMPLATE: Final = "a key cannot be a template; write the key itself"
_TABS: Final = "; indent with spaces, not with tabs"
_COLUMNS: Final = "; lines that belong together begin in the same column"
_QUOTES: Final = "; put a text with {{ … }} in it in quotes"


class _StopError(Exception):
    """Reading cannot go on; what is wrong has been noted."""


def load(text: str | bytes, found: Findings, *, is_own: bool = False) -> Node | None:
    """Read a profile's text.

    Args:
        text: the profile; bytes must be UTF-8.
        found: takes what is wrong with it.
        is_own: whether it comes with this package: libyaml reads it then, eight times as fast. From other texts it
            may make something else than PyYAML's own scanner, which Flywheel's engine reads them with.

    Returns:
        The root, or None when the text is no YAML, goes past a limit, or is blank.
    """
    try:
        return _Reading(found, _own_loader() if is_own else _Loader).root(_decoded(text, found))
    except _StopError:
        return None


def _decoded(text: str | bytes, found: Findings) -> str:
    if isinstance(text, bytes):
        if len(text) > MAX_BYTES:
            _stop(found, _START, f"this is no profile: it is larger than {MAX_BYTES >> 20} MiB")
        text = _unicode(text, found)
    if len(text) > MAX_BYTES:
        _stop(found, _START, f"this is no profile: it is larger than {MAX_BYTES >> 20} MiB")
    return _without_tabs(text)


def _unicode(text: bytes, found: Findings) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = text[: error.start].decode("utf-8-sig", "ignore")
        if text.startswith(_ARCHIVE):
            _stop(found, _START, "this is no profile: it is an archive; are the arguments in their order?")
        _stop(found, _end(good), "this is no profile: it is not UTF-8 text; save it as UTF-8 YAML or JSON")


def _end(text: str) -> Mark:
    """Return the place just behind a text."""
    return Mark(text.count("\n") + 1, len(text) - text.rfind("\n"))


def _without_tabs(text: str) -> str:
    """Return JSON with spaces for the tabs that YAML does not allow; in JSON they stand only between tokens."""
    if "\t" not in text or text.lstrip()[:1] not in {"{", "["}:
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text.replace("\t", " ")


def _stop(found: Findings, mark: Mark, message: str) -> NoReturn:
    found.error(mark, message)
    raise _StopError


class _Loader(yaml.SafeLoader):
    """PyYAML's composer, which recurses, with a limit to its depth."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose one node."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, "it is nested too deeply", self.get_mark())
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _own_loader() -> type[yaml.SafeLoader | yaml.CSafeLoader]:
    """Return what reads texts of this package."""
    return yaml.CSafeLoader if yaml.__with_libyaml__ else _Loader


class _Reading:
    """One pass from PyYAML's nodes to ours."""

    def __init__(self, found: Findings, loader: type[yaml.SafeLoader | yaml.CSafeLoader]) -> None:
        self._found = found
        self._count = 0
        self._text = ""
        self._loads = loader
        self._loader = loader("")

    def root(self, text: str) -> Node | None:
        """Return the root of the one document."""
        node = self._composed(text)
        if node is None:
            self._found.error(_START, f"{BLANK}; write at least one section, such as dicom, with fields")
            return None
        return self._node(node, 1)

    def _composed(self, text: str) -> yaml.Node | None:
        self._text = text
        try:
            self._loader = self._loads(text)
            return self._loader.get_single_node()
        except yaml.reader.ReaderError as error:
            place = _end(text[: error.position])
            _stop(self._found, place, "this is no profile: it holds characters that text does not have")
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark or error.context_mark
            mark = _START if at is None else Mark(at.line + 1, at.column + 1)
            _stop(self._found, mark, f"this is not YAML or JSON: {_words(error)}{_hint(error, _line(text, mark.line))}")
        except RecursionError:
            _stop(self._found, _START, "this is no profile: it is nested too deeply")

    def _node(self, node: yaml.Node, depth: int) -> Node | None:
        """Return a node of ours; None when it is wrong, which is noted."""
        mark = _mark(node)
        self._count += 1
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            _stop(self._found, mark, "this is no profile: it is too large once its aliases are put in")
        if isinstance(node, yaml.ScalarNode):
            return self._value(node, mark)
        if node.tag not in {_MAP, _LIST}:
            self._found.error(mark, "tags (!…) are not allowed in a profile; leave the tag out")
            return None
        if isinstance(node, yaml.SequenceNode):
            items = [self._node(item, depth + 1) for item in node.value]
            return ListNode(tuple(item for item in items if item is not None), mark)
        if (template := self._template(node)) is not None:
            return ValueNode(template, template, mark)
        return self._mapping(node.value, mark, depth)

    def _template(self, node: yaml.Node) -> str | None:
        """Return the text of a ``{{ NAME }}`` without quotes: to YAML, a mapping that has a mapping for a key."""
        if not isinstance(node, yaml.MappingNode) or not node.flow_style:
            return None
        if not any(isinstance(key, yaml.MappingNode) for key, _ in node.value):
            return None
        text = _ANCHOR.sub("", self._text[node.start_mark.index : node.end_mark.index])
        return text if text.startswith("{{") and text.endswith("}}") else None

    def _value(self, node: yaml.ScalarNode, mark: Mark) -> ValueNode | None:
        plain = not node.style  # libyaml says "" for None
        if node.tag in _TEXTS:
            if (text := _joined_surrogates(node.value)) is None:
                self._found.error(mark, "half a surrogate pair is no character; write the character itself")
                return None
            return ValueNode(text, text, mark, plain)
        if node.tag not in _TYPED:
            self._found.error(mark, "tags (!…) are not allowed in a profile; leave the tag out")
            return None
        try:
            value = self._loader.construct_object(node)
        except (ValueError, KeyError, IndexError):
            self._found.error(mark, "this cannot be read as a number; put it in quotes if it is text")
            return None
        return ValueNode(value, node.value, mark, plain)

    def _mapping(self, pairs: Sequence[tuple[yaml.Node, yaml.Node]], mark: Mark, depth: int) -> MapNode:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in pairs:
            if key.tag == _MERGE:
                for each in self._merged(value, depth + 1):
                    merged.setdefault(each.key, each)
            elif (entry := self._entry(key, value, own, depth + 1)) is not None:
                own[entry.key] = entry
        inherited = [entry for name, entry in merged.items() if name not in own]
        return MapNode((*inherited, *own.values()), mark)

    def _entry(self, key: yaml.Node, value: yaml.Node, own: dict[str, Entry], depth: int) -> Entry | None:
        mark = _mark(key)
        if not isinstance(key, yaml.ScalarNode) or not key.tag.startswith(_TAG):
            self._found.error(mark, _KEY if self._template(key) is None else _KEY_TEMPLATE)
            return None
        name: str = key.value
        if TEMPLATE_SIGN in name:
            self._found.error(mark, _KEY_TEMPLATE)
            return None
        part = self._node(value, depth)
        if name in own:
            self._found.error(mark, f"{shown(name)} is written twice; the first is in line {own[name].mark.line}")
            return None
        return None if part is None else Entry(name, mark, part)

    def _merged(self, value: yaml.Node, depth: int) -> Iterator[Entry]:
        """Yield the entries that ``<<`` puts in; of two with one key the first counts."""
        sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for source in sources:
            part = self._node(source, depth)
            if isinstance(part, MapNode):
                yield from part.entries
            elif part is not None:
                self._found.error(part.mark, "<< must stand before a mapping, or a list of mappings")


def shown(name: str) -> str:
    """Return a key or name as messages show it: on one line, and not too long."""
    text = name if name.isprintable() else ascii(name)[1:-1]
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


_SHOWN: Final = 60


def _mark(node: yaml.Node) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def _line(text: str, number: int) -> str:
    """Return a line of a text, counted from 1; ``""`` behind its end."""
    lines = text.split("\n")
    return lines[number - 1] if number <= len(lines) else ""


def _hint(error: yaml.MarkedYAMLError, line: str) -> str:
    """Return what to do about a line that is no YAML, where it can be told."""
    if TEMPLATE_SIGN in line:
        return _QUOTES
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return _TABS
    return _COLUMNS if "<block end>" in (error.problem or "") else ""


def _words(error: yaml.MarkedYAMLError) -> str:
    """Return PyYAML's finding without what it quotes of the text."""
    words = f"{error.problem or error.context or 'it cannot be read'}"
    return re.sub(r"'[^'\s<\\,][^']+'", "…", words)


def _joined_surrogates(text: str) -> str | None:
    """Return text in which the halves that JSON escapes as two characters are one; None when half is missing."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None
