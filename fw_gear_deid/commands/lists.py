"""``fw-deid profile from-csv``: lists of elements become a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.commands.opening import creating
from fw_gear_deid.commands.screen import put, warn
from fw_gear_deid.errors import GOOD, NOTHING_DONE, UsageError
from fw_gear_deid.formats.compiling import check_profile
from fw_gear_deid.formats.dicom.listing import Listed, ListReader, Mistake, overlapping
from fw_gear_deid.problems import Severity
from fw_gear_deid.profile.generating import Draft, DraftRule, DraftSetting, Written, written
from fw_gear_deid.profile.loading import shown
from fw_gear_deid.standard.confidentiality import table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fw_gear_deid.actions import Setting
    from fw_gear_deid.problems import Problem

INSERT: Final = "replace-with-insert"
SALT_MISSING: Final = (
    "Set a salt, a long secret text: without it hashes can be undone by trying likely values. The same salt gives the "
    "same hashes."
)
SUFFIX_GOES: Final = "No digits of the original UID stay. Flywheel's default is 1; data hashed with it do not link."
EMPTIED_STAY_OUT: Final = "What is emptied is not created where it is missing."


@dataclass(frozen=True, slots=True)
class TagList:
    """One option that takes lists.

    Attributes:
        option: its name, and the word for what happens.
        title: heading of its elements in the profile.
        action: what happens to an element.
    """

    option: str
    title: str
    action: Callable[[Listed], dict[str, Setting]]

    def paths(self, arguments: argparse.Namespace) -> list[Path]:
        """Return the lists that are given to the option."""
        paths: list[Path] = getattr(arguments, self.option.replace("-", "_"))
        return paths


def _replaced(listed: Listed) -> dict[str, Setting]:
    creatable = bool(listed.vr) and len(listed.target.tags) <= 1
    return {"replace-with": listed.replacement or "", INSERT: creatable}


def _moved(listed: Listed) -> dict[str, Setting]:
    return {"increment-datetime" if listed.vr == "DT" else "increment-date": True}


LISTS: Final = (
    TagList("remove", "removed", lambda _: {"remove": True}),
    TagList("empty", "emptied", lambda _: {"replace-with": ""}),
    TagList("replace", "replaced", _replaced),
    TagList("hash", "hashed", lambda _: {"hash": True}),
    TagList("hashuid", "given a new UID", lambda _: {"hashuid": True}),
    TagList("increment-date", "moved in time", _moved),
)
"""Every kind of list, in the order of the profile."""

Elements = dict[str, list[Listed]]


def from_csv(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid profile from-csv`` and return the exit code."""
    elements, mistakes = _read(arguments)
    mistakes += overlapping((kind.option, each) for kind in LISTS for each in elements[kind.option])
    mistakes += [*_not_dates(elements["increment-date"]), *_not_uids(elements["hashuid"])]
    if mistakes:
        return _refused(map(str, mistakes))
    places = {each.name: each for listed in elements.values() for each in listed}
    result = written(_draft(arguments, elements))
    target = str(arguments.output or "profile")
    problems = check_profile(result.text, target)
    told = [_located(problem, result, places, target) for problem in problems]
    if any(problem.severity is Severity.ERROR for problem in problems):
        return _refused(told)
    _save(result.text, arguments.output)
    for line in told:
        warn(line)
    return GOOD


def _refused(lines: Iterator[str] | list[str]) -> int:
    for line in lines:
        warn(line)
    return NOTHING_DONE


def _read(arguments: argparse.Namespace) -> tuple[Elements, list[Mistake]]:
    """Return the elements of every kind of list, sorted, and what is wrong with the lists."""
    further = {
        int(row.tag, 16): row.keyword for row in table().values() if row.keyword and not set(row.tag) & set("gx")
    }
    reader = ListReader(further)
    elements: Elements = {}
    for kind in LISTS:
        read: list[Listed] = []
        for path in kind.paths(arguments):
            if arguments.output is not None and path.resolve() == arguments.output.resolve():
                raise UsageError(f"{path}: the profile would be written over this list; give -o another name")
            read += reader.read(_bytes(path), str(path), replaces=kind.option == "replace")
        elements[kind.option] = sorted(read, key=lambda each: each.order)
    if not any(kind.paths(arguments) for kind in LISTS):
        raise UsageError("no list is given; see fw-deid profile from-csv --help")
    if elements["increment-date"] and arguments.date_increment is None:
        raise UsageError("--increment-date needs --date-increment: the number of days by which dates move")
    return elements, reader.mistakes


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: the list cannot be read: {error.strerror}") from None


def _not_dates(listed: list[Listed]) -> Iterator[Mistake]:
    for each in listed:
        if each.vr and each.vr not in {"DA", "DT", "LO", "SH", "ST", "LT", "UC", "UT", "UN"}:
            what = "a time of day, which days do not move" if each.vr == "TM" else "no date"
            yield Mistake(each.place, f"{each.name} holds {what} ({each.vr})")


def _not_uids(listed: list[Listed]) -> Iterator[Mistake]:
    for each in listed:
        if each.vr not in {"UI", ""}:
            yield Mistake(each.place, f"{each.name} is no UID ({each.vr}); give it to --hash")


def _draft(arguments: argparse.Namespace, elements: Elements) -> Draft:
    paths = [path for kind in LISTS for path in kind.paths(arguments)]
    name = arguments.name or (arguments.output.stem if arguments.output else "from-csv")
    return Draft(
        name=name,
        about=(f"Made by fw-deid profile from-csv from {', '.join(shown(path.name) for path in paths)}.",),
        section="dicom",
        settings=tuple(_settings(arguments, elements)),
        groups=tuple(
            (kind.title, tuple(_rule(kind, each, inserts=not elements["empty"]) for each in elements[kind.option]))
            for kind in LISTS
        ),
    )


def _rule(kind: TagList, listed: Listed, *, inserts: bool) -> DraftRule:
    """Return the rule for an element, without the option that says what the section says already."""
    action = {key: value for key, value in kind.action(listed).items() if (key, value) != (INSERT, inserts)}
    return DraftRule(listed.name, listed.about, action)


def _settings(arguments: argparse.Namespace, elements: Elements) -> Iterator[DraftSetting]:
    if elements["increment-date"]:
        yield DraftSetting("date-increment", arguments.date_increment)
    if arguments.salt is not None:
        yield DraftSetting("salt", arguments.salt)
    elif elements["hash"] or elements["hashuid"]:
        yield DraftSetting("salt", None, SALT_MISSING)
    if elements["hashuid"]:
        yield DraftSetting("uid-suffix-fields", 0, SUFFIX_GOES)
    if elements["empty"]:
        yield DraftSetting(INSERT, value=False, about=EMPTIED_STAY_OUT)
    for flag in ("recurse-sequence", "remove-private-tags"):
        if getattr(arguments, flag.replace("-", "_")):
            yield DraftSetting(flag, value=True)


def _located(problem: Problem, result: Written, places: dict[str, Listed], target: str) -> str:
    """Return a problem of the profile at the line of the list that it comes from, or at its own."""
    rule = result.rules.get(problem.mark.line)
    if rule is None or not problem.message.startswith(f"{rule.name}: "):
        return problem.located(target)
    severity = "" if problem.severity is Severity.ERROR else "warning: "
    return f"{places[rule.name].place}: {severity}{problem.message}"


def _save(text: str, output: Path | None) -> None:
    if output is None:
        put(text)
        return
    with creating(output):
        output.write_text(text, encoding="utf-8")
