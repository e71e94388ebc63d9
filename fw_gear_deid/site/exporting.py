"""A whole export on a site: one pass for each subject, since profile, labels and identifiers are a subject's own.

::

    places ─▶ Part (a subject, or what lies above subjects) ─▶ profile filled ─▶ sources ─▶ engine ─▶ destination

Nothing is read before all of it is known to be possible: rights, profile, and a row of the mapping for every subject.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from fw_gear_deid.engine.base import Listener, Outcome, RunResult, State
from fw_gear_deid.engine.runs import run
from fw_gear_deid.errors import DestinationError, ProfileError, SiteError, UsageError
from fw_gear_deid.formats.compiling import open_draft
from fw_gear_deid.profile import Variables
from fw_gear_deid.profile.variables import LABELS, SESSION
from fw_gear_deid.site.digests import agrees
from fw_gear_deid.site.exports import Provenance
from fw_gear_deid.site.fetching import Fetching
from fw_gear_deid.site.identities import Identities, has_sources
from fw_gear_deid.site.mirror import Mirror
from fw_gear_deid.site.outputs import is_output
from fw_gear_deid.site.planning import Planning, subject_at
from fw_gear_deid.site.uploads import Policy, SiteDestination
from fw_gear_deid.site.walking import Place, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from fw_gear_deid.engine.base import Options, Source
    from fw_gear_deid.formats.compiling import CompiledProfile
    from fw_gear_deid.profile import Draft
    from fw_gear_deid.profile.mapping import MappingTable
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container
    from fw_gear_deid.site.exports import Overwrite
    from fw_gear_deid.site.uploads import SiteSource

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Part:
    """What is exported by one filled profile.

    Attributes:
        place: its topmost container.
        deep: whether what lies below it belongs to it.
    """

    place: Place
    deep: bool = True


def parts(client: SiteClient, root: Place, *, by_session: bool) -> Iterator[Part]:
    """Yield the parts of an export, a subject after the other.

    Args:
        client: reads the source.
        root: the container that is exported.
        by_session: whether each session has a profile of its own.
    """
    kind = root.container.kind
    if kind == "project":
        for subject in client.children(root.container, "subject"):
            yield from parts(client, Place((*root.containers, subject)), by_session=by_session)
        yield Part(root, deep=False)  # its own files come last, when all subjects are known that they must not name
    elif kind == "subject" and by_session:
        yield Part(root, deep=False)
        for session in client.children(root.container, "session"):
            yield Part(Place((*root.containers, session)))
    else:
        yield Part(root)


@dataclass(slots=True)
class Export:
    """An export under way.

    Args:
        source: reads.
        target: writes.
        project: the destination project.
        order: what is to be exported.
        work: a local folder for files on their way.
        stopped: says whether the run is to end.

    Attributes:
        broken: why the site ended the walk before all was seen; empty when it did not.
    """

    source: SiteClient
    target: SiteClient
    project: Container
    order: Order
    work: Path
    stopped: Callable[[], bool]
    planned: tuple[Mirror, Planning] | None = field(default=None, init=False)
    _whose: Identities | None = field(default=None, init=False)
    broken: str = field(default="", init=False)

    def check(self) -> CompiledProfile:
        """Find out whether the profile can be filled for every part; return it as filled for the first of them.

        Raises:
            UsageError: it cannot; a line for each kind of problem.
            SiteError: the site refuses, or does not answer.
        """
        if not self.order.draft.names:
            return self._compiled(Part(self.order.root))
        problems: Counter[str] = Counter()
        first = None
        for part in self._parts():
            try:
                compiled = self._compiled(part)
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

    def _parts(self) -> Iterator[Part]:
        if self.order.only is not None:
            return iter((Part(self.order.root),))
        by_session = self.order.mapping is not None and SESSION in self.order.mapping.keys
        return parts(self.source, self.order.root, by_session=by_session)

    def run(self, options: Options, listener: Listener) -> RunResult:
        """Export; return the counts of all parts.

        Raises:
            UsageError: the one file that is meant is not there, or not as it was.
        """
        counts: Counter[str] = Counter()
        for part in self._unbroken(self._parts()):
            if self.stopped():
                break
            counts.update(self._part(part, options, listener).counts)
        return RunResult(dict(counts))  # type: ignore[arg-type]  # a Counter of states

    def _unbroken(self, walked: Iterator[T]) -> Iterator[T]:
        """Yield what a walk yields; one that the site breaks off ends, so that what was begun is still told."""
        try:
            yield from walked
        except SiteError as error:
            self.broken = self.broken or str(error)

    def _part(self, part: Part, options: Options, listener: Listener) -> RunResult:
        if not part.deep and not has_sources(part.place):
            return RunResult()
        try:
            compiled = self._compiled(part)
            known = self._identities(compiled).at(part.place)
        except ProfileError as error:
            return self._failed(part, error.problems[0].located(error.source), listener)
        except SiteError as error:
            return self._failed(part, f"what identifies the subject is not known: {error}", listener)
        if known.fault:
            return self._failed(part, known.fault, listener)
        profile = compiled.profile
        made = Provenance(profile.digest, self.order.version, profile.filling_for(subject_at(part.place).key))
        mirror = Mirror(self.target, self.project, made, self.order.by_id)
        policy = Policy(self.order.overwrite, made, self.order.delete_reason, known.identifiers)
        planning = Planning(profile.containers, known.identifiers)

        def finished(source: Source, outcome: Outcome) -> None:
            listener.finished(source, outcome)
            if self.order.only is None:
                Fetching.forget(source)

        heard = replace(listener, finished=finished)
        with (
            SiteDestination(self.target, mirror, policy, self.work) as destination,
            Fetching(self.source, destination, self.work, self.stopped) as fetching,
        ):
            sources = self._sources(part, planning)
            result = run(compiled, sources if self.order.only else fetching(sources), destination, options, heard)
        if self.planned is None and not options.dry_run:  # the root's own part comes first, if it can be done
            self.planned = mirror, planning
        return result

    def _home(self) -> Container | None:
        """Return the container that mirrors the export's own; None when it was not made."""
        if self.order.root.container.kind == "project":
            return self.project
        if self.planned is None:
            return None
        mirror, planning = self.planned
        try:
            return mirror.find(planning.chain(self.order.root))
        except DestinationError:
            return None

    def attach(self, name: str, path: Path, *, replacing: bool) -> None:
        """Put a report into the container that mirrors the export's own.

        Args:
            name: what it is called there.
            path: the report.
            replacing: whether it becomes a new version of an earlier one, or gives way to it.

        Raises:
            SiteError: the site refuses, or does not answer.
        """
        home = self._home()
        if home is None:
            return
        if replacing or all(file.name != name for file in self.target.container(home.id).files):
            self.target.upload_anew(home, name, path)

    def _failed(self, part: Part, reason: str, listener: Listener) -> RunResult:
        """List the files of a part that cannot be begun."""
        count = 0
        for count, source in enumerate(self._sources(part, Planning({})), 1):  # noqa: B007  # counts them
            listener.finished(source, Outcome(source.origin, State.FAILED, reason))
        return RunResult({State.FAILED: count} if count else {})

    def _sources(self, part: Part, planning: Planning) -> Iterator[SiteSource]:
        if self.order.only is not None:
            return iter((self._only(*self.order.only, planning.sources(part.place)),))
        walked = self._unbroken(places(self.source, part.place)) if part.deep else iter((part.place,))
        every = (source for place in walked for source in planning.sources(place))
        return (source for source in every if not is_output(source.file))  # the log of an earlier job holds values

    @staticmethod
    def _only(name: str, path: Path, sources: Iterator[SiteSource]) -> SiteSource:
        """Return the one file that is meant.

        Raises:
            UsageError: the site has no such file, or another version of it than lies here.
        """
        found = next((source for source in sources if source.file.name == name), None)
        if found is None:
            raise UsageError("input-file: its container has no such file (any more); choose it again")
        if agrees(path, found.file) is False:
            raise UsageError("input-file: the site has another version of it by now; choose it again")
        return replace(found, path=path)

    # -- what a part has of its own

    def _compiled(self, part: Part) -> CompiledProfile:
        """Fill the profile for a part.

        Raises:
            ProfileError: a value is missing, or does not fit.
        """
        containers = {each.kind: each.metadata for each in part.place.containers}
        mapping = self.order.mapping
        row: Mapping[str, str] | None = None
        key = self._key_of(part)
        if mapping is not None and key is not None:
            row = mapping.row(key).cells
        if self.order.keys:
            row = {**(row or {}), **self.order.keys}
        return open_draft(self.order.draft, Variables(row, containers))

    def _key_of(self, part: Part) -> Mapping[str, str] | None:
        """Return the labels by which the mapping has a row for a part; None when rows are for what lies below it."""
        if self.order.mapping is None:
            return None if part.place.above("subject") is None else {}
        above = {key: part.place.above(LABELS[key]) for key in self.order.mapping.keys}
        labels = {key: container.label for key, container in above.items() if container is not None}
        return labels if len(labels) == len(above) else None

    def _identities(self, compiled: CompiledProfile) -> Identities:
        """Return what finds out who the subjects are: the same for all parts, whose rules are for the same fields."""
        if self._whose is None:
            decided = Planning(compiled.profile.containers).decides
            only = None if self.order.only is None else self.order.only[1]
            self._whose = Identities(self.source, self.order.root, decided, only)
        return self._whose


def _counted(problem: str, count: int) -> str:
    return problem if count == 1 else f"{problem} ({count} subjects or sessions)"
