"""Archives behind one interface: what reads and writes them, and which file is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, Self

from isal import igzip_lib

from fw_gear_deid.formats.archive.deflating import DeflateError
from fw_gear_deid.formats.archive.member import Kind
from fw_gear_deid.formats.archive.tar_reading import TarReader
from fw_gear_deid.formats.archive.tar_writing import TarWriter
from fw_gear_deid.formats.archive.zip_reading import ZipReader
from fw_gear_deid.formats.archive.zip_writing import ZipWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from fw_gear_deid.formats.archive.member import Member, Packed
    from fw_gear_deid.formats.base import Content, Output

ZIP_SIGNATURES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
TAR_MAGIC: Final = b"ustar"
TAR_MAGIC_OFFSET: Final = 257
GZIP_MAGIC: Final = b"\x1f\x8b"
TAR_BLOCK: Final = 512
NAMES: Final = ((".zip", Kind.ZIP), (".tar", Kind.TAR), (".tar.gz", Kind.TAR_GZ), (".tgz", Kind.TAR_GZ))
"""Endings of names that promise an archive; one that does not keep the promise cannot be opened."""


class ArchiveReader(Protocol):
    """An archive open for reading; a context manager that closes it."""

    kind: Kind
    comment: bytes

    def __enter__(self) -> Self:
        """Enter the block in which the archive is open."""
        ...

    def __exit__(self, *error: object) -> None:
        """Close the archive."""
        ...

    def members(self) -> Iterator[Member]:
        """Yield the members in the archive's order, from the first one at every call.

        Raises:
            UnreadableError: the archive is damaged, or holds what cannot be de-identified.
        """
        ...

    def fetch(self, member: Member) -> Packed:
        """Return a member's bytes as they are packed. Called by one thread, for the member yielded last or before.

        Raises:
            UnreadableError: the member cannot be read.
        """
        ...

    def content(self, member: Member) -> Content:
        """Return a member too large to be held, to be read piece by piece as often as needed."""
        ...


class ArchiveWriter(Protocol):
    """An archive being written, member by member."""

    def pack(self, data: bytes) -> Packed:
        """Pack a member's bytes; may be called by many threads."""
        ...

    def add(self, member: Member, name: str, packed: Packed) -> None:
        """Write a member that is packed, under its new path."""
        ...

    def stream(self, member: Member, name: str, output: Output) -> None:
        """Write a member piece by piece."""
        ...

    def folder(self, member: Member, name: str) -> None:
        """Write a folder's entry."""
        ...

    def close(self, comment: bytes) -> None:
        """Write what stands at the end. The file stays open."""
        ...


def archive_kind(name: str, head: bytes) -> Kind | None:
    """Return which archive a file is by its first 512 bytes, or claims to be by its name; None for another file."""
    if head.startswith(ZIP_SIGNATURES):
        return Kind.ZIP
    if head.startswith(TAR_MAGIC, TAR_MAGIC_OFFSET):
        return Kind.TAR
    if head.startswith(GZIP_MAGIC) and _inflated_head(head).startswith(TAR_MAGIC, TAR_MAGIC_OFFSET):
        return Kind.TAR_GZ
    return next((kind for ending, kind in NAMES if name.lower().endswith(ending)), None)


def _inflated_head(head: bytes) -> bytes:
    """Return as much of a gzip file's content as its first bytes give."""
    inflater = igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP)
    try:
        return bytes(inflater.decompress(head, TAR_BLOCK))
    except DeflateError:
        return b""


def open_archive(path: Path) -> ArchiveReader:
    """Open an archive.

    Raises:
        UnreadableError: it is damaged, or not an archive.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        kind = archive_kind(path.name, file.read(TAR_BLOCK))
    return ZipReader(path) if kind is Kind.ZIP else TarReader(path, packed=kind is Kind.TAR_GZ)


def create_archive(file: BinaryIO, kind: Kind) -> ArchiveWriter:
    """Begin an archive of a kind in an empty file that is open for writing."""
    return ZipWriter(file) if kind is Kind.ZIP else TarWriter(file, packed=kind is Kind.TAR_GZ)
