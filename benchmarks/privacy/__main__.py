"""``python -m benchmarks.privacy``: makes patients, de-identifies them, scores what comes out."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.privacy.measuring import READY, measure
from benchmarks.privacy.running import ProductError


def arguments() -> argparse.Namespace:
    """Return the options of this run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.privacy", description=__doc__)
    parser.add_argument("--patients", type=int, default=10, help="how many (default: 10, at most 100)")
    parser.add_argument("--profile", default=READY, help=f"built-in profile or file (default: {READY})")
    parser.add_argument("--details", type=Path, help="write each failed row and each leak to this CSV file")
    parser.add_argument("--keep", type=Path, help="keep sources and outputs in this new folder")
    parser.add_argument(
        "--require", type=float, metavar="PERCENT", help="exit with 1 below this score of all rows, or on any leak"
    )
    return parser.parse_args()


def main() -> int:
    """Measure, print, and return 1 when less came out than is required."""
    options = arguments()
    if options.keep:
        options.keep.mkdir(parents=True)
        return _measured(options, options.keep)
    with tempfile.TemporaryDirectory() as folder:
        return _measured(options, Path(folder))


def _measured(options: argparse.Namespace, folder: Path) -> int:
    result = measure(options.profile, options.patients, folder)
    sys.stdout.write(f"{options.patients} patients, profile {Path(options.profile).name}\n\n{result.text()}")
    if options.details:
        result.write_details(options.details)
    return int(options.require is not None and (result.total.of_all < options.require or bool(result.leaks)))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ProductError as error:
        sys.exit(f"python -m benchmarks.privacy: {error}")
