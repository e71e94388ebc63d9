"""Tar archives, plain or in gzip, read forward (POSIX.1-2001 pax, ustar, GNU)."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, cast

from isal import igzip

from fw_gear_deid.errors import TooLargeError, UnreadableError
from fw_gear_deid.formats.archive.deflating import BLOCK, DeflateError, crc32
from fw_gear_deid.formats.archive.member import TRUNCATED, Kind, Member, Method, Packed, TarDetails
from fw_gear_deid.formats.archive.paths import checked_path
from fw_gear_deid.formats.content import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from fw_gear_deid.formats.base import Buffer, Content

LINK: Final = "a link or a device; pack the file itself instead"
DAMAGED: Final = "not a tar archive, or one that was cut off; transfer it again"


class TarReader:
    """A tar archive open for reading.

    Args:
        path: where it is.
        packed: whether it is in gzip.
    """

    comment = b""

    def __init__(self, path: Path, *, packed: bool) -> None:
        self.kind = Kind.TAR_GZ if packed else Kind.TAR
        self._path = path
        self._file = _opened(path, self.kind)

    def __enter__(self) -> Self:
        """Enter the block in which the archive is open."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the archive."""
        self._file.close()

    def members(self) -> Iterator[Member]:
        """Yield the members in the archive's order, reading from its beginning.

        Raises:
            UnreadableError: the archive is damaged, or a path leads out of it or stands there twice.
        """
        self._file.seek(0)
        seen: set[str] = set()
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as archive:
                for info in archive:
                    member = _member(info)
                    if member.name in seen:
                        raise UnreadableError("two members of the archive have the same path; pack it again")
                    seen.add(member.name)
                    yield member
                    archive.members.clear()  # type: ignore[attr-defined]  # what was passed is not asked for again
        except (tarfile.TarError, EOFError, DeflateError, ValueError):
            raise UnreadableError(DAMAGED) from None

    def fetch(self, member: Member) -> Packed:
        """Return a member's bytes.

        Raises:
            UnreadableError: it is not a regular file, or cut off.
        """
        details = _tar_details(member)
        try:
            self._file.seek(details.offset)
            data = self._file.read(member.size)
        except (EOFError, DeflateError):
            raise UnreadableError(DAMAGED) from None
        if len(data) < member.size:
            raise UnreadableError(TRUNCATED)
        return Packed(data, Method.STORED, crc32(data), member.size)

    def content(self, member: Member) -> Content:
        """Return a member to be read piece by piece."""
        return TarContent(self._path, self.kind, _tar_details(member).offset, member.size)


@dataclass(frozen=True, slots=True)
class TarContent:
    """A member of a tar archive that is read piece by piece; within gzip all before it is inflated each time."""

    path: Path
    kind: Kind
    offset: int
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
            UnreadableError: the archive is damaged.
        """
        end = self.size if stop is None else min(stop, self.size)
        try:
            with _opened(self.path, self.kind) as file:
                file.seek(self.offset + start)
                while start < end:
                    chunk = file.read(min(BLOCK, end - start))
                    if not chunk:
                        raise UnreadableError(TRUNCATED)
                    start += len(chunk)
                    yield chunk
        except (EOFError, DeflateError):
            raise UnreadableError(DAMAGED) from None


def _opened(path: Path, kind: Kind) -> BinaryIO:
    if kind is Kind.TAR:
        return path.open("rb")
    return cast("BinaryIO", igzip.open(path, "rb"))  # type: ignore[no-untyped-call]  # its stub has no types


def _member(info: tarfile.TarInfo) -> Member:
    problem = "" if info.isreg() or info.isdir() else LINK
    if info.sparse is not None:
        problem = "a sparse file; pack it again without that option"
    details = TarDetails(info.mode & 0o7777, int(info.mtime), info.offset_data, problem)
    return Member(checked_path(info.name), 0 if info.isdir() else info.size, info.isdir(), details)


def _tar_details(member: Member) -> TarDetails:
    assert isinstance(member.details, TarDetails)  # noqa: S101  # this reader made it
    if member.details.problem:
        raise UnreadableError(member.details.problem)
    return member.details
