"""Entries of ``filenames``: how a copy is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_deid.actions import variables
from fw_gear_deid.profile.deeds import no_group, read_groups
from fw_gear_deid.profile.entries import entries_of
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.model import FilenameRule
from fw_gear_deid.profile.outputs import check_keys, read_regex, read_template, written
from fw_gear_deid.profile.settings import FILENAME_KEYS

if TYPE_CHECKING:
    from fw_gear_deid.actions import Template
    from fw_gear_deid.profile.deeds import SectionContext
    from fw_gear_deid.profile.nodes import Entry, MapNode, Node


def read_filenames(node: Node, context: SectionContext) -> tuple[FilenameRule, ...]:
    """Return the rules of a ``filenames`` list, in order; wrong ones are noted and left out."""
    return tuple(
        rule
        for entry in entries_of(node, "filenames", "{output: '{SOPInstanceUID}.dcm'}", context.found)
        if (rule := _filename_rule(entry, context)) is not None
    )


def _filename_rule(node: MapNode, context: SectionContext) -> FilenameRule | None:
    found = context.found
    check_keys(node, FILENAME_KEYS, found)
    output, pattern, listed = (node.get(option.name) for option in FILENAME_KEYS)
    regex = None if pattern is None else read_regex(pattern, found)
    groups = () if regex is None else tuple(regex.groupindex)
    deeds = read_groups(listed, groups, context)
    if output is None:
        found.error(node.mark, "this entry of filenames has no output; say how the copy is named")
        return None
    template = _template(output, groups, context)
    if template is None:
        return None
    actions = {name: deed.action for name, deed in deeds.items()}
    return FilenameRule(template, regex, actions, node.mark, {name: deed.written for name, deed in deeds.items()})


def _template(entry: Entry, groups: tuple[str, ...], context: SectionContext) -> Template | None:
    template = read_template(entry, context.found)
    if template is None:
        return None
    if not written(template).strip():
        context.found.error(entry.node.mark, "output is empty; say how the copy is named")
        return None
    strays = () if context.kind.fields else [name for name in variables(template) if name not in groups]
    for name in strays:
        context.found.error(entry.node.mark, f"output: {{{shown(name)}}} {no_group(name, groups)}")
    return None if strays else template
