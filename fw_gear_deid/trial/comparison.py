"""What ``fw-deid test`` looks at: every source beside its copy, read by the standard library and by pydicom."""

from __future__ import annotations

import tarfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from fw_gear_deid.engine.base import State
from fw_gear_deid.profile.gates import Gate
from fw_gear_deid.report.log import FIXED
from fw_gear_deid.report.thumbnails import pictures
from fw_gear_deid.report.trial import Field, TrialPage
from fw_gear_deid.scan.comparing import Done
from fw_gear_deid.trial.coverage import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fw_gear_deid.engine.base import LogRow, Outcome, Source
    from fw_gear_deid.report.trial import Group
    from fw_gear_deid.scan.comparing import Compared
    from fw_gear_deid.trial.pixel_text import PixelText

DICOM = "dicom"
SERIES, MODALITY, DESCRIPTION = (0x0020000E,), (0x00080060,), (0x0008103E,)
NAMING = frozenset((SERIES, MODALITY, DESCRIPTION))
GONE = "removed or emptied"
ELEMENT = 0xFFFF
"""Bits of a tag that are 0 for group lengths, which change whenever something else does."""

Pair = tuple[BinaryIO, BinaryIO]
"""A source and its copy."""


@dataclass(slots=True)
class Comparison:
    """Compares every file with its copy as soon as the copy is there.

    Attributes:
        output: where the copies are.
        coverage: what became of elements that PS3.15 calls identifying.
        page: what is shown of them.
        without_copy: number of files that have none.
        leaking: number of files whose copy the scan is certain to identify someone.
        pixel_text: reads the pixels of copies; None where that is not asked for.
    """

    output: Path
    coverage: Coverage = field(default_factory=Coverage)
    page: TrialPage = field(default_factory=TrialPage)
    without_copy: int = 0
    leaking: int = 0
    pixel_text: PixelText | None = None

    def finished(self, source: Source, outcome: Outcome) -> None:
        """Compare one file, or the members of one archive; a ``Listener.finished``."""
        if outcome.state is not State.DEIDENTIFIED:
            self.without_copy += 1
            return
        self.leaking += outcome.is_leaking
        copy = self.output / outcome.name
        if outcome.members:
            with _opened(source.path) as before, _opened(copy) as after:
                self._compare_members(source, outcome, before, after)
        elif outcome.section == DICOM:
            self._compare(_folder(source.origin), outcome, lambda: _files(source.path, copy))

    def _compare_members(self, source: Source, outcome: Outcome, before: _Files, after: _Files) -> None:
        kept = 0
        for number, member in enumerate(outcome.members):
            if member.state is not State.DEIDENTIFIED:
                continue
            if member.section == DICOM:
                self._compare(source.origin, member, lambda places=(number, kept): _members(before, after, places))  # type: ignore[misc]  # bound now
            kept += 1

    def _compare(self, place: str, outcome: Outcome, opened: Callable[[], AbstractContextManager[Pair]]) -> None:
        with opened() as pair:
            compared = self.coverage.compare(*pair)
        if not compared:
            return
        group = self._series(place, compared)
        if group is None:
            return
        if not group.files:
            with opened() as pair:
                group.pictures = pictures(*pair)
        self._read(group, place, outcome, opened)
        self.page.add(group, (self._field(each) for each in compared if each.path[-1] & ELEMENT))

    def _read(
        self, group: Group, place: str, outcome: Outcome, opened: Callable[[], AbstractContextManager[Pair]]
    ) -> None:
        """Read the text in an object's pixels, if that is asked for and may be worth it."""
        doubted = any(raised.gate == Gate.BURNED_IN for raised in outcome.gates)
        if self.pixel_text is not None and self.pixel_text.wants(id(group), doubted=doubted):
            with opened() as pair:
                self.pixel_text.look(id(group), place, *pair)

    def _series(self, place: str, compared: list[Compared]) -> Group | None:
        texts = {each.path: each.before.text() for each in compared if each.path in NAMING and each.before is not None}
        about = " · ".join(texts[path] for path in (MODALITY, DESCRIPTION) if texts.get(path))
        return self.page.group(f"{place}\0{texts.get(SERIES, '')}", place, about)

    def _field(self, each: Compared) -> Field:
        before, after = each.before, each.after
        values = tuple(None if value is None else value.encoded for value in (before, after))
        key = hash(values)  # the values themselves may be large, and the page remembers every key

        def texts() -> tuple[str, str]:
            return ("" if before is None else before.text(), "" if after is None else after.text())

        covered = self.coverage.covered(each)
        done, code = (each.done, "") if covered is None else (covered.done, covered.action)
        return Field(each.dotted, each.tag, done, code, key, texts)

    def logged(self, source: Source, row: LogRow) -> None:
        """Show the fields of a file that is no DICOM object, as the log has them; a ``Listener.logged``."""
        if all(name in row.before for name in FIXED[DICOM]):
            return  # it is compared element by element
        place = source.origin if row.path != source.origin else _folder(source.origin)
        group = self.page.group(f"{place}\0", place, "other files")
        if group is not None:
            names = dict.fromkeys((*row.before, *row.after))
            self.page.add(group, (_logged(name, row.before.get(name, ""), row.after.get(name, "")) for name in names))


def _logged(name: str, before: str, after: str) -> Field:
    done = Done.KEPT if before == after else GONE if not after else Done.REPLACED if before else Done.ADDED
    return Field(name, "", done, "", (before, after), lambda: (before, after))


def _folder(path: str) -> str:
    folder = str(PurePosixPath(path).parent)
    return "files" if folder == "." else folder


# -- reading


@contextmanager
def _files(source: Path, copy: Path) -> Iterator[Pair]:
    with source.open("rb") as old, copy.open("rb") as new:
        yield old, new


@contextmanager
def _members(before: _Files, after: _Files, places: tuple[int, int]) -> Iterator[Pair]:
    with before.open(places[0]) as old, after.open(places[1]) as new:
        yield old, new


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
