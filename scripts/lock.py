"""Write the lock files of ``requirements/`` anew from ``pyproject.toml`` (for developers; needs ``uv``).

``python3 scripts/lock.py`` keeps the versions that are locked; ``--upgrade`` takes the newest allowed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import Final

from environment import ROOT, stop

COMPILE: Final = (
    *("pip", "compile", "--quiet", "--universal", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "python3 scripts/lock.py"),
)
PACKAGE: Final = ("pyproject.toml", "--extra", "pixels", "--extra", "ocr")
OURS, SECOND = ("--python-version", "3.11"), ("--python-version", "3.12")
LOCKS: Final = (
    # The test environment holds everything; the others are parts of it, at the same versions.
    ("requirements/test.txt", (*OURS, *PACKAGE, "--group", "test")),
    ("requirements/runtime.txt", (*OURS, *PACKAGE, "--constraints", "requirements/test.txt")),
    ("requirements/build.txt", (*OURS, "--group", "build", "--constraints", "requirements/test.txt")),
    # An environment apart: scripts/second_client.py.
    ("requirements/second_client.txt", (*SECOND, "--group", "second-client")),
)


def main() -> int:
    """Compile every lock file; return the exit code."""
    uv = shutil.which("uv")
    if uv is None:
        return stop("uv is not installed: python3 -m pip install uv, then run this again.")
    for lock, sources in LOCKS:
        command = [uv, *COMPILE, *sys.argv[1:], *sources, "--output-file", lock]
        subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603  # our own words and the developer's options
        print(f"wrote {lock}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
