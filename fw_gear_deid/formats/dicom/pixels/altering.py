"""An object of which regions are blanked: pixels, overlays and icons, in a copy that the other rules then edit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Occurrence
from fw_gear_deid.errors import ActionError, TooLargeError
from fw_gear_deid.formats.content import TOO_LARGE, ComposedContent, MemoryContent
from fw_gear_deid.formats.dicom.editor import UNDEFINED, Editor
from fw_gear_deid.formats.dicom.levels import Step, level_of
from fw_gear_deid.formats.dicom.names import Target
from fw_gear_deid.formats.dicom.own_actions import Constant
from fw_gear_deid.formats.dicom.pixels.area import painted
from fw_gear_deid.formats.dicom.pixels.blanking import (
    BlankedContent,
    Storage,
    blanked,
    blanking,
    check_length,
    used_length,
)
from fw_gear_deid.formats.dicom.pixels.decoding import ALWAYS_LOSSY, Encoded, decoded
from fw_gear_deid.formats.dicom.pixels.matching import Observed, compiled_names, demanded
from fw_gear_deid.formats.dicom.pixels.overlays import blanked_overlays
from fw_gear_deid.formats.dicom.pixels.picture import BYTE, picture_of
from fw_gear_deid.formats.dicom.record import Record
from fw_gear_deid.formats.dicom.scanner import HEADER_LENGTH
from fw_gear_deid.formats.dicom.scope import Scope
from fw_gear_deid.formats.dicom.splicing import copied
from fw_gear_deid.formats.dicom.syntax import EXPLICIT_LITTLE, EXPLICIT_LITTLE_UID, IMPLICIT_LITTLE_UID, NATIVE_UIDS
from fw_gear_deid.formats.dicom.tags import ENCAPSULATED_DOCUMENT, PIXEL_DATA, PIXELS, TRANSFER_SYNTAX_UID
from fw_gear_deid.formats.dicom.texts import Texts
from fw_gear_deid.formats.dicom.values import Coding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.formats.base import Content
    from fw_gear_deid.formats.dicom.layout import Layout
    from fw_gear_deid.formats.dicom.original import Original
    from fw_gear_deid.formats.dicom.pixels.area import Area
    from fw_gear_deid.formats.dicom.pixels.matching import Demand
    from fw_gear_deid.formats.dicom.pixels.picture import Picture
    from fw_gear_deid.formats.dicom.rules import DicomRules
    from fw_gear_deid.formats.dicom.scanner import Element
    from fw_gear_deid.formats.dicom.splicing import Splice
    from fw_gear_deid.profile.pixels.recipes import Pixels

ICON_IMAGE_SEQUENCE: Final = 0x00880200
LOSSY_IMAGE_COMPRESSION: Final = 0x00282110
EXTENDED_OFFSET_TABLE: Final = 0x7FE00001
EXTENDED_OFFSET_TABLE_LENGTHS: Final = 0x7FE00002
ABOUT_FRAGMENTS: Final = (0x7FE00000, EXTENDED_OFFSET_TABLE, EXTENDED_OFFSET_TABLE_LENGTHS, 0x7FE00003)
"""Elements that say how long and where compressed pixels are; nothing without compression."""

ELSEWHERE: Final = {
    ENCAPSULATED_DOCUMENT: "its picture is an encapsulated document",
    0x00287FE0: "its pixels are kept by another system",
}
"""What an object holds instead of pixels (PS3.3 sections C.24.2 and C.7.6.3)."""

MAX_LENGTH: Final = 0xFFFFFFFE


@dataclass(frozen=True, slots=True)
class Altered:
    """An object whose regions are blanked.

    Attributes:
        content: its bytes, to be edited by the other rules.
        note: what was done, for the report.
    """

    content: Content
    note: str


@dataclass(slots=True)
class _Changes:
    """What is to be changed: bytes of the buffer, elements by tag (None removes), and pixels that pass by."""

    splices: list[Splice]
    values: dict[int, str | None]
    meta: dict[int, str | None]
    source: Content


@dataclass(frozen=True, slots=True)
class Alteration:
    """``alter_pixels``, compiled.

    Attributes:
        pixels: what the profile asks for.
        tags: tag by the name that a condition uses; None for what no object has.
        rules: no rule at all, for the editor.
    """

    pixels: Pixels
    tags: Mapping[str, int | None]
    rules: DicomRules

    @classmethod
    def of(cls, pixels: Pixels, rules: DicomRules) -> Alteration:
        """Compile it.

        Args:
            pixels: what the profile asks for.
            rules: those of the section.

        Raises:
            ProfileError: a condition names no element.
        """
        return cls(pixels, compiled_names(pixels), replace(rules.for_meta(), root=level_of(())))

    def applied(self, original: Original) -> Altered | None:
        """Blank what the labels that hold ask for; None when that is nothing.

        Raises:
            ActionError: it cannot be done.
            TooLargeError: it would take more memory than may be used.
        """
        demand = demanded(self.pixels, Observed(original.layout, original.texts, self.tags))
        if demand is None:
            return None
        splices = list(blanked_overlays(original.texts, original.elements, demand.layers))
        changes = _Changes(splices, {}, {}, original.content)
        done = [f"{len(splices)} overlays" if len(splices) > 1 else "an overlay"] if splices else []
        element = _pixel_element(original.texts)
        if element is None:
            _refuse_elsewhere(original.texts)
        elif blanked := _blank_pixels(original, element, demand, changes):
            done.insert(0, blanked)
        if (done or element is None) and original.texts.element(ICON_IMAGE_SEQUENCE) is not None:
            changes.values[ICON_IMAGE_SEQUENCE] = None
            done = [*(done or ["nothing"]), "icon removed"]
        if not done:
            return None
        rules = "1 rule" if demand.labels == 1 else f"{demand.labels} rules"
        return Altered(self._copy(original, changes), f"alter_pixels: {rules} blanked {', '.join(done)}")

    def _copy(self, original: Original, changes: _Changes) -> Content:
        """Return the object with its changes."""
        layout = original.layout
        scope = Scope(layout.syntax, original.texts.coding)
        splices = sorted(
            [*changes.splices, *self._edited(layout, original.elements, original.end, scope, changes.values)]
        )
        meta = self._edited(layout, layout.meta, layout.start, Scope(EXPLICIT_LITTLE, Coding()), changes.meta)
        if not splices and not meta:
            return changes.source
        copy = copied(changes.source, layout, layout.stop, meta, splices)
        return MemoryContent(b"".join(copy.chunks())) if original.content.in_memory else ComposedContent(copy)

    def _edited(
        self, layout: Layout, elements: list[Element], end: int, scope: Scope, values: Mapping[int, str | None]
    ) -> list[Splice]:
        """Return the splices that set elements of a data set to new values."""
        if not values:
            return []
        targets = tuple(
            (Target(tags=(tag,)), Step(-1, Constant(value, inserts=value is not None), ""))
            for tag, value in values.items()
        )
        editor = Editor(self.rules, layout.data, Occurrence("", ""), Record(0, log=False))
        editor.data_set(elements, end, level_of(targets), scope)
        return editor.splices()


def _pixel_element(texts: Texts) -> Element | None:
    """Return the element that holds the pixels, None when there is none or nothing in it."""
    found = [element for tag in PIXELS if (element := texts.element(tag)) is not None]
    if len(found) > 1:
        raise ActionError("alter_pixels: the object holds pixels of several kinds")
    return found[0] if found and found[0][4] > found[0][3] else None


def _refuse_elsewhere(texts: Texts) -> None:
    """Refuse an object whose picture is not in its pixel data."""
    for tag, why in ELSEWHERE.items():
        if texts.element(tag) is not None:
            raise ActionError(f"alter_pixels: regions cannot be blanked: {why}")


def _blank_pixels(original: Original, element: Element, demand: Demand, changes: _Changes) -> str:
    """Blank the pixels; return what was done, ``""`` when the area is empty."""
    texts, layout = original.texts, original.layout
    picture = picture_of(texts)
    _refuse_outside(demand, picture)
    area = painted(demand.layers, picture.columns, picture.rows)
    if not area:
        return ""
    syntax = Texts(replace(layout, syntax=EXPLICIT_LITTLE), layout.meta, lenient=True).text(TRANSFER_SYNTAX_UID)
    encapsulated = layout.data[element[3] - len(UNDEFINED) : element[3]] == UNDEFINED
    if syntax and encapsulated == (syntax in NATIVE_UIDS):
        raise ActionError("alter_pixels: the pixel data is not stored as the transfer syntax of the object says")
    if encapsulated:
        frames = _decode(original, element, _Compressed(syntax, picture, area), changes)
        return f"regions of {_frames(frames)}, decompressed"
    storage = Storage(texts.coding.little, words=texts.vr(element) == "OW" or not layout.syntax.explicit)
    streamed = element[3] == layout.hole
    length = layout.left_out.stop - layout.left_out.start if streamed else used_length(texts.raw(element), picture)
    picture, frames = check_length(picture, length)
    if streamed:
        changes.source = BlankedContent(original.content, blanking(picture, area, storage, layout.left_out))
    else:
        changes.splices.append((element[3], element[4], blanked(texts.raw(element), picture, area, storage)))
    return f"regions of {_frames(frames)}"


def _frames(number: int) -> str:
    return "1 frame" if number == 1 else f"{number} frames"


def _refuse_outside(demand: Demand, picture: Picture) -> None:
    """Refuse a region no part of which is in the image: what it was to hide stands elsewhere."""
    parts = [stroke.part for layer in demand.layers for stroke in layer if stroke.blank and stroke.part is not None]
    if any(part.left >= picture.columns or part.top >= picture.rows for part in parts):
        raise ActionError(
            f"alter_pixels: a region lies outside the image of {picture.columns} x {picture.rows} pixels; "
            "limit its label to the size that it is meant for, such as + equals Rows 600"
        )


@dataclass(frozen=True, slots=True)
class _Compressed:
    """Compressed pixels: their transfer syntax, what the object says of them, what is blanked."""

    syntax: str
    picture: Picture
    area: Area


def _decode(original: Original, element: Element, compressed: _Compressed, changes: _Changes) -> int:
    """Put decoded, blanked pixels in the place of compressed ones; return the number of frames."""
    texts, layout = original.texts, original.layout
    if element[3] == layout.hole:
        raise TooLargeError(TOO_LARGE)
    tables = [texts.element(tag) for tag in (EXTENDED_OFFSET_TABLE, EXTENDED_OFFSET_TABLE_LENGTHS)]
    offsets = (texts.raw(tables[0]), texts.raw(tables[1])) if tables[0] and tables[1] else None
    # Without the delimiter that ends the fragments.
    fragments = layout.data[element[3] : element[4] - HEADER_LENGTH]
    found = decoded(Encoded(compressed.syntax, fragments, offsets), compressed.picture)
    value = blanked(found.pixels, found.picture, compressed.area, Storage())
    value += bytes(len(value) % 2)
    if len(value) > MAX_LENGTH:
        raise TooLargeError(TOO_LARGE)
    header = layout.syntax.header(PIXEL_DATA, b"OB" if found.picture.bits <= BYTE else b"OW", len(value))
    changes.splices.append((element[2], element[4], header + value))
    changes.values.update(found.picture.attributes())
    changes.values.update(dict.fromkeys(ABOUT_FRAGMENTS))
    if compressed.syntax in ALWAYS_LOSSY:
        changes.values[LOSSY_IMAGE_COMPRESSION] = "01"
    changes.meta[TRANSFER_SYNTAX_UID] = EXPLICIT_LITTLE_UID if layout.syntax.explicit else IMPLICIT_LITTLE_UID
    return found.picture.frames
