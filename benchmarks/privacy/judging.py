"""Judges outputs against the answer key."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

import nibabel
import numpy as np

from benchmarks.privacy.key import Action, Check
from benchmarks.privacy.leaks import holds
from benchmarks.privacy.persons import plain
from benchmarks.privacy.reading import File, pixels, unpacked
from benchmarks.privacy.running import Output, members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path


DAY: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
UID: Final = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+")
UID_LENGTH: Final = 64
WHOLE: Final = "whole file"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the key, judged.

    Attributes:
        passed: whether what was asked happened.
        written: whether the file was written at all.
        seen: what stands there now, or why nothing does. Identifying, where the product failed.
    """

    check: Check
    passed: bool
    written: bool
    seen: str = field(default="", repr=False)


class Judge:
    """Judges rows of the key; what belongs together is gathered from all outputs first."""

    def __init__(self, outputs: Mapping[str, Output], root: Path) -> None:
        self._outputs = outputs
        self._root = root
        self._files: dict[str, File] = {}
        self._uids: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._patients: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._shifts: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._judges: dict[Action, Callable[[Check, File], bool]] = {
            Action.TAG_RETAINED: lambda check, file: file.text(check.where) is not None,
            Action.TAG_REMOVED: lambda check, file: file.text(check.where) is None,
            Action.TEXT_NOTNULL: lambda check, file: bool(file.text(check.where)),
            Action.UID_CHANGED: lambda check, file: check.value not in (file.text(check.where) or ""),
            Action.UID_CONSISTENT: self._uid_consistent,
            Action.PATID_CONSISTENT: self._patient_consistent,
            Action.PIXELS_HIDDEN: self._pixels_hidden,
            Action.PIXELS_RETAINED: self._pixels_retained,
            Action.VOXELS_RETAINED: self._voxels_retained,
            Action.NAME_CHANGED: lambda check, file: not _in(check.value, file.name),
            Action.NAME_CONSISTENT: self._name_consistent,
            Action.COMMENT_REMOVED: _comment_removed,
            Action.BYTES_RETAINED: lambda check, file: file.unpacked == unpacked(self._source(check)),
            Action.BYTES_REMOVED: lambda check, file: not holds(file.content, [check.value]),
            Action.METADATA_REMOVED: lambda check, file: not holds(file.content, [check.value]),
            Action.METADATA_RETAINED: lambda check, file: holds(file.content, [check.value]),
        }
        for action in (
            Action.TEXT_REMOVED,
            Action.VALUE_REMOVED,
            Action.CELL_REMOVED,
            Action.HEADER_TEXT_REMOVED,
        ):
            self._judges[action] = lambda check, file: not _in(check.value, file.text(check.where) or "")
        for action in (
            Action.TEXT_RETAINED,
            Action.VALUE_RETAINED,
            Action.CELL_RETAINED,
            Action.HEADER_TEXT_RETAINED,
        ):
            self._judges[action] = lambda check, file: _kept(check.value, file.text(check.where))
        for action in (Action.DATE_SHIFTED, Action.VALUE_SHIFTED, Action.CELL_SHIFTED):
            self._judges[action] = self._shifted

    def verdicts(self, checks: Iterable[Check]) -> list[Verdict]:
        """Return all rows, judged."""
        rows = list(checks)
        for check in rows:
            self._gather(check)
        return [self._verdict(check) for check in rows]

    def _file(self, check: Check) -> File | None:
        if check.file not in self._files:
            output = self._outputs.get(check.file, Output())
            if output.content is None:
                return None
            self._files[check.file] = File(output)
        return self._files[check.file]

    def _verdict(self, check: Check) -> Verdict:
        file = self._file(check)
        if file is None:
            whole = self._outputs.get(check.file.split("!")[0], Output(reason="not in the table"))
            return Verdict(check, passed=False, written=False, seen=whole.reason)
        passed = self._judges[check.action](check, file)
        return Verdict(check, passed, written=True, seen="" if passed else _seen(check, file))

    def _gather(self, check: Check) -> None:
        file = self._file(check)
        if file is None:
            return
        if check.action is Action.UID_CONSISTENT and (value := file.text(check.where)):
            self._uids[check.value][value] += 1
        elif check.action is Action.PATID_CONSISTENT and (value := file.text(check.where)):
            self._patients[check.person][_label(value)] += 1
        elif check.action in {Action.DATE_SHIFTED, Action.VALUE_SHIFTED, Action.CELL_SHIFTED}:
            days = _days(check.value, file.text(check.where) or "")
            if days is not None:
                self._shifts[check.person][days] += 1

    def _uid_consistent(self, check: Check, file: File) -> bool:
        value = file.text(check.where) or ""
        if value == check.value or not UID.fullmatch(value) or len(value) > UID_LENGTH:
            return False
        shared = any(value in news for old, news in self._uids.items() if old != check.value)
        return value == self._uids[check.value].most_common(1)[0][0] and not shared

    def _patient_consistent(self, check: Check, file: File) -> bool:
        value = _label(file.text(check.where) or "")
        if not value or _in(check.value, value):
            return False
        shared = any(value in news for person, news in self._patients.items() if person != check.person)
        return value == self._patients[check.person].most_common(1)[0][0] and not shared

    def _shifted(self, check: Check, file: File) -> bool:
        value = file.text(check.where) or ""
        days = _days(check.value, value)
        if not days or days != self._shifts[check.person].most_common(1)[0][0]:
            return False
        return DAY.sub("", value, count=1) == DAY.sub("", check.value, count=1)

    def _source(self, check: Check) -> bytes:
        path, _, member = check.file.partition("!")
        content = (self._root / path).read_bytes()
        return members(content)[int(member)][1] if member else content

    def _pixels_retained(self, check: Check, file: File) -> bool:
        before, after = pixels(self._source(check)), pixels(file.content)
        if before.shape != after.shape or before.dtype != after.dtype:
            return False
        if check.value:
            before, after = before.copy(), after.copy()
            left, top, right, bottom = map(int, check.value.split(","))
            before[..., top:bottom, left:right] = after[..., top:bottom, left:right] = 0
        return bool(np.array_equal(before, after))

    def _pixels_hidden(self, check: Check, file: File) -> bool:
        left, top, right, bottom = map(int, check.value.split(","))
        box = pixels(file.content)[..., top:bottom, left:right]
        return bool((box == box.flat[0]).all())

    def _voxels_retained(self, check: Check, file: File) -> bool:
        before = nibabel.Nifti1Image.from_bytes(unpacked(self._source(check)))
        after = nibabel.Nifti1Image.from_bytes(file.unpacked)
        return bool(
            np.array_equal(np.asarray(before.dataobj), np.asarray(after.dataobj))
            and np.array_equal(before.affine, after.affine)
        )

    def _name_consistent(self, check: Check, file: File) -> bool:
        folder = check.file.rpartition("/")[0]
        named = self._outputs.get(f"{folder}/{check.value}", Output())
        new_folder = file.name.rpartition("/")[0]
        return bool(named.name) and named.name == f"{new_folder}/{file.text(check.where)}"


def _in(part: str, text: str) -> bool:
    """Say whether a part is still in a text, in whatever case, with or without accents."""
    folded, wanted = text.casefold(), part.casefold()
    return wanted in folded or plain(wanted) in plain(folded)


def _kept(part: str, text: str | None) -> bool:
    if text is None:
        return False
    try:
        return " ".join(part.split()) in " ".join(text.split()) or float(part) == float(text)
    except ValueError:
        return False


def _label(value: str) -> str:
    return value.strip().removeprefix("sub-").casefold()


def _days(before: str, after: str) -> int | None:
    old, new = DAY.match(before), DAY.match(after)
    if old is None or new is None:
        return None
    try:
        return (date(*map(int, new.groups())) - date(*map(int, old.groups()))).days
    except ValueError:
        return None


def _comment_removed(check: Check, file: File) -> bool:
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        said = [archive.comment, *(part for entry in archive.infolist() for part in (entry.comment, entry.extra))]
    return not any(_in(check.value, part.decode("latin-1")) for part in said)


def _seen(check: Check, file: File) -> str:
    if check.action in {Action.NAME_CHANGED, Action.NAME_CONSISTENT}:
        return file.name
    if check.where in {WHOLE, "PixelData", "pixels", "voxels", "comments and extra fields"}:
        return ""
    value = file.text(check.where)
    return "(not there)" if value is None else value
