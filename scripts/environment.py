"""The virtual environment ``.venv`` in which the scripts of this folder work.

Made with the Python that started the script, from a lock file with hashes. A stamp remembers what was installed,
so that the next run starts at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / ".venv"
BINARIES: Final = FOLDER / ("Scripts" if os.name == "nt" else "bin")
PYTHON: Final = BINARIES / ("python.exe" if os.name == "nt" else "python")
STAMP: Final = FOLDER / "installed.json"
OLDEST: Final = (3, 11)
NEWEST: Final = (3, 13)


def prepare(*locks: str) -> None:
    """Make ``.venv`` hold what the lock files name, and this package; nothing happens when it does already.

    Args:
        locks: names of lock files in ``requirements/``, without ``.txt``.

    Raises:
        SystemExit: this Python is too old or too new, or the packages cannot be installed.
    """
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise SystemExit(stop(f"Python 3.11, 3.12 or 3.13 is needed; this is {sys.version.split()[0]}."))
    files = [ROOT / "requirements" / f"{lock}.txt" for lock in locks]
    wanted = {"python": f"{sys.version} for {ROOT}", **{file.stem: fingerprint(file) for file in files}}
    installed = read_stamp()
    if wanted.items() <= installed.items():
        return
    if installed.get("python") != wanted["python"]:
        installed = {}
        print(f"Making a virtual environment in {FOLDER.name} …", flush=True)
        venv.create(FOLDER, clear=True, with_pip=True)
    print(f"Installing what {' and '.join(f'requirements/{file.name}' for file in files)} lists …", flush=True)
    pip("--require-hashes", *(word for file in files for word in ("--requirement", str(file))))
    pip("--no-build-isolation", "--no-deps", "--editable", str(ROOT))
    STAMP.write_text(json.dumps({**installed, **wanted}, indent=1), encoding="utf-8")


def fingerprint(lock: Path) -> str:
    """Return what changes when an environment made from ``lock`` is out of date."""
    return hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()


def read_stamp() -> dict[str, str]:
    """Return what the environment was made for, by name; nothing when there is none."""
    if not (PYTHON.is_file() and STAMP.is_file()):
        return {}
    installed: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    return installed


def pip(*arguments: str) -> None:
    """Install with the environment's pip.

    Raises:
        SystemExit: it failed; pip has said why.
    """
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:  # noqa: S603  # our own words
        raise SystemExit(stop("The packages could not be installed; pip says why above. Is a package index in reach?"))


def run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> int:
    """Run a command of the environment, its output shown, and return its exit code.

    Args:
        command: a program of the environment by its name (``ruff``), then its arguments.
        cwd: the folder in which it runs.
        env: all its environment variables; this process's own when not given.
    """
    program = str(BINARIES / command[0])
    return subprocess.run([program, *command[1:]], cwd=cwd, env=env, check=False).returncode  # noqa: S603  # our own words


def stop(message: str) -> int:
    """Tell the user why nothing was done, and return the exit code for that: 2."""
    print(message, file=sys.stderr)
    return 2
