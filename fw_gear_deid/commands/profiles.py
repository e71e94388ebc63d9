"""``fw-deid validate`` and ``fw-deid profile``: look at profiles without reading data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_deid.commands.opening import compiled_profile, draft_of
from fw_gear_deid.commands.screen import put, say
from fw_gear_deid.errors import ProfileError
from fw_gear_deid.formats.compiling import objections
from fw_gear_deid.problems import Severity
from fw_gear_deid.profile import (
    builtin_description,
    builtin_names,
    builtin_text,
    is_builtin,
    show,
    show_hidden,
)
from fw_gear_deid.profile.builtin.ps3_15 import BASIC, MEANINGS
from fw_gear_deid.profile.describing import described
from fw_gear_deid.profile.templates.mapping import read_mapping
from fw_gear_deid.standard.confidentiality import ProfileOption

if TYPE_CHECKING:
    import argparse

    from fw_gear_deid.problems import Problem
    from fw_gear_deid.profile import Draft
    from fw_gear_deid.profile.templates.mapping import MappingTable

VALID, INVALID = 0, 2
SHOWN = 5
"""How many lines of a mapping are named with one problem."""


def validate(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid validate`` and return the exit code."""
    try:
        draft = draft_of(arguments)
        table = None if arguments.mapping is None else read_mapping(arguments.mapping)
    except ProfileError as error:
        say(str(error))
        return INVALID
    profile, problems = draft.checked(None, objections)
    source = draft.choice.source
    for problem in problems:
        say(problem.located(source))
    worst = [problem.severity for problem in (*problems, *_of_rows(draft, table, problems))]
    if profile is None or Severity.ERROR in worst:
        return INVALID
    if worst and arguments.strict:
        say(f"{source}: refused: with --strict a warning counts as an error")
        return INVALID
    needs = f"; needs values for {', '.join(draft.names)}" if draft.names else ""
    say(f"{source}: valid: {described(profile)}{needs}")
    return VALID


def _of_rows(draft: Draft, table: MappingTable | None, told: tuple[Problem, ...]) -> list[Problem]:
    """Tell what is wrong once a profile is filled from each row of a mapping, each problem once, and return it."""
    if table is None or any(problem.severity is Severity.ERROR for problem in told):
        return []
    unused = table.unused(draft.names)
    for problem in unused:
        say(problem.located(table.source))
    lines: dict[Problem, list[int]] = {}
    for row in table.rows.values():
        for problem in draft.checked(row.variables, objections)[1]:
            if problem not in told:
                lines.setdefault(problem, []).append(row.line)
    for problem, rows in lines.items():
        shown = ", ".join(map(str, rows[:SHOWN])) + (f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else "")
        say(f"{problem.located(draft.choice.source)} ({table.source}, line{'s' * (len(rows) > 1)} {shown})")
    return [*unused, *lines]


def show_list(_arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid profile list``."""
    names = builtin_names()
    width = max(map(len, names))
    for name in names:
        say(f"{name:<{width}}  {builtin_description(name)}".rstrip())
    say(f"\nOptions are added to the name of a profile of the standard, as in {BASIC}+{ProfileOption.UIDS}:")
    width = max(map(len, MEANINGS))
    for option, meaning in MEANINGS.items():
        say(f"  {option:<{width}}  {meaning}")
    say("These profiles need a secret key (--secret-key FILE). fw-deid profile show NAME prints what one does.")
    return VALID


def show_text(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid profile show``: a file in normal form, or a built-in profile as it is written."""
    if is_builtin(arguments.profile):
        try:
            put(builtin_text(arguments.profile))
        except ProfileError as error:
            say(str(error))
            return INVALID
        return VALID
    profile = compiled_profile(arguments).profile
    put(show(profile) if arguments.secrets else show_hidden(profile))
    return VALID
