"""The ``filename`` section: files of any kind that get a new name and keep their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.content import Range, Spliced
from fw_gear_deid.formats.naming import output_name

if TYPE_CHECKING:
    from fw_gear_deid.formats.base import Content, FileContext
    from fw_gear_deid.profile.model import Section


@dataclass(frozen=True, slots=True)
class OpaqueFormat:
    """Files that are not looked into."""

    section: str = "filename"
    signatures: tuple[tuple[int, bytes], ...] = ()

    def compile(self, section: Section) -> OpaquePlan:
        """Compile a ``filename`` section."""
        return OpaquePlan(section)


@dataclass(frozen=True, slots=True)
class OpaquePlan:
    """A ``filename`` section, compiled."""

    section: Section

    def apply(self, content: Content, context: FileContext) -> Edited:
        """Rename one file.

        Raises:
            UnmatchedError: no rule of ``filenames`` matches its name.
        """
        name = output_name(self.section, context, _no_field)
        return Edited(Spliced(content, (Range(0, content.size),)), name, (0,) * len(self.section.rules))


def _no_field(_name: str) -> None:
    return None
