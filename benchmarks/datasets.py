"""The data sets: what each holds, where it is kept, and what it must cost at most."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent


class Packing(StrEnum):
    """How the objects of a data set lie in its file."""

    DEFLATED = "deflated"
    STORED = "stored"
    PLAIN = "plain"  # one object, no archive


@dataclass(frozen=True, slots=True)
class DataSet:
    """One file that every contender de-identifies.

    Attributes:
        name: what ``--only`` calls it, and what the table shows.
        family: data sets that ``--only`` picks together.
        modality: ``MR`` or ``CT``.
        members: DICOM objects.
        side: rows and columns of a frame; a pixel has two bytes.
        frames: frames of each object; more than one makes an enhanced multi-frame object.
        floors: at most this many times the floor's time; None: no such target.
        peak: peak memory below this many bytes; None: no such target.
    """

    name: str
    family: str
    modality: str
    members: int
    side: int
    frames: int = 1
    packing: Packing = Packing.DEFLATED
    floors: float | None = None
    peak: int | None = None

    @property
    def suffix(self) -> str:
        """``.dcm`` or ``.zip``."""
        return ".dcm" if self.packing is Packing.PLAIN else ".zip"

    def path(self, folder: Path) -> Path:
        """Where the data set is kept; the name changes with the code that makes it."""
        return folder / f"{self.name}-{self.members}x{self.frames}x{self.side}-{generation()}{self.suffix}"


def generation() -> str:
    """Return what stands for the code that makes the data, so that no stale copy is measured."""
    digest = hashlib.sha256()
    for name in ("generating.py", "headers.py"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()[:8]


PEAK: Final = 250 * 1000 * 1000

_MULTI_FRAME: Final = DataSet("large-plain", "large", "CT", 1, 512, frames=1145, packing=Packing.PLAIN, peak=PEAK)

DATA_SETS: Final = (
    DataSet("mr", "mr", "MR", 300, 256, floors=2),
    DataSet("ct", "ct", "CT", 500, 512, floors=2),
    DataSet("small", "small", "MR", 2000, 64, floors=4),
    _MULTI_FRAME,
    replace(_MULTI_FRAME, name="large-stored", packing=Packing.STORED),
    replace(_MULTI_FRAME, name="large-deflated", packing=Packing.DEFLATED),
)
"""1145 frames of 512 x 512 pixels are 600 MB."""

QUICK: Final = 10
"""How many times smaller the data sets of ``--quick`` are."""


def data_sets(families: frozenset[str], *, quick: bool) -> tuple[DataSet, ...]:
    """Return the data sets of some families, full-sized or for a quick look."""
    chosen = (data for data in DATA_SETS if data.family in families)
    if not quick:
        return tuple(chosen)
    return tuple(replace(data, members=-(-data.members // QUICK), frames=-(-data.frames // QUICK)) for data in chosen)
