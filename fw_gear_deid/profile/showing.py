"""A profile written as YAML again: in a fixed order, without comments and without defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from fw_gear_deid.actions import Pseudonym
from fw_gear_deid.actions.keyed import KEY_SETTING
from fw_gear_deid.profile.container_types import CONTAINERS, METADATA
from fw_gear_deid.profile.gates import GATES, WARNED
from fw_gear_deid.profile.model import NONE
from fw_gear_deid.profile.outputs import written
from fw_gear_deid.profile.settings import ALTER_PIXELS, LABEL, LANGUAGE_VERSION, SECRETS, SECTIONS, SUBJECT_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.profile.model import FilenameRule, Profile, Rule, Section, Written
    from fw_gear_deid.profile.settings import SectionType


HIDDEN: Final = "# Secrets are hidden (!secret): this text is to be read, not to be run.\n"


class _Secret(str):
    """A value that is not to be seen."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes a tag that no profile may have in place of a secret, so that the text cannot be run by mistake."""


_Dumper.add_representer(_Secret, lambda dumper, _: dumper.represent_scalar("!secret", ""))


def show_hidden(profile: Profile) -> str:
    """Return normalised YAML for people, without salts and keys; it is no profile to run where it had any."""
    whole = _hidden(_whole(profile))
    text = _dumped(whole, _Dumper)
    return HIDDEN + text if ": !secret ''\n" in text else text


def _hidden(part: Any) -> Any:  # noqa: ANN401  # what YAML holds
    if isinstance(part, dict):
        return {
            key: _Secret() if key in SECRETS and isinstance(value, str) else _hidden(value)
            for key, value in part.items()
        }
    return [_hidden(item) for item in part] if isinstance(part, list) else part


def show(profile: Profile) -> str:
    """Return normalised YAML that reads as an equal profile. It holds the profile's salts and keys."""
    return _dumped(_whole(profile), yaml.SafeDumper)


def _dumped(whole: dict[str, Any], dumper: type[yaml.SafeDumper]) -> str:
    text: str = yaml.dump(whole, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


def _whole(profile: Profile) -> dict[str, Any]:
    whole: dict[str, Any] = {"name": profile.name} if profile.name else {}
    whole["version"] = LANGUAGE_VERSION  # Flywheel's engine in Rust takes no profile without it
    if profile.description:
        whole["description"] = profile.description
    if profile.map_subjects:
        whole["map-subjects"] = profile.map_subjects
    if profile.folder_key:
        whole[SUBJECT_FOLDERS] = Pseudonym.key
        whole[KEY_SETTING] = profile.folder_key
    if profile.deid_log:
        whole["deid-log"] = profile.deid_log
    if profile.scrub:
        whole["scrub"] = True
    dicom = profile.sections.get("dicom")
    if dicom is not None and (policies := _not_default(dicom)):
        whole[GATES] = policies
    if profile.name != NONE:
        whole |= {name: _section(section, SECTIONS[name]) for name, section in profile.sections.items()}
    if profile.containers:
        kinds = {name: kind.settings for name, kind in CONTAINERS.items()}
        whole[METADATA] = {name: _section(rules, kinds[name]) for name, rules in profile.containers.items()}
    return whole


def _not_default(dicom: Section) -> dict[str, str]:
    """Return the policies that a profile sets."""
    return {str(gate): str(policy) for gate, policy in dicom.gates.items() if policy is not WARNED[gate]}


def _section(section: Section, kind: SectionType) -> dict[str, Any]:
    defaults = kind.defaults
    shown: dict[str, Any] = {}
    if "file-filter" in kind.settings and (section.filters != kind.filters or not kind.filters):
        shown["file-filter"] = list(section.filters)
    shown |= {name: _plain(value) for name, value in section.settings.items() if value != defaults[name]}
    if section.pixels is not None:
        shown[ALTER_PIXELS] = section.pixels.written
    if section.rules:
        shown["fields"] = [_rule(rule) for rule in section.rules]
    if section.filenames:
        shown["filenames"] = [_filename_rule(rule) for rule in section.filenames]
    return shown


def _rule(rule: Rule) -> dict[str, Any]:
    selector = {"name": rule.name} if rule.regex is None else {"regex": rule.regex.pattern}
    called = {LABEL: rule.called} if rule.called else {}
    return selector | called | _written(rule.written)


def _filename_rule(rule: FilenameRule) -> dict[str, Any]:
    shown: dict[str, Any] = {"output": written(rule.output)}
    if rule.input_regex is not None:
        shown["input-regex"] = rule.input_regex.pattern
    if rule.groups:
        shown["groups"] = [{"name": name} | _written(rule.written[name]) for name in rule.groups]
    return shown


def _written(given: Mapping[str, Written]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: Written) -> Any:  # noqa: ANN401  # what YAML holds
    if isinstance(value, tuple):
        return [item if isinstance(item, str) else _written(item) for item in value]
    return value
