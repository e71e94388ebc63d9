"""A key from a file: pseudonyms and shifts of dates that are a subject's own."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import CTImageStorage

from fw_gear_deid.actions.subjects import pseudonym, shift
from fw_gear_deid.cli import main
from tests.cli.made import fw_deid, tree, write
from tests.synthetic import encoded

KEY = "c0ffee00" * 4
PROFILE = """\
version: 1
name: keyed
dicom:
  date-increment: subject
  fields:
    - {name: PatientID, pseudonym: true}
    - {name: PatientName, pseudonym: true}
    - {name: StudyDate, increment-date: true}
json:
  date-increment: subject
  fields:
    - {name: PatientID, pseudonym: true}
    - {name: AcquisitionDate, increment-date: true}
"""
SIDECAR = b'{"PatientID": "CANARY-7", "AcquisitionDate": "2024-03-15"}\n'


def scan(patient="CANARY-7"):
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, "1.2.3.4"
    data.PatientName, data.PatientID, data.StudyDate = "Canary^Zebra", patient, "20240315"
    return encoded(data)


@pytest.fixture
def place(tmp_path):
    write(tmp_path / "keyed.yaml", PROFILE.encode())
    write(tmp_path / "secret.key", f"{KEY}\n".encode())
    write(tmp_path / "in" / "a.dcm", scan())
    return tmp_path


def keyed(place, *arguments):
    return fw_deid(
        "run", place / "keyed.yaml", place / "in", "-o", place / "out", "--secret-key", place / "secret.key", *arguments
    )


def test_a_key_in_a_file_gives_a_patients_own_pseudonym_and_shift(place):
    done = keyed(place)
    assert (done.returncode, done.stderr) == (0, "")
    (copy,) = (dcmread(path) for path in (place / "out").iterdir())
    assert copy.PatientID == copy.PatientName == pseudonym(KEY, "canary-7")
    assert copy.PatientName.family_name == pseudonym(KEY, "canary-7")
    assert copy.StudyDate == moved("2024-03-15", "canary-7").replace("-", "")


def moved(day, key):
    return str(dt.date.fromisoformat(day) + dt.timedelta(days=shift(KEY, key)))


def test_the_named_subject_counts_for_every_format(place):
    write(place / "in" / "a.json", SIDECAR)
    assert keyed(place, "--subject", "sub-S01").returncode == 0
    name, day = pseudonym(KEY, "s01"), moved("2024-03-15", "s01")
    assert (place / "out" / "a.json").read_text() == f'{{"PatientID": "{name}", "AcquisitionDate": "{day}"}}\n'
    (copy,) = (dcmread(path) for path in (place / "out").glob("*.dcm"))
    assert (copy.PatientID, copy.StudyDate) == (name, day.replace("-", ""))


def test_a_file_that_tells_no_subject_is_withheld_and_the_others_are_not(place):
    write(place / "in" / "nobody.dcm", scan(""))
    done = keyed(place, "--table", place / "files.csv")
    assert done.returncode == 1
    assert len(tree(place / "out")) == 1
    assert "name the subject with --subject" in (place / "files.csv").read_text()


def test_what_a_run_makes_does_not_depend_on_the_number_of_workers(place):
    for number in range(12):
        data = dcmread(io.BytesIO(scan(f"CANARY-{number}")))
        data.SOPInstanceUID = f"1.2.3.4.{number}"
        data.save_as(place / "in" / f"{number}.dcm")
    trees = []
    for workers in (1, 4):
        out = place / f"out{workers}"
        done = fw_deid(
            *("run", place / "keyed.yaml", place / "in", "-o", out, "--secret-key", place / "secret.key"),
            *("--workers", workers),
        )
        assert done.returncode == 0
        trees.append(tree(out))
    assert trees[0] == trees[1]
    assert len({dcmread(path).PatientID for path in (place / "out4").iterdir()}) == 12


def test_a_subject_that_is_named_for_files_of_several_patients_is_pointed_out(place):
    write(place / "in" / "b" / "b.dcm", scan("CANARY-8"))
    done = keyed(place, "--subject", "S01")
    assert (done.returncode, done.stderr.count("the files tell of 2 patients")) == (0, 1)
    assert "CANARY" not in done.stderr
    assert keyed(place).stderr == ""


@pytest.mark.parametrize("command", [["validate"], ["profile", "show"]])
def test_without_a_key_such_a_profile_is_refused_once_with_how_to_make_one(place, capsys, command):
    assert main([*command, str(place / "keyed.yaml")]) == 2
    told = "".join(capsys.readouterr())
    assert told.count("keyed.yaml:1:1: ") == 1
    assert "--secret-key FILE" in told
    assert "secrets.token_hex(16)" in told
    assert main([*command, str(place / "keyed.yaml"), "--secret-key", str(place / "secret.key")]) == 0
    assert KEY not in "".join(capsys.readouterr())


def test_the_key_of_the_profile_goes_before_that_of_the_command(place):
    own = "a key of the profile itself"
    write(place / "keyed.yaml", f"secret-key: {own}\n{PROFILE}".encode())
    assert keyed(place).returncode == 0
    (copy,) = (dcmread(path) for path in (place / "out").iterdir())
    assert copy.PatientID == pseudonym(own, "canary-7")


@pytest.mark.parametrize(
    "content", [b"", b"canary-short", b"canary canary canary\nmore\n", b"\xff\xfe\0c\0a", b"x" * 5000]
)
def test_a_file_that_is_no_key_is_refused_and_not_repeated(place, capsys, content):
    write(place / "secret.key", content)
    assert main(["validate", str(place / "keyed.yaml"), "--secret-key", str(place / "secret.key")]) == 2
    told = "".join(capsys.readouterr())
    assert "a line of at least 16 characters" in told
    assert "canary" not in told


@pytest.mark.parametrize(("where", "told"), [("out", "among the copies"), ("in", "lies in the source")])
def test_a_key_among_copies_or_sources_is_refused(place, where, told):
    write(place / where / "secret.key", KEY.encode())
    done = fw_deid(
        *("run", place / "keyed.yaml", place / "in", "-o", place / "out", "--secret-key", place / where / "secret.key")
    )
    assert (done.returncode, told in done.stderr) == (2, True)
    assert not [*place.glob("out/*.dcm")]


def test_a_key_file_that_is_not_there_is_told(place, capsys):
    assert main(["validate", str(place / "keyed.yaml"), "--secret-key", str(place / "no.key")]) == 2
    assert "cannot be read" in "".join(capsys.readouterr())


def test_the_key_stands_in_no_report_log_or_table(place):
    done = keyed(place, "--log", place / "log.csv", "--report", place / "report.json", "--table", place / "files.csv")
    assert done.returncode == 0
    told = "".join((place / name).read_text() for name in ("log.csv", "report.json", "files.csv"))
    assert KEY not in told + done.stdout + done.stderr


def test_folders_that_bids_names_after_a_subject_are_renamed_where_that_is_asked_for(place):
    write(place / "in" / "sub-S01" / "anat" / "b.json", SIDECAR)
    write(place / "in" / "subway" / "c.json", b'{"AcquisitionDate": "2024-03-15"}\n')
    (place / "in" / "a.dcm").unlink()
    assert keyed(place, "--subject", "S02").returncode == 0
    assert {*tree(place / "out")} == {"sub-S01/anat/b.json", "subway/c.json"}
    write(place / "keyed.yaml", f"subject-folders: pseudonym\n{PROFILE}".encode())
    done = fw_deid(
        *("run", place / "keyed.yaml", place / "in" / "sub-S01", place / "in", "-o", place / "out2"),
        *("--secret-key", place / "secret.key", "--table", place / "t.csv"),
    )
    assert done.returncode == 1  # c.json tells no subject
    names = {path for path in tree(place / "out2") if "anat" in path}
    assert f"sub-{pseudonym(KEY, 's01')}/anat/b.json" in names


def test_an_entry_is_called_by_its_label_in_log_and_report(place):
    labelled = PROFILE.replace("- {name: PatientID, pseudonym", "- {name: PatientID, label: who it is, pseudonym")
    write(place / "keyed.yaml", labelled.encode())
    assert keyed(place, "--log", place / "log.csv", "--report", place / "report.json").returncode == 0
    assert "who it is" in (place / "log.csv").read_text().splitlines()[0]
    assert '"who it is": 1' in (place / "report.json").read_text()


def test_members_of_an_archive_are_about_whom_their_paths_name(place):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for label in ("sub-S01", "sub-S02"):
            made.writestr(f"{label}/anat/{label}_T1w.json", '{"PatientID": "x"}')
    write(place / "in" / "set.zip", file.getvalue())
    (place / "in" / "a.dcm").unlink()
    done = keyed(place)
    assert (done.returncode, done.stderr) == (0, "")
    with zipfile.ZipFile(place / "out" / "set.zip") as archive:
        told = [json.loads(archive.read(name))["PatientID"] for name in archive.namelist()]
    assert told == [pseudonym(KEY, "s01"), pseudonym(KEY, "s02")]
