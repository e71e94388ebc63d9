"""Local folders that cannot be written, or are full: one line says so."""

from __future__ import annotations

import errno
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from fw_gear_deid.errors import UsageError
from fw_gear_deid.gear.folders import LEAST, check_output, work_folder
from fw_gear_deid.profile import check_text
from fw_gear_deid.report.page import PageWriter
from fw_gear_deid.report.summary import JsonWriter, Report
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import MANIFEST, GearFolder

NOWHERE = Path("/proc")
"""Nobody can write there, root included."""


def test_an_output_that_cannot_be_written_is_refused(tmp_path):
    check_output(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match=r"output/: cannot be written \(.+\); make room"):
        check_output(NOWHERE / "output")


def test_without_a_work_folder_the_systems_is_used(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    assert work_folder(tmp_path / "output") == tmp_path / "work"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert work_folder(NOWHERE / "output") == tmp_path
    monkeypatch.setattr("tempfile.tempdir", str(NOWHERE))
    with pytest.raises(UsageError, match="work/: neither it nor the system's"):
        work_folder(NOWHERE / "output")


@pytest.fixture
def job(tmp_path):
    """A job over three sidecars whose values, together, need more room than there will be."""
    with open_lab() as lab:
        subject = lab.site.add_container("subject", lab.source["_id"], {"label": "S1"})
        for number in range(3):
            text = json.dumps({"PatientName": f"Canary^{'z' * (LEAST // 2)}", "n": number})
            store(lab.site, subject, f"{number}.json", text.encode())
        made = GearFolder(tmp_path / "v0", {"project_path": "lab/Destination"})
        made.inputs["api-key"] = {"base": "api-key", "key": lab.running.api_key(lab.keys["owner"])}
        made.add_input("deid_profile", "profile.yaml", "json: {fields: [{name: PatientName, remove: true}]}\n")
        made.destination = {"type": "project", "id": lab.source["_id"]}
        yield made


def with_room_for(job, size):
    """Do a job in which no file can be larger than so many bytes, as on a disk that is full."""
    job.write_config()
    return subprocess.run(  # our own command
        [sys.executable, "run.py"],
        cwd=job.path,
        env=MANIFEST["environment"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),  # no threads
    )


def test_a_full_disk_is_told_before_anything_is_done(job):
    ended = with_room_for(job, LEAST // 2)
    assert (ended.returncode, "output/: cannot be written (File too large)" in ended.stderr) == (2, True)


def test_reports_that_do_not_fit_leave_nothing_half_written(tmp_path):
    class Full(JsonWriter):
        def end(self, _tail):
            raise OSError(errno.ENOSPC, "No space left on device")

    profile, _ = check_text("json: {fields: [{name: a, remove: true}]}")
    report = Report([Full(tmp_path / "a.json"), PageWriter(tmp_path / "a.html")], profile, {})
    with pytest.raises(OSError, match="No space left"), report:
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_becomes_full_ends_the_job_with_one_line(job):
    ended = with_room_for(job, LEAST + LEAST // 4)
    assert ended.returncode == 1
    (told,) = (line for line in ended.stderr.splitlines() if line.startswith("The gear stopped"))
    assert "a local file could not be read or written (File too large)" in told
    assert "internal error" not in ended.stderr
    assert "Canary" not in ended.stdout + ended.stderr
    assert [path.name for path in job.output.iterdir() if path.name.startswith(".")] == [], "nothing half-written"
