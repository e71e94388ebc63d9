"""Set up ``.venv``, then check the whole project: style, types, tests.

``python3 scripts/test.py`` runs all; further arguments are handed to pytest
(``python3 scripts/test.py tests/formats -k nifti``).
"""

from __future__ import annotations

import sys
import time
from typing import Final

from environment import prepare, run

CHECKS: Final = (
    ("style", ("ruff", "check")),
    ("layout", ("ruff", "format", "--check")),
    ("types", ("mypy",)),
    ("tests", ("pytest", "-n", "2")),
)


def main() -> int:
    """Run every check, also after one has failed; return 1 if any did."""
    prepare("test")
    failed = []
    for what, command in CHECKS:
        arguments = tuple(sys.argv[1:]) if what == "tests" else ()
        print(f"\n== {what}: {' '.join(command + arguments)}", flush=True)
        start = time.monotonic()
        if run(*command, *arguments):
            failed.append(what)
        print(f"== {what}: {'failed' if what in failed else 'passed'} in {time.monotonic() - start:.0f} s", flush=True)
    if failed:
        print(f"\nFailed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
