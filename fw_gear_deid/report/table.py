"""``<container>_export.csv``: where each source file went, and why not. Holds names of files and containers."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Self

from fw_gear_deid.report.files import created

if TYPE_CHECKING:
    from pathlib import Path

    from fw_gear_deid.engine.base import Outcome, Source

STATES = {"deidentified": "exported"}
"""States that the table calls otherwise than the engine does."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One row; the attributes are the columns, in order."""

    origin_filename: str
    origin_parent: str = ""
    origin_parent_type: str = ""
    export_filename: str = ""
    export_file_id: str = ""
    export_parent: str = ""
    state: str = ""
    reason: str = ""

    @classmethod
    def of(
        cls, source: Source, outcome: Outcome, *, parent: str = "", parent_type: str = "", file_id: str = ""
    ) -> Self:
        """Return the row of a source.

        Args:
            source: the source.
            outcome: how it ended.
            parent: the container or folder it came from; its folder if not given.
            parent_type: the container's type.
            file_id: the copy's id on the site.
        """
        origin = PurePosixPath(source.origin or source.name)
        copy = PurePosixPath(outcome.name)
        return cls(
            origin_filename=origin.name,
            origin_parent=parent or _parent(origin),
            origin_parent_type=parent_type,
            export_filename=copy.name,
            export_file_id=file_id,
            export_parent=_parent(copy) if outcome.name else "",
            state=STATES.get(outcome.state, outcome.state.value),
            reason=outcome.reason,
        )


def _parent(path: PurePosixPath) -> str:
    return "" if str(path.parent) == "." else str(path.parent)


class ExportTable:
    """The table, written row by row."""

    def __init__(self, path: Path) -> None:
        """Create the file; an older one is replaced. Only its owner may read it, for names of files may identify.

        Raises:
            OSError: the file cannot be created.
        """
        self._file = created(path, identifying=True)
        self._writer = csv.DictWriter(self._file, [column.name for column in fields(ExportRow)])
        self._writer.writeheader()

    def __enter__(self) -> Self:
        """Enter the block in which rows are written."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def add(self, row: ExportRow) -> None:
        """Write a row."""
        self._writer.writerow(asdict(row))
