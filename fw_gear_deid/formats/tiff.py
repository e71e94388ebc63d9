"""The ``tiff`` section: tags of every page edited where they stand; image data is copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ProfileError
from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.content import Spliced
from fw_gear_deid.formats.ifd.document import TagDocument, objections
from fw_gear_deid.formats.ifd.editor import Editor
from fw_gear_deid.formats.ifd.layout import MAGICS, Layout
from fw_gear_deid.formats.ifd.names import SUB_IMAGES, TIFF_FIELDS, Kind
from fw_gear_deid.formats.naming import output_name
from fw_gear_deid.formats.rules import carry_out, logged
from fw_gear_deid.formats.window import Window

if TYPE_CHECKING:
    from fw_gear_deid.formats.base import Content, FileContext
    from fw_gear_deid.formats.ifd.layout import Directory, Entry
    from fw_gear_deid.profile.model import Section

_FIRST_PRIVATE: Final = 32768
_SGI: Final = frozenset(range(32995, 32999))
_RAW: Final = frozenset({33421, 33422, 50674, 50706, 50707, *range(50710, 50721), 50829})
STRUCTURE: Final = frozenset(
    {
        *(254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 288, 289, 292, 293, 317, 320, 322, 323, 324),
        *(
            325,
            SUB_IMAGES,
            332,
            334,
            336,
            338,
            339,
            346,
            347,
            512,
            513,
            514,
            515,
            517,
            518,
            519,
            520,
            521,
            529,
            530,
            532,
        ),
        *_SGI,
        *_RAW,
    }
)
"""Tags that say how to read the image: a rule may keep them, nothing else, and they are never private."""


@dataclass(frozen=True, slots=True)
class TiffFormat:
    """TIFF and BigTIFF files, in either byte order, with any number of pages."""

    section: str = "tiff"
    signatures: tuple[tuple[int, bytes], ...] = tuple((0, magic) for magic in MAGICS)

    def compile(self, section: Section) -> TiffPlan:
        """Compile a ``tiff`` section.

        Raises:
            ProfileError: a rule names no tag, or does to it what cannot be done.
        """
        if problems := objections(section, TIFF_FIELDS, STRUCTURE):
            raise ProfileError(problems)
        named = frozenset(tag for rule in section.rules for tag in TIFF_FIELDS[rule.name.lower()].tags)
        return TiffPlan(section, named)


@dataclass(frozen=True, slots=True)
class TiffPlan:
    """A ``tiff`` section, compiled.

    Attributes:
        named: the tags that rules name.
    """

    section: Section
    named: frozenset[int]

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one file.

        Raises:
            FileError: it is no TIFF, damaged, or a rule could not be carried out.
        """
        rules = self.section.rules
        editor = Editor(Layout(Window(content)))
        document = TagDocument([editor], TIFF_FIELDS)
        before = logged(rules, document) if context.log else {}
        notes: tuple[str, ...] = ()
        if self.section.flag("remove-private-tags") and document.remove_tags(self._is_private, rules):
            notes = ("private tags removed",)
        done = carry_out(rules, document, context, scrubs=self.section.scrubs)
        notes += (*done.notes, *document.drop_repeats(rules))
        name = output_name(self.section, context, document.transformed)
        return Edited(Spliced(content, editor.pieces()), name, done.hits, None, before, done.after, notes)

    def _is_private(self, directory: Directory, entry: Entry) -> bool:
        is_private = entry.tag >= _FIRST_PRIVATE and entry.tag not in STRUCTURE
        return is_private and directory.kind is Kind.IMAGE and entry.tag not in self.named
