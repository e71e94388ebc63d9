"""What an audit has done, so that the same command goes on: a line for each source, by a salted digest of its name."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.audit.base import Result
from fw_gear_deid.audit.concerns import Row
from fw_gear_deid.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

FORMAT: Final = "fw-deid check 1"


class AuditState:
    """The results so far, kept in a file if one is given; its owner alone may read it.

    Args:
        path: the file; None: nothing is kept.

    Raises:
        UsageError: it is there and is none of this kind.
        OSError: it cannot be read or written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.salt = secrets.token_hex(16)
        self._results: dict[str, Result] = {}
        self._file: TextIO | None = None
        if path is None:
            return
        if path.exists() and path.stat().st_size:
            self._read(path)
        path.touch(mode=0o600)
        path.chmod(0o600)
        self._file = path.open("a", encoding="utf-8")
        if self._file.tell() == 0:
            self._write({"format": FORMAT, "salt": self.salt})

    def __enter__(self) -> Self:
        """Enter the block in which it is written."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def get(self, key: str) -> Result | None:
        """Return what became of a source; None for one that is new."""
        return self._results.get(key)

    def put(self, result: Result) -> None:
        """Take what became of a source."""
        self._results[result.key] = result
        self._write(asdict(result))

    def _write(self, record: object) -> None:
        if self._file is not None:
            self._file.write(f"{json.dumps(record, ensure_ascii=True)}\n")
            self._file.flush()

    def _read(self, path: Path) -> None:
        """Read what was done; a last line that was not finished does not count, and goes."""
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        try:
            head, *records = [json.loads(line) for line in whole.splitlines()]
            self.salt = {FORMAT: head["salt"]}[head["format"]]
            for record in records:
                rows = tuple(Row(**row) for row in record.pop("rows"))
                self._results[record["key"]] = Result(**record, rows=rows)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UsageError(f"{path}: is not the state of an audit; choose another file for --state") from None
        if len(whole) < len(data):
            os.truncate(path, len(whole))
