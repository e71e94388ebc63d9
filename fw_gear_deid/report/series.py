"""The copies of a run as people know them: a row for each archive, and one for the loose files of each folder."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST: Final = 10_000
"""Rows that are kept; what is more is in the report's ``files`` alone."""


@dataclass(slots=True)
class Series:
    """One row.

    Attributes:
        name: path of the archive, or of the first file, at the destination.
        files: number of files at the destination.
        objects: number of objects by the section of the profile that they belong to; an archive's are its members.
        size: bytes at the destination.
    """

    name: str
    files: int = 0
    objects: Counter[str] = field(default_factory=Counter)
    size: int = 0

    def described(self) -> dict[str, Any]:
        """Return the row as the report holds it; several files are called by their folder, ``.`` the destination's."""
        name = self.name if self.files == 1 else str(PurePosixPath(self.name).parent)
        return {"name": name, "files": self.files, "objects": dict(self.objects), "size": self.size}


class SeriesList:
    """The rows of a run, in the order in which they came up.

    Attributes:
        left_out: number of copies that no row stands for.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._rows: dict[tuple[str, str], Series] = {}

    def add(self, entry: Mapping[str, Any]) -> None:
        """Count a file's entry in the report; one without a copy does not count."""
        name = entry.get("name", "")
        if not name:
            return
        members = [member for member in entry.get("members", ()) if member.get("name")]
        key = ("archive", name) if members else ("folder", str(PurePosixPath(name).parent))
        if key not in self._rows and len(self._rows) == MOST:
            self.left_out += 1
            return
        row = self._rows.setdefault(key, Series(name))
        row.files += 1
        row.objects.update(each.get("section", "") for each in (members or [entry]))
        row.size += entry.get("size", 0)

    def described(self) -> list[dict[str, Any]]:
        """Return the rows as the report holds them."""
        return [row.described() for row in self._rows.values()]
