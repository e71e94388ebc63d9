"""Archives with fixed times, so that the same members give the same bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

WRITTEN: Final = (2023, 11, 7, 11, 22, 4)
WRITTEN_POSIX: Final = 1699356124


def zip_archive(
    members: Iterable[tuple[str, bytes]], comment: str = "", compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return a zip; a member whose name ends in ``/`` is a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members:
            entry = zipfile.ZipInfo(name, WRITTEN)
            entry.create_system = 3  # Unix, wherever this runs
            entry.compress_type = zipfile.ZIP_STORED if entry.is_dir() else compression
            entry.external_attr = (0o40755 << 16 | 0x10) if entry.is_dir() else 0o100644 << 16
            archive.writestr(entry, data)
        archive.comment = comment.encode()
    return buffer.getvalue()


def tar_archive(members: Iterable[tuple[str, bytes]], *, gz: bool = False) -> bytes:
    """Return a tar or tar.gz; a member whose name ends in ``/`` is a folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members:
            entry = tarfile.TarInfo(name.rstrip("/"))
            entry.mtime = WRITTEN_POSIX
            entry.size = len(data)
            entry.mode = 0o644
            if name.endswith("/"):
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry, io.BytesIO(data))
    plain = buffer.getvalue()
    return gzip.compress(plain, mtime=0) if gz else plain
