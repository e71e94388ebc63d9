"""The ``flywheel`` section: which metadata of containers and files is exported, and its old form, ``export``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from fw_gear_deid.profile.container_types import (
    ALL,
    ALLOWED,
    CONTAINERS,
    HEADER,
    METADATA,
    OLD_METADATA,
    ContainerType,
    Field,
    Holds,
)
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.nodes import Entry, ListNode, MapNode, ValueNode, is_null
from fw_gear_deid.profile.sections import read_section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fw_gear_deid.problems import Mark
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.model import Rule, Section, Written
    from fw_gear_deid.profile.sections import ProfileContext

_INFO_HEADER: Final = "info.header"


def read_containers(node: MapNode, profile: ProfileContext) -> Mapping[str, Section]:
    """Return the rules for each container of a profile, by its type."""
    found = profile.found
    entry, old = node.get(METADATA), node.get(OLD_METADATA)
    if entry is not None and old is not None:
        found.error(old.mark, f"{OLD_METADATA} is the old form of {METADATA}; keep one of them")
    if entry is None and old is not None:
        entry = _modernised(old, found)
    if entry is None or is_null(entry.node):
        return {}
    if not isinstance(entry.node, MapNode):
        found.error(entry.node.mark, f"{METADATA} must hold containers: {', '.join(CONTAINERS)}")
        return {}
    for each in entry.node.entries:
        if each.key not in CONTAINERS:
            found.error(each.mark, f"{shown(each.key)} is no container{did_you_mean(each.key, CONTAINERS)}")
    rules = {}
    for name, kind in CONTAINERS.items():
        if (own := entry.node.get(name)) is not None:
            section = read_section(own, kind.settings, profile)
            if section is not None:
                rules[name] = section
                _check(section, kind, found)
    return rules


def _check(section: Section, kind: ContainerType, found: Findings) -> None:
    """Note rules whose results the API would not accept."""
    separator = section.text("separator") or "."
    for rule in section.rules:
        if rule.regex is None:
            path = rule.name.split(separator)
            if (problem := _fault(rule, path, section.name, kind)) != "":
                found.error(rule.mark, problem)
            hidden = HEADER.name in section.settings and not section.flag(HEADER.name)
            if hidden and ".".join(path[:2]) == _INFO_HEADER:
                found.warning(rule.mark, f"{_INFO_HEADER} is left out; set {HEADER.name}: true to export it")


def _fault(rule: Rule, path: list[str], container: str, kind: ContainerType) -> str:
    """Return what is wrong with a rule, ``""`` when nothing is."""
    name, *below = path
    known = kind.fields.get(name)
    if known is None:
        hint = did_you_mean(name, kind.fields) or f"; there are: {', '.join(kind.fields)}"
        return f"{container} has no field {shown(name)} that can be set{hint}"
    if below:
        good = known.holds in {Holds.FIELDS, Holds.TEXTS}
        return "" if good else f"{name} holds {known.holds.value}, and no fields within"
    action = rule.action.key
    if action not in ALLOWED.get(known.holds, (action,)):
        return f"{name} holds {known.holds.value}: {action} would make something else of it, which Flywheel refuses"
    given = rule.written.get("replace-with")
    return "" if given is None else _misfit(name, given, known)


def _misfit(name: str, given: Written, known: Field) -> str:
    """Return why a field cannot hold what ``replace-with`` puts in, ``""`` when it can."""
    if known.words and given not in known.words:
        return f"{name} must be one of: {', '.join(known.words)}; use remove for none"
    if known.holds is Holds.TEXTS and not isinstance(given, tuple):
        return f"{name} holds a list of texts; write replace-with: [text, text]"
    if known.holds in {Holds.NUMBER, Holds.WHOLE_NUMBER} and isinstance(given, bool | str | tuple):
        return f"{name} holds {known.holds.value}; write replace-with without quotes"
    return ""


def _modernised(old: Entry, found: Findings) -> Entry:
    """Return what ``export`` means as a ``flywheel`` section, and say so."""
    containers = []
    plain: dict[str, Any] = {}
    for each in _entries(old, found):
        fields = list(_fields(each, found))
        nodes = tuple(_mapping(field, mark) for field, mark in fields)
        body = MapNode((Entry("fields", each.mark, ListNode(nodes, each.mark)),), each.mark)
        containers.append(Entry(each.key, each.mark, body))
        plain[each.key] = {"fields": [field for field, _ in fields]}
    text = yaml.safe_dump({METADATA: plain}, default_flow_style=True, sort_keys=False, width=1 << 20).strip()
    found.warning(old.mark, f"{OLD_METADATA} is the old form of {METADATA}; it is read as {text[1:-1]}")
    return Entry(METADATA, old.mark, MapNode(tuple(containers), old.mark))


def _fields(container: Entry, found: Findings) -> Iterator[tuple[dict[str, str], Mark]]:
    """Yield the entries of ``fields`` that the old form of one container stands for."""
    for entry in _entries(container, found):
        if entry.key == "whitelist":
            for listed in _entries(entry, found):
                if listed.key in {"info", "metadata"}:
                    prefix = "info." if listed.key == "info" else ""
                    yield from (({"name": prefix + item.text}, item.mark) for item in _texts(listed, found))
                else:
                    found.error(listed.mark, f"{shown(listed.key)} is unknown here; a whitelist has info and metadata")
        elif entry.key == "code" and isinstance(entry.node, ValueNode):
            yield {"name": "label", "replace-with": entry.node.text}, entry.mark
        else:
            found.error(entry.mark, f"{shown(entry.key)} is unknown here; write a {METADATA} section instead")


def _entries(entry: Entry, found: Findings) -> Iterable[Entry]:
    if isinstance(entry.node, MapNode):
        return entry.node.entries
    if not is_null(entry.node):
        found.error(entry.node.mark, f"{shown(entry.key)} must hold keys; write a {METADATA} section instead")
    return ()


def _texts(entry: Entry, found: Findings) -> Iterator[ValueNode]:
    items = entry.node.items if isinstance(entry.node, ListNode) else () if is_null(entry.node) else (entry.node,)
    for item in items:
        if isinstance(item, ValueNode) and isinstance(item.value, str) and item.value:
            yield item
        else:
            found.error(item.mark, f"{entry.key} must list names of fields")


def _mapping(field: dict[str, str], mark: Mark) -> MapNode:
    return MapNode(tuple(Entry(key, mark, ValueNode(text, text, mark)) for key, text in field.items()), mark)


def exports_all(section: Section) -> bool:
    """Whether a container's rules export every field, rather than those named."""
    return section.flag(ALL.name)


def exports_header(section: Section) -> bool:
    """Whether ``info.header`` of a file is exported."""
    return HEADER.name in section.settings and section.flag(HEADER.name)
