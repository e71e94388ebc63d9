# ruff: noqa: ARG002  # an action need not look at all it is given
"""Sections and actions for the tests of formats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fw_gear_deid.actions import Variable
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.identity import NOBODY, Subject
from fw_gear_deid.profile.model import FilenameRule, Rule, Section

if TYPE_CHECKING:
    from fw_gear_deid.actions import Action, Answer, Occurrence, Scalar
    from fw_gear_deid.formats.base import Edited, Plan


@dataclass(frozen=True, slots=True)
class Shout:
    """An action that depends on its value: easy to tell whether and how often it ran."""

    key: ClassVar[str] = "hash"
    inserts = False
    repeats = True
    personal = False

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        return None if not value else f"<{value}>".upper()


@dataclass(frozen=True, slots=True)
class Spell:
    """Reads dates of one format, and answers with them as they came."""

    format: str
    key: ClassVar[str] = "increment-date"
    inserts = False
    repeats = True
    personal = False

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        return f"d{value}"


@dataclass(frozen=True, slots=True)
class Where:
    """Answers with the place it was asked about."""

    key: ClassVar[str] = "jitter"
    inserts = False
    repeats = False
    personal = False

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        return f"{at.object_id}|{at.path}"


@dataclass(frozen=True, slots=True)
class Whose:
    """Answers with the key of the subject it was asked about."""

    key: ClassVar[str] = "hash"
    inserts = False
    repeats = True
    personal = True

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        return f"of {at.subject.key}"


def named(*pairs: tuple[str, Action]) -> tuple[Rule, ...]:
    return tuple(Rule(action, name) for name, action in pairs)


def by_regex(pattern: str, action: Action) -> Rule:
    return Rule(action, regex=re.compile(pattern))


def renaming(output: str, regex: str | None = None, **groups: Action) -> FilenameRule:
    parts = tuple(
        Variable(part[1:-1]) if part.startswith("{") else part for part in re.split(r"(\{[^}]+\})", output) if part
    )
    return FilenameRule(parts, None if regex is None else re.compile(regex), groups)


def section(name: str, *rules: Rule, filenames: tuple[FilenameRule, ...] = (), **settings: object) -> Section:
    known = {key.replace("_", "-"): value for key, value in settings.items()}
    return Section(name, rules=rules, filenames=filenames, settings=known)  # type: ignore[arg-type]


def run(plan: Plan, data: bytes, name: str, *, log: bool = False, subject: Subject = NOBODY) -> tuple[bytes, Edited]:
    edited = plan.apply(MemoryContent(data), FileContext(name, log, subject=subject))
    return b"".join(edited.output.chunks()), edited
