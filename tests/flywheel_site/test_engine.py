"""Jobs are carried out as the platform does it: a folder, a key, outputs saved, metadata consumed, a state."""

import io
import json
import signal
import zipfile

import flywheel
import pytest

from tests.flywheel_site.engine import JobEngine, Kill
from tests.flywheel_site.test_sdk import acquisition, refused
from tests.gear.folder import ROOT
from tests.synthetic import ALICE, mr_series, zip_archive

HEAD = """
import json, os, pathlib, signal, sys, time
config = json.load(open("config.json"))
output = pathlib.Path("output")
"""


def manifest(**changed):
    return {
        "name": "trial",
        "label": "Trial",
        "description": "Does what a test says",
        "version": "1",
        "author": "Tester",
        "license": "MIT",
        "source": "",
        "url": "",
        "command": "python run.py",
        "environment": {"TRIAL": "yes"},
        "custom": {"flywheel": {"show-job": True}},
        "inputs": {
            "image": {"base": "file", "optional": True},
            "api-key": {"base": "api-key"},
            "site_code": {"base": "context"},
        },
        "config": {"word": {"type": "string", "default": "usual"}},
        **changed,
    }


@pytest.fixture
def target(lab):
    made = acquisition(lab.client())
    made.upload_file(flywheel.FileSpec("a.dcm", b"bytes"))
    return made.reload()


@pytest.fixture
def queue(lab, target, tmp_path):
    """Install a gear that does what a script says, queue a job for the file, and carry it out."""

    def queue(script, *, kill=None, **changed):
        image = tmp_path / "image"
        image.mkdir(exist_ok=True)
        (image / "run.py").write_text(HEAD + script)
        (image / "manifest.json").write_text(json.dumps(manifest(**changed)))
        lab.site.install(image)
        file = next(each for each in target.files if each.name == "a.dcm")
        gear = lab.client().lookup("gears/trial")
        label = {"analysis_label": "run"} if gear.category == "analysis" else {}
        gear.run(inputs={"image": file}, destination=target, **label)
        (ran,) = JobEngine(lab.running, tmp_path / "jobs").run_all(kill)
        return ran

    return queue


def test_a_job_finds_its_inputs_and_leaves_its_outputs(lab, queue, target):
    lab.source["info"]["context"] = {"site_code": "ABC"}
    ran = queue("""
pathlib.Path("output/seen.json").write_text(json.dumps({**config, "trial": os.environ["TRIAL"]}))
pathlib.Path("output/copy.dcm").write_bytes(open(config["inputs"]["image"]["location"]["path"], "rb").read())
print("hello")
print("oh dear", file=sys.stderr)
""")
    seen = json.loads(target.reload().read_file("seen.json"))
    image = seen["inputs"]["image"]
    assert seen["trial"] == "yes"
    assert seen["config"] == {"word": "usual"}
    assert seen["destination"] == image["hierarchy"] == {"type": "acquisition", "id": target.id}
    assert seen["job"] == {"id": ran.job["_id"], "origin": {"type": "user", "id": "owner@example.org"}}
    assert (image["object"]["file_id"], image["object"]["size"]) == (target.files[0].file_id, 5)
    assert seen["inputs"]["site_code"] == {"base": "context", "found": True, "value": "ABC"}
    assert target.read_file("copy.dcm") == b"bytes"
    job = lab.client().get_job(ran.job["_id"])
    assert (job.state, job.saved_files) == ("complete", ["copy.dcm", "seen.json"])
    logs = lab.client().get_job_logs(job.id).logs
    assert [(line.fd, line.msg) for line in logs][:2] == [(1, "hello\n"), (2, "oh dear\n")]
    detail = lab.client().get_job_detail(job.id)
    assert (detail.inputs["image"].object.name, [each.object.name for each in detail.outputs]) == (
        "a.dcm",
        ["copy.dcm", "seen.json"],
    )
    assert detail.parent_info.project.label == "Source"
    assert lab.client().get_job_config(job.id).config == {"word": "usual"}
    assert [each.id for each in lab.client().get_session_jobs(target.parents.session).jobs] == [job.id]
    copy = next(file for file in target.reload().files if file.name == "copy.dcm")
    assert (copy.origin.type, copy.origin.id) == ("job", job.id)


def test_a_persons_key_works_while_the_job_lasts(lab, queue):
    ran = queue("""
import flywheel
client = flywheel.Client(config["inputs"]["api-key"]["key"])
output.joinpath("who.txt").write_text(client.get_current_user().id + " " + client.lookup("lab/Destination").label)
client.api_client.rest_client.client.close()
""")
    assert ran.outputs["who.txt"] == b"owner@example.org Destination"
    refused(401, lab.client(ran.config["inputs"]["api-key"]["key"].rpartition(":")[2]).get_auth_status)


@pytest.mark.parametrize("code", [1, 2])
def test_a_job_that_ends_badly_has_failed_and_keeps_its_outputs(lab, queue, target, code):
    ran = queue(f'output.joinpath("report.json").write_text("1")\nsys.exit({code})')
    job = lab.client().get_job(ran.job["_id"])
    assert (job.state, job.failure_reason, job.saved_files) == ("failed", f"exit code {code}", ["report.json"])
    assert target.reload().get_file("report.json").type == "source code"


METADATA = {
    "acquisition": {
        "tags": ["seen"],
        "info": {"qc": {"acquisition": 1}},
        "files": [
            {"name": "a.dcm", "tags": ["deid-PASS"], "info": {"qc": {"state": "PASS"}}},
            {"name": "new.txt", "type": "text", "modality": "MR", "classification": {"Measurement": ["T1"]}},
        ],
    },
    "session": {"info": {"visits": 1}},
}


def writes(metadata):
    return f'output.joinpath("new.txt").write_text("1")\noutput.joinpath(".metadata.json").write_text({metadata!r})'


def test_metadata_of_the_destination_and_what_it_lies_in_is_consumed(lab, queue, target):
    target.update_info(other=1)
    ran = queue(writes(json.dumps(METADATA)))
    target = target.reload()
    assert ran.job["saved_files"] == ["new.txt"]
    assert (target.tags, target.info) == (["seen"], {"other": 1, "qc": {"acquisition": 1}})
    old, new = target.get_file("a.dcm"), target.get_file("new.txt")
    assert (old.tags, old.info, old.version) == (["deid-PASS"], {"qc": {"state": "PASS"}}, 1)
    assert (new.modality, new.classification) == ("MR", {"Measurement": ["T1"]})
    assert lab.client().get(target.parents.session).info == {"visits": 1}


@pytest.mark.parametrize(
    "metadata",
    [
        "{",
        '{"subject": {"sex": "M"}}',
        '{"analysis": {"label": "x"}}',
        '{"group": {"label": "x"}}',
        '{"acquisition": {"files": [{"name": "a.dcm", "hash": "0"}]}}',
        '{"acquisition": {"files": [{"name": "a.dcm", "modality": "MR", "classification": {"Measurement": ["T9"]}}]}}',
    ],
)
def test_metadata_that_breaks_a_rule_fails_the_job_and_changes_nothing(queue, target, metadata):
    ran = queue(writes(metadata))
    assert ran.job["state"] == "failed"
    assert ran.job["failure_reason"].startswith(".metadata.json: ")
    assert sorted(file.name for file in target.reload().files) == ["a.dcm", "new.txt"]
    assert target.get_file("a.dcm").modality is None


def test_an_older_site_leaves_a_wrong_classification_out(lab, queue, target):
    lab.site.release = "22.9.0"
    words = {"name": "a.dcm", "modality": "MR", "classification": {"Measurement": ["T9"]}}
    ran = queue(writes(json.dumps({"acquisition": {"files": [words]}})))
    assert ran.job["state"] == "complete"
    assert "not allowed" in ran.log
    file = target.reload().get_file("a.dcm")
    assert (file.modality, file.classification) == ("MR", {})


@pytest.mark.parametrize(("release", "state", "saved"), [("19.0.0", "failed", 0), ("18.5.0", "complete", 100)])
def test_of_more_than_a_hundred_outputs_some_are_cut_or_the_job_fails(lab, queue, release, state, saved):
    lab.site.release = release
    ran = queue('for number in range(101): output.joinpath(f"{number:03}.txt").write_text("x")')
    assert (ran.job["state"], len(ran.job["saved_files"])) == (state, saved)
    assert "101 output files" in ran.log


SLEEPS = """
def ended(*_):
    output.joinpath("last.txt").write_text("wrote the last")
    sys.exit(1)

signal.signal(signal.SIGTERM, ended)
output.joinpath("first.txt").write_text("1")
time.sleep(60)
"""


def test_a_job_that_gets_sigterm_ends_by_itself(queue):
    ran = queue(SLEEPS, kill=Kill(0.7))
    assert (ran.code, ran.job["state"], ran.job["saved_files"]) == (1, "failed", ["first.txt", "last.txt"])


def test_nothing_is_saved_of_a_job_whose_machine_is_lost(queue, target):
    ran = queue(SLEEPS, kill=Kill(0.7, signal.SIGKILL))
    assert (ran.code, ran.job["state"], ran.job["saved_files"]) == (-signal.SIGKILL, "failed", [])
    assert list(ran.outputs) == ["first.txt"]
    assert [file.name for file in target.reload().files] == ["a.dcm"]


def test_a_job_is_killed_when_the_test_says(lab, queue, target):
    uploads = """
import flywheel
client = flywheel.Client(config["inputs"]["api-key"]["key"])
for number in range(100):
    client.upload_file_to_acquisition(config["destination"]["id"], flywheel.FileSpec(f"{number}.txt", b"x"))
"""
    ran = queue(uploads, kill=Kill(signal=signal.SIGKILL, when=lambda: len(lab.site.files) > 3))
    assert ran.job["state"] == "failed"
    assert 3 < len(target.reload().files) < 100


def test_a_job_whose_input_is_gone_fails(lab, target, tmp_path):
    image = tmp_path / "image"
    image.mkdir()
    (image / "run.py").write_text("")
    (image / "manifest.json").write_text(json.dumps(manifest()))
    lab.site.install(image)
    lab.client().lookup("gears/trial").run(inputs={"image": target.files[0]}, destination=target)
    target.delete_file("a.dcm")
    (ran,) = JobEngine(lab.running, tmp_path / "jobs").run_all()
    assert (ran.job["state"], "a.dcm not found" in ran.job["failure_reason"]) == ("failed", True)


def test_a_running_job_that_somebody_cancels_gets_sigterm(queue, target):
    ran = queue(
        SLEEPS.replace("time.sleep(60)", "")
        + """
import flywheel
client = flywheel.Client(config["inputs"]["api-key"]["key"])
client.modify_job(config["job"]["id"], {"state": "cancelled"})
time.sleep(60)
"""
    )
    assert (ran.code, ran.job["state"]) == (1, "cancelled")
    assert ran.outputs["last.txt"] == b"wrote the last"
    assert [file.name for file in target.reload().files] == ["a.dcm"]


def test_outputs_of_an_analysis_gear_stay_in_the_analysis(queue, target):
    analysis = {"flywheel": {}, "gear-builder": {"category": "analysis"}}
    ran = queue('output.joinpath("x.csv").write_text("1")', custom=analysis)
    assert ran.config["destination"]["type"] == "analysis"
    (made,) = target.reload().analyses
    assert (made.id, made.label) == (ran.config["destination"]["id"], "run")
    assert [file.name for file in made.reload().files] == ["x.csv"]
    assert [file.name for file in target.reload().files] == ["a.dcm"]


PROFILE = b"name: trial\ndicom:\n  fields:\n    - name: PatientName\n      replace-with: Nobody\n"


def test_the_gear_of_this_checkout_does_its_job(lab, target, tmp_path):
    target.upload_file(flywheel.FileSpec("deid.yaml", PROFILE))
    scan = zip_archive(mr_series(ALICE, slices=2, rows=8, columns=8))
    own = {"info": {"header": {"Rows": 8}, "qc": {"other": 1}}, "tags": ["seen"]}
    target.upload_file(flywheel.FileSpec("mr.dicom.zip", scan), metadata=own)
    target = target.reload()
    lab.site.install(ROOT)
    gear = lab.client().lookup("gears/fw-gear-deid")
    inputs = {"input-file": target.get_file("mr.dicom.zip"), "deid_profile": target.get_file("deid.yaml")}
    gear.run(
        config={"project_path": "lab/Destination", "residual_identifiers": "ignore", "tag": "deid"},
        inputs=inputs,
        destination=target,
    )
    (ran,) = JobEngine(lab.running, tmp_path / "jobs").run_all()
    assert (ran.code, ran.job["state"]) == (0, "complete"), ran.log
    assert {"deid_log.csv", "deid_report.json"} <= set(ran.job["saved_files"])
    copied = lab.client().lookup("lab/Destination/S1/V1/T1").read_file("mr.dicom.zip")
    assert zipfile.is_zipfile(io.BytesIO(copied))
    assert copied != scan
    source = target.reload().get_file("mr.dicom.zip")
    assert (source.version, sorted(source.tags)) == (1, ["deid-PASS", "seen"])
    assert source.info["qc"].pop("fw-gear-deid")["deidentification"] == {"state": "PASS", "gates": {"face": 2}}
    assert source.info == own["info"], "what was there before stays"


def test_a_rules_key_does_not_reach_another_project(lab, target, tmp_path):
    (profile,) = lab.client().lookup("lab/Source").upload_file(flywheel.FileSpec("deid.yaml", PROFILE))
    rule = {
        "gear_id": lab.site.install(ROOT),
        "role_id": lab.site.role("read-write").id,
        "name": "each DICOM file",
        "config": {"project_path": "lab/Destination"},
        "fixed_inputs": [{"file_id": profile.file_id, "input": "deid_profile"}],
        "triggering_input": "input-file",
        "all": [{"type": "file.type", "value": "dicom"}],
        "any": [],
        "not": [],
    }
    lab.client().add_project_rule(lab.source["_id"], rule)
    target.upload_file(flywheel.FileSpec("mr.dcm", b"no matter"))
    (ran,) = JobEngine(lab.running, tmp_path / "jobs").run_all()
    assert (ran.code, ran.job["state"]) == (2, "failed")
    assert "destination-key" in ran.log
    assert lab.site.children(lab.destination["_id"], "subject") == []


def test_a_job_of_a_gear_without_code_fails(lab, target, tmp_path):
    lab.client("admin").add_gear("trial", {"category": "utility", "gear": manifest()})
    gear = lab.client().lookup("gears/trial")
    gear.run(inputs={"image": target.files[0]}, destination=target)
    (ran,) = JobEngine(lab.running, tmp_path / "jobs").run_all()
    assert (ran.job["state"], ran.job["failure_reason"]) == ("failed", "the gear's image cannot be found")
