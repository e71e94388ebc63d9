"""``fw-deid validate`` and ``fw-deid profile``: look at profiles without reading data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from fw_gear_deid.commands.opening import compiled_profile
from fw_gear_deid.commands.screen import say
from fw_gear_deid.errors import ProfileError
from fw_gear_deid.profile import builtin_names, builtin_text, read_profile, show, show_hidden
from fw_gear_deid.profile.describing import described

if TYPE_CHECKING:
    import argparse

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
    if profile.warnings and arguments.strict:
        say(f"{profile.source}: refused: with --strict a warning counts as an error")
        return INVALID
    say(f"{profile.source}: valid: {described(profile)}")
    return VALID


def show_list(_arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid profile list``."""
    names = builtin_names()
    width = max(map(len, names))
    for name in names:
        say(f"{name:<{width}}  {read_profile(name, allow_no_deid=True).description}".rstrip())
    return VALID


def show_text(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid profile show``: a file in normal form, or a built-in profile as it is written."""
    if arguments.profile in builtin_names():
        sys.stdout.write(builtin_text(arguments.profile))
        return VALID
    profile = compiled_profile(arguments).profile
    sys.stdout.write(show(profile) if arguments.secrets else show_hidden(profile))
    return VALID
