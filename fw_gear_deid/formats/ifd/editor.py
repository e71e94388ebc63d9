"""Edits of directories, and the bytes that come of them: splices of the old ones, nothing else moves.

A value that fits where it was stays there; a longer one, and a directory that grows, go to the end of the file. What
stood where nothing points any more becomes zeros.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError, UnreadableError
from fw_gear_deid.formats.base import CHUNK
from fw_gear_deid.formats.content import Range
from fw_gear_deid.formats.ifd.extents import merged, overlapping, size_of, without
from fw_gear_deid.formats.ifd.layout import DAMAGED, Directory, Entry, within
from fw_gear_deid.formats.ifd.names import POINTERS, Kind
from fw_gear_deid.formats.ifd.value_types import CODES, SIZES, Type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.formats.content import Piece
    from fw_gear_deid.formats.ifd.layout import Extent, Layout

_UNREACHABLE: Final = "the edited image would be larger than the 4 GiB that its offsets reach"
_ZEROS: Final = memoryview(bytes(CHUNK))


class Editor:
    """The directories of one TIFF while rules act on them.

    Attributes:
        layout: what is edited.
        touched: whether anything was edited.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._dropped: list[Extent] = []
        self.touched = False

    @property
    def is_blank(self) -> bool:
        """Whether no tag is left."""
        self._prune()
        return not any(directory.entries for directory in self.layout.directories())

    def write(self, directory: Directory, entry: Entry, data: bytes) -> None:
        """Give a tag new bytes of its own type."""
        entry.new = data
        self._touch(directory)

    def remove(self, directory: Directory, entry: Entry) -> None:
        """Take a tag away, with the directories it points to."""
        directory.entries.remove(entry)
        self._drop(entry)
        for child in entry.children:
            self._drop_directories(child)
        self._touch(directory)

    def insert(self, directory: Directory, tag: int, type_: Type, data: bytes) -> Entry:
        """Create a tag."""
        entry = Entry(tag, type_, len(data) // SIZES[type_], bytes(self.layout.form.pointer.size), new=data)
        place = sum(each.tag < tag for each in directory.entries)
        directory.entries.insert(place, entry)
        self._touch(directory)
        return entry

    def ensure(self, kind: Kind) -> Directory:
        """Return the first directory of a kind, created when there is none."""
        for directory in self.layout.directories():
            if directory.kind is kind:
                return directory
        holder = self.ensure(Kind.EXIF) if kind is Kind.INTEROPERABILITY else self.layout.first
        pointer = next(tag for tag, each in POINTERS.items() if each is kind)
        form = self.layout.form
        created = Directory(kind, f"{holder.label}.{kind.value}", tail=bytes(form.pointer.size), touched=True)
        type_ = Type.LONG8 if form.big else Type.LONG
        self.insert(holder, pointer, type_, bytes(SIZES[type_])).children = (created,)
        return created

    def _touch(self, directory: Directory) -> None:
        directory.touched = self.touched = True

    def _drop(self, entry: Entry) -> None:
        if entry.extent[1]:
            self._dropped.append(entry.extent)

    def _drop_directories(self, first: Directory) -> None:
        for directory in within(first):
            self._dropped += [directory.extent, *directory.data]
            for entry in directory.entries:
                self._drop(entry)

    def pieces(self) -> tuple[Piece, ...]:
        """Return the file after all edits.

        Raises:
            UnreadableError: what a rule changed lies within image data or another structure.
            ActionError: the file would grow too large for its offsets.
        """
        self._prune()
        whole = Range(0, self.layout.window.size)
        return _Placing(self.layout, self._dropped).pieces() if self.touched else (whole,)

    def _prune(self) -> None:
        """Take away the directories, other than images, that rules have emptied."""
        for directory in reversed(list(self.layout.directories())):
            for entry in list(directory.entries):
                if any(child.kind is not Kind.IMAGE and not child.entries for child in entry.children):
                    self.remove(directory, entry)


class _Placing:
    """The places of what is new, and the pieces of the finished file."""

    def __init__(self, layout: Layout, dropped: list[Extent]) -> None:
        self.form = layout.form
        self.layout = layout
        self.dropped = list(dropped)
        self.size = layout.window.size
        self.end = self.size + self.size % 2
        self.patches: dict[int, bytes] = {}
        self.appended: dict[int, bytes] = {}
        self.values: dict[Entry, int] = {}
        self.places: dict[Directory, int] = {}

    def pieces(self) -> tuple[Piece, ...]:
        directories = list(self.layout.directories())
        moving = {directory for directory in directories if self._grows(directory)}
        for directory in directories:
            self._mark(directory, moving)
        touched = [directory for directory in directories if directory.touched]
        self._check(directories)
        shared = self._shared(directories)
        new_values = [entry for directory in touched for entry in directory.entries if entry.new is not None]
        for entry in new_values:
            self._place_value(entry, shared)
        for directory in directories:
            self.places[directory] = self._place(directory) if directory in moving else directory.extent[0]
        for directory in touched:
            self._fill_pointers(directory, moving)
        self._write(touched, new_values)
        if self.layout.first in moving:
            self.patches[self.form.header] = self._packed(self.places[self.layout.first])
        return tuple(self._spliced(directories))

    def _grows(self, directory: Directory) -> bool:
        start, stop = directory.extent
        tail = self.form.pointer.size - len(directory.tail)
        return self.form.directory_size(len(directory.entries)) - tail > stop - start

    def _mark(self, directory: Directory, moving: set[Directory]) -> None:
        """Touch what points to a directory that moves."""
        if directory.following in moving:
            directory.touched = True
        for entry in directory.entries:
            if any(child in moving for child in entry.children):
                directory.touched = True
                entry.new = bytes(entry.count * SIZES[entry.type])

    def _check(self, directories: list[Directory]) -> None:
        """Refuse to change bytes that mean two things: values, directories and image data must stand apart."""
        header = (0, self.form.header + self.form.pointer.size)
        values = [entry for directory in directories for entry in directory.entries if entry.extent[1]]
        changing = [entry.extent for entry in values if entry.new is not None] + self.dropped
        data = [extent for directory in directories for extent in directory.data]
        known = [directory.extent for directory in directories if directory.extent[1]]
        rewritten = merged(directory.extent for directory in directories if directory.touched)
        fixed = [header, *data, *(directory.extent for directory in directories if not directory.touched)]
        if (
            overlapping(merged(changing), merged([header, *data, *known]))
            or overlapping(rewritten, merged([*fixed, *(entry.extent for entry in values)]))
            or size_of(merged(known)) < size_of(known)
        ):
            raise UnreadableError(DAMAGED)

    @staticmethod
    def _shared(directories: list[Directory]) -> set[Entry]:
        """Return the tags whose values stand where those of others do."""
        found: set[Entry] = set()
        entries = [entry for directory in directories for entry in directory.entries if entry.extent[1]]
        entries.sort(key=lambda entry: entry.extent)
        furthest: Entry | None = None
        for entry in entries:
            if furthest is not None and entry.extent[0] < furthest.extent[1]:
                found |= {entry, furthest}
            if furthest is None or entry.extent[1] > furthest.extent[1]:
                furthest = entry
        return found

    def _place_value(self, entry: Entry, shared: set[Entry]) -> None:
        data = entry.new or b""
        start, stop = entry.extent
        fits = start + len(data) <= stop and entry not in shared
        if len(data) > self.form.pointer.size and fits:
            self.values[entry] = start
            return
        if stop:
            self.dropped.append(entry.extent)
        if len(data) > self.form.pointer.size:
            self.values[entry] = self._append(len(data))

    def _place(self, directory: Directory) -> int:
        if directory.extent[1]:
            self.dropped.append(directory.extent)
        return self._append(self.form.directory_size(len(directory.entries)))

    def _append(self, length: int) -> int:
        start = self.end
        self.end += length + length % 2
        if not self.form.big and self.end >= 1 << 32:
            raise ActionError(_UNREACHABLE)
        return start

    def _fill_pointers(self, directory: Directory, moving: set[Directory]) -> None:
        for entry in directory.entries:
            if any(child in moving for child in entry.children):
                size = SIZES[entry.type]
                if any(self.places[child] >> 8 * size for child in entry.children):
                    raise ActionError(_UNREACHABLE)
                code = f"{self.form.order}{len(entry.children)}{CODES[entry.type]}"
                entry.new = struct.pack(code, *(self.places[child] for child in entry.children))

    def _write(self, touched: list[Directory], new_values: list[Entry]) -> None:
        for entry in new_values:
            if (place := self.values.get(entry)) is not None:
                self._put(place, entry.new or b"", entry.extent)
        for directory in touched:
            self._put(self.places[directory], self._serialised(directory), directory.extent)

    def _put(self, place: int, data: bytes, extent: Extent) -> None:
        if place < self.size:
            self.patches[place] = data.ljust(extent[1] - extent[0], b"\0")
        else:
            self.appended[place] = data + bytes(len(data) % 2)

    def _serialised(self, directory: Directory) -> bytes:
        tail = directory.tail
        if directory.following is not None:
            tail = self._packed(self.places[directory.following])
        elif self.places[directory] >= self.size:
            tail = tail or bytes(self.form.pointer.size)
        entries = b"".join(self._entry(entry) for entry in directory.entries)
        return self.form.count.pack(len(directory.entries)) + entries + tail

    def _entry(self, entry: Entry) -> bytes:
        if entry.new is None:
            return self.form.entry.pack(entry.tag, entry.type, entry.count, entry.inline)
        place = self.values.get(entry)
        inline = entry.new if place is None else self._packed(place)
        return self.form.entry.pack(entry.tag, entry.type, len(entry.new) // SIZES[entry.type], inline)

    def _packed(self, place: int) -> bytes:
        return self.form.pointer.pack(place)

    def _spliced(self, directories: list[Directory]) -> Iterator[Piece]:
        """Yield the old bytes with patches and zeros, then what is new."""
        alive = [(start, start + len(data)) for start, data in self.patches.items()]
        for directory in directories:
            alive += [entry.extent for entry in directory.entries if entry.new is None and entry.extent[1]]
        zeros = without(merged(self.dropped), merged(alive))
        patches = [(start, start + len(data), data) for start, data in self.patches.items()]
        edits = sorted([*patches, *((start, stop, b"") for start, stop in zeros)])
        position = 0
        for start, stop, data in edits:
            if start > position:
                yield Range(position, start)
            yield from (data,) if data else _zeros(stop - start)
            position = stop
        if position < self.size:
            yield Range(position, self.size)
        if self.appended:
            yield bytes(self.size % 2)
        yield from (self.appended[place] for place in sorted(self.appended))


def _zeros(length: int) -> Iterator[memoryview]:
    while length > 0:
        yield _ZEROS[:length]
        length -= CHUNK
