"""The report: what was done to which copy, by which profile and versions. Never holds an identifying value.

``deid_report.json`` holds all of it, ``deid_report.html`` (``report.page``) shows it to people. Files are numbered in
the order of the run, members in the order of their archive, folders not counted. A copy is called by its name at the
destination; what has no copy, by its number alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

from fw_gear_deid.report.files import UnfinishedFile
from fw_gear_deid.report.series import SeriesList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from fw_gear_deid.engine.base import Outcome, Source
    from fw_gear_deid.profile.model import Profile


DEIDENTIFIED = "deidentified"
STATES = (DEIDENTIFIED, "skipped", "failed", "withheld")
"""The values of ``engine.base.State``, in the report's order."""


@dataclass(frozen=True, slots=True)
class About:
    """What a report tells of its run beside the profile.

    Attributes:
        level: where the profile comes from (``site.levels.Level``); ``""``: it is not told.
        destination: the project that the copies went to, ``group/Label``; ``""``: a folder, which is not told.
        dry_run: whether no copy was written.
    """

    level: str = ""
    destination: str = ""
    dry_run: bool = False


class Writer(Protocol):
    """Writes a report in some form; the file gets its name when it is complete."""

    def begin(self, head: Mapping[str, Any]) -> None:
        """Take what is known before the first file."""
        ...

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take a file."""
        ...

    def end(self, tail: Mapping[str, Any]) -> None:
        """Take what is known after the last file, and complete the report."""
        ...

    def discard(self) -> None:
        """Leave nothing: the run broke off."""
        ...


class Report:
    """The report, written file by file."""

    def __init__(
        self, writers: Iterable[Writer], profile: Profile, versions: Mapping[str, str], about: About = About()
    ) -> None:
        """Begin the report.

        Args:
            writers: the forms that are wanted (``JsonWriter``, ``report.page.PageWriter``).
            profile: what was done.
            versions: what had a part in the result (``engine.versions.versions``).
            about: what else is told of the run.
        """
        self._writers = tuple(writers)
        self._files: Counter[str] = Counter()
        self._members: Counter[str] = Counter()
        self._rules: dict[str, Counter[str]] = {name: Counter() for name in profile.sections}
        for section in profile.sections.values():
            self._rules[section.name].update({rule.label: 0 for rule in section.rules})
        self._gates: Counter[str] = Counter()
        self._series = SeriesList()
        self._count = 0
        head = _head(profile, versions, about)
        for writer in self._writers:
            writer.begin(head)

    def __enter__(self) -> Self:
        """Enter the block in which files are reported."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the report, or remove it if the run broke off."""
        if kind is not None:
            for writer in self._writers:
                writer.discard()
            return
        tail = {
            "series": self._series.described(),
            "series_left_out": self._series.left_out,
            "rules": {section: dict(counted) for section, counted in self._rules.items()},
            "gates": dict(self._gates),
            "counts": {"files": _counted(self._files), "members": _counted(self._members)},
            "finished": _now(),
        }
        try:
            for writer in self._writers:
                writer.end(tail)
        except OSError:
            for writer in self._writers:
                writer.discard()
            raise

    def add(self, _source: Source, outcome: Outcome) -> None:
        """Report a file; can be used as ``Listener.finished``."""
        self._count += 1
        self._files[str(outcome.state)] += 1
        self._gates += outcome.raised
        self._sum_up([outcome])
        entry = {"file": self._count, **_described(outcome)}
        if outcome.members:
            self._members.update(str(member.state) for member in outcome.members)
            self._sum_up(outcome.members)
            entry["members"] = [
                {"member": number, **_described(member)} for number, member in enumerate(outcome.members, 1)
            ]
        self._series.add(entry)
        for writer in self._writers:
            writer.add(entry)

    def _sum_up(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.state == DEIDENTIFIED and outcome.hits:
                self._rules.setdefault(outcome.section, Counter()).update(outcome.hits)


class JsonWriter:
    """``deid_report.json``: all of the report; a ``Writer``.

    Args:
        path: where it is written; an older one is replaced when the new one is complete.

    Raises:
        OSError: the file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self._report = UnfinishedFile(path)
        self._file = self._report.file
        self._separator = "\n"

    def begin(self, head: Mapping[str, Any]) -> None:
        """Write what is known before the first file."""
        self._file.write(_dumped(head)[:-2] + ',\n  "files": [')

    def add(self, entry: Mapping[str, Any]) -> None:
        """Write a file's entry."""
        text = "\n".join(f"    {line}" for line in _dumped(entry).splitlines())
        self._file.write(self._separator + text)
        self._separator = ",\n"

    def end(self, tail: Mapping[str, Any]) -> None:
        """Write what is known after the last file, and give the report its name."""
        self._file.write("\n  ],\n" + _dumped(tail)[2:] + "\n")
        self._report.complete()

    def discard(self) -> None:
        """Leave an older report as it is."""
        self._report.discard()


def _head(profile: Profile, versions: Mapping[str, str], about: About) -> dict[str, Any]:
    told = {"level": about.level} if about.level else {}
    head: dict[str, Any] = {
        "versions": dict(versions),
        "profile": {"name": profile.name, **told, "sha256": profile.digest, "sections": list(profile.sections)},
    }
    if about.destination:
        head["destination"] = about.destination
    if about.dry_run:
        head["dry_run"] = True
    return {**head, "started": _now()}


def _described(outcome: Outcome) -> dict[str, Any]:
    """Return what may be told of an outcome: everything but where it came from; empty parts are left out."""
    described = {
        "state": str(outcome.state),
        "name": outcome.told_name if outcome.state == DEIDENTIFIED else "",
        "section": outcome.section,
        "size": outcome.size if outcome.state == DEIDENTIFIED else 0,
        "reason": outcome.reason,
        "changed": dict(outcome.hits),
        "notes": list(outcome.notes),
        "gates": [
            {"gate": raised.gate, "why": raised.why, "policy": "withhold" if raised.withholds else "warn"}
            for raised in outcome.gates
        ],
        "findings": [asdict(each) for each in outcome.findings],
    }
    return {key: value for key, value in described.items() if value}


def _counted(states: Counter[str]) -> dict[str, int]:
    return {state: states[state] for state in STATES}


def _dumped(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
