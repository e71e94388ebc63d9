"""Bytes of a file at any place, for formats that are read here and there rather than from start to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import TooLargeError, UnreadableError

if TYPE_CHECKING:
    from fw_gear_deid.formats.base import Content

_MOST_HELD: Final = 1 << 26
_BLOCK: Final = 1 << 16
_BLOCKS_HELD: Final = 64
_BEYOND: Final = "damaged or truncated: the file ends before what it says it holds; transfer it again"


class Window:
    """Bytes of a content at any place, read block by block when they are not held."""

    def __init__(self, content: Content) -> None:
        self.size = content.size
        self._content = content
        self._data = memoryview(content.read()) if content.in_memory else None
        self._blocks: dict[int, bytes] = {}

    def read(self, start: int, length: int) -> bytes:
        """Return bytes from ``start``.

        Raises:
            UnreadableError: they run past the end.
            TooLargeError: they are more than may be held.
        """
        if start < 0 or start + length > self.size:
            raise UnreadableError(_BEYOND)
        if self._data is not None:
            return bytes(self._data[start : start + length])
        if length > _MOST_HELD:
            raise TooLargeError("one value of the file is larger than may be held")
        first, last = start // _BLOCK, (start + max(length, 1) - 1) // _BLOCK
        held = b"".join(self._block(number) for number in range(first, last + 1))
        return held[start - first * _BLOCK :][:length]

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            if len(self._blocks) >= _BLOCKS_HELD:
                del self._blocks[next(iter(self._blocks))]
            start = number * _BLOCK
            chunks = self._content.chunks(start, min(start + _BLOCK, self.size))
            self._blocks[number] = b"".join(bytes(chunk) for chunk in chunks)
        return self._blocks[number]
