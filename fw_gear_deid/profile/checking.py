"""A whole profile: nodes become the typed model, and everything that is wrong is told at once."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid import __version__
from fw_gear_deid.problems import Mark, Problem
from fw_gear_deid.profile.findings import Findings, did_you_mean
from fw_gear_deid.profile.loading import load, shown
from fw_gear_deid.profile.model import Profile, Section
from fw_gear_deid.profile.nodes import ListNode, MapNode, ValueNode, values_of
from fw_gear_deid.profile.sections import read_section
from fw_gear_deid.profile.settings import INGEST_CHOICE, INGEST_PROFILES, LATER, SECTIONS, TOP_KEYS
from fw_gear_deid.profile.typed import WRONG, read_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fw_gear_deid.profile.model import Setting
    from fw_gear_deid.profile.nodes import Entry, Node

_TOP: Final = {option.name: option for option in TOP_KEYS}
_UNUSED: Final = {
    "deid-log": "deid-log is not used: where the log goes is set when a run is started",
}
_LANGUAGE_VERSION: Final = 1
_TEMPLATE: Final = f"templates ({{{{ … }}}}) are not available yet in version {__version__}; write the value itself"


def nothing_further(_profile: Profile) -> tuple[Problem, ...]:
    """Find nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Choice:
    """How a profile is to be read.

    Attributes:
        source: what it is called in messages.
        name: which entry of an ingest config; ``""``: the one it names itself, or its only one.
        allow_no_deid: accept a profile that changes nothing.
        today: what limits such as ``-89years`` count from.
    """

    source: str = "profile"
    name: str = ""
    allow_no_deid: bool = False
    today: dt.date | None = None


def check(
    text: str | bytes, choice: Choice, further: Callable[[Profile], Iterable[Problem]] = nothing_further
) -> tuple[Profile | None, tuple[Problem, ...]]:
    """Read and check a profile.

    Args:
        text: the profile.
        choice: how it is to be read.
        further: is given what could be read, entries with errors left out, so that its problems are told with the rest.

    Returns:
        The profile, or None when there is an error; and all problems, in the order of the text.
    """
    found = Findings()
    root = load(text, found)
    profile = None
    if root is not None and (node := _chosen(root, choice, found)) is not None:
        profile = _profile(node, choice, found)
        for problem in further(profile):
            found.add(problem)
    problems = found.sorted()
    if profile is None or found.failed:
        return None, problems
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return _finished(profile, hashlib.sha256(data).hexdigest(), choice.source, problems), problems


def _finished(profile: Profile, digest: str, source: str, problems: tuple[Problem, ...]) -> Profile:
    return Profile(profile.name, profile.sections, profile.description, digest, source, problems)


def _chosen(root: Node, choice: Choice, found: Findings) -> MapNode | None:
    """Return the one profile that is meant."""
    if not isinstance(root, MapNode):
        found.error(root.mark, "this is no profile: a profile is made of keys such as name: and dicom:")
        return None
    profiles = root.get(INGEST_PROFILES)
    if profiles is not None:
        return _of_ingest_config(root, profiles, choice, found)
    named = _text_of(root.get("name") or root.get("profile"))
    if choice.name and choice.name != named:
        found.error(root.mark, "this file is one profile, not an ingest config, and has another name than is asked for")
        return None
    return root


def _of_ingest_config(root: MapNode, profiles: Entry, choice: Choice, found: Findings) -> MapNode | None:
    if not isinstance(profiles.node, ListNode):
        found.error(profiles.node.mark, f"{INGEST_PROFILES} must be a list of profiles")
        return None
    entries = [item for item in profiles.node.items if isinstance(item, MapNode)]
    named = [(_text_of(item.get("name") or item.get("profile")), item) for item in entries]
    wanted = choice.name or _text_of(root.get(INGEST_CHOICE))
    if not wanted and len(named) == 1:
        return named[0][1]
    names = [name for name, _ in named if name]
    listed = ", ".join(map(shown, names)) or "none"
    if not wanted:
        found.error(profiles.mark, f"{INGEST_PROFILES} holds several profiles; say which one by its name: {listed}")
        return None
    matching = [item for name, item in named if name == wanted]
    if len(matching) == 1:
        return matching[0]
    if matching:
        found.error(matching[1].mark, "two profiles have the name that is asked for; give them different names")
    else:
        hint = did_you_mean(wanted, names)
        found.error(
            profiles.mark, f"no profile of {INGEST_PROFILES} has the name that is asked for; there are: {listed}{hint}"
        )
    return None


def _text_of(entry: Entry | None) -> str:
    return entry.node.text if entry is not None and isinstance(entry.node, ValueNode) else ""


def _profile(node: MapNode, choice: Choice, found: Findings) -> Profile:
    for value in values_of(node):
        if value.is_template:
            found.error(value.mark, _TEMPLATE)
    top = _top_values(node, found)
    today = choice.today or dt.datetime.now(dt.UTC).date()
    secret = top.get("secret-key")
    sections = {}
    for name, kind in SECTIONS.items():
        if (entry := node.get(name)) is not None:
            section = read_section(entry, kind, secret if isinstance(secret, str) else "", today, found)
            if section is not None:
                sections[name] = section
    profile = Profile(str(top.get("name") or top.get("profile") or ""), sections, str(top.get("description") or ""))
    _check_effect(profile, node, found, allowed=choice.allow_no_deid)
    return profile


def _top_values(node: MapNode, found: Findings) -> dict[str, Setting]:
    """Return the values of top-level keys that are no sections."""
    values: dict[str, Setting] = {}
    for entry in node.entries:
        if entry.key in SECTIONS:
            continue
        option = _TOP.get(entry.key)
        if option is None:
            found.error(entry.mark, _unknown(entry.key))
            continue
        if not option.available:
            if not (isinstance(entry.node, ValueNode) and entry.node.value is False):
                found.error(entry.mark, f"{entry.key} is not available yet in version {__version__}; remove it")
            continue
        if entry.key in _UNUSED:
            found.warning(entry.mark, _UNUSED[entry.key])
        value = read_value(option, entry.node, found)
        if value is not WRONG:
            values[entry.key] = value
            if entry.key == "version" and value != _LANGUAGE_VERSION:
                found.error(entry.node.mark, f"version must be {_LANGUAGE_VERSION}")
    return values


def _unknown(key: str) -> str:
    if key in LATER:
        return f"{key} ({LATER[key]}) is not available yet in version {__version__}; remove this section"
    known = (*_TOP, *SECTIONS, *LATER, INGEST_PROFILES, INGEST_CHOICE)
    return f"unknown key {shown(key)}{did_you_mean(key, known)}"


def _check_effect(profile: Profile, node: MapNode, found: Findings, *, allowed: bool) -> None:
    """Note a profile that would let everything through."""
    if found.failed:
        return
    tell = found.warning if allowed else found.error
    hint = "" if allowed else " (refused unless allow_no_deid is true)"
    if not profile.sections:
        tell(Mark(node.mark.line, node.mark.column), f"the profile is blank: it has no section such as dicom{hint}")
    dicom = profile.sections.get("dicom")
    if dicom is not None and not _has_effect(dicom):
        tell(dicom.mark, f"the dicom section changes no element; add fields{hint}")


def _has_effect(section: Section) -> bool:
    removes = section.flag("remove-private-tags") or section.flag("remove-undefined")
    return removes or any(rule.action.key != "keep" for rule in section.rules)
