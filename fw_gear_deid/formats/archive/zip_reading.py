"""Zip archives, read: the directory by the standard library, the packed bytes as they are (APPNOTE.TXT 6.3)."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.errors import TooLargeError, UnreadableError
from fw_gear_deid.formats.archive.deflating import BLOCK, Inflater, crc32
from fw_gear_deid.formats.archive.member import (
    TRUNCATED,
    WRONG_CHECKSUM,
    WRONG_SIZE,
    Kind,
    Member,
    Method,
    Packed,
    ZipDetails,
)
from fw_gear_deid.formats.archive.paths import checked_path
from fw_gear_deid.formats.content import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from fw_gear_deid.formats.base import Buffer, Content

LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
LOCAL_SIGNATURE: Final = b"PK\x03\x04"
ENCRYPTED: Final = 0x0001 | 0x0040
UTF8: Final = 0x0800
METHOD_NAMES: Final = {
    1: "shrink",
    6: "implode",
    9: "deflate64",
    12: "bzip2",
    14: "lzma",
    93: "zstd",
    95: "xz",
    99: "AES",
}


class ZipReader:
    """A zip archive open for reading.

    Raises:
        UnreadableError: it is damaged, or its directory contradicts itself.
    """

    kind = Kind.ZIP

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb")
        try:
            with zipfile.ZipFile(self._file) as archive:
                self.comment = archive.comment
                self._members = _members(archive)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError):
            self._file.close()
            raise UnreadableError("not a zip archive, or one that was cut off; transfer it again") from None
        except BaseException:
            self._file.close()
            raise
        # ZipFile leaves a file it did not open itself open.

    def __enter__(self) -> Self:
        """Enter the block in which the archive is open."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the archive."""
        self._file.close()

    def members(self) -> Iterator[Member]:
        """Yield the members in the directory's order."""
        return iter(self._members)

    def fetch(self, member: Member) -> Packed:
        """Return a member's packed bytes.

        Raises:
            UnreadableError: it is encrypted, packed by an unknown method, or not where the directory says.
        """
        details = _zip_details(member)
        start = _data_offset(self._file, details)
        self._file.seek(start)
        data = self._file.read(details.packed_size)
        if len(data) < details.packed_size:
            raise UnreadableError(TRUNCATED)
        return Packed(data, Method(details.method), details.crc, member.size)

    def content(self, member: Member) -> Content:
        """Return a member to be read piece by piece."""
        return ZipContent(self._path, _zip_details(member), member.size)


@dataclass(frozen=True, slots=True)
class ZipContent:
    """A member of a zip archive that is read piece by piece; its checksum is checked whenever its end is reached."""

    path: Path
    details: ZipDetails
    size: int
    in_memory = False

    def read(self) -> bytes:
        """Refuse: the member is too large to be held."""
        raise TooLargeError(TOO_LARGE)

    def prefix(self, length: int) -> bytes:
        """Return the first bytes."""
        return b"".join(self.chunks(0, min(length, self.size)))

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[Buffer]:
        """Yield the bytes between two offsets in pieces.

        Raises:
            UnreadableError: the member is damaged.
        """
        end = self.size if stop is None else stop
        with self.path.open("rb") as file:
            file.seek(_data_offset(file, self.details))
            pos, crc = 0, 0
            for chunk in _unpacked(file, self.details):
                crc = crc32(chunk, crc)
                if pos + len(chunk) > self.size:
                    raise UnreadableError(WRONG_SIZE)
                if pos + len(chunk) > start:
                    yield memoryview(chunk)[max(0, start - pos) : end - pos]
                pos += len(chunk)
                if pos >= end and end < self.size:
                    return
        if pos != self.size:
            raise UnreadableError(WRONG_SIZE)
        if crc != self.details.crc:
            raise UnreadableError(WRONG_CHECKSUM)


def _unpacked(file: BinaryIO, details: ZipDetails) -> Iterator[bytes]:
    source = _Bounded(file, details.packed_size)
    if details.method == Method.STORED:
        while chunk := source.read(BLOCK):
            yield chunk
        return
    inflater = Inflater(source)
    while chunk := inflater.read(BLOCK):
        yield chunk
    if not inflater.finished:
        raise UnreadableError(TRUNCATED)


class _Bounded:
    """The next ``length`` bytes of a file."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    def read(self, length: int) -> bytes:
        data = self._file.read(min(length, self._left))
        self._left -= len(data)
        return data


def _zip_details(member: Member) -> ZipDetails:
    assert isinstance(member.details, ZipDetails)  # noqa: S101  # this reader made it
    return member.details


def _members(archive: zipfile.ZipFile) -> tuple[Member, ...]:
    """Return the members of an archive's directory, checked against each other."""
    infos = archive.infolist()
    starts = sorted(info.header_offset for info in infos)
    following = dict(zip(starts, [*starts[1:], archive.start_dir], strict=True))
    if len(following) < len(infos):
        raise UnreadableError("two members of the archive share their bytes; pack it again")
    members = tuple(_member(info, following[info.header_offset]) for info in infos)
    if len({member.name for member in members}) < len(members):
        raise UnreadableError("two members of the archive have the same path; pack it again")
    return members


def _member(info: zipfile.ZipInfo, limit: int) -> Member:
    year, month, day, hour, minute, second = info.date_time
    date = max(0, year - 1980) << 9 | month << 5 | day
    details = ZipDetails(
        modified=date << 16 | hour << 11 | minute << 5 | second // 2,
        attributes=info.external_attr,
        system=info.create_system,
        method=info.compress_type,
        flags=info.flag_bits,
        crc=info.CRC,
        packed_size=info.compress_size,
        offset=info.header_offset,
        limit=limit,
        raw_name=info.orig_filename.encode("utf-8" if info.flag_bits & UTF8 else "cp437"),
    )
    return Member(checked_path(info.filename), info.file_size, info.filename.endswith(("/", "\\")), details)


def _data_offset(file: BinaryIO, details: ZipDetails) -> int:
    """Return where a member's packed bytes begin, after its local header was held against the directory."""
    if details.flags & ENCRYPTED:
        raise UnreadableError("encrypted; unpack it with its password and pack it again without one")
    if details.method not in set(Method):
        name = METHOD_NAMES.get(details.method, f"method {details.method}")
        raise UnreadableError(f"packed by {name}; pack it again with deflate, the usual method of zip")
    file.seek(details.offset)
    header = file.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size:
        raise UnreadableError(TRUNCATED)
    signature, _, _, method, _, _, _, _, _, name_length, extra_length = LOCAL_HEADER.unpack(header)
    same = signature == LOCAL_SIGNATURE and method == details.method and file.read(name_length) == details.raw_name
    if not same:
        raise UnreadableError("a member is not what the archive's directory says; pack it again")
    start = details.offset + LOCAL_HEADER.size + name_length + extra_length
    if start + details.packed_size > details.limit:
        raise UnreadableError("members of the archive overlap; pack it again")
    return int(start)
