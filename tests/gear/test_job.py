# ruff: noqa: E501  # a row of a table is one case

from __future__ import annotations

import json

import pytest

from fw_gear_deid.errors import UsageError
from fw_gear_deid.gear.job import read_job
from fw_gear_deid.site.exports import Overwrite
from tests.gear.folder import ACQUISITION, FILE, IDS, MANIFEST, GearFolder

PROFILE = """\
name: canary
dicom:
  fields:
    - name: PatientName
      remove: true
"""


@pytest.fixture
def folder(tmp_path):
    made = GearFolder(tmp_path / "v0")
    made.add_input("input-file", "CANARY^ALICE.dicom.zip", b"PK")
    made.add_input("deid_profile", "profile.yaml", PROFILE, "source code")
    return made


def read(folder, manifest=MANIFEST):
    folder.write_config()
    return read_job(json.loads((folder.path / "config.json").read_text()), manifest, folder.path)


def problems(folder) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read(folder)
    return str(caught.value).splitlines()


def test_a_launch_with_defaults_is_a_job(folder):
    job = read(folder)
    assert job.input_file.path.name == "CANARY^ALICE.dicom.zip"
    assert job.input_file.lineage.ids == {**IDS, "acquisition": ACQUISITION}
    assert job.input_file.file_id == FILE
    assert job.project.folder == "research/Copy"
    assert job.overwrite is Overwrite.REPLACE
    assert job.compiled.profile.name == "canary"
    assert (job.options.workers, job.options.unmatched, job.options.dry_run) == (0, "skip", False)


def test_parents_may_stand_in_the_object_as_well(folder):
    entry = folder.inputs["input-file"]
    entry["object"]["parents"] = entry["hierarchy"].pop("parents")
    assert read(folder).input_file.lineage.ids["project"] == IDS["project"]


def test_only_the_files_own_container_need_be_known(folder):
    del folder.inputs["input-file"]["hierarchy"]["parents"]
    assert read(folder).input_file.lineage.ids == {"acquisition": ACQUISITION}


def test_a_folder_that_was_moved_is_found(folder):
    for entry in folder.inputs.values():
        entry["location"]["path"] = f"/flywheel/v0/nowhere/{entry['location']['name']}"
    assert read(folder).input_file.path == folder.path / "input" / "input-file" / "CANARY^ALICE.dicom.zip"


def test_a_built_in_profile_needs_no_file(folder):
    del folder.inputs["deid_profile"]
    folder.config |= {"profile_source": "builtin", "profile_name": "minimal"}
    assert read(folder).compiled.profile.name == "minimal"


def test_the_profile_none_needs_leave(folder):
    del folder.inputs["deid_profile"]
    folder.config |= {"profile_source": "builtin", "profile_name": "none"}
    assert "changes nothing" in problems(folder)[0]
    folder.config["allow_no_deid"] = True
    assert list(read(folder).compiled.profile.sections) == ["filename"]


def test_a_key_file_of_the_site_is_refused_where_there_is_no_site(folder):
    folder.config |= {"secret_key": "lab/Source/files/key.txt"}
    assert problems(folder) == [
        "secret_key: needs the site that has the file; without api-key, write secret-key into the profile"
    ]


def test_the_place_that_a_profile_gives_for_the_log_is_not_used(folder):
    folder.add_input("deid_profile", "profile.yaml", f"deid-log: CANARY.csv\n{PROFILE}")
    assert read(folder).notes == ("deid-log of the profile is not used: the gear's log is output/deid_log.csv",)


MAP = 'PatientName,SubjectCode,$config\n,,"{""format"": ""ex{SubjectCode:02}""}"\n'


def test_a_job_goes_on_from_a_subject_map_and_begins_none(folder):
    folder.add_input("deid_profile", "profile.yaml", f"map-subjects: subjects.csv\n{PROFILE}")
    assert problems(folder) == ["map-subjects: the subject map is not there; a job goes on from one, but begins none"]
    (folder.path / "subjects.csv").write_text("CANARY^ALICE\n")
    (problem,) = problems(folder)
    assert problem.startswith("map-subjects: line 1: this is no subject map")
    (folder.path / "subjects.csv").write_text(MAP)
    assert read(folder).options.subjects.path == folder.path.resolve() / "subjects.csv"


def test_a_subject_map_among_the_copies_is_refused(folder):
    folder.add_input("deid_profile", "profile.yaml", f"map-subjects: output/subjects.csv\n{PROFILE}")
    (folder.output / "subjects.csv").write_text(MAP)
    assert problems(folder) == ["map-subjects: the subject map lies in output/, among the copies; put it elsewhere"]


def test_a_profile_of_an_ingest_config_is_chosen_by_its_name(folder):
    text = "deid-profiles:\n- {name: one, json: {}}\n- {name: two, csv: {}}\n"
    folder.add_input("deid_profile", "ingest.yaml", text)
    folder.config["profile_name"] = "two"
    assert list(read(folder).compiled.profile.sections) == ["csv"]


def test_all_problems_are_told_at_once_each_on_its_line(folder):
    folder.add_input("deid_profile", "profile.yaml", "dicom:\n  fields:\n    - name: PatientNam\n      remov: true\n")
    folder.inputs["atlas"] = {"base": "api-key", "key": "CANARY:KEY"}
    del folder.inputs["input-file"]
    folder.config = {
        "project_path": "CANARY",
        "profile_source": "CANARY",
        "overwrite_files": "replace",
        "dry_run": "yes",
        "workers": 65,
        "debug": 1,
        "colour": "CANARY",
        "match_by_id": ["CANARY"],
    }
    found = problems(folder)
    for start in (
        "inputs: 'atlas' is not an input",
        "project_path: must be 'group/Project Label'",
        "profile_source: must be one of: auto, input, project, group, site, builtin",
        "overwrite_files: must be one of: Replace",
        "dry_run: must be true or false",
        "workers: must be from 0 to 64",
        "debug: must be true or false",
        "colour: not an option",
        "match_by_id: must be one of: subject, session, acquisition",
        "input-file: missing",
    ):
        assert [line for line in found if line.startswith(start)], start
    assert any(":3:" in line or ":4:" in line for line in found), "the profile's own problems have their place"
    assert "CANARY" not in "\n".join(found)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({}, "project_path: missing"),
        ({"project_path": ""}, "project_path: missing"),
        ({"project_path": None}, "project_path: missing"),
        ({"project_path": ["research/Copy"]}, "project_path: must be a text"),
        ({"project_path": "research/../x"}, "project_path: must be"),
        ({"workers": True}, "workers: must be a whole number"),
        ({"workers": -1}, "workers: must be from 0 to 64"),
        ({"workers": 1.5}, "workers: must be a whole number"),
        ({"profile_source": "builtin"}, "profile_name: missing"),
        ({"profile_source": "builtin", "profile_name": "no-such-profile"}, "profile"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_by_its_option(folder, config, problem):
    folder.config = config if "project_path" in config or not config else {"project_path": "research/Copy", **config}
    found = problems(folder)
    assert len(found) == 1
    assert found[0].startswith(problem)


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("input-file", {"base": "api-key"}, "input-file: must be a file"),
        ("input-file", {"location": {}}, "input-file: must be a file"),
        ("input-file", {"location": {"path": "/nowhere/CANARY.zip"}}, "input-file: the file is not where"),
        ("input-file", {"location": "CANARY"}, "inputs: 'input-file': 'location' must be a JSON object"),
        ("input-file", {"hierarchy": {"type": "analysis", "id": "1"}}, "input-file: must be a file of one of"),
        ("input-file", {"hierarchy": {"type": "acquisition"}}, "input-file: config.json gives no id"),
        ("deid_profile", {"location": {"path": "/nowhere/CANARY.yaml"}}, "deid_profile: the file is not where"),
    ],
)
def test_an_input_that_cannot_be_used_is_told_by_its_name(folder, name, change, problem):
    folder.inputs[name] |= change
    found = problems(folder)
    assert found[0].startswith(problem)
    assert "CANARY" not in "\n".join(found)


@pytest.mark.parametrize("source", ["auto", "input"])
def test_without_a_profile_nothing_is_done(folder, source):
    del folder.inputs["deid_profile"]
    folder.config["profile_source"] = source
    found = problems(folder)
    assert len(found) == 1
    assert found[0].startswith("deid_profile: missing")


def test_a_blank_profile_is_refused_unless_allowed(folder):
    folder.add_input("deid_profile", "profile.yaml", "name: blank\n", "source code")
    assert problems(folder)
    folder.config["allow_no_deid"] = True
    assert read(folder).compiled.profile.name == "blank"


@pytest.mark.parametrize("whole", [[], None, "x", {"config": [], "inputs": []}])
def test_a_config_of_another_shape_is_refused(whole, tmp_path):
    with pytest.raises(UsageError, match="must be a JSON object"):
        read_job(whole, MANIFEST, tmp_path)


TEMPLATED = """\
dicom:
  date-increment: {{ SHIFT }}
  fields:
    - {name: StudyDate, increment-date: true}
    - {name: PatientID, replace-with: "{{ subject.label }}-{{ ID }}"}
"""
MAPPING = "subject.label,session.label,SHIFT,ID\nCANARY1,A,-7,01\nCANARY1,B,-14,02\n"


@pytest.fixture
def templated(folder):
    folder.add_input("deid_profile", "profile.yaml", TEMPLATED, "source code")
    folder.add_input("mapping_csv", "mapping.csv", MAPPING, "tabular data")
    folder.inputs["input-file"]["hierarchy"]["labels"] = {"subject": "CANARY1", "session": "B"}
    folder.config["session_level_profile"] = True
    return folder


@pytest.mark.parametrize("place", ["hierarchy", "object"])
def test_a_profile_is_filled_from_the_row_of_the_input_files_subject_and_session(templated, place):
    entry = templated.inputs["input-file"]
    entry[place]["labels"] = entry["hierarchy"].pop("labels")
    rules = read(templated).compiled.profile.sections["dicom"].rules
    assert rules[0].action.days == -14
    assert rules[1].action.value == "CANARY1-02"


def test_rows_are_per_subject_unless_it_is_said_that_they_are_per_session(templated):
    templated.config["session_level_profile"] = False
    found = problems(templated)
    assert [line.split(": ")[0] for line in found] == ["mapping_csv:3:1"]
    templated.add_input("mapping_csv", "mapping.csv", MAPPING.replace("CANARY1,B", "CANARY2,B"), "tabular data")
    assert read(templated).compiled.profile.sections["dicom"].rules[0].action.days == -7


@pytest.mark.parametrize(
    ("labels", "mapping", "start"),
    [
        (None, MAPPING, "mapping_csv: config.json does not tell the label of the subject and session, so no row"),
        ({"subject": "CANARY1"}, MAPPING, "mapping_csv: config.json does not tell the label of the session, so no row"),
        ({"subject": "CANARY1", "session": "C"}, MAPPING, "mapping_csv:1:1: there is no row for this subject and session"),
        ({"subject": "CANARY1", "session": "B"}, "subject.label\n", "mapping_csv:1:1: the mapping has no column session.label"),
        ({"subject": "CANARY1", "session": "B"}, MAPPING.replace("ID", "IDS"), "deid_profile:5:39: there is no value for ID: the mapping has no"),
        ({"subject": "CANARY1", "session": "B"}, MAPPING.replace("-14", "CANARY"), "deid_profile:2:19: date-increment must be a number, or the word subject (filled from SHIFT)"),
    ],
)  # fmt: skip
def test_a_job_without_all_its_values_is_refused(templated, labels, mapping, start):
    templated.add_input("mapping_csv", "mapping.csv", mapping, "tabular data")
    if labels is None:
        del templated.inputs["input-file"]["hierarchy"]["labels"]
    else:
        templated.inputs["input-file"]["hierarchy"]["labels"] = labels
    found = problems(templated)
    assert found[0].startswith(start)
    assert "CANARY" not in "\n".join(found)


def test_a_profile_with_templates_and_no_mapping_is_refused_with_what_it_lacks(templated):
    del templated.inputs["mapping_csv"]
    found = problems(templated)
    assert [line.split(" for ")[1].split(":")[0] for line in found if " for " in line][:2] == ["SHIFT", "ID"]


def test_mistakes_of_the_profile_are_told_though_no_row_can_be_chosen(templated):
    del templated.inputs["input-file"]["hierarchy"]["labels"]
    text = TEMPLATED.replace("StudyDate", "StudyDat")
    templated.add_input("deid_profile", "profile.yaml", text, "source code")
    assert [line.split(": ")[0] for line in problems(templated)] == ["mapping_csv", "deid_profile:4:7"]


def test_a_column_that_is_not_used_is_a_note(templated):
    text = MAPPING.replace("ID", "ID,MORE").replace("01", "01,x").replace("02", "02,x")
    templated.add_input("mapping_csv", "mapping.csv", text, "tabular data")
    assert read(templated).notes == ("mapping_csv:1:1: warning: the profile does not use the column MORE",)


@pytest.mark.parametrize(("name", "said"), [("deid_log.csv", {}), ("t.csv", {"gear_info": {"name": "fw-gear-deid"}})])
def test_what_the_gear_wrote_is_no_input_file(folder, name, said):
    folder.add_input("input-file", name, "type,PatientName\nbefore,Canary^Alice\n")
    folder.inputs["input-file"]["object"] |= said
    assert problems(folder) == [
        "input-file: was written by this gear, and may hold what it removed; choose another file"
    ]
