"""A job without a site, from the checked ``config.json`` to the exit code: one input file, and its copy as a tree."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from fw_gear_deid import __version__
from fw_gear_deid.engine import runs
from fw_gear_deid.engine.base import Listener, State
from fw_gear_deid.errors import SOME_FAILED
from fw_gear_deid.gear.job_log import Ticker, tell_counts
from fw_gear_deid.gear.reports import attached, reports_in
from fw_gear_deid.identity import Subject, subject_of
from fw_gear_deid.report.summary import About
from fw_gear_deid.report.table import ExportRow
from fw_gear_deid.site.embedded.destination import EmbeddedDestination
from fw_gear_deid.site.exports import ContainerFile, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from fw_gear_deid.engine.base import Outcome, RunResult, Source
    from fw_gear_deid.gear.job import GearJob

log = logging.getLogger(__name__)


def do(job: GearJob, output: Path) -> int:
    """Do a job and return the exit code.

    Args:
        job: the job.
        output: the gear's output folder, where the tree is made, too.

    Raises:
        DestinationError: nothing can be written there.
    """
    profile = job.compiled.profile
    log.info("fw-gear-deid %s, profile %s", __version__, profile.digest)
    for problem in profile.warnings:
        log.warning("%s", problem.located("profile"))
    for note in job.notes:
        log.warning("%s", note)
    made = Provenance(profile.digest, __version__, profile.filling_for(_subject(job).key))
    rules = profile.containers.get("file")
    lineage = job.input_file.lineage
    with EmbeddedDestination(output, job.project, job.overwrite, made, rules) as place:
        result = _with_reports(job, place, output)
        # A report that says "all skipped" must not replace the one that says how the copies were made.
        worth_telling = not job.options.dry_run and result.counts.get(State.SKIPPED, 0) < result.total
        good = not worth_telling or attached(output, lineage.origin_id(lineage.kind), partial(place.attach, lineage))
    tell_counts(result.counts, dry_run=job.options.dry_run)
    return result.exit_code if good else SOME_FAILED


def _subject(job: GearJob) -> Subject:
    """Return who the input file is about, as far as ``config.json`` tells."""
    return subject_of(job.input_file.labels.get("subject", ""))


def _with_reports(job: GearJob, place: EmbeddedDestination, output: Path) -> RunResult:
    """Run a job, and write what is told of it."""
    file, profile = job.input_file, job.compiled.profile
    source = ContainerFile(
        file.path,
        place.folder(file.lineage),
        file.path.name,
        lineage=file.lineage,
        file_id=file.file_id,
        type=file.type,
        metadata=file.metadata if place.rules is not None else {},
        subject=_subject(job),
    )
    container = (file.lineage.kind, file.lineage.id)
    about = About(destination=job.project.folder, dry_run=job.options.dry_run)
    with reports_in(output, container, profile, about) as reports:

        def finished(done: Source, outcome: Outcome) -> None:
            row = ExportRow.of(done, outcome, parent=file.lineage.id, parent_type=file.lineage.kind)
            reports.add(done, outcome, row)

        listener = Listener(finished=finished, logged=reports.values.add, progress=Ticker())
        return runs.run(job.compiled, [source], place, job.options, listener)
