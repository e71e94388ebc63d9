"""Settings and inputs of a job on a site, each through run.py, the real SDK and the site in memory."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pydicom
import pytest

from tests.flywheel_site.__main__ import OWNER
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.formats.dicom.holders import holder
from tests.gear.folder import on_site
from tests.synthetic import ALICE, mr_series, zip_archive

PROFILE = """\
name: ways
json:
  filenames: [{output: "%s", input-regex: '^(?P<stem>.+)\\.json$'}]
  fields: [{name: PatientName, %s}]
"""
NAME = "Zebra^Canary"
KINDS = ("subject", "session", "acquisition")


"""The profiles here remove little of what the made-up data tells."""


@pytest.fixture
def lab():
    with open_lab() as opened:
        site = opened.site
        for label in ("S0", "S1"):
            subject = site.add_container("subject", opened.source["_id"], {"label": label, "code": label})
            for visit in ("V1", "V2"):
                session = site.add_container("session", subject["_id"], {"label": visit})
                acquisition = site.add_container("acquisition", session["_id"], {"label": "T1"})
                store(site, acquisition, "side.json", json.dumps({"PatientName": NAME, "n": 1}).encode())
        yield opened


@pytest.fixture
def start(lab, tmp_path):
    """Return a function that starts a job on a container and waits until it has ended."""

    def started(container, text, inputs=(), **config):
        number = len(list(tmp_path.iterdir()))
        job = on_site(tmp_path / f"job{number}", lab, text, **config)
        for name, file, content in inputs:
            job.add_input(name, file, content)
        if "input-file" in job.inputs:
            job.inputs["input-file"]["hierarchy"] = {"type": container["container_type"], "id": container["_id"]}
        job.destination = {"type": container["container_type"], "id": container["_id"]}
        launched = job.launch()
        return job, launched

    return started


def profile(stem="{stem}.json", action="remove: true"):
    """Return a profile for sidecars."""
    return PROFILE % (stem, action)


def copies(lab, project=None):
    """Return the copies in a project by labels and name."""
    found = {}
    for file in lab.site.files.values():
        parents = file.document["parents"]
        if parents["project"] == (project or lab.destination)["_id"] and not file.deleted:
            labels = [lab.site.containers[parents[kind]]["label"] for kind in KINDS if kind in parents]
            found["/".join([*labels, file.name])] = file
    return {path: file for path, file in found.items() if "deid_report" not in path}


def states(job):
    """Return how each file ended, by name."""
    (path,) = job.output.glob("*_export.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return {(row["origin_filename"], row["state"]) for row in csv.DictReader(file)}


def told(job, launched):
    """Return all that a job wrote at the source's side, and what it said."""
    left = [path.read_text(encoding="utf-8") for path in job.output.iterdir() if path.is_file()]
    return "".join([launched.stdout, launched.stderr, *left])


@pytest.mark.parametrize("by_id", [True, False])
def test_containers_that_were_renamed_are_found_by_their_origin(lab, start, by_id):
    assert start(lab.source, profile())[1].code == 0
    made = {kind: lab.site.children(lab.destination["_id"], kind) for kind in KINDS}
    for kind in KINDS:
        for container in made[kind]:
            container["label"] = f"renamed {container['label']}"
    kinds = list(KINDS) if by_id else []
    job, launched = start(lab.source, profile(action="replace-with: x"), match_by_id=kinds)
    assert (launched.code, ("side.json", "exported") in states(job)) == (0, True)
    there = copies(lab)
    assert len(there) == (4 if by_id else 8)
    if by_id:
        assert {len(file.versions) for file in there.values()} == {2}
        assert {kind: lab.site.children(lab.destination["_id"], kind) for kind in KINDS} == made


def test_a_cleanup_gives_the_reason_that_the_site_asks_for(lab, start):
    lab.destination["$asks_reason"] = True
    assert start(lab.source, profile())[1].code == 0
    config = {"overwrite_files": "Cleanup", "delete_reason": "test_data"}
    assert start(lab.source, profile("{stem}_new.json"), **config)[1].code == 0
    assert {path.rpartition("/")[2] for path in copies(lab)} == {"side_new.json"}
    assert [each["reason"] for each in lab.site.deleted] == ["test_data"] * 4


def test_without_a_reason_nothing_is_deleted_and_that_is_told(lab, start):
    lab.destination["$asks_reason"] = True
    assert start(lab.source, profile())[1].code == 0
    before = {path: file.blobs[-1] for path, file in copies(lab).items()}
    job, launched = start(lab.source, profile("{stem}_new.json"), overwrite_files="Cleanup")
    assert launched.code == 1
    assert ("side.json", "failed") in states(job)
    assert before.items() <= {path: file.blobs[-1] for path, file in copies(lab).items()}.items()
    assert lab.site.deleted == []


@pytest.mark.parametrize(("policy", "state", "code"), [("skip", "skipped", 0), ("fail", "failed", 1)])
def test_a_file_without_a_section_is_passed_over_or_a_failure(lab, start, policy, state, code):
    store(lab.site, next(each for each in lab.site.containers.values() if each.get("label") == "T1"), "a.txt", b"text")
    job, launched = start(lab.source, profile(), unmatched_files=policy)
    assert launched.code == code
    assert states(job) == {("side.json", "exported"), ("a.txt", state)}
    assert {path.rpartition("/")[2] for path in copies(lab)} == {"side.json"}


def test_one_file_gets_the_values_of_its_own_session(lab, start):
    session = next(each for each in lab.site.containers.values() if each.get("label") == "V2")
    (acquisition,) = lab.site.children(session["_id"], "acquisition")
    table = "subject.label,session.label,NEW\nS0,V1,first\nS0,V2,second\n"
    file = lab.site.file_named(acquisition["_id"], "side.json")
    inputs = [("mapping_csv", "mapping.csv", table), ("input-file", "side.json", file.blobs[-1])]
    text = profile(action="replace-with: '{{ NEW }}'")
    _, launched = start(acquisition, text, inputs, session_level_profile=True)
    assert launched.code == 0, launched.stderr
    assert {path: json.loads(copy.blobs[-1]) for path, copy in copies(lab).items()} == {
        "S0/V2/T1/side.json": {"PatientName": "second", "n": 1}
    }


def test_rows_of_sessions_are_for_the_whole_project(lab, start):
    table = "subject.label,session.label,NEW\n" + "".join(f"S{s},V{v},{s}{v}\n" for s in (0, 1) for v in (1, 2))
    text = profile(action="replace-with: '{{ NEW }}'")
    _, launched = start(lab.source, text, [("mapping_csv", "mapping.csv", table)], session_level_profile=True)
    assert launched.code == 0, launched.stderr
    values = {path[:5]: json.loads(copy.blobs[-1])["PatientName"] for path, copy in copies(lab).items()}
    assert values == {"S0/V1": "01", "S0/V2": "02", "S1/V1": "11", "S1/V2": "12"}


ENCRYPTING = """\
dicom:
  asymmetric-encryption: true
  public-key: "{{ PUBLIC_KEY }}"
  fields: [{name: PatientName, encrypt: true}, {name: PatientID, remove: true}, {name: PatientBirthDate, remove: true}]
"""
DECRYPTING = """\
dicom:
  asymmetric-encryption: true
  private-key: "{{ PRIVATE_KEY }}"
  fields: [{name: PatientName, decrypt: true}]
"""


def test_what_was_encrypted_for_a_certificate_comes_back_by_its_key(lab, start, tmp_path_factory):
    made = holder(tmp_path_factory.mktemp("keys"), "safe")
    back = lab.site.add_container("project", "lab", {"label": "Back"})
    back["permissions"] = [{"_id": OWNER, "role_ids": [lab.site.role("admin").id]}]
    store(lab.site, lab.source, "safe.crt", made.certificate.read_bytes())
    store(lab.site, lab.destination, "safe.key", made.key.read_bytes())
    subject = next(each for each in lab.site.containers.values() if each.get("label") == "S0")
    session = lab.site.add_container("session", subject["_id"], {"label": "V3"})
    acquisition = lab.site.add_container("acquisition", session["_id"], {"label": "T1"})
    store(lab.site, acquisition, "scan.dicom.zip", zip_archive(mr_series(ALICE, 1)))
    _, launched = start(subject, ENCRYPTING, public_key="lab/Source/files/safe.crt")
    assert launched.code == 0, launched.stderr
    hidden = one_object(copies(lab)["S0/V3/T1/scan.dicom.zip"])
    assert "PatientName" not in hidden or hidden.PatientName != ALICE.name
    assert ALICE.name.encode() not in hidden.EncryptedAttributesSequence[0].EncryptedContent
    (copied,) = lab.site.children(lab.destination["_id"], "subject")
    config = {"private_key": "lab/Destination/files/safe.key", "project_path": "lab/Back"}
    job, launched = start(copied, DECRYPTING, **config)
    assert launched.code == 0, launched.stderr
    assert one_object(copies(lab, back)["S0/V3/T1/scan.dicom.zip"]).PatientName == ALICE.name
    secret = made.key.read_text(encoding="ascii").splitlines()[1]
    assert secret not in told(job, launched)
    assert list((job.path / "work").iterdir()) == [], "the key file is gone"


def test_what_was_encrypted_for_several_comes_back_by_the_key_of_each(lab, start, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    made = [holder(folder, name) for name in ("one", "two")]
    for name, each in zip(("one", "two"), made, strict=True):
        store(lab.site, lab.source, f"{name}.crt", each.certificate.read_bytes())
    session = next(each for each in lab.site.containers.values() if each.get("label") == "V1")
    acquisition = lab.site.add_container("acquisition", session["_id"], {"label": "T9"})
    store(lab.site, acquisition, "scan.dicom.zip", zip_archive(mr_series(ALICE, 1)))
    both = "lab/Source/files/one.crt, lab/Source/files/two.crt"
    _, launched = start(acquisition, ENCRYPTING, public_key=both)
    assert (launched.code, "does not use PUBLIC_KEY_2" in launched.stderr) == (2, True)
    text = ENCRYPTING.replace('"{{ PUBLIC_KEY }}"', '["{{ PUBLIC_KEY }}", "{{ PUBLIC_KEY_2 }}"]')
    _, launched = start(acquisition, text, public_key=both)
    assert launched.code == 0, launched.stderr
    (copied,) = (each for each in lab.site.containers.values() if each.get("label") == "T9" and each != acquisition)
    back = lab.site.add_container("project", "lab", {"label": "Back"})
    back["permissions"] = [{"_id": OWNER, "role_ids": [lab.site.role("admin").id]}]
    for name, each in zip(("one", "two"), made, strict=True):
        store(lab.site, lab.destination, f"{name}.key", each.key.read_bytes())
        config = {"private_key": f"lab/Destination/files/{name}.key", "project_path": "lab/Back"}
        job, launched = start(copied, DECRYPTING, **config)
        assert launched.code == 0, launched.stderr
        assert "exported" in str(states(job)), "the second key does it anew"
        assert one_object(copies(lab, back)["S0/V1/T9/scan.dicom.zip"]).PatientName == ALICE.name


def one_object(file):
    """Return the only object of an archive."""
    with zipfile.ZipFile(io.BytesIO(file.blobs[-1])) as archive:
        (name,) = archive.namelist()
        return pydicom.dcmread(io.BytesIO(archive.read(name)))


@pytest.mark.parametrize("setting", ["public_key", "private_key"])
def test_a_key_file_that_is_not_there_is_told_before_data_is_read(lab, start, setting):
    text = ENCRYPTING if setting == "public_key" else DECRYPTING
    _, launched = start(lab.source, text, **{setting: "lab/Source/files/nothing.pem"})
    assert (launched.code, f"{setting}: there is no such file" in launched.stderr) == (2, True)
    assert lab.site.requests["GET /{plural}/{cid}/files/{name}"] == 0


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("admin", "destination-key: belongs to a site administrator"),
        ("reader", "the account of the destination-key may not create subjects"),
        ("rule", "the destination-key may not see it"),
        ("nobody", "destination-key: asked the site whose key it is (401): the API key is not valid"),
    ],
)
def test_a_destination_key_that_is_not_fit_is_refused(lab, start, who, words):
    key = lab.running.api_key(lab.keys.get(who, who))
    job, launched = start(lab.source, profile(), [("destination-key", "key.txt", key)])
    assert (launched.code, words in launched.stderr) == (2, True), launched.stderr
    assert copies(lab) == {}
    assert key not in told(job, launched)


def test_a_destination_key_that_reads_the_source_more_widely_than_the_job_is_warned_of(lab, start):
    lab.keys["owner"], writer = lab.keys["rule"], lab.keys["owner"]  # the job is a rule's
    session = next(each for each in lab.site.containers.values() if each.get("label") == "V1")
    job, launched = start(session, profile(), [("destination-key", "key.txt", lab.running.api_key(writer))])
    assert launched.code == 0, launched.stderr
    assert "its account may also download files of the source project" in launched.stdout + launched.stderr
    assert list(copies(lab)) == ["S0/V1/T1/side.json"]
    assert writer not in told(job, launched)


def test_a_destination_key_file_holds_a_key_and_nothing_else(lab, start):
    job, launched = start(lab.source, profile(), [("destination-key", "key.txt", "key: Canary Zebra")])
    assert (launched.code, "the file must hold one API key" in launched.stderr) == (2, True)
    assert "Canary" not in told(job, launched)
