"""What an archive is made of: members, what a writer needs to write their twins, and their bytes as they are packed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.formats.archive.deflating import crc32, inflate


class Kind(StrEnum):
    """The archives that can be read and written."""

    ZIP = "zip"
    TAR = "tar"
    TAR_GZ = "tar.gz"


class Method(IntEnum):
    """How a member's bytes are packed; the numbers are those of APPNOTE.TXT 4.4.5."""

    STORED = 0
    DEFLATED = 8


@dataclass(frozen=True, slots=True)
class ZipDetails:
    """What a zip archive's directory says of a member, beside its path and size.

    Extra fields and member comments are not kept: they may carry names, paths and owners.

    Attributes:
        modified: MS-DOS time (low 16 bits) and date (high 16 bits), as stored.
        attributes: external attributes, as stored: the Unix mode in the high 16 bits.
        system: the system they are of (0: FAT, 3: Unix).
        method: number of the compression method.
        flags: general purpose flags.
        crc: CRC-32 of the member's bytes.
        packed_size: bytes in the archive.
        offset: where the local header starts in the file.
        limit: where the next member's local header, or the directory, starts.
        raw_name: the path's bytes.
    """

    modified: int
    attributes: int
    system: int
    method: int
    flags: int
    crc: int
    packed_size: int
    offset: int
    limit: int
    raw_name: bytes


@dataclass(frozen=True, slots=True)
class TarDetails:
    """What a tar archive says of a member, beside its path and size; owner and group are not kept.

    Attributes:
        mode: permission bits.
        modified: seconds since 1970; a fraction is dropped.
        offset: where the member's bytes start in the archive, once inflated.
        problem: why the member cannot be de-identified (a link, a device); empty for regular files and folders.
    """

    mode: int
    modified: int
    offset: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive.

    Attributes:
        name: path within the archive, with ``/`` between its parts and none at the end. It is relative and does not
            leave the archive.
        size: bytes, once unpacked; 0 for a folder.
        is_folder: whether it is a folder.
        details: what a writer of the same kind of archive needs to write its twin.
    """

    name: str
    size: int
    is_folder: bool
    details: ZipDetails | TarDetails


@dataclass(frozen=True, slots=True)
class Packed:
    """A member's bytes as an archive holds them.

    Attributes:
        data: the bytes, packed.
        method: how they are packed.
        crc: CRC-32 of the bytes once unpacked.
        size: number of bytes once unpacked.
    """

    data: bytes
    method: Method
    crc: int
    size: int

    def unpack(self) -> bytes:
        """Return the member's bytes. They were inflated no further than the size the archive declares.

        Raises:
            UnreadableError: the packed bytes are damaged, or do not have the size and checksum the archive declares.
        """
        data = self.data if self.method is Method.STORED else inflate(self.data, self.size)
        if len(data) != self.size:
            raise UnreadableError(WRONG_SIZE)
        if crc32(data) != self.crc:
            raise UnreadableError(WRONG_CHECKSUM)
        return data


WRONG_SIZE = "damaged: unpacks to another size than its archive declares; transfer the archive again"
WRONG_CHECKSUM = "damaged: does not have the checksum its archive declares; transfer the archive again"
TRUNCATED = "the archive ends too early; transfer it again"
