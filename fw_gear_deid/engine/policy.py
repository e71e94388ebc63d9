"""What the ``zip`` section says about archives as such, tar archives included."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fw_gear_deid.actions import Key
from fw_gear_deid.actions.options import Options
from fw_gear_deid.formats.compiling import name_pattern
from fw_gear_deid.formats.naming import output_name, sanitised, scrubbed_name, scrubbed_path
from fw_gear_deid.formats.rules import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fw_gear_deid.actions import Scalar
    from fw_gear_deid.formats.base import FileContext
    from fw_gear_deid.formats.rules import Pass, Value
    from fw_gear_deid.identity import Subject
    from fw_gear_deid.profile.model import Rule, Section

COMMENT = "comment"
"""The one field of an archive."""


@dataclass(frozen=True, slots=True)
class ArchivePolicy:
    """How archives are treated. Without a ``zip`` section its defaults hold, as with ``zip: {}``.

    Attributes:
        section: the section, if there is one.
        scrubs: known identifiers of the subject go from names and from the comment.
        key: what folder names are hashed with; None: they are kept.
        leave_out_unmatched: members that no section owns are left out instead of withholding the archive.
    """

    section: Section | None = None
    scrubs: bool = False
    key: Key | None = None
    leave_out_unmatched: bool = False

    @classmethod
    def of(cls, section: Section | None, *, scrubs: bool = False) -> ArchivePolicy:
        """Read the section."""
        if section is None:
            return cls(scrubs=scrubs)
        hashed = section.flag("hash-subdirectories")
        key = Key.of(Options(dt.date.min, section.settings)) if hashed else None
        lenient = section.flag("allow-unmatched-files") or not section.flag("validate-zip-members")
        return cls(section, scrubs, key, lenient)

    def folder(self, path: str, subject: Subject) -> str:
        """Return the new path of a folder within the archive; each name by itself is hashed, or scrubbed."""
        if self.key is None or not path:
            return scrubbed_path(path, subject) if self.scrubs else path
        return _hashed_folder(self.key, path)

    def member(self, path: str, name: str, subject: Subject) -> str:
        """Return the new path of a member that was at ``path`` and is now called ``name``."""
        folder, slash, _ = path.rpartition("/")
        return f"{self.folder(folder, subject)}{slash}{name}"

    def comment(self, comment: bytes, context: FileContext, *, possible: bool) -> tuple[bytes, Pass]:
        """Return the new comment of an archive, and what the rules did to it.

        Args:
            comment: its bytes; UTF-8, or else code page 437 as zip programs of old wrote it.
            context: the archive's base name, and whether values are to be logged.
            possible: whether an archive of this kind can have a comment.

        Raises:
            ActionError: a rule cannot be carried out on it.
        """
        document = _Comment(decoded(comment), possible)
        done = carry_out(self.section.rules if self.section else (), document, context, scrubs=self.scrubs)
        return (document.text.encode() if document.touched else comment), done

    def name(self, context: FileContext, field: Callable[[str], str | None]) -> str:
        """Return the new base name of an archive.

        Args:
            context: its base name, and who it is about.
            field: looks up a field of the archive or of its members, by its name in the profile.

        Raises:
            UnmatchedError: no ``filenames`` rule matches.
        """
        if self.section is None:
            return sanitised(scrubbed_name(context.name, context.subject) if self.scrubs else context.name)
        return output_name(self.section, context, field)

    @property
    def variables(self) -> tuple[str, ...]:
        """The fields that stand in the archive's new name."""
        return tuple(name for rule in (self.section.filenames if self.section else ()) for name in rule.fields)

    def opens(self, name: str) -> bool:
        """Whether a file that looks like an archive is one for this profile; not so when its name must say it."""
        section = self.section
        if section is None or not section.enforce_filter:
            return True
        return any(name_pattern(text).fullmatch(name) for text in section.filters)


@dataclass(slots=True)
class _Comment:
    """An archive's comment as a document of one field; an empty one is none."""

    text: str
    possible: bool
    touched: bool = False

    def find(self, rule: Rule) -> Sequence[str]:
        return (COMMENT,) if self.text and rule.name == COMMENT else ()

    def texts(self) -> Sequence[str]:
        return (COMMENT,) if self.text else ()

    def alive(self, place: str) -> bool:
        return bool(self.text and place)

    def path(self, place: str) -> str:
        return place

    def read(self, _place: str) -> Value:
        return self.text

    def shown(self, _place: str) -> str:
        return self.text

    def write(self, _place: str, answer: Scalar | list[str]) -> None:
        self.text, self.touched = ",".join(answer) if isinstance(answer, list) else str(answer), True

    def remove(self, _place: str) -> None:
        self.text, self.touched = "", True

    def insert(self, name: str, answer: Scalar | list[str]) -> bool:
        if self.possible:
            self.write(name, answer)
        return self.possible

    def transformed(self, name: str) -> str | None:
        return self.text if name == COMMENT else None


def decoded(comment: bytes) -> str:
    """Return a comment as text: UTF-8, or else code page 437 as zip programs of old wrote it."""
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("cp437")


@lru_cache(maxsize=4096)
def _hashed_folder(key: Key, path: str) -> str:
    return str(PurePosixPath(*(key.digest(name).hex() for name in path.split("/"))))
