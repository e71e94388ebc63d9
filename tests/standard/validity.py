"""Whether objects that were valid stay valid: what ``dciodvfy`` says of pydicom's test files before and after.

``python -m tests.standard.validity`` looks at every file under every built-in profile.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path

from pydicom.data import get_testdata_files

from fw_gear_deid.errors import DeidError
from fw_gear_deid.profile import builtin_names
from fw_gear_deid.profile.builtin.ps3_15 import CLEAN, is_standard
from fw_gear_deid.profile.model import NONE
from tests.standard.profiles import PROFILES, copy_of

OTHERS = tuple(name for name in builtin_names() if name != NONE and not is_standard(name))
"""Built-in profiles that are not the standard's; ``none`` copies files as they are."""

NO_DATA_SETS = {
    "SC_rgb_jpeg.dcm": "states its representations wrongly from the start",
    "image_dfl.dcm": "is deflated, which dciodvfy does not read",
    "nested_priv_SQ.dcm": "is read only in part: its tags are out of order for dciodvfy",
}
"""Files that dciodvfy misreads, so that what it finds is no judgement of them."""


@cache
def files() -> dict[str, bytes]:
    """Return the files that can be judged, by name; of those that cannot be read there is no copy."""
    paths = sorted({Path(found) for found in get_testdata_files()})
    return {path.name: path.read_bytes() for path in paths if path.is_file() and path.name not in NO_DATA_SETS}


def errors(data: bytes) -> Counter[str]:
    """Return the errors that dciodvfy finds, without the values that it quotes."""
    with tempfile.NamedTemporaryFile(suffix=".dcm") as file:
        file.write(data)
        file.flush()
        found = subprocess.run(["dciodvfy", "-new", file.name], capture_output=True, check=False)  # noqa: S603, S607  # a program of the tests
    lines = (found.stderr + found.stdout).decode("latin-1").splitlines()
    return Counter(re.sub(r"<[^<>]*>", "<>", line) for line in lines if line.startswith("Error"))


@cache
def errors_of_source(name: str) -> Counter[str]:
    return errors(files()[name])


def new_errors(profile: str, name: str) -> Counter[str] | None:
    """Return the errors that a copy has and its source has not; None where there is no copy."""
    try:
        copy = copy_of(profile, files()[name])
    except DeidError:
        return None
    return errors(copy) - errors_of_source(name)


def main() -> int:
    """Print what is new under each profile."""
    total = 0
    for profile in (*PROFILES, CLEAN, *OTHERS):
        judged = {name: new_errors(profile, name) for name in files()}
        found = {name: new for name, new in judged.items() if new}
        copies = sum(new is not None for new in judged.values())
        sys.stdout.write(f"{profile}: {copies} copies, {len(found)} with new errors\n")
        for name, new in found.items():
            sys.stdout.writelines(f"  {name}: {message}\n" for message in new)
        total += len(found)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
