"""A job on a site, from the checked ``config.json`` to the exit code: rights, profile, export, reports, mark."""

from __future__ import annotations

import logging
import tempfile
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid import __version__
from fw_gear_deid.engine.base import Listener, RunResult, State
from fw_gear_deid.errors import SOME_FAILED, SiteError, UsageError
from fw_gear_deid.gear.folders import broken_off, work_folder
from fw_gear_deid.gear.job_log import Ticker, tell_counts
from fw_gear_deid.gear.reports import attached, reports_in
from fw_gear_deid.gear.site_job import marked_by, read_site_job
from fw_gear_deid.report.summary import About
from fw_gear_deid.report.table import ExportRow
from fw_gear_deid.site.client import SiteClient
from fw_gear_deid.site.exporting import Export
from fw_gear_deid.site.exports import Overwrite
from fw_gear_deid.site.key_files import KEY_VARIABLE, check_used, fetched
from fw_gear_deid.site.levels import choose
from fw_gear_deid.site.lineage import origin_id
from fw_gear_deid.site.marks import FAIL, METADATA, PASS, Mark, Marking, write_metadata
from fw_gear_deid.site.orders import Order
from fw_gear_deid.site.rights import check_destination, check_destination_key, destination_of, source_of
from fw_gear_deid.site.uploads import SiteSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fw_gear_deid.engine.base import Outcome, Source
    from fw_gear_deid.formats.compiling import CompiledProfile
    from fw_gear_deid.gear.site_job import Marked, SiteJob
    from fw_gear_deid.site.containers import Container
    from fw_gear_deid.site.levels import Chosen
    from fw_gear_deid.site.walking import Place

log = logging.getLogger(__name__)

_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})
_NO_MAP: Final = (
    "map-subjects: a job on a site cannot keep a subject map: its codes would be gone with the job, and the next one "
    "would give them again; give subjects their labels by a rule for 'label' under flywheel: subject: (pseudonym: true "
    "with a secret key, or replace-with: '{{ NAME }}' with mapping_csv)"
)


def do(config_json: object, manifest: Mapping[str, Any], output: Path, stopped: Callable[[], bool]) -> int:
    """Do a job on a site and return the exit code; the input file is marked also when the job cannot be begun.

    Args:
        config_json: what ``config.json`` holds.
        manifest: what ``manifest.json`` holds.
        output: the gear's output folder, at the source's side.
        stopped: says whether the job was cancelled.

    Raises:
        UsageError: nothing can be done.
        SiteError: the site does not answer.
    """
    marked = marked_by(config_json)
    source: SiteClient | None = None
    with ExitStack() as stack:

        def told(state: str, reason: str = "", raised: Mapping[str, int] = _NOTHING) -> None:
            if marked is not None:
                mark = Mark(state, reason, marked.tag, __version__, raised)
                write_metadata(output / METADATA, marked.kind, _newest(marked, source), mark)

        try:
            job = read_site_job(config_json, manifest, output.parent)
            source = stack.enter_context(SiteClient(job.api_key))
            code, raised = _done(job, source, output, stopped)
        except (UsageError, SiteError) as error:
            told(FAIL, str(error).partition("\n")[0])
            raise
        except OSError as error:
            with suppress(OSError):  # it may be the output itself that is full
                told(FAIL, broken_off(error))
            raise
        except Exception:
            told(FAIL, "internal error")
            raise
        told(FAIL if code else PASS, raised=raised)
        return code


def _newest(marked: Marked, client: SiteClient | None) -> Mapping[str, Any]:
    """Return what the site says of the input file now, or what it said when the job began."""
    described, file_id = {**marked.described, "name": marked.name}, marked.described.get("file_id")
    if client is None or not isinstance(file_id, str):
        return described
    try:
        return {**described, **client.ask("a file", "get_file", file_id)}
    except SiteError:
        return described


def _done(job: SiteJob, source: SiteClient, output: Path, stopped: Callable[[], bool]) -> tuple[int, Mapping[str, int]]:
    """Do the job; return the exit code, and how many objects are to be looked at by gate."""
    with ExitStack() as stack:
        target = stack.enter_context(_writer(job.destination_key)) if job.destination_key else source
        root = source_of(source, job.container)
        project = _allowed(job, source, target, root)
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=work_folder(output))))
        keys = fetched(source, job.key_files, work)
        chosen = choose(replace(job.wanted, secret_key=keys.get(KEY_VARIABLE, "")), target, project)
        check_used(chosen.draft.names, keys)
        order = Order(
            root,
            chosen.draft,
            job.mapping,
            job.overwrite,
            __version__,
            job.by_id,
            job.delete_reason,
            keys,
            job.input_file,
        )
        export = Export(source, target, project, order, work, stopped)
        compiled = order.check(source)
        if compiled.profile.map_subjects:
            raise UsageError(_NO_MAP)
        _introduce(chosen, compiled, job)
        result = _with_reports(export, job, chosen.level, compiled, output)
        good = _attached(export, job, result, output)
    cancelled = stopped()
    tell_counts(result.counts, dry_run=job.options.dry_run)
    for oddity, number in Counter(export.odd.values()).items():
        log.warning("Containers of the destination, %d: %s", number, oddity)
    if export.broken:
        log.error("%s", export.broken)
        log.error("The export broke off: files that the tables do not list were not worked on. Run it again.")
    if cancelled:
        log.error("The job was cancelled: files that the tables do not list were not worked on. Run it again.")
    return SOME_FAILED if cancelled or export.broken or not good else result.exit_code, result.raised


def _writer(key: str) -> SiteClient:
    """Return a connection with the destination key; what fails says that it is about this key."""
    try:
        return SiteClient(key)
    except SiteError as error:
        raise SiteError(f"destination-key: {error}", error.status) from None


def _allowed(job: SiteJob, source: SiteClient, target: SiteClient, root: Place) -> Container:
    """Return the destination project, once it is known that the job may do what it is about to do."""
    key = "API key" if target is source else "destination-key"
    project = destination_of(target, job.project, key)
    deletes = job.overwrite in {Overwrite.CLEANUP, Overwrite.CLEANUP_FORCE}
    check_destination(target, project, root.project.id, deletes=deletes, key=key)
    if target is not source:
        for warning in check_destination_key(target, source, root.project.id):
            log.warning("%s", warning)
    return project


def _introduce(chosen: Chosen, compiled: CompiledProfile, job: SiteJob) -> None:
    """Say by what the files are de-identified."""
    profile = compiled.profile
    log.info("fw-gear-deid %s, profile of the %s, %s", __version__, chosen.level, profile.digest)
    for warning in (*chosen.warnings, *(problem.located("profile") for problem in profile.warnings)):
        log.warning("%s", warning)
    if job.mapping is not None:
        for problem in job.mapping.unused(chosen.draft.names):
            log.warning("%s", problem.located(job.mapping.source))


def _with_reports(export: Export, job: SiteJob, level: str, compiled: CompiledProfile, output: Path) -> RunResult:
    """Export, and write what is told of it."""
    root = export.order.root.container
    about = About(level, job.project.folder, job.options.dry_run)
    marks = job.input_file is None and not job.options.dry_run  # the platform marks an input file
    with (
        reports_in(output, (root.kind, root.id), compiled.profile, about, many=True) as reports,
        Marking(export.source, job.tag, __version__) as marking,
    ):

        def finished(source: Source, outcome: Outcome) -> None:
            assert isinstance(source, SiteSource)  # noqa: S101  # for the type checker
            parent = {"parent": source.file.parent, "parent_type": source.kind}
            reports.add(source, outcome, ExportRow.of(source, outcome, **parent, file_id=source.copy_id))
            if marks:
                marking.put(source.file, outcome)

        result = export.run(job.options, Listener(finished, reports.values.add, Ticker()))
    if marking.fault:
        log.warning("Not every source file could be marked with its result (info.qc, tag): %s", marking.fault)
    return result


def _attached(export: Export, job: SiteJob, result: RunResult, output: Path) -> bool:
    """Put the reports beside the copies, and return whether nothing went wrong."""
    if job.options.dry_run or not result.total:
        return True
    root = export.order.root
    # A report that says "all skipped" must not replace the one that says how the copies were made.
    attach = partial(export.attach, replacing=result.counts.get(State.SKIPPED, 0) < result.total)
    return attached(output, origin_id(root.container.id, root.project.id), attach)
