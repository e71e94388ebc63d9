"""What the rules did to one file: counts, values for the log, and the texts that file names are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Scrub
from fw_gear_deid.formats.dicom.levels import dotted

if TYPE_CHECKING:
    from fw_gear_deid.formats.dicom.levels import Step


RENAMING: Final = frozenset({"hash", "hashuid", "pseudonym"})
"""Actions that give one thing another name."""


@dataclass(slots=True)
class Record:
    """Filled by the editor.

    Attributes:
        rules: number of rules.
        log: whether values before and after are wanted.
        hits: how many elements each rule changed; the last number: how many were scrubbed.
        finals: text of top-level elements that were looked at, after their rules; None for one that was removed.
        instance: the object's SOPInstanceUID after the rules; ``""`` until it is known, or if there is none.
        sealed: tags of the top-level elements that are, or hold, what a rule encrypts.
        elsewhere: what rules renamed where their column of the log does not show it, within sequences: label of the
            rule, text before, text after. Empty unless values are wanted.
    """

    rules: int
    log: bool
    hits: list[int] = field(init=False)
    finals: dict[int, str | None] = field(default_factory=dict)
    instance: str = ""
    sealed: set[int] = field(default_factory=set)
    elsewhere: list[tuple[str, str, str]] = field(default_factory=list)
    _before: dict[str, str | dict[str, str]] = field(default_factory=dict)
    _after: dict[str, str | dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin at nought."""
        self.hits = [0] * (self.rules + 1)

    def hit(self, step: Step) -> None:
        """Count a change."""
        if step.rule >= 0:
            self.hits[step.rule] += 1
        elif step.action.key == Scrub.key:
            self.hits[-1] += 1

    def hit_again(self, hits: tuple[tuple[int, int], ...]) -> None:
        """Count the changes of a sequence met before: places in ``hits``, and how many each."""
        for place, count in hits:
            self.hits[place] += count

    def dropped(self, tag: int) -> None:
        """Keep that a top-level element was removed."""
        self.finals[tag] = None

    def note(self, path: tuple[int, ...], steps: tuple[Step, ...], before: str | None, after: str | None) -> None:
        """Keep an element's text before and after its rules."""
        if len(path) == 1:
            self.finals[path[0]] = after
        if not self.log:
            return
        for step in steps:
            if step.rule < 0:
                continue
            if step.is_flat:
                if step.depth == len(path) // 2:
                    self._before[step.label], self._after[step.label] = before or "", after or ""
                elif step.action.key in RENAMING:
                    self.elsewhere.append((step.label, before or "", after or ""))
            else:
                name = _path(path, step)
                for columns, value in ((self._before, before), (self._after, after)):
                    paths = _paths(columns, step.label)
                    if value is not None:
                        paths[name] = value

    def before(self) -> dict[str, str]:
        """Return the values before, by rule label; those of rules for many elements as a JSON object."""
        return _columns(self._before)

    def after(self) -> dict[str, str]:
        """Return the values after, in the same way."""
        return _columns(self._after)


def _paths(columns: dict[str, str | dict[str, str]], label: str) -> dict[str, str]:
    paths = columns.setdefault(label, {})
    assert isinstance(paths, dict)  # noqa: S101  # a label is flat or it is not
    return paths


def _path(path: tuple[int, ...], step: Step) -> str:
    """Return how an element is called in the log: as its regular expression found it, else by its tags."""
    names = dotted(path)
    return next((name for name in names if step.regex is not None and step.regex.match(name)), names[-1])


def _columns(columns: dict[str, str | dict[str, str]]) -> dict[str, str]:
    return {
        label: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for label, value in columns.items()
    }
