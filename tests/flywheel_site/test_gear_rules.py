"""Gear rules: a file arrives, its conditions hold, a job starts that knows one project alone."""

import json

import flywheel
import pytest

from tests.flywheel_site.engine import JobEngine
from tests.flywheel_site.test_engine import HEAD, manifest
from tests.flywheel_site.test_sdk import acquisition, refused

DICOM = {"type": "file.type", "value": "dicom"}
NOT_TAGGED = {"type": "file.tags", "value": "deid-*"}


@pytest.fixture
def gear_id(lab, tmp_path):
    image = tmp_path / "image"
    image.mkdir()
    inputs = {"image": {"base": "file"}, "profile": {"base": "file"}, "api-key": {"base": "api-key"}}
    (image / "manifest.json").write_text(json.dumps(manifest(inputs=inputs)))
    (image / "run.py").write_text(
        HEAD
        + """
import flywheel
client = flywheel.Client(config["inputs"]["api-key"]["key"], disable_auth_check=True)
seen = {"projects": [each.label for each in client.projects()], "config": config["config"], "job": config["job"]}
try:
    client.get(config["destination"]["id"]).add_tag("x")
except flywheel.ApiException as error:
    seen["refused"] = error.status
seen["profile"] = pathlib.Path(config["inputs"]["profile"]["location"]["path"]).read_text()
seen["names"] = config["inputs"]["image"]["location"]["name"]
client.api_client.rest_client.client.close()
output.joinpath("seen.json").write_text(json.dumps(seen))
tagged = {"name": seen["names"], "tags": ["deid-PASS"]}
output.joinpath(".metadata.json").write_text(json.dumps({"acquisition": {"files": [tagged]}}))
"""
    )
    return lab.site.install(image)


@pytest.fixture
def add_rule(lab, gear_id):
    client = lab.client()
    project = client.get_project(lab.source["_id"])
    (profile,) = project.upload_file(flywheel.FileSpec("deid.yaml", b"name: fixed"))

    def add_rule(role="read-only", **changed):
        fixed = [{"file_id": profile.file_id, "input": "profile"}]
        body = {
            "project_id": project.id,
            "gear_id": gear_id,
            "role_id": lab.site.role(role).id,
            "name": "each DICOM file",
            "config": {"word": "rule"},
            "fixed_inputs": fixed,
            "any": [],
            "all": [DICOM],
            "not": [NOT_TAGGED],
            **changed,
        }
        return client.add_project_rule(project.id, body)

    return add_rule


def states(lab):
    return [job["state"] for job in lab.site.jobs.values()]


def test_a_file_that_arrives_starts_the_job_of_its_rule(lab, add_rule, tmp_path):
    rule = add_rule()
    target = acquisition(lab.client())
    target.upload_file(flywheel.FileSpec("notes.txt", b"1"))
    assert states(lab) == []
    target.upload_file(flywheel.FileSpec("a.dcm", b"1"))
    assert states(lab) == ["pending"]
    (ran,) = JobEngine(lab.running, tmp_path / "jobs").run_all()
    seen = json.loads(target.reload().read_file("seen.json"))
    assert seen == {
        "projects": ["Source"],
        "config": {"word": "rule"},
        "job": {"id": ran.job["_id"], "origin": {"type": "system", "id": "system"}},
        "refused": 403,
        "profile": "name: fixed",
        "names": "a.dcm",
    }
    job = lab.client().get_job(ran.job["_id"])
    assert (job.state, job.rule_id, job.role_id) == ("complete", rule.id, rule.role_id)
    assert target.reload().get_file("a.dcm").tags == ["deid-PASS"]
    assert states(lab) == ["complete"], "neither the tag nor the gear's own output starts it again"


def test_a_tag_that_is_taken_away_does_not_start_it_twice_but_a_new_version_does(lab, add_rule):
    add_rule()
    target = acquisition(lab.client())
    (file,) = target.upload_file(flywheel.FileSpec("a.dcm", b"1"), metadata={"tags": ["deid-FAIL"]})
    assert states(lab) == []
    lab.client().set_file_tags(file.file_id, [])
    assert states(lab) == ["pending"]
    lab.client().set_file_tags(file.file_id, ["other"])
    assert states(lab) == ["pending"]
    target.upload_file(flywheel.FileSpec("a.dcm", b"2"))
    assert states(lab) == ["pending"] * 2


@pytest.mark.parametrize(
    ("conditions", "jobs"),
    [
        ({"all": [{"type": "file.name", "value": "*.dcm"}]}, 1),
        ({"all": [{"type": "file.name", "value": r"^B", "regex": True}]}, 0),
        ({"all": [{"type": "file.name", "value": r"^A\.", "regex": True}]}, 1),
        ({"all": [DICOM, {"type": "file.modality", "value": "CT"}]}, 0),
        ({"all": [], "any": [{"type": "file.modality", "value": "CT"}, {"type": "file.modality", "value": "mr"}]}, 1),
        ({"all": [{"type": "file.classification", "value": "T1"}]}, 1),
        ({"all": [{"type": "container.has-type", "value": "nifti"}]}, 1),
        ({"all": [{"type": "container.has-type", "value": "pdf"}]}, 0),
        ({"all": [{"type": "file.parent_ref.type", "value": "session"}]}, 0),
        ({"all": [DICOM], "not": [{"type": "file.modality", "value": "MR"}]}, 0),
        ({"all": [DICOM], "disabled": True}, 0),
    ],
    ids=str,
)
def test_conditions_say_which_file_starts_a_job(lab, add_rule, conditions, jobs):
    target = acquisition(lab.client())
    target.upload_file(flywheel.FileSpec("b.nii", b"1"))
    add_rule(**conditions)
    metadata = {"modality": "MR", "classification": {"Measurement": ["T1"]}}
    target.upload_file(flywheel.FileSpec("a.dcm", b"1"), metadata=metadata)
    assert len(states(lab)) == jobs


def test_a_rule_is_changed_and_taken_away(lab, add_rule):
    client, rule = lab.client(), add_rule()
    client.modify_project_rule(lab.source["_id"], rule.id, {"disabled": True})
    assert client.get_project_rule(lab.source["_id"], rule.id).disabled is True
    client.remove_project_rule(lab.source["_id"], rule.id)
    assert client.get_project_rules(lab.source["_id"]) == []


def test_a_rule_that_could_not_work_is_refused(lab, add_rule):
    elsewhere = lab.client().get_project(lab.destination["_id"])
    (other,) = elsewhere.upload_file(flywheel.FileSpec("deid.yaml", b"name: other"))
    refused(422, add_rule, all=[{"type": "file.colour", "value": "red"}])
    refused(422, add_rule, config={"word": 5})
    refused(422, add_rule, role_id="unknown")
    refused(422, add_rule, fixed_inputs=[{"file_id": other.file_id, "input": "profile"}])
    refused(403, lab.client("reader").add_project_rule, lab.source["_id"], {"gear_id": "x"})
