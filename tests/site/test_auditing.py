"""The audit of a place on a site, through the real SDK."""

from __future__ import annotations

import csv
import json
import random
import tempfile

import pytest

from fw_gear_deid.cli import main
from fw_gear_deid.commands.opening import KEY_VARIABLE
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.synthetic import ALICE, BJORN, Series, image_series, mr_series, zip_archive

CANARIES = ("CANARY", "ALICE", "Alice", "Canary", "SYNTH", "19700131", "555 0100", "REFERRER")
CODE = "S01"
NOISE = random.Random(7).randbytes(6 << 20)  # noqa: S311  # no secret


@pytest.fixture
def lab(monkeypatch):
    """A project with two subjects: one with identifiers everywhere, one without any."""
    with open_lab() as opened:
        monkeypatch.setenv(KEY_VARIABLE, opened.running.api_key(opened.keys["owner"]))
        yield opened


def add(lab, label, files=(), **own):
    """Add a subject with one acquisition and its files; return the acquisition."""
    site = lab.site
    top = site.add_container("subject", lab.source["_id"], {"label": label, "code": label, **own.get("subject", {})})
    visit = site.add_container("session", top["_id"], {"label": "V1", **own.get("session", {})})
    scan = site.add_container("acquisition", visit["_id"], {"label": "T1", **own.get("acquisition", {})})
    for name, data, metadata in files:
        store(site, scan, name, data, metadata=metadata)
    return scan


def clean_member(name="1.txt"):
    return name, b"nothing in it"


def check(tmp_path, *options, at="fw://lab/Source"):
    code = main(["check", at, "--csv", str(tmp_path / "f.csv"), *map(str, options)])
    if not (tmp_path / "f.csv").exists():
        return code, []
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        return code, list(csv.DictReader(file))


def wheres(rows, kind):
    return {row["where"] for row in rows if row["kind"] == kind}


def test_metadata_of_containers_and_files_is_looked_at_wherever_it_lies(lab, tmp_path, capsys):
    misplaced = {"metadata": {"PatientBirthDate": "19700131"}, "header": {"dicom": {"PatientName": "CANARY^ALICE"}}}
    original = {"OriginalAttributesSequence": [{"ModifiedAttributesSequence": [{"PatientID": "SYNTH-0001"}]}]}
    add(
        lab,
        CODE,
        [("a.txt", b"-", {"info": {**misplaced, **original}, "tags": ["for Alice Canary"]})],
        subject={"firstname": "Alice", "lastname": "Canary", "info": {"mrn": "SYNTH-0001"}},
        session={"info": {"remark": "SYNTH-0001 came late"}, "label": "Canary Alice 1"},
        acquisition={"tags": ["call 555-123-4567"], "notes": [{"text": "seen by Dr. Zebrowska", "user": "x"}]},
    )
    code, rows = check(tmp_path)
    assert code == 1
    modified = "info.OriginalAttributesSequence[0].ModifiedAttributesSequence[0].PatientID"
    header = {"info.metadata.PatientBirthDate", "info.header.dicom.PatientName", modified}
    assert wheres(rows, "direct identifier") == {"firstname", "lastname", "info.mrn", *header}
    assert wheres(rows, "identifier out of place") == {"info.remark", "name", "tags[0]"}
    assert wheres(rows, "text like an identifier") == {"tags[0]", "notes[0]"}
    told = capsys.readouterr()
    text = (tmp_path / "f.csv").read_text() + told.out + told.err
    assert not [canary for canary in CANARIES if canary in text]


def test_a_subject_without_identifiers_is_clean(lab, tmp_path, capsys):
    archive = zip_archive([clean_member()])
    add(lab, CODE, [("scan.zip", archive, {"info": {"EchoTime": 0.03, "ProtocolName": "t1_mprage_sag"}})])
    assert check(tmp_path) == (0, [])
    assert "nothing was found" in capsys.readouterr().out


def test_archives_of_a_subject_are_looked_into_and_others_are_told_apart(lab, tmp_path):
    add(lab, CODE, [("a.dicom.zip", zip_archive(mr_series(slices=3)), {}), ("note.txt", b"for SYNTH-0001", {})])
    members = list(image_series(BJORN, Series(slices=1)))
    add(lab, "S02", [("b.dicom.zip", zip_archive(members), {}), ("note.txt", b"not for SYNTH-0001", {})])
    code, rows = check(tmp_path)
    assert code == 1
    notes = {row["source"] for row in rows if row["kind"] == "identifier out of place" and row["where"] == "line 1"}
    assert notes == {"fw://lab/Source/S01/V1/T1/note.txt"}
    direct = {row["source"] for row in rows if row["kind"] == "direct identifier"}
    assert direct == {f"fw://lab/Source/{path}" for path in ("S01/V1/T1/a.dicom.zip", "S02/V1/T1/b.dicom.zip")}


def test_only_what_is_below_the_place_is_looked_at(lab, tmp_path):
    for label in (CODE, "S02"):
        add(lab, label, [("a.dicom.zip", zip_archive(mr_series(slices=1)), {})])
    _, rows = check(tmp_path, at="fw://lab/Source/S02/V1")
    assert {row["source"] for row in rows} == {"fw://lab/Source/S02/V1/T1/a.dicom.zip"}


def test_members_of_a_large_archive_are_read_without_the_archive(lab, tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise AssertionError("nothing is written to a local file")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    members = [
        clean_member(),
        *((f"{number}.bin", NOISE[number:]) for number in range(4)),
        ("z.txt", b"MRN TST4711932"),
    ]
    archive = zip_archive(members)
    add(lab, CODE, [("large.zip", archive, {})])
    code, rows = check(tmp_path, "--sample", 2)
    assert code == 1
    assert [row["member"] for row in rows] == ["z.txt"]
    assert lab.site.sent["large.zip"] < len(archive) / 4


def test_where_the_site_sends_no_parts_the_file_is_downloaded(lab, tmp_path):
    lab.site.sends_parts = False
    archive = zip_archive([*mr_series(slices=2), ("large.bin", NOISE)])
    add(lab, CODE, [("a.dicom.zip", archive, {})])
    code, rows = check(tmp_path)
    assert code == 1
    assert "PatientName" in wheres(rows, "direct identifier")


def test_an_id_that_is_the_subjects_label_is_only_possible(lab, tmp_path):
    add(lab, ALICE.patient_id, [("a.dicom.zip", zip_archive(mr_series(slices=1)), {})])
    _, rows = check(tmp_path)
    (row,) = [row for row in rows if row["where"] == "PatientID"]
    assert (row["certainty"], "label" in row["why"]) == ("possible", True)


def test_a_finished_subject_is_not_read_again(lab, tmp_path):
    scan = add(lab, CODE, [("a.dicom.zip", zip_archive(mr_series(slices=2)), {})])
    state = tmp_path / "state.jsonl"
    first = check(tmp_path, "--state", state)
    lab.site.sent.clear()
    assert check(tmp_path, "--state", state) == first
    assert not lab.site.sent

    store(lab.site, scan, "b.txt", b"for Alice Canary")
    _, rows = check(tmp_path, "--state", state)
    assert "fw://lab/Source/S01/V1/T1/b.txt" in {row["source"] for row in rows}
    assert {line.split('"')[1] for line in state.read_text().splitlines()} == {"format", "key"}
    assert not [canary for canary in CANARIES if canary in json.dumps(state.read_text())]


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("address", ["fw://lab", "fw://lab/Nowhere", "fw://lab//Source", "fw://"])
def test_a_place_that_is_not_there_is_a_usage_error(tmp_path, address, capsys):
    assert check(tmp_path, at=address) == (2, [])
    assert "place" in capsys.readouterr().err


def test_without_a_key_nothing_is_looked_at(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert check(tmp_path) == (2, [])
    assert KEY_VARIABLE in capsys.readouterr().err
