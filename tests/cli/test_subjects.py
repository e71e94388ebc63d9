"""``map-subjects`` on the command line: copies lie in a folder named after their subject's code."""

from __future__ import annotations

import csv
import dataclasses

import pytest

from fw_gear_deid.cli import main
from tests.cli.made import PROFILE, UNSEARCHED, profile, sidecar, tree, write
from tests.synthetic import ALICE, BJORN, Series, image_series, tar_archive, zip_archive

MAPPED = "map-subjects: private/subjects.csv\n" + PROFILE
NOBODY = dataclasses.replace(ALICE, name="")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The current folder, with an archive of one subject and files of two in ``in``."""
    write(tmp_path / "in" / "a.zip", zip_archive([*image_series(ALICE, Series(slices=2)), ("a.json", sidecar())]))
    for patient, folder in ((ALICE, "x"), (BJORN, "y")):
        for name, data in image_series(patient, Series(slices=2, number=2)):
            write(tmp_path / "in" / folder / name, data)
    write(tmp_path / "in" / "x" / "a.json", sidecar())
    (tmp_path / "private").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(place, *options, text=MAPPED):
    return main(["run", *UNSEARCHED, str(profile(place, text)), "in", "-o", "out", *map(str, options)])


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[1:]


def test_copies_lie_below_the_code_of_their_subject(place):
    assert run(place) == 0
    folders = [path.rpartition("/")[0] for path in tree(place / "out")]
    assert sorted(folders) == ["1", "1/x", "1/x", "2/y", "2/y", "x"]
    assert (place / "out" / "1" / "a.zip").is_file()
    assert (place / "out" / "x" / "a.json").is_file()
    found = rows(place / "private" / "subjects.csv")
    assert [(row["PatientName"], row["SubjectCode"]) for row in found] == [
        ("canary^alice", "1"),
        (BJORN.name.lower(), "2"),
    ]


@pytest.mark.parametrize("workers", [1, 3])
def test_codes_are_given_in_the_order_of_the_sources_whatever_the_workers(place, workers):
    assert run(place, "--workers", workers) == 0
    first = tree(place / "out")
    assert run(place, "--workers", workers) == 0
    assert tree(place / "out") == first
    assert [row["SubjectCode"] for row in rows(place / "private" / "subjects.csv")] == ["1", "2"]


def test_files_of_two_subjects_that_want_one_name_do_not_meet(place):
    for patient, name in ((ALICE, "1.dcm"), (BJORN, "2.dcm")):
        ((_, data),) = image_series(patient, Series(slices=1, number=3))
        write(place / "in" / "z" / name, data)
    named = MAPPED.replace("dicom:\n", "dicom:\n  filenames: [{output: 'one.dcm'}]\n")
    assert main(["run", *UNSEARCHED, str(profile(place, named)), "in/z", "-o", "out"]) == 0
    assert list(tree(place / "out")) == ["1/one.dcm", "2/one.dcm"]


@pytest.mark.parametrize("make", [zip_archive, tar_archive])
@pytest.mark.parametrize("options", [(), ("--memory", "1")])
def test_an_archive_of_two_subjects_is_withheld(place, capsys, make, options):
    large = Series(slices=1, rows=512, columns=512)
    members = [member for patient in (ALICE, BJORN) for member in image_series(patient, large)]
    write(place / "mixed" / "CANARY^ALICE.zip", make(members))
    assert main(["run", *UNSEARCHED, str(profile(place, MAPPED)), "mixed", "-o", "out", *options]) == 1
    told = capsys.readouterr().err
    assert "member 2: map-subjects: it is of another subject than the members before it" in told
    assert "CANARY" not in told
    assert tree(place / "out") == {}
    assert not (place / "private" / "subjects.csv").exists()


def test_an_object_that_tells_no_subject_is_withheld(place, capsys):
    ((name, data),) = image_series(NOBODY, Series(slices=1))
    write(place / "nobody" / name, data)
    write(place / "nobody" / "a.zip", zip_archive([(name, data)]))
    assert main(["run", *UNSEARCHED, str(profile(place, MAPPED)), "nobody", "-o", "out"]) == 1
    assert capsys.readouterr().err.count("one of PatientName, PatientBirthDate is missing or empty") == 2
    assert tree(place / "out") == {}


def test_a_trial_gives_no_code_that_lasts(place):
    assert main(["test", "in", str(profile(place, MAPPED)), "results"]) == 0
    assert (place / "results" / "data" / "1" / "a.zip").is_file()
    assert list((place / "private").iterdir()) == []


@pytest.mark.parametrize("where", ["out/subjects.csv", "in/subjects.csv", "log.csv", "nowhere/subjects.csv"])
def test_a_map_among_copies_or_sources_is_refused(place, where, capsys):
    assert run(place, "--log", "log.csv", text=f"map-subjects: {where}\n{PROFILE}") == 2
    assert where in capsys.readouterr().err or where == "log.csv"
    assert not (place / "out").exists()
    assert not (place / "log.csv").exists()


def test_a_file_that_is_no_map_stops_the_run_before_data_is_read(place, capsys):
    write(place / "private" / "subjects.csv", b"CANARY^ALICE\n")
    assert run(place) == 2
    told = capsys.readouterr().err
    assert "subjects.csv: map-subjects: line 1: this is no subject map" in told
    assert "CANARY" not in told
    assert not (place / "out").exists()


def test_values_of_the_map_reach_neither_report_nor_messages(place, capsys):
    assert run(place, "--report", "report.json") == 0
    told = capsys.readouterr()
    text = (place / "report.json").read_text(encoding="utf-8") + told.out + told.err
    assert "canary^" not in text
    assert ALICE.birthday not in text
