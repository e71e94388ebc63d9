"""A file section: its settings, then its rules, then what is odd about them together."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fw_gear_deid.actions import ActionCode, Hash, HashUid, IncrementDate, Jitter, Key, Kind, OptionError, Options
from fw_gear_deid.actions.encrypting import fixed_nonce
from fw_gear_deid.actions.hashing import root_problem
from fw_gear_deid.actions.jitter import check_range
from fw_gear_deid.actions.keyed import KEY_SETTING
from fw_gear_deid.profile.advice import actions_of, advise
from fw_gear_deid.profile.deeds import SectionContext
from fw_gear_deid.profile.filenames import read_filenames
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.model import Section
from fw_gear_deid.profile.nodes import MapNode, is_null
from fw_gear_deid.profile.rules import read_rules
from fw_gear_deid.profile.settings import ALTER_PIXELS, READERS, STRUCTURE
from fw_gear_deid.profile.typed import WRONG, read_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.actions import Action, Setting
    from fw_gear_deid.problems import Mark
    from fw_gear_deid.profile.findings import Findings
    from fw_gear_deid.profile.model import Rule
    from fw_gear_deid.profile.nodes import Entry
    from fw_gear_deid.profile.pixels.recipes import Pixels
    from fw_gear_deid.profile.settings import SectionType


@dataclass(frozen=True, slots=True)
class ProfileContext:
    """What every section of a profile is read by.

    Attributes:
        secret: the profile's own ``secret-key``, or the one it is used with.
        today: what relative limits count from.
        found: takes what is wrong.
        mark: where the profile begins.
    """

    secret: str = field(repr=False)
    today: dt.date
    found: Findings
    mark: Mark


def read_section(entry: Entry, kind: SectionType, profile: ProfileContext) -> Section | None:
    """Return a file section; where something is found to be wrong with it, it is not complete.

    Args:
        entry: its key and what stands under it; nothing is an empty section.
        kind: what it may hold.
        profile: what holds it.
    """
    found = profile.found
    node = MapNode((), entry.mark) if is_null(entry.node) else entry.node
    if not isinstance(node, MapNode):
        found.error(node.mark, f"{kind.name} must hold settings, such as fields")
        return None
    settings, filters = _settings(node, kind, found)
    if profile.secret and settings.get(KEY_SETTING) is None:
        settings[KEY_SETTING] = profile.secret
    marks = {each.key: each.mark for each in node.entries}
    context = SectionContext(kind, settings, marks, profile.today, found, profile.mark)
    _check_settings(settings, context)
    rules = _rules(node, context)
    filenames = read_filenames(named.node, context) if (named := node.get("filenames")) else ()
    if kind.name == "table":
        _check_table(node, entry.mark, found)
    if kind.name == "key-value-text-file" and node.get("delimiter") is None:
        found.error(entry.mark, f"{kind.name} needs delimiter: say what stands between key and value")
    section = Section(
        name=kind.name,
        filters=filters,
        enforce_filter=settings.get("enforce-file-filter") is True,
        rules=rules,
        filenames=filenames,
        settings=settings,
        mark=entry.mark,
        pixels=_pixels(node, context),
        marks=marks,
    )
    _check_whole(section, context)
    return section


def _settings(node: MapNode, kind: SectionType, found: Findings) -> tuple[dict[str, Setting], tuple[str, ...]]:
    """Return every setting with its value, and the file filters."""
    settings = kind.defaults
    filters = kind.filters
    for entry in node.entries:
        option = kind.settings.get(entry.key)
        if option is None:
            found.error(entry.mark, f"unknown setting {shown(entry.key)}{did_you_mean(entry.key, kind.settings)}")
        elif option.kind is not Kind.RULES:
            value = read_value(option, entry.node, found)
            if option.kind not in STRUCTURE and value is not WRONG:
                settings[option.name] = value
            elif isinstance(value, tuple):
                filters = value
    return settings, filters


def _rules(node: MapNode, context: SectionContext) -> tuple[Rule, ...]:
    entry = node.get("fields")
    if entry is None:
        return ()
    if not context.kind.fields and not is_null(entry.node):
        context.found.error(entry.mark, f"{context.kind.name} has no fields; act on groups of filenames instead")
        return ()
    return read_rules(entry.node, context)


def _pixels(node: MapNode, context: SectionContext) -> Pixels | None:
    entry = node.get(ALTER_PIXELS) if ALTER_PIXELS in context.kind.settings else None
    if entry is None:
        return None
    from fw_gear_deid.profile.pixels.reading import read_pixels  # noqa: PLC0415  # few profiles alter pixels

    return read_pixels(entry, context.found)


def _check_settings(settings: dict[str, Setting], context: SectionContext) -> None:
    """Note settings that are right by themselves but make no sense."""
    marks, found = context.marks, context.found
    name, prefix = settings.get("uid-numeric-name"), settings.get("uid-prefix-fields")
    if isinstance(name, str) and isinstance(prefix, int) and (problem := root_problem(name, prefix)):
        found.of_value(marks["uid-numeric-name"], problem)
    width = settings.get("jitter-range")
    if isinstance(width, int | float) and "jitter-range" in marks:
        try:
            check_range(float(width), whole=settings.get("jitter-type") == "int")
        except OptionError as error:
            found.of_value(marks["jitter-range"], str(error))
    try:
        fixed_nonce(str(settings.get("force-nonce") or ""))
        Key.of(Options(dt.date.min, settings))
    except OptionError as error:
        found.of_value(marks.get(error.option, context.top), str(error))
    _check_text(settings, marks, found)
    if settings.get("separator") == "":
        found.of_value(marks["separator"], "separator is empty; write the text between the parts of a path")


def _check_text(settings: dict[str, Setting], marks: Mapping[str, Mark], found: Findings) -> None:
    """Note how tables and other text cannot be read."""
    delimiter, reader, encoding = settings.get("delimiter"), settings.get("reader"), settings.get("encoding")
    if "reader" in settings and delimiter == r"\t":  # in single quotes YAML takes it for two characters
        delimiter = settings["delimiter"] = "\t"
    if "reader" in settings and isinstance(delimiter, str) and (len(delimiter) != 1 or delimiter in '\r\n"'):
        found.of_value(marks["delimiter"], "delimiter must be one character, and neither a quote nor a line end")
        del settings["delimiter"]
    if isinstance(reader, str) and reader not in READERS:
        message = f"the readers of tables are: {', '.join(READERS)}; for JSON and XML write a section json or xml"
        found.of_value(marks["reader"], message)
        del settings["reader"]
    if isinstance(encoding, str) and not _is_encoding(encoding):
        found.of_value(marks["encoding"], "this encoding is not known; write one such as utf-8, latin-1, cp1252")
        settings["encoding"] = "utf-8"  # so that the rest can be looked at


def _is_encoding(name: str) -> bool:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def _check_table(node: MapNode, mark: Mark, found: Findings) -> None:
    for name, why in (("file-filter", "which files it owns"), ("reader", "how they are read (reader: csv)")):
        if node.get(name) is None:
            found.error(mark, f"table needs {name}: say {why}")


def _check_whole(section: Section, context: SectionContext) -> None:
    """Note what is wrong or doubtful about settings and rules together."""
    found = context.found
    if section.settings.get("remove-undefined") is True and not section.rules:
        message = "remove-undefined needs fields: list what is to stay, or nothing of the file would"
        found.error(context.marks["remove-undefined"], message)
    if (mark := _unsalted(section, context)) is not None:
        message = "hashes and jitter without a salt can be undone by trying likely values; set salt in this section"
        found.warning(mark, message)
    for mark, action in actions_of(section):
        hashing = action.uid if isinstance(action, ActionCode) and action.hashes else action
        if isinstance(hashing, HashUid) and hashing.suffix and not hashing.uuid:
            message = (
                "hashuid keeps digits of the original UID at the end, and a kept part that begins with 0 is not valid; "
                "set uid-suffix-fields: 0, or uid-method: uuid"
            )
            found.warning(mark, message)
            break
    if not found.failed:
        for problem in advise(section, context.marks):
            found.add(problem)


def _unsalted(section: Section, context: SectionContext) -> Mark | None:
    """Return where a hash or a draw is first asked for that no salt or key protects."""
    if section.settings.get("salt") or section.settings.get("hash-method") == "hmac-sha256":
        return None
    if section.settings.get("hash-subdirectories") is True:
        return context.marks["hash-subdirectories"]
    return next((mark for mark, action in actions_of(section) if _needs_salt(action)), None)


def _needs_salt(action: Action) -> bool:
    return isinstance(action, Hash | Jitter) or (isinstance(action, IncrementDate) and action.jitter is not None)
