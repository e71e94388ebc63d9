"""``python -m benchmarks.scan_cost``: what the scan of copies adds to a run, as a ratio of processor time.

150 MR images of 128 kB, in an archive and as loose files, with ``example_config/profiles/full.yaml``, in process, with
one worker. Runs with the scan and without it take turns.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from time import process_time
from typing import Final

from fw_gear_deid.engine.base import Listener, RunOptions
from fw_gear_deid.engine.folder import FolderDestination
from fw_gear_deid.engine.removals import Removals
from fw_gear_deid.engine.residuals import FAIL, IGNORE
from fw_gear_deid.engine.runs import run
from fw_gear_deid.engine.sources import walk
from fw_gear_deid.engine.subjects.attribution import attributed
from fw_gear_deid.formats.compiling import CompiledProfile, open_profile
from tests.synthetic import Patient, mr_series, zip_archive

PROFILE: Final = Path(__file__).parents[1] / "example_config" / "profiles" / "full.yaml"
IMAGES, SIDE = 150, 256
NOWHERE_ELSE: Final = Patient(name="ZEBRAX^BERTHOLDO")
"""A patient of whom nothing is left in the copies, as in most runs: what is found costs a millisecond more."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan_cost", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="pairs of runs (default: 7)")
    rounds = parser.parse_args().runs
    compiled = open_profile(PROFILE)
    with tempfile.TemporaryDirectory() as folder:
        for name, source in _sources(Path(folder)).items():
            pairs = [_pair(compiled, source, Path(folder), searched_first=bool(number % 2)) for number in range(rounds)]
            with_scan, without = (min(times) for times in zip(*pairs, strict=True))
            ratio = statistics.median(one / other for one, other in pairs)
            sys.stdout.write(
                f"{name}: {with_scan:.3f} s with the scan, {without:.3f} s without it, "
                f"{with_scan / without:.2f} times as much; median of {rounds} pairs {ratio:.2f}\n"
            )


def _sources(folder: Path) -> dict[str, Path]:
    members = mr_series(NOWHERE_ELSE, IMAGES, SIDE, SIDE)
    archive, loose = folder / "archive", folder / "loose"
    archive.mkdir()
    loose.mkdir()
    (archive / "series.zip").write_bytes(zip_archive(members))
    for name, data in members:
        (loose / name).write_bytes(data)
    return {"archive": archive, "loose files": loose}


def _pair(compiled: CompiledProfile, source: Path, folder: Path, *, searched_first: bool) -> tuple[float, float]:
    """Return the processor time of a run with the scan, and of one without it, in seconds."""
    order = (FAIL, IGNORE) if searched_first else (IGNORE, FAIL)
    times = {policy: _time(compiled, source, folder, policy) for policy in order}
    return times[FAIL], times[IGNORE]


def _time(compiled: CompiledProfile, source: Path, folder: Path, policy: str) -> float:
    with tempfile.TemporaryDirectory(dir=folder) as out:
        begin = process_time()
        sources = list(walk([source]))
        if policy == FAIL:
            sources = attributed(sources, Removals.of(compiled.profile)).sources
        with FolderDestination(Path(out)) as destination:
            totals = run(compiled, sources, destination, RunOptions(workers=1, residual=policy), Listener())
        taken = process_time() - begin
    if set(totals.counts) != {"deidentified"}:
        sys.exit(f"python -m benchmarks.scan_cost: copies are missing: {dict(totals.counts)}")
    return taken


if __name__ == "__main__":
    main()
