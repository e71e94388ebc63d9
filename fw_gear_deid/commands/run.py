"""``fw-deid run``: de-identify files, folders and archives into a folder."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fw_gear_deid.commands.opening import check_file, compiled_profile, creating
from fw_gear_deid.commands.screen import Screen, warn
from fw_gear_deid.engine.attribution import attributed
from fw_gear_deid.engine.base import Listener, Options
from fw_gear_deid.engine.bids_folders import renamed
from fw_gear_deid.engine.folder import FolderDestination, check_apart
from fw_gear_deid.engine.folder_names import scrubbed_folders
from fw_gear_deid.engine.removals import Removals
from fw_gear_deid.engine.runs import run
from fw_gear_deid.engine.sources import walk
from fw_gear_deid.engine.subject_map import opened
from fw_gear_deid.engine.versions import versions
from fw_gear_deid.errors import UsageError
from fw_gear_deid.identity import label_in, subject_of
from fw_gear_deid.report.log import DeidLog
from fw_gear_deid.report.maps import IdMap
from fw_gear_deid.report.summary import JsonWriter, Report
from fw_gear_deid.report.table import ExportRow, ExportTable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from fw_gear_deid.engine.base import LogRow, Outcome, RunResult, Source
    from fw_gear_deid.formats.compiling import CompiledProfile
    from fw_gear_deid.profile.model import Profile
    from fw_gear_deid.report.summary import Writer

MEGABYTE = 1 << 20
NOBODY_ELSE = Listener()
SEVERAL = (
    "the files tell of {} patients, and --subject of one: all of them are treated as that one; name a subject only for "
    "files of one person"
)


TRIAL_REPORT: Final = "deid_report.html"


@dataclass(frozen=True, slots=True)
class Records:
    """Files about a run that are wanted beside the copies; None: not wanted.

    Attributes:
        adds: whether the log goes on from one that is there already, instead of taking its place.
        subjects: the profile's own subject map, which a run may write too.
        uid_map: which UID became which.
        subject_map: which subject became which.
        key: where the secret key lies, which is read and not written.
    """

    log: Path | None = None
    report: Path | None = None
    page: Path | None = None
    table: Path | None = None
    adds: bool = False
    subjects: Path | None = None
    uid_map: Path | None = None
    subject_map: Path | None = None
    key: Path | None = None

    @property
    def holds_values(self) -> bool:
        """Whether values of fields are wanted, before and after."""
        return any(path is not None for path in (self.log, self.uid_map, self.subject_map))

    def check(self, output: Path, sources: Sequence[Path]) -> None:
        """Refuse places where they would do harm.

        Raises:
            UsageError: two are the same file, one lies in a source, or identifying values would lie among the copies.
        """
        telling = (self.log, self.table, self.subjects, self.uid_map, self.subject_map)
        everything = (self.report, self.page, *telling)
        wanted = [path.resolve() for path in everything if path is not None]
        if self.key is not None:
            wanted.append(self.key.resolve())
            if output.resolve() in wanted[-1].parents:
                raise UsageError(f"{self.key}: the secret key would lie among the copies; choose another place")
        if len(set(wanted)) < len(wanted):
            raise UsageError(
                "of the log, --report, --html, --table and the maps two are the same file; give each its own"
            )
        for path in wanted:
            for source in sources:
                if source.resolve() in (path, *path.parents):
                    raise UsageError(f"{path}: lies in the source {source}; choose another place")
        for identifying in telling:
            if identifying is not None and output.resolve() in identifying.resolve().parents:
                raise UsageError(f"{identifying}: would put identifying values among the copies; choose another place")

    def open(self, stack: ExitStack, profile: Profile, label: str, *, many: bool) -> tuple[Listener, ...]:
        """Create the files; ``stack`` closes them.

        Args:
            stack: completes the files.
            profile: what is done.
            label: the subject who was named for the run; ``""``: none.
            many: whether there are several sources.

        Raises:
            UsageError: one cannot be created.
        """
        for path in (self.report, self.page, self.table, self.log, self.uid_map, self.subject_map):
            if path is not None:
                check_file(path)
        listeners = []
        if self.log is not None:
            with creating(self.log):
                log = stack.enter_context(DeidLog(self.log, profile, many=many, adds=self.adds))
            listeners.append(Listener(logged=log.add))
        if self.uid_map is not None:
            with creating(self.uid_map):
                uids = stack.enter_context(IdMap.of_uids(self.uid_map, profile))
            listeners.append(Listener(logged=uids.add))
        if self.subject_map is not None:
            with creating(self.subject_map):
                subjects = stack.enter_context(IdMap.of_subjects(self.subject_map, profile, label))
            listeners.append(Listener(logged=subjects.add))
        writers: list[Writer] = []
        if self.report is not None:
            with creating(self.report):
                writers.append(JsonWriter(self.report))
        if self.page is not None:
            from fw_gear_deid.report.page import PageWriter  # noqa: PLC0415  # slow to load, and few runs want a page

            with creating(self.page):
                writers.append(PageWriter(self.page))
        if writers:
            report = stack.enter_context(Report(writers, profile, versions()))
            listeners.append(Listener(finished=report.add))
        if self.table is not None:
            with creating(self.table):
                table = stack.enter_context(ExportTable(self.table))
            listeners.append(Listener(finished=lambda source, outcome: table.add(ExportRow.of(source, outcome))))
        return tuple(listeners)


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
    options: Options
    folder: str = ""
    records: Records = Records()
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
    options = Options(arguments.workers, arguments.memory * MEGABYTE, arguments.unmatched, residual=arguments.residual)
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
