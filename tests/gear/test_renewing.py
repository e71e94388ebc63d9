"""The same job again after metadata changed: at the source, in the profile, or by hand at the destination."""

from __future__ import annotations

import csv

import pytest

from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import GearFolder, done

PROFILE = """\
json: {fields: [{name: PatientName, remove: true}]}
flywheel:
  subject: {fields: [{name: sex, keep: true}, {name: info.a, keep: true}, {name: info.b, keep: true}]}
  session: {fields: [{name: weight, keep: true}]}
  file: {fields: [{name: modality, keep: true}, {name: info, keep: true}]}
"""


@pytest.fixture
def lab():
    with open_lab() as opened:
        site, info = opened.site, {"a": 1, "b": 2, "c": 3}
        subject = site.add_container("subject", opened.source["_id"], {"label": "S1", "sex": "female", "info": info})
        session = site.add_container("session", subject["_id"], {"label": "V1", "weight": 70})
        store(site, session, "side.json", b'{"n": 1}', metadata={"modality": "MR", "info": {"k": 1}})
        yield opened


@pytest.fixture
def run(lab, tmp_path):
    """Return a function that does the job and returns how its files ended."""

    def once(profile=PROFILE, **config):
        number = len(list(tmp_path.iterdir()))
        job = GearFolder(tmp_path / f"v{number}", {"project_path": "lab/Destination", **config})
        job.inputs["api-key"] = {"base": "api-key", "key": lab.running.api_key(lab.keys["owner"])}
        job.add_input("deid_profile", "profile.yaml", profile, "source code")
        job.destination = {"type": "project", "id": lab.source["_id"]}
        assert done(job) == 0
        (path,) = job.output.glob("*_export.csv")
        with path.open(newline="", encoding="utf-8") as file:
            return [row["state"] for row in csv.DictReader(file)]

    return once


def of(lab, project, kind):
    (container,) = lab.site.children(project["_id"], kind)
    return container


def told(container):
    """Return a subject's metadata as far as the profile exports it."""
    return {"sex": container.get("sex"), **{key: value for key, value in container["info"].items() if key != "export"}}


def test_what_the_source_changed_is_brought_up_to_date_and_what_others_changed_stays(lab, run):
    run()
    copy = of(lab, lab.destination, "subject")
    assert told(copy) == {"sex": "female", "a": 1, "b": 2}
    copy.update(sex="other")  # by hand
    copy["info"] |= {"curated": True, "b": "by hand"}
    source = of(lab, lab.source, "subject")
    source["info"] = {"a": 10, "b": 2}
    of(lab, lab.source, "session")["weight"] = 71
    assert run() == ["skipped"], "the file is as it was"
    assert told(of(lab, lab.destination, "subject")) == {"sex": "other", "a": 10, "b": "by hand", "curated": True}
    assert of(lab, lab.destination, "session")["weight"] == 71
    source["sex"] = "male"
    del source["info"]["b"]
    run()
    assert told(of(lab, lab.destination, "subject")) == {"sex": "male", "a": 10, "curated": True}


def test_what_others_wrote_stays_when_a_mended_profile_begins_to_export_such_a_field(lab, run):
    begun = PROFILE.replace("{name: sex, keep: true}, ", "").replace(", {name: info.b, keep: true}", "")
    run(begun)
    copy = of(lab, lab.destination, "subject")
    copy.update(sex="other")  # by hand
    copy["info"]["b"] = "by hand"
    run(PROFILE.replace("info.b, keep: true}", "info.b, keep: true}, {name: cohort, replace-with: Study}"))
    copy = of(lab, lab.destination, "subject")
    assert (told(copy), copy["cohort"]) == ({"sex": "other", "a": 1, "b": "by hand"}, "Study")


def test_what_was_exported_once_is_brought_up_to_date_when_it_is_exported_again(lab, run):
    run()
    source = of(lab, lab.source, "subject")
    source["info"] = {"a": 10, "b": 2}
    run(PROFILE.replace("{name: sex, keep: true}, ", ""))
    source["sex"] = "male"
    run()
    assert of(lab, lab.destination, "subject")["sex"] == "male"


def test_what_a_mended_profile_no_longer_exports_goes_from_info(lab, run):
    run()
    run(PROFILE.replace(", {name: info.b, keep: true}", ""))
    copy = of(lab, lab.destination, "subject")
    assert told(copy) == {"sex": "female", "a": 1}
    assert set(copy["info"]["export"]["metadata"]) == {"sex", "info"}
    run(PROFILE.replace("{name: info.b", "{name: cohort"))
    run()
    assert told(of(lab, lab.destination, "subject")) == {"sex": "female", "a": 1, "b": 2}


def test_what_cannot_be_taken_back_is_told_again_and_again(run, caplog):
    run()
    mended = PROFILE.replace("{name: sex, keep: true}, ", "").replace(", {name: info.b, keep: true}", "")
    for _ in range(2):
        caplog.clear()
        run(mended)
        assert "Containers of the destination, 1: hold metadata that the profile of an earlier job" in caplog.text


@pytest.mark.parametrize("config", [{"overwrite_files": "Skip"}, {"dry_run": True}])
def test_metadata_is_left_alone_where_nothing_may_be_overwritten(lab, run, config):
    run()
    of(lab, lab.source, "subject")["sex"] = "male"
    run(**config)
    assert of(lab, lab.destination, "subject")["sex"] == "female"


def test_a_container_that_another_gear_made_is_left_alone(lab, run):
    run()
    copy = of(lab, lab.destination, "subject")
    copy["info"]["export"] = {"origin_id": copy["info"]["export"]["origin_id"]}
    of(lab, lab.source, "subject")["sex"] = "male"
    run()
    assert of(lab, lab.destination, "subject")["sex"] == "female"


def test_a_file_is_done_again_when_its_exported_metadata_changed_but_not_for_the_result_of_the_job_itself(lab, run):
    assert run() == ["exported"]
    (file,) = (each for each in lab.site.files.values() if each.name == "side.json" and "qc" in each.document["info"])
    assert run() == ["skipped"]
    file.document["info"]["k"] = 2
    assert run() == ["exported"]
    (copy,) = (each for each in lab.site.files.values() if each.name == "side.json" and each is not file)
    assert (copy.document["info"]["k"], len(copy.versions)) == (2, 2)


def test_what_is_encrypted_is_not_written_again_and_again(lab, run):
    """Each encryption of a value is another one."""
    encrypting = "  session: {secret-key: 0123456789abcdef, fields: [{name: operator, encrypt: true}]}\n"
    profile = PROFILE.replace("  session: {fields: [{name: weight, keep: true}]}\n", encrypting)
    of(lab, lab.source, "session")["operator"] = "Zebra"
    run(profile)
    before = of(lab, lab.destination, "session")["operator"]
    assert run(profile) == ["skipped"]
    assert of(lab, lab.destination, "session")["operator"] == before != "Zebra"
