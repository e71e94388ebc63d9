"""Maps of a run: which identifier became which. They undo the de-identification, so they stay at the source's side."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.actions import ActionCode, HashUid, Pseudonym
from fw_gear_deid.actions.subjects import pseudonym
from fw_gear_deid.identity import key_of
from fw_gear_deid.report.files import UnfinishedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from fw_gear_deid.engine.base import LogRow, Source
    from fw_gear_deid.profile.model import Profile, Rule

COLUMNS: Final = ("id_old", "id_new")

_OF_SUBJECTS: Final = frozenset({"patientid", "participantid", "subjectid", "subject", "00100020", "0x00100020"})
"""Fields that hold the number or label of a subject: letters and digits of their names, in small letters."""


class IdMap:
    """Pairs of an identifier before and after the rules, each once; written whole when the run is complete.

    It is kept in memory: some 300 bytes for each UID.
    """

    def __init__(self, path: Path, labels: Iterable[str], wanted: Callable[[str], bool] = bool) -> None:
        """Begin a map, in a file that gets its name when it is complete.

        Args:
            path: where it is written; an older one is replaced.
            labels: the rules whose values it takes.
            wanted: whether it takes the values of a field of that name.

        Raises:
            OSError: the file cannot be created.
        """
        self._labels = frozenset(labels)
        self._wanted = wanted
        self._pairs: set[tuple[str, str]] = set()
        self._map = UnfinishedFile(path, identifying=True)

    @classmethod
    def of_uids(cls, path: Path, profile: Profile) -> Self:
        """Return the map of the UIDs that a profile's rules replace."""
        return cls(path, (rule.label for rule in _rules(profile) if _replaces_uids(rule)))

    @classmethod
    def of_subjects(cls, path: Path, profile: Profile, label: str) -> Self:
        """Return the map of the subjects that a profile's rules rename; ``label`` is the one named for the run."""
        made = cls(path, (rule.label for rule in _rules(profile)), _is_of_subject)
        named = (rule.action for rule in _rules(profile) if isinstance(rule.action, Pseudonym))
        made._pairs |= {(label, pseudonym(action.secret, key_of(label))) for action in named if key_of(label)}
        return made

    def __enter__(self) -> Self:
        """Enter the block in which pairs are taken."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the map, or leave nothing of it if the run broke off."""
        try:
            if kind is None:
                writer = csv.writer(self._map.file)
                writer.writerow(COLUMNS)
                writer.writerows(sorted(self._pairs))
                self._map.complete()
        finally:
            self._map.discard()

    def add(self, _source: Source, row: LogRow) -> None:
        """Take the pairs of one file; can be used as ``Listener.logged``."""
        shown = ((label, row.before[label], row.after[label]) for label in row.before.keys() & row.after.keys())
        for label, before, after in (*shown, *row.elsewhere):
            if label in self._labels:
                for name, old, new in _pairs(label, before, after):
                    if old and new and old != new and self._wanted(name):
                        self._pairs.add((old, new))


def _rules(profile: Profile) -> Iterator[Rule]:
    for section in profile.sections.values():
        yield from section.rules


def _replaces_uids(rule: Rule) -> bool:
    action = rule.action
    return isinstance(action, HashUid) or (isinstance(action, ActionCode) and action.hashes)


def _is_of_subject(name: str) -> bool:
    return re.sub(r"[^0-9a-z]", "", name.casefold()) in _OF_SUBJECTS


def _pairs(label: str, before: str, after: str) -> Iterator[tuple[str, str, str]]:
    """Yield field, old and new value of what the log holds of one rule: a text, a table's cells, or texts by path."""
    old, new = _parsed(before), _parsed(after)
    if isinstance(old, dict) and isinstance(new, dict):
        for path in old.keys() & new.keys():
            for one, other in _parts(old[path], new[path]):
                yield path.rpartition(".")[2], one, other
    elif isinstance(old, list) and isinstance(new, list):
        yield from ((label, one, other) for one, other in _parts(old, new))
    else:
        name = label if label.startswith("(") else label.rpartition(".")[2]
        yield from ((name, one, other) for one, other in _parts(before, after))


def _parsed(text: str) -> object:
    """Return the cells or the texts by path that the log holds as JSON; any other text as it is."""
    if text[:1] not in {"{", "["}:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _parts(old: object, new: object) -> Iterator[tuple[str, str]]:
    """Yield the single values of two fields; nothing where they do not go with each other."""
    if isinstance(old, str) and isinstance(new, str):
        old, new = old.split(","), new.split(",")
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        yield from ((str(one), str(other)) for one, other in zip(old, new, strict=True))
