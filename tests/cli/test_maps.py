"""``--uid-map`` and ``--subject-map``: which identifier became which."""

from __future__ import annotations

import csv
import io
import stat
import zipfile

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import CTImageStorage

from fw_gear_deid.actions.subjects import pseudonym
from tests.cli.made import fw_deid, tree, write
from tests.synthetic import encoded

KEY = "c0ffee00" * 4
PROFILE = f"""\
version: 1
name: mapped
secret-key: {KEY}
dicom:
  recurse-sequence: true
  uid-method: uuid
  hash-method: hmac-sha256
  fields:
    - {{name: PatientID, pseudonym: true}}
    - {{name: PatientName, pseudonym: true}}
    - {{name: StudyInstanceUID, action-code: U}}
    - {{name: SOPInstanceUID, hashuid: true}}
    - {{name: ReferencedSOPInstanceUID, hashuid: true}}
json:
  fields:
    - {{name: global.PatientID, pseudonym: true}}
tsv:
  fields:
    - {{name: participant_id, pseudonym: true}}
"""


def scan(number, patient="CANARY-7"):
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID, data.StudyInstanceUID = CTImageStorage, f"1.2.3.{number}", "1.2.9"
    data.PatientName, data.PatientID = "Canary^Zebra", patient
    reference = Dataset()
    reference.ReferencedSOPInstanceUID = f"1.2.4.{number}"
    data.ReferencedImageSequence = [reference]
    return encoded(data)


@pytest.fixture
def place(tmp_path):
    write(tmp_path / "profile.yaml", PROFILE.encode())
    for number in range(6):
        write(tmp_path / "in" / f"{number}.dcm", scan(number, f"CANARY-{number % 2}"))
    (tmp_path / "maps").mkdir()
    return tmp_path


def mapped(place, *arguments, out="out"):
    return fw_deid(
        *("run", place / "profile.yaml", place / "in", "-o", place / out),
        *("--uid-map", place / "maps" / "uids.csv", "--subject-map", place / "maps" / "subjects.csv", *arguments),
    )


def pairs(place, name):
    with (place / "maps" / name).open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == ["id_old", "id_new"]
    assert len(rows) == len(set(map(tuple, rows)))
    return dict(rows)


def test_every_uid_that_changed_is_mapped_once_those_in_sequences_too(place):
    done = mapped(place)
    assert (done.returncode, done.stderr) == (0, "")
    uids = pairs(place, "uids.csv")
    assert uids.keys() == {"1.2.9", *(f"1.2.{part}.{number}" for part in (3, 4) for number in range(6))}
    copies = [dcmread(path) for path in (place / "out").iterdir()]
    assert {copy.SOPInstanceUID for copy in copies} == {uids[f"1.2.3.{number}"] for number in range(6)}
    assert {copy.StudyInstanceUID for copy in copies} == {uids["1.2.9"]}
    assert {copy.ReferencedImageSequence[0].ReferencedSOPInstanceUID for copy in copies} == {
        uids[f"1.2.4.{number}"] for number in range(6)
    }


def test_subjects_are_mapped_by_their_ids_in_every_format_and_not_by_their_names(place):
    write(place / "in" / "participants.tsv", b"participant_id\tage\nsub-01\t30\nsub-02\t31\n")
    assert mapped(place).returncode == 0
    expected = {f"CANARY-{number}": pseudonym(KEY, f"canary-{number}") for number in range(2)}
    expected |= {f"sub-0{number}": f"sub-{pseudonym(KEY, f'0{number}')}" for number in (1, 2)}
    assert pairs(place, "subjects.csv") == expected


def test_the_subject_named_for_the_run_is_mapped_though_no_field_holds_its_label(place):
    write(place / "in" / "a.json", b'{"global": {"PatientID": "CANARY-9"}}')
    assert mapped(place, "--subject", "S01").returncode == 0
    name = pseudonym(KEY, "s01")
    assert pairs(place, "subjects.csv") == dict.fromkeys(("S01", "CANARY-0", "CANARY-1", "CANARY-9"), name)


def test_maps_are_the_same_bytes_with_any_number_of_workers_and_for_archives(place):
    write(place / "in" / "more.zip", archive(scan(number, "CANARY-0") for number in range(10, 40)))
    texts = set()
    for workers in (1, 4):
        assert mapped(place, "--workers", workers, out=f"out{workers}").returncode == 0
        texts.add(tuple((place / "maps" / name).read_bytes() for name in ("uids.csv", "subjects.csv")))
    assert len(texts) == 1
    assert "1.2.4.39" in pairs(place, "uids.csv")


def archive(objects):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number, data in enumerate(objects):
            made.writestr(f"{number}.dcm", data)
    return file.getvalue()


def test_maps_are_for_their_owner_alone_and_copies_are_the_same_without_them(place):
    write(place / "maps" / "uids.csv", b"older").chmod(0o644)
    assert mapped(place).returncode == 0
    for path in (place / "maps").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(list((place / "maps").iterdir())) == 2
    fw_deid("run", place / "profile.yaml", place / "in", "-o", place / "plain")
    assert tree(place / "plain") == tree(place / "out")


@pytest.mark.parametrize("option", ["--uid-map", "--subject-map"])
def test_a_map_among_the_copies_or_in_the_source_is_refused(place, option):
    for folder in ("out", "in"):
        done = fw_deid(
            "run", place / "profile.yaml", place / "in", "-o", place / "out", option, place / folder / "m.csv"
        )
        assert done.returncode == 2
        assert "choose another place" in done.stderr
    assert not (place / "out").exists()


def test_a_map_that_cannot_be_written_stops_the_run_before_anything_is_read(place):
    write(place / "file", b"")
    done = fw_deid(
        *("run", place / "profile.yaml", place / "in", "-o", place / "out", "--uid-map", place / "file" / "m.csv"),
    )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
