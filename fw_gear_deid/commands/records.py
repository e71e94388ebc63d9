"""Files about a run that are wanted beside the copies: where they may lie, and what is written into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_deid.commands.opening import check_file, creating
from fw_gear_deid.engine.base import Listener
from fw_gear_deid.engine.versions import versions
from fw_gear_deid.errors import UsageError
from fw_gear_deid.report.log import DeidLog
from fw_gear_deid.report.maps import IdMap
from fw_gear_deid.report.summary import JsonWriter, Report
from fw_gear_deid.report.table import ExportRow, ExportTable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from fw_gear_deid.profile.model import Profile
    from fw_gear_deid.report.summary import Writer


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
