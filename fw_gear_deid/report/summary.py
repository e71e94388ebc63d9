"""``deid_report.json``: what was done to which copy, by which profile and versions. Never holds an identifying value.

Files are numbered in the order of the run, members in the order of their archive, folders not counted. A copy is
called by its name at the destination; what has no copy, by its number alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from fw_gear_deid.engine.base import Outcome, Source
    from fw_gear_deid.profile.model import Profile


DEIDENTIFIED = "deidentified"
STATES = (DEIDENTIFIED, "skipped", "failed", "withheld")
"""The values of ``engine.base.State``, in the report's order."""


class Report:
    """The report, written file by file; it gets its name when it is complete."""

    def __init__(self, path: Path, profile: Profile, versions: Mapping[str, str], level: str = "") -> None:
        """Begin the report.

        Args:
            path: where it is written; an older one is replaced when the new one is complete.
            profile: what was done.
            versions: what had a part in the result (``engine.versions.versions``).
            level: where the profile comes from (``site.levels.Level``); ``""``: it is not told.

        Raises:
            OSError: the file cannot be created.
        """
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._file = self._part.open("w", encoding="utf-8", errors="backslashreplace")
        self._files: Counter[str] = Counter()
        self._members: Counter[str] = Counter()
        self._rules: dict[str, Counter[str]] = {name: Counter() for name in profile.sections}
        for section in profile.sections.values():
            self._rules[section.name].update({rule.label: 0 for rule in section.rules})
        self._gates: Counter[str] = Counter()
        self._count = 0
        told = {"level": level} if level else {}
        head = {
            "versions": dict(versions),
            "profile": {"name": profile.name, **told, "sha256": profile.digest, "sections": list(profile.sections)},
            "started": _now(),
        }
        self._file.write(_dumped(head)[:-2] + ',\n  "files": [')

    def __enter__(self) -> Self:
        """Enter the block in which files are reported."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the report, or remove it if the run broke off."""
        if kind is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)
            return
        tail = {
            "rules": {section: dict(counted) for section, counted in self._rules.items()},
            "gates": dict(self._gates),
            "counts": {"files": _counted(self._files), "members": _counted(self._members)},
            "finished": _now(),
        }
        self._file.write("\n  ],\n" + _dumped(tail)[2:] + "\n")
        self._file.close()
        self._part.replace(self._path)

    def add(self, _source: Source, outcome: Outcome) -> None:
        """Report a file; can be used as ``Listener.finished``."""
        self._count += 1
        self._files[str(outcome.state)] += 1
        self._sum_up([outcome])
        entry = {"file": self._count, **_described(outcome)}
        if outcome.members:
            self._members.update(str(member.state) for member in outcome.members)
            self._sum_up(outcome.members)
            entry["members"] = [
                {"member": number, **_described(member)} for number, member in enumerate(outcome.members, 1)
            ]
        text = "\n".join(f"    {line}" for line in _dumped(entry).splitlines())
        self._file.write(("," if self._count > 1 else "") + "\n" + text)

    def _sum_up(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.state != DEIDENTIFIED:
                continue
            self._gates.update({raised.gate for raised in outcome.gates})
            if outcome.hits:
                self._rules.setdefault(outcome.section, Counter()).update(outcome.hits)


def _described(outcome: Outcome) -> dict[str, Any]:
    """Return what may be told of an outcome: everything but where it came from; empty parts are left out."""
    described = {
        "state": str(outcome.state),
        "name": outcome.name if outcome.state == DEIDENTIFIED else "",
        "section": outcome.section,
        "size": outcome.size if outcome.state == DEIDENTIFIED else 0,
        "reason": outcome.reason,
        "changed": dict(outcome.hits),
        "notes": list(outcome.notes),
        "gates": [{"gate": raised.gate, "why": raised.why} for raised in outcome.gates],
    }
    return {key: value for key, value in described.items() if value}


def _counted(states: Counter[str]) -> dict[str, int]:
    return {state: states[state] for state in STATES}


def _dumped(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
