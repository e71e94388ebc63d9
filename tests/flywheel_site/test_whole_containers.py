"""What the SDK does with containers as wholes: smart copies, archives, hierarchies, many deletions, files that move."""

import tarfile
import zipfile

import flywheel
import pytest

from tests.flywheel_site.test_sdk import acquisition, refused


@pytest.fixture
def target(lab):
    made = acquisition(lab.client())
    made.upload_file(flywheel.FileSpec("a.dcm", b"one"), metadata={"modality": "MR", "info": {"k": 1}})
    made.upload_file(flywheel.FileSpec("b.csv", b"1,2"))
    return made.reload()


def test_a_smart_copy_shares_bytes_and_keeps_its_original_from_being_deleted(lab, target):
    client = lab.client()
    session = client.lookup("lab/Destination").add_subject(label="S9").add_session(label="V9")
    copied = client.acquisition_copy(target.id, {"dst_session_id": session.id, "label": "copy"})
    copy = copied.reload().get_file("a.dcm")
    original = target.get_file("a.dcm")
    assert (copied.label, copied.parents.session) == ("copy", session.id)
    assert (copy.copy_of.file_id, copy.modality, copied.read_file("a.dcm")) == (original.file_id, "MR", b"one")
    error = refused(409, client.delete_file, original.file_id)
    assert "copies" in error.reason
    client.delete_file(copy.file_id)
    client.delete_file(original.file_id)
    assert [file.name for file in target.reload().files] == ["b.csv"]


def test_a_project_is_copied_with_all_below_it_unless_it_forbids_that(lab, target):
    client = lab.client("admin")
    made = client.project_copy(lab.source["_id"], {"group_id": "lab", "project_label": "Twin"})
    twin = client.lookup("lab/Twin/S1/V1/T1").reload()
    assert (twin.parents.project, len(twin.files)) == (made.project_id, 2)
    assert twin.id != target.id
    lab.source["copyable"] = False
    refused(403, client.project_copy, lab.source["_id"], {"group_id": "lab", "project_label": "Third"})
    reader = lab.client("reader")
    refused(403, reader.subject_copy, target.parents.subject, {"dst_project_id": lab.destination["_id"]})


def test_containers_are_downloaded_as_an_archive(lab, target, tmp_path):
    client = lab.client()
    client.download_tar([client.lookup("lab/Source")], str(tmp_path / "all.tar"))
    with tarfile.open(tmp_path / "all.tar") as archive:
        assert archive.getnames() == ["lab/Source/S1/V1/T1/a.dcm", "lab/Source/S1/V1/T1/b.csv"]
    client.download_zip([target], str(tmp_path / "some.zip"), include_types=["dicom"])
    with zipfile.ZipFile(tmp_path / "some.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"lab/Source/S1/V1/T1/a.dcm": b"one"}


def test_a_hierarchy_is_made_once(lab):
    client = lab.client()
    body = {"subject": {"label": "S5"}, "session": {"label": "V5", "age": 7}, "acquisition": {"label": "T5"}}
    first = client.upsert_project_hierarchy(lab.source["_id"], body)
    again = client.upsert_project_hierarchy(lab.source["_id"], {**body, "session": {"label": "V5", "age": 8}})
    assert [first.subject.upsert_result, first.acquisition.upsert_result] == ["created", "created"]
    assert [again.subject.upsert_result, again.session.upsert_result] == ["ignored", "updated"]
    assert (again.acquisition.id, client.get_session(again.session.id).age) == (first.acquisition.id, 8)


def test_a_file_moves_is_renamed_and_gets_an_earlier_version_back(lab, target):
    client = lab.client()
    file = target.get_file("a.dcm")
    target.upload_file(flywheel.FileSpec("a.dcm", b"two"))
    restored = client.restore_file(file.file_id, 1, False)  # noqa: FBT003  # as the SDK has it
    assert (restored.version, restored.restored_from, target.read_file("a.dcm")) == (3, 1, b"one")
    client.delete_file(file.file_id, version=2)
    assert [each.version for each in client.get_file_versions(file.file_id)] == [1, 3]
    other = client.get(target.parents.session).add_acquisition(label="T2")
    client.move_file(file.file_id, {"container_reference": {"type": "acquisition", "id": other.id}, "name": "c.dcm"})
    assert [each.name for each in target.reload().files] == ["b.csv"]
    assert other.reload().read_file("c.dcm") == b"one"
    refused(409, client.move_file, target.get_file("b.csv").file_id, {"name": "c.dcm", **reference(other)})


def reference(container):
    return {"container_reference": {"type": container.container_type, "id": container.id}}


def test_many_are_deleted_at_once(lab, target):
    client = lab.client()
    found = client.delete_files_by_ids([*(file.file_id for file in target.files), "0" * 24])
    assert (found.deleted, found.not_found) == (2, 1)
    assert target.reload().files == []
    assert client.delete_acquisitions_by_ids([target.id], delete_reason="test_data").deleted == 1
    refused(404, client.get_acquisition, target.id)


def test_files_are_found_across_the_site(lab, target):
    client = lab.client()
    assert [file.name for file in client.files.find("type=dicom")] == ["a.dcm"]
    assert {file.name for file in client.files.iter_find(f"parents.acquisition={target.id}", limit=1)} == {
        "a.dcm",
        "b.csv",
    }
    assert lab.client("rule").files.find("name=a.dcm")[0].file_id == target.get_file("a.dcm").file_id


def test_an_analysis_is_reached_by_way_of_its_container(lab, target):
    client = lab.client()
    session = client.get_session(target.parents.session)
    analysis = session.add_analysis(label="export", inputs=[target.get_file("a.dcm").ref()])
    client.upload_output_to_session_analysis(session.id, analysis.id, flywheel.FileSpec("o.csv", b"1"), signed=False)
    found = client.get_session_analysis(session.id, analysis.id)
    assert ([file.name for file in found.files], [file.name for file in found.inputs]) == (["o.csv"], ["a.dcm"])
    assert client.download_output_from_session_analysis_as_data(session.id, analysis.id, "o.csv") == b"1"
    assert [each.id for each in client.analyses.find("label=export")] == [analysis.id]
    client.delete_session_analysis(session.id, analysis.id)
    assert session.reload().analyses == []


@pytest.mark.filterwarnings("ignore:The UserOutput model:DeprecationWarning")  # the SDK warns of its own answer
def test_people_and_their_rights_are_managed(lab):
    client, project = lab.client("admin"), lab.client().lookup("lab/Source")
    client.add_user({"_id": "new@example.org", "email": "new@example.org", "firstname": "New", "lastname": "One"})
    assert "new@example.org" in [user.id for user in client.users()]
    ro, rw = lab.site.role("read-only").id, lab.site.role("read-write").id
    project.add_permission({"_id": "new@example.org", "role_ids": [ro]})
    project.update_permission("new@example.org", {"role_ids": [rw]})
    assert client.get_project_user_permission(project.id, "new@example.org").role_ids == [rw]
    project.delete_permission("new@example.org")
    refused(404, client.get_project_user_permission, project.id, "new@example.org")
    refused(403, lab.client().add_user, {"_id": "x"})
    own = client.add_role({"label": "exporter", "actions": ["files_download"]})
    assert client.get_role(own.id).label == "exporter"
    assert [each.id for each in client.get_all_modalities()] == ["MR", "CT"]


def test_a_file_may_be_shown_late(lab, target):
    lab.site.faults.switch_on("stale-files", times=1)
    target.upload_file(flywheel.FileSpec("c.txt", b"1"))
    assert len(target.reload().files) == 2
    assert len(target.reload().files) == 3
