"""What an entry does to its field: one action, with its options."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import ACTIONS, Keep, Kind, OptionError, Options, RegexSub, Substitution, variables
from fw_gear_deid.actions.keyed import KEY_SETTING
from fw_gear_deid.profile.entries import entries_of, read_name
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.nodes import MapNode, ValueNode
from fw_gear_deid.profile.outputs import check_keys, read_regex, read_template, written
from fw_gear_deid.profile.replacing import read_replacement
from fw_gear_deid.profile.settings import NAME, REGEX, SUBSTITUTION_KEYS
from fw_gear_deid.profile.typed import WRONG, by_place, read_value

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from fw_gear_deid.actions import Action, ActionType, Setting
    from fw_gear_deid.problems import Mark
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.model import Written
    from fw_gear_deid.profile.nodes import Entry, Node
    from fw_gear_deid.profile.settings import SectionType

_EVERY_OPTION: Final[Mapping[str, tuple[str, ...]]] = {
    option.name: tuple(kind.key for kind in ACTIONS.values() if option.name in {each.name for each in kind.options})
    for action in ACTIONS.values()
    for option in action.options
}
"""Every option of any action, with the actions that have it."""


@dataclass(frozen=True, slots=True)
class SectionContext:
    """What the rules of a section are read by.

    Attributes:
        kind: the section's type.
        settings: its settings.
        marks: where settings are written, by name.
        today: what relative limits count from.
        found: takes what is wrong.
        top: where the profile begins.
        in_groups: whether what is read stands in ``groups``, where no other field of the record is known.
    """

    kind: SectionType
    settings: Mapping[str, Setting]
    marks: Mapping[str, Mark]
    today: dt.date
    found: Findings
    top: Mark
    in_groups: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """The action of an entry, what the profile gives for it, and where."""

    action: Action
    written: Mapping[str, Written]
    mark: Mark


def read_deed(node: MapNode, selectors: tuple[str, ...], context: SectionContext) -> Deed | None:
    """Return what an entry does to its field: its one action, ``keep`` when none is written.

    Args:
        node: the entry.
        selectors: the keys that say which field it is.
        context: the section.

    Returns:
        None when it does nothing (an action that is ``false``, with a warning) or is wrong, which is noted.
    """
    others = [entry for entry in node.entries if entry.key not in selectors]
    acting = [entry for entry in others if entry.key in ACTIONS]
    if len(acting) > 1:
        words = " and ".join(entry.key for entry in acting)
        context.found.error(acting[1].mark, f"this entry has several actions ({words}); write one entry for each")
    kind = ACTIONS[acting[0].key] if acting else None
    options = _rule_options([entry for entry in others if entry.key not in ACTIONS], kind, context)
    if len(acting) > 1 or options is None:
        return None
    if kind is None:
        return Deed(Keep(), {Keep.key: True}, node.mark)
    return _deed(acting[0], kind, options, node, context)


def _rule_options(
    entries: Iterable[Entry], kind: ActionType | None, context: SectionContext
) -> dict[str, Setting] | None:
    """Return the options of an entry; None after noting what is wrong with any of them."""
    known = {} if kind is None else {option.name: option for option in kind.options}
    options: dict[str, Setting] = {}
    good = True
    for entry in entries:
        if entry.key in known:
            value = read_value(known[entry.key], entry.node, context.found)
            if value is not WRONG:
                options[entry.key] = value
                continue
        else:
            context.found.error(entry.mark, _unknown(entry.key, kind, context))
        good = False
    return options if good else None


def _unknown(key: str, kind: ActionType | None, context: SectionContext) -> str:
    """Return what is wrong with a key of an entry that its action does not know."""
    if key in _EVERY_OPTION:
        what = "an entry without an action" if kind is None else kind.key
        return f"{key} has no meaning for {what}; it belongs to {', '.join(_EVERY_OPTION[key])}"
    if key in context.settings:
        return f"{key} is no option of an entry; set it for the whole {context.kind.name} section"
    options = () if kind is None else (option.name for option in kind.options)
    known = (NAME, REGEX, *ACTIONS, *options)
    return f"unknown key or action {shown(key)}{did_you_mean(key, known)}"


def _deed(
    entry: Entry, kind: ActionType, rule: dict[str, Setting], node: MapNode, context: SectionContext
) -> Deed | None:
    found = context.found
    if kind.sections and (context.in_groups or context.kind.name not in kind.sections):
        found.error(entry.mark, f"{kind.key} is for the fields of {', '.join(kind.sections)} alone; use another action")
        return None
    options = Options(context.today, context.settings, rule, context.kind.missing, context.kind.name == "dicom")
    given = _given(entry, kind, options, context)
    if given is None:
        return None
    options, shape = given
    try:
        action = kind.build(options)
    except OptionError as error:
        missing = context.top if error.option == KEY_SETTING else entry.mark
        found.of_value(_mark_of(error.option, node, context) or missing, str(error))
        return None
    return Deed(action, {kind.key: shape, **rule}, node.mark)


def _mark_of(option: str, node: MapNode, context: SectionContext) -> Mark | None:
    """Return where an option is written, in the entry or in the section."""
    entry = node.get(option)
    return entry.mark if entry is not None else context.marks.get(option)


def _given(entry: Entry, kind: ActionType, options: Options, context: SectionContext) -> tuple[Options, Written] | None:
    """Return the options with what stands behind an action, and that as ``show`` writes it; None when it is wrong."""
    if kind.key == RegexSub.key:
        items = _substitutions(entry.node, context)
        if items is None:
            return None
        return replace(options, substitutions=tuple(item for item, _ in items)), tuple(shape for _, shape in items)
    if kind.takes_value:
        value = read_replacement(entry.node, context.kind.values or context.kind.name, context.found)
        return None if value is None else (replace(options, value=value), value)
    return (options, True) if _is_on(entry, context.found) else None


def _is_on(entry: Entry, found: Findings) -> bool:
    """Return whether a boolean action is ``true``; anything else is noted."""
    node = entry.node
    if isinstance(node, ValueNode):
        filled = by_place(Kind.FLAG, node)
        if filled.value is True or node.is_template:
            return True
        if filled.value is False and node.filling is not None:
            return False
        if node.value is False:
            found.warning(entry.mark, f"{entry.key}: false does nothing; the entry counts as if it were not there")
            return False
    found.error(node.mark, f"{entry.key} must be true, or the entry left out")
    return False


def read_groups(entry: Entry | None, names: Iterable[str], context: SectionContext) -> dict[str, Deed]:
    """Return the actions of a ``groups`` list by name; wrong entries are noted and left out.

    Args:
        entry: the list; None when it is not written.
        names: what its entries may name.
        context: the section.
    """
    deeds: dict[str, Deed] = {}
    inner = replace(context, in_groups=True)
    for node in () if entry is None else entries_of(entry.node, "groups", "{name: group, hash: true}", context.found):
        named = node.get(NAME)
        if named is None:
            context.found.error(node.mark, "this entry names no group; add name: …")
        name = "" if named is None else read_name(named.node, context.found)
        deed = read_deed(node, (NAME,), inner)
        if name and name not in names:
            context.found.error(node.mark, f"{shown(name)} {no_group(name, names)}")
        elif name in deeds:
            context.found.error(node.mark, f"{shown(name)} has two entries; a group takes one action")
        elif name and deed is not None:
            deeds[name] = deed
    return deeds


def no_group(name: str, names: Iterable[str]) -> str:
    """Return what is wrong with a name that is no group."""
    return f"is no group of input-regex, written (?P<{shown(name)}>…){did_you_mean(name, names)}"


_Item = tuple[Substitution, "Mapping[str, Written]"]
"""An item of ``regex-sub``, and as ``show`` writes it."""


def _substitutions(node: Node, context: SectionContext) -> tuple[_Item, ...] | None:
    """Return the items of a ``regex-sub`` list; None after noting what is wrong with any of them."""
    example = r"{input-regex: '(?P<year>\d{4}).*', output: '{year}'}"
    errors = context.found.errors
    nodes = entries_of(node, RegexSub.key, example, context.found)
    if not nodes and context.found.errors == errors:
        context.found.error(node.mark, f"{RegexSub.key} has no items; add one such as - {example}")
    items = tuple(item for each in nodes if (item := _substitution(each, context)) is not None)
    return items if items and context.found.errors == errors else None


def _substitution(node: MapNode, context: SectionContext) -> _Item | None:
    found = context.found
    check_keys(node, SUBSTITUTION_KEYS, found)
    pattern, output, listed = (node.get(option.name) for option in SUBSTITUTION_KEYS)
    if pattern is None or output is None:
        found.error(node.mark, f"this item of {RegexSub.key} has no {'output' if pattern else 'input-regex'}")
        return None
    regex, template = read_regex(pattern, found), read_template(output, found)
    if regex is None or template is None:
        return None
    names, errors = variables(template), found.errors
    deeds = read_groups(listed, (*regex.groupindex, *names), context)
    if found.errors == errors:
        _check_variables(names, regex.groupindex, deeds, output.node, context)
    shape: dict[str, Written] = {"input-regex": regex.pattern, "output": written(template)}
    if deeds:
        shape["groups"] = tuple({NAME: name, **deed.written} for name, deed in deeds.items())
    actions = {name: deed.action for name, deed in deeds.items()}
    return Substitution(regex, template, actions, output.node.mark), shape


def _check_variables(
    names: Iterable[str], groups: Iterable[str], deeds: Mapping[str, Deed], output: Node, context: SectionContext
) -> None:
    """Note variables that stand for nothing, and actions on what the output does not hold."""
    grouped = context.in_groups or bool(context.kind.named) or not context.kind.fields
    for name in names:
        if name in groups or (name in deeds and not grouped):
            continue
        hint = "" if grouped else f"; for a field of this name, add - {{name: {shown(name)}, hash: true}} to groups"
        context.found.error(output.mark, f"output: {{{shown(name)}}} {no_group(name, groups)}{hint}")
    for name, deed in deeds.items():
        if name not in names:
            context.found.warning(deed.mark, f"output does not name {shown(name)}, so this entry does nothing")
