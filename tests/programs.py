"""Programs that are not Python packages: found, or a reason to skip (``scripts/system.py`` installs them)."""

import os
import shutil

import pytest


def needed(program):
    """Return a mark that skips a test where a program is missing, but lets it fail where all programs are required."""
    required = os.environ.get("FW_DEID_PROGRAMS") == "required"
    missing = shutil.which(program) is None and not required
    return pytest.mark.skipif(missing, reason=f"{program} is not installed: python3 scripts/system.py")
