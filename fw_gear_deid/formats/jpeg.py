"""The ``jpg`` section: Exif tags edited where they stand; other segments stay or go, image data is copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError, ProfileError, UnreadableError
from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.content import MemoryContent, Range, Spliced
from fw_gear_deid.formats.ifd.document import TagDocument, objections
from fw_gear_deid.formats.ifd.editor import Editor
from fw_gear_deid.formats.ifd.layout import Layout
from fw_gear_deid.formats.ifd.names import EXIF_FIELDS, GPS_POINTER, SUB_IMAGES, Kind
from fw_gear_deid.formats.jpeg_segments import EXIF_HEAD, LARGEST, Holds, segments
from fw_gear_deid.formats.naming import output_name
from fw_gear_deid.formats.rules import carry_out, logged
from fw_gear_deid.formats.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fw_gear_deid.formats.base import Content, FileContext
    from fw_gear_deid.formats.content import Piece
    from fw_gear_deid.formats.ifd.layout import Directory, Entry
    from fw_gear_deid.formats.jpeg_segments import Segment
    from fw_gear_deid.profile.model import Section

_FIXED: Final = frozenset({273, 279, 324, 325, 513, 514, SUB_IMAGES})
"""Tags that say where a thumbnail stands."""

_OTHER_METADATA: Final = frozenset({Holds.XMP, Holds.PHOTOSHOP, Holds.COMMENT})
_JFIF: Final = 0xE0
_JFIF_SIZE: Final = 14
_JFIF_HEAD: Final = b"\xff\xe0\x00\x10"
_DAMAGED_EXIF: Final = (
    "damaged Exif tags: they point outside their segment, or at each other; remove-exif copies without"
)
_LABELS: Final = ("0th", "1st")
_BLANK: Final = b"MM\0*\0\0\0\x08" + bytes(6)
"""An Exif block without tags."""


@dataclass(frozen=True, slots=True)
class JpegFormat:
    """JPEG files (JFIF, Exif)."""

    section: str = "jpg"
    signatures: tuple[tuple[int, bytes], ...] = ((0, b"\xff\xd8\xff"),)

    def compile(self, section: Section) -> JpegPlan:
        """Compile a ``jpg`` section.

        Raises:
            ProfileError: a rule names no Exif tag, or does to it what cannot be done.
        """
        if problems := objections(section, EXIF_FIELDS, _FIXED):
            raise ProfileError(problems)
        return JpegPlan(section)


@dataclass(frozen=True, slots=True)
class JpegPlan:
    """A ``jpg`` section, compiled."""

    section: Section

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one file.

        Raises:
            FileError: it is no JPEG, damaged, too large, or a rule could not be carried out.
        """
        return _Picture(self.section, content).edited(context)


class _Picture:
    """One file while it is edited."""

    def __init__(self, section: Section, content: Content) -> None:
        self.section = section
        self.content = content
        self.data = content.read()
        self.segments = segments(self.data)
        self.notes: list[str] = []
        exif = [segment for segment in self.segments if segment.holds is Holds.EXIF]
        self.blocks = {} if section.flag("remove-exif") else {segment: self._block(segment) for segment in exif}
        self.document = TagDocument(list(self.blocks.values()), EXIF_FIELDS, _blank)

    def edited(self, context: FileContext) -> Edited:
        rules, document = self.section.rules, self.document
        before = logged(rules, self._original()) if context.log else {}
        kept = self._kept()
        if self.section.flag("remove-gps") and document.remove_tags(_is_gps, rules):
            self.notes.append("GPS tags removed")
        done = carry_out(rules, document, context, scrubs=self.section.scrubs)
        self.notes += (*done.notes, *document.drop_repeats(rules))
        kept = self._without_repeats(kept)
        name = output_name(self.section, context, document.transformed)
        output = Spliced(self.content, _joined(self._pieces(kept)))
        return Edited(output, name, done.hits, None, before, done.after, tuple(self.notes))

    def _block(self, segment: Segment) -> Editor:
        block = MemoryContent(self.data[segment.body + len(EXIF_HEAD) : segment.end])
        try:
            return Editor(Layout(Window(block), _LABELS))
        except UnreadableError:
            raise UnreadableError(_DAMAGED_EXIF) from None

    def _original(self) -> TagDocument:
        """Return the tags of the file as it came, for the log."""
        if not self.section.flag("remove-exif"):
            return self.document
        exif = [segment for segment in self.segments if segment.holds is Holds.EXIF]
        try:
            return TagDocument([self._block(segment) for segment in exif], EXIF_FIELDS)
        except UnreadableError:  # it goes anyway, and nothing is known of it
            return TagDocument([], EXIF_FIELDS)

    def _kept(self) -> list[Segment]:
        """Return the segments that stay whatever rules find."""
        kept = list(self.segments)
        if self.content.size > kept[-1].stop:
            kept = [segment for segment in kept if segment.holds is not Holds.PICTURES]
            self.notes.append("bytes behind the image left out")
        if self.section.flag("remove-exif"):
            kept = [segment for segment in kept if segment.holds is Holds.IMAGE]
            self.notes += ["all metadata removed"] if len(kept) < len(self.segments) else []
        if self.section.flag("remove-gps") and b"GPS" in self._bytes(kept, Holds.XMP).replace(b"\0", b""):
            kept = [segment for segment in kept if segment.holds is not Holds.XMP]
            self.notes.append("XMP that holds GPS left out")
        return kept

    def _bytes(self, kept: Sequence[Segment], holds: Holds) -> bytes:
        return b"".join(self.data[segment.body : segment.end] for segment in kept if segment.holds is holds)

    def _without_repeats(self, kept: Sequence[Segment]) -> list[Segment]:
        """Return the segments without those that repeat what a rule has taken away."""
        gone = self.document.gone
        others = (Holds.XMP, Holds.PHOTOSHOP, Holds.COMMENT, Holds.OTHER) if gone else ()
        repeating = {holds for holds in others if gone.stand_in(self._bytes(kept, holds))}
        self.notes += [
            f"{holds.value} left out that repeats what a rule changes" for holds in others if holds in repeating
        ]
        left = [segment for segment in kept if segment.holds not in repeating]
        acting = any(rule.action.key not in {"keep", "identity"} for rule in self.section.rules)
        if acting and any(segment.holds in _OTHER_METADATA for segment in left):
            self.notes.append("XMP, IPTC or a comment stays as it is; remove-exif takes it away")
        return left

    def _pieces(self, kept: Sequence[Segment]) -> Iterator[Piece]:
        """Yield the segments that stay, Exif blocks anew where rules changed them, and a new one behind the start."""
        known = list(self.blocks.values())
        new = [editor for editor in self.document.editors if editor not in known]
        for place, segment in enumerate(kept):
            if new and place == 1 + (kept[1].marker == _JFIF):
                yield from _exif_segment(EXIF_HEAD, new[0])
            editor = self.blocks.get(segment)
            if segment.marker == _JFIF and segment.end > segment.body + _JFIF_SIZE and self.section.flag("remove-exif"):
                yield _JFIF_HEAD + self.data[segment.body : segment.body + _JFIF_SIZE - 2] + bytes(2)  # no thumbnail
            elif editor is None or not editor.touched:
                yield Range(segment.start, segment.stop)
            elif not editor.is_blank:
                yield from _exif_segment(self.data[segment.body : segment.body + len(EXIF_HEAD)], editor)


def _exif_segment(head: bytes, editor: Editor) -> Iterator[bytes]:
    """Yield the segment of an edited Exif block."""
    window = editor.layout.window
    block = Spliced(MemoryContent(window.read(0, window.size)), editor.pieces())
    body = head + b"".join(bytes(chunk) for chunk in block.chunks())
    if len(body) > LARGEST:
        raise ActionError("the edited Exif block would be larger than the 64 KiB of a JPEG segment; shorten new values")
    yield b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the same pieces with ranges joined that follow each other."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, Range) and isinstance(last, Range) and last.stop == piece.start:
            joined[-1] = Range(last.start, piece.stop)
        else:
            joined.append(piece)
    return tuple(joined)


def _is_gps(directory: Directory, entry: Entry) -> bool:
    return directory.kind is Kind.GPS or (entry.tag == GPS_POINTER and directory.kind in {Kind.IMAGE, Kind.EXIF})


def _blank() -> Editor:
    return Editor(Layout(Window(MemoryContent(_BLANK)), _LABELS))
