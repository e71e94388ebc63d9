"""Programs that tests run and pip cannot install: Debian packages, installed where that is possible.

``python3 scripts/system.py`` installs what is missing, if this is a Debian system and the user is root; otherwise it
says what is missing. Tests that need a missing program are skipped, unless ``FW_DEID_PROGRAMS=required`` is set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

PACKAGES: Final = {
    "chromium": "chromium",  # opens the pages that the product writes
    "dciodvfy": "dicom3tools",  # says whether an object is a valid one of its SOP class
    "tesseract": "tesseract-ocr",  # reads text in pixels
}
"""Each program, and the Debian package that holds it."""

FONTS: Final = "fonts-dejavu-core"


def main() -> int:
    """Install what is missing; return 0 if all is there then."""
    missing = absent()
    if not missing:
        return 0
    packages = [PACKAGES[program] for program in missing]
    if shutil.which("apt-get") is None or os.geteuid():
        print(f"missing, and not installed: {', '.join(packages)} (needs root on Debian)", file=sys.stderr)
        return 1
    print(f"Installing {', '.join(packages)} …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-qq", "install", "--no-install-recommends", "--yes", FONTS, *packages]
    for step in (["apt-get", "-qq", "update"], command):
        subprocess.run(step, env=quiet, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  # our own words
    return 1 if absent() else 0


def absent() -> list[str]:
    """Return the programs that are not here."""
    return [program for program in PACKAGES if shutil.which(program) is None]


if __name__ == "__main__":
    sys.exit(main())
