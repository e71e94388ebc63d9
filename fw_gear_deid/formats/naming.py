"""The name of a copy: ``filenames`` rules of a profile, and what may stand in a file name anywhere."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from fw_gear_deid.actions import Occurrence, Scrub, Variable, text_of
from fw_gear_deid.actions.moments import read_plainly
from fw_gear_deid.errors import ActionError, UnmatchedError
from fw_gear_deid.identity import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fw_gear_deid.actions import Action
    from fw_gear_deid.formats.base import FileContext
    from fw_gear_deid.identity import Subject
    from fw_gear_deid.profile.model import FilenameRule, Section

MISSING: Final = "NA"
"""What stands in a name for a field that is missing, empty, or removed."""

_HARMLESS = re.compile(r"[0-9][0-9A-Za-z._-]{0,198}[0-9A-Za-z_-]")  # what sanitising leaves alone, UID names above all
_SUFFIXED: Final = re.compile(r"(.*?)((?:\.nii|\.tar)?\.[0-9A-Za-z]{1,5})?", re.DOTALL)
_T2_STAR = re.compile(r"(t2 ?_?)\*", re.IGNORECASE)
_DATED = ("increment-date", "increment-datetime")


def output_name(
    section: Section,
    context: FileContext,
    transformed: Callable[[str], str | None],
    *,
    default: str = "",
    object_id: str = "",
) -> str:
    """Return the base name of a file's copy.

    The first rule whose ``input-regex`` matches at the start of the source's name, or that has none, gives the name.
    Every result, the default too, is sanitised.

    Args:
        section: the section that owns the file.
        context: base name of the source file, and who it is about.
        transformed: what a field of the file holds after its rules, by the field's name; None when it is missing.
        default: the name when the section has no ``filenames``; empty means the source's.
        object_id: what the file is known by (keyed draws depend on it); empty means the source's name.

    Raises:
        UnmatchedError: no rule matches, or the name comes out empty.
        ActionError: the action of a group could not be carried out.
    """
    if not section.filenames:
        return sanitised(default or (scrubbed_name(context.name, context.subject) if section.scrubs else context.name))
    for index, rule in enumerate(section.filenames):
        groups: dict[str, str | None] = {}
        subject = context.subject if section.scrubs else NOBODY
        if rule.input_regex is not None:
            match = rule.input_regex.match(context.name)
            if match is None:
                continue
            at = Occurrence(object_id or context.name, f"filenames.{index}", subject=context.subject)
            groups = _acted_on(rule, _scrubbed_groups(rule, match.groupdict(), subject), at)
        return sanitised("".join(_part(part, groups, transformed) for part in rule.output))
    raise UnmatchedError(
        f"no filenames rule of the {section.name} section matches the file's name; "
        "add one without input-regex to catch the rest"
    )


def scrubbed_name(name: str, subject: Subject) -> str:
    """Return a base name without the subject's known identifiers; ``NA`` where nothing is left before its suffix."""
    stem, suffix = _parted(name)
    return f"{_scrubbed(stem, subject) or MISSING}{suffix}" if stem else name


def scrubbed_folder(name: str, subject: Subject) -> str:
    """Return a folder's name without the subject's known identifiers: behind a dot, too, may be a name."""
    left = _scrubbed(name, subject)
    _, suffix = _parted(name)
    # Some folders are read by what they end in: a scan in ``.ds``, a picture in ``.zarr``.
    return f"{MISSING}{suffix}" if left and left == suffix[1:] else left or MISSING


def _parted(name: str) -> tuple[str, str]:
    match = _SUFFIXED.fullmatch(name)
    return (match[1], match[2] or "") if match else (name, "")


def scrubbed_path(path: str, subject: Subject) -> str:
    """Return the path of a folder in which no name holds known identifiers of the subject."""
    return "/".join(name and scrubbed_folder(name, subject) for name in path.split("/"))


def _scrubbed(text: str, subject: Subject) -> str:
    answer = Scrub().apply(text, Occurrence("", "", subject=subject))
    return text if answer is None else str(answer)


def _scrubbed_groups(rule: FilenameRule, groups: dict[str, str | None], subject: Subject) -> dict[str, str | None]:
    """Return the groups of a name, those that no action changes without the subject's known identifiers."""
    return {
        name: text if name in rule.groups or not text else _scrubbed(text, subject) for name, text in groups.items()
    }


def wanted_fields(names: Iterable[str], transformed: Callable[[str], str | None]) -> dict[str, str]:
    """Return the fields that an archive's name asks for, of those a file has; what has no single value is left out."""
    found = {}
    for name in names:
        try:
            value = transformed(name)
        except ActionError:
            continue
        if value is not None:
            found[name] = value
    return found


def sanitised(name: str) -> str:
    """Return ``name`` with what some platform refuses in a file name replaced by ``_``, and ``t2*`` by ``t2star``.

    Raises:
        UnmatchedError: nothing usable is left (``""``, ``"."``, ``".."``).
    """
    if _HARMLESS.fullmatch(name):
        return name
    name = name.encode("utf-8", "replace").decode()  # halves of surrogate pairs cannot be part of a path
    from pathvalidate import sanitize_filename  # noqa: PLC0415  # slow to load, and most names are harmless

    result = str(sanitize_filename(_T2_STAR.sub(r"\1star", name), replacement_text="_", platform="universal"))
    if result in {"", ".", ".."}:
        raise UnmatchedError("the new file name comes out empty; give filenames an output with fixed text in it")
    return result


def _part(part: str | Variable, groups: dict[str, str | None], transformed: Callable[[str], str | None]) -> str:
    if not isinstance(part, Variable):
        return part
    value = groups[part.name] if part.name in groups else transformed(part.name)
    return value or MISSING


def _acted_on(rule: FilenameRule, groups: dict[str, str | None], at: Occurrence) -> dict[str, str | None]:
    for name, action in rule.groups.items():
        value = groups.get(name)
        if value:
            value = _with_format(value, action)
            answer = action.apply(value, at.within(name))
            groups[name] = text_of(answer, value)
    return groups


def _with_format(value: str, action: Action) -> str:
    """Return a date of any common spelling in the spelling that the action reads."""
    spelling = getattr(action, "format", None)
    if action.key not in _DATED or not isinstance(spelling, str) or spelling == "timestamp":
        return value
    try:
        return read_plainly(value, spelling).strftime(spelling)
    except ValueError:
        return guessed(value).strftime(spelling)


def guessed(value: str) -> datetime:
    """Return what a date of any common spelling says, without an offset from UTC it may have.

    Raises:
        ActionError: it is no date, or lacks its year, month or day.
    """
    # Parts that the text lacks are taken from the default: two defaults tell whether it lacks a part of the date.
    try:
        first, second = (_with_default(value, day) for day in _DEFAULTS)
    except (ValueError, ArithmeticError):  # a number out of all bounds is another error to dateutil
        raise ActionError("a date in the file's name cannot be read; name its date-format in the group") from None
    if first != second:
        raise ActionError("a date in the file's name lacks its year, month, or day; shift needs all three")
    return first


def _with_default(value: str, day: datetime) -> datetime:
    from dateutil import parser  # noqa: PLC0415  # slow to load, and few profiles date their file names

    # ignoretz: without it an unknown zone's letters would end up in a warning.
    return cast("datetime", parser.parse(value, default=day, ignoretz=True))


_DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001  # file names carry no zone
