"""What a job on a site tells and leaves when something on the way is not as it should be."""

import csv
import json
import logging

import pytest

from fw_gear_deid.errors import SiteError
from fw_gear_deid.gear import site_run
from fw_gear_deid.site.client import SiteClient
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import done, on_site
from tests.synthetic import ALICE, mr_series, zip_archive

PROFILE = """\
name: shared
json: {fields: [{name: PatientName, remove: true}]}
"""


@pytest.fixture
def lab():
    with open_lab() as opened:
        for subject_label in ("S1", "S2"):
            subject = opened.site.add_container(
                "subject", opened.source["_id"], {"label": subject_label, "code": subject_label}
            )
            session = opened.site.add_container("session", subject["_id"], {"label": "V1"})
            acquisition = opened.site.add_container("acquisition", session["_id"], {"label": "T1"})
            store(opened.site, acquisition, "side.json", b'{"PatientName": "Canary^Zebra", "n": 1}')
        yield opened


@pytest.fixture
def job(lab, tmp_path):
    return on_site(tmp_path / "v0", lab, PROFILE)


def of_project(lab, project):
    files = [each for each in lab.site.files.values() if each.document["parents"]["project"] == project["_id"]]
    return {each.name for each in files}, [each for each in files if each.name.endswith("side.json")]


def states(job):
    (path,) = job.output.glob("*_export.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return [row["state"] for row in csv.DictReader(file)]


def input_file(job, lab):
    _, (file, _) = of_project(lab, lab.source)
    job.add_input("input-file", file.name, file.blobs[-1])
    job.inputs["input-file"]["hierarchy"] = {"type": "acquisition", "id": file.parent}
    return file


def test_copies_made_before_the_walk_broke_off_are_listed(lab, job, monkeypatch, caplog):
    real = SiteClient.children
    asked = []

    def children(self, parent, kind, *arguments, **options):
        if kind == "session" and parent.parents["project"] == lab.source["_id"]:
            asked.append(parent)
            if len(asked) == 2:
                raise SiteError("asked the site sessions (500): run again", 500)
        return real(self, parent, kind, *arguments, **options)

    monkeypatch.setattr(SiteClient, "children", children)
    with caplog.at_level(logging.ERROR, "fw_gear_deid"):
        assert done(job) == 1
    names, copies = of_project(lab, lab.destination)
    assert len(copies) == 1
    assert states(job) == ["exported"]
    assert "not worked on" in caplog.text
    assert json.loads((job.output / "deid_report.json").read_text())["counts"]["files"]["deidentified"] == 1
    assert any(name.startswith("deid_report") for name in names)


def test_a_report_that_did_not_arrive_is_brought_by_the_next_job(lab, job):
    assert done(job) == 0
    (first, _) = (each for each in lab.site.files.values() if each.name.startswith("deid_report"))
    assert first.name.endswith(".json")
    assert done(job) == 0
    assert len(first.versions) == 1, "one that says 'all skipped' takes no other's place"
    first.deleted = True
    assert done(job) == 0
    (second,) = (each for each in lab.site.files.values() if each.name == first.name and not each.deleted)
    assert json.loads(second.blobs[-1])["counts"]["files"]["skipped"] == 2


def test_a_subject_of_whom_the_site_tells_too_little_is_not_copied(lab, job):
    acquisition = next(each for each in lab.site.containers.values() if each.get("label") == "T1")
    store(lab.site, acquisition, "scan.dicom.zip", b"PK no archive", metadata={"type": "dicom"})
    assert done(job) == 1
    assert sorted(states(job)) == ["exported", "failed", "failed"]
    assert len(of_project(lab, lab.destination)[1]) == 1


def test_a_label_is_judged_by_the_first_image_of_an_archive(lab, job):
    acquisition = next(each for each in lab.site.containers.values() if each.get("label") == "T1")
    acquisition["label"] = f"T1 {ALICE.name.split('^')[0]}"
    series = [("README.txt", b"made by a scanner"), *mr_series(ALICE, 1)]
    store(lab.site, acquisition, "scan.dicom.zip", zip_archive(series), metadata={"type": "dicom"})
    assert done(job) == 1
    assert sorted(states(job)) == ["exported", "failed", "failed"]


def test_two_acquisitions_of_one_label_are_both_copied(lab, job):
    session = next(each for each in lab.site.containers.values() if each.get("label") == "V1")
    again = lab.site.add_container("acquisition", session["_id"], {"label": "T1"})
    store(lab.site, again, "side.json", b'{"PatientName": "Canary^Zebra", "n": 1}')
    assert done(job) == 0
    assert states(job) == ["exported"] * 3
    assert len({file.parent for file in of_project(lab, lab.destination)[1]}) == 3


def test_rows_of_sessions_fill_the_profile_of_a_project(lab, job):
    job.add_input("deid_profile", "profile.yaml", PROFILE.replace("remove: true", "replace-with: '{{ NEW }}'"))
    table = "subject.label,session.label,NEW\nS1,V1,a\nS2,V1,b\n"
    job.add_input("mapping_csv", "mapping.csv", table)
    job.config["session_level_profile"] = True
    assert done(job) == 0
    names, copies = of_project(lab, lab.destination)
    assert [json.loads(copy.blobs[-1])["PatientName"] for copy in copies] == ["a", "b"]
    assert any(name.startswith("deid_report") for name in names)


def test_a_project_without_subjects_is_told_so(lab, job):
    for each in [each for each in lab.site.containers.values() if each["container_type"] == "subject"]:
        lab.site.remove_container(each["_id"])
    job.add_input("deid_profile", "profile.yaml", PROFILE.replace("remove: true", "replace-with: '{{ NEW }}'"))
    job.add_input("mapping_csv", "mapping.csv", "subject.label,NEW\nS1,a\n")
    launched = job.launch()
    assert launched.code == 2
    assert "lies in no subject" in launched.stderr


@pytest.mark.parametrize("change", ["gone", "new version", "new version of the same size"])
def test_an_input_file_that_the_site_no_longer_has_so_is_no_success(lab, job, change):
    file = input_file(job, lab)
    if change == "gone":
        file.deleted = True
    else:
        number = b"2" if "same" in change else b"22"
        data = b'{"PatientName": "Canary^Zebra", "n": %b}' % number
        store(lab.site, lab.site.containers[file.parent], file.name, data)
    launched = job.launch()
    assert launched.code == 2
    assert "choose it again" in launched.stderr
    assert of_project(lab, lab.destination)[1] == []
    marked = json.loads((job.output / ".metadata.json").read_text(encoding="utf-8"))["acquisition"]["files"][0]
    assert marked["info"]["qc"]["fw-gear-deid"]["deidentification"]["state"] == "FAIL"


def test_an_error_nobody_foresaw_leaves_a_mark_without_its_text(lab, job, monkeypatch):
    input_file(job, lab)

    def broken(*_):
        raise RuntimeError("Canary^Zebra")

    monkeypatch.setattr(site_run, "choose", broken)
    with pytest.raises(RuntimeError):
        done(job)
    marked = (job.output / ".metadata.json").read_text(encoding="utf-8")
    assert "internal error" in marked
    assert "Canary" not in marked


def test_a_job_keeps_no_subject_map(job):
    """Neither one that it would begin, nor one in its folder, whose new codes the next job would give again."""
    text = "name: m\nmap-subjects: map.csv\ndicom: {fields: [{name: PatientName, remove: true}]}\n"
    job.add_input("deid_profile", "profile.yaml", text)
    for table in (None, "PatientID,SubjectCode\n1,ex1\n"):
        if table is not None:
            (job.path / "map.csv").write_text(table, encoding="utf-8")
        launched = job.launch()
        assert launched.code == 2
        assert "map-subjects: a job on a site cannot keep a subject map" in launched.stderr
    assert (job.path / "map.csv").read_text(encoding="utf-8") == table
