"""The unmodified SDK against the site in memory: what it sends is understood, what it gets makes its models."""

import io
import zipfile

import flywheel
import pytest
from flywheel.models.analysis_output import AnalysisOutput

MANIFEST = {
    "name": "fw-gear-deid",
    "label": "De-identify",
    "version": "0.1.0",
    "inputs": {"input-file": {"base": "file", "optional": True}, "deid_profile": {"base": "file", "optional": True}},
    "config": {"project_path": {"type": "string"}, "dry_run": {"type": "boolean", "default": False}},
}


def refused(status, call, *arguments, **options):
    with pytest.raises(flywheel.ApiException) as caught:
        call(*arguments, **options)
    assert caught.value.status == status
    return caught.value


def acquisition(client, label="T1"):
    project = client.lookup("lab/Source")
    session = project.add_subject(label="S1").add_session(label="V1", timestamp="2020-01-02T03:04:05+00:00")
    return session.add_acquisition(label=label)


def archive():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        written.writestr("a/1.dcm", b"one")
        written.writestr("a/2.dcm", b"second")
    return buffer.getvalue()


def test_a_client_knows_who_it_is(lab):
    client = lab.client()
    assert client.get_current_user().id == "owner@example.org"
    assert client.get_auth_status().user_is_admin is False
    assert client.get_config().features.signed_url is True
    assert client.get_version().release
    refused(401, lab.client("unknown").get_auth_status)


def test_a_hierarchy_is_built_and_found_again(lab):
    made = acquisition(lab.client())
    found = lab.client().lookup("lab/Source/S1/V1/T1")
    assert (found.id, found.label, found.container_type) == (made.id, "T1", "acquisition")
    assert found.parents.group == "lab"
    session = lab.client().get(found.parents.session)
    assert session.subject.label == "S1"
    assert session.timestamp.isoformat() == "2020-01-02T03:04:05+00:00"
    assert [each.label for each in lab.client().resolve("lab/Source").children] == ["S1"]
    refused(404, lab.client().lookup, "lab/Source/S1/V2")


def test_finders_page_through_more_than_a_page(lab):
    client = lab.client()
    session = client.get(acquisition(client).parents.session)
    for number in range(24):
        session.add_acquisition(label=f"more {number:02}")
    assert len(list(session.acquisitions.iter(limit=10))) == 25
    assert len({each.id for each in client.acquisitions.iter_find("label=~^more", limit=7)}) == 24
    newest = session.acquisitions.find(sort="label:desc", limit=2)
    assert [each.label for each in newest] == ["more 23", "more 22"]
    assert client.acquisitions.find_first('label="more 03",created>2020-01-01').label == "more 03"
    assert client.acquisitions.find("created<2020-01-01") == []


def test_a_comma_in_a_filter_is_told_by_a_backslash(lab):
    project = lab.client().lookup("lab/Source")
    for label in ("Two, S", "Two"):
        project.add_subject(label=label)
    assert [each.label for each in project.subjects.find('label="Two\\, S"')] == ["Two, S"]
    assert len(project.subjects.find("label=|[Two,Three],tags!=x")) == 1
    refused(422, project.subjects.find, 'label="Two, S"')


def test_a_file_comes_back_as_it_was_sent(any_lab):
    client = any_lab.client()
    target = acquisition(client)
    (sent,) = target.upload_file(flywheel.FileSpec("scan é.dcm", b"\x00\xff" * 50_000, "application/dicom"))
    assert (sent.size, sent.version, sent.type) == (100_000, 1, "dicom")
    assert target.read_file("scan é.dcm") == b"\x00\xff" * 50_000
    reloaded = target.reload().files[0]
    assert (reloaded.name, reloaded.hash) == ("scan é.dcm", sent.hash)


def test_metadata_travels_with_an_upload(any_lab):
    client = any_lab.client()
    target = acquisition(client)
    metadata = {"modality": "MR", "classification": {"Measurement": ["T1"]}, "info": {"a.b": 1}, "tags": ["x"]}
    target.upload_file(flywheel.FileSpec("a.nii.gz", b"voxels"), metadata=metadata)
    file = target.reload().files[0]
    assert (file.modality, file.classification, file.tags) == ("MR", {"Measurement": ["T1"]}, ["x"])
    assert file.info == {"a_b": 1}


def test_a_second_upload_of_a_name_is_a_second_version(any_lab):
    client = any_lab.client()
    target = acquisition(client)
    (first,) = target.upload_file(flywheel.FileSpec("a.json", b"1"))
    (second,) = target.upload_file(flywheel.FileSpec("a.json", b"22"))
    assert (first.file_id, first.version, second.version) == (second.file_id, 1, 2)
    assert [each.version for each in client.get_file_versions(second.file_id)] == [1, 2]
    assert target.read_file("a.json") == b"22"
    assert target.read_file("a.json", version=1) == b"1"
    assert len(target.reload().files) == 1


def test_archives_are_read_by_member_and_files_by_range(lab, tmp_path):
    client = lab.client()
    target = acquisition(client)
    target.upload_file(flywheel.FileSpec("a.dicom.zip", archive()))
    info = target.get_file_zip_info("a.dicom.zip")
    assert [(each.path, each.size) for each in info.members] == [("a/1.dcm", 3), ("a/2.dcm", 6)]
    assert target.read_file_zip_member("a.dicom.zip", "a/2.dcm") == b"second"
    target.download_file("a.dicom.zip", str(tmp_path / "copy.zip"))
    assert (tmp_path / "copy.zip").read_bytes() == archive()
    part = client.download_file_from_acquisition_as_data(target.id, "a.dicom.zip", range="bytes=1-3")
    assert part == archive()[1:4]
    assert "ticket=" in target.get_file_download_url("a.dicom.zip")
    assert target.reload().files[0].zip_member_count == 2


def test_info_tags_and_classification_change_in_place(lab):
    client = lab.client()
    target = acquisition(client)
    target.upload_file(flywheel.FileSpec("a.nii", b"voxels"), metadata={"modality": "MR"})
    target.update_info(export={"origin_id": "abc"}, other=1)
    target.delete_info("other")
    target.add_tag("done")
    file = target.reload().files[0]
    file.update_info(qc={"state": "PASS"})
    file.add_tag("checked")
    target.update_file_classification("a.nii", {"Intent": ["Structural"]})
    file = client.get_file(file.file_id)
    assert (file.info, file.tags, file.classification) == (
        {"qc": {"state": "PASS"}},
        ["checked"],
        {"Intent": ["Structural"]},
    )
    found = client.acquisitions.find_one("info.export.origin_id=abc")
    assert (found.label, found.tags, found.info) == ("T1", ["done"], {})
    assert found.reload().info == {"export": {"origin_id": "abc"}}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"label": "x" * 65}, "at most 64"),
        ({"label": " "}, "at least 1"),
        ({"label": "S", "sex": "M"}, "sex"),
        ({"label": "S", "race": "unlisted"}, "race"),
        ({"label": "S", "date_of_birth": "01/02/1980"}, "date_of_birth"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_what_breaks_the_platforms_rules_is_refused(lab, fields, words):
    project = lab.client().lookup("lab/Source")
    assert words in refused(422, project.add_subject, **fields).reason


def test_a_wrong_classification_is_refused(lab):
    target = acquisition(lab.client())
    target.upload_file(flywheel.FileSpec("a.nii", b"voxels"), metadata={"modality": "MR"})
    refused(422, target.replace_file_classification, "a.nii", {"Measurement": ["nonsense"]})
    refused(422, target.update_file, "a.nii", modality="é")


def test_two_subjects_cannot_have_one_label_but_sessions_can(lab):
    project = lab.client().lookup("lab/Source")
    subject = project.add_subject(label="S1")
    refused(409, project.add_subject, label="S1")
    subject.add_session(label="V1")
    subject.add_session(label="V1")
    assert len(subject.sessions.find("label=V1")) == 2


def test_rights_end_at_the_project(lab):
    reader = lab.client("reader")
    assert reader.lookup("lab/Source").label == "Source"
    refused(403, reader.lookup("lab/Source").add_subject, label="S2")
    rule = lab.client("rule")
    assert [each.label for each in rule.projects.find()] == ["Source"]
    rule.get(lab.source["_id"]).add_subject(label="from a rule")
    refused(403, rule.get, lab.destination["_id"])
    refused(404, rule.lookup, "lab/Destination")
    refused(404, rule.get_current_user)


def test_settings_hold_a_profile_at_each_level(lab):
    lab.site.settings["lab"] = {"deid_profile": {"name": "of the group"}}
    admin = lab.client("admin")
    admin.modify_site_settings({"deid_profile": "name: of the site"})
    owner = lab.client()
    owner.modify_project_settings(lab.source["_id"], {"deid_profile": {"name": "of the project"}})
    assert owner.get_project_settings(lab.source["_id"]).deid_profile == {"name": "of the project"}
    assert owner.get_group("lab").settings.deid_profile == {"name": "of the group"}
    assert owner.get_site_settings().deid_profile == {"name": "of the site"}
    refused(403, owner.modify_site_settings, {"deid_profile": "name: other"})
    refused(403, lab.client("reader").modify_project_settings, lab.source["_id"], {})


def test_a_deletion_may_need_its_reason(lab):
    target = acquisition(lab.client())
    target.upload_file(flywheel.FileSpec("a.txt", b"1"))
    lab.source["$asks_reason"] = True
    refused(422, target.delete_file, "a.txt")
    refused(422, target.delete_file, "a.txt", delete_reason="because")
    target.delete_file("a.txt", delete_reason="test_data")
    assert target.reload().files == []
    assert lab.site.deleted[-1]["reason"] == "test_data"
    refused(403, lab.client("reader").delete_acquisition, target.id)


def test_jobs_are_checked_queued_and_retried(lab):
    client = lab.client()
    gear_id = lab.client("admin").add_gear("fw-gear-deid", {"category": "utility", "gear": MANIFEST})
    target = acquisition(client)
    target.upload_file(flywheel.FileSpec("a.dcm", b"1"))
    gear = client.lookup("gears/fw-gear-deid")
    assert gear.id == gear_id
    file = target.reload().files[0]
    refused(422, gear.run, config={}, inputs={"input-file": file}, destination=target)
    refused(422, gear.run, config={"project_path": 5}, inputs={"input-file": file}, destination=target)
    job_id = gear.run(config={"project_path": "lab/Destination"}, inputs={"input-file": file}, destination=target)
    job = client.get_job(job_id)
    assert (job.state, job.config.config) == ("pending", {"project_path": "lab/Destination", "dry_run": False})
    assert job.inputs["input-file"].name == "a.dcm"
    client.modify_job(job_id, {"state": "running"})
    client.modify_job(job_id, {"state": "failed"})
    again = client.retry_job(job_id)
    assert client.get_job(again).previous_job_id == job_id
    assert [each.id for each in client.jobs.find("state=pending")] == [again]


def test_a_batch_is_made_of_prepared_jobs(lab):
    client = lab.client()
    gear_id = lab.client("admin").add_gear("fw-gear-deid", {"category": "utility", "gear": MANIFEST})
    session = client.get(acquisition(client).parents.session)
    jobs = [
        flywheel.InputJob(
            gear_id=gear_id, config={"project_path": "lab/Destination"}, destination=session.ref(), inputs={}
        )
        for _ in range(3)
    ]
    proposal = client.create_batch_job_from_jobs(
        {"jobs": [client.api_client.sanitize_for_serialization(job) for job in jobs]}
    )
    assert client.jobs.find() == []
    queued = client.start_batch(proposal.id)
    assert [job.state for job in queued] == ["pending"] * 3
    assert client.get_batch(proposal.id).jobs == [job.id for job in queued]
    assert client.cancel_batch(proposal.id) == 3


def test_an_analysis_holds_at_most_a_hundred_outputs(lab):
    client = lab.client()
    session = client.get(acquisition(client).parents.session)
    analysis = session.add_analysis(label="export")
    assert isinstance(analysis, AnalysisOutput)
    for number in range(100):
        analysis.upload_file(flywheel.FileSpec(f"{number}.txt", b"x"), signed=False)
    refused(422, analysis.upload_file, flywheel.FileSpec("one more.txt", b"x"), signed=False)
