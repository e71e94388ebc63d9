"""Where the directories of a TIFF stand, and what they hold: TIFF 6.0 section 2, and BigTIFF.

Directories and the values that are asked for are read, image data never.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.formats.ifd.names import POINTERS, SUB_IMAGES, Kind
from fw_gear_deid.formats.ifd.value_types import CODES, COUNTS, SIZES, Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fw_gear_deid.formats.window import Window

Extent = tuple[int, int]
"""Where bytes start, and where they stop."""

MAGICS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BIG: Final = (b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0")
_MOST_DIRECTORIES: Final = 200_000
_MOST_ENTRIES: Final = 65_535
_DEEPEST: Final = 16
_DATA: Final = ((273, 279), (324, 325), (513, 514))
"""Tags of where image data stands, with those of how long it is: strips, tiles, and JPEG streams (thumbnails)."""

DAMAGED: Final = "damaged or truncated image: its tags point outside the file, at each other, or at themselves"


@dataclass(frozen=True, slots=True)
class Form:
    """How numbers are written.

    Attributes:
        order: ``"<"`` or ``">"``.
        big: whether it is a BigTIFF, whose offsets have eight bytes.
        pointer: an offset; also how many bytes of value an entry holds itself.
        count: the number of entries that a directory begins with.
        entry: tag, type, count, and the value or its offset.
    """

    order: str
    big: bool
    pointer: struct.Struct
    count: struct.Struct
    entry: struct.Struct

    @property
    def header(self) -> int:
        """Where the offset of the first directory stands."""
        return 8 if self.big else 4

    def directory_size(self, entries: int) -> int:
        """Return the bytes of a directory."""
        return self.count.size + entries * self.entry.size + self.pointer.size


@dataclass(slots=True, eq=False)
class Entry:
    """One tag of a directory.

    Attributes:
        tag: its number.
        type: its type.
        count: how many values.
        inline: the entry's own four (eight) bytes: the value if it fits, else its offset.
        extent: where the value stands outside of the directory; empty when it is inline, or new.
        children: the directories it points to.
        new: its value after an edit; None while it is as it was.
    """

    tag: int
    type: Type
    count: int
    inline: bytes
    extent: Extent = (0, 0)
    children: tuple[Directory, ...] = ()
    new: bytes | None = None

    @property
    def size(self) -> int:
        """Bytes of the value as it was read."""
        return self.count * SIZES[self.type]


@dataclass(slots=True, eq=False)
class Directory:
    """An image file directory.

    Attributes:
        kind: what it is about.
        label: what it is called in paths: its number for the image directories of a TIFF.
        extent: where it stands; empty for a new one.
        entries: its tags, in the order they stand in.
        tail: the offset behind the entries as it was read; empty where nothing follows, for some writers leave it out.
        following: the directory at that offset, if it was followed.
        listed: whether it is one of the sub-images of a list; some writers also chain these to each other.
        data: where the image data stands.
        touched: whether it must be written anew.
    """

    kind: Kind
    label: str
    extent: Extent = (0, 0)
    entries: list[Entry] = field(default_factory=list)
    tail: bytes = b""
    following: Directory | None = None
    listed: bool = False
    data: list[Extent] = field(default_factory=list)
    touched: bool = False


def within(directory: Directory | None) -> Iterator[Directory]:
    """Yield a directory, those within it, and those that follow it."""
    while directory is not None:
        yield directory
        for entry in directory.entries:
            for child in entry.children:
                yield from within(child)
        following = directory.following
        directory = None if following is None or following.listed else following


class Layout:
    """The directories of one TIFF.

    Attributes:
        window: its bytes.
        form: how its numbers are written.
        first: its first directory.
    """

    def __init__(self, window: Window, labels: tuple[str, ...] = ()) -> None:
        """Read the directories.

        Args:
            window: the bytes.
            labels: what the directories of the main chain are called, and how many are followed; by number, and all,
                when empty.

        Raises:
            UnreadableError: no TIFF, damaged, or truncated.
        """
        self.window = window
        self.form = _form(window)
        self._seen: set[int] = set()
        self._size = 0
        start = self._pointer(window.read(self.form.header, self.form.pointer.size))
        first = self._chain(start, Kind.IMAGE, labels or map(str, count()))
        if first is None:
            raise UnreadableError("damaged TIFF: it has no image")
        self.first = first

    def directories(self) -> Iterator[Directory]:
        """Yield every directory."""
        return within(self.first)

    def value(self, entry: Entry) -> bytes:
        """Return the bytes of a tag's value as they are now."""
        if entry.new is not None:
            return entry.new
        start, stop = entry.extent
        return self.window.read(start, stop - start) if stop else entry.inline[: entry.size]

    def _pointer(self, data: bytes) -> int:
        return int(self.form.pointer.unpack(data)[0])

    def _chain(self, start: int, kind: Kind, labels: Iterable[str]) -> Directory | None:
        """Read a directory and those that follow it, as many as there are labels; return the first."""
        final = labels[-1] if isinstance(labels, tuple) else None
        first: Directory | None = None
        last: Directory | None = None
        for label in labels:
            if not start:
                break
            directory = self._directory(start, kind, label, has_tail=label != final)
            if last is None:
                first = directory
            else:
                last.following = directory
            last, start = directory, self._pointer(directory.tail) if directory.tail else 0
        return first

    def _directory(self, start: int, kind: Kind, label: str, *, has_tail: bool) -> Directory:
        if start in self._seen or len(self._seen) >= _MOST_DIRECTORIES or label.count(".") > _DEEPEST:
            raise UnreadableError(DAMAGED)
        self._seen.add(start)
        form = self.form
        (entries,) = form.count.unpack(self.window.read(start, form.count.size))
        if entries > _MOST_ENTRIES:
            raise UnreadableError(DAMAGED)
        size = form.directory_size(entries) - (0 if has_tail else form.pointer.size)
        self._size += size
        if self._size > self.window.size:  # directories that overlap could be made to need any memory
            raise UnreadableError(DAMAGED)
        raw = self.window.read(start + form.count.size, size - form.count.size)
        directory = Directory(kind, label, (start, start + size), tail=raw[entries * form.entry.size :])
        for position in range(0, entries * form.entry.size, form.entry.size):
            directory.entries.append(self._entry(raw[position : position + form.entry.size], directory))
        if kind is Kind.IMAGE:
            directory.data = list(self._data(directory))
        return directory

    def _entry(self, raw: bytes, directory: Directory) -> Entry:
        tag, type_, values, inline = self.form.entry.unpack(raw)
        if type_ not in CODES:
            raise UnreadableError("damaged image: a tag has a type that neither TIFF nor Exif defines")
        entry = Entry(tag, Type(type_), values, inline)
        if entry.size > self.form.pointer.size:
            start = self._pointer(inline)
            entry.extent = (start, start + entry.size)
            if start < self.form.header or entry.extent[1] > self.window.size:
                raise UnreadableError(DAMAGED)
        if kind := self._kind_of_children(directory, tag):
            entry.children = self._children(entry, kind, directory.label)
        return entry

    def _children(self, entry: Entry, kind: Kind, label: str) -> tuple[Directory, ...]:
        offsets = self.numbers(entry)
        if kind is Kind.IMAGE:
            return self._sub_images(offsets, label)
        if offsets == (0,):  # some cameras have no GPS directory, and say so this way
            return ()
        if len(offsets) != 1:
            raise UnreadableError(DAMAGED)
        return (self._directory(offsets[0], kind, f"{label}.{kind.value}", has_tail=False),)

    def _sub_images(self, offsets: tuple[int, ...], label: str) -> tuple[Directory, ...]:
        found = {
            offset: self._directory(offset, Kind.IMAGE, f"{label}.{number}", has_tail=True)
            for number, offset in enumerate(offsets)
        }
        for directory in found.values():
            directory.listed = True
        for directory in found.values():
            start = self._pointer(directory.tail)
            labels = map(f"{directory.label}.{{}}".format, count(1))
            directory.following = found.get(start) or self._chain(start, Kind.IMAGE, labels)
        return tuple(found.values())

    @staticmethod
    def _kind_of_children(directory: Directory, tag: int) -> Kind | None:
        if directory.kind is Kind.IMAGE:
            return Kind.IMAGE if tag == SUB_IMAGES else POINTERS.get(tag)
        if directory.kind is Kind.EXIF and tag in POINTERS and POINTERS[tag] is not Kind.EXIF:
            return POINTERS[tag]
        return None

    def numbers(self, entry: Entry) -> tuple[int, ...]:
        """Return offsets or lengths.

        Raises:
            UnreadableError: they have another type.
        """
        if entry.type not in COUNTS:
            raise UnreadableError(DAMAGED)
        return struct.unpack(f"{self.form.order}{entry.count}{CODES[entry.type]}", self.value(entry))

    def _data(self, directory: Directory) -> Iterator[Extent]:
        entries = {entry.tag: entry for entry in directory.entries}
        for offsets, lengths in _DATA:
            if offsets not in entries or lengths not in entries:
                continue
            starts, sizes = self.numbers(entries[offsets]), self.numbers(entries[lengths])
            if len(starts) != len(sizes):
                raise UnreadableError(DAMAGED)
            for start, size in zip(starts, sizes, strict=True):
                if start and size:  # sparse files leave strips out
                    if start + size > self.window.size:
                        raise UnreadableError("truncated image: some of its data is missing; transfer the file again")
                    yield start, start + size


def _form(window: Window) -> Form:
    start = window.read(0, min(8, window.size))
    if start[:4] not in MAGICS:
        raise UnreadableError("not TIFF: it does not begin as TIFF files do")
    big = start[:4] in MAGICS[2:]
    if big and start not in _BIG:
        raise UnreadableError("damaged BigTIFF: its header is wrong")
    order = "<" if start.startswith(b"II") else ">"
    codes = ("Q", "Q", "HHQ8s") if big else ("L", "H", "HHL4s")
    return Form(order, big, *(struct.Struct(order + code) for code in codes))
