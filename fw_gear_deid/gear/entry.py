"""The gear: one job from ``config.json`` to the exit code. The only module that knows the gear toolkit."""

from __future__ import annotations

import logging
import re
import signal
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING

from fw_gear_deid import __version__
from fw_gear_deid.engine.base import Listener, State
from fw_gear_deid.engine.runs import run
from fw_gear_deid.engine.versions import versions
from fw_gear_deid.errors import DestinationError, SiteError, UsageError
from fw_gear_deid.gear.job import read_job
from fw_gear_deid.gear.job_log import Ticker, tell
from fw_gear_deid.gear.site_job import api_key_of
from fw_gear_deid.identity import Subject, subject_of
from fw_gear_deid.report.log import DeidLog
from fw_gear_deid.report.page import PageWriter
from fw_gear_deid.report.summary import About, JsonWriter, Report
from fw_gear_deid.report.table import ExportRow, ExportTable
from fw_gear_deid.site.embedded import EmbeddedDestination
from fw_gear_deid.site.exports import ContainerFile, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from flywheel_gear_toolkit import GearToolkitContext

    from fw_gear_deid.engine.base import Outcome, RunResult, Source
    from fw_gear_deid.gear.job import GearJob

log = logging.getLogger(__name__)

SOME_FAILED, NOTHING_DONE = 1, 2
"""Exit codes: not all went well; the profile, the configuration or an input is wrong."""

VALUES, REPORT, PAGE = "deid_log.csv", "deid_report.json", "deid_report.html"
REPORT_DIGITS = 12


def keep_quiet() -> None:
    """Keep everything that could repeat a value of a file away from the job's log.

    Libraries put values into warnings and exception texts (``Invalid value for VR UI: …``). Warnings are dropped; of
    an exception nobody foresaw, its kind and the places in the code are told, not its text.
    """
    warnings.simplefilter("ignore")
    logging.raiseExceptions = False
    sys.excepthook = _tell_without_text
    threading.excepthook = lambda args: _tell_without_text(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _tell_without_text(args.exc_type, args.exc_value, args.exc_traceback)


def _tell_without_text(kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None) -> None:
    """Write where an error nobody foresaw came from."""
    sys.stderr.write(f"The gear stopped: internal error {kind.__name__}. Please report these lines:\n")
    sys.stderr.writelines(
        f"  {frame.filename}:{frame.lineno} in {frame.name}\n" for frame in traceback.extract_tb(trace)
    )


def set_up_logging(context: GearToolkitContext) -> None:
    """Let this package speak, through the toolkit's handlers, and nobody else.

    Other packages are silenced: pydicom logs values of elements, the toolkit logs inputs and configuration. The
    toolkit's own debug set-up would also write a log file into the gear's output, so its level is set here.
    """
    config = context.config_json.get("config") if isinstance(context.config_json, dict) else None
    debug = isinstance(config, dict) and config.get("debug") is True
    level = "DEBUG" if debug else "INFO"
    handlers = {"level": level}
    context.init_logging(
        "info",
        {
            "handlers": {"gear": handlers, "gear_err": handlers, "silence": {"class": "logging.NullHandler"}},
            "loggers": {
                "": {"handlers": ["silence"], "level": "CRITICAL"},
                "fw_gear_deid": {"handlers": ["gear", "gear_err"], "level": level, "propagate": False},
            },
        },
    )


def refuse(message: str) -> int:
    """Say why nothing is done, a line for each problem, and return the exit code for it."""
    lines = message.splitlines()
    sys.stderr.write(f"Nothing was done: {len(lines)} problem{'s' if len(lines) > 1 else ''} to mend.\n")
    sys.stderr.writelines(f"  {line}\n" for line in lines)
    return NOTHING_DONE


def work(context: GearToolkitContext) -> int:
    """Do the job of a context and return the exit code."""
    if not context.manifest:
        return refuse("manifest.json: missing; run the gear in its own folder")
    try:
        if api_key_of(context.config_json):
            return _on_site(context)
        job = read_job(context.config_json, context.manifest, context.output_dir.parent)
        return _done(job, context.output_dir)
    except (UsageError, DestinationError, SiteError) as error:
        return refuse(str(error))


def _on_site(context: GearToolkitContext) -> int:
    """Do a job on a site and return the exit code. A job that is cancelled ends what it has begun."""
    from fw_gear_deid.gear import site_run  # noqa: PLC0415  # needs the SDK, which a job without a site does not

    cancelled = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: cancelled.set())
    return site_run.do(context.config_json, context.manifest, context.output_dir, cancelled.is_set)


def _done(job: GearJob, output: Path) -> int:
    """Do a job and return the exit code."""
    profile = job.compiled.profile
    log.info("fw-gear-deid %s, profile %s", __version__, profile.digest)
    for problem in profile.warnings:
        log.warning("%s", problem.located("profile"))
    for note in job.notes:
        log.warning("%s", note)
    made = Provenance(profile.digest, __version__, profile.filling_for(_subject(job).key))
    rules = profile.containers.get("file")
    with EmbeddedDestination(output, job.project, job.overwrite, made, rules) as place:
        result = _with_reports(job, place, output)
        # A report that says "all skipped" must not replace the one that says how the copies were made.
        worth_telling = not job.options.dry_run and result.counts.get(State.SKIPPED, 0) < result.total
        attached = _attach(job, place, [output / REPORT, output / PAGE]) if worth_telling else True
    counts = ", ".join(f"{result.counts.get(state, 0)} {state}" for state in State)
    log.info("Done%s: %s. Tables and report are in output/.", " (dry run)" if job.options.dry_run else "", counts)
    return result.exit_code if attached else SOME_FAILED


def _subject(job: GearJob) -> Subject:
    """Return who the input file is about, as far as ``config.json`` tells."""
    return subject_of(job.input_file.labels.get("subject", ""))


def _attach(job: GearJob, place: EmbeddedDestination, reports: Iterable[Path]) -> bool:
    """Put the reports beside the copies, and return whether nothing went wrong."""
    lineage = job.input_file.lineage
    try:
        for report in reports:
            place.attach(
                lineage, f"{report.stem}_{lineage.origin_id(lineage.kind)[:REPORT_DIGITS]}{report.suffix}", report
            )
    except DestinationError as error:
        log.error("the report beside the copies: %s", error)  # noqa: TRY400  # the trace would repeat values
        return False
    return True


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
    container = re.sub(r"[^0-9A-Za-z-]", "-", f"{file.lineage.kind}-{file.lineage.id}")
    about = About(destination=job.project.folder, dry_run=job.options.dry_run)
    with (
        DeidLog(output / VALUES, profile) as values,
        ExportTable(output / f"{container}_export.csv") as table,
        Report([JsonWriter(output / REPORT), PageWriter(output / PAGE)], profile, versions(), about) as report,
    ):

        def finished(done: Source, outcome: Outcome) -> None:
            table.add(ExportRow.of(done, outcome, parent=file.lineage.id, parent_type=file.lineage.kind))
            report.add(done, outcome)
            tell(outcome)

        listener = Listener(finished=finished, logged=values.add, progress=Ticker())
        return run(job.compiled, [source], place, job.options, listener)
