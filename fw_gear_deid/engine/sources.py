"""What is to be read: files and folders on disk become sources, in a stable order."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fw_gear_deid.engine.base import Source
from fw_gear_deid.engine.folder import is_staging
from fw_gear_deid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEFTOVER = "packaging leftover"
MACOS = "__MACOSX"
LEFTOVERS = frozenset({".DS_Store", "Thumbs.db", "DICOMDIR"})
LINK = "a link to outside the source folder; name its target as a source if it is wanted"
IRREGULAR = "not a regular file"


def is_leftover(path: str) -> bool:
    """Whether a path is no data: what desktop systems leave behind, and the index of a DICOM medium.

    A DICOMDIR repeats names and gives byte offsets and file names that are not those of the copies (PS3.10 section 8).
    """
    *folders, name = path.split("/")
    return name in LEFTOVERS or name.startswith("._") or name == MACOS or MACOS in folders


def walk(paths: Sequence[Path]) -> Iterator[Source]:
    """Yield a source for each file named and for each file below each folder named.

    Relative folders are kept as ``folder``. Sources are sorted by folder, then by the order of ``paths``, then by
    name, so that all files of one destination folder follow each other. Links to files are read if they stay within
    the folder named; links to folders are not followed.

    Raises:
        UsageError: a path does not exist or cannot be read.
    """
    found: list[tuple[str, int, str, Source]] = []
    for position, path in enumerate(paths):
        prefix = "" if len(paths) == 1 else f"{path.resolve().name}/"
        for source in _below(path) if path.is_dir() else _named(path):
            origin = source.origin if source.path == path else f"{prefix}{source.origin}"
            placed = Source(source.path, source.folder, origin, source.skip)
            found.append((source.folder, position, source.name, placed))
    found.sort(key=lambda entry: entry[:3])
    yield from (source for *_, source in found)


def _named(path: Path) -> Iterator[Source]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; check the source's path") from None
    yield Source(path, origin=path.name, skip="" if stat.S_ISREG(mode) else IRREGULAR)


def _below(root: Path) -> Iterator[Source]:
    def refuse(error: OSError) -> None:
        raise UsageError(f"{root}: a folder in it cannot be read: {error.strerror}")

    inside = root.resolve()
    for folder, folders, names in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if not is_staging(name)]
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        for name in (*names, *linked):
            path = Path(folder, name)
            relative = PurePosixPath(path.relative_to(root).as_posix())
            parent = "" if str(relative.parent) == "." else str(relative.parent)
            yield Source(path, parent, str(relative), _reason_to_skip(path, relative, inside))


def _reason_to_skip(path: Path, relative: PurePosixPath, inside: Path) -> str:
    if is_leftover(str(relative)):
        return LEFTOVER
    if path.is_symlink() and inside not in path.resolve().parents:
        return LINK
    return "" if path.is_file() else IRREGULAR
