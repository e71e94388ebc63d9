"""``fw-deid run``: de-identify files, folders and archives into a folder."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fw_gear_deid.commands.opening import compiled_profile, creating
from fw_gear_deid.commands.records import Records
from fw_gear_deid.commands.screen import Screen, warn
from fw_gear_deid.engine.base import Listener, RunOptions
from fw_gear_deid.engine.folder import FolderDestination, check_apart
from fw_gear_deid.engine.removals import Removals
from fw_gear_deid.engine.runs import run
from fw_gear_deid.engine.sources import walk
from fw_gear_deid.engine.subjects.attribution import attributed
from fw_gear_deid.engine.subjects.bids_folders import renamed
from fw_gear_deid.engine.subjects.folder_names import scrubbed_folders
from fw_gear_deid.engine.subjects.map import opened
from fw_gear_deid.errors import UsageError
from fw_gear_deid.identity import label_in, subject_of

if TYPE_CHECKING:
    import argparse

    from fw_gear_deid.engine.base import LogRow, Outcome, RunResult, Source
    from fw_gear_deid.formats.compiling import CompiledProfile

MEGABYTE = 1 << 20
NOBODY_ELSE = Listener()
SEVERAL = (
    "the files tell of {} patients, and --subject of one: all of them are treated as that one; name a subject only for "
    "files of one person"
)


TRIAL_REPORT: Final = "deid_report.html"


@dataclass(frozen=True, slots=True)
class Task:
    """A run that was asked for.

    Attributes:
        compiled: what to do.
        paths: files and folders to read.
        output: folder for the copies.
        options: how the run works.
        folder: folder below ``output`` in which all copies go.
        records: files about the run.
        quiet: tell problems only.
        trial: give no subject a code that lasts.
        subject: label of the subject whom all files are about; ``""``: each file tells.
    """

    compiled: CompiledProfile
    paths: tuple[Path, ...]
    output: Path
    options: RunOptions
    folder: str = ""
    records: Records = field(default_factory=Records)
    quiet: bool = False
    trial: bool = False
    subject: str = ""


def carry_out(task: Task, heard: Listener = NOBODY_ELSE) -> RunResult:
    """Do a task, telling its progress; ``heard`` is told outcomes and values too.

    Raises:
        UsageError: it cannot be done; no data has been read.
    """
    sources = [_placed(source, task) for source in walk(task.paths)]
    if not sources:
        raise UsageError(f"{task.paths[0]}: there is no file in it")
    check_apart(task.output, task.paths)
    profile = task.compiled.profile
    sources = _known(sources, task)
    records = replace(task.records, subjects=Path(profile.map_subjects) if profile.map_subjects else None)
    records.check(task.output, task.paths)
    subjects = opened(profile.map_subjects, keeps=not (task.trial or task.options.dry_run))
    for problem in () if task.quiet else profile.warnings:
        warn(problem.located(profile.source))
    with ExitStack() as stack:
        with creating(task.output / "copies", task.output):
            destination = stack.enter_context(FolderDestination(task.output))
        listeners = records.open(stack, profile, task.subject, many=len(sources) > 1)
        screen = stack.enter_context(Screen(quiet=task.quiet))

        def tell(source: Source, outcome: Outcome) -> None:
            screen.finished(source, outcome)
            heard.finished(source, outcome)
            for listener in listeners:
                listener.finished(source, outcome)

        def tell_values(source: Source, row: LogRow) -> None:
            heard.logged(source, row)
            for listener in listeners:
                listener.logged(source, row)

        listener = Listener(tell, tell_values, screen.progress)
        options = replace(task.options, log=records.holds_values, subjects=subjects)
        result = run(task.compiled, sources, destination, options, listener)
    screen.close(result, TRIAL_REPORT if task.trial else "the report (--html FILE)")
    return result


def _known(sources: list[Source], task: Task) -> list[Source]:
    """Return sources with whom they are about; tell when a subject was named for files of several patients."""
    profile = task.compiled.profile
    found = attributed(sources, Removals.of(profile))
    if task.subject and found.patients > 1:
        warn(SEVERAL.format(found.patients))
    return scrubbed_folders(found.sources, profile.folder_key) if profile.scrub else found.sources


def _placed(source: Source, task: Task) -> Source:
    """Return a source with who it is about, and the folder of its copy."""
    subject = subject_of(task.subject or label_in(source.origin))
    folder = renamed(source.folder, task.compiled.profile, subject)
    return replace(source, folder=_joined(task.folder, folder), subject=subject)


def _joined(folder: str, below: str) -> str:
    return "/".join(part for part in (folder, below) if part)


def command(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid run`` and return the exit code."""
    options = RunOptions(
        arguments.workers, arguments.memory * MEGABYTE, arguments.unmatched, residual=arguments.residual
    )
    compiled = compiled_profile(arguments, quiet=arguments.quiet)
    own_log = arguments.log is None and compiled.profile.deid_log
    log = Path(compiled.profile.deid_log) if own_log else arguments.log
    records = Records(
        log,
        arguments.report,
        arguments.html,
        arguments.table,
        adds=bool(own_log),
        uid_map=arguments.uid_map,
        subject_map=arguments.subject_map,
        key=arguments.secret_key,
    )
    if compiled.profile.deid_log and not own_log and not arguments.quiet:
        warn("deid-log of the profile is not used, because --log says where the log goes")
    task = Task(
        compiled,
        tuple(arguments.source),
        arguments.output,
        options,
        records=records,
        quiet=arguments.quiet,
        subject=arguments.subject or "",
    )
    result = carry_out(task)
    if result.exit_code and result.total > 1 and records.table is None and not task.quiet:
        warn("files are told by their number; run it again with --table files.csv to see which is which")
    return result.exit_code
