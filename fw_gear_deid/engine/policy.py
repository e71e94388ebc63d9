"""What the ``zip`` section says about archives as such, tar archives included."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.multival import MultiValue

from fw_gear_deid.actions import REMOVED, Key, Occurrence
from fw_gear_deid.actions.options import Options as ActionOptions
from fw_gear_deid.formats.naming import output_name, sanitised
from fw_gear_deid.profile.model import Variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from fw_gear_deid.profile.model import Section

COMMENT = "comment"
"""The one field of an archive."""


@dataclass(frozen=True, slots=True)
class ArchivePolicy:
    """How archives are treated. Without a ``zip`` section its defaults hold, as with ``zip: {}``.

    Attributes:
        section: the section, if there is one.
        key: what folder names are hashed with; None: they are kept.
        leave_out_unmatched: members that no section owns are left out instead of withholding the archive.
    """

    section: Section | None = None
    key: Key | None = None
    leave_out_unmatched: bool = False

    @classmethod
    def of(cls, section: Section | None) -> ArchivePolicy:
        """Read the section."""
        if section is None:
            return cls()
        hashed = section.flag("hash-subdirectories")
        key = Key.of(ActionOptions(dt.date.min, section.settings)) if hashed else None
        lenient = section.flag("allow-unmatched-files") or not section.flag("validate-zip-members")
        return cls(section, key, lenient)

    def folder(self, path: str) -> str:
        """Return the new path of a folder within the archive; each name by itself is hashed to 64 digits."""
        return path if self.key is None or not path else _hashed_folder(self.key, path)

    def member(self, path: str, name: str) -> str:
        """Return the new path of a member that was at ``path`` and is now called ``name``."""
        folder, slash, _ = path.rpartition("/")
        return f"{self.folder(folder)}{slash}{name}"

    def comment(self, comment: bytes, name: str) -> tuple[bytes, int]:
        """Return the new comment of an archive, and how many rules changed it.

        Args:
            comment: its bytes; UTF-8, or else code page 437 as zip programs of old wrote it.
            name: the archive's base name.

        Raises:
            ActionError: a rule cannot be carried out on it.
        """
        text, hits = _decoded(comment), 0
        for rule in self.section.rules if self.section else ():
            if rule.name == COMMENT and (text or rule.action.inserts):
                answer = rule.action.apply(text or None, Occurrence(name, COMMENT))
                if answer is None:
                    continue
                before = text
                text = "" if answer is REMOVED else ",".join(answer) if isinstance(answer, list) else str(answer)
                hits += text != before
        return (text.encode() if hits else comment), hits

    def name(self, name: str, field: Callable[[str], str | None]) -> str:
        """Return the new base name of an archive.

        Args:
            name: its base name.
            field: a field of the archive's first de-identified DICOM object, by its name in the profile.

        Raises:
            UnmatchedError: no ``filenames`` rule matches.
        """
        if self.section is None:
            return sanitised(name)
        return output_name(self.section, name, field, default=name, object_id=name)

    @property
    def reads_fields(self) -> bool:
        """Whether the archive's new name holds fields of its members."""
        return self.section is not None and any(
            isinstance(part, Variable) and not (rule.input_regex and part.name in rule.input_regex.groupindex)
            for rule in self.section.filenames
            for part in rule.output
        )


def _decoded(comment: bytes) -> str:
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("cp437")


@lru_cache(maxsize=4096)
def _hashed_folder(key: Key, path: str) -> str:
    return str(PurePosixPath(*(key.digest(name).hex() for name in path.split("/"))))


def dicom_fields(head: bytes) -> Callable[[str], str | None]:
    """Return a look-up of the fields of a de-identified DICOM object, by keyword.

    Args:
        head: the object's bytes, at least up to its pixel data.
    """
    dataset = dcmread(io.BytesIO(head), stop_before_pixels=True, force=True)

    def field(keyword: str) -> str | None:
        value = dataset.get(keyword)
        if isinstance(value, MultiValue):
            return ",".join(str(part) for part in value)
        return None if value is None else str(value)

    return field
