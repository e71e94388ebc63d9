"""What is to be exported, and by which profile: one for each subject, or session, filled with its own values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fw_gear_deid.errors import ProfileError, UsageError
from fw_gear_deid.formats.compiling import open_draft
from fw_gear_deid.profile import Variables
from fw_gear_deid.profile.templates.variables import LABELS, SESSION
from fw_gear_deid.site.walking import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fw_gear_deid.formats.compiling import CompiledProfile
    from fw_gear_deid.profile import Draft
    from fw_gear_deid.profile.templates.mapping import MappingTable
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.exports import Overwrite


@dataclass(frozen=True, slots=True)
class Part:
    """What is exported by one filled profile.

    Attributes:
        place: its topmost container.
        deep: whether what lies below it belongs to it.
    """

    place: Place
    deep: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported, and how.

    Attributes:
        root: the container whose files, and those of all below it, are exported.
        draft: the profile, its templates still to be filled.
        mapping: values for the templates; None: none.
        overwrite: what happens to earlier copies.
        version: version of this gear.
        by_id: kinds of containers that are found by their origin alone.
        delete_reason: passed on where something is deleted.
        keys: values for templates that hold for every subject: keys, or where key files are.
        only: the one file that is meant, and where it lies locally; None: every file.
    """

    root: Place
    draft: Draft
    mapping: MappingTable | None
    overwrite: Overwrite
    version: str
    by_id: frozenset[str] = frozenset()
    delete_reason: str = ""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    only: tuple[str, Path] | None = None
    _same: list[CompiledProfile] = field(default_factory=list, init=False, repr=False, compare=False)

    def parts(self, client: SiteClient) -> Iterator[Part]:
        """Yield the parts of the export, a subject after the other.

        Raises:
            SiteError: the site refuses, or does not answer.
        """
        if self.only is not None:
            return iter((Part(self.root),))
        by_session = self.mapping is not None and SESSION in self.mapping.keys
        return _parts(client, self.root, by_session=by_session)

    def compiled(self, part: Part) -> CompiledProfile:
        """Fill the profile for a part.

        Raises:
            ProfileError: a value is missing, or does not fit.
        """
        containers = {each.kind: each.metadata for each in part.place.containers}
        row: Mapping[str, str] | None = None
        key = self._key_of(part)
        if self.mapping is not None and key is not None:
            row = self.mapping.row(key).cells
        if self.keys:
            row = {**(row or {}), **self.keys}
        if self.draft.has_templates:
            return open_draft(self.draft, Variables(row, containers))
        if not self._same:
            self._same.append(open_draft(self.draft))
        return self._same[0]

    def check(self, client: SiteClient) -> CompiledProfile:
        """Find out whether the profile can be filled for every part; return it as filled for the first of them.

        Raises:
            UsageError: it cannot; a line for each kind of problem.
            SiteError: the site refuses, or does not answer.
        """
        if not self.draft.names:
            return self.compiled(Part(self.root))
        problems: Counter[str] = Counter()
        first = None
        for part in self.parts(client):
            try:
                compiled = self.compiled(part)
            except ProfileError as error:
                if self._key_of(part) is None:
                    continue  # files above what rows are for have none; they fail one by one
                problems.update(problem.located(error.source) for problem in error.problems)
                continue
            first = first or compiled
        if problems:
            raise UsageError("\n".join(_counted(problem, count) for problem, count in problems.items()))
        if first is None:
            raise UsageError(
                "the profile cannot be filled: what the job was started on lies in no subject, and has none"
            )
        return first

    def _key_of(self, part: Part) -> Mapping[str, str] | None:
        """Return the labels by which the mapping has a row for a part; None when rows are for what lies below it."""
        if self.mapping is None:
            return None if part.place.above("subject") is None else {}
        above = {key: part.place.above(LABELS[key]) for key in self.mapping.keys}
        labels = {key: container.label for key, container in above.items() if container is not None}
        return labels if len(labels) == len(above) else None


def _parts(client: SiteClient, root: Place, *, by_session: bool) -> Iterator[Part]:
    """Yield the parts of an export, a subject after the other.

    Args:
        client: reads the source.
        root: the container that is exported.
        by_session: whether each session has a profile of its own.
    """
    kind = root.container.kind
    if kind == "project":
        for subject in client.children(root.container, "subject"):
            yield from _parts(client, Place((*root.containers, subject)), by_session=by_session)
        yield Part(root, deep=False)  # its own files come last, when all subjects are known that they must not name
    elif kind == "subject" and by_session:
        yield Part(root, deep=False)
        for session in client.children(root.container, "session"):
            yield Part(Place((*root.containers, session)))
    else:
        yield Part(root)


def _counted(problem: str, count: int) -> str:
    return problem if count == 1 else f"{problem} ({count} subjects or sessions)"
