"""Flywheel's own export gear, with its own SDK, takes the site for tests for a Flywheel site."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.flywheel_site.second_client import SCENARIOS

ROOT = Path(__file__).parents[2]
PYTHON = os.environ.get("FW_DEID_SECOND_CLIENT", "")
REASON = "FW_DEID_SECOND_CLIENT names no Python with fw-gear-deid-export; scripts/second_client.py makes one"


@pytest.mark.skipif(not PYTHON, reason=REASON)
def test_flywheels_export_gear_finds_all_it_asks_for():
    command = [PYTHON, "-m", "tests.flywheel_site.second_client"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603  # our own words
    assert told.stdout.splitlines() == [f"{each.__name__.replace('_', ' ')}: ok" for each in SCENARIOS], told.stdout
    assert told.returncode == 0
