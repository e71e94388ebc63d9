"""Zip archives, written member by member (APPNOTE.TXT 6.3.10)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from fw_gear_deid.errors import DestinationError
from fw_gear_deid.formats.archive.deflating import Deflater
from fw_gear_deid.formats.archive.member import Member, Method, Packed, ZipDetails
from fw_gear_deid.formats.archive.zip_records import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    END,
    END64,
    END64_SIGNATURE,
    END_SIGNATURE,
    EXTRA,
    LOCAL,
    LOCAL_SIGNATURE,
    LOCATOR,
    LOCATOR_SIGNATURE,
    MAX16,
    MAX32,
    UTF8,
    ZIP64,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_deid.formats.base import Output

VERSION = 20  # folders and deflate (4.4.3.2)
VERSION64 = 45

EMPTY = Packed(b"", Method.STORED, 0, 0)


class Tally(NamedTuple):
    """What a member's bytes come to."""

    crc: int
    packed_size: int
    size: int


@dataclass(frozen=True, slots=True)
class _Written:
    """What the headers say of a member.

    Attributes:
        wide: whether its sizes stand in a zip64 field.
    """

    name: bytes
    details: ZipDetails
    method: Method
    tally: Tally
    offset: int
    wide: bool

    @property
    def flags(self) -> int:
        """General purpose flags."""
        return 0 if self.name.isascii() else UTF8

    def local(self) -> bytes:
        """Return the local header (4.3.7)."""
        sizes, extra = _narrow((self.tally.size, self.tally.packed_size), wide=(self.wide, self.wide))
        version = VERSION64 if extra else VERSION
        size, packed_size = sizes
        return (
            LOCAL.pack(
                *(LOCAL_SIGNATURE, version, self.flags, self.method, self.details.modified, self.tally.crc),
                *(packed_size, size, len(self.name), len(extra)),
            )
            + self.name
            + extra
        )

    def central(self, *, far: bool) -> bytes:
        """Return the header for the directory (4.3.12); ``far``: the offset stands in the zip64 field too."""
        numbers, extra = _narrow(
            (self.tally.size, self.tally.packed_size, self.offset), wide=(self.wide, self.wide, far)
        )
        version = VERSION64 if extra else VERSION
        size, packed_size, offset = numbers
        return (
            CENTRAL.pack(
                *(CENTRAL_SIGNATURE, version, self.details.system, version, self.flags, self.method),
                *(self.details.modified, self.tally.crc, packed_size, size, len(self.name), len(extra)),
                *(0, 0, 0, self.details.attributes, offset),
            )
            + self.name
            + extra
        )


def _narrow(numbers: Sequence[int], wide: Sequence[bool]) -> tuple[list[int], bytes]:
    """Move numbers that are wide into a zip64 extra field; return what stands in their place, and the field."""
    moved = [number for number, is_wide in zip(numbers, wide, strict=True) if is_wide]
    left = [MAX32 if is_wide else number for number, is_wide in zip(numbers, wide, strict=True)]
    if not moved:
        return left, b""
    return left, EXTRA.pack(ZIP64, 8 * len(moved)) + struct.pack(f"<{len(moved)}Q", *moved)


class ZipWriter:
    """Writes a zip archive whose members carry the times, attributes and methods of those they are twins of.

    The bytes depend on the members, their order and their bytes alone: not on how a member came (packed or streamed).
    Extra fields, member comments and internal attributes are not written.

    Args:
        file: seekable, open for writing at its end.
        large: from which number on the zip64 fields are used; tests lower it.
    """

    def __init__(self, file: BinaryIO, large: int = MAX32) -> None:
        self._file = file
        self._large = large
        self._start = file.tell()
        self._end = 0
        self._directory: list[bytes] = []

    def pack(self, data: bytes, member: Member | None = None) -> Packed:
        """Pack a member's new bytes, by the method of its twin (deflate if not given); any thread may call it."""
        method = _method(member)
        deflater = Deflater(stored=method is Method.STORED)
        packed = b"".join(deflater.pack((data,)))
        return Packed(packed, method, deflater.crc, deflater.size)

    def add(self, member: Member, name: str, packed: Packed) -> None:
        """Write a file.

        Raises:
            DestinationError: the name is too long for a zip archive.
        """
        tally = Tally(packed.crc, len(packed.data), packed.size)
        written = _Written(_encode(name), _details(member), packed.method, tally, self._end, self._is_large(tally))
        header = written.local()
        self._file.write(header)
        self._file.write(packed.data)
        self._finish(written, len(header))

    def stream(self, member: Member, name: str, output: Output) -> None:
        """Write a file piece by piece.

        Whether its sizes need a zip64 field is known only at its end. If its twin's size let expect the other thing,
        it is written once more.

        Raises:
            DestinationError: the name is too long for a zip archive.
            FileError: the bytes could not be had; the archive is then of no use.
        """
        written = self._stream(member, name, output, wide=member.size >= self._large)
        if written.wide != self._is_large(written.tally):
            self._file.seek(self._start + self._end)
            self._file.truncate()
            written = self._stream(member, name, output, wide=not written.wide)
        header = written.local()
        self._file.seek(self._start + self._end)
        self._file.write(header)
        self._finish(written, len(header))
        self._file.seek(self._start + self._end)

    def _stream(self, member: Member, name: str, output: Output, *, wide: bool) -> _Written:
        method = _method(member)
        blank = _Written(_encode(name), _details(member), method, Tally(0, 0, 0), self._end, wide)
        self._file.write(blank.local())
        deflater = Deflater(stored=method is Method.STORED)
        for piece in deflater.pack(output.chunks()):
            self._file.write(piece)
        return replace(blank, tally=Tally(deflater.crc, deflater.packed_size, deflater.size))

    def folder(self, member: Member, name: str) -> None:
        """Write a folder.

        Raises:
            DestinationError: the name is too long for a zip archive.
        """
        self.add(member, name.rstrip("/") + "/", EMPTY)

    def _is_large(self, tally: Tally) -> bool:
        return max(tally.size, tally.packed_size) >= self._large

    def _finish(self, written: _Written, header_length: int) -> None:
        self._directory.append(written.central(far=written.offset >= self._large))
        self._end += header_length + written.tally.packed_size

    def close(self, comment: bytes) -> None:
        """Write the directory and the archive's comment; the file stays open.

        Raises:
            DestinationError: the comment is too long for a zip archive.
        """
        if len(comment) > MAX16:
            raise DestinationError("the archive's new comment is longer than a zip archive can hold; shorten it")
        directory = b"".join(self._directory)
        self._file.write(directory)
        self._file.write(self._end_records(len(directory), len(comment)))
        self._file.write(comment)

    def _end_records(self, size: int, comment_length: int) -> bytes:
        """Return the end record, after its zip64 twin if a number is too large for it (4.3.14 to 4.3.16)."""
        count = len(self._directory)
        if count < MAX16 and max(size, self._end) < self._large:
            return END.pack(END_SIGNATURE, 0, 0, count, count, size, self._end, comment_length)
        return (
            END64.pack(END64_SIGNATURE, END64.size - 12, VERSION64, VERSION64, 0, 0, count, count, size, self._end)
            + LOCATOR.pack(LOCATOR_SIGNATURE, 0, self._end + size, 1)
            + END.pack(END_SIGNATURE, 0, 0, MAX16, MAX16, MAX32, MAX32, comment_length)
        )


def _details(member: Member) -> ZipDetails:
    if not isinstance(member.details, ZipDetails):
        raise TypeError("the twin is not of a zip archive")
    return member.details


def _method(member: Member | None) -> Method:
    """Return the method of a member's twin."""
    return Method.DEFLATED if member is None else Method(_details(member).method)


def _encode(name: str) -> bytes:
    encoded = name.encode()
    if len(encoded) > MAX16:
        raise DestinationError("a member's new path is longer than a zip archive can hold; shorten its name")
    return encoded
