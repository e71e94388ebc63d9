"""What lies in the embedded tree already: copies and containers, known by the metadata beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fw_gear_deid.site.exports import measure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD = ".metadata.json"
"""What the name of a file's or container's metadata ends with."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that its metadata says is there.

    Attributes:
        path: where it should be.
        version: how often it was written; counts from 1.
        export: its ``info.export``.
    """

    path: Path
    version: int
    export: dict[str, Any]

    def intact(self) -> bool:
        """Whether its bytes are those that were recorded."""
        try:
            if self.path.is_symlink() or self.path.stat().st_size != self.export.get("size"):
                return False
            return measure(self.path).sha256 == self.export.get("sha256")
        except OSError:
            return False  # not there, or not readable: it is made anew

    def remove(self) -> None:
        """Delete it and its metadata, in this order, so that a rest is still known as what it is."""
        self.path.unlink(missing_ok=True)
        record_of(self.path).unlink(missing_ok=True)


def recorded(folder: Path) -> Iterator[Copy]:
    """Yield every copy in a folder that has readable metadata."""
    for path in sorted(folder.glob(f"*{RECORD}")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            export = record["info"]["export"]
            version = int(record["version"])
        except (OSError, ValueError, TypeError, KeyError):
            continue  # not ours: treated as a file that is not a copy
        if isinstance(export, dict):
            yield Copy(path.with_name(path.name.removesuffix(RECORD)), version, export)


def record_of(path: Path) -> Path:
    """Return where the metadata of a copy, or of a container's folder, is."""
    return path.with_name(path.name + RECORD)


def is_of(folder: Path, origin: str) -> bool:
    """Whether a container's folder mirrors the source container that a salted hash stands for."""
    try:
        found = json.loads(record_of(folder).read_text(encoding="utf-8"))["info"]["export"]["origin_id"]
    except (OSError, ValueError, TypeError, KeyError):
        return False
    return bool(origin) and found == origin
