"""Bytes in and out: contents that are held or read piece by piece, outputs that splice new bytes between old."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_deid.errors import TooLargeError
from fw_gear_deid.formats.base import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fw_gear_deid.formats.base import Buffer, Content


@dataclass(frozen=True, slots=True)
class MemoryContent:
    """Bytes that are held."""

    data: bytes
    in_memory = True

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.data)

    def read(self) -> bytes:
        """Return all bytes."""
        return self.data

    def prefix(self, length: int) -> bytes:
        """Return the first bytes."""
        return self.data[:length]

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[Buffer]:
        """Yield the bytes between two offsets at once."""
        yield memoryview(self.data)[start:stop]


@dataclass(frozen=True, slots=True)
class PathContent:
    """A local file that is read piece by piece.

    Attributes:
        path: where it is.
        size: number of bytes when it was found.
    """

    path: Path
    size: int
    in_memory = False

    def read(self) -> bytes:
        """Refuse: a file small enough to be held is handed over as ``MemoryContent``."""
        raise TooLargeError(TOO_LARGE)

    def prefix(self, length: int) -> bytes:
        """Return the first bytes."""
        with self.path.open("rb") as file:
            return file.read(length)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[Buffer]:
        """Yield the bytes between two offsets in pieces."""
        end = self.size if stop is None else stop
        with self.path.open("rb") as file:
            file.seek(start)
            while start < end and (chunk := file.read(min(CHUNK, end - start))):
                start += len(chunk)
                yield chunk


TOO_LARGE = "larger than the memory limit for a file of this type; raise the limit or split the file"


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes of the source, from ``start`` up to ``stop``, that go out as they came in."""

    start: int
    stop: int


Piece = bytes | memoryview | Range


@dataclass(frozen=True, slots=True)
class Spliced:
    """New bytes between ranges of the source's bytes, which are in ascending order."""

    content: Content
    pieces: Sequence[Piece]

    def chunks(self) -> Iterator[Buffer]:
        """Yield the pieces in order; ranges are read from the source."""
        for piece in self.pieces:
            if isinstance(piece, Range):
                yield from self.content.chunks(piece.start, piece.stop)
            else:
                yield piece

    @property
    def size(self) -> int:
        """Number of bytes."""
        return sum(map(_length, self.pieces))

    def between(self, start: int, stop: int) -> Spliced:
        """Return the part between two offsets."""
        pieces: list[Piece] = []
        offset = 0
        for piece in self.pieces:
            length = _length(piece)
            first, last = max(0, start - offset), min(length, stop - offset)
            if first < last:
                pieces.append(_part(piece, first, last))
            offset += length
        return Spliced(self.content, pieces)


def _part(piece: Piece, first: int, last: int) -> Piece:
    return Range(piece.start + first, piece.start + last) if isinstance(piece, Range) else memoryview(piece)[first:last]


def _length(piece: Piece) -> int:
    return piece.stop - piece.start if isinstance(piece, Range) else len(piece)


@dataclass(frozen=True, slots=True)
class ComposedContent:
    """A file too large to be held that has been edited once and is to be edited again."""

    spliced: Spliced
    in_memory = False

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.spliced.size

    def read(self) -> bytes:
        """Refuse, as the file itself does."""
        raise TooLargeError(TOO_LARGE)

    def prefix(self, length: int) -> bytes:
        """Return the first bytes."""
        return b"".join(self.chunks(0, length))

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[Buffer]:
        """Yield the bytes between two offsets in pieces."""
        yield from self.spliced.between(start, self.size if stop is None else stop).chunks()
