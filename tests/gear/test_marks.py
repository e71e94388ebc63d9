"""The source files of a job on a container get its result, as an input file does."""

import io
import json
import logging
import zipfile

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

from fw_gear_deid.gear import site_run
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import done, on_site
from tests.synthetic import encoded

PROFILE = "json: {fields: [{name: PatientName, remove: true}]}\n"
GOOD, BAD, UNOWNED = "a.json", "bad.json", "notes.txt"


@pytest.fixture
def lab():
    with open_lab() as opened:
        site = opened.site
        subject = site.add_container("subject", opened.source["_id"], {"label": "S1", "code": "S1"})
        session = site.add_container("session", subject["_id"], {"label": "V1"})
        acquisition = site.add_container("acquisition", session["_id"], {"label": "T1"})
        store(site, acquisition, GOOD, b'{"PatientName": "Canary^Zebra"}')
        store(site, acquisition, BAD, b'{"PatientName": "Canary^Zebra"')
        store(site, acquisition, UNOWNED, b"Canary^Zebra")
        yield opened


@pytest.fixture
def job(lab, tmp_path):
    return a_job(lab, tmp_path / "v0")


def a_job(lab, path, **config):
    return on_site(path, lab, PROFILE, **config)


def source(lab, name):
    files = lab.site.files.values()
    return next(
        each for each in files if each.name == name and each.document["parents"]["project"] == lab.source["_id"]
    )


def results(lab):
    """State, tags and whether there is a reason, of each source file."""
    found = {}
    for name in (GOOD, BAD, UNOWNED):
        document = source(lab, name).document
        result = document["info"].get("qc", {}).get("fw-gear-deid", {}).get("deidentification", {})
        found[name] = (result.get("state"), document["tags"], "reason" in result)
    return found


def test_every_file_of_a_container_gets_its_own_result(lab, job):
    job.config["tag"] = "deid"
    assert done(job) == 1
    assert results(lab) == {
        GOOD: ("PASS", ["deid-PASS"], False),
        BAD: ("FAIL", ["deid-FAIL"], True),
        UNOWNED: ("PASS", ["deid-PASS"], True),
    }
    assert "Zebra" not in json.dumps([source(lab, name).document["info"] for name in (GOOD, BAD, UNOWNED)])


def test_without_a_tag_the_result_alone_is_told(lab, job):
    done(job)
    assert results(lab) == {GOOD: ("PASS", [], False), BAD: ("FAIL", [], True), UNOWNED: ("PASS", [], True)}


def test_what_others_wrote_stays_and_what_an_earlier_job_said_goes(lab, tmp_path):
    document = source(lab, BAD).document
    document["tags"] = ["mine", "deid-PASS"]
    document["info"] = {"date": "2024-03-15", "qc": {"other-gear": {"n": 1}}}
    done(a_job(lab, tmp_path / "first", tag="deid"))
    document = source(lab, BAD).document
    assert document["tags"] == ["mine", "deid-FAIL"]
    assert document["info"]["date"] == "2024-03-15"
    assert document["info"]["qc"]["other-gear"] == {"n": 1}
    store(lab.site, lab.site.containers[source(lab, BAD).parent], BAD, b'{"PatientName": "Canary^Zebra"}')
    source(lab, BAD).document["tags"] = ["mine", "deid-FAIL"]
    assert done(a_job(lab, tmp_path / "second", tag="deid")) == 0
    assert results(lab)[BAD] == ("PASS", ["mine", "deid-PASS"], False)


def test_files_that_are_marked_already_cost_no_call(lab, tmp_path):
    lab.site.file(source(lab, BAD).id).deleted = True
    assert done(a_job(lab, tmp_path / "first", tag="deid")) == 0
    lab.site.requests.clear()
    assert done(a_job(lab, tmp_path / "second", tag="deid")) == 0
    writes = {key for key in lab.site.requests if key.startswith(("PATCH /files", "DELETE /files", "GET /files/"))}
    assert writes == set()


def test_a_job_that_may_not_mark_says_so_once_and_goes_on(lab, job, caplog):
    writer = lab.site.add_user("writer@example.org")
    for project, role in ((lab.source, "read-only"), (lab.destination, "read-write")):
        project["permissions"].append({"_id": "writer@example.org", "role_ids": [lab.site.role(role).id]})
    job.inputs["api-key"]["key"] = lab.running.api_key(writer)
    lab.site.file(source(lab, BAD).id).deleted = True
    job.config["tag"] = "deid"
    with caplog.at_level(logging.WARNING, "fw_gear_deid"):
        assert done(job) == 0
    (told,) = [record.message for record in caplog.records if "marked" in record.message]
    assert told.startswith("Not every source file could be marked with its result (info.qc, tag): asked the site")
    assert source(lab, GOOD).document["tags"] == []


def test_a_file_that_is_replaced_meanwhile_gets_no_result_of_its_forerunner(lab, job, monkeypatch):
    real = site_run.Export.run

    def run(export, options, listener):
        def finished(done, outcome):
            if done.name == GOOD:
                store(lab.site, lab.site.containers[done.file.parent], GOOD, b'{"PatientName": "Canary^New"}')
            listener.finished(done, outcome)

        return real(export, options, site_run.Listener(finished, listener.logged, listener.progress))

    monkeypatch.setattr(site_run.Export, "run", run)
    done(job)
    assert results(lab)[GOOD] == (None, [], False)


def test_a_dry_run_marks_nothing(lab, job):
    job.config |= {"tag": "deid", "dry_run": True}
    done(job)
    assert list(results(lab).values()) == [(None, [], False)] * 3


def test_an_input_file_keeps_what_was_written_to_it_while_the_job_ran(lab, job, monkeypatch):
    file = source(lab, GOOD)
    job.add_input("input-file", file.name, file.blobs[-1])
    job.inputs["input-file"]["hierarchy"] = {"type": "acquisition", "id": file.parent}
    job.inputs["input-file"]["object"] = {**file.document, "info": {}, "tags": []}
    job.config["tag"] = "deid"
    real = site_run.choose

    def choose(*arguments):
        document = source(lab, GOOD).document
        document["info"] = {"read": "2024-03-15T09:30:00", "qc": {"other-gear": {"n": 1}}}
        document["tags"] = ["looked at"]
        return real(*arguments)

    monkeypatch.setattr(site_run, "choose", choose)
    assert done(job) == 0
    (marked,) = json.loads((job.output / ".metadata.json").read_text(encoding="utf-8"))["acquisition"]["files"]
    assert marked["tags"] == ["looked at", "deid-PASS"]
    assert (marked["info"]["read"], marked["info"]["qc"]["other-gear"]) == ("2024-03-15T09:30:00", {"n": 1})
    assert marked["info"]["qc"]["fw-gear-deid"]["deidentification"] == {"state": "PASS"}


def test_what_is_to_be_looked_at_is_told_in_the_mark(lab, job):
    capture = Dataset()
    capture.SOPClassUID, capture.SOPInstanceUID, capture.Modality = SecondaryCaptureImageStorage, "1.2.3", "OT"
    capture.PatientName, capture.PatientID, capture.PixelData = "Canary^Zebra", "C1", b"\0\0"
    capture["PixelData"].VR = "OW"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("1.dcm", encoded(capture))
        archive.writestr("2.json", b"{}")
    acquisition = source(lab, GOOD).document["parents"]["acquisition"]
    store(lab.site, lab.site.containers[acquisition], "a.dicom.zip", packed.getvalue())
    job.add_input(
        "deid_profile",
        "profile.yaml",
        f"{PROFILE}dicom: {{fields: [{{name: PatientName, remove: true}}]}}\n",
        "source code",
    )
    assert done(job) == 1
    result = source(lab, "a.dicom.zip").document["info"]["qc"]["fw-gear-deid"]["deidentification"]
    assert result == {"state": "PASS", "gates": {"burned-in": 1}}
