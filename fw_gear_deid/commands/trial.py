"""``fw-deid test``: try a profile, and see what it changed and what it left."""

from __future__ import annotations

import tarfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from fw_gear_deid.commands.opening import compiled_profile, creating
from fw_gear_deid.commands.run import Records, Task, carry_out
from fw_gear_deid.engine.base import Options, State
from fw_gear_deid.engine.silence import silenced
from fw_gear_deid.errors import UsageError
from fw_gear_deid.identity import subject_of
from fw_gear_deid.scan.coverage import Coverage
from fw_gear_deid.standard.confidentiality import EDITION

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from fw_gear_deid.engine.base import Outcome, Source

DICOM = "dicom"
SHOWN = 20


@dataclass(slots=True)
class Comparison:
    """Compares every DICOM object with its copy as soon as the copy is there."""

    output: Path
    coverage: Coverage = field(default_factory=Coverage)
    without_copy: int = 0

    def add(self, source: Source, outcome: Outcome) -> None:
        """Compare one file, or the members of one archive."""
        if outcome.state is not State.DEIDENTIFIED:
            self.without_copy += 1
            return
        copy = self.output / outcome.name
        if outcome.members:
            with _opened(source.path) as before, _opened(copy) as after:
                self._compare_members(outcome, before, after)
        elif outcome.section == DICOM:
            with source.path.open("rb") as old, copy.open("rb") as new:
                self.coverage.compare(old, new)

    def _compare_members(self, outcome: Outcome, before: _Files, after: _Files) -> None:
        kept = 0
        for number, member in enumerate(outcome.members):
            if member.state is not State.DEIDENTIFIED:
                continue
            if member.section == DICOM:
                with before.open(number) as old, after.open(kept) as new:
                    self.coverage.compare(old, new)
            kept += 1


class _Files:
    """The files of an archive by their position, read by the standard library rather than by the engine."""

    def __init__(self, archive: zipfile.ZipFile | tarfile.TarFile) -> None:
        self._archive = archive
        if isinstance(archive, zipfile.ZipFile):
            self._entries: list[zipfile.ZipInfo] | list[tarfile.TarInfo] = [
                entry for entry in archive.infolist() if not entry.is_dir()
            ]
        else:
            self._entries = [entry for entry in archive.getmembers() if not entry.isdir()]

    @contextmanager
    def open(self, position: int) -> Iterator[BinaryIO]:
        entry = self._entries[position]
        if isinstance(self._archive, zipfile.ZipFile) and isinstance(entry, zipfile.ZipInfo):
            with self._archive.open(entry) as file:
                yield file  # type: ignore[misc]  # reads as a binary file does
        elif isinstance(self._archive, tarfile.TarFile) and isinstance(entry, tarfile.TarInfo):
            content = self._archive.extractfile(entry)
            if content is not None:
                with content:
                    yield content  # type: ignore[misc]  # reads as a binary file does


@contextmanager
def _opened(path: Path) -> Iterator[_Files]:
    with zipfile.ZipFile(path) if zipfile.is_zipfile(path) else tarfile.open(path) as opened:
        yield _Files(opened)


def command(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid test`` and return the exit code."""
    results: Path = arguments.results
    output = results / "data"
    if output.is_dir() and any(output.iterdir()):
        raise UsageError(f"{output}: holds the results of an earlier test; delete it or choose another folder")
    folder = "/".join(label for label in (arguments.subject, arguments.session) if label)
    records = Records(
        results / "deid_log.csv", results / "deid_report.json", results / "deid_report.html", results / "export.csv"
    )
    compiled = compiled_profile(arguments)
    subject = subject_of(arguments.subject or "")
    task = Task(
        compiled,
        (arguments.source,),
        output,
        Options(arguments.workers),
        folder,
        records,
        trial=True,
        subject=subject,
    )
    comparison = Comparison(output)
    with silenced():
        result = carry_out(task, comparison.add)
    table = results / "coverage.csv"
    with creating(table):
        comparison.coverage.write(table)
    _show(comparison, table)
    return result.exit_code


def _show(comparison: Comparison, table: Path) -> None:
    from rich.console import Console  # noqa: PLC0415  # slow to load, and no other command shows a table
    from rich.table import Table  # noqa: PLC0415  # the same

    coverage = comparison.coverage
    console = Console(markup=False, highlight=False)
    if comparison.without_copy:
        console.print(f"not compared, because they have no copy: {comparison.without_copy}")
    if coverage.unread:
        console.print(f"not compared, because pydicom cannot read them: {coverage.unread}")
    if not coverage.files:
        console.print("no DICOM object was compared, so coverage.csv is empty")
        return
    if not coverage.remaining:
        console.print(f"nothing that PS3.15 Table E.1-1 ({EDITION}) names was left in {coverage.files} DICOM objects")
        return
    title = f"left as it was, though PS3.15 Table E.1-1 ({EDITION}) names it; {coverage.files} DICOM objects"
    shown = Table("element", "where", "basic profile", "objects", title=title, title_justify="left")
    for tag, _, path, action, count in list(coverage.rows())[:SHOWN]:
        shown.add_row(tag, path, action, str(count))
    console.print(shown)
    if len(coverage.remaining) > SHOWN:
        console.print(f"and {len(coverage.remaining) - SHOWN} more; all of them are in {table}")
