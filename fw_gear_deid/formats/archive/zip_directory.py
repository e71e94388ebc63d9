"""The directory of a zip archive: where it is, and the members it lists (APPNOTE.TXT 6.3.10)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_deid.errors import TooLargeError, UnreadableError
from fw_gear_deid.formats.archive.member import Member, ZipDetails
from fw_gear_deid.formats.archive.paths import Paths
from fw_gear_deid.formats.archive.zip_records import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    END,
    END64,
    END64_SIGNATURE,
    END_SIGNATURE,
    EXTRA,
    LOCAL,
    LOCATOR,
    LOCATOR_SIGNATURE,
    MAX16,
    MAX32,
    UTF8,
    ZIP64,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fw_gear_deid.formats.archive.streams import ArchiveFile

MAX_DIRECTORY = 64 << 20
"""Bytes of a directory that are held: that of some 500,000 members."""

NO_END = "is not a zip archive, or is cut off, or has other data behind its end; transfer it again"
BAD_DIRECTORY = "the directory of the zip archive is damaged; transfer the archive again"
SEVERAL = "the zip archive is one part of several; join them into one file"


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the directory of an archive is.

    Attributes:
        count: number of members; archives without zip64 may give it modulo 65,536.
        size: bytes of the directory.
        offset: where it says it starts, from the start of the archive.
        stop: where it stops in the file.
        comment: of the archive.
    """

    count: int
    size: int
    offset: int
    stop: int
    comment: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    """A header of the directory (4.3.12), its numbers from the zip64 field where they are large."""

    name: bytes
    system: int
    flags: int
    method: int
    modified: int
    crc: int
    packed_size: int
    size: int
    attributes: int
    offset: int

    @property
    def stop(self) -> int:
        """Where the member ends at the earliest."""
        return self.offset + LOCAL.size + len(self.name) + self.packed_size


def find_directory(file: ArchiveFile) -> Directory:
    """Find the record that ends the archive, with nothing behind it but its comment (4.3.16).

    Raises:
        UnreadableError: there is none, or the archive spans several files.
    """
    length = min(file.size, END.size + MAX16)
    tail_start = file.size - length
    tail = file.read_at(tail_start, length)
    at = tail.rfind(END_SIGNATURE, 0, len(tail) - END.size + len(END_SIGNATURE)) if length >= END.size else -1
    while at >= 0 and at + END.size + END.unpack_from(tail, at)[-1] != len(tail):
        at = tail.rfind(END_SIGNATURE, 0, at + len(END_SIGNATURE) - 1)
    if at < 0:
        raise UnreadableError(NO_END)
    _, disk, directory_disk, _, count, size, offset, _ = END.unpack_from(tail, at)
    comment = tail[at + END.size :]
    stop = tail_start + at
    if large := _find_zip64(file, stop, comment):
        return large
    if disk or directory_disk:
        raise UnreadableError(SEVERAL)
    return Directory(count, size, offset, stop, comment)


def _find_zip64(file: ArchiveFile, end: int, comment: bytes) -> Directory | None:
    """Read the zip64 end record, if a locator stands before the end record (4.3.14, 4.3.15)."""
    at = end - LOCATOR.size
    if at < 0:
        return None
    signature, _, offset, disks = LOCATOR.unpack(file.read_at(at, LOCATOR.size))
    if signature != LOCATOR_SIGNATURE:
        return None
    if disks > 1:
        raise UnreadableError(SEVERAL)
    # With data before the archive the locator's offset is too small; the record then stands right before the locator.
    last = at - END64.size
    for place in (last, offset):
        if 0 <= place <= last:
            record = END64.unpack(file.read_at(place, END64.size))
            if record[0] == END64_SIGNATURE:
                count, size, directory_offset = record[7:10]
                return Directory(count, size, directory_offset, place, comment)
    raise UnreadableError(BAD_DIRECTORY)


def read_directory(file: ArchiveFile, directory: Directory) -> tuple[Member, ...]:
    """Read the members in the directory's order.

    Paths without the UTF-8 flag are read as code page 437 (Appendix D), whatever system wrote them, as Flywheel's
    engine does; backslashes, which some Windows programs write, as slashes (4.4.17).

    Raises:
        UnreadableError: the directory is damaged, or has members that overlap, share a path, or have a path out of
            the archive.
        TooLargeError: it is larger than can be held.
    """
    if directory.size > MAX_DIRECTORY:
        raise TooLargeError("the directory of the zip archive is too large to be read; split the archive")
    start = directory.stop - directory.size
    shift = start - directory.offset  # data before the archive, such as a program that unpacks it
    if start < 0 or shift < 0:
        raise UnreadableError(BAD_DIRECTORY)
    try:
        entries = tuple(_entries(file.read_at(start, directory.size), shift))
    except struct.error:
        raise UnreadableError(BAD_DIRECTORY) from None
    if len(entries) & MAX16 != directory.count & MAX16:
        raise UnreadableError(BAD_DIRECTORY)
    limits = _limits(entries, start)
    paths = Paths()
    return tuple(_member(entry, limits[entry.offset], paths) for entry in entries)


def _entries(data: bytes, shift: int) -> Iterator[_Entry]:
    at = 0
    while at < len(data):
        fields = CENTRAL.unpack_from(data, at)
        signature, _, system, _, flags, method, modified, crc, packed_size, size = fields[:10]
        name_length, extra_length, comment_length, _, _, attributes, offset = fields[10:]
        name_stop = at + CENTRAL.size + name_length
        extra_stop = name_stop + extra_length
        if signature != CENTRAL_SIGNATURE or extra_stop + comment_length > len(data):
            raise UnreadableError(BAD_DIRECTORY)
        if MAX32 in (size, packed_size, offset):
            size, packed_size, offset = _zip64(data[name_stop:extra_stop], (size, packed_size, offset))
        name = data[at + CENTRAL.size : name_stop]
        yield _Entry(name, system, flags, method, modified, crc, packed_size, size, attributes, offset + shift)
        at = extra_stop + comment_length


def _zip64(extra: bytes, numbers: Sequence[int]) -> Iterator[int]:
    """Take those numbers that did not fit from the zip64 field, where they stand in this order (4.5.3)."""
    at = 0
    while at + EXTRA.size <= len(extra):
        identifier, length = EXTRA.unpack_from(extra, at)
        at += EXTRA.size
        if identifier == ZIP64:
            for number in numbers:
                if number == MAX32:
                    (large,) = struct.unpack_from("<Q", extra, at)
                    at += 8
                    yield large
                else:
                    yield number
            return
        at += length
    yield from numbers


def _limits(entries: Sequence[_Entry], directory_start: int) -> dict[int, int]:
    """Return, for each local header's offset, where the next one or the directory starts.

    Two members that share bytes are how an archive bomb is made small; no honest writer makes them.
    """
    ordered = sorted(entries, key=lambda entry: entry.offset)
    starts = [entry.offset for entry in ordered[1:]] + [directory_start]
    if any(entry.stop > limit for entry, limit in zip(ordered, starts, strict=False)):
        raise UnreadableError("members of the zip archive overlap; pack the archive again")
    return {entry.offset: limit for entry, limit in zip(ordered, starts, strict=False)}


def _member(entry: _Entry, limit: int, paths: Paths) -> Member:
    try:
        stored_name = entry.name.decode("utf-8" if entry.flags & UTF8 else "cp437")
    except UnicodeDecodeError:
        raise UnreadableError(BAD_DIRECTORY) from None
    path = stored_name.replace("\\", "/")
    is_folder = path.endswith("/")
    paths.add(path, is_folder=is_folder)
    if is_folder and entry.size:
        raise UnreadableError("a folder of the zip archive has content; pack the archive again")
    details = ZipDetails(
        modified=entry.modified,
        attributes=entry.attributes,
        system=entry.system,
        method=entry.method,
        flags=entry.flags,
        crc=entry.crc,
        packed_size=entry.packed_size,
        offset=entry.offset,
        limit=limit,
        raw_name=entry.name,
    )
    return Member(path.rstrip("/") if is_folder else path, entry.size, is_folder, details)
