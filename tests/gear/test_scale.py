"""``docs/scale.md`` says how often the site is asked; here it is counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import on_site
from tests.site.batches import Engine, add_gear, run_batch
from tests.synthetic import ALICE, mr_series, zip_archive

PAGE = (Path(__file__).parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")
PROFILE = "dicom:\n  fields:\n    - {name: PatientName, replace-with: ANON}\n"
SCAN = zip_archive(mr_series(ALICE, 1))
SLACK = 1.25
"""A page that says so much more than is counted is out of date."""


def stated(what):
    """Return the number that the page's table gives."""
    return float(re.search(rf"^\| {re.escape(what)} \| ([\d.]+) \|", PAGE, re.MULTILINE)[1])


def assert_stated(what, counted):
    assert counted <= stated(what) <= max(SLACK * counted, counted + 1.5), (what, counted)


def fill(lab, acquisitions, session=None):
    """Add acquisitions of one file each to a session, a new one if none is given; return it and them."""
    site = lab.site
    if session is None:
        subject = site.add_container("subject", lab.source["_id"], {"label": "S1", "code": "S1"})
        session = site.add_container("session", subject["_id"], {"label": "V1"})
    made = [site.add_container("acquisition", session["_id"], {"label": f"A{n}"}) for n in range(acquisitions)]
    for each in made:
        store(site, each, "scan.dicom.zip", SCAN, metadata={"type": "dicom"})
    return session, made


def calls(lab, folder, container, file=None, **config):
    """Carry out a job of the gear and return how often it asked the site; storage is not the site."""
    job = on_site(folder, lab, PROFILE, **config)
    job.destination = {"type": container["container_type"], "id": container["_id"]}
    if file:
        job.add_input("input-file", file.name, file.blobs[-1])
        job.inputs["input-file"]["hierarchy"] = job.destination
        job.inputs["input-file"]["object"] = file.document
    lab.site.requests.clear()
    launched = job.launch()
    assert launched.code == 0, launched.stderr
    return lab.site.requests.total() - lab.site.requests["PUT /upload/fs-file"]


def test_a_job_on_a_session(tmp_path):
    few, many, first, again = 2, 10, [], []
    for number in (few, many):
        with open_lab() as lab:
            session, _ = fill(lab, number)
            first.append(calls(lab, tmp_path / f"{number}a", session))
            again.append(calls(lab, tmp_path / f"{number}b", session))
    per_file = (first[1] - first[0]) / (many - few)
    assert_stated("a file of a session", per_file)
    assert_stated("a job on a session, beside its files", first[0] - few * per_file)
    assert_stated("a file of a session that is there already", (again[1] - again[0]) / (many - few))


def test_a_job_on_a_project(tmp_path):
    subjects, sessions, acquisitions = 2, 2, 10
    with open_lab() as lab:
        for number in range(subjects):
            subject = lab.site.add_container("subject", lab.source["_id"], {"label": f"S{number}", "code": f"{number}"})
            for visit in range(sessions):
                fill(lab, acquisitions, lab.site.add_container("session", subject["_id"], {"label": f"V{visit}"}))
        counted = calls(lab, tmp_path / "job", lab.source, tag="deid")
        marked = [each for each in lab.site.files.values() if each.document["tags"] == ["deid-PASS"]]
    files = subjects * sessions * acquisitions
    assert len(marked) == files, "the tags are counted too"
    assert_stated("a file of a project", counted / files)


def test_a_job_on_a_file(tmp_path):
    with open_lab() as lab:
        _, acquisitions = fill(lab, 2)
        files = [lab.site.files_of(each["_id"])[0] for each in acquisitions]
        calls(lab, tmp_path / "first", acquisitions[0], files[0])
        assert_stated("a job on one file", calls(lab, tmp_path / "second", acquisitions[1], files[1]))
        assert_stated(
            "a job on one file that is there already", calls(lab, tmp_path / "again", acquisitions[1], files[1])
        )


@pytest.fixture
def large(monkeypatch, tmp_path):
    with open_lab() as lab:
        add_gear(lab)
        fill(lab, 200)
        lab.site.requests.clear()
        yield lambda *more: (
            run_batch(monkeypatch, lab, tmp_path, "--yes", *more, pause=Engine(lab)),
            lab.site.requests,
        )


def test_the_batch_itself(large):
    code, requests = large("--at-once", "100")
    assert code == 0
    slices = requests["POST /batch/jobs"]
    assert slices == 2
    queueing = requests["POST /batch/{batch_id}/run"] + requests["GET /batch/{batch_id}"] + slices
    assert_stated("a slice of jobs", (queueing + requests["GET /jobs"]) / slices)
