from __future__ import annotations

import csv
import zipfile

import pytest

from fw_gear_deid.cli import main
from tests.cli.made import profile, sidecar, tree, write
from tests.synthetic import ALICE, mr_series, tar_archive, zip_archive


def tried(tmp_path, archive, *options):
    source = write(tmp_path / "in" / "CANARY.zip", archive)
    return main(["test", str(source), str(profile(tmp_path)), str(tmp_path / "results"), *options])


def coverage(tmp_path):
    with (tmp_path / "results" / "coverage.csv").open(encoding="utf-8", newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def test_a_trial_shows_what_the_profile_changed_and_what_it_left(tmp_path, capsys):
    assert tried(tmp_path, zip_archive([*mr_series(slices=3), ("a.json", sidecar())])) == 0
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == [
        "coverage.csv",
        "data",
        "deid_log.csv",
        "deid_report.html",
        "deid_report.json",
        "export.csv",
        "suggestions.yaml",
        "test.html",
    ]
    left = coverage(tmp_path)
    assert left["StudyInstanceUID"]["files"] == "3"
    assert left["ReferringPhysicianName"]["basic_profile"] == "Z"
    done = {name: left[name]["done"] for name in ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID")}
    assert list(done.values()) == ["replaced", "replaced", "removed", "kept"]
    told = "".join(capsys.readouterr())
    assert "PS3.15 Table E.1-1 (2025c)" in told
    assert not [value for value in ALICE.identifiers if value in told]
    assert "CANARY^ALICE" in (tmp_path / "results" / "deid_log.csv").read_text(encoding="utf-8")


def test_members_are_compared_with_their_own_copies_even_if_some_are_left_out(tmp_path, capsys):
    members = [("__MACOSX/x", b"1"), ("f/", b""), ("a.json", sidecar()), (".DS_Store", b"2"), *mr_series(slices=2)]
    assert tried(tmp_path, tar_archive(members)) == 0
    assert coverage(tmp_path)["StudyInstanceUID"]["files"] == "2"
    assert "cannot read" not in capsys.readouterr().out


def test_subject_and_session_are_folders(tmp_path):
    assert tried(tmp_path, zip_archive([("a.json", sidecar())]), "--subject", "S01", "--session", "V1") == 0
    assert list(tree(tmp_path / "results" / "data")) == ["S01/V1/CANARY.zip"]
    with zipfile.ZipFile(tmp_path / "results" / "data" / "S01" / "V1" / "CANARY.zip") as copy:
        assert copy.namelist() == ["a.json"]


def test_what_was_withheld_is_not_compared(tmp_path, capsys):
    assert tried(tmp_path, zip_archive([("a.xyz", b"")])) == 1
    told = capsys.readouterr().out
    assert "files that have no copy, and are not compared: 1" in told
    assert "no DICOM object was compared" in told
    assert "nothing of it" not in told
    assert coverage(tmp_path) == {}
    with (tmp_path / "results" / "export.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["origin_filename"], row["state"]) for row in csv.DictReader(file)] == [("CANARY.zip", "withheld")]


LEAVES = b"json: {fields: [{name: PatientName, remove: true}]}\nname: leaves\n"
"""A profile that leaves a name in a comment."""


def test_copies_that_still_identify_someone_are_told_first(tmp_path, capsys):
    write(tmp_path / "in" / "a.json", b'{"PatientName": "Canary^Zebulon", "Comments": "seen: Zebulon Canary"}')
    made = write(tmp_path / "p.yaml", LEAVES)
    arguments = (str(tmp_path / "in"), str(made), str(tmp_path / "results"), "--allow-no-deid")
    assert main(["test", *arguments]) == 0
    told = capsys.readouterr()
    assert "1 copy still holds what identifies someone: keep back; deid_report.html says where it stands" in told.err
    page = (tmp_path / "results" / "test.html").read_text()
    assert '<p id="result">1 copy still holds what identifies someone.</p>' in page


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_a_run_that_is_told_to_write_them_says_so(tmp_path, capsys, quiet):
    write(tmp_path / "in" / "a.json", b'{"PatientName": "Canary^Zebulon", "Comments": "seen: Zebulon Canary"}')
    made = write(tmp_path / "p.yaml", LEAVES)
    places = (str(made), str(tmp_path / "in"), "-o", str(tmp_path / "out"))
    assert main(["run", *places, "--residual", "warn", "--allow-no-deid", *quiet]) == 0
    assert "1 copy still holds what identifies someone" in capsys.readouterr().err


def test_results_of_an_earlier_trial_are_not_mixed_with_new_ones(tmp_path, capsys):
    archive = zip_archive([("a.json", sidecar())])
    assert tried(tmp_path, archive) == 0
    assert tried(tmp_path, archive) == 2
    assert "earlier test" in capsys.readouterr().err
