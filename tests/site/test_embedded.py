from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from fw_gear_deid.engine.base import Source
from fw_gear_deid.engine.folder import STAGING_PREFIX, STAGING_SUFFIX
from fw_gear_deid.errors import DestinationError
from fw_gear_deid.site.addresses import ProjectPath
from fw_gear_deid.site.embedded.destination import EmbeddedDestination
from fw_gear_deid.site.exports import ContainerFile, Overwrite, Provenance
from fw_gear_deid.site.lineage import Lineage

if TYPE_CHECKING:
    from pathlib import Path

LINEAGE = Lineage(
    "acquisition",
    {"project": "5" * 24, "subject": "6" * 24, "session": "7" * 24, "acquisition": "8" * 24},
)
PROJECT = ProjectPath("research", "Copy of Study")
MADE = Provenance(profile="ab" * 32, version="0.1.0")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "output"


def destination(root: Path, overwrite: Overwrite = Overwrite.REPLACE, made: Provenance = MADE) -> EmbeddedDestination:
    return EmbeddedDestination(root, PROJECT, overwrite, made)


def container_file(tmp_path: Path, content: bytes = b"raw", file_id: str = "9" * 24, name: str = "in.bin"):
    path = tmp_path / name
    path.write_bytes(content)
    folder = destination(tmp_path).folder(LINEAGE)
    return ContainerFile(path, folder, name, lineage=LINEAGE, file_id=file_id, type="dicom")


def export(place: EmbeddedDestination, source: ContainerFile, name: str, content: bytes) -> str:
    with place, place.pending(source) as pending:
        pending.file.write(content)
        pending.file.close()
        return pending.commit(name)


def files_below(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def record(root: Path, name: str) -> dict:
    return json.loads((root / f"{name}.metadata.json").read_text())


def test_a_copy_lies_in_the_mirror_of_its_containers_with_metadata_beside_it(tmp_path, root):
    source = container_file(tmp_path)
    name = export(destination(root), source, "a.dcm", b"copy")
    parts = name.split("/")
    assert parts[:2] == ["research", "Copy of Study"]
    assert [part[:4] for part in parts[2:5]] == ["sub-", "ses-", "acq-"]
    assert (root / name).read_bytes() == b"copy"
    found = record(root, name)
    assert found["name"] == "a.dcm"
    assert found["type"] == "dicom"
    assert found["version"] == 1
    assert found["info"]["export"]["sha256"] == hashlib.sha256(b"copy").hexdigest()
    assert found["info"]["export"]["profile"] == MADE.profile
    assert not list(root.glob(".*"))


def test_the_origin_is_the_hash_that_the_export_gear_of_the_site_computes(tmp_path, root):
    name = export(destination(root), container_file(tmp_path), "a.dcm", b"copy")
    salted = hashlib.sha256(b"5" * 24 + b"9" * 24).hexdigest()
    assert record(root, name)["info"]["export"]["origin_id"] == salted
    acquisition = record(root, name.rpartition("/")[0])
    assert acquisition["type"] == "acquisition"
    assert acquisition["info"]["export"]["origin_id"] == hashlib.sha256(b"5" * 24 + b"8" * 24).hexdigest()
    assert acquisition["label"] == f"acq-{hashlib.sha256(b'5' * 24 + b'8' * 24).hexdigest()[:12]}"


def test_metadata_holds_no_name_or_id_of_the_source(tmp_path, root):
    export(destination(root), container_file(tmp_path, name="CANARY^ALICE.bin"), "a.dcm", b"copy")
    told = b"".join((root / name).read_bytes() for name in files_below(root)) + " ".join(files_below(root)).encode()
    for secret in (b"CANARY", *(digit * 24 for digit in (b"5", b"6", b"7", b"8", b"9"))):
        assert secret not in told


def test_containers_that_are_not_known_get_a_label_that_says_so():
    lineage = Lineage("acquisition", {"acquisition": "8" * 24})
    labels = [label for _, label in lineage.below_project]
    assert labels[:2] == ["sub-unknown", "ses-unknown"]
    assert labels[2] == f"acq-{hashlib.sha256(b'8' * 24).hexdigest()[:12]}"


def test_a_file_of_a_session_lies_in_the_session(tmp_path):
    lineage = Lineage("session", {"project": "p", "subject": "s", "session": "t"})
    assert destination(tmp_path).folder(lineage).count("/") == 3


def test_nothing_is_visible_before_the_commit_and_nothing_stays_without_it(tmp_path, root):
    place = destination(root)
    with place:
        with place.pending(container_file(tmp_path)) as pending:
            pending.file.write(b"half")
            pending.file.flush()
            assert not (root / "research").exists()
            assert all(name.startswith(".") for name in files_below(root))
            assert len(pending.path.name) == 16
            path = pending.path
        assert not path.exists()
    assert files_below(root) == set()


def test_what_a_killed_run_left_is_removed_by_the_next(root):
    left = root / f"{STAGING_PREFIX}0123{STAGING_SUFFIX}"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "4567").write_bytes(b"half")
    with destination(root):
        assert not left.exists()


def test_what_a_living_run_is_writing_is_left_alone(tmp_path, root):
    with destination(root) as living, living.pending(container_file(tmp_path)) as pending:
        with destination(root):
            pass
        assert pending.path.exists()


def test_a_finished_file_is_not_done_again(tmp_path, root):
    source = container_file(tmp_path)
    export(destination(root), source, "a.dcm", b"copy")
    assert "already" in (destination(root).done(source) or "")


@pytest.mark.parametrize(
    "change",
    [
        "source content",
        "source name",
        "profile",
        "gear version",
        "copy altered",
        "copy cut",
        "copy gone",
        "no metadata",
    ],
)
def test_a_file_is_done_again_when_anything_that_matters_has_changed(tmp_path, root, change):
    source = container_file(tmp_path)
    copy = root / export(destination(root), source, "a.dcm", b"copy")
    made = MADE
    if change == "source content":
        source.path.write_bytes(b"RAW")
    elif change == "source name":
        source = container_file(tmp_path, name="other.bin")
    elif change == "profile":
        made = Provenance("cd" * 32, MADE.version)
    elif change == "gear version":
        made = Provenance(MADE.profile, "0.2.0")
    elif change == "copy altered":
        copy.write_bytes(b"COPY")
    elif change == "copy cut":
        copy.write_bytes(b"cop")
    elif change == "copy gone":
        copy.unlink()
    else:
        copy.with_name("a.dcm.metadata.json").unlink()
    assert destination(root, made=made).done(source) is None


def test_replace_puts_the_new_copy_in_the_place_of_the_old_and_counts_the_version(tmp_path, root):
    source = container_file(tmp_path)
    export(destination(root), source, "a.dcm", b"old")
    name = export(destination(root), source, "a.dcm", b"new")
    assert (root / name).read_bytes() == b"new"
    assert record(root, name)["version"] == 2


def test_replace_keeps_an_earlier_copy_of_another_name(tmp_path, root):
    source = container_file(tmp_path)
    old = export(destination(root), source, "old.dcm", b"old")
    export(destination(root), source, "new.dcm", b"new")
    assert (root / old).read_bytes() == b"old"


def test_skip_leaves_a_copy_even_of_an_older_profile(tmp_path, root):
    source = container_file(tmp_path)
    export(destination(root, made=Provenance("cd" * 32, "0.0.1")), source, "a.dcm", b"old")
    assert "Skip" in (destination(root, Overwrite.SKIP).done(source) or "")


@pytest.mark.parametrize("overwrite", [Overwrite.CLEANUP, Overwrite.CLEANUP_FORCE])
def test_cleanup_deletes_all_earlier_copies_of_this_source_only(tmp_path, root, overwrite):
    source, other = container_file(tmp_path), container_file(tmp_path, file_id="a" * 24, name="b.bin")
    export(destination(root), source, "old.dcm", b"old")
    kept = export(destination(root), other, "other.dcm", b"other")
    name = export(destination(root, overwrite), source, "new.dcm", b"new")
    folder = (root / name).parent
    assert {path.name for path in folder.iterdir()} == {
        "new.dcm",
        "new.dcm.metadata.json",
        "other.dcm",
        "other.dcm.metadata.json",
    }
    assert (root / kept).read_bytes() == b"other"
    assert record(root, name)["version"] == 1


@pytest.mark.parametrize("overwrite", [Overwrite.REPLACE, Overwrite.SKIP, Overwrite.CLEANUP])
def test_the_copy_of_another_source_is_never_overwritten(tmp_path, root, overwrite):
    name = export(destination(root), container_file(tmp_path), "a.dcm", b"first")
    other = container_file(tmp_path, file_id="a" * 24, name="CANARY^BOB.bin")
    with pytest.raises(DestinationError, match="not a copy of this source") as caught:
        export(destination(root, overwrite), other, "a.dcm", b"second")
    assert "CANARY" not in str(caught.value)
    assert (root / name).read_bytes() == b"first"


def test_a_file_of_unknown_origin_is_overwritten_only_by_force(tmp_path, root):
    source = container_file(tmp_path)
    place = root / source.folder / "a.dcm"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"found")
    with pytest.raises(DestinationError):
        export(destination(root, Overwrite.CLEANUP), source, "a.dcm", b"new")
    assert place.read_bytes() == b"found"
    export(destination(root, Overwrite.CLEANUP_FORCE), source, "a.dcm", b"new")
    assert place.read_bytes() == b"new"


@pytest.mark.parametrize("overwrite", list(Overwrite))
def test_nothing_old_is_lost_when_the_new_copy_does_not_read_back(tmp_path, root, overwrite):
    source = container_file(tmp_path)
    old = export(destination(root), source, "a.dcm", b"old")
    before = record(root, old)
    with destination(root, overwrite) as place, place.pending(source) as pending:
        pending.file.write(b"new")
        pending.file.close()
        pending.path.write_bytes(b"bad")
        with pytest.raises(DestinationError, match="not what was written"):
            pending.commit("a.dcm")
    assert (root / old).read_bytes() == b"old"
    assert record(root, old) == before


def test_a_copy_that_was_patched_while_it_was_written_is_taken(tmp_path, root):
    place = destination(root)
    with place, place.pending(container_file(tmp_path)) as pending:
        pending.file.write(b"....tail")
        pending.file.seek(0)
        pending.file.write(b"head")
        pending.file.close()
        name = pending.commit("a.dcm")
    assert (root / name).read_bytes() == b"headtail"
    assert record(root, name)["info"]["export"]["sha256"] == hashlib.sha256(b"headtail").hexdigest()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "x" * 242, "b.metadata.json", "a\0"])
def test_names_that_cannot_stand_in_the_tree_are_refused_without_telling_them(tmp_path, root, name):
    with pytest.raises(DestinationError) as caught:
        export(destination(root), container_file(tmp_path), name, b"copy")
    assert len(name) < 3 or name not in str(caught.value)
    assert files_below(root) == set()


def test_a_tree_that_cannot_be_written_is_reported_without_its_path(tmp_path, root):
    root.write_bytes(b"a file where the folder should be")
    with pytest.raises(DestinationError) as caught, destination(root):
        pass
    assert str(tmp_path) not in str(caught.value)


def test_a_report_replaces_the_one_of_an_earlier_run_and_makes_no_container(tmp_path, root):
    report = tmp_path / "deid_report.json"
    report.write_text("{}")
    place = destination(root)
    assert not place.attach(LINEAGE, "deid_report_0.json", report)
    assert not root.exists()
    export(place, container_file(tmp_path), "a.dcm", b"copy")
    for text in ("{}", "[]"):
        report.write_text(text)
        with destination(root) as place:
            assert place.attach(LINEAGE, "deid_report_0.json", report)
    assert (root / place.folder(LINEAGE) / "deid_report_0.json").read_text() == "[]"


def test_the_fingerprint_cannot_be_made_from_the_content_alone(tmp_path):
    here, there = container_file(tmp_path), container_file(tmp_path, file_id="a" * 24)
    assert here.fingerprint() != there.fingerprint()
    assert here.fingerprint() != hashlib.sha256(b"raw").hexdigest()


def test_a_source_that_lies_in_no_container_is_a_mistake_of_the_caller(tmp_path, root):
    with pytest.raises(TypeError):
        destination(root).done(Source(tmp_path / "x"))


def test_the_label_of_a_subject_map_takes_the_place_of_the_neutral_one(tmp_path, root):
    source = container_file(tmp_path)
    report = tmp_path / "deid_report.json"
    report.write_text("{}")
    with destination(root) as place, place.pending(source) as pending:
        pending.file.write(b"copy")
        pending.file.close()
        path = pending.commit("a.dcm", "ex01")
        assert place.attach(LINEAGE, "deid_report_0.json", report)
    _, session, acquisition = place.folder(LINEAGE).split("/")[2:]
    assert path == f"research/Copy of Study/ex01/{session}/{acquisition}/a.dcm"
    assert record(root, "research/Copy of Study/ex01")["label"] == "ex01"
    assert record(root, "research/Copy of Study/ex01")["info"]["export"]["origin_id"] == LINEAGE.origin_id("subject")
    assert (root / path).with_name("deid_report_0.json").is_file()


@pytest.mark.parametrize(("before", "after"), [("ex01", "ex01"), ("ex01", ""), ("", "ex01"), ("ex01", "ex02")])
def test_a_copy_is_found_again_whatever_its_subject_is_called(tmp_path, root, before, after):
    source = container_file(tmp_path)
    for name, subject in (("a.dcm", before), ("b.dcm", after)):
        with destination(root, Overwrite.CLEANUP) as place, place.pending(source) as pending:
            pending.file.write(b"copy")
            pending.file.close()
            pending.commit(name, subject)
            assert place.done(source) is not None
            assert [copy.path.name for copy in place.copies(source)] == [name]
