"""A data set in the manner of BIDS, with DICOM beside sidecars of every kind, by a built-in profile."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
import zipfile

import pytest
from pydicom import dcmread

from fw_gear_deid.actions.subjects import pseudonym, shift
from tests.cli.made import fw_deid, tree, write
from tests.synthetic import ALICE, BJORN, mr_series, nifti, zip_archive

KEY = "c0ffee00" * 4
PROFILE = "ps3.15-basic-clean"
DAY = "2024-03-15"
SUBJECTS = {"A1": ALICE, "B2": BJORN}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bids")
    write(folder / "secret.key", KEY.encode())
    root = folder / "in"
    rows = "".join(f"sub-{label}\t34\tx\t{DAY}\n" for label in SUBJECTS)
    write(root / "participants.tsv", f"participant_id\tage\tgroup\tscan_date\n{rows}".encode())
    write(root / "participants.json", b'{"group": {"Description": "x"}}')
    for label, patient in SUBJECTS.items():
        name = f"sub-{label}"
        for number, (_, data) in enumerate(mr_series(patient, 2)):
            write(root / name / "dicom" / f"{number}.dcm", data)
        sidecar = {
            "PatientID": patient.patient_id,
            "PatientName": patient.name,
            "AcquisitionDateTime": f"{DAY}T10:11:12.5",
        }
        write(root / name / "anat" / f"{name}_T1w.json", json.dumps(sidecar).encode())
        write(root / name / "anat" / f"{name}_T1w.nii.gz", nifti(patient))
        write(root / name / "anat" / f"{name}_T1w.bval", b"0 1000\n")
        write(
            root / name / f"{name}_scans.tsv", f"filename\tacq_time\nanat/{name}_T1w.nii.gz\t{DAY}T10:11:12\n".encode()
        )
        write(root / name / f"{name}_notes.csv", f"PatientID,StudyDate\n{patient.patient_id},20240315\n".encode())
        write(root / name / f"{name}_x.xml", f"<x><PatientID>{patient.patient_id}</PatientID></x>".encode())
    return folder


def run(place, out, *arguments):
    return fw_deid(
        *("run", PROFILE, place / "in", "-o", place / out, "--secret-key", place / "secret.key"),
        *("--quiet", "--table", place / "table.csv", *arguments),
    )


@pytest.fixture(scope="module")
def copies(place):
    done = run(place, "out")
    with (place / "table.csv").open(newline="") as file:
        reasons = [row["reason"] for row in csv.DictReader(file) if row["reason"]]
    assert (done.returncode, reasons) == (0, [])
    return place / "out"


@pytest.mark.parametrize("label", SUBJECTS)
def test_a_subject_has_one_pseudonym_and_one_shift_in_every_format(copies, label):
    key = label.lower()
    name, day = pseudonym(KEY, key), str(dt.date.fromisoformat(DAY) + dt.timedelta(days=shift(KEY, key)))
    home = copies / f"sub-{name}"
    digits = day.replace("-", "")
    for path in (home / "dicom").iterdir():
        assert dcmread(path).PatientID == name
    sidecar = json.loads((home / "anat" / f"sub-{name}_T1w.json").read_text())
    assert sidecar == {"PatientID": name, "AcquisitionDateTime": f"{day}T10:11:12.5"}
    assert (home / "anat" / f"sub-{name}_T1w.bval").read_text() == "0 1000\n"
    scans = (home / f"sub-{name}_scans.tsv").read_text()
    assert scans == f"filename\tacq_time\nanat/sub-{name}_T1w.nii.gz\t{day}T10:11:12\n"
    assert (home / "anat" / f"sub-{name}_T1w.nii.gz").exists()
    assert (home / f"sub-{name}_notes.csv").read_text() == f"PatientID,StudyDate\n{name},{digits}\n"
    assert f"<PatientID>{name}</PatientID>" in (home / f"sub-{name}_x.xml").read_text()
    assert f"sub-{name}\tx\t{day}\n" in (copies / "participants.tsv").read_text()


def test_studies_move_by_the_shift_of_their_subject(place, copies):
    for label in SUBJECTS:
        before = dcmread(next((place / "in" / f"sub-{label}" / "dicom").iterdir())).StudyDate
        after = dcmread(next((copies / f"sub-{pseudonym(KEY, label.lower())}" / "dicom").iterdir())).StudyDate
        assert dt.date.fromisoformat(after) - dt.date.fromisoformat(before) == dt.timedelta(shift(KEY, label.lower()))


def test_no_path_and_no_byte_of_the_copies_names_a_subject(copies):
    for path in copies.rglob("*"):
        name = path.relative_to(copies).as_posix()
        data = b"" if path.is_dir() else path.read_bytes()
        data = gzip.decompress(data) if name.endswith(".gz") else data
        for label, patient in SUBJECTS.items():
            told = (patient.patient_id, patient.name, patient.name.split("^")[1], patient.accession_number)
            assert f"sub-{label}" not in name
            assert f"sub-{label}".encode() not in data
            if not name.endswith(".nii.gz"):
                assert not [each for each in told if each.encode() in data]


def test_another_run_with_the_key_gives_the_same_bytes_with_any_number_of_workers(place, copies):
    assert run(place, "again", "--workers", "1").returncode == 0
    assert tree(place / "again") == tree(copies)


def test_another_key_gives_other_names_and_days(place, copies):
    write(place / "other.key", b"another key, of 16 characters and more")
    done = fw_deid("run", PROFILE, place / "in", "-o", place / "other", "--secret-key", place / "other.key", "--quiet")
    assert done.returncode == 0
    assert not {path.name for path in (place / "other").glob("sub-*")} & {path.name for path in copies.glob("sub-*")}


def test_a_built_in_profile_without_a_key_is_refused_in_one_line_that_says_how_to_make_one(place):
    done = fw_deid("run", PROFILE, place / "in", "-o", place / "none")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "secrets.token_hex" in done.stderr
    assert not (place / "none").exists()


def test_an_archive_loses_its_comment_and_the_names_of_its_folders(place):
    """A comment that nobody could know to tell the patient, and folders of the same kind."""
    members = ((f"Okapi ward/{name}", data) for name, data in mr_series(ALICE, 1))
    archive = zip_archive(members, "seen with the okapi of ward 7")
    write(place / "packed" / "series.zip", archive)
    done = fw_deid(
        *("run", PROFILE, place / "packed", "-o", place / "unpacked", "--secret-key", place / "secret.key", "--quiet")
    )
    assert (done.returncode, done.stderr) == (0, "")
    (copy,) = (place / "unpacked").iterdir()
    with zipfile.ZipFile(copy) as opened:
        assert opened.comment == b""
        assert all(re.fullmatch(r"[0-9a-f]{64}/2\.25\.\d+\.MR\.dcm", name) for name in opened.namelist())


def test_folders_with_a_date_or_a_uid_get_other_names_and_stay_apart(place):
    folders = (
        "2023-04-17_visit",
        "2023-04-18_visit",
        "1.2.826.0.1.3680043.10.1234.5678/localizer",
        "sub-A1/ses-01/t1w",
    )
    for number, folder in enumerate(folders):
        ((_, data),) = mr_series(ALICE, 1)
        write(place / "dated" / folder / f"{number}.dcm", data)
    done = fw_deid(
        *("run", PROFILE, place / "dated", "-o", place / "undated", "--secret-key", place / "secret.key", "--quiet")
    )
    assert (done.returncode, done.stderr) == (0, "")
    names = sorted(path.rpartition("/")[0] for path in tree(place / "undated"))
    assert sorted(re.sub("[0-9a-f]{16}", "HASH", name) for name in names if not name.startswith("sub-")) == [
        "HASH", "HASH", "HASH/localizer",
    ]  # fmt: skip
    assert len(set(names)) == len(folders)
    assert f"sub-{pseudonym(KEY, 'a1')}/ses-01/t1w" in names
