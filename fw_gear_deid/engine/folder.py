"""A folder as destination: copies are written out of sight and renamed into place when they are complete."""

from __future__ import annotations

import secrets
import shutil
import sys
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Self

from fw_gear_deid.errors import DestinationError, UsageError

if sys.platform != "win32":  # without locks, what a killed run left is not cleaned up by the next
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.engine.base import Destination, Source

STAGING_PREFIX = ".fw-deid-"
STAGING_SUFFIX = ".part"


_OUTSIDE = "the new name leads out of the destination; check the filenames rules"


def _check_base(name: str) -> None:
    """Refuse what is no base name of a file."""
    if PurePosixPath(name).name != name or name in {"", ".."} or "\0" in name:
        raise DestinationError(_OUTSIDE)


def is_staging(name: str) -> bool:
    """Whether a folder's name is that of a staging folder of this or another run."""
    return name.startswith(STAGING_PREFIX) and name.endswith(STAGING_SUFFIX)


def check_apart(root: Path, sources: Iterable[Path]) -> None:
    """Refuse a destination that is a source, lies in one, or holds one: a copy could replace an original.

    Raises:
        UsageError: they are not apart.
    """
    target = root.resolve()
    for source in sources:
        original = source.resolve()
        if original == target or original in target.parents or target in original.parents:
            raise UsageError(
                f"{root}: the output folder and the source {source} hold each other; choose a folder apart"
            )
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root}: the output folder is a file; choose another name")


class Staging:
    """A hidden folder within ``root`` for copies that are not complete, removed by ``close``.

    It is locked while its run lives. One that nobody holds was left by a run that was killed, and is removed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None
        self._lock_file: BinaryIO | None = None
        self._mutex = Lock()

    def file(self) -> tuple[Path, BinaryIO]:
        """Create an empty file whose name tells nothing; return its path, and the file open for reading and writing.

        Raises:
            DestinationError: the folder cannot be written.
        """
        try:
            with self._mutex:
                if self._folder is None:
                    self._folder = self._open()
            path = self._folder / secrets.token_hex(8)
            return path, path.open("x+b")
        except OSError as error:
            raise DestinationError(f"the destination cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Remove the folder and whatever was not committed."""
        with self._mutex:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None
            if self._lock_file is not None:
                self._lock_file.close()
                self._lock_file = None

    def _open(self) -> Path:
        self._root.mkdir(parents=True, exist_ok=True)
        self._remove_leftovers()
        folder = self._root / f"{STAGING_PREFIX}{secrets.token_hex(8)}{STAGING_SUFFIX}"
        folder.mkdir(mode=0o700)
        self._lock_file = (folder / "lock").open("xb")
        if sys.platform != "win32":
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return folder

    def _remove_leftovers(self) -> None:
        if sys.platform == "win32":
            return
        for folder in self._root.glob(f"{STAGING_PREFIX}*{STAGING_SUFFIX}"):
            try:
                with (folder / "lock").open("rb") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # held by a living run, or not ours
                continue
            shutil.rmtree(folder, ignore_errors=True)


class PendingFile:
    """A copy in a staging folder, renamed to its final place by ``commit``.

    Attributes:
        path: the temporary file.
        file: open for reading and writing.
    """

    def __init__(self, staging: Staging, root: Path, folder: str) -> None:
        self._staging = staging  # its lock holds as long as one copy of it is pending
        self._root = root
        self._folder = folder
        self.path, self.file = staging.file()

    def __enter__(self) -> Self:
        """Enter the block in which the copy is written."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not committed."""
        self.file.close()
        self.path.unlink(missing_ok=True)

    def commit(self, name: str, subject: str = "") -> str:
        """Rename the copy to ``name`` in its folder, replacing an older copy, and return its path below the root.

        The copies of a subject that has a label lie in a folder of that name.

        Raises:
            DestinationError: it could not be put into place.
        """
        relative = PurePosixPath(subject, self._folder, name)
        if relative.is_absolute() or ".." in relative.parts:
            raise DestinationError(_OUTSIDE)
        _check_base(name)
        target = self._root / relative
        try:
            self.file.close()
            target.parent.mkdir(parents=True, exist_ok=True)
            self.path.replace(target)
        except OSError as error:
            raise DestinationError(f"the copy could not be put into place: {error.strerror}") from None
        return relative.as_posix()


class FolderDestination:
    """A local folder. A copy replaces an older one of the same name: a run can be repeated."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._staging = Staging(root)

    def __enter__(self) -> Self:
        """Enter the block in which copies are written."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not committed."""
        self.close()

    def close(self) -> None:
        """Remove what was not committed."""
        self._staging.close()

    def done(self, source: Source) -> str | None:  # noqa: ARG002  # a plain folder keeps no record of its sources
        """Return None: every source is done anew, to the same bytes."""
        return None

    def pending(self, source: Source) -> PendingFile:
        """Open a temporary copy for ``source``.

        Raises:
            DestinationError: the folder cannot be written.
        """
        return PendingFile(self._staging, self.root, source.folder)

    def check_name(self, source: Source, name: str) -> None:  # noqa: ARG002  # the name alone matters
        """Refuse a name that leads elsewhere."""
        _check_base(name)


class Rehearsal:
    """A destination that keeps nothing: for a dry run. Copies are written to the system's temporary folder."""

    def __init__(self, rehearsed: Destination, temporary: Path) -> None:
        self._rehearsed = rehearsed
        self._staging = Staging(temporary)
        self._temporary = temporary

    def done(self, source: Source) -> str | None:
        """Return what the rehearsed destination says."""
        return self._rehearsed.done(source)

    def pending(self, source: Source) -> RehearsedFile:
        """Open a temporary copy that will not be kept."""
        return RehearsedFile(self._staging, self._temporary, source, self._rehearsed)

    def check_name(self, source: Source, name: str) -> None:
        """Refuse what the rehearsed destination refuses."""
        self._rehearsed.check_name(source, name)

    def close(self) -> None:
        """Remove all copies."""
        self._staging.close()


class RehearsedFile(PendingFile):
    """A copy that ``commit`` only names."""

    def __init__(self, staging: Staging, root: Path, source: Source, rehearsed: Destination) -> None:
        super().__init__(staging, root, source.folder)
        self._source = source
        self._rehearsed = rehearsed

    def commit(self, name: str, subject: str = "") -> str:
        """Return the path that the copy would have had.

        Raises:
            DestinationError: it could not have had that name.
        """
        self._rehearsed.check_name(self._source, name)
        return PurePosixPath(subject, self._folder, name).as_posix()
