"""Copies on a site: whole or absent, never twice, nothing old removed before the new is there."""

from dataclasses import replace
from hashlib import sha512
from pathlib import Path

import pytest

from fw_gear_deid.errors import DestinationError, SiteError
from fw_gear_deid.site.client import SiteClient
from fw_gear_deid.site.containers import SiteFile
from fw_gear_deid.site.earlier import Policy
from fw_gear_deid.site.exports import Overwrite, Provenance
from fw_gear_deid.site.lineage import Mirrored
from fw_gear_deid.site.mirror import Mirror
from fw_gear_deid.site.uploads import SiteDestination, SiteSource

CHAIN = (
    Mirrored("subject", "a" * 64, "S1"),
    Mirrored("session", "b" * 64, "V1"),
    Mirrored("acquisition", "c" * 64, "T1"),
)
OLD, NEW = Provenance("0" * 64, "1.0"), Provenance("1" * 64, "1.0")


def source(version=1, name="scan.dcm", origin="f" * 64):
    file = SiteFile(f"id of {name}", name, "parent", version, 5, f"hash {version}")
    metadata = {"modality": "MR", "info": {"k": 1}, "tags": ["t"]}
    return SiteSource(Path("nowhere"), file=file, origin_id=origin, chain=CHAIN, metadata=metadata)


def send(lab, folder, **options):
    wanted = options.get("of") or source()
    made = options.get("made", NEW)
    with SiteClient(lab.running.api_key(lab.keys["owner"]), lambda _: None) as client:
        mirror = Mirror(client, client.lookup("lab", "Destination"), made, frozenset())
        policy = Policy(options.get("overwrite", Overwrite.REPLACE), made, "test_data")
        with SiteDestination(client, mirror, policy, folder, lambda _: None) as destination:
            if reason := destination.done(wanted):
                return reason
            with destination.pending(wanted) as pending:
                pending.file.write(options.get("data", b"copy"))
                return pending.commit(options.get("name", "new.dcm"))


def there(lab):
    return {file.name: (file.blobs, file.document) for file in lab.site.files.values() if not file.deleted}


def test_a_copy_arrives_with_its_metadata_and_where_it_comes_from(any_lab, tmp_path):
    assert send(any_lab, tmp_path) == "S1/V1/T1/new.dcm"
    ((blobs, document),) = there(any_lab).values()
    assert blobs == [b"copy"]
    assert (document["modality"], document["tags"], document["info"]["k"]) == ("MR", ["t"], 1)
    export = document["info"]["export"]
    assert (export["origin_id"], export["profile"], export["size"]) == ("f" * 64, "1" * 64, 4)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_from_the_same_version_is_not_sent_again(lab, tmp_path):
    send(lab, tmp_path)
    assert "same version" in send(lab, tmp_path)
    assert send(lab, tmp_path, of=source(version=2)) == "S1/V1/T1/new.dcm"
    assert send(lab, tmp_path, made=OLD) == "S1/V1/T1/new.dcm"
    assert send(lab, tmp_path, made=replace(OLD, version="1.1")) == "S1/V1/T1/new.dcm"
    assert len(there(lab)["new.dcm"][0]) == 4


def test_a_damaged_copy_that_a_killed_job_left_is_made_anew(lab, tmp_path):
    """It arrived with other bytes, and the job was killed before it looked."""
    wanted = replace(source(), file=SiteFile("id", "scan.dcm", "parent", 1, 5, sha512(b"scan").hexdigest()))
    send(lab, tmp_path, of=wanted)
    assert "same version" in send(lab, tmp_path, of=wanted)
    lab.site.faults.switch_on("corrupt-upload", times=1)
    with SiteClient(lab.running.api_key(lab.keys["owner"]), lambda _: None) as client:
        (file,) = (each for each in lab.site.files.values() if each.name == "new.dcm")
        acquisition = client.container(file.parent)
        (tmp_path / "bytes").write_bytes(b"copy")
        client.upload(acquisition, "new.dcm", tmp_path / "bytes", {"info": file.document["info"]})
    assert there(lab)["new.dcm"][0][-1] != b"copy"
    assert send(lab, tmp_path, of=wanted) == "S1/V1/T1/new.dcm"
    assert there(lab)["new.dcm"][0][-1] == b"copy"


def test_skip_leaves_whatever_copy_there_is(lab, tmp_path):
    send(lab, tmp_path)
    assert "Skip" in send(lab, tmp_path, of=source(version=2), overwrite=Overwrite.SKIP)
    assert there(lab)["new.dcm"][0] == [b"copy"]


def test_replace_keeps_a_copy_under_another_name_and_cleanup_deletes_it(lab, tmp_path):
    send(lab, tmp_path, name="a.dcm")
    send(lab, tmp_path, name="b.dcm", of=source(version=2))
    assert sorted(there(lab)) == ["a.dcm", "b.dcm"]
    send(lab, tmp_path, name="c.dcm", of=source(version=3), overwrite=Overwrite.CLEANUP)
    assert sorted(there(lab)) == ["c.dcm"]
    assert {each["reason"] for each in lab.site.deleted} == {"test_data"}


def test_cleanup_deletes_earlier_versions_too(lab, tmp_path):
    """What an earlier profile left in a copy can be downloaded as long as its version is there."""
    send(lab, tmp_path, data=b"first")
    send(lab, tmp_path, data=b"second", of=source(version=2))
    send(lab, tmp_path, data=b"third", of=source(version=3), overwrite=Overwrite.CLEANUP)
    assert there(lab)["new.dcm"][0] == [b"third"]
    send(lab, tmp_path, data=b"fourth", of=source(version=4))
    send(lab, tmp_path, data=b"fifth", of=source(version=5), name="b.dcm", overwrite=Overwrite.CLEANUP)
    assert sorted(there(lab)) == ["b.dcm"]


def test_a_site_that_is_down_is_no_mistake_of_the_gear(lab, tmp_path):
    send(lab, tmp_path)
    with SiteClient(lab.running.api_key(lab.keys["owner"]), lambda _: None) as client:
        mirror = Mirror(client, client.lookup("lab", "Destination"), NEW, frozenset())
        with SiteDestination(client, mirror, Policy(Overwrite.REPLACE, NEW), tmp_path, lambda _: None) as destination:
            lab.site.faults.switch_on("500")
            with pytest.raises(DestinationError, match="500"):
                destination.done(source())


def test_a_file_that_is_no_copy_of_this_source_is_not_replaced(lab, tmp_path):
    send(lab, tmp_path)
    other = source(name="other.dcm", origin="e" * 64)
    with pytest.raises(DestinationError, match="not a copy of this source"):
        send(lab, tmp_path, data=b"other", of=other)
    assert there(lab)["new.dcm"][0] == [b"copy"]
    send(lab, tmp_path, data=b"other", of=other, overwrite=Overwrite.CLEANUP_FORCE)
    assert there(lab)["new.dcm"][0][-1] == b"other"


@pytest.mark.parametrize("fault", ["429", "500", "502", "504", "drop-upload", "lost-answer", "corrupt-upload"])
def test_a_fault_during_an_upload_leaves_one_whole_copy(any_lab, tmp_path, fault):
    send(any_lab, tmp_path, of=source(name="first.dcm", origin="e" * 64), name="first.dcm")
    any_lab.site.faults.switch_on(fault, times=2)
    assert send(any_lab, tmp_path) == "S1/V1/T1/new.dcm"
    assert any_lab.site.faults.struck == {fault: 2}
    assert there(any_lab)["new.dcm"][0] == [b"copy"]


def test_a_copy_whose_answer_was_lost_is_not_sent_again(lab, tmp_path, monkeypatch):
    upload, sent = SiteClient.upload, []

    def lost(*arguments):
        sent.append(upload(*arguments))
        raise SiteError("the answer to the end of the upload never arrived")

    monkeypatch.setattr(SiteClient, "upload", lost)
    assert send(lab, tmp_path) == "S1/V1/T1/new.dcm"
    assert (len(sent), there(lab)["new.dcm"][0]) == (1, [b"copy"])


def test_a_corrupt_new_version_goes_and_the_old_one_stays(lab, tmp_path):
    send(lab, tmp_path, data=b"good")
    lab.site.faults.switch_on("corrupt-upload")
    with pytest.raises(DestinationError, match="other bytes"):
        send(lab, tmp_path, data=b"next", of=source(version=2))
    assert there(lab)["new.dcm"][0] == [b"good"]


def test_nothing_old_is_removed_while_the_new_cannot_be_sent(lab, tmp_path):
    send(lab, tmp_path, name="a.dcm")
    lab.site.faults.switch_on("drop-upload")
    with pytest.raises(DestinationError, match="did not answer"):
        send(lab, tmp_path, name="b.dcm", of=source(version=2), overwrite=Overwrite.CLEANUP)
    assert sorted(there(lab)) == ["a.dcm"]
    assert list(tmp_path.iterdir()) == []


def test_a_site_with_an_unknown_form_of_hash_is_read_back(lab, tmp_path, monkeypatch):
    monkeypatch.setattr("fw_gear_deid.site.digests._ALGORITHMS", {})
    assert send(lab, tmp_path) == "S1/V1/T1/new.dcm"
    assert lab.site.requests["GET /{plural}/{cid}/files/{name}"] == 1
