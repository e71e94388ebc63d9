"""A copy put together: slices of the source, new bytes between them, and what was left out of the buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_deid.formats.content import Range, Spliced
from fw_gear_deid.formats.dicom.layout import deflated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.formats.base import Content
    from fw_gear_deid.formats.content import Piece
    from fw_gear_deid.formats.dicom.layout import Layout

Splice = tuple[int, int, bytes]
"""``(start, stop, new)``: what replaces the buffer's bytes between two offsets."""


def copied(content: Content, layout: Layout, end: int, meta: list[Splice], splices: list[Splice]) -> Spliced:
    """Put the copy together from the buffer, the splices, and what was left out of the buffer."""
    head = spliced(layout, 0, layout.start, meta)
    if not layout.deflated:
        return Spliced(content, [*head, *spliced(layout, layout.start, end, splices)])
    if not splices and end == layout.stop:
        return Spliced(content, [*head, Range(layout.start, layout.deflated_stop)])
    body = b"".join(Spliced(content, spliced(layout, layout.start, end, splices)).chunks())
    return Spliced(content, [*head, deflated(body)])


def spliced(layout: Layout, start: int, stop: int, splices: Iterable[Splice]) -> list[Piece]:
    """Return the buffer between two offsets with splices put in."""
    view = memoryview(layout.data)
    pieces: list[Piece] = []
    for first, last, new in splices:
        if first > start:
            pieces += _kept(layout, view, start, first)
        if new:
            pieces.append(new)
        start = last
    return [*pieces, *_kept(layout, view, start, stop)]


def _kept(layout: Layout, view: memoryview, start: int, stop: int) -> tuple[Piece, ...]:
    """Return buffer bytes, with the left-out value in the place of its placeholder."""
    if start <= layout.hole < stop:
        return view[start : layout.hole], layout.left_out, view[layout.hole + 1 : stop]
    return (view[start:stop],)
