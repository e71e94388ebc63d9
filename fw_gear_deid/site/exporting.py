"""A whole export on a site: one pass for each subject, since profile, labels and identifiers are a subject's own.

::

    places ─▶ Part (a subject, or what lies above subjects) ─▶ profile filled ─▶ sources ─▶ engine ─▶ destination

Nothing is read before all of it is known to be possible: rights, profile, and a row of the mapping for every subject.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from fw_gear_deid.engine.base import Listener, Outcome, RunResult, State
from fw_gear_deid.engine.removals import Removals
from fw_gear_deid.engine.runs import run
from fw_gear_deid.errors import DestinationError, ProfileError, SiteError, UsageError
from fw_gear_deid.site.digests import agrees
from fw_gear_deid.site.earlier import Policy
from fw_gear_deid.site.exports import Overwrite, Provenance
from fw_gear_deid.site.fetching import Fetching
from fw_gear_deid.site.identities import Identities, has_sources
from fw_gear_deid.site.mirror import Mirror
from fw_gear_deid.site.oddities import DATED, is_dated
from fw_gear_deid.site.outputs import NO_SOURCE, is_output
from fw_gear_deid.site.planning import Planning, subject_at
from fw_gear_deid.site.uploads import SiteDestination, SiteSource
from fw_gear_deid.site.walking import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fw_gear_deid.engine.base import RunOptions, Source
    from fw_gear_deid.identity import Identifier
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container
    from fw_gear_deid.site.identifiers import Known
    from fw_gear_deid.site.orders import Order, Part

T = TypeVar("T")


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
        odd: what somebody should look at, by what stands for the container.
        broken: why the site ended the walk before all was seen; empty when it did not.
    """

    source: SiteClient
    target: SiteClient
    project: Container
    order: Order
    work: Path
    stopped: Callable[[], bool]
    planned: tuple[Mirror, Planning] | None = field(default=None, init=False)
    odd: dict[str, str] = field(default_factory=dict, init=False)
    broken: str = field(default="", init=False)
    _identities: Identities = field(init=False)

    def __post_init__(self) -> None:
        """Know nobody yet."""
        only = None if self.order.only is None else self.order.only[1]
        self._identities = Identities(self.source, self.order.root, only)

    def run(self, options: RunOptions, listener: Listener) -> RunResult:
        """Export; return the counts of all parts.

        Raises:
            UsageError: the one file that is meant is not there, not as it was, or no source.
        """
        result = RunResult()
        for part in self._unbroken(self.order.parts(self.source)):
            if self.stopped():
                break
            result += self._part(part, options, listener)
        return result

    def _unbroken(self, walked: Iterator[T]) -> Iterator[T]:
        """Yield what a walk yields; one that the site breaks off ends, so that what was begun is still told."""
        try:
            yield from walked
        except SiteError as error:
            self.broken = self.broken or str(error)

    def _part(self, part: Part, options: RunOptions, listener: Listener) -> RunResult:
        if not part.deep and not has_sources(part.place):
            return RunResult()
        try:
            compiled = self.order.compiled(part)
            planning = Planning.of(compiled.profile, options.residual)
            known = self._identities.at(part.place, planning)
        except ProfileError as error:
            return self._failed(part, error.problems[0].located(error.source), listener)
        except SiteError as error:
            return self._failed(part, f"what identifies the subject is not known: {error}", listener)
        if known.fault:
            return self._failed(part, known.fault, listener)
        profile = compiled.profile
        made = Provenance(profile.digest, self.order.version, profile.filling_for(subject_at(part.place).key))
        renews = not options.dry_run and self.order.overwrite is not Overwrite.SKIP
        mirror = Mirror(self.target, self.project, made, self.order.by_id, renews=renews)
        policy = Policy(self.order.overwrite, made, self.order.delete_reason, known.identifiers)
        removals = Removals.of(profile)
        sought = removals.of_fields(known.headers) | removals.of_container(known.metadata)
        planning = planning.knowing(known, sought)

        with (
            SiteDestination(self.target, mirror, policy, self.work) as destination,
            Fetching(self.source, destination, self.work, self.stopped) as fetching,
        ):

            def finished(source: Source, outcome: Outcome) -> None:
                assert isinstance(source, SiteSource)  # noqa: S101  # for the type checker
                notes = source.notes if outcome.state is State.DEIDENTIFIED else ()
                listener.finished(destination.told(source), replace(outcome, notes=(*outcome.notes, *notes)))
                if self.order.only is None:
                    Fetching.forget(source)

            heard = replace(listener, finished=finished)
            sources = _informed(self._noted(self._sources(part, planning), planning), known, sought)
            result = run(compiled, sources if self.order.only else fetching(sources), destination, options, heard)
        self.odd |= mirror.odd
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

    def _noted(self, sources: Iterator[SiteSource], planning: Planning) -> Iterator[SiteSource]:
        """Yield sources, and note where their containers' labels tell the date of an examination."""
        for source in sources:
            for each in () if planning.labels.key else source.chain:  # a key makes hashes of such labels
                if is_dated(each.label) and not planning.decides(each.kind):
                    self.odd[each.origin_id] = DATED
            yield source

    @staticmethod
    def _only(name: str, path: Path, sources: Iterator[SiteSource]) -> SiteSource:
        """Return the one file that is meant.

        Raises:
            UsageError: the site has no such file, or another version of it than lies here, or the gear wrote it.
        """
        found = next((source for source in sources if source.file.name == name), None)
        if found is None:
            raise UsageError("input-file: its container has no such file (any more); choose it again")
        if is_output(found.file):
            raise UsageError(NO_SOURCE)
        if agrees(path, found.file) is False:
            raise UsageError("input-file: the site has another version of it by now; choose it again")
        return replace(found, path=path)


def _informed(sources: Iterator[SiteSource], known: Known, sought: frozenset[Identifier]) -> Iterator[SiteSource]:
    """Yield sources with what is known of whoever they are about, and what their copies must not hold for it."""
    for source in sources:
        subject = replace(source.subject, identifiers=source.subject.identifiers | known.told, people=known.people)
        yield replace(source, subject=subject, sought=sought)
