"""The modules that know the SDK, against the site in memory."""

import socket
from contextlib import contextmanager
from dataclasses import replace

import pytest

from fw_gear_deid.errors import SiteError
from fw_gear_deid.site import connection
from fw_gear_deid.site.client import PAGE, SiteClient
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.synthetic import zip_archive

CANARY = "Zebra^Canary"


@pytest.fixture
def lab():
    with open_lab() as opened:
        subject = opened.site.add_container("subject", opened.source["_id"], {"label": CANARY, "code": CANARY})
        session = opened.site.add_container("session", subject["_id"], {"label": "V1", "info": {"k": 1}})
        acquisition = opened.site.add_container("acquisition", session["_id"], {"label": "T1"})
        store(opened.site, acquisition, "a.dcm", b"bytes", metadata={"info": {"x": 1}})
        yield opened


def connect(lab, who="owner", pauses=None):
    waited = [] if pauses is None else pauses
    return SiteClient(lab.running.api_key(lab.keys.get(who, who)), waited.append)


def test_a_client_knows_whose_key_it_has(lab):
    with connect(lab) as owner, connect(lab, "admin") as admin, connect(lab, "rule") as rule:
        assert (owner.account.user, owner.account.is_admin) == ("owner@example.org", False)
        assert admin.account.is_admin
        assert (owner.account.is_job, rule.account.is_job) == (False, True)


def test_a_wrong_key_is_told_without_the_key(lab):
    with pytest.raises(SiteError, match=r"401.*make a new one") as caught:
        connect(lab, "wrongkey")
    assert "wrongkey" not in str(caught.value)
    with pytest.raises(SiteError, match="host:key"):
        SiteClient("nonsense")


@contextmanager
def silent_host():
    """A host that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}:__force_insecure:secretkey"


def test_a_host_that_never_answers_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    with (
        silent_host() as key,
        pytest.raises(SiteError, match="did not answer within 0 seconds; check the host") as caught,
    ):
        SiteClient(key)
    assert "secretkey" not in str(caught.value)


def test_what_was_asked_for_minutes_in_vain_is_not_asked_again(lab, monkeypatch):
    monkeypatch.setattr(connection, "LONGEST", -1.0)
    pauses = []
    with connect(lab, pauses=pauses) as client:
        lab.site.faults.switch_on("500")
        with pytest.raises(SiteError, match="500"):
            client.lookup("lab", "Source")
    assert pauses == []


def test_a_large_file_that_took_minutes_is_fetched_again_when_it_breaks_off(lab, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "LONGEST", -1.0)
    monkeypatch.setattr(connection, "SLOWEST", 0.01)  # five bytes may take long
    with connect(lab) as client:
        (file,) = client.container(lab.site.children(lab.source["_id"], "acquisition")[0]["_id"]).files
        lab.site.faults.switch_on("drop-download", times=1)
        client.download(file, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"bytes"


def test_an_answer_that_the_sdk_cannot_read_is_told_without_it(lab):
    lab.site.settings[lab.source["_id"]] = {"deid_profile": CANARY}
    pauses = []
    with connect(lab, pauses=pauses) as client:
        project = client.lookup("lab", "Source")
        with pytest.raises(
            SiteError, match="asked the site the project's settings: its answer cannot be read"
        ) as caught:
            client.settings(project)
    assert (CANARY in str(caught.value), pauses) == (False, [])


def test_the_way_from_a_project_to_its_files(lab, tmp_path):
    with connect(lab) as client:
        project = client.lookup("lab", "Source")
        (subject,) = client.children(project, "subject")
        (session,) = client.children(subject, "session")
        (acquisition,) = client.children(session, "acquisition")
        (file,) = acquisition.files
        assert (subject.label, session.info, file.name, file.info) == (CANARY, {"k": 1}, "a.dcm", {"x": 1})
        assert acquisition.parents["project"] == project.id
        client.download(file, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"bytes"
        assert client.container(session.id).label == "V1"
        assert client.lookup("lab", "Nowhere") is None


def test_more_than_a_page_is_read_in_pages(lab):
    for number in range(PAGE + 5):
        lab.site.add_container("subject", lab.destination["_id"], {"label": f"S{number}", "code": f"S{number}"})
    with connect(lab) as client:
        project = client.lookup("lab", "Destination")
        labels = {each.label for each in client.children(project, "subject")}
        assert len(labels) == PAGE + 5
        (one,) = client.children(project, "subject", "label=S7")
        assert one.label == "S7"
    assert lab.site.requests["GET /{plural}/{cid}/{children}"] == 3


def test_what_is_created_and_uploaded_is_there(lab, tmp_path):
    (tmp_path / "new").write_bytes(b"12345")
    with connect(lab) as client:
        project = client.lookup("lab", "Destination")
        subject = client.create("subject", {"label": "S1", "project": project.id, "sex": "male"})
        made = client.upload(subject, "b.txt", tmp_path / "new", {"tags": ["t"], "info": {"i": 1}})
        again = client.container(subject.id)
        assert again.metadata["sex"] == "male"
        assert (made.size, made.version) == (5, 1)
        assert [(each.name, each.info, each.metadata["tags"]) for each in again.files] == [("b.txt", {"i": 1}, ["t"])]
        with pytest.raises(SiteError) as caught:
            client.create("subject", {"label": "S1", "project": project.id})
        assert caught.value.status == 409
        client.delete_file(made, "test_data")
        client.delete_file(made)  # gone already
        assert client.container(subject.id).files == ()
        client.delete_container(subject)
        client.delete_container(subject)


def test_rights_are_told_in_the_sites_words(lab):
    with connect(lab) as owner, connect(lab, "reader") as reader, connect(lab, "rule") as rule:
        assert "files_create_single" in owner.actions(owner.lookup("lab", "Source"))
        assert "files_create_single" not in reader.actions(reader.lookup("lab", "Source"))
        assert rule.actions(rule.container(lab.source["_id"])) is None


def test_settings_of_every_level(lab):
    lab.site.settings |= {"lab": {"deid_profile": {"name": "g"}}, "site": {"deid_profile": {"name": "s"}}}
    lab.site.settings[lab.source["_id"]] = {"deid_profile": {"name": "p"}}
    with connect(lab) as client:
        project = client.lookup("lab", "Source")
        names = [client.settings(each)["deid_profile"]["name"] for each in (project, client.lookup("lab"), None)]
    assert names == ["p", "g", "s"]


@pytest.mark.parametrize("fault", ["429", "500", "502", "504", "drop-download", "short-download", "corrupt-download"])
def test_a_download_is_tried_again_while_the_site_is_busy(lab, fault, tmp_path):
    with connect(lab) as client:
        file = client.lookup("lab", "Source", CANARY, "V1", "T1").files[0]
        lab.site.faults.switch_on(fault, times=1)
        client.download(file, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"bytes"
    assert lab.site.faults.struck == {fault: 1}


def test_a_version_that_came_after_the_plan_is_not_taken_for_the_planned_one(lab, tmp_path):
    """It has the same size; what was planned for the other (metadata, fingerprint) does not hold for it."""
    pauses = []
    with connect(lab, pauses=pauses) as client:
        file = client.lookup("lab", "Source", CANARY, "V1", "T1").files[0]
        store(lab.site, lab.site.containers[file.parent], file.name, b"BYTES")
        with pytest.raises(SiteError, match="another version of the file by now") as caught:
            client.download(file, tmp_path / "copy")
        assert CANARY not in str(caught.value)
        assert file.name not in str(caught.value)
        strange = replace(file, hash="crc32:1")
        with pytest.raises(SiteError, match="another version of the file by now"):
            client.download(strange, tmp_path / "copy")
        client.download(replace(strange, version=2), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"BYTES"
    assert pauses == []


@pytest.mark.parametrize("name", ["scan.dcm", "scan.zip"])
def test_of_a_large_file_only_the_beginning_is_taken(lab, name):
    """The site sends a member of an archive whole; what is not needed is not waited for."""
    image = bytes(128) + b"DICM" + bytes(8 << 20)
    data = zip_archive([("README.txt", b"made by a scanner"), ("1.dcm", image)]) if name.endswith("zip") else image
    acquisition = next(each for each in lab.site.containers.values() if each["container_type"] == "acquisition")
    store(lab.site, acquisition, name, data)
    with connect(lab) as client:
        file = next(each for each in client.container(acquisition["_id"]).files if each.name == name)
        assert client.beginning(file, 1000) == image[:1000]
        assert client.container(acquisition["_id"]).label == "T1", "the connection can be used again"


def test_a_site_that_stays_down_is_given_up_with_growing_pauses(lab):
    pauses = []
    with connect(lab, pauses=pauses) as client:
        project = client.lookup("lab", "Source")
        lab.site.faults.switch_on("500")
        with pytest.raises(SiteError, match="500") as caught:
            client.container(project.id)
        lab.site.faults.switch_off()
    assert len(pauses) == 5
    assert pauses == sorted(pauses)
    assert CANARY not in str(caught.value)


def test_what_must_not_be_done_twice_is_tried_once(lab):
    pauses = []
    with connect(lab, pauses=pauses) as client:
        project = client.lookup("lab", "Destination")
        lab.site.faults.switch_on("lost-answer", times=1)
        with pytest.raises(SiteError) as caught:
            client.create("subject", {"label": "S1", "project": project.id})
        assert caught.value.status == 0
        assert [each.label for each in client.children(project, "subject")] == ["S1"]
    assert pauses == []
