"""The blanked part of an image: rectangles painted over each other become spans of columns, band by band."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from fw_gear_deid.profile.pixels.recipes import Rectangle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Span = tuple[int, int]
"""From the first to just past the last."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One step of painting; ``part`` None is the whole canvas."""

    blank: bool
    part: Rectangle | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """Rows that are blanked in the same columns.

    Attributes:
        rows: which rows.
        spans: the blanked columns, ascending, none touching another.
    """

    rows: Span
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """Blanked pixels of a canvas.

    Attributes:
        bands: ascending; rows in no band stay.
    """

    bands: tuple[Band, ...]

    def __bool__(self) -> bool:
        """Whether anything is blanked."""
        return bool(self.bands)

    def widened(self, step: int) -> Area:
        """Return the area with its spans reaching to multiples of ``step`` columns."""
        return Area(
            tuple(
                Band(
                    band.rows, _joined([(start // step * step, -(-stop // step) * step) for start, stop in band.spans])
                )
                for band in self.bands
            )
        )

    def runs(self, columns: int) -> Iterator[Span]:
        """Yield the blanked pixels of a canvas this wide as spans of pixel numbers, counted row by row."""
        start = stop = 0
        for band in self.bands:
            for row in range(*band.rows):
                for first, last in band.spans:
                    if row * columns + first > stop:
                        if stop > start:
                            yield start, stop
                        start = row * columns + first
                    stop = row * columns + last
        if stop > start:
            yield start, stop


def painted(layers: Sequence[Sequence[Stroke]], columns: int, rows: int) -> Area:
    """Return what is blanked of a canvas: whatever one of the layers blanks.

    Args:
        layers: the strokes of each, in the order in which they are painted over each other.
        columns: width of the canvas.
        rows: its height; what lies outside is cut off.
    """
    whole = Rectangle(0, 0, columns, rows)
    cut = [[(stroke.blank, _within(stroke.part or whole, whole)) for stroke in layer] for layer in layers]
    strokes = [part for layer in cut for _, part in layer]
    edges = sorted({0, rows, *(part.top for part in strokes), *(part.bottom for part in strokes)})
    bands: list[Band] = []
    for top, bottom in pairwise(edges):
        spans = _joined([span for layer in cut for span in _spans(layer, top)])
        if spans and bands and bands[-1].rows[1] == top and bands[-1].spans == spans:
            bands[-1] = Band((bands[-1].rows[0], bottom), spans)
        elif spans:
            bands.append(Band((top, bottom), spans))
    return Area(tuple(bands))


def moved(strokes: Sequence[Stroke], right: int, down: int) -> list[Stroke]:
    """Return strokes as seen from a canvas whose corner lies elsewhere: shifted by columns and rows."""
    return [
        stroke
        if stroke.part is None
        else Stroke(
            stroke.blank,
            Rectangle(
                stroke.part.left + right, stroke.part.top + down, stroke.part.right + right, stroke.part.bottom + down
            ),
        )
        for stroke in strokes
    ]


def _within(part: Rectangle, whole: Rectangle) -> Rectangle:
    """Return the part of a rectangle that lies within another; empty when there is none."""
    left, top = max(part.left, whole.left), max(part.top, whole.top)
    right, bottom = min(part.right, whole.right), min(part.bottom, whole.bottom)
    return Rectangle(left, top, right, bottom) if left < right and top < bottom else Rectangle(0, 0, 0, 0)


def _spans(layer: Sequence[tuple[bool, Rectangle]], row: int) -> list[Span]:
    """Return the columns that a layer blanks in a row."""
    spans: list[Span] = []
    for blank, part in layer:
        if not part.top <= row < part.bottom:
            continue
        if blank:
            spans.append((part.left, part.right))
        else:
            spans = [piece for span in spans for piece in _without(span, part)]
    return spans


def _without(span: Span, part: Rectangle) -> Iterator[Span]:
    start, stop = span
    if start < min(stop, part.left):
        yield start, min(stop, part.left)
    if max(start, part.right) < stop:
        yield max(start, part.right), stop


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that touch or overlap made one."""
    joined: list[Span] = []
    for start, stop in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return tuple(joined)
