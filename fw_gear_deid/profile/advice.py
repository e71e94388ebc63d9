"""What is allowed in a section but seldom meant: settings without use, rules that never act, names that tell who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Encrypt, IncrementDate, RegexSub, variables
from fw_gear_deid.problems import Problem, Severity
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.profile.nodes import TEMPLATE_SIGN
from fw_gear_deid.profile.regex.parsing import admits_text, demanded, named_groups

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from fw_gear_deid.actions import Action
    from fw_gear_deid.problems import Mark
    from fw_gear_deid.profile.model import FilenameRule, Rule, Section

_DATES: Final = ("increment-date", "increment-datetime")
_UIDS: Final = ("hashuid", "action-code")
_USERS: Final[Mapping[str, tuple[str, ...]]] = {
    "date-increment": _DATES,
    "date-increment-range": _DATES,
    "date-format": ("increment-date",),
    "datetime-format": ("increment-datetime",),
    "on-unparsable": _DATES,
    "jitter-range": ("jitter",),
    "jitter-type": ("jitter",),
    "replace-with-insert": ("replace-with",),
    "hash-digits": ("hash",),
    "uid-prefix-fields": _UIDS,
    "uid-suffix-fields": _UIDS,
    "uid-numeric-name": _UIDS,
    "uid-method": _UIDS,
    "force-nonce": ("encrypt",),
}
"""Settings that one kind of action alone reads, with these actions."""

_NEEDED: Final[Mapping[str, str]] = {
    "patient-age-units": "patient-age-from-birthdate",
    "cap-age": "patient-age-from-birthdate",
    "safe-private": "remove-private-tags",
    "public-key": "asymmetric-encryption",
    "private-key": "asymmetric-encryption",
}
"""Settings that mean something together with another one alone."""

_REMOVALS: Final = frozenset({"remove"})
_EVERYTHING: Final = frozenset({"", ".*", "^.*", ".*$", "^.*$"})
KEEPS: Final = frozenset({"keep", "identity"})
"""Actions that change nothing."""


def advise(section: Section, marks: Mapping[str, Mark]) -> Iterator[Problem]:
    """Yield warnings about a section that has no errors.

    Args:
        section: the section.
        marks: where its settings are written.
    """
    yield from _unused(section, marks)
    yield from _about_nonce(section)
    yield from _about_moves(section)
    if section.name != "dicom":  # whose names are compared by what they stand for
        yield from twice_named(section.rules, lambda rule: (rule.name,))
    yield from _unreachable_names(section.filenames)
    for naming in section.filenames:
        yield from _about_name(naming)
    for rule in section.rules:
        if rule.regex is not None:
            yield from _unused_groups(rule.regex, (), rule.mark, "regex")
        for item in rule.action.items if isinstance(rule.action, RegexSub) else ():
            told = (*variables(item.output), *item.groups)  # a group that only has an action has been told
            yield from _unused_groups(item.input_regex, told, item.mark, "input-regex")
    yield from _about_filters(section, marks)


def actions_of(section: Section) -> Iterator[tuple[Mark, Action]]:
    """Yield every action of a section, those of groups too, with the place of its entry."""
    for rule in section.rules:
        yield from ((rule.mark, action) for action in _with_groups(rule.action))
    for named in section.filenames:
        yield from ((named.mark, each) for action in named.groups.values() for each in _with_groups(action))


def _with_groups(action: Action) -> Iterator[Action]:
    yield action
    if isinstance(action, RegexSub):
        for item in action.items:
            for inner in item.groups.values():
                yield from _with_groups(inner)


def twice_named(rules: Iterable[Rule], keys_of: Callable[[Rule], Iterable[object]]) -> Iterator[Problem]:
    """Yield a warning for each rule on what an earlier rule acts on, too.

    Args:
        rules: the rules of a section, in order.
        keys_of: what a rule acts on; rules by regular expression are compared by their expressions.
    """
    first: dict[object, Rule] = {}
    for rule in rules:
        keys = [rule.regex.pattern] if rule.regex is not None else list(keys_of(rule))
        earlier = next((first[key] for key in keys if key in first), None)
        if earlier is not None and not _takes_place(rule, earlier):
            yield _warning(rule.mark, f"{shown(rule.label)}: {_again(rule, earlier)}")
        first |= {key: rule for key in keys if key not in first}


def _takes_place(rule: Rule, earlier: Rule) -> bool:
    """Whether a rule puts something in the place of what an earlier one encrypts away."""
    return earlier.action.key == Encrypt.key and rule.action.inserts


def _again(rule: Rule, earlier: Rule) -> str:
    line = f"line {earlier.mark.line}"
    if rule.action.key in KEEPS or earlier.action.key in KEEPS:
        return f"keep has no effect beside the other entry for this field in {line}; delete one of them"
    if earlier.action.key in _REMOVALS and not rule.action.inserts and not isinstance(rule.action, RegexSub):
        return f"this entry never acts: {line} removes the field; delete one of them"
    return f"{line} acts on this field, too, and both act one after the other; delete one of them"


def _unused(section: Section, marks: Mapping[str, Mark]) -> Iterator[Problem]:
    used = {action.key for _, action in actions_of(section)}
    for name, users in _USERS.items():
        if name in marks and not used & set(users):
            yield _warning(
                marks[name],
                f"{name} has no effect: no entry of this section has {' or '.join(users)}; add one, or delete the line",
            )
    for name, needed in _NEEDED.items():
        if name in marks and section.settings.get(name) and not section.settings.get(needed):
            yield _warning(marks[name], f"{name} has no effect without {needed}: true; add it, or delete the line")


def _about_nonce(section: Section) -> Iterator[Problem]:
    fixed = [mark for mark, action in actions_of(section) if isinstance(action, Encrypt) and action.nonce]
    if fixed:
        message = (
            "force-nonce hides every value in the same way: whoever knows one of them can read the others as far as it "
            "reaches; leave it out unless equal values must stay equal"
        )
        yield _warning(fixed[0], message)


def _about_moves(section: Section) -> Iterator[Problem]:
    for mark, action in actions_of(section):
        if not isinstance(action, IncrementDate):
            continue
        earliest, latest = action.limits
        if not action.days and action.jitter is None and action.limits == (None, None):
            yield _warning(mark, "dates move by no time here, and stay as they are; write another increment, or keep")
        if earliest is not None and latest is not None and earliest > latest:
            yield _warning(mark, "datetime-min is after datetime-max, so every date becomes datetime-max; change one")


def _unreachable_names(rules: Iterable[FilenameRule]) -> Iterator[Problem]:
    taking: FilenameRule | None = None
    for rule in rules:
        if taking is not None:
            message = (
                f"this entry of filenames never acts: the one in line {taking.mark.line} takes every name; move it up"
            )
            yield _warning(rule.mark, message)
        elif rule.input_regex is None or rule.input_regex.pattern in _EVERYTHING:
            taking = rule


def _about_name(rule: FilenameRule) -> Iterator[Problem]:
    names = variables(rule.output)
    regex = rule.input_regex
    many = regex is None or admits_text(regex.pattern)
    if not names and many:
        yield _warning(
            rule.mark,
            "every copy would have the same name, and of several in one place none could be kept; put something into "
            "output that differs, such as {SOPInstanceUID}",
        )
    if regex is None:
        return
    if "/" in demanded(regex.pattern):
        yield _warning(
            rule.mark,
            "input-regex never matches: it is matched against file names without their folders; take out the /",
        )
    yield from _unused_groups(regex, names, rule.mark, "input-regex")


def _unused_groups(regex: re.Pattern[str], used: Iterable[str], mark: Mark, what: str) -> Iterator[Problem]:
    for name in named_groups(regex.pattern):
        if name not in used:
            why = "nothing takes it up" if what == "regex" else "output does not have it"
            yield _warning(mark, f"the group {shown(name)} of {what} has no effect: {why}; write (?:…) in place of it")


def _about_filters(section: Section, marks: Mapping[str, Mark]) -> Iterator[Problem]:
    for text in section.filters if "file-filter" in marks else ():
        if TEMPLATE_SIGN not in text and (why := filter_doubt(text)):
            yield _warning(marks["file-filter"], f"file-filter {shown(text)!r}: {why}")


def filter_doubt(text: str) -> str:
    """Return why a pattern of file names matches nothing that is meant; ``""`` when it may."""
    is_regex = text.startswith("r!")
    if "/" in (demanded(text.removeprefix("r!")) if is_regex else text.replace("\\", "/")):
        return "names are matched without their folders, so this matches nothing; name the file alone"
    if is_regex:
        return ""
    if text != text.strip():
        return "blanks belong to the pattern; take them out"
    if text.count("*") > 1 and any(sign in text for sign in (",", ";", " ")):
        return "this is one pattern; write several as a list, ['*.a', '*.b']"
    if text.startswith(".") and not set(text) & set("*?["):
        return f"only a file of exactly this name matches; write '*{text}'"
    return ""


def _warning(mark: Mark, message: str) -> Problem:
    return Problem(message, mark, Severity.WARNING)
