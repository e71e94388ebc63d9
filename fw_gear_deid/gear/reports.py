"""What a job leaves in its output folder, at the source's side: tables and reports."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.engine.versions import versions
from fw_gear_deid.errors import DestinationError, SiteError
from fw_gear_deid.gear.job_log import tell
from fw_gear_deid.report.log import DeidLog
from fw_gear_deid.report.page import PageWriter
from fw_gear_deid.report.summary import JsonWriter, Report
from fw_gear_deid.report.table import ExportTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fw_gear_deid.engine.base import Outcome, Source
    from fw_gear_deid.profile.model import Profile
    from fw_gear_deid.report.summary import About
    from fw_gear_deid.report.table import ExportRow

log = logging.getLogger(__name__)

VALUES: Final = "deid_log.csv"
REPORT, PAGE = "deid_report.json", "deid_report.html"
DIGITS: Final = 12
"""Of a hash, in the names of the reports beside the copies."""


@dataclass(frozen=True, slots=True)
class Reports:
    """The tables and the report of a job, as its files are done."""

    values: DeidLog
    table: ExportTable
    report: Report

    def add(self, source: Source, outcome: Outcome, row: ExportRow) -> None:
        """Take how a file ended, and say so in the log."""
        self.table.add(row)
        self.report.add(source, outcome)
        tell(outcome)


@contextmanager
def reports_in(
    output: Path, container: tuple[str, str], profile: Profile, about: About, *, many: bool = False
) -> Iterator[Reports]:
    """Give the reports of a job, which are complete after the block.

    Args:
        output: the gear's output folder.
        container: kind and id of what the job was started on.
        profile: by which the copies are made.
        about: what else the report tells of the job.
        many: whether it is about several files.
    """
    name = re.sub(r"[^0-9A-Za-z-]", "-", "-".join(container))
    with (
        DeidLog(output / VALUES, profile, many=many) as values,
        ExportTable(output / f"{name}_export.csv") as table,
        Report([JsonWriter(output / REPORT), PageWriter(output / PAGE)], profile, versions(), about) as report,
    ):
        yield Reports(values, table, report)


def attached(output: Path, origin: str, attach: Callable[[str, Path], object]) -> bool:
    """Put the reports beside the copies, and return whether nothing went wrong.

    Args:
        output: the gear's output folder.
        origin: the hash that stands for what the job was started on.
        attach: puts a file there under a name.
    """
    try:
        for report in (output / REPORT, output / PAGE):
            attach(f"{report.stem}_{origin[:DIGITS]}{report.suffix}", report)
    except (DestinationError, SiteError) as error:
        log.error("the report beside the copies: %s", error)  # noqa: TRY400  # the trace would repeat values
        return False
    return True
