from __future__ import annotations

import subprocess
import sys

import pytest

from tests.gear.folder import ROOT

BEGIN = """
import logging, threading, warnings
from flywheel_gear_toolkit import GearToolkitContext
from fw_gear_deid.gear import entry
entry.keep_quiet()
entry.set_up_logging(GearToolkitContext())
"""


def said(code: str, folder) -> tuple[int, str]:
    ended = subprocess.run(  # noqa: S603  # code of this test
        [sys.executable, "-c", BEGIN + code],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError('CANARY')",
        "try:\n    raise KeyError('CANARY')\nexcept KeyError:\n    raise ValueError('CANARY')",
        "def fail(): raise ValueError('CANARY')\nthread = threading.Thread(target=fail); thread.start(); thread.join()",
    ],
)
def test_an_error_nobody_foresaw_is_told_by_kind_and_place_without_its_text(code, tmp_path):
    _, told = said(code, tmp_path)
    assert "internal error ValueError" in told
    assert "in fail" in told or "in <module>" in told
    assert "CANARY" not in told


def test_an_error_nobody_foresaw_ends_the_job_as_failed(tmp_path):
    assert said("raise ValueError('CANARY')", tmp_path)[0] == 1


@pytest.mark.parametrize(
    "code",
    [
        "warnings.warn('CANARY')",
        "logging.getLogger('pydicom').error('CANARY')",
        "logging.getLogger('flywheel_gear_toolkit.context').info('CANARY')",
        "logging.critical('CANARY')",
        "logging.getLogger('fw_gear_deid').info('%d', 'CANARY')",
        "logging.getLogger('fw_gear_deid').debug('CANARY')",
    ],
)
def test_nobody_else_is_heard(code, tmp_path):
    assert said(code, tmp_path) == (0, "")


def test_the_package_is_heard(tmp_path):
    assert "how far" in said("logging.getLogger('fw_gear_deid.engine').info('how far')", tmp_path)[1]


def test_debug_writes_no_log_file_into_the_output(tmp_path):
    (tmp_path / "config.json").write_text('{"config": {"debug": true}}')
    assert "heard" in said("logging.getLogger('fw_gear_deid').debug('heard')", tmp_path)[1]
    assert [path.name for path in tmp_path.rglob("*")] == ["config.json"]
