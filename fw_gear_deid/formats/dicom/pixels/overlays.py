"""Overlay planes (PS3.3 section C.9.2): drawings and texts in bits that lie over the image, blanked with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.dicom.pixels.area import moved, painted
from fw_gear_deid.formats.dicom.pixels.blanking import cleared_bits, in_frames, swapped
from fw_gear_deid.formats.dicom.pixels.picture import BYTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fw_gear_deid.formats.dicom.pixels.area import Stroke
    from fw_gear_deid.formats.dicom.scanner import Element
    from fw_gear_deid.formats.dicom.splicing import Splice
    from fw_gear_deid.formats.dicom.texts import Texts

OVERLAY_ROWS: Final = 0x60000010
OVERLAY_COLUMNS: Final = 0x60000011
NUMBER_OF_FRAMES_IN_OVERLAY: Final = 0x60000015
OVERLAY_ORIGIN: Final = 0x60000050
OVERLAY_DATA: Final = 0x60003000
REPEATING: Final = 0xFF01FFFF
"""What tells (60xx,3000) of an even group from other tags."""


def blanked_overlays(texts: Texts, elements: Sequence[Element], layers: Sequence[Sequence[Stroke]]) -> Iterator[Splice]:
    """Yield the new bits of each overlay plane that a layer reaches.

    Raises:
        ActionError: a plane's attributes do not say where its bits are.
    """
    for element in elements:
        if element[0] & REPEATING == OVERLAY_DATA and element[4] > element[3]:
            new = _blanked(texts, element, layers)
            if new != texts.raw(element):
                yield element[3], element[4], new


def _blanked(texts: Texts, element: Element, layers: Sequence[Sequence[Stroke]]) -> bytes:
    group = element[0] & 0x00FF0000
    rows, columns = (_numbers(texts, tag | group)[0] for tag in (OVERLAY_ROWS, OVERLAY_COLUMNS))
    frames = _numbers(texts, NUMBER_OF_FRAMES_IN_OVERLAY | group, (1,))[0]
    top, left = _numbers(texts, OVERLAY_ORIGIN | group, (1, 1))[:2]
    value = texts.raw(element)
    if min(rows, columns, frames) < 1 or rows * columns * frames > len(value) * BYTE:
        raise ActionError("alter_pixels: the attributes of an overlay (group 60xx) contradict its data")
    area = painted([moved(layer, 1 - left, 1 - top) for layer in layers], columns, rows)
    spans = in_frames(list(area.runs(columns)), rows * columns, frames)
    words = not texts.coding.little and texts.vr(element) == "OW"
    if words:
        return swapped(cleared_bits(swapped(value), spans))
    return cleared_bits(value, spans)


def _numbers(texts: Texts, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
    try:
        found = tuple(int(text) for text in texts.parts(tag) if text.strip()) or default
    except ValueError:
        found = ()
    if len(found) < max(1, len(default)):
        raise ActionError("alter_pixels: the attributes of an overlay (group 60xx) do not say where it lies")
    return found
