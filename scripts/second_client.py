"""Set up ``.venv-second-client``: Flywheel's own export gear with its own SDK, which need Python 3.12.

``python3 scripts/second_client.py`` prints the environment's Python, for ``FW_DEID_SECOND_CLIENT``, with which
``tests/flywheel_site/test_second_client.py`` lets that gear judge the site for tests. Where there is no Python 3.12, or
the packages cannot be installed, it says so and prints nothing: the test is skipped.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from environment import ROOT, fingerprint

VERSION: Final = "3.12"
LOCK: Final = ROOT / "requirements" / "second_client.txt"
FOLDER: Final = ROOT / ".venv-second-client"
PYTHON: Final = FOLDER / "bin" / "python"
STAMP: Final = FOLDER / "installed"


def main() -> int:
    """Make the environment if it is not there yet, and print its Python; return 0 also if it cannot be made."""
    if not (STAMP.is_file() and STAMP.read_text(encoding="utf-8") == fingerprint(LOCK)):
        found = wanted_python()
        if found is None:
            print(f"No second client: there is no Python {VERSION}.", file=sys.stderr)
            return 0
        print(f"Installing what requirements/{LOCK.name} lists …", file=sys.stderr, flush=True)
        # Without compiling: few of the modules are ever imported.
        install = (PYTHON, "-m", "pip", "install", "--quiet", "--no-compile", "--require-hashes", "--requirement", LOCK)
        if not (succeeds(found, "-m", "venv", "--clear", FOLDER) and succeeds(*install)):
            print("No second client: its packages cannot be installed.", file=sys.stderr)
            return 0
        STAMP.write_text(fingerprint(LOCK), encoding="utf-8")
    print(PYTHON)
    return 0


def wanted_python() -> str | None:
    """Return a Python of the version that is wanted: this one, one on the path, or one that pyenv keeps."""
    candidates = [sys.executable, shutil.which(f"python{VERSION}")]
    if shutil.which("pyenv") is not None:
        candidates.append(str(Path(answer("pyenv", "prefix", VERSION), "bin", "python")))
    ask = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"
    return next((each for each in candidates if each is not None and answer(each, "-c", ask) == VERSION), None)


def answer(*command: str) -> str:
    """Return what a command prints, ``""`` when it fails or is none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own words
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()


def succeeds(*command: str | Path) -> bool:
    """Run a command, its output shown beside this script's own, and return whether it succeeded."""
    return subprocess.run(command, check=False, stdout=sys.stderr).returncode == 0  # noqa: S603  # our own words


if __name__ == "__main__":
    sys.exit(main())
