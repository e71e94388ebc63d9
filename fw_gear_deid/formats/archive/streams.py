"""Bytes of an archive read from front to back, and members too large to be held, read through such streams."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Protocol

from isal import igzip

from fw_gear_deid.errors import TooLargeError, UnreadableError
from fw_gear_deid.formats.archive.deflating import DAMAGED, DeflateError, Inflater, crc32
from fw_gear_deid.formats.archive.member import TRUNCATED, WRONG_CHECKSUM, WRONG_SIZE, Method
from fw_gear_deid.formats.base import CHUNK
from fw_gear_deid.formats.content import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fw_gear_deid.formats.base import Buffer


class ArchiveFile:
    """An archive's file, read at any place by any thread.

    Attributes:
        size: number of bytes when it was opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._lock = threading.Lock()
        self.size = self._file.seek(0, io.SEEK_END)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes.

        Raises:
            UnreadableError: the file ends before.
        """
        if length < 0 or not 0 <= offset <= self.size - length:
            raise UnreadableError(TRUNCATED)
        with self._lock:
            self._file.seek(offset)
            data = self._file.read(length)
            while len(data) < length:  # one call gives 2 GiB at most
                more = self._file.read(length - len(data))
                if not more:
                    raise UnreadableError(TRUNCATED)
                data += more
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Stream(Protocol):
    """Bytes read from front to back."""

    position: int

    def read(self, length: int) -> bytes:
        """Return up to ``length`` bytes; none at the end.

        Raises:
            UnreadableError: the bytes are damaged.
        """
        ...

    def skip_to(self, position: int) -> None:
        """Go forward.

        Raises:
            UnreadableError: the stream ends before.
        """
        ...


class FileStream:
    """The bytes of an archive's file from ``start`` up to ``stop`` as they are; positions count from ``start``."""

    def __init__(self, file: ArchiveFile, start: int = 0, stop: int | None = None) -> None:
        self._file = file
        self._start = start
        self._length = (file.size if stop is None else stop) - start
        self.position = 0

    def read(self, length: int) -> bytes:
        """Return up to ``length`` bytes; none at the end."""
        data = self._file.read_at(self._start + self.position, min(length, self._length - self.position))
        self.position += len(data)
        return data

    def skip_to(self, position: int) -> None:
        """Go forward without reading."""
        if position > self._length:
            raise UnreadableError(TRUNCATED)
        self.position = position


class _Skipping:
    """A stream that can only go forward by reading."""

    def __init__(self) -> None:
        self.position = 0

    def read(self, length: int) -> bytes:
        raise NotImplementedError

    def skip_to(self, position: int) -> None:
        """Go forward by reading what lies between."""
        while self.position < position:
            if not self.read(min(CHUNK, position - self.position)):
                raise UnreadableError(TRUNCATED)


class GzipStream(_Skipping):
    """What a gzip file holds, inflated."""

    def __init__(self, file: ArchiveFile) -> None:
        super().__init__()
        raw = _Raw(FileStream(file))
        self._gzip = igzip.IGzipFile(fileobj=raw, mode="rb")  # type: ignore[no-untyped-call]  # it has no types

    def read(self, length: int) -> bytes:
        """Return up to ``length`` bytes; none at the end, where the checksum of the file was found right."""
        try:
            data: bytes = self._gzip.read(length)
        except EOFError:
            raise UnreadableError(TRUNCATED) from None
        except (igzip.BadGzipFile, DeflateError):
            raise UnreadableError(DAMAGED) from None
        self.position += len(data)
        return data


class _Raw(io.RawIOBase):
    """A stream as the standard library's readers want it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a memoryview is what readers hand over
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class CheckedStream(_Skipping):
    """A zip archive's member, inflated no further than its declared size and checked at its end."""

    def __init__(self, packed: FileStream, method: Method, size: int, crc: int) -> None:
        super().__init__()
        self._inflater = None if method is Method.STORED else Inflater(packed.read)
        self._packed = packed
        self._size = size
        self._declared = crc
        self._crc = 0

    def read(self, length: int) -> bytes:
        """Return up to ``length`` bytes; none at the end.

        Raises:
            UnreadableError: the bytes are damaged, more or fewer than declared, or have another checksum.
        """
        length = min(length, self._size - self.position)
        if not length:
            return b""
        data = self._packed.read(length) if self._inflater is None else self._inflater.read(length)
        if not data:
            raise UnreadableError(WRONG_SIZE)
        self.position += len(data)
        self._crc = crc32(data, self._crc)
        if self.position == self._size:
            self._check_end()
        return data

    def _check_end(self) -> None:
        if self._inflater is not None and (self._inflater.read(1) or not self._inflater.finished):
            raise UnreadableError(WRONG_SIZE)
        if self._crc != self._declared:
            raise UnreadableError(WRONG_CHECKSUM)


class StreamedContent:
    """A member that is read piece by piece (a ``formats.base.Content``).

    A stream that was read up to some place is kept, and the next reader that starts behind that place goes on with
    it: reading a member's header and then copying its ranges in order inflates the member once.

    A damaged member is noticed when its end is reached, thus after its first pieces were handed out.

    Args:
        size: number of bytes of the member.
        base: where the member starts in the stream.
        open_stream: opens a new stream, not behind the position it is given.
    """

    in_memory = False

    def __init__(self, size: int, base: int, open_stream: Callable[[int], Stream]) -> None:
        self._size = size
        self._base = base
        self._open = open_stream
        self._idle: Stream | None = None
        self._head = b""
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self._size

    def read(self) -> bytes:
        """Refuse: a member small enough to be held is fetched and unpacked."""
        raise TooLargeError(TOO_LARGE)

    def prefix(self, length: int) -> bytes:
        """Return the first bytes, and keep them: they are read often."""
        length = min(length, self._size)
        if length > len(self._head):
            self._head = b"".join(self.chunks(0, length))
        return self._head[:length]

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[Buffer]:
        """Yield the bytes between two offsets in pieces."""
        stop = self._size if stop is None else min(stop, self._size)
        head = self._head
        if start < min(stop, len(head)):
            yield memoryview(head)[start:stop]
            start = min(stop, len(head))
        if start < stop:
            yield from self._stream(start, stop)

    def _stream(self, start: int, stop: int) -> Iterator[Buffer]:
        stream = self._take(self._base + start)
        stream.skip_to(self._base + start)
        while start < stop:
            data = stream.read(min(CHUNK, stop - start))
            if not data:
                raise UnreadableError(TRUNCATED)
            start += len(data)
            if start >= stop:
                self._keep(stream)
            yield data

    def _take(self, position: int) -> Stream:
        with self._lock:
            stream, self._idle = self._idle, None
        if stream is None or stream.position > position:
            return self._open(position)
        return stream

    def _keep(self, stream: Stream) -> None:
        with self._lock:
            self._idle = stream
