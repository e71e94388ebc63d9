"""A whole profile: nodes become the typed model, and everything that is wrong is told at once."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Pseudonym
from fw_gear_deid.actions.keyed import KEY_SETTING, NO_KEY
from fw_gear_deid.problems import Mark, Problem
from fw_gear_deid.profile.choosing import CHOSEN, PROFILES, SWITCH
from fw_gear_deid.profile.container_types import METADATA, OLD_METADATA
from fw_gear_deid.profile.containers import read_containers
from fw_gear_deid.profile.findings import Findings, did_you_mean
from fw_gear_deid.profile.gates import GATES, read_gates
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.model import NONE, Profile, Section
from fw_gear_deid.profile.nodes import Entry, MapNode, ValueNode
from fw_gear_deid.profile.sections import ProfileContext, read_section
from fw_gear_deid.profile.settings import COPYING, LANGUAGE_VERSION, SECTIONS, SUBJECT_FOLDERS, TOP_KEYS
from fw_gear_deid.profile.typed import WRONG, read_value

if TYPE_CHECKING:
    from fw_gear_deid.actions import Setting

_TOP: Final = {option.name: option for option in TOP_KEYS}
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_PATHS: Final = ("map-subjects", "deid-log")
_CONTAINERS: Final = (METADATA, OLD_METADATA)
_INGEST: Final = (PROFILES, CHOSEN, SWITCH)
_OTHERWISE: Final = ("dicom", "zip")
"""Sections of which a lack of effect is told otherwise, or is as it should be."""
_REMOVALS: Final = (
    "remove-private-tags",
    "remove-undefined",
    "remove-exif",
    "remove-gps",
    "remove-private-chunks",
)
"""Settings that change files without any entry."""
_REFUSED: Final = " (refused unless allow_no_deid is true, or --allow-no-deid is given)"


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
        secret_key: the key of a profile that has none of its own; ``""``: none.
    """

    source: str = "profile"
    name: str = ""
    allow_no_deid: bool = False
    today: dt.date | None = None
    secret_key: str = field(default="", repr=False)


def profile_of(node: MapNode, choice: Choice, found: Findings) -> Profile:
    """Return what could be read of a profile, entries with errors left out.

    Args:
        node: the profile, its templates filled.
        choice: how it is to be read.
        found: takes what is wrong.
    """
    top = _top_values(node, found)
    today = choice.today or dt.datetime.now(dt.UTC).date()
    context = ProfileContext(str(top.get(KEY_SETTING) or choice.secret_key), today, found, node.mark)
    sections = {}
    for name, kind in SECTIONS.items():
        if (entry := node.get(name)) is not None:
            section = read_section(entry, kind, context)
            if section is not None:
                sections[name] = section
    if top.get("scrub"):
        sections = {name: replace(section, scrubs=True) for name, section in sections.items()}
    gates = read_gates(node.get(GATES), found)
    if "dicom" in sections:
        sections["dicom"] = replace(sections["dicom"], gates=gates)
    profile = Profile(
        name=str(top.get("name") or top.get("profile") or ""),
        sections=sections,
        description=str(top.get("description") or ""),
        containers=read_containers(node, context),
        map_subjects=str(top.get("map-subjects") or ""),
        deid_log=str(top.get("deid-log") or ""),
        scrub=bool(top.get("scrub")),
        folder_key=_folder_key(top, context, node),
    )
    if profile.map_subjects and "dicom" not in sections:
        mark = next(entry.mark for entry in node.entries if entry.key == "map-subjects")
        found.warning(mark, "map-subjects gives labels to DICOM files alone, and there is no dicom section")
    if node.get(GATES) is not None and "dicom" not in sections:
        found.warning(node.mark, "gates look at DICOM objects alone, and there is no dicom section")
    if profile.name == NONE:
        return _copying(profile, node, found, allowed=choice.allow_no_deid)
    _check_effect(profile, node, found, allowed=choice.allow_no_deid)
    return profile


def _folder_key(top: dict[str, Setting], context: ProfileContext, node: MapNode) -> str:
    """Return the key by which folders of subjects are renamed, ``""`` where they are not."""
    if top.get(SUBJECT_FOLDERS) != Pseudonym.key:
        return ""
    if not context.secret:
        context.found.error(node.mark, NO_KEY)
    return context.secret


def _copying(profile: Profile, node: MapNode, found: Findings, *, allowed: bool) -> Profile:
    """Return the profile ``none``, whose copies are the sources."""
    tell = found.warning if allowed else found.error
    tell(node.mark, f"the profile {NONE} changes nothing: files are copied as they are{'' if allowed else _REFUSED}")
    for section in (*profile.sections.values(), *profile.containers.values()):
        message = (
            f"in a profile named {NONE} nothing takes effect; give the profile another name, or delete its sections"
        )
        found.error(section.mark, message)
    everything = Entry(COPYING, node.mark, MapNode((), node.mark))
    copying = read_section(everything, SECTIONS[COPYING], ProfileContext("", dt.date.min, found, node.mark))
    return profile if copying is None else replace(profile, sections={COPYING: copying})


def _top_values(node: MapNode, found: Findings) -> dict[str, Setting]:
    """Return the values of top-level keys that are no sections."""
    values: dict[str, Setting] = {}
    for entry in node.entries:
        if entry.key in SECTIONS or entry.key in _CONTAINERS or entry.key == GATES:
            continue
        option = _TOP.get(entry.key)
        if option is None:
            found.error(entry.mark, _unknown(entry.key))
            continue
        value = read_value(option, entry.node, found)
        if value is not WRONG:
            values[entry.key] = value
            if entry.key in _PATHS and isinstance(entry.node, ValueNode) and entry.node.filling is not None:
                found.error(entry.node.mark, f"{entry.key} cannot be a template; name the file")
            elif problem := _fault(entry.key, value):
                found.error(entry.node.mark, problem)
    return values


def _unknown(key: str) -> str:
    if key in _INGEST:
        return f"{key} belongs to an ingest config, which holds profiles below {PROFILES}; delete this line"
    return f"unknown key {shown(key)}{did_you_mean(key, (*_TOP, GATES, *SECTIONS, *_CONTAINERS, *_INGEST))}"


def _fault(key: str, value: Setting) -> str:
    """Return what is wrong with the value of a top-level key, ``""`` when nothing is."""
    if key == "version" and value != LANGUAGE_VERSION:
        return f"version must be {LANGUAGE_VERSION}"
    if key in _PATHS and not value:
        return f"{key} is empty; name a file, or delete the line"
    if key in _PATHS and _URL.match(str(value)):
        return f"{key} is an address; only a file on this computer can be used"
    return ""


def _check_effect(profile: Profile, node: MapNode, found: Findings, *, allowed: bool) -> None:
    """Note a profile that would let everything through."""
    if found.failed:
        return
    tell = found.warning if allowed else found.error
    hint = "" if allowed else _REFUSED
    if not profile.sections:
        tell(Mark(node.mark.line, node.mark.column), f"the profile is blank: it has no section such as dicom{hint}")
    dicom = profile.sections.get("dicom")
    if dicom is not None and not _has_effect(dicom):
        tell(dicom.mark, f"the dicom section changes no element; add fields{hint}")
    for section in profile.sections.values():
        if section.name not in _OTHERWISE and not _has_effect(section):
            found.warning(
                section.mark,
                f"the {section.name} section changes nothing: its files are copied as they are; add "
                f"{'filenames' if section.name == COPYING else 'fields'}, or delete it to leave such files out",
            )


def _has_effect(section: Section) -> bool:
    if any(section.settings.get(name) for name in _REMOVALS) or section.settings.get("extensions") == "drop":
        return True
    named = section.name == COPYING and bool(section.filenames)
    return named or section.pixels is not None or any(rule.action.key != "keep" for rule in section.rules)
