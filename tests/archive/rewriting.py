"""Rewrites archives as the engine does, and makes the archives that tests begin with."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_deid.formats.archive.base import create_archive, open_archive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fw_gear_deid.formats.archive.base import Member


@dataclass(frozen=True)
class Pieces:
    """An output that comes in pieces."""

    pieces: Sequence[bytes]

    def chunks(self) -> Iterator[bytes]:
        yield from self.pieces


def rewrite(path: Path, *, streamed: bool = False) -> bytes:
    """Copy an archive member by member."""
    copy = io.BytesIO()
    with open_archive(path) as reader:
        writer = create_archive(reader, copy)
        for member in reader.members():
            if member.is_folder:
                writer.folder(member, member.name)
            elif streamed:
                writer.stream(member, member.name, reader.content(member))
            else:
                writer.add(member, member.name, writer.pack(reader.fetch(member).unpack(), member))
        writer.close(reader.comment)
    return copy.getvalue()


def members(path: Path) -> list[Member]:
    with open_archive(path) as reader:
        return list(reader.members())


def contents(path: Path) -> dict[str, bytes]:
    """Return the files' bytes by path."""
    with open_archive(path) as reader:
        return {member.name: reader.fetch(member).unpack() for member in reader.members() if not member.is_folder}


def make_zip(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 2, 29, 12, 34, 56)), data, method)
    return path


def make_tar(path: Path, files: dict[str, bytes], tar_format: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w", format=tar_format) as archive:
        for name, data in files.items():
            archive.addfile(tar_info(name, size=len(data)), io.BytesIO(data))
    return path


def tar_info(name: str, **fields: object) -> tarfile.TarInfo:
    """Return a header as a careless program writes it: with the names of its user."""
    info = tarfile.TarInfo(name)
    info.mtime = 1_582_979_696
    info.mode = 0o640
    info.uid, info.gid = 1234, 5678
    info.uname, info.gname = "canary-alice", "canary-clinic"
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def read_zip(data: bytes) -> dict[str, bytes]:
    """Read an archive with the standard library, which checks every member."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def read_tar(data: bytes) -> dict[str, bytes]:
    """Read an archive's files with the standard library."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        files = {info.name: archive.extractfile(info) for info in archive}
        return {name: file.read() for name, file in files.items() if file}
