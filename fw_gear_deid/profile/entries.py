"""Lists of entries, and the names in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Kind, Option
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.nodes import ListNode, MapNode, ValueNode
from fw_gear_deid.profile.settings import NAME
from fw_gear_deid.profile.typed import read_value

if TYPE_CHECKING:
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Node

_NAME: Final = Option(NAME, Kind.TEXT)
_HEX_TAG: Final = re.compile("0[xX][0-9A-Fa-f]{8}")
"""A tag that YAML reads as the number it is, with or without quotes."""


def entries_of(node: Node, what: str, example: str, found: Findings) -> tuple[MapNode, ...]:
    """Return the mappings of a list; nothing written is an empty list."""
    if isinstance(node, ValueNode) and node.value is None:
        return ()
    if not isinstance(node, ListNode):
        found.error(node.mark, f"{what} must be a list of entries such as - {example}")
        return ()
    for item in node.items:
        if not isinstance(item, MapNode):
            found.error(item.mark, f"an entry of {what} must look like - {example}")
    return tuple(item for item in node.items if isinstance(item, MapNode))


def read_name(node: Node, found: Findings) -> str:
    """Return a name, ``""`` after noting what is wrong with it."""
    if isinstance(node, ValueNode) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        if _HEX_TAG.fullmatch(node.text):
            return node.text
        # YAML reads 00100020 as octal: the tag would be another one.
        found.error(node.mark, f"name reads as a number; put it in quotes: '{shown(node.text)}'")
        return ""
    text = read_value(_NAME, node, found)
    if isinstance(text, str) and not text.strip():
        found.error(node.mark, "name is empty; name a field")
        return ""
    return text if isinstance(text, str) else ""
