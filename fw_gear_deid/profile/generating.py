"""A profile written for people: commented, in groups, in an order that does not depend on who wrote it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.actions import Setting


@dataclass(frozen=True, slots=True)
class DraftRule:
    """One entry of ``fields``.

    Attributes:
        name: the field.
        about: what it is, for people.
        action: the action and its options.
    """

    name: str
    about: str
    action: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class DraftSetting:
    """A setting with the reason for it.

    Attributes:
        value: None writes it as a comment, to be filled in.
    """

    name: str
    value: Setting
    about: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A profile of one section, to be written.

    Attributes:
        name: the profile's name.
        about: lines of comment at its head.
        section: name of the section.
        settings: its settings, in order.
        groups: its rules under a heading each, in order; empty groups are left out.
    """

    name: str
    about: tuple[str, ...]
    section: str
    settings: tuple[DraftSetting, ...]
    groups: tuple[tuple[str, tuple[DraftRule, ...]], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a profile.

    Attributes:
        rules: which rule begins in which line, counted from 1.
    """

    text: str
    rules: Mapping[int, DraftRule]


def written(draft: Draft) -> Written:
    """Return a draft as YAML."""
    lines = [*(f"# {line}" for line in draft.about), f"name: {_scalar(draft.name)}", "version: 1", ""]
    lines.append(f"{draft.section}:")
    for setting in draft.settings:
        lines += _setting(setting)
    lines.append("  fields:")
    rules: dict[int, DraftRule] = {}
    for title, group in draft.groups:
        if group:
            lines.append(f"    # {title}: {len(group)}")
        for rule in group:
            rules[len(lines) + 1] = rule
            lines += [f"    {line}" for line in entry(rule)]
    return Written("\n".join(lines) + "\n", rules)


def entry(rule: DraftRule) -> list[str]:
    """Return a rule as lines of YAML, to be put in a list."""
    options = [f"  {key}: {_scalar(value)}" for key, value in rule.action.items()]
    return [f"- name: {_scalar(rule.name)}  # {rule.about}", *options]


def _setting(setting: DraftSetting) -> list[str]:
    about = [f"  # {line}" for line in textwrap.wrap(setting.about, 110)]
    value = f"  # {setting.name}:" if setting.value is None else f"  {setting.name}: {_scalar(setting.value)}"
    return [*about, value]


def _scalar(value: Setting) -> str:
    """Return a value on one line, text in quotes where YAML would read it as something else."""
    text: str = yaml.safe_dump(value, allow_unicode=True, width=float("inf"), default_flow_style=True)
    if "\n" in text.removesuffix("\n...\n").rstrip("\n"):
        text = yaml.safe_dump(value, allow_unicode=True, width=float("inf"), default_style='"')
    return text.removesuffix("\n...\n").rstrip("\n")
