"""``fw-deid validate`` and ``fw-deid profile``: look at profiles without reading data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from fw_gear_deid.commands.opening import compiled_profile
from fw_gear_deid.commands.screen import say
from fw_gear_deid.errors import ProfileError, UsageError
from fw_gear_deid.profile import builtin_names, builtin_text, read_profile

if TYPE_CHECKING:
    import argparse

    from fw_gear_deid.profile.model import Profile

VALID, INVALID = 0, 2


def validate(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid validate`` and return the exit code."""
    try:
        profile = compiled_profile(arguments).profile
    except ProfileError as error:
        say(str(error))
        return INVALID
    for problem in profile.warnings:
        say(problem.located(profile.source))
    say(f"{profile.source}: valid: {_described(profile)}")
    return VALID


def _described(profile: Profile) -> str:
    parts = [
        f"{section.name} ({len(section.rules)} rule{'' if len(section.rules) == 1 else 's'})"
        for section in profile.sections.values()
    ]
    return ", ".join(parts)


def show_list(_arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid profile list``."""
    names = builtin_names()
    width = max(map(len, names))
    for name in names:
        say(f"{name:<{width}}  {read_profile(name, allow_no_deid=True).description}".rstrip())
    return VALID


def show_text(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid profile show``: the profile as it is written, to be read, or to begin one's own with."""
    names = builtin_names()
    if arguments.name not in names:
        raise UsageError(f"{arguments.name}: no built-in profile of that name; there are: {', '.join(names)}")
    sys.stdout.write(builtin_text(arguments.name))
    return VALID
