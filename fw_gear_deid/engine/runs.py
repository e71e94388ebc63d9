"""The pass over many sources: archives one after another, plain files side by side, folders committed whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sized
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_deid.engine.archives import ArchivePass
from fw_gear_deid.engine.base import LogRow, Outcome, State
from fw_gear_deid.engine.bench import Bench
from fw_gear_deid.engine.files import Accepted, Refusal, examine, guarded
from fw_gear_deid.engine.folder import Rehearsal
from fw_gear_deid.engine.in_order import Step, in_order
from fw_gear_deid.engine.ledger import without_copies
from fw_gear_deid.engine.placing import Placer, Prepared, without_copy
from fw_gear_deid.engine.policy import ArchivePolicy
from fw_gear_deid.engine.removals import Removals
from fw_gear_deid.engine.residuals import Residuals
from fw_gear_deid.engine.silence import silenced
from fw_gear_deid.engine.subjects.map import opened
from fw_gear_deid.formats.archive.base import HEAD, archive_kind
from fw_gear_deid.formats.base import CHUNK
from fw_gear_deid.formats.content import MemoryContent, PathContent
from fw_gear_deid.scan.findings import FOLDER, NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.engine.base import Destination, Listener, Pending, RunOptions, RunResult, Source
    from fw_gear_deid.formats.base import Content
    from fw_gear_deid.formats.compiling import CompiledProfile


def run(
    compiled: CompiledProfile,
    sources: Iterable[Source],
    destination: Destination,
    options: RunOptions,
    listener: Listener,
) -> RunResult:
    """De-identify every source into a destination; one outcome for each.

    Args:
        compiled: what to do.
        sources: what to read, grouped by ``folder``: copies of one folder are committed together, when all its
            sources are done, so that two files that want one name are both withheld. When a folder comes up again
            later, a file that wants a name already given there is withheld.
        destination: where copies go.
        options: workers, memory, and what becomes of files that no section owns.
        listener: is told each outcome as soon as it is final.

    Raises:
        UsageError: the profile's subject map cannot be read.
        DeidError: the run itself cannot go on; an error of one file never gets here.
    """
    subjects = options.subjects or opened(compiled.profile.map_subjects, keeps=not options.dry_run)
    options = replace(options, workers=options.workers or os.cpu_count() or 1, subjects=subjects)
    with ExitStack() as stack:
        stack.enter_context(silenced())
        if options.dry_run:
            rehearsal = Rehearsal(destination, Path(stack.enter_context(tempfile.TemporaryDirectory())))
            stack.callback(rehearsal.close)
            destination = rehearsal
        pool = stack.enter_context(ThreadPoolExecutor(options.workers))
        residuals, removals = Residuals.of(options.residual, compiled.profile), Removals.of(compiled.profile)
        bench = Bench(compiled, options, listener, pool, residuals, removals)
        return _Run(bench, destination).over(sources)


class _Run:
    """One run over many sources."""

    def __init__(self, bench: Bench, destination: Destination) -> None:
        self._bench = bench
        self._destination = destination
        self._worked_on = 0

    def over(self, sources: Iterable[Source]) -> RunResult:
        """Work on each folder's sources while the copies of the folder before are being put into place."""
        total = len(sources) if isinstance(sources, Sized) else 0
        with Placer(self._bench.listener) as placer:
            for folder, group in groupby(sources, key=lambda source: source.place):
                with ExitStack() as copies:
                    placer.place(folder, self._prepare(group, copies, total), copies)
            return placer.result()

    def _prepare(self, group: Iterable[Source], copies: ExitStack, total: int) -> list[Prepared]:
        """Work on the sources of one folder; ``copies`` removes what is not committed."""
        bench = self._bench
        prepared = []
        for ready in in_order(bench.pool, map(self._step, group), bench.options.memory, bench.count):
            if ready.pending is not None:
                copies.push(ready.pending)
            if ready.log is not None:
                bench.listener.logged(ready.source, ready.log)
            prepared.append(self._labelled(replace(ready, log=None)))
            self._worked_on += 1
            bench.listener.progress("files", self._worked_on, total)
        return prepared

    def _labelled(self, ready: Prepared) -> Prepared:
        """Give a copy the label of its subject. New codes are given here, in the order of the sources."""
        subjects, subject = self._bench.options.subjects, ready.subject
        if subjects is None or ready.pending is None or not subject:
            return replace(ready, subject=())
        label = guarded(lambda: subjects.label(subject))
        if isinstance(label, Refusal):
            outcome = without_copy(ready.outcome, label.state, label.reason)
            return Prepared(ready.source, outcome)
        return replace(ready, subject=(), label=label)

    def _step(self, source: Source) -> Step[Prepared]:
        """Return the work on one source. An archive has all threads to itself."""
        if source.skip or source.fault:
            state = State.FAILED if source.fault else State.SKIPPED
            return Step(lambda: Prepared(source, Outcome(source.origin, state, source.fault or source.skip)))
        opened = guarded(lambda: _opened(source.path))
        if isinstance(opened, Refusal):
            outcome = self._refused(source, opened)
            return Step(lambda: Prepared(source, outcome))
        size, head = opened
        name = source.name
        if archive_kind(head, name) is not None and ArchivePolicy.of(self._bench.compiled.archives).opens(name):
            return Step(lambda: self._archive(source), alone=True)
        held = size <= self._bench.share
        return Step(lambda: self._plain(source, held=held), 2 * size if held else 2 * CHUNK)

    def _refused(self, source: Source, refusal: Refusal) -> Outcome:
        state = refusal.state
        if refusal.unmatched and self._bench.options.unmatched == "fail":
            state = State.FAILED
        return Outcome(source.origin, state, refusal.reason, section=refusal.section, findings=refusal.findings)

    def _plain(self, source: Source, *, held: bool) -> Prepared:
        """De-identify one file that is no archive. Called in a worker thread."""
        path = source.path

        def step() -> str | tuple[Accepted, Pending]:
            if reason := self._destination.done(source):
                return reason
            content: Content = MemoryContent(path.read_bytes()) if held else PathContent(path, path.stat().st_size)
            accepted, output = examine(self._bench.compiled, content, self._bench.context(source.name, source.subject))
            with ExitStack() as unfinished:
                pending = unfinished.enter_context(self._destination.pending(source))
                copy: bytes | Path = pending.path
                if held:
                    copy = b"".join(output.chunks())
                    pending.file.write(copy)
                else:
                    for chunk in output.chunks():
                        pending.file.write(chunk)
                pending.file.close()
                accepted = self._scanned(source, content, accepted, copy)
                unfinished.pop_all()
            return accepted, pending

        result = guarded(step)
        if isinstance(result, Refusal):
            return Prepared(source, self._refused(source, result))
        if isinstance(result, str):
            return Prepared(source, Outcome(source.origin, State.SKIPPED, result))
        accepted, pending = result
        outcome = Outcome(
            source.origin,
            State.DEIDENTIFIED,
            name=accepted.name,
            section=accepted.section,
            hits=accepted.hits,
            notes=accepted.notes,
            gates=accepted.gates,
            findings=accepted.checked.findings,
        )
        values = (accepted.before, accepted.after, accepted.elsewhere)
        log = LogRow(source.origin, *values) if self._bench.options.log else None
        return Prepared(source, outcome, pending, log, self._bench.known(accepted.keys))

    def _scanned(self, source: Source, content: Content, accepted: Accepted, copy: bytes | Path) -> Accepted:
        """Search a finished copy and its name.

        Raises:
            ResidualError: it still holds what the profile removed.
        """
        residuals = self._bench.residuals
        if not residuals.searches:
            return accepted
        original = content.read() if content.in_memory else source.path
        checked = residuals.check(original, copy, source.name, source.sought)
        sought = source.sought | checked.removed
        named = residuals.search_text(accepted.name, NAME, sought)
        placed = residuals.search_text(source.folder, FOLDER, sought)
        return accepted.scanned(checked.also((*named, *placed)), residuals)

    def _archive(self, source: Source) -> Prepared:
        """De-identify one archive."""
        members: tuple[Outcome, ...] = ()
        subject: tuple[str, ...] = ()

        def step() -> Outcome | tuple[Outcome, Pending]:
            nonlocal members, subject
            if reason := self._destination.done(source):
                return Outcome(source.origin, State.SKIPPED, reason)
            with ExitStack() as unfinished:
                pending = unfinished.enter_context(self._destination.pending(source))
                archive = ArchivePass(self._bench, source, pending)
                try:
                    outcome = archive.run()
                finally:
                    members = without_copies(archive.ledger.outcomes)
                    subject = archive.subject
                if outcome.state is not State.DEIDENTIFIED:
                    return outcome
                pending.file.close()
                unfinished.pop_all()
                return outcome, pending

        result = guarded(step)
        if isinstance(result, Refusal):
            return Prepared(source, replace(self._refused(source, result), members=members))
        if isinstance(result, Outcome):
            return Prepared(source, result)
        return Prepared(source, *result, subject=subject)


def _opened(path: Path) -> tuple[int, bytes]:
    """Return a file's size and its first bytes."""
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size, file.read(HEAD)
