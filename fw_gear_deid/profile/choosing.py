"""Which profile of a text is meant: the text itself, or one entry of an ingest config (``deid-profiles``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ProfileError
from fw_gear_deid.profile.builtin.catalogue import builtin_names, builtin_text, is_builtin
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.loading import load, shown
from fw_gear_deid.profile.nodes import ListNode, MapNode, ValueNode
from fw_gear_deid.profile.settings import SECTIONS

if TYPE_CHECKING:
    from fw_gear_deid.problems import Mark
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.nodes import Entry, Node

PROFILES: Final = "deid-profiles"
"""The key of an ingest config that holds profiles."""
CHOSEN: Final = "deid-profile"
"""The key of an ingest config that names one of them, or a built-in profile."""
SWITCH: Final = "de-identify"
"""The key of an ingest config that says whether Flywheel's command line de-identifies at all."""


def chosen(root: Node, name: str, found: Findings) -> MapNode | None:
    """Return the one profile that is meant.

    Args:
        root: the whole text.
        name: what is asked for; ``""``: what an ingest config names itself, or its only profile.
        found: takes what is wrong.
    """
    if not isinstance(root, MapNode):
        found.error(root.mark, "this is no profile: a profile is made of keys such as name: and dicom:")
        return None
    if _is_ingest_config(root):
        return _of_ingest_config(root, name, found)
    if name and name != _name(root):
        found.error(root.mark, "this file is one profile, not an ingest config, and has another name than is asked for")
        return None
    return root


def _is_ingest_config(root: MapNode) -> bool:
    """Whether a text is an ingest config; its other keys (``template``, ``include`` …) are for the upload alone."""
    if root.get(PROFILES) is not None:
        return True
    speaks = root.get(CHOSEN) is not None or root.get(SWITCH) is not None
    return speaks and not any(root.get(section) for section in SECTIONS)


def _of_ingest_config(root: MapNode, name: str, found: Findings) -> MapNode | None:
    switch = root.get(SWITCH)
    if switch is not None and isinstance(switch.node, ValueNode) and switch.node.value is False:
        found.warning(switch.mark, f"{SWITCH}: false is not heeded: here files are always de-identified")
    listed = root.get(PROFILES)
    mark = root.mark if listed is None else listed.mark
    if listed is not None and not isinstance(listed.node, ListNode):
        found.error(listed.node.mark, f"{PROFILES} must be a list of profiles")
        return None
    items = listed.node.items if listed is not None and isinstance(listed.node, ListNode) else ()
    profiles = [item for item in items if isinstance(item, MapNode)]
    wanted = name or _text_of(root.get(CHOSEN))
    if not wanted and len(profiles) == 1:
        return profiles[0]
    names = [each for each in map(_name, profiles) if each]
    told = ", ".join(map(shown, names)) or "none"
    if not wanted:
        found.error(mark, _choose(told) if profiles else f"this ingest config has no profile; name one with {CHOSEN}")
        return None
    matching = [item for item in profiles if _name(item) == wanted]
    if len(matching) > 1:
        found.error(matching[1].mark, "two profiles have the name that is asked for; give them different names")
        return None
    if not matching and is_builtin(wanted):
        return _builtin(wanted, mark, found)
    if not matching:
        hint = did_you_mean(wanted, (*names, *builtin_names()))
        found.error(mark, f"no profile of {PROFILES} has the name that is asked for; there are: {told}{hint}")
    return next(iter(matching), None)


def _choose(told: str) -> str:
    return f"{PROFILES} holds several profiles; say which one by its name: {told}"


def _builtin(name: str, mark: Mark, found: Findings) -> MapNode | None:
    """Return a profile that comes with this package, as Flywheel's command line also knows some by name."""
    try:
        node = load(builtin_text(name), found)
    except ProfileError as error:
        for problem in error.problems:
            found.error(mark, problem.message)
        return None
    return node if isinstance(node, MapNode) else None


def _name(profile: MapNode) -> str:
    return _text_of(profile.get("name") or profile.get("profile"))


def _text_of(entry: Entry | None) -> str:
    return entry.node.text if entry is not None and isinstance(entry.node, ValueNode) else ""
