"""``python -m benchmarks``: all data sets, all contenders, one table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.datasets import HERE, DataSet, data_sets
from benchmarks.measuring import Contender, RunFailedError, measure, run
from benchmarks.reporting import ENGINE, ENGINE_ALONE, FLOOR, ORACLE, UNSEARCHED, Row, rows, table
from fw_gear_deid.formats.archive.deflating import LEVEL

HEADER: Final = "header"
FAMILIES: Final = ("mr", "ct", "small", "large", HEADER)
CONTENDERS: Final = ("engine", "floor", "oracle")


def _names(known: tuple[str, ...]) -> type[frozenset[str]]:
    def parse(text: str) -> frozenset[str]:
        names = frozenset(text.split(","))
        if unknown := sorted(names.difference(known)):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
        return names

    return parse  # type: ignore[return-value]  # argparse takes any callable


def arguments() -> argparse.Namespace:
    """Return the options of this run."""
    everything, all_contenders = frozenset(FAMILIES), frozenset(CONTENDERS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=_names(FAMILIES), default=everything, help=",".join(FAMILIES))
    parser.add_argument("--contenders", type=_names(CONTENDERS), default=all_contenders, help=",".join(CONTENDERS))
    parser.add_argument("--runs", type=int, default=5, help="counted runs of the engine and the floor (default 5)")
    parser.add_argument("--oracle-runs", type=int, default=1, help="runs of flywheel-migration (default 1)")
    parser.add_argument(
        "--oracle-python",
        default=os.environ.get("FW_DEID_ORACLE_PYTHON", sys.executable),
        help="interpreter that has flywheel-migration (default: $FW_DEID_ORACLE_PYTHON, else this one)",
    )
    parser.add_argument(
        "--engine-python",
        default=sys.executable,
        help="interpreter for fw-deid and the floor, such as one with the run-time dependencies alone (default: this)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(tempfile.gettempdir()) / "fw-deid-benchmarks",
        help="folder that keeps the data sets and takes the outputs (3 GB; default: in the temporary folder)",
    )
    parser.add_argument("--quick", action="store_true", help="data sets of a tenth, for a look in a minute")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    return parser.parse_args()


def contenders(options: argparse.Namespace) -> tuple[Contender, ...]:
    """Return the programs to be measured."""
    profile = str(HERE / "profile.yaml")
    engine = (
        options.engine_python,
        "-m",
        "fw_gear_deid",
        "run",
        profile,
        "{source}",
        "-o",
        "{folder}/out",
        "--quiet",
    )
    scan = ("--residual", "warn")  # copies are searched, and those of the made-up data are written whatever is found
    alone = ("--workers", "1")
    floor = (options.engine_python, "-m", "benchmarks.floor", "{source}", "{folder}", str(LEVEL))
    oracle = (options.oracle_python, str(HERE / "oracle.py"), profile, "{source}", "{folder}")
    runs = options.runs
    known = {
        "engine": (
            Contender(ENGINE, (*engine, *scan, "--workers", "0"), runs),
            Contender(ENGINE_ALONE, (*engine, *scan, *alone), runs),
            Contender(UNSEARCHED, (*engine, "--residual", "ignore", *alone), runs),
        ),
        "floor": (Contender(FLOOR, floor, runs, deidentifies=False),),
        "oracle": (Contender(ORACLE, oracle, options.oracle_runs, warm_up=False),),
    }
    return tuple(contender for name in CONTENDERS if name in options.contenders for contender in known[name])


def _data_set(data: DataSet, options: argparse.Namespace) -> Path:
    """Make a data set in a process of its own, as what it needs would count as the contenders' memory."""
    path = data.path(options.data)
    if not path.exists():
        sys.stderr.write(f"making {path.name}\n")
        quick = ["--quick"] if options.quick else []
        run([sys.executable, "-m", "benchmarks.generating", data.name, str(options.data), *quick])
    return path


def _editor_cost() -> dict[str, float]:
    sys.stderr.write("measuring the cost of a header\n")
    with tempfile.NamedTemporaryFile("r", suffix=".json") as result:
        run([sys.executable, "-m", "benchmarks.editor_cost", result.name])
        cost: dict[str, float] = json.load(result)
    return cost


def main() -> int:
    """Measure, print, and return 1 when a contender failed."""
    options = arguments()
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    sys.stdout.write(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n\n")
    found: list[Row] = []
    programs = contenders(options)
    for data in data_sets(options.only, quick=options.quick):
        source = _data_set(data, options)
        sys.stderr.write(f"measuring {data.name}\n")
        found += rows(data, measure(programs, source, data.members, options.data))
    if found:
        sys.stdout.write(table(found) + "\n\n")
    cost = _editor_cost() if HEADER in options.only and "engine" in options.contenders else {}
    if cost:
        sys.stdout.write(
            f"One header of about 150 elements with recursion, in process: {cost['editor']:.0f} µs by the editor, "
            f"{cost['pydicom']:.0f} µs by a read-modify-write through pydicom, "
            f"{cost['pydicom'] / cost['editor']:.1f} times as much.\n"
            f"Under ps3.15-basic {cost['ps3.15-basic']:.0f} µs, under ps3.15-basic-clean "
            f"{cost['ps3.15-basic-clean']:.0f} µs; to open the latter takes {cost['opening']:.0f} ms, once.\n"
        )
    if options.json:
        options.json.write_text(json.dumps({"rows": [row.figures() for row in found], "header": cost}, indent=2) + "\n")
    return int(any(row.failure for row in found))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RunFailedError as error:
        sys.exit(f"python -m benchmarks: {error}")
