"""``fw-deid batch`` and the gear itself: from the queue to the copies."""

from __future__ import annotations

import csv

import pytest

from tests.flywheel_site.engine import JobEngine
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import ROOT
from tests.site.batches import run_batch
from tests.synthetic import ALICE, BJORN, mr_series, zip_archive

PROFILE = b"""\
name: shared
dicom:
  fields:
    - {name: PatientName, replace-with: ANON}
    - {name: PatientID, remove: true}
    - {name: PatientBirthDate, remove: true}
    - {name: AccessionNumber, remove: true}
"""


@pytest.fixture
def lab():
    with open_lab() as opened:
        site = opened.site
        site.install(ROOT)
        store(site, opened.source, "profile.yaml", PROFILE)
        for number, patient in enumerate((ALICE, BJORN)):
            label = f"S{number}"
            subject = site.add_container("subject", opened.source["_id"], {"label": label, "code": label})
            session = site.add_container("session", subject["_id"], {"label": "V1"})
            acquisition = site.add_container("acquisition", session["_id"], {"label": "T1"})
            store(site, acquisition, "scan.dicom.zip", zip_archive(mr_series(patient, 1)), metadata={"type": "dicom"})
        yield opened


@pytest.fixture
def batch(lab, tmp_path, monkeypatch):
    engine = JobEngine(lab.running, tmp_path / "jobs")
    # The profile leaves names in private elements; that copies are searched is tried elsewhere.
    profile = ("--profile", "lab/Source/files/profile.yaml", "--config", "residual_identifiers=ignore")
    return lambda *more: run_batch(
        monkeypatch, lab, tmp_path, "--yes", *profile, *more, pause=lambda _seconds: engine.run_all()
    )


def copies(lab):
    names = ("subject", "session", "acquisition")
    return sorted(
        "/".join([*(lab.site.containers[file.document["parents"][kind]]["label"] for kind in names), file.name])
        for file in lab.site.files.values()
        if file.document["parents"]["project"] == lab.destination["_id"] and file.name == "scan.dicom.zip"
    )


@pytest.mark.parametrize("level", ["session", "acquisition"])
def test_a_project_arrives_and_what_jobs_leave_at_the_source_is_no_new_work(lab, batch, level):
    assert batch("--level", level) == 0
    assert copies(lab) == ["S0/V1/T1/scan.dicom.zip", "S1/V1/T1/scan.dicom.zip"]
    left = [file.name for file in lab.site.files.values() if file.name == "deid_log.csv"]
    assert len(left) == 2
    assert batch("--level", level) == 0
    assert len(lab.site.jobs) == 2


def test_a_file_that_is_withheld_fails_its_job_alone(lab, batch, tmp_path):
    bad = next(each for each in lab.site.containers.values() if each["container_type"] == "acquisition")
    store(lab.site, bad, "broken.dicom.zip", b"PK no archive", metadata={"type": "dicom"})
    assert batch("--retries", "0") == 1
    assert len(copies(lab)) == 2
    with (tmp_path / "batch.csv").open(newline="", encoding="utf-8") as file:
        states = {row["file.name"] + row["subject.label"]: row["state"] for row in csv.DictReader(file)}
    assert states == {"scan.dicom.zipS0": "complete", "scan.dicom.zipS1": "complete", "broken.dicom.zipS0": "failed"}
