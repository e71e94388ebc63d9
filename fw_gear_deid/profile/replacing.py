"""The value of ``replace-with``: text, number, or several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_deid.profile.nodes import ListNode, ValueNode

if TYPE_CHECKING:
    from fw_gear_deid.actions import Scalar
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Node


def read_replacement(node: Node, section: str, found: Findings) -> Scalar | tuple[str, ...] | None:
    """Return the new value; None after noting what is wrong with it.

    Args:
        node: what stands behind ``replace-with``.
        section: name of the file section: lists are for DICOM and JSON, ``true`` and ``false`` for JSON alone.
        found: takes what is wrong.
    """
    if isinstance(node, ListNode):
        return _several(node, section, found)
    if isinstance(node, ValueNode):
        return _single(node, section, found)
    found.error(node.mark, "replace-with must be a text, a number, or a list of them")
    return None


def _single(node: ValueNode, section: str, found: Findings) -> Scalar | None:
    if node.value is None:
        found.error(node.mark, "replace-with has no value; write '' for an empty field, or remove: true")
        return None
    if isinstance(node.value, bool):
        if section == "json":
            return node.value
        found.error(node.mark, "replace-with reads as true or false; put it in quotes if it is text")
        return None
    if isinstance(node.value, int) and str(node.value) != node.text:
        # 0012 is octal, 12:30 counts sixties
        found.warning(node.mark, f"replace-with reads as the number {node.value}; put it in quotes if it is text")
    return node.value


def _several(node: ListNode, section: str, found: Findings) -> tuple[str, ...] | None:
    if section not in {"dicom", "json"}:
        found.error(node.mark, f"a field of the {section} section holds one value; replace-with cannot be a list")
        return None
    texts = [item.text for item in node.items if isinstance(item, ValueNode) and _is_item(item, section)]
    if len(texts) == len(node.items):
        return tuple(texts)
    kinds = "texts or numbers" if section == "dicom" else "texts (in quotes)"
    found.error(node.mark, f"the values of a replace-with list must be {kinds}")
    return None


def _is_item(node: ValueNode, section: str) -> bool:
    number = isinstance(node.value, int | float) and not isinstance(node.value, bool) and section == "dicom"
    return number or isinstance(node.value, str)
