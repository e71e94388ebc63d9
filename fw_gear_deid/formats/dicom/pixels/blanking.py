"""Uncompressed pixels are blanked where they stand: bytes of the area are overwritten, nothing is decoded."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fw_gear_deid.errors import ActionError, TooLargeError
from fw_gear_deid.formats.content import TOO_LARGE, Range
from fw_gear_deid.formats.dicom.pixels.picture import BYTE, COLOURS, PAIR, WHOLE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fw_gear_deid.formats.base import Buffer, Content
    from fw_gear_deid.formats.dicom.pixels.area import Area, Span
    from fw_gear_deid.formats.dicom.pixels.picture import Picture


@dataclass(frozen=True, slots=True)
class Run:
    """Bytes of a frame that are overwritten, from ``start`` up to ``stop``, by ``unit`` again and again."""

    start: int
    stop: int
    unit: bytes

    def filled(self, start: int, stop: int) -> bytes:
        """Return the new bytes between two offsets of the frame that lie within the run."""
        if not any(self.unit):
            return bytes(stop - start)
        phase = (start - self.start) % len(self.unit)
        return (self.unit * ((phase + stop - start) // len(self.unit) + 1))[phase : phase + stop - start]


@dataclass(frozen=True, slots=True)
class Blanking:
    """The bytes of native pixel data that are overwritten.

    Attributes:
        start: where the pixel data begins in its file.
        stop: where it ends.
        period: bytes of a frame.
        runs: what is overwritten in every frame, ascending.
    """

    start: int
    stop: int
    period: int
    runs: tuple[Run, ...]

    def over(self, buffer: bytearray, offset: int) -> None:
        """Overwrite a part of the file that begins at ``offset``."""
        first, last = max(offset, self.start), min(offset + len(buffer), self.stop)
        for frame in range(max(0, first - self.start) // self.period, -(-(last - self.start) // self.period)):
            base = self.start + frame * self.period
            for place in range(bisect_right(self.runs, first - base, key=lambda run: run.stop), len(self.runs)):
                run = self.runs[place]
                start, stop = max(base + run.start, first), min(base + run.stop, last)
                if start >= stop:
                    break
                buffer[start - offset : stop - offset] = run.filled(start - base, stop - base)


@dataclass(frozen=True, slots=True)
class Storage:
    """How uncompressed values are written.

    Attributes:
        little: byte order.
        words: whether the element is made of 16-bit words (OW), which in big endian exchanges values of one byte.
    """

    little: bool = True
    words: bool = False

    def swaps(self, picture: Picture) -> bool:
        """Whether the bytes of each word stand the other way round than their pixels."""
        return self.words and not self.little and picture.bits <= BYTE


@dataclass(frozen=True, slots=True)
class BlankedContent:
    """A file that is read piece by piece, its pixels blanked as they pass."""

    content: Content
    blanking: Blanking
    in_memory = False

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.content.size

    def read(self) -> bytes:
        """Refuse, as the file itself does."""
        raise TooLargeError(TOO_LARGE)

    def prefix(self, length: int) -> bytes:
        """Return the first bytes."""
        head = bytearray(self.content.prefix(length))
        self.blanking.over(head, 0)
        return bytes(head)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[Buffer]:
        """Yield the bytes between two offsets in pieces."""
        for chunk in self.content.chunks(start, stop):
            piece = bytearray(chunk)
            self.blanking.over(piece, start)
            start += len(piece)
            yield memoryview(piece)


def used_length(value: bytes, picture: Picture) -> int:
    """Return the length of uncompressed pixels without the zeros that some devices write after the last frame."""
    expected = -(-picture.frame_bits * picture.frames // BYTE)
    spare = len(value) - expected
    return expected if spare > 0 and value.count(0, expected) == spare else len(value)


def check_length(picture: Picture, length: int) -> tuple[Picture, int]:
    """Return how pixel data of a length is stored, and its frames, which may be more than its attributes say.

    Raises:
        ActionError: its length is not that of whole frames.
    """
    if picture.bits == 1:
        spare = length - -(-picture.frame_bits * picture.frames // BYTE)
        frames = picture.frames
    else:
        if picture.subsampled and length >= picture.frames * picture.frame_bits // BYTE * COLOURS // PAIR:
            picture = replace(picture, photometric="YBR_FULL")  # so written by devices that do not share colours
        period = picture.frame_bits // BYTE
        frames = length // period
        spare = length - frames * period if picture.frame_bits % BYTE == 0 else -1
    if spare not in {0, 1} or frames < picture.frames:
        raise ActionError("alter_pixels: the pixel data has not the length that its attributes say")
    return picture, frames


def blanked(value: bytes, picture: Picture, area: Area, storage: Storage) -> bytes:
    """Return whole frames of uncompressed pixels with an area blanked in each.

    Raises:
        ActionError: pixels of this kind cannot be blanked.
    """
    if storage.swaps(picture):
        return swapped(blanked(swapped(value), picture, area, Storage()))
    if picture.bits == 1 and picture.samples == 1:
        spans = list(area.runs(picture.columns))
        return cleared_bits(value, in_frames(spans, picture.frame_bits, picture.frames))
    buffer = bytearray(value)
    whole = Range(0, len(value))
    blanking(picture, area, storage, whole).over(buffer, 0)
    return bytes(buffer)


def blanking(picture: Picture, area: Area, storage: Storage, where: Range) -> Blanking:
    """Return which bytes of a file are overwritten, whose uncompressed pixels stand at ``where``.

    Raises:
        ActionError: pixels of this kind cannot be blanked.
        TooLargeError: they cannot be blanked piece by piece.
    """
    if picture.bits == 1 or storage.swaps(picture):
        raise TooLargeError(TOO_LARGE)
    runs = runs_of(picture, area, little=storage.little)
    return Blanking(where.start, where.stop, picture.frame_bits // BYTE, runs)


def runs_of(picture: Picture, area: Area, *, little: bool) -> tuple[Run, ...]:
    """Return the bytes of one uncompressed frame that an area covers, ascending.

    Raises:
        ActionError: the values are not stored in whole bytes, or pairs of pixels are cut.
    """
    if picture.bits not in WHOLE_BYTES:
        raise ActionError("alter_pixels: pixels of this many allocated bits cannot be blanked")
    width = picture.width
    units = [black.to_bytes(width, "little" if little else "big") for black in picture.blacks()]
    pixels = list((area.widened(PAIR) if picture.subsampled else area).runs(picture.columns))
    if picture.subsampled:
        if picture.columns % PAIR:
            raise ActionError("alter_pixels: subsampled colours in rows of an odd length cannot be blanked")
        unit = units[0] * PAIR + units[1] + units[2]
        return tuple(Run(start * PAIR * width, stop * PAIR * width, unit) for start, stop in pixels)
    if picture.planar:
        plane = picture.rows * picture.columns
        shifted = [(place * plane, unit) for place, unit in enumerate(units)]
        return tuple(
            Run((first + start) * width, (first + stop) * width, unit)
            for first, unit in shifted
            for start, stop in pixels
        )
    step = picture.samples * width
    return tuple(Run(start * step, stop * step, b"".join(units)) for start, stop in pixels)


def cleared_bits(value: bytes, spans: Iterable[Span]) -> bytes:
    """Return bits packed from the lowest on (PS3.5 section 8.1.1) with some of them set to 0."""
    buffer = bytearray(value)
    for start, stop in spans:
        first, last = start // BYTE, stop // BYTE
        before, after = (1 << start % BYTE) - 1, 0xFF << stop % BYTE & 0xFF
        if first == last:
            buffer[first] &= before | after
            continue
        buffer[first] &= before
        buffer[first + 1 : last] = bytes(last - first - 1)
        if stop % BYTE:
            buffer[last] &= after
    return bytes(buffer)


def in_frames(spans: Sequence[Span], period: int, frames: int) -> Iterator[Span]:
    """Yield spans of one frame for each of several that follow one another."""
    for frame in range(frames):
        yield from ((frame * period + start, frame * period + stop) for start, stop in spans)


def swapped(value: bytes) -> bytes:
    """Return bytes with the two of each word exchanged: values of one byte or less in big-endian words."""
    buffer = bytearray(value)
    buffer[::2], buffer[1::2] = value[1::2], value[::2]
    return bytes(buffer)
