"""``python -m benchmarks.scan_cost``: what the scan of copies adds to a run, as a ratio of processor time.

150 MR images of 128 kB, in an archive and as loose files, with ``example_config/profiles/full.yaml``; and a table of
1,000 persons with as many sidecars beside it, of which each names one of them, or none does, with a profile that
removes what tells these persons. In process, with one worker; runs with the scan and without it take turns.
"""

from __future__ import annotations

import argparse
import json
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
from fw_gear_deid.formats.compiling import CompiledProfile, compile_profile, open_profile
from fw_gear_deid.profile import check_text
from tests.synthetic import Patient, mr_series, zip_archive

PROFILE: Final = Path(__file__).parents[1] / "example_config" / "profiles" / "full.yaml"
IMAGES, SIDE = 150, 256
NOWHERE_ELSE: Final = Patient(name="ZEBRAX^BERTHOLDO")
"""A patient of whom nothing is left in the copies, as in most runs: what is found costs a millisecond more."""


PERSONS: Final = 1000
REMOVING: Final = """
version: 1
json:
  fields: [{name: PatientName, remove: true}, {name: PatientID, hash: true}, {name: PatientBirthDate, remove: true}]
tsv:
  fields: [{name: name, remove: true}, {name: patient_id, remove: true}, {name: date_of_birth, remove: true}]
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan_cost", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="pairs of runs (default: 7)")
    rounds = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        for name, (compiled, source) in _sources(Path(folder)).items():
            pairs = [_pair(compiled, source, Path(folder), searched_first=bool(number % 2)) for number in range(rounds)]
            with_scan, without = (min(times) for times in zip(*pairs, strict=True))
            ratio = statistics.median(one / other for one, other in pairs)
            sys.stdout.write(
                f"{name}: {with_scan:.3f} s with the scan, {without:.3f} s without it, "
                f"{with_scan / without:.2f} times as much; median of {rounds} pairs {ratio:.2f}\n"
            )


def _sources(folder: Path) -> dict[str, tuple[CompiledProfile, Path]]:
    members = mr_series(NOWHERE_ELSE, IMAGES, SIDE, SIDE)
    archive, loose = folder / "archive", folder / "loose"
    archive.mkdir()
    loose.mkdir()
    (archive / "series.zip").write_bytes(zip_archive(members))
    for name, data in members:
        (loose / name).write_bytes(data)
    images, texts = open_profile(PROFILE), compile_profile(check_text(REMOVING)[0])
    return {
        "archive": (images, archive),
        "loose files": (images, loose),
        "table, sidecars of its persons": (texts, _table(folder / "named", named=True)),
        "table, sidecars of nobody": (texts, _table(folder / "nameless", named=False)),
    }


def _table(folder: Path, *, named: bool) -> Path:
    """Make a table of persons, and as many sidecars."""
    folder.mkdir()
    rows = ["name\tpatient_id\tdate_of_birth"]
    for number in range(PERSONS):
        letters = "".join("bcdfgklmnr"[int(digit)] for digit in f"{number:03}")
        told = (f"Canary{letters}^Zebra{letters[::-1]}o", f"SYN-{4000000 + 37 * number}", f"{1930 + number % 70}0619")
        rows.append("\t".join(told))
        fields = dict(zip(("PatientName", "PatientID", "PatientBirthDate"), told, strict=True)) if named else {}
        text = json.dumps({**fields, **{f"Parameter{each}": each * 1.5 for each in range(40)}}, indent=1)
        (folder / f"scan{number:04}.json").write_text(text)
    (folder / "participants.tsv").write_text("\n".join(rows) + "\n")
    return folder


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
