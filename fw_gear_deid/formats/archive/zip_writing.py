"""Zip archives, written from members that were packed elsewhere (APPNOTE.TXT 6.3).

Neither ``zipfile`` nor its relatives take bytes that are deflated already, which is what lets members be packed in
parallel.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.archive.deflating import Deflater
from fw_gear_deid.formats.archive.member import Member, Method, Packed, ZipDetails

if TYPE_CHECKING:
    from typing import BinaryIO

    from fw_gear_deid.formats.base import Output

LOCAL: Final = struct.Struct("<4s3HL3L2H")
CENTRAL: Final = struct.Struct("<4sBB3HL3L5H2L")
END: Final = struct.Struct("<4s4H2LH")
END64: Final = struct.Struct("<4sQ2H2L4Q")
LOCATOR64: Final = struct.Struct("<4sLQL")
VERSION, VERSION64 = 20, 45
MAX16, MAX32 = 0xFFFF, 0xFFFFFFFF
UTF8: Final = 0x0800
ZIP64_EXTRA: Final = 0x0001


@dataclass(frozen=True, slots=True)
class Entry:
    """A member as the directory at the end lists it."""

    name: bytes
    flags: int
    method: int
    details: ZipDetails
    crc: int
    packed_size: int
    size: int
    offset: int

    def local(self, *, zip64: bool) -> bytes:
        """Return the header before the member's bytes; with ``zip64`` it has room for sizes over 4 GiB."""
        extra = struct.pack("<2H2Q", ZIP64_EXTRA, 16, self.size, self.packed_size) if zip64 else b""
        sizes = (MAX32, MAX32) if zip64 else (self.packed_size, self.size)
        header = LOCAL.pack(
            b"PK\x03\x04",
            VERSION64 if zip64 else VERSION,
            self.flags,
            self.method,
            self.details.modified,
            self.crc,
            *sizes,
            len(self.name),
            len(extra),
        )
        return header + self.name + extra

    def central(self) -> bytes:
        """Return the directory's record."""
        large = [value for value in (self.size, self.packed_size, self.offset) if value >= MAX32]
        extra = struct.pack(f"<2H{len(large)}Q", ZIP64_EXTRA, 8 * len(large), *large) if large else b""
        header = CENTRAL.pack(
            b"PK\x01\x02",
            VERSION64 if large else VERSION,
            self.details.system,
            VERSION64 if large else VERSION,
            self.flags,
            self.method,
            self.details.modified,
            self.crc,
            min(self.packed_size, MAX32),
            min(self.size, MAX32),
            len(self.name),
            len(extra),
            0,
            0,
            0,
            self.details.attributes,
            min(self.offset, MAX32),
        )
        return header + self.name + extra


class ZipWriter:
    """A zip archive being written. Extra fields and comments of members are left out: they may carry names."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._entries: list[Entry] = []

    def pack(self, data: bytes) -> Packed:
        """Deflate a member's bytes."""
        deflater = Deflater()
        packed = b"".join(deflater.pack([data]))
        return Packed(packed, Method.DEFLATED, deflater.crc, deflater.size)

    def add(self, member: Member, name: str, packed: Packed) -> None:
        """Write a packed member; one that was stored is stored again."""
        details = _details(member)
        method, data = packed.method, packed.data
        if details.method == Method.STORED and method is not Method.STORED:
            method, data = Method.STORED, packed.unpack()
        entry = self._entry(details, name, method, (packed.crc, len(data), packed.size))
        self._file.write(entry.local(zip64=max(len(data), packed.size) >= MAX32))
        self._file.write(data)
        self._entries.append(entry)

    def stream(self, member: Member, name: str, output: Output) -> None:
        """Write a member piece by piece; its header is written again when its sizes are known."""
        details = _details(member)
        method = Method.STORED if details.method == Method.STORED else Method.DEFLATED
        start = self._file.tell()
        self._file.write(self._entry(details, name, method, (0, 0, 0)).local(zip64=True))
        deflater = Deflater(stored=method is Method.STORED)
        for chunk in deflater.pack(output.chunks()):
            self._file.write(chunk)
        end = self._file.tell()
        entry = self._entry(details, name, method, (deflater.crc, deflater.packed_size, deflater.size), start)
        self._file.seek(start)
        self._file.write(entry.local(zip64=True))
        self._file.seek(end)
        self._entries.append(entry)

    def folder(self, member: Member, name: str) -> None:
        """Write a folder's entry."""
        entry = self._entry(_details(member), f"{name}/", Method.STORED, (0, 0, 0))
        self._file.write(entry.local(zip64=False))
        self._entries.append(entry)

    def close(self, comment: bytes) -> None:
        """Write the directory and the archive's comment."""
        start = self._file.tell()
        for entry in self._entries:
            self._file.write(entry.central())
        self._file.write(ending(len(self._entries), start, self._file.tell() - start, comment))

    def _entry(
        self, details: ZipDetails, name: str, method: int, sums: tuple[int, int, int], offset: int | None = None
    ) -> Entry:
        crc, packed_size, size = sums
        offset = self._file.tell() if offset is None else offset
        flags = 0 if name.isascii() else UTF8
        return Entry(name.encode(), flags, method, details, crc, packed_size, size, offset)


def ending(count: int, start: int, length: int, comment: bytes) -> bytes:
    """Return what ends an archive with a directory of so many entries, at ``start``, of ``length`` bytes."""
    result = b""
    if count >= MAX16 or max(start, length) >= MAX32:
        fixed = (END64.size - 12, VERSION64, VERSION64, 0, 0, count, count, length, start)
        result = END64.pack(b"PK\x06\x06", *fixed) + LOCATOR64.pack(b"PK\x06\x07", 0, start + length, 1)
    count, length, start = min(count, MAX16), min(length, MAX32), min(start, MAX32)
    return result + END.pack(b"PK\x05\x06", 0, 0, count, count, length, start, len(comment)) + comment


def _details(member: Member) -> ZipDetails:
    assert isinstance(member.details, ZipDetails)  # noqa: S101  # members of a zip archive
    return member.details
