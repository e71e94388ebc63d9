"""Identifiers planted in every place of a source project; the destination is searched for them afterwards."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from fw_gear_deid.actions.subjects import pseudonym
from fw_gear_deid.cli import main
from fw_gear_deid.commands.opening import KEY_VARIABLE
from fw_gear_deid.profile import builtin_text
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import GearFolder, done
from tests.synthetic import ALICE, mr_series, zip_archive

SECRET = "5a" * 16
FAMILY, GIVEN = "Zebrowska", "Quagga"
PATIENT = ALICE.__class__(name=f"{FAMILY}^{GIVEN}", patient_id="TST4711932", accession_number="ACC7777777")
DAY = PATIENT.visit
PLANTED = (
    *(FAMILY, GIVEN, PATIENT.patient_id, PATIENT.accession_number, "REFERRER^RALPH", "OPERATOR^OLGA"),
    *(f"{PATIENT.birth_date:%Y%m%d}", f"{PATIENT.birth_date:%Y-%m-%d}", f"{DAY:%Y%m%d}", f"{DAY:%Y-%m-%d}"),
)
"""What must be nowhere: in no spelling that is a matter of capitals."""

BUILTIN = {"profile_source": "builtin", "secret_key": "lab/Source/files/key.txt", "project_path": "lab/Destination"}


@pytest.fixture
def lab():
    with open_lab() as opened:
        yield opened


@pytest.fixture
def job(lab, tmp_path):
    made = GearFolder(tmp_path / "v0", {**BUILTIN, "profile_name": "ps3.15-basic-clean"})
    made.inputs["api-key"] = {"base": "api-key", "key": lab.running.api_key(lab.keys["owner"])}
    made.destination = {"type": "project", "id": lab.source["_id"]}
    store(lab.site, lab.source, "key.txt", SECRET.encode())
    return made


def plant(lab, subject="S01", session="V1", acquisition="T1"):
    """Add a subject whose name, numbers and dates stand everywhere; return its containers."""
    site, name = lab.site, PATIENT.name
    person = {"firstname": GIVEN, "lastname": FAMILY, "date_of_birth": "1970-01-31T00:00:00.000Z"}
    everywhere = {"info": {"a": [{"remark": f"saw {GIVEN} {FAMILY}"}]}, "tags": [FAMILY], "notes": [{"text": name}]}
    top = site.add_container("subject", lab.source["_id"], {"label": subject, "code": subject, **person, **everywhere})
    visit = site.add_container("session", top["_id"], {"label": session, "operator": FAMILY, **everywhere})
    scan = site.add_container("acquisition", visit["_id"], {"label": acquisition, **everywhere})
    series = [(f"{FAMILY} {GIVEN}/{member}", data) for member, data in mr_series(PATIENT, 2)]
    told = {"info": {"header": {"dicom": {"PatientName": name}}}, "tags": [PATIENT.patient_id]}
    store(site, scan, f"{FAMILY}_{GIVEN}.dicom.zip", zip_archive(series), metadata={"type": "dicom", **told})
    sidecar = {
        "PatientName": name,
        "AcquisitionDateTime": f"{DAY:%Y-%m-%d}T10:11:12",
        "SeriesDescription": f"t1 {GIVEN}",
    }
    store(site, scan, f"{DAY:%Y%m%d}_side.json", json.dumps(sidecar).encode(), metadata=told)
    store(site, visit, "scans.tsv", f"filename\tacq_time\na.nii\t{DAY:%Y-%m-%d}T10:11:12\n".encode())
    store(site, top, "table.csv", f"PatientName,v\n{name},3\n".encode())
    return top, visit, scan


def held(lab):
    """Return all that the destination holds, packed or not, by place."""
    project = lab.destination["_id"]
    there = {}
    for container in lab.site.containers.values():
        if project in (container.get("parents") or {}).values():
            there[f"metadata of the {container['container_type']}"] = json.dumps(container, default=str).encode()
    for file in lab.site.files.values():
        if file.document["parents"]["project"] == project:
            there[f"metadata of {file.name}"] = json.dumps(file.document, default=str).encode()
            for version in file.blobs:
                there |= unpacked(file.name, version)
    return there


def unpacked(name, data):
    found = {name: data}
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                found |= {f"name of {member}": member.encode(), **unpacked(member, archive.read(member))}
    return found


def planted_in(there):
    return {(place, word) for place, data in there.items() for word in PLANTED if word.lower().encode() in data.lower()}


def checked(lab, tmp_path, monkeypatch, project):
    """Audit a project; return the exit code and where something was found."""
    monkeypatch.setenv(KEY_VARIABLE, lab.running.api_key(lab.keys["owner"]))
    table = tmp_path / f"{project}.csv"
    code = main(["check", f"fw://lab/{project}", "--csv", str(table)])
    with table.open(newline="", encoding="utf-8") as file:
        return code, {row["where"] for row in csv.DictReader(file)}


def labels(lab, kind):
    return [each["label"] for each in lab.site.children(lab.destination["_id"], kind)]


def rows(job):
    (path,) = job.output.glob("*_export.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


LABELS = [
    ("S01", f"visit of {GIVEN}", f"t1_mprage {FAMILY}"),
    (f"{FAMILY} {GIVEN}", "V1", "T1"),
    (PATIENT.patient_id, f"{PATIENT.patient_id}_V1", "T1"),
    ("S02", f"{DAY:%Y-%m-%d %H:%M:%S}", f"{DAY:%Y%m%d} T1"),
    ("S03", f"ACC {PATIENT.accession_number}", "Dr. Referrer"),
    ("S04", "S04_V1", "T1 of S04"),
]
"""Of subjects, sessions, acquisitions."""


@pytest.mark.parametrize("profile", ["ps3.15-basic", "ps3.15-basic-clean"])
def test_nothing_planted_anywhere_is_at_the_destination(lab, job, profile):
    for each in LABELS:
        plant(lab, *each)
    job.config["profile_name"] = profile
    assert done(job) == 0, rows(job)
    assert planted_in(held(lab)) == set()
    assert labels(lab, "subject") == [pseudonym(SECRET, subject.casefold()) for subject, _, _ in LABELS]
    assert not {"S01", "S02", "S03", "S04"} & set(
        "_".join([*labels(lab, "session"), *labels(lab, "acquisition")]).split("_")
    )
    reports = "".join((job.output / f"deid_report.{kind}").read_text(encoding="utf-8") for kind in ("json", "html"))
    assert planted_in({"reports": reports.encode()}) == set()


@pytest.mark.parametrize("profile", ["ps3.15-basic", "ps3.15-basic-clean"])
def test_an_audit_finds_all_of_it_in_the_source_and_nothing_in_the_copies(lab, job, tmp_path, monkeypatch, profile):
    for each in LABELS:
        plant(lab, *each)
    job.config["profile_name"] = profile
    assert done(job) == 0
    assert checked(lab, tmp_path, monkeypatch, "Destination") == (0, set())
    code, places = checked(lab, tmp_path, monkeypatch, "Source")
    wanted = {
        "firstname",
        "operator",
        "name",
        "tags[0]",
        "notes[0]",
        "info.a[0].remark",
        "info.header.dicom.PatientName",
    }
    assert (code, wanted - places) == (1, set())
    assert {"PatientName", "SeriesDescription", "line 2, PatientName", "name of the member"} <= places


def test_harmless_labels_stay(lab, job):
    plant(lab, session="baseline", acquisition="t1_mprage_sag_p2_iso - 3")
    assert done(job) == 0
    assert (labels(lab, "session"), labels(lab, "acquisition")) == (["baseline"], ["t1_mprage_sag_p2_iso - 3"])


@pytest.mark.parametrize("level", ["acquisition", "session", "subject"])
def test_a_job_on_a_part_gives_its_containers_the_labels_of_a_job_on_all(lab, job, tmp_path, level):
    containers = dict(zip(("subject", "session", "acquisition"), plant(lab, *LABELS[0]), strict=True))
    part = GearFolder(tmp_path / "part", job.config, job.inputs, {"type": level, "id": containers[level]["_id"]})
    assert done(part) == 0
    assert planted_in(held(lab)) == set()
    assert done(job) == 0
    assert [len(lab.site.children(lab.destination["_id"], kind)) for kind in containers] == [1, 1, 1]


SCRUBBING = """\
scrub: true
json:
  fields: [{name: PatientName, remove: true}, {name: AcquisitionDateTime, remove: true}]
  filenames: [{output: side.json}]
"""


def test_without_a_key_a_label_loses_what_is_known_and_keeps_the_rest(lab, job):
    plant(lab, session=f"visit of {GIVEN}", acquisition=FAMILY)
    job.config = {"project_path": "lab/Destination"}
    job.add_input("deid_profile", "p.yaml", SCRUBBING)
    done(job)  # the archive has no section and is not copied
    assert planted_in(held(lab)) == set()
    assert (labels(lab, "session"), labels(lab, "acquisition")) == (["visit of"], ["NA"])


@pytest.mark.parametrize("label", [f"{DAY:%Y-%m-%d %H:%M:%S}", f"MR {DAY:%Y%m%d}", f"{DAY:%d.%m.%Y}"])
def test_a_label_with_a_date_that_stays_is_told(lab, job, caplog, label):
    """Sessions are often called by the moment of their examination, and dates of this profile's copies are moved."""
    plant(lab, session=label)
    del job.config["profile_source"], job.config["profile_name"]
    job.config["residual_identifiers"] = "ignore"
    moving = "json: {date-increment: 5, fields: [{name: AcquisitionDateTime, remove: true}]}\n"
    job.add_input("deid_profile", "p.yaml", moving)
    done(job)
    assert "Containers of the destination, 1: have labels with a date in them" in caplog.text
    assert f"{DAY:%Y}" not in caplog.text
    caplog.clear()
    job.add_input(
        "deid_profile", "p.yaml", f"{moving}flywheel: {{session: {{fields: [{{name: label, keep: true}}]}}}}\n"
    )
    done(job)
    assert "have labels with a date" not in caplog.text, "somebody decided so"


def test_scrubbing_does_not_make_one_subject_of_two(lab, job):
    """Of neither label anything would be left."""
    plant(lab, subject=FAMILY)
    plant(lab, subject=GIVEN)
    job.config = {"project_path": "lab/Destination"}
    job.add_input("deid_profile", "p.yaml", SCRUBBING)
    assert done(job) == 1
    assert labels(lab, "subject") == []
    assert all("label of the subject holds" in row["reason"] for row in rows(job) if row["state"] == "failed")


def with_metadata(rules):
    text = builtin_text("ps3.15-basic-clean")
    subject = "  subject: {fields: [{name: label, pseudonym: true}]}\n"
    return f"{text[: text.index('flywheel:')]}flywheel:\n{subject}{rules}"


KEPT = [
    ("session", "info", "  session: {fields: [{name: info, keep: true}]}\n"),
    ("session", "info", "  session: {fields: [{name: info.a, keep: true}]}\n"),
    ("acquisition", "info, tags", "  acquisition: {all: true}\n"),
    ("file", "info", "  file: {include-info-header: true, fields: [{name: info, keep: true}]}\n"),
]


@pytest.mark.parametrize(("kind", "fields", "rules"), KEPT)
def test_exported_metadata_that_tells_the_subject_is_withheld(lab, job, kind, fields, rules):
    plant(lab)
    del job.config["profile_source"], job.config["profile_name"]
    job.add_input("deid_profile", "profile.yaml", with_metadata(rules))
    assert done(job) == 1
    assert planted_in(held(lab)) == set()
    told = f"metadata of the {kind}: what is exported of it still identifies the subject: {fields}; under flywheel:"
    assert any(row["reason"].startswith(told) for row in rows(job))


def test_exported_metadata_of_one_file_is_searched_for_what_that_file_tells(lab, job):
    """As the job of a gear rule does it: the site's metadata tell nothing of the subject."""
    top, _, scan = plant(lab)
    top.update(firstname=None, lastname=None, date_of_birth=None, info={}, tags=[])
    note = {"type": "dicom", "info": {"note": f"saw {FAMILY}"}}
    file = store(lab.site, scan, "one.dicom.zip", zip_archive(mr_series(PATIENT, 1)), metadata=note)
    del job.config["profile_source"], job.config["profile_name"]
    job.add_input("deid_profile", "profile.yaml", with_metadata("  file: {fields: [{name: info, keep: true}]}\n"))
    job.add_input("input-file", file.name, file.blobs[-1])
    job.inputs["input-file"] |= {"hierarchy": {"type": "acquisition", "id": scan["_id"]}, "object": file.document}
    assert done(job) == 1
    assert [row["reason"][:20] for row in rows(job)] == ["metadata of the file"]
    assert planted_in(held(lab)) == set()


def test_where_identifiers_are_only_warned_of_metadata_is_exported_with_a_note(lab, job, caplog):
    plant(lab)
    del job.config["profile_source"], job.config["profile_name"]
    job.config["residual_identifiers"] = "warn"
    job.add_input("deid_profile", "profile.yaml", with_metadata(KEPT[0][2]))
    assert done(job) == 0
    assert "metadata of the session: what is exported of it still identifies the subject: info" in caplog.text
    assert f"saw {GIVEN}" in str(lab.site.children(lab.destination["_id"], "session"))


def test_metadata_is_cleaned_of_what_is_known_of_the_subject(lab, job):
    plant(lab)
    del job.config["profile_source"], job.config["profile_name"]
    rules = "  session: {fields: [{name: info.a.0.remark, clean: true}, {name: operator, clean: true}]}\n"
    job.add_input("deid_profile", "profile.yaml", with_metadata(rules))
    assert done(job) == 0, rows(job)
    (session,) = lab.site.children(lab.destination["_id"], "session")
    assert session["info"]["a"] == [{"remark": "saw"}]
    assert planted_in(held(lab)) == set()


def test_the_table_says_which_file_of_the_site_is_the_copy(lab, job, tmp_path):
    plant(lab)
    assert done(job) == 0
    table = {(row["export_parent"], row["export_filename"]): row for row in rows(job) if row["state"] == "exported"}
    for (_, name), row in table.items():
        file = lab.site.files[row["export_file_id"]]
        assert (file.name, file.document["parents"]["project"]) == (name, lab.destination["_id"])
    kinds = {"scans.tsv": "session", "table.csv": "subject"}
    assert {name: table[place, name]["origin_parent_type"] for place, name in table if name in kinds} == kinds
    again = GearFolder(tmp_path / "again", job.config, job.inputs, job.destination)
    assert done(again) == 0
    told = {row["origin_filename"]: row["export_file_id"] for row in rows(job) if row["state"] == "exported"}
    assert {row["origin_filename"]: row["export_file_id"] for row in rows(again) if row["export_file_id"]} == told


@pytest.mark.parametrize("whose", ["acquisition", "subject"])
def test_a_sidecar_by_itself_loses_what_the_images_beside_it_tell(lab, job, whose):
    """As the job of a gear rule does it: the site's metadata tell nothing of the subject."""
    top, _, scan = plant(lab)
    top.update(firstname=None, lastname=None, date_of_birth=None, info={}, tags=[])
    parent = {"acquisition": scan, "subject": top}[whose]
    text = json.dumps({"SeriesDescription": f"t1 {FAMILY}", "Remark": f"saw {GIVEN} {FAMILY}"})
    file = store(lab.site, parent, "note.json", text.encode())
    job.add_input("input-file", file.name, file.blobs[-1])
    job.inputs["input-file"] |= {"hierarchy": {"type": whose, "id": parent["_id"]}, "object": file.document}
    assert done(job) == 0, rows(job)
    assert planted_in(held(lab)) == set()
    (copy,) = (each for each in lab.site.files.values() if each.name == "note.json" and each is not file)
    assert json.loads(copy.blobs[-1]) == {"SeriesDescription": "t1", "Remark": "saw"}


def test_a_row_of_a_table_of_the_project_loses_what_the_site_tells_of_its_own_subject(lab, job):
    plant(lab)
    for label, number in (("S02", "4417"), ("S03", "5528")):
        lab.site.add_container(
            "subject", lab.source["_id"], {"label": label, "code": label, "info": {"patient_number": number}}
        )
    rows_of = {
        "S01": f"saw {GIVEN} {FAMILY}, calm",
        "S02": "wears 4417, voxels 5528",
        "S03": f"wears 5528, voxels 4417, sister of {FAMILY}",
    }
    table = "participant_id\tnotes\n" + "".join(f"sub-{label}\t{notes}\n" for label, notes in rows_of.items())
    store(lab.site, lab.source, "participants.tsv", table.encode())
    done(job)
    copy = held(lab)["participants.tsv"].decode()
    names = [f"sub-{pseudonym(SECRET, label.lower())}" for label in rows_of]
    assert copy.splitlines() == [
        "participant_id\tnotes",
        f"{names[0]}\tsaw, calm",
        f"{names[1]}\twears, voxels 5528",
        f"{names[2]}\twears, voxels 4417, sister of",
    ]
