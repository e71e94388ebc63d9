"""Runs of whole processes: how long each took, and how much memory it held at its peak."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

KIB: Final = 1024 if sys.platform != "darwin" else 1
"""``ru_maxrss`` counts kibibytes on Linux and bytes on macOS."""

BYTECODE: Final = "bytecode"
"""Folder of compiled modules, beside the data sets."""

CANARY: Final = b"CANARY"
"""In every name and identifier of the sources."""
CHECKED: Final = 1 << 16
"""How much of an object is searched for it: all that comes before the pixels."""


class RunFailedError(Exception):
    """A contender ended with an error, or its output is not what it should be."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that is measured.

    Attributes:
        name: what the table shows.
        command: program and arguments; ``{source}`` and ``{folder}`` stand for the data set and the output folder.
        rounds: how often it is measured; 0 leaves it out.
        warm_up: whether one more run comes first and is not counted.
        deidentifies: whether its output must be free of the canary.
    """

    name: str
    command: tuple[str, ...]
    rounds: int
    warm_up: bool = True
    deidentifies: bool = True


@dataclass(slots=True)
class Measured:
    """What a contender took for one data set.

    Attributes:
        runs: seconds of each counted run.
        processor: seconds that each counted run kept processors busy; they tell how much a busy machine falsified.
        peak: the largest resident memory of any run, in bytes.
        failure: why there is no result; empty when there is one.
    """

    runs: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: int = 0
    failure: str = ""

    @property
    def seconds(self) -> float:
        """The median of the runs; not a number when none succeeded."""
        return statistics.median(self.runs) if self.runs and not self.failure else float("nan")

    @property
    def processor_seconds(self) -> float:
        """The median of the processor times; not a number when no run succeeded."""
        return statistics.median(self.processor) if self.processor and not self.failure else float("nan")


def measure(contenders: Sequence[Contender], source: Path, members: int, scratch: Path) -> dict[str, Measured]:
    """Run contenders in turn, A B C A B C, so that the machine's drift falls on all of them alike."""
    measured = {contender.name: Measured() for contender in contenders}
    for contender in contenders:
        if contender.warm_up and contender.rounds:
            _run(contender, (source, members, scratch), Measured(), measured[contender.name])
    for number in range(max((contender.rounds for contender in contenders), default=0)):
        for contender in contenders:
            result = measured[contender.name]
            if number < contender.rounds and not result.failure:
                _run(contender, (source, members, scratch), result, result)
    return measured


def _run(contender: Contender, task: tuple[Path, int, Path], counted: Measured, verdict: Measured) -> None:
    source, members, scratch = task
    folder = Path(tempfile.mkdtemp(dir=scratch))
    try:
        command = [part.format(source=source, folder=folder) for part in contender.command]
        cost = run(command, scratch / BYTECODE if contender.warm_up else None)
        if contender.deidentifies:
            check(folder, members)
        counted.runs.append(cost.seconds)
        counted.processor.append(cost.processor)
        counted.peak = max(counted.peak, cost.peak)
    except RunFailedError as error:
        verdict.failure = str(error)
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took.

    Attributes:
        seconds: from start to end.
        processor: seconds that it kept processors busy, all threads together.
        peak: the largest resident memory, in bytes.
    """

    seconds: float
    processor: float
    peak: int


def run(command: Sequence[str], bytecode: Path | None = None) -> Cost:
    """Run a program from the repository's root.

    The caller must be small: what it holds counts for a moment as the program's.

    Args:
        command: the program and its arguments.
        bytecode: folder that keeps compiled modules, so that a checkout starts as fast as an installed package does;
            None: the interpreter's own places.

    Raises:
        RunFailedError: it ended with an error.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if bytecode is not None:
        environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    root = Path(__file__).parent.parent
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        # The programs are this project's, or an interpreter that the user names.
        process = subprocess.Popen(  # noqa: S603
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise RunFailedError(f"exit code {process.returncode}: {lines[-1] if lines else 'no message'}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * KIB)


def check(folder: Path, members: int) -> None:
    """Check that an output holds all its objects, and that the first and the last are de-identified.

    Raises:
        RunFailedError: it does not.
    """
    objects = sorted(folder.rglob("*.dcm"))
    archives = sorted(folder.rglob("*.zip"))
    if len(archives) == 1 and not objects:
        with zipfile.ZipFile(archives[0]) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            heads = []
            for entry in (entries[0], entries[-1]) if entries else ():
                with archive.open(entry) as member:
                    heads.append(member.read(CHECKED))
        count = len(entries)
    else:
        heads, count = [_head(path) for path in objects], len(objects)
    if count != members:
        raise RunFailedError(f"{count} of {members} objects came out")
    if any(CANARY in head or b"DICM" not in head for head in heads):
        raise RunFailedError("the output is not de-identified")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(CHECKED)
