"""One measurement from patients to scores."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

from benchmarks.privacy.judging import Judge
from benchmarks.privacy.key import KEPT_DATES, asked
from benchmarks.privacy.leaks import Leak, Needles
from benchmarks.privacy.packing import build
from benchmarks.privacy.persons import persons
from benchmarks.privacy.plants import CLEAN, DEVICE, SAFE
from benchmarks.privacy.reporting import Result
from benchmarks.privacy.running import REPORTS, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.privacy.persons import Person

ALL: Final = frozenset({CLEAN, DEVICE, SAFE, KEPT_DATES})
READY: Final = "ps3.15-basic-clean"


def options(profile: str) -> frozenset[str]:
    """Return the options of PS3.15 that a profile's name says; a file is judged as the ready combination."""
    base, *modifiers = profile.split("+")
    return ALL | set(modifiers) if base == READY or not base.startswith("ps3.15") else frozenset(modifiers)


def measure(profile: str, patients: int, folder: Path) -> Result:
    """Make patients, de-identify them, and judge what comes out.

    Args:
        profile: a built-in profile's name, or a file.
        patients: how many.
        folder: an empty one that takes sources, outputs and reports.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom and Pillow, which doubt some of what is put in
        return _measured(profile, persons(patients), folder)


def _measured(profile: str, people: Sequence[Person], folder: Path) -> Result:
    root = folder / "site"
    checks = asked(build(root, people), options(profile))
    outputs = run(profile, root, folder)
    files = {name: output for name, output in outputs.items() if "!" not in name}
    return Result(
        Judge(outputs, root).verdicts(checks),
        list(_leaks(folder, Needles(people))),
        len(files),
        sum(output.content is not None for output in files.values()),
    )


def _leaks(folder: Path, needles: Needles) -> Iterator[Leak]:
    out = folder / "out"
    for path in sorted(out.rglob("*")):
        if path.is_file():
            yield from needles.leaks(path.relative_to(out).as_posix(), path.read_bytes())
    for path in sorted((folder / REPORTS).iterdir()):
        yield from needles.leaks(f"{REPORTS}/{path.name}", path.read_bytes())
    yield from needles.leaks("messages", (folder / "said.txt").read_bytes())
