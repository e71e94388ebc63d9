"""The gear on a site: run.py as the platform starts it, the real SDK, and the site in memory."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import hmac
import io
import json
import os
import signal
import time
import zipfile
from dataclasses import replace

import pydicom
import pytest

from fw_gear_deid.actions.subjects import pseudonym, shift
from fw_gear_deid.site.lineage import origin_id
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import GearFolder, on_site
from tests.synthetic import ALICE, BJORN, mr_series, zip_archive

PROFILE = """\
name: shared
dicom:
  date-increment: -10
  fields:
    - {name: PatientName, replace-with: ANON}
    - {name: PatientID, remove: true}
    - {name: PatientBirthDate, remove: true}
    - {name: AccessionNumber, remove: true}
    - {name: StudyDate, increment-date: true}
json:
  fields: [{name: PatientName, remove: true}]
flywheel:
  subject: {fields: [{name: label, hash: true}, {name: sex, keep: true}]}
  file: {fields: [{name: modality, keep: true}]}
"""
HASHED = "9eb4e1c4f8f6a0c2"


@pytest.fixture
def lab():
    with open_lab() as opened:
        site = opened.site
        for patient, label in ((ALICE, "Alice Example"), (BJORN, "S2")):
            subject = site.add_container(
                "subject", opened.source["_id"], {"label": label, "code": label, "sex": "female", "lastname": "Example"}
            )
            session = site.add_container("session", subject["_id"], {"label": "V1" if patient is ALICE else "V2"})
            for number, name in enumerate(("T1", "T2")):
                acquisition = site.add_container("acquisition", session["_id"], {"label": name})
                store(
                    site,
                    acquisition,
                    "scan.dicom.zip",
                    zip_archive(mr_series(patient, 2)),
                    metadata={"modality": "MR"},
                )
                if number:
                    store(site, acquisition, "side.json", json.dumps({"PatientName": patient.name, "n": 1}).encode())
        yield opened


@pytest.fixture
def job(lab, tmp_path):
    return on_site(tmp_path / "v0", lab, PROFILE)


def container(lab, kind, label):
    return next(
        each for each in lab.site.containers.values() if (each["container_type"], each.get("label")) == (kind, label)
    )


def started_on(job, lab, kind, label):
    job.destination = {"type": kind, "id": container(lab, kind, label)["_id"]}
    return job.launch()


def given(job, lab, file):
    """Choose a file of the site as the input file, as the platform lays it out."""
    job.add_input("input-file", file.name, file.blobs[-1])
    parent = lab.site.containers[file.parent]
    job.inputs["input-file"]["hierarchy"] = {"type": parent["container_type"], "id": file.parent}
    job.inputs["input-file"]["object"] = file.document
    return job


def exported(lab):
    there = {}
    for file in lab.site.files.values():
        parents = file.document["parents"]
        if parents["project"] == lab.destination["_id"] and not file.name.startswith("deid_report"):
            kinds = ("subject", "session", "acquisition")
            labels = [lab.site.containers[parents[kind]]["label"] for kind in kinds if kind in parents]
            there["/".join([*labels, file.name])] = file
    return there


def rows(job):
    (path,) = job.output.glob("*_export.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_project_is_copied_whole(lab, job):
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 0, launched.stderr
    there = exported(lab)
    assert len(there) == 6
    assert len({path.split("/")[0] for path in there}) == 2
    for path, file in there.items():
        if path.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(file.blobs[-1])) as archive:
                for name in archive.namelist():
                    assert pydicom.dcmread(io.BytesIO(archive.read(name))).PatientName == "ANON"
    assert {row["state"] for row in rows(job)} == {"exported"}
    assert [file.document["info"]["export"]["gear"] for file in there.values()] == ["fw-gear-deid"] * 6


def test_nothing_that_identifies_reaches_the_destination_or_the_log(lab, job):
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 0
    there = [
        lab.site.containers[key]
        for key in lab.site.containers
        if lab.destination["_id"] in lab.site.containers[key]["parents"].values()
    ]
    told = json.dumps(there) + json.dumps([file.document["info"] for file in exported(lab).values()])
    told += launched.stdout + launched.stderr + (job.output / "deid_report.json").read_text(encoding="utf-8")
    told += (job.output / "deid_report.html").read_text(encoding="utf-8")
    for word in ("Alice", "Example", ALICE.name, BJORN.name, ALICE.patient_id, BJORN.patient_id):
        assert word not in told, word


def test_a_second_job_does_nothing_again(lab, job, tmp_path):
    started_on(job, lab, "project", "Source")
    before = {path: len(file.versions) for path, file in exported(lab).items()}
    again = GearFolder(tmp_path / "again", job.config, job.inputs)
    launched = started_on(again, lab, "project", "Source")
    assert launched.code == 0
    assert {row["state"] for row in rows(again)} == {"skipped"}
    assert {path: len(file.versions) for path, file in exported(lab).items()} == before


def test_what_an_earlier_job_left_at_the_source_is_no_source(lab, job):
    """The log of values lies in the session that the job was started on, and a section for tables would take it."""
    session = container(lab, "session", "V2")
    made = f"session-{session['_id']}_export.csv"
    for name in ("deid_log.csv", made, "deid_report.json", "deid_report.html", "results_export.csv"):
        store(lab.site, session, name, f"PatientName\n{BJORN.name}\n".encode())
    job.add_input("deid_profile", "profile.yaml", PROFILE + "csv: {fields: [{name: other, remove: true}]}\n")
    assert started_on(job, lab, "session", "V2").code == 0
    names = {path.rpartition("/")[2] for path in exported(lab)}
    assert names & {"deid_log.csv", made, "results_export.csv"} == {"results_export.csv"}
    assert {row["origin_filename"] for row in rows(job)} == {"scan.dicom.zip", "side.json", "results_export.csv"}


def test_a_subject_that_gets_another_label_is_not_called_by_the_old_one_elsewhere(lab, job):
    container(lab, "subject", "S2")["label"] = "STUDY-0042"
    store(lab.site, container(lab, "session", "V2"), "study_0042.json", b'{"n": 1}')
    launched = started_on(job, lab, "subject", "STUDY-0042")
    assert launched.code == 1
    assert [row["origin_filename"] for row in rows(job) if row["state"] == "failed"] == ["study_0042.json"]
    container(lab, "session", "V2")["label"] = "STUDY-0042 visit 2"
    launched = started_on(job, lab, "subject", "STUDY-0042")
    assert {row["state"] for row in rows(job)} == {"failed"}
    assert "label of a session of the subject" in launched.stdout + launched.stderr
    assert "0042" not in launched.stdout + launched.stderr


@pytest.mark.parametrize("entry", ["scan", {"base": "file", "hierarchy": {"id": ""}, "location": {"path": "scan"}}])
def test_an_input_file_of_another_shape_is_refused(job, entry):
    job.inputs["input-file"] = entry
    launched = job.launch()
    assert (launched.code, "internal error" in launched.stderr) == (2, False)
    assert "input-file" in launched.stderr


@pytest.mark.parametrize(("name", "maker"), [("deid_log.csv", {}), ("values.csv", {"name": "fw-gear-deid"})])
def test_the_log_of_values_cannot_be_chosen_as_input_file(lab, job, name, maker):
    """A gear rule for tables meets it as soon as the job before has left it there."""
    log = store(
        lab.site, container(lab, "acquisition", "T1"), name, f"type,PatientName\nbefore,{ALICE.name}\n".encode()
    )
    log.document["gear_info"] = maker
    job.add_input("deid_profile", "profile.yaml", PROFILE + "csv: {fields: [{name: other, remove: true}]}\n")
    launched = given(job, lab, log).launch()
    assert (launched.code, "was written by this gear" in launched.stderr) == (2, True)
    assert exported(lab) == {}


def test_a_copy_that_the_gear_made_can_be_copied_further(lab, job):
    """The platform may say of what a job uploads that its gear made it."""
    file = store(lab.site, container(lab, "acquisition", "T1"), "copy.json", b'{"n": 1}')
    file.document.update(gear_info={"name": "fw-gear-deid"}, info={"export": {"origin_id": "0" * 64}})
    assert started_on(job, lab, "acquisition", "T1").code == 0
    assert "copy.json" in {path.rpartition("/")[2] for path in exported(lab)}


def test_a_project_that_flywheels_gear_exported_is_continued(lab, job, tmp_path):
    started_on(job, lab, "project", "Source")
    for copy in exported(
        lab
    ).values():  # as that gear leaves it: called by the id of the version, and nothing else told
        originals = [
            file for file in lab.site.files.values() if file.document["parents"]["project"] == lab.source["_id"]
        ]
        known = {origin_id(file.id, lab.source["_id"]): file.document["_id"] for file in originals}
        export = copy.document["info"]["export"]
        copy.document["info"]["export"] = {"origin_id": origin_id(known[export["origin_id"]], lab.source["_id"])}
    launched = started_on(GearFolder(tmp_path / "again", job.config, job.inputs), lab, "project", "Source")
    assert launched.code == 0, launched.stderr
    assert [len(file.versions) for file in exported(lab).values()] == [2] * 6


def test_one_file_goes_to_the_container_that_mirrors_its_own(lab, job):
    file = next(each for each in lab.site.files.values() if each.name.endswith(".zip"))
    job.config["tag"] = "deid"
    launched = given(job, lab, file).launch()
    assert launched.code == 0, launched.stderr
    (path,) = exported(lab)
    assert path.endswith(f"/V1/T1/{file.name}")
    metadata = json.loads((job.output / ".metadata.json").read_text(encoding="utf-8"))
    (marked,) = metadata["acquisition"]["files"]
    assert (marked["name"], marked["tags"]) == (file.name, ["deid-PASS"])
    assert marked["info"]["qc"]["fw-gear-deid"]["deidentification"] == {"state": "PASS", "gates": {"face": 2}}
    reports = [each for each in lab.site.files.values() if each.name.startswith("deid_report")]
    assert [lab.site.containers[each.parent]["label"] for each in reports] == ["T1", "T1"]
    assert lab.site.requests["GET /{plural}/{cid}/files/{name}"] == 0, "the input file is not downloaded again"


def test_a_job_that_is_refused_marks_its_file_too(lab, job):
    file = next(each for each in lab.site.files.values() if each.name.endswith(".zip"))
    job.config |= {"tag": "deid", "project_path": "no path"}
    assert given(job, lab, file).launch().code == 2
    (marked,) = json.loads((job.output / ".metadata.json").read_text(encoding="utf-8"))["acquisition"]["files"]
    assert (marked["name"], marked["tags"]) == (file.name, ["deid-FAIL"])
    result = marked["info"]["qc"]["fw-gear-deid"]["deidentification"]
    assert (result["state"], "project_path" in result["reason"]) == ("FAIL", True)


def test_a_label_that_tells_the_name_stops_that_subject_alone(lab, job):
    job.add_input("deid_profile", "profile.yaml", PROFILE.replace("{name: label, hash: true}, ", ""), "source code")
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 1
    assert {path.split("/")[0] for path in exported(lab)} == {"S2"}
    failed = [row for row in rows(job) if row["state"] == "failed"]
    assert len(failed) == 3
    assert all("label of the subject holds" in row["reason"] for row in failed)


@pytest.mark.parametrize("start", ["Source", "S2", "V3"])
def test_the_number_of_any_examination_is_kept_out_of_labels(lab, job, start):
    """An accession number is a session's own: the subject's first scan does not tell it."""
    patient = replace(BJORN, accession_number="ACC7777777")
    session = lab.site.add_container("session", container(lab, "subject", "S2")["_id"], {"label": "V3"})
    for label in ("T5", "visit ACC-7777777"):
        acquisition = lab.site.add_container("acquisition", session["_id"], {"label": label})
        store(lab.site, acquisition, "scan.dicom.zip", zip_archive(mr_series(patient, 1)), metadata={"type": "dicom"})
    kind = {"Source": "project", "S2": "subject", "V3": "session"}[start]
    launched = started_on(job, lab, kind, start)
    assert launched.code == 1
    failed = [row["reason"] for row in rows(job) if row["state"] == "failed"]
    assert len(failed) == {"Source": 5, "S2": 5, "V3": 2}[start], (
        "all of the subject, or of the session that is exported"
    )
    assert all("label of an acquisition of the subject" in reason for reason in failed)
    assert len(exported(lab)) == {"Source": 3, "S2": 0, "V3": 0}[start], "of the other subject"
    assert "7777777" not in launched.stdout + launched.stderr + json.dumps(failed)
    assert len(lab.site.children(lab.destination["_id"], "subject")) == (start == "Source"), "nothing was begun"


def test_a_label_stops_the_subject_also_where_sessions_have_profiles_of_their_own(lab, job):
    """The label is in the second session; the first one would be copied before it is looked at."""
    container(lab, "session", "V2")["label"] = f"V2 {BJORN.patient_id}"
    first = lab.site.add_container("session", container(lab, "subject", "S2")["_id"], {"label": "A1"})
    store(lab.site, first, "side.json", b'{"n": 1}')
    job.add_input("deid_profile", "profile.yaml", PROFILE.replace("-10", "{{ SHIFT }}"), "source code")
    rows_of = [("Alice Example", "V1"), ("S2", f"V2 {BJORN.patient_id}"), ("S2", "A1")]
    table = "subject.label,session.label,SHIFT\n" + "".join(f"{subject},{session},-5\n" for subject, session in rows_of)
    job.add_input("mapping_csv", "mapping.csv", table)
    job.config["session_level_profile"] = True
    assert started_on(job, lab, "project", "Source").code == 1
    assert sum("label of a session of the subject" in row["reason"] for row in rows(job)) == 4
    assert len(lab.site.children(lab.destination["_id"], "subject")) == 1


@pytest.mark.parametrize("name", ["notes of Examplé.json", f"{BJORN.patient_id}.json"])
def test_a_file_of_the_project_is_not_called_by_what_identifies_any_subject(lab, job, name):
    """Examplé is in the metadata of a subject on the site, the number in a DICOM file alone."""
    store(lab.site, lab.source, name, b'{"n": 1}')
    store(lab.site, lab.source, "protocol.json", b'{"n": 1}')
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 1
    assert [row["origin_filename"] for row in rows(job) if row["state"] == "failed"] == [name]
    assert "protocol.json" in exported(lab)
    assert len(exported(lab)) == 7
    assert name not in launched.stdout + launched.stderr


def test_a_file_of_the_project_that_is_chosen_is_not_called_by_a_subjects_name(lab, job):
    file = store(lab.site, lab.source, "example.json", b'{"n": 1}')
    assert given(job, lab, file).launch().code == 1
    assert exported(lab) == {}
    assert given(job, lab, store(lab.site, lab.source, "protocol.json", b'{"n": 1}')).launch().code == 0
    assert list(exported(lab)) == ["protocol.json"]


def test_the_mapping_gives_each_subject_its_own_values(lab, job):
    profile = PROFILE.replace("date-increment: -10", "date-increment: {{ SHIFT }}").replace(
        "hash: true}, {name: sex", "replace-with: '{{ NEW }}'}, {name: sex"
    )
    job.add_input("deid_profile", "profile.yaml", profile, "source code")
    job.add_input("mapping_csv", "mapping.csv", "subject.label,SHIFT,NEW\nAlice Example,-5,001\nS2,-6,002\n")
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 0, launched.stderr
    assert {path.split("/")[0] for path in exported(lab)} == {"001", "002"}


def test_a_subject_without_a_row_is_told_before_anything_is_written(lab, job):
    job.add_input("deid_profile", "profile.yaml", PROFILE.replace("-10", "{{ SHIFT }}"), "source code")
    job.add_input("mapping_csv", "mapping.csv", "subject.label,SHIFT\nS2,-6\n")
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 2
    assert "there is no row for this subject" in launched.stderr
    assert exported(lab) == {}


def test_the_mapping_may_have_a_row_for_each_session(lab, job):
    """Files of a subject itself belong to no session, as those of a project belong to no subject."""
    store(lab.site, container(lab, "subject", "S2"), "notes.json", b'{"n": 1}')
    profile = PROFILE.replace("date-increment: -10", "date-increment: {{ SHIFT }}").replace(
        "flywheel:", "flywheel:\n  session: {fields: [{name: label, replace-with: '{{ NEW }}'}]}"
    )
    job.add_input("deid_profile", "profile.yaml", profile, "source code")
    table = "subject.label,session.label,SHIFT,NEW\nAlice Example,V1,-5,first\nS2,V2,-6,second\n"
    job.add_input("mapping_csv", "mapping.csv", table)
    job.config["session_level_profile"] = True
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 1, launched.stderr
    assert [row["origin_filename"] for row in rows(job) if row["state"] == "failed"] == ["notes.json"]
    assert {path.split("/")[1] for path in exported(lab)} == {"first", "second"}
    assert len(exported(lab)) == 6
    reports = [file for file in lab.site.files.values() if file.name.startswith("deid_report")]
    assert [report.parent for report in reports] == [lab.destination["_id"]] * 2
    assert [report.name.rpartition(".")[2] for report in reports] == ["json", "html"]


def test_a_session_without_a_row_is_told_before_anything_is_written(lab, job):
    job.add_input("deid_profile", "profile.yaml", PROFILE.replace("-10", "{{ SHIFT }}"), "source code")
    job.add_input("mapping_csv", "mapping.csv", "subject.label,session.label,SHIFT\nS2,V2,-6\n")
    job.config["session_level_profile"] = True
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 2
    assert "there is no row for this subject and session" in launched.stderr
    assert exported(lab) == {}


def test_the_projects_own_profile_is_used_without_an_input(lab, job):
    del job.inputs["deid_profile"]
    lab.site.settings["lab"] = {
        "deid_profile": {"name": "g", "json": {"fields": [{"name": "PatientName", "remove": True}]}}
    }
    launched = started_on(job, lab, "session", "V2")
    assert "profile of the group" in launched.stdout + launched.stderr
    assert sorted(row["state"] for row in rows(job)) == ["exported", "withheld", "withheld"]
    report = json.loads((job.output / "deid_report.json").read_text(encoding="utf-8"))
    assert report["profile"]["level"] == "group"
    assert report["profile"]["sha256"] in launched.stdout + launched.stderr


def test_a_file_that_is_called_by_a_name_is_not_copied_under_it(lab, job):
    acquisition = container(lab, "acquisition", "T1")
    store(lab.site, acquisition, "canary_alice.json", b'{"n": 1}')
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 1
    assert [row["origin_filename"] for row in rows(job) if row["state"] == "failed"] == ["canary_alice.json"]
    assert len(exported(lab)) == 6


def test_a_file_of_the_project_has_no_row_in_the_mapping(lab, job):
    store(lab.site, lab.source, "notes.json", b'{"n": 1}')
    job.add_input("deid_profile", "profile.yaml", PROFILE.replace("-10", "{{ SHIFT }}"), "source code")
    job.add_input("mapping_csv", "mapping.csv", "subject.label,SHIFT\nAlice Example,-5\nS2,-6\n")
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 1
    assert [row["origin_filename"] for row in rows(job) if row["state"] == "failed"] == ["notes.json"]
    assert len(exported(lab)) == 6


@pytest.mark.parametrize(
    ("who", "words"),
    [("reader", "may not create subjects"), ("rule", "destination-key"), ("nobody", "API key is not valid")],
)
def test_what_is_missing_is_told_before_data_is_read(lab, job, who, words):
    job.inputs["api-key"]["key"] = lab.running.api_key(lab.keys.get(who, who))
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 2
    assert words in launched.stderr
    assert exported(lab) == {}
    asked_for_leave = who == "rule"  # for a ticket, with which nothing was downloaded
    assert lab.site.requests["GET /{plural}/{cid}/files/{name}"] == asked_for_leave


def test_a_rules_job_writes_by_the_destination_key(lab, job):
    secret = lab.site.add_user("writer@example.org")
    lab.destination["permissions"].append({"_id": "writer@example.org", "role_ids": [lab.site.role("read-write").id]})
    job.inputs["api-key"]["key"] = lab.running.api_key(lab.keys["rule"])
    key = lab.running.api_key(secret)
    job.add_input("destination-key", "key.txt", key + "\n", "text")
    launched = started_on(job, lab, "session", "V1")
    assert launched.code == 0, launched.stderr
    assert len(exported(lab)) == 3
    told = (
        launched.stdout + launched.stderr + "".join(path.read_text(encoding="utf-8") for path in job.output.glob("*.*"))
    )
    assert secret not in told


def named_in(copy):
    """Return the subjects that a copy names: a sidecar, or the objects of an archive."""
    if copy.startswith(b"{"):
        return {json.loads(copy)["PatientName"]}
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        return {pydicom.dcmread(io.BytesIO(archive.read(name))).PatientID for name in archive.namelist()}


def test_a_profile_without_a_key_gets_it_from_the_site_and_names_subjects_by_it(lab, job):
    secret = "5a" * 16
    profile = "name: p\ndicom: {fields: [{name: PatientID, pseudonym: true}, {name: PatientName, remove: true}]}\n"
    profile += "json: {fields: [{name: PatientName, pseudonym: true}]}\n"
    profile += "flywheel: {subject: {fields: [{name: label, pseudonym: true}]}}\n"
    job.add_input("deid_profile", "profile.yaml", profile, "source code")
    refused = started_on(job, lab, "session", "V1")
    assert refused.code == 2
    assert "secret_key in the gear" in refused.stderr
    store(lab.site, lab.source, "key.txt", f"{secret}\n".encode())
    job.config |= {"secret_key": "lab/Source/files/key.txt"}
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 0, launched.stderr
    names = {pseudonym(secret, key) for key in ("alice example", "s2")}
    copies = {path: file.blobs[-1] for path, file in exported(lab).items()}
    assert {path.split("/")[0] for path in copies} == names
    for path, copy in copies.items():
        assert named_in(copy) == {path.split("/")[0]}
    store(lab.site, lab.source, "key.txt", b"another key, of 16 characters and more")
    assert started_on(job, lab, "project", "Source").code == 0
    assert copies.keys() < exported(lab).keys()  # another key names other subjects


def test_a_built_in_profile_gives_sidecars_the_pseudonym_and_the_shift_of_the_dicom_beside_them(lab, job):
    secret = "5a" * 16
    store(lab.site, lab.source, "key.txt", f"{secret}\n".encode())
    del job.inputs["deid_profile"]
    job.config |= {
        "profile_source": "builtin",
        "profile_name": "ps3.15-basic-clean",
        "secret_key": "lab/Source/files/key.txt",
    }
    subject = container(lab, "subject", "S2")
    acquisition = next(
        each
        for each in lab.site.containers.values()
        if each["container_type"] == "acquisition" and each["parents"]["subject"] == subject["_id"]
    )
    sidecar = {"PatientID": "4711", "AcquisitionDateTime": f"{BJORN.visit:%Y-%m-%d}T10:11:12"}
    store(lab.site, acquisition, "sub-S2_T1w.json", json.dumps(sidecar).encode())
    launched = started_on(job, lab, "session", "V2")
    assert launched.code == 0, launched.stderr
    name = pseudonym(secret, "s2")
    day = BJORN.visit.date() + dt.timedelta(days=shift(secret, "s2"))
    copies = {path: file.blobs[-1] for path, file in exported(lab).items()}
    assert {path.split("/")[0] for path in copies} == {name}
    (written,) = (json.loads(copy) for path, copy in copies.items() if path.endswith(f"/sub-{name}_T1w.json"))
    assert written == {"PatientID": name, "AcquisitionDateTime": f"{day}T10:11:12"}
    archives = [copy for copy in copies.values() if copy.startswith(b"PK")]
    assert archives
    for copy in archives:
        with zipfile.ZipFile(io.BytesIO(copy)) as archive:
            headers = [pydicom.dcmread(io.BytesIO(archive.read(name))) for name in archive.namelist()]
        assert {(header.PatientID, header.StudyDate) for header in headers} == {(name, f"{day:%Y%m%d}")}


def test_a_secret_key_is_read_from_the_site_and_told_nowhere(lab, job):
    secret = "5a" * 16
    store(lab.site, lab.source, "key.txt", f"{secret}\n".encode())
    keyed = "secret-key: '{{ SECRET_KEY }}', hash-method: hmac-sha256"
    profile = f"name: k\njson: {{{keyed}, fields: [{{name: PatientName, hash: true}}]}}\n"
    job.add_input(
        "deid_profile",
        "profile.yaml",
        profile + "flywheel: {subject: {fields: [{name: label, hash: true}]}}\n",
        "source code",
    )
    job.config |= {"secret_key": "lab/Source/files/key.txt"}
    launched = started_on(job, lab, "acquisition", "T2")
    (copy,) = exported(lab).values()
    expected = hmac.new(secret.encode(), ALICE.name.encode(), hashlib.sha256).hexdigest()[:16]
    assert json.loads(copy.blobs[-1])["PatientName"] == expected
    told = (
        launched.stdout + launched.stderr + "".join(path.read_text(encoding="utf-8") for path in job.output.glob("*.*"))
    )
    assert secret not in told
    job.config |= {"secret_key": "lab/Source/files/nothing.txt"}
    assert "secret_key: there is no such file" in started_on(job, lab, "acquisition", "T2").stderr


def test_a_dry_run_leaves_the_destination_alone(lab, job):
    job.config["dry_run"] = True
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 0, launched.stderr
    assert {row["state"] for row in rows(job)} == {"exported"}
    assert lab.site.children(lab.destination["_id"], "subject") == []


def test_what_an_earlier_profile_let_through_is_told_when_the_profile_is_mended(lab, job):
    job.add_input(
        "deid_profile", "profile.yaml", PROFILE.replace("{name: sex", "{name: lastname, keep: true}, {name: sex")
    )
    assert "earlier job" not in started_on(job, lab, "project", "Source").stdout
    job.add_input("deid_profile", "profile.yaml", PROFILE)
    launched = started_on(job, lab, "project", "Source")
    assert launched.code == 0
    assert "destination, 2: hold metadata that the profile of an earlier job" in launched.stdout + launched.stderr
    assert "Example" not in launched.stdout + launched.stderr


def test_a_dry_run_tells_of_names_that_the_run_would_refuse(lab, job):
    acquisition = container(lab, "acquisition", "T1")
    store(lab.site, acquisition, "canary_alice.json", b'{"n": 1}')
    store(lab.site, acquisition, "taken.json", b'{"n": 1}')
    job.config["dry_run"] = True
    assert started_on(job, lab, "acquisition", "T1").code == 1
    assert [row["origin_filename"] for row in rows(job) if row["state"] == "failed"] == ["canary_alice.json"]
    job.config["dry_run"] = False
    assert started_on(job, lab, "acquisition", "T1").code == 1
    copy = exported(lab)[next(path for path in exported(lab) if path.endswith("taken.json"))]
    copy.document["info"] = {}
    job.config["dry_run"] = True
    assert started_on(job, lab, "acquisition", "T1").code == 1
    assert "taken.json" in {row["origin_filename"] for row in rows(job) if row["state"] == "failed"}
    assert len(copy.versions) == 1


def test_a_key_that_ends_leaves_a_report_of_what_was_done(lab, job):
    lab.site.faults.switch_on("slow")
    job.destination = {"type": "project", "id": lab.source["_id"]}
    process = job.start()
    while not exported(lab) and process.poll() is None:
        time.sleep(0.05)
    lab.site.keys.pop(lab.keys["owner"])
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 1, stderr
    assert b"Nothing was done" not in stdout + stderr
    report = json.loads((job.output / "deid_report.json").read_text(encoding="utf-8"))
    assert report["counts"]["files"]["deidentified"] == len(exported(lab)) > 0
    assert sum(row["state"] == "exported" for row in rows(job)) == len(exported(lab))


def test_a_cancelled_job_ends_what_it_has_begun_and_a_new_one_does_the_rest(lab, job, tmp_path):
    lab.site.faults.switch_on("slow")
    job.destination = {"type": "project", "id": lab.source["_id"]}
    process = job.start()
    while lab.site.requests["PUT /upload/fs-file"] == 0 and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGTERM)  # the shell in between, if there is one, does not hand it on
    stdout, stderr = process.communicate(timeout=120)
    lab.site.faults.switch_off()
    assert b"cancelled" in stdout + stderr
    assert 0 < len(exported(lab)) == sum(row["state"] == "exported" for row in rows(job)) < 6
    again = GearFolder(tmp_path / "again", job.config, job.inputs)
    assert started_on(again, lab, "project", "Source").code == 0
    assert len(exported(lab)) == 6
    assert {len(file.versions) for file in exported(lab).values()} == {1}


def test_a_killed_job_leaves_whole_copies_alone(lab, job, tmp_path):
    lab.site.faults.switch_on("slow", every=2)
    job.destination = {"type": "project", "id": lab.source["_id"]}
    process = job.start()
    while lab.site.requests["PUT /upload/fs-file"] < 2 and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    lab.site.faults.switch_off()
    for file in exported(lab).values():
        assert file.document["info"]["export"]["size"] == len(file.blobs[-1])
    again = GearFolder(tmp_path / "again", job.config, job.inputs)
    assert started_on(again, lab, "project", "Source").code == 0
    assert len(exported(lab)) == 6
    assert {len(file.versions) for file in exported(lab).values()} == {1}
