"""Which profile a run uses: the input's, the destination project's, its group's, the site's, or a built-in one.

The platform searches project, group and site, and takes the first valid one. So does ``auto``, after the input; a
level that has an invalid profile is passed over with a warning. A blank profile is a decision, not a mistake: it
ends the search, and is refused unless that is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.errors import SiteError, UsageError
from fw_gear_deid.formats.compiling import objections
from fw_gear_deid.problems import Severity
from fw_gear_deid.profile import Draft, builtin_names, builtin_text, is_builtin
from fw_gear_deid.profile.checking import Choice
from fw_gear_deid.profile.loading import BLANK
from fw_gear_deid.site.connection import FORBIDDEN, NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container

SETTING: Final = "deid_profile"
"""Where the settings of a project, a group or the site hold a profile."""

ATTACHED: Final = ("deid_profile.yaml", "deid_profile.yml", "deid_profile.json")
"""Names of a project's file that holds its profile, where its settings hold none."""


class Level(StrEnum):
    """Where a profile comes from."""

    INPUT = "input"
    PROJECT = "project"
    GROUP = "group"
    SITE = "site"
    BUILTIN = "builtin"


AUTO: Final = "auto"
SOURCES: Final = (AUTO, *Level)
_SAYS_NOTHING: Final = frozenset({"name", "profile", "description", "version"})
SEARCHED: Final = (Level.PROJECT, Level.GROUP, Level.SITE)
"""The levels of the platform, in its order."""


_NONE: Final = (
    "profile_source: neither the destination project nor its group nor the site has a valid profile; give one as "
    "deid_profile, or set one in their settings"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which profile is asked for.

    Attributes:
        source: one of ``SOURCES``.
        text: that of the profile input; None without one.
        name: which built-in profile, or which entry of an ingest config.
        allow_no_deid: accept a profile that changes nothing.
        secret_key: the key of a profile that has none of its own.
    """

    source: str = AUTO
    text: bytes | None = None
    name: str = ""
    allow_no_deid: bool = False
    secret_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The profile of a run.

    Attributes:
        level: where it comes from.
        draft: the profile, its templates still to be filled.
        warnings: what was passed over, and why.
    """

    level: Level
    draft: Draft
    warnings: tuple[str, ...] = ()


def choose(wanted: Wanted, client: SiteClient, project: Container) -> Chosen:
    """Return the profile of a run into a project.

    Raises:
        UsageError: there is none, or the one asked for cannot be used; a line for each problem.
        SiteError: the site does not answer.
    """
    if wanted.source == AUTO:
        return _first_valid(wanted, client, project) if wanted.text is None else _of_input(wanted)
    level = Level(wanted.source)
    if level is Level.INPUT:
        return _of_input(wanted)
    if level is Level.BUILTIN:
        return _builtin(wanted)
    text = _text_of(level, client, project)
    if text is None:
        raise UsageError(f"profile_source: the {level} has no profile; set one in its settings, or choose another")
    return Chosen(level, _checked(_draft(level, text, wanted), level))


def _first_valid(wanted: Wanted, client: SiteClient, project: Container) -> Chosen:
    warnings: list[str] = []
    for level in SEARCHED:
        text = _text_of(level, client, project)
        if text is None:
            continue
        draft = _draft(level, text, wanted)
        if _is_blank(draft) and not wanted.allow_no_deid:
            raise UsageError(_blank(level))
        if errors := _errors(draft):
            warnings += [f"the profile of the {level} is not valid and is passed over: {error}" for error in errors]
            continue
        return Chosen(level, draft, tuple(warnings))
    none = (
        "profile_source: neither the destination project nor its group nor the site has a valid profile; give one as "
    )
    raise UsageError("\n".join([f"{none}deid_profile, or set one in their settings", *warnings]))


def _of_input(wanted: Wanted) -> Chosen:
    if wanted.text is None:
        raise UsageError("deid_profile: missing; choose the profile's file, or another profile_source")
    return Chosen(Level.INPUT, _checked(_draft(Level.INPUT, wanted.text, wanted), Level.INPUT))


def _builtin(wanted: Wanted) -> Chosen:
    if not is_builtin(wanted.name):
        raise UsageError(f"profile_name: must name a built-in profile: {', '.join(builtin_names())}")
    choice = Choice(wanted.name, "", wanted.allow_no_deid, secret_key=wanted.secret_key)
    return Chosen(Level.BUILTIN, _checked(Draft.of(builtin_text(wanted.name), choice), Level.BUILTIN))


def _draft(level: Level, text: str | bytes, wanted: Wanted) -> Draft:
    name = wanted.name if level is Level.INPUT else ""
    choice = Choice(f"profile of the {level}", name, wanted.allow_no_deid, secret_key=wanted.secret_key)
    return Draft.of(text, choice)


def _checked(draft: Draft, level: Level) -> Draft:
    if _is_blank(draft) and not draft.choice.allow_no_deid:
        raise UsageError(_blank(level))
    if errors := _errors(draft):
        raise UsageError("\n".join(errors))
    return draft


def _errors(draft: Draft) -> list[str]:
    """Return what is wrong with a profile that can be known before its templates are filled."""
    problems = draft.checked(None, objections)[1]
    return [problem.located(draft.choice.source) for problem in problems if problem.severity is Severity.ERROR]


def _is_blank(draft: Draft) -> bool:
    """Whether nothing is written that could act on a file: no text, or at most a name."""
    if draft.node is None:
        return any(problem.message.startswith(BLANK) for problem in draft.problems)
    return all(entry.key in _SAYS_NOTHING for entry in draft.node.entries)


def _blank(level: Level) -> str:
    return (
        f"the profile of the {level} is blank, which tells the platform not to de-identify there; give another "
        "profile, or set allow_no_deid if copies without de-identification are meant"
    )


# -- reading


def _text_of(level: Level, client: SiteClient, project: Container) -> str | bytes | None:
    """Return the profile of a level, None when it has none.

    Raises:
        UsageError: the key may not look: there might be one.
        SiteError: the site does not answer.
    """
    try:
        return _found(level, client, project)
    except SiteError as error:
        if error.status not in {FORBIDDEN, NOT_FOUND}:
            raise
    raise UsageError(
        f"profile_source: the API key may not read the settings of the destination's {level}, which may hold one; "
        "ask for that right, or give a profile as deid_profile"
    )


def _found(level: Level, client: SiteClient, project: Container) -> str | bytes | None:
    if level is Level.PROJECT:
        found = _setting(client.settings(project))
        return _attached(client, project) if found is None else found
    if level is Level.GROUP:
        group = client.container(project.parents["group"])
        return _setting(client.settings(group))
    return _setting(client.settings(None))


def _setting(settings: Mapping[str, Any]) -> str | None:
    """Return the profile in some settings as text."""
    import yaml  # noqa: PLC0415  # the profile's own reader is for texts

    value = settings.get(SETTING)
    if value is None:
        return None
    return value if isinstance(value, str) else str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True))


def _attached(client: SiteClient, project: Container) -> bytes | None:
    """Return the project's file that holds its profile."""
    names = _names(client.container(project.id).files)
    name = next(names, None)
    return None if name is None else client.read_file(project.id, name)


def _names(files: tuple[Any, ...]) -> Iterator[str]:
    there = {file.name for file in files}
    return (name for name in ATTACHED if name in there)
