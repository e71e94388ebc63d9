"""The patients whom files tell of, and which of them the files of a folder are about that tell nobody."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fw_gear_deid.engine.residuals import NONE
from fw_gear_deid.identity import Subject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from fw_gear_deid.engine.residuals import Identifiers


@dataclass(frozen=True, slots=True)
class Glance:
    """What a few members tell of persons. Identifying.

    Attributes:
        keys: whose they are.
        identifiers: what tells these persons.
        sought: those of it that the profile removes.
    """

    keys: frozenset[str] = frozenset()
    identifiers: Identifiers = NONE
    sought: Identifiers = NONE


@dataclass(frozen=True, slots=True)
class Together:
    """What is known of some patients. Identifying.

    Attributes:
        identifiers: what tells any of them.
        sought: that of it which the profile removes.
        people: of several, what tells each, by key.
    """

    identifiers: Identifiers
    sought: Identifiers
    people: Mapping[str, Identifiers]


@dataclass(slots=True)
class Patients:
    """What is known of the patients of a run. Identifying.

    Attributes:
        identifiers: what tells each, by key.
        sought: those of it that the profile removes.
        folders: the patients that files of each folder tell of.
        trees: those that files of each folder and of all below it tell of.
    """

    identifiers: dict[str, Identifiers] = field(default_factory=lambda: defaultdict(lambda: NONE))
    sought: dict[str, Identifiers] = field(default_factory=lambda: defaultdict(lambda: NONE))
    folders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    trees: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _together: dict[frozenset[str], Together] = field(default_factory=dict, init=False)

    def add(self, folder: str, seen: Glance) -> None:
        """Note what a file of a folder tells."""
        self._together.clear()
        for key in seen.keys:
            self.folders[folder].add(key)
            for each in upwards(folder):
                self.trees[each].add(key)
            self.identifiers[key] |= seen.identifiers
            self.sought[key] |= seen.sought

    def of_folder(self, folder: str) -> Collection[str]:
        """Return the patients of a folder, or else of the nearest one above that has any, or else of those below it.

        A folder above counts with all below it: one object that lies there does not speak for the folders of others.
        Files of the folder beside it may be about somebody else: nobody is told by them.
        """
        if folder in self.folders:
            return self.folders[folder]
        above = (self.trees[each] for each in upwards(folder) if each in self.folders)
        return next(above, self.trees.get(folder, set()))

    def around(self, folder: str) -> Collection[str]:
        """Return the patients of a folder and all below it, or else of the nearest one above that has any there."""
        return next((self.trees[each] for each in upwards(folder) if each in self.trees), set())

    def together(self, keys: Collection[str]) -> Together:
        """Return what is known of some patients: of a thousand for a thousand files, so it is held once."""
        wanted = frozenset(keys)
        if wanted not in self._together:
            self._together[wanted] = Together(
                NONE.union(*(self.identifiers[key] for key in wanted)),
                NONE.union(*(self.sought[key] for key in wanted)),
                {key: self.identifiers[key] for key in wanted} if len(wanted) > 1 else {},
            )
        return self._together[wanted]

    def known(self, subject: Subject, keys: Collection[str]) -> Subject:
        """Return a subject with what is known of the persons that it may be."""
        known = self.together(keys)
        return Subject(subject.key, joined(subject.identifiers, known.identifiers), people=known.people)


def joined(some: Identifiers, more: Identifiers) -> Identifiers:
    """Return both; where one is empty the other itself, which may be large."""
    return some | more if some and more else some or more


def upwards(folder: str) -> Iterator[str]:
    """Yield a folder and all above it."""
    path = PurePosixPath(folder)
    return map(str, (path, *path.parents))
