"""Gates: what a profile says of images that may show or tell a person where no rule reaches."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Kind, Option
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.nodes import MapNode
from fw_gear_deid.profile.typed import WRONG, read_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Entry

GATES: Final = "gates"
"""The key at the top of a profile."""


class Gate(StrEnum):
    """What a DICOM object is looked at for."""

    BURNED_IN = "burned-in"
    FACE = "face"
    DOCUMENT = "document"
    OVERLAY = "overlay"


class Policy(StrEnum):
    """What becomes of an object at a gate."""

    PASS = "pass"  # noqa: S105  # no password
    WARN = "warn"
    WITHHOLD = "withhold"


WORDS: Final[Mapping[Gate, str]] = MappingProxyType(
    {
        Gate.BURNED_IN: "text is likely to be burned into the pixels",
        Gate.FACE: "a face can likely be made from the image",
        Gate.DOCUMENT: "a document or a structured report is inside",
        Gate.OVERLAY: "an overlay may carry text",
    }
)
"""What an object at each gate is like."""

GATE_KEYS: Final = tuple(
    Option(str(gate), Kind.CHOICE, str(Policy.WARN), f"when {words}", tuple(map(str, Policy)), extension=True)
    for gate, words in WORDS.items()
)
"""What ``gates`` may hold."""

WARNED: Final[Mapping[Gate, Policy]] = MappingProxyType(dict.fromkeys(Gate, Policy.WARN))
"""The policy where a profile says nothing."""


def read_gates(entry: Entry | None, found: Findings) -> Mapping[Gate, Policy]:
    """Return the policy of every gate.

    Args:
        entry: ``gates`` in a profile; None when it is not there.
        found: takes what is wrong.
    """
    if entry is None:
        return WARNED
    if not isinstance(entry.node, MapNode):
        found.error(entry.node.mark, f"{GATES} must hold one line for each gate, such as burned-in: withhold")
        return WARNED
    options = {option.name: option for option in GATE_KEYS}
    policies = dict(WARNED)
    for each in entry.node.entries:
        option = options.get(each.key)
        if option is None:
            found.error(each.mark, f"there is no gate {shown(each.key)}{did_you_mean(each.key, options)}")
            continue
        value = read_value(option, each.node, found)
        if value is not WRONG:
            policies[Gate(each.key)] = Policy(str(value))
    return policies
