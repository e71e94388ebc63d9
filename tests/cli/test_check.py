from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile

import pytest
from pydicom import uid

from fw_gear_deid.audit.people import People
from fw_gear_deid.cli import main
from fw_gear_deid.identity import Identifier, Kind
from tests.cli.made import ROOT, profile, write
from tests.synthetic import ALICE, BJORN, Series, image_series, mr_series, zip_archive

CANARIES = ("CANARY", "ALICE", "SYNTH", "19700131", "1970", "Birdcage", "REFERRER", "BJ", "Zebrowska", "5550100")
KEY = "a synthetic key, long enough to be one"


def check(*arguments):
    return main(["check", *map(str, arguments)])


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def kinds(path):
    return {(row["source"], row["kind"]) for row in rows(path)}


def study(folder):
    """A folder in which one patient's identifiers are in every kind of file."""
    write(folder / "one" / "scan.dicom.zip", zip_archive(mr_series(slices=3)))
    for name, data in image_series(ALICE, Series(slices=1, number=2)):
        write(folder / "one" / name, data)
    write(folder / "one" / "notes.json", json.dumps({"Comments": "scan of Alice Canary"}).encode())
    write(folder / "one" / "visit.csv", b"visit,remark\n1,MRN SYNTH-0001\n")
    write(folder / "one" / "CANARY_ALICE.txt", b"nothing in it")
    write(folder / "one" / "readme.txt", b"call Canary, Alice")
    return folder


def clean(tmp_path):
    """What a strict profile makes of two patients' archives."""
    write(tmp_path / "in" / "a.dicom.zip", zip_archive(mr_series(slices=2)))
    for name, data in image_series(BJORN, Series(slices=2)):
        write(tmp_path / "in" / "b" / name, data)
    key = write(tmp_path / "key.txt", KEY.encode())
    arguments = ["run", "ps3.15-basic-clean", tmp_path / "in", "-o", tmp_path / "out", "--secret-key", key, "--quiet"]
    assert main(list(map(str, arguments))) == 0
    return tmp_path / "out"


def test_identifiers_are_found_wherever_they_lie_in_a_folder(tmp_path, capsys):
    assert check(study(tmp_path / "in"), "--csv", tmp_path / "f.csv") == 1
    found = kinds(tmp_path / "f.csv")
    assert ("one/scan.dicom.zip", "direct identifier") in found
    assert ("one/scan.dicom.zip", "private element") in found
    out_of_place = {source for source, kind in found if kind == "identifier out of place"}
    expected = {"one/scan.dicom.zip", "one/notes.json", "one/visit.csv", "one/readme.txt", "one/xxxxxx_xxxxx.txt"}
    assert expected <= out_of_place
    told = capsys.readouterr()
    assert "found in 8 objects" in told.out


def test_masked_output_holds_no_identifier(tmp_path, capsys):
    folder = study(tmp_path / "in")
    state = tmp_path / "state.jsonl"
    assert check(folder, "--csv", tmp_path / "f.csv", "--html", tmp_path / "f.html", "--state", state) == 1
    told = capsys.readouterr()
    page = (tmp_path / "f.html").read_text()
    page = page[page.index("<main>") :]
    for text in (told.out, told.err, (tmp_path / "f.csv").read_text(), page, state.read_text()):
        assert not [canary for canary in CANARIES if canary in text]


def test_values_are_shown_on_demand_to_the_owner_alone(tmp_path):
    assert check(study(tmp_path / "in"), "--csv", tmp_path / "f.csv", "--html", tmp_path / "f.html", "--show-values")
    text = (tmp_path / "f.csv").read_text()
    assert text.startswith("# This file holds identifying values")
    assert "CANARY^ALICE" in text
    assert "This page holds identifying values" in (tmp_path / "f.html").read_text()
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("f.csv", "f.html")} == {0o600}


def test_what_a_strict_profile_made_is_clean(tmp_path, capsys):
    copies = clean(tmp_path)
    assert check(copies, "--csv", tmp_path / "f.csv", "--profile", "ps3.15-basic-clean") == 0
    assert "nothing was found" in capsys.readouterr().out
    assert rows(tmp_path / "f.csv") == []


def test_strict_finds_dates_in_what_is_clean_otherwise(tmp_path):
    assert check(clean(tmp_path), "--csv", tmp_path / "f.csv", "--strict") == 1
    assert {row["kind"] for row in rows(tmp_path / "f.csv")} == {"indirect identifier", "face"}
    assert "StudyDate" in {row["where"] for row in rows(tmp_path / "f.csv")}


def test_a_profile_is_held_against_the_data(tmp_path, capsys):
    write(tmp_path / "in" / "a.dicom.zip", zip_archive(mr_series(slices=2)))
    write(tmp_path / "in" / "x.json", b'{"PatientName": "Canary^Zebra", "EchoTime": 0.03}')
    chosen = profile(tmp_path)
    assert check(tmp_path / "in", "--csv", tmp_path / "f.csv", "--profile", chosen) == 1
    broken = {(row["source"], row["where"]) for row in rows(tmp_path / "f.csv") if row["kind"] == "profile violation"}
    # PatientID and the UIDs are hashed by this profile: nobody can tell whether they were already.
    assert broken == {("a.dicom.zip", name) for name in ("PatientName", "PatientBirthDate")} | {
        ("x.json", "PatientName")
    }
    assert "cannot be told from the data" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--csv", "--html", "--state"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_looked_at(tmp_path, capsys, option):
    assert check(study(tmp_path / "in"), option, tmp_path) == 2
    assert capsys.readouterr().err == f"fw-deid: {tmp_path}: is a folder; name a file in it\n"


def test_what_the_profile_puts_in_place_of_a_name_identifies_nobody(tmp_path):
    write(tmp_path / "in" / "x.json", b'{"PatientName": "Canary^Nobody", "PatientID": "ZQ77341"}')
    write(tmp_path / "p.yaml", b"name: p\njson: {fields: [{name: PatientName, replace-with: Canary^Nobody}]}\n")
    arguments = (tmp_path / "in", "--csv", tmp_path / "f.csv", "--allow-no-deid")
    assert check(*arguments) == 1
    assert [row["where"] for row in rows(tmp_path / "f.csv")] == ["PatientID", "PatientName"]
    assert check(*arguments, "--profile", tmp_path / "p.yaml") == 1
    assert [row["where"] for row in rows(tmp_path / "f.csv")] == ["PatientID"]


def test_the_screen_tells_places_and_what_to_do(tmp_path, capsys):
    check(study(tmp_path / "in"))
    told = " ".join(capsys.readouterr().out.split())
    assert "de-identify again" in told
    assert "│ PatientName" in told
    assert "which files they are in: --csv FILE, --html FILE" in told


def test_names_made_of_uids_read_like_nothing(tmp_path, capsys):
    write(tmp_path / "in" / "MR_1_1.3.12.2.110196.145663.875162.dcm.txt", b"-")
    assert check(tmp_path / "in") == 0, capsys.readouterr().out


def test_a_sample_reads_the_first_and_the_last_member(tmp_path, capsys):
    names = [f"{number}.txt" for number in range(9)]
    write(tmp_path / "in" / "a.zip", zip_archive([(name, b"seen 12.03.2019 by Dr. Zebrowska") for name in names]))
    assert check(tmp_path / "in", "--csv", tmp_path / "f.csv", "--sample", 3) == 1
    told = capsys.readouterr()
    assert "found in 3 objects" in told.out
    assert "3 members were looked at, not all" in told.err
    (row,) = rows(tmp_path / "f.csv")
    assert row["member"] == "0.txt"
    assert row["why"].endswith("(in 3 objects)")


def test_comments_and_names_in_archives_are_looked_at(tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.comment = b"Canary Alice, MRN SYNTH-0001"
        archive.writestr("CANARY_ALICE/a.txt", b"-")
        for name, data in mr_series(slices=1):
            archive.writestr(name, data)
    write(tmp_path / "in" / "a.zip", held.getvalue())
    assert check(tmp_path / "in", "--csv", tmp_path / "f.csv") == 1
    where = {row["where"] for row in rows(tmp_path / "f.csv") if row["kind"] == "identifier out of place"}
    assert {"comment of the archive", "name of the member"} <= where


def test_archives_of_other_kinds_and_archives_within_are_opened(tmp_path):
    inner = zip_archive([("a.json", b'{"PatientID": "TST4711932"}')])
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        entry = tarfile.TarInfo("inner.zip")
        entry.size = len(inner)
        archive.addfile(entry, io.BytesIO(inner))
    write(tmp_path / "in" / "a.tgz", held.getvalue())
    assert check(tmp_path / "in", "--csv", tmp_path / "f.csv") == 1
    (row,) = rows(tmp_path / "f.csv")
    assert (row["member"], row["where"], row["certainty"]) == ("inner.zip/a.json", "PatientID", "certain")


def test_what_cannot_be_read_is_a_finding(tmp_path):
    data = bytearray(zip_archive([("a.txt", b"harmless " * 99)]))
    data[50] ^= 0xFF
    write(tmp_path / "in" / "a.zip", bytes(data))
    write(tmp_path / "in" / "b.zip", b"PK\x03\x04 and nothing more")
    write(tmp_path / "in" / "c.txt", b"harmless")
    assert check(tmp_path / "in", "--csv", tmp_path / "f.csv") == 1
    assert kinds(tmp_path / "f.csv") == {("a.zip", "unreadable"), ("b.zip", "unreadable")}


def test_another_patients_name_in_a_sidecar_is_found_once_anybody_of_the_folder_has_it(tmp_path):
    for patient, folder in ((ALICE, "one"), (BJORN, "two")):
        for name, data in image_series(patient, Series(slices=1)):
            write(tmp_path / "in" / folder / name, data)
    write(tmp_path / "in" / "list.txt", b"remark: Canary, Alice came late")
    write(tmp_path / "in" / "two" / "list.txt", b"remark: SYNTH-0001")
    check(tmp_path / "in", "--csv", tmp_path / "f.csv")
    found = kinds(tmp_path / "f.csv")
    assert ("list.txt", "identifier out of place") in found
    assert ("two/list.txt", "identifier out of place") not in found  # of folder one, and nobody's name


def test_nothing_to_look_at_is_a_usage_error(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    assert check(tmp_path / "in") == 2
    assert check(tmp_path / "absent") == 2
    write(tmp_path / "in" / "a.txt", b"harmless")
    assert check(tmp_path / "in", "--csv", tmp_path / "in" / "f.csv") == 2
    assert check(tmp_path / "in", "--csv", tmp_path / "f", "--html", tmp_path / "f") == 2
    assert check(tmp_path / "in", "--show-values") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_same_command_goes_on_and_looks_at_what_changed_only(tmp_path):
    folder = study(tmp_path / "in")
    first, again, state = tmp_path / "1.csv", tmp_path / "2.csv", tmp_path / "state.jsonl"
    assert check(folder, "--csv", first, "--state", state) == 1
    assert state.stat().st_mode & 0o777 == 0o600
    lines = state.read_text().splitlines()
    assert len(lines) == 8  # a head, six sources, and that all of them are done
    # As if it had been killed: half of a line, and nothing of the last source.
    state.write_text("\n".join(lines[:-2]) + "\n" + lines[-1][:40])
    assert check(folder, "--csv", again, "--state", state) == 1
    assert again.read_text() == first.read_text()
    assert state.read_text().splitlines()[:-2] == lines[:-2]
    assert len(state.read_text().splitlines()) == 8

    write(folder / "one" / "notes.json", b'{"Comments": "nothing in it"}')
    assert check(folder, "--csv", again, "--state", state) == 1
    assert len(state.read_text().splitlines()) == 10
    assert ("one/notes.json", "identifier out of place") not in kinds(again)
    assert check(folder, "--csv", again, "--state", state, "--strict") == 1
    assert len(state.read_text().splitlines()) == 17  # another question is asked of all

    write(state, b"something else\n")
    assert check(folder, "--state", state) == 2


def test_a_killed_audit_goes_on(tmp_path):
    folder, state = tmp_path / "in", tmp_path / "state.jsonl"
    for number in range(12):
        write(folder / f"{number}.dicom.zip", zip_archive(mr_series(slices=12)))
    command = [sys.executable, "-m", "fw_gear_deid", "check", str(folder), "--state", str(state), "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=-1, stderr=-1) as running:  # noqa: S603  # as above
        while running.poll() is None and (not state.exists() or state.read_bytes().count(b"\n") < 3):
            pass
        running.kill()
    done = state.read_bytes().count(b"\n")
    assert check(folder, "--csv", tmp_path / "f.csv", "--state", state) == 1
    assert state.read_bytes().count(b"\n") == 14
    assert done >= 3
    assert len({row["source"] for row in rows(tmp_path / "f.csv")}) == 12


def test_what_is_known_late_is_looked_for_in_all_files_of_the_subject(tmp_path):
    members = mr_series(slices=3)
    plain = [data for _, data in image_series(ALICE, Series(slices=3))]
    # The operator stands in the middle object alone, which the first pass does not read.
    archive = [("1.dcm", plain[0]), ("2.dcm", members[1][1]), ("3.dcm", plain[2])]
    write(tmp_path / "in" / "b.dicom.zip", zip_archive(archive))
    write(tmp_path / "in" / "a.txt", b"operated by Olga Operator")
    check(tmp_path / "in", "--csv", tmp_path / "f.csv")
    assert ("a.txt", "identifier out of place") in kinds(tmp_path / "f.csv")


@pytest.mark.parametrize("folder", ["", "a/b"])
def test_people_are_found_in_the_nearest_folder(folder):
    people = People()
    people.add("x", [Identifier(Kind.NAME, "Canary^Zebra")])
    assert people.identifiers("x", folder) == {Identifier(Kind.NAME, "Canary^Zebra")}
    assert people.identifiers("y", folder) == frozenset()


def test_an_object_that_nothing_can_read_is_a_finding_and_the_others_are_looked_at(tmp_path, monkeypatch):
    def stumble(_data, *, strict):
        raise KeyError(f"Canary^Zebra {strict}")

    monkeypatch.setattr("fw_gear_deid.audit.dicom.concerns", stumble)
    write(tmp_path / "in" / "a.dicom.zip", zip_archive([*mr_series(slices=1), ("b.txt", b"MRN TST4711932")]))
    assert check(tmp_path / "in", "--csv", tmp_path / "f.csv") == 1
    found = {(row["kind"], row["why"].partition(":")[0]) for row in rows(tmp_path / "f.csv")}
    assert ("unreadable", "internal error") in found
    assert "text like an identifier" in {kind for kind, _ in found}
    assert "Zebra" not in (tmp_path / "f.csv").read_text()


def test_a_deflated_object_that_is_cut_short_is_a_finding(tmp_path):
    (data,) = (
        data
        for _, data in image_series(
            ALICE, Series(slices=1, header="full", transfer_syntax=uid.DeflatedExplicitVRLittleEndian)
        )
    )
    broken = bytearray(data)
    broken[len(broken) // 2 :] = b"\xff" * (len(broken) // 2)
    write(tmp_path / "in" / "a.dcm", bytes(broken))
    assert check(tmp_path / "in", "--csv", tmp_path / "f.csv") == 1
    assert ("a.dcm", "unreadable") in kinds(tmp_path / "f.csv")
