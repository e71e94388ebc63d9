"""The door of this room: what is an archive, and how one is read and its de-identified twin written.

Nothing is unpacked to disk. A reader hands members over in their order, each as packed bytes, which workers unpack,
or, if it is too large to be held, as a content to be read piece by piece; a writer takes them in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

from isal import isal_zlib

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.formats.archive.deflating import GZIP, DeflateError
from fw_gear_deid.formats.archive.member import Kind, Member, Packed
from fw_gear_deid.formats.archive.tar_reading import TarReader
from fw_gear_deid.formats.archive.tar_writing import TarWriter
from fw_gear_deid.formats.archive.zip_reading import ZipReader
from fw_gear_deid.formats.archive.zip_records import END_SIGNATURE, LOCAL_SIGNATURE, SPANNED_SIGNATURE
from fw_gear_deid.formats.archive.zip_writing import ZipWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fw_gear_deid.formats.base import Content, Output

__all__ = [
    "HEAD",
    "ArchiveReader",
    "ArchiveWriter",
    "Kind",
    "Member",
    "Packed",
    "archive_kind",
    "create_archive",
    "open_archive",
]

HEAD = 4096
"""Bytes of a file's start by which it is known as an archive."""

ZIP_SIGNATURES = (LOCAL_SIGNATURE, END_SIGNATURE, SPANNED_SIGNATURE)
TAR_SIGNATURE = b"ustar"
TAR_SIGNATURE_OFFSET = 257

SUFFIXES = ((".zip", Kind.ZIP), (".tar.gz", Kind.TAR_GZ), (".tgz", Kind.TAR_GZ), (".tar", Kind.TAR))


class ArchiveReader(Protocol):
    """An archive open for reading; a context manager that closes its file.

    Members and contents are good only within the ``with`` block.
    """

    @property
    def kind(self) -> Kind:
        """What archive it is."""
        ...

    @property
    def comment(self) -> bytes:
        """The archive's comment; may hold identifying values."""
        ...

    def __enter__(self) -> Self:
        """Enter the block in which members are read."""
        ...

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        ...

    def members(self) -> Iterator[Member]:
        """Yield the members in the archive's order.

        Raises:
            UnreadableError: the archive is damaged, or a member's path is unsafe or that of another. May come after
                the last member; until then, nothing made of the archive may be kept.
        """
        ...

    def fetch(self, member: Member) -> Packed:
        """Return the bytes of a file (not a folder) as the archive holds them.

        Called by one thread, best for each member before the next is asked for.

        Raises:
            UnreadableError: the member is damaged, encrypted, a link, or packed by a method that is not supported.
        """
        ...

    def content(self, member: Member) -> Content:
        """Return the bytes of a file (not a folder) to be read piece by piece, for those too large to be held.

        Any thread may read it, but no two at once.

        Raises:
            UnreadableError: as for ``fetch``; damage is found while reading.
        """
        ...


class ArchiveWriter(Protocol):
    """Writes an archive of the kind of a reader, whose members are the twins' of what is written."""

    def pack(self, data: bytes, member: Member | None = None) -> Packed:
        """Pack a file's new bytes as its twin was packed; without a twin, as is usual. Called by many threads."""
        ...

    def add(self, member: Member, name: str, packed: Packed) -> None:
        """Write a file that was packed.

        Args:
            member: its twin, for times and attributes.
            name: its new path.
            packed: what ``pack`` gave. What ``fetch`` gave is to be unpacked first: that is its check.

        Raises:
            DestinationError: it cannot be written.
        """
        ...

    def stream(self, member: Member, name: str, output: Output) -> None:
        """Write a file piece by piece; ``output`` may be asked for its bytes twice.

        Raises:
            DestinationError: it cannot be written.
            FileError: what ``output`` raises.
        """
        ...

    def folder(self, member: Member, name: str) -> None:
        """Write a folder.

        Raises:
            DestinationError: it cannot be written.
        """
        ...

    def close(self, comment: bytes) -> None:
        """Write the end of the archive. The file stays open.

        Raises:
            DestinationError: the comment cannot be written.
        """
        ...


def archive_kind(head: bytes, name: str) -> Kind | None:
    """Tell what archive a file is by its first bytes, or, if these say nothing, by its name.

    A gzipped file is an archive only if it holds a tar: ``.nii.gz`` is none. A file that is only named like an
    archive is taken for one, so that it is reported as damaged and not passed by.

    Args:
        head: the first bytes, ``HEAD`` of them if there are so many.
        name: the file's name.
    """
    if head.startswith(ZIP_SIGNATURES):
        return Kind.ZIP
    if _is_tar(head):
        return Kind.TAR
    if head.startswith(GZIP) and _is_tar(_inflated(head)):
        return Kind.TAR_GZ
    lower = name.lower()
    return next((kind for suffix, kind in SUFFIXES if lower.endswith(suffix)), None)


def _is_tar(head: bytes) -> bool:
    return head.startswith(TAR_SIGNATURE, TAR_SIGNATURE_OFFSET)


def _inflated(head: bytes) -> bytes:
    try:
        start: bytes = isal_zlib.decompressobj(16 + isal_zlib.MAX_WBITS).decompress(head, 512)
    except DeflateError:
        return b""
    return start


def open_archive(path: Path, name: str = "") -> ArchiveReader:
    """Open an archive of the kind its first bytes or its name tell.

    Args:
        path: where it is.
        name: its base name, where that is not the path's.

    Raises:
        UnreadableError: it is no archive, damaged, in several parts, or has unsafe paths.
        TooLargeError: its directory is larger than can be held.
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise UnreadableError("the archive is empty, without even an end; transfer it again")
    kind = archive_kind(head, name or path.name)
    if kind is None:
        raise UnreadableError("is not a zip, tar or tar.gz archive")
    if kind is Kind.ZIP:
        return ZipReader(path)
    return TarReader(path, kind)


def create_archive(reader: ArchiveReader, file: BinaryIO) -> ArchiveWriter:
    """Begin an archive of the same kind as ``reader``'s.

    Args:
        reader: the archive whose members are rewritten.
        file: open for writing, seekable.
    """
    return ZipWriter(file) if reader.kind is Kind.ZIP else TarWriter(file, reader.kind)
