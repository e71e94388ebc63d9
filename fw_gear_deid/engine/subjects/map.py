"""The subject map on disk: codes are looked up, and new subjects get one, while other runs do the same.

The file is the key to the identities behind the codes. It is read and written under a lock, in whole, by a rename, so
that it is never half-written and no code is given twice or lost. A code once given stays, whatever became of the file.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fw_gear_deid.engine.subjects.table import Key, SubjectTable, normalised
from fw_gear_deid.errors import ActionError, DestinationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT: Final = 60.0
"""Seconds to wait for another run to finish writing."""

_PRIVATE: Final = 0o600
_NOBODY_ELSE: Final = 0o770


class SubjectMap:
    """One subject map during one run. Used by one thread.

    Attributes:
        path: where it is.
        tags: the DICOM elements that tell a subject.
    """

    def __init__(self, path: Path, *, keeps: bool = True) -> None:
        """Read the map; one that is not there is begun when the first code is given.

        Args:
            path: where it is; relative paths are relative to the current folder, as in Flywheel's engine.
            keeps: whether new codes are written; without, they are made up for this run alone.

        Raises:
            UsageError: it cannot be read, or is no subject map.
        """
        self.path = path.resolve()  # a link to it must not be replaced by a file
        self._keeps = keeps
        table = self._read()
        self._is_there = table is not None
        self._table = table or SubjectTable.new()
        self.tags = self._table.tags

    def known(self, values: Key) -> Key:
        """Return what a subject is known by: the same for all its objects. Identifying."""
        return normalised(values)

    def label(self, key: Key) -> str:
        """Return the label of a subject, who gets the next code if there is none yet.

        Args:
            key: what ``known`` returned.

        Raises:
            ActionError: an element that tells the subject is missing or empty, and the map has no such row.
            DestinationError: the map cannot be read or written.
        """
        # A code of those who have neither name nor number would join them all in one subject.
        code = self._table.codes.get(key) if any(key) else None
        if code is None and not all(key):
            names = ", ".join(self._table.fields)
            raise ActionError(f"map-subjects: one of {names} is missing or empty, so the subject cannot be told")
        return self._table.label(self._assigned(key) if code is None else code)

    def _assigned(self, key: Key) -> int:
        """Return the code of a subject who was not known when the map was last read."""
        if any("\ud800" <= sign <= "\udfff" for value in key for sign in value):
            raise ActionError("map-subjects: what tells the subject is not valid in its character set")
        try:
            with self._locked():
                table = self._newest()
                code = table.codes.get(key)
                if code is None:
                    table, code = table.with_subject(key)
                    self._write(table.text)
        except (OSError, UsageError) as error:
            why = error.strerror if isinstance(error, OSError) else "it was changed into something else"
            raise DestinationError(f"map-subjects: the subject map cannot be read or written: {why}") from None
        self._table = table
        return code

    def _newest(self) -> SubjectTable:
        if not self._keeps:
            return self._table
        table = self._read()
        if table is None and self._is_there:
            raise DestinationError("map-subjects: the subject map is gone; put it back, or codes would be given twice")
        if table is not None and (table.fields, table.form) != (self._table.fields, self._table.form):
            raise DestinationError("map-subjects: the columns or the format of the subject map changed; run again")
        return table or self._table

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let no other run write.

        Raises:
            DestinationError: another run did not let go of it.
        """
        if not self._keeps:
            yield
            return
        from filelock import FileLock, Timeout  # noqa: PLC0415  # few profiles map subjects

        try:
            with FileLock(f"{self.path}.lock", timeout=WAIT, mode=_PRIVATE):
                yield
        except Timeout:
            raise DestinationError("map-subjects: another run holds the subject map; run again after it") from None

    def _read(self) -> SubjectTable | None:
        """Return what is on disk, None when nothing is.

        Raises:
            UsageError: it cannot be read, or is no subject map.
        """
        try:
            return SubjectTable.read(self.path.read_bytes().decode("utf-8"))
        except FileNotFoundError:
            if not self.path.parent.is_dir():
                raise UsageError(f"{self.path}: map-subjects: there is no such folder; make it first") from None
            return None
        except UnicodeDecodeError:
            raise UsageError(f"{self.path}: map-subjects: this is no subject map: it is not UTF-8 text") from None
        except OSError as error:
            raise UsageError(f"{self.path}: map-subjects: cannot be read: {error.strerror}") from None
        except UsageError as error:
            raise UsageError(f"{self.path}: map-subjects: {error}") from None

    def _write(self, text: str) -> None:
        """Put a new text in the place of the file at once; only its owner, or whom the owner let in, may read it."""
        if not self._keeps:
            return
        mode = self.path.stat().st_mode & _NOBODY_ELSE if self.path.exists() else _PRIVATE
        temporary = self.path.with_name(f".{secrets.token_hex(8)}.part")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        self._is_there = True
        self._settle()

    def _settle(self) -> None:
        """Bring the new name to the disk, so that a power cut does not bring back the old file."""
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def opened(path: str, *, keeps: bool = True) -> SubjectMap | None:
    """Return the map that a profile names; None when it names none."""
    return SubjectMap(Path(path), keeps=keeps) if path else None
