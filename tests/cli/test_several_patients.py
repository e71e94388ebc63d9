"""Archives of several patients: whom their sidecars are about, and those beside them."""

from __future__ import annotations

import datetime as dt
import io
import json
import tarfile
import zipfile
from functools import partial

import pytest
from pydicom import dcmread

from fw_gear_deid.actions.subjects import pseudonym, shift
from fw_gear_deid.cli import main
from fw_gear_deid.identity import key_of
from tests.cli.made import UNSEARCHED, profile, write
from tests.synthetic import ALICE, BJORN, Series, image_series, tar_archive, zip_archive

KEY = "c0ffee00" * 4
SECTION = f"""
  secret-key: {KEY}
  date-increment: subject
  fields: [{{name: AcquisitionDate, increment-date: true}}, {{name: PatientID, pseudonym: true}}]
"""
PROFILE = f"dicom: {SECTION}json: {SECTION}"
DAY = dt.date(2024, 3, 15)


def sidecar(**more):
    return json.dumps({"AcquisitionDate": str(DAY), **more}).encode()


def objects(patient, folder, slices=20):
    return [(f"{folder}/{name}", data) for name, data in image_series(patient, Series(slices=slices))]


def moved(patient):
    return moved_by(patient.patient_id)


def moved_by(label):
    return str(DAY + dt.timedelta(days=shift(KEY, key_of(label))))


def run(place):
    return main(["run", *UNSEARCHED, str(profile(place, PROFILE)), str(place / "in"), "-o", str(place / "out")])


def members(path):
    data = path.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(path) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive}


@pytest.mark.parametrize(
    ("name", "make"),
    [("a.zip", zip_archive), ("a.tar", tar_archive), ("a.tar.gz", partial(tar_archive, gz=True))],
)
@pytest.mark.parametrize("slices", [2, 20])
def test_a_sidecar_is_about_the_patient_of_its_folder_wherever_in_the_archive_that_is_met(tmp_path, name, make, slices):
    packed = [
        *objects(ALICE, "one/dicom", slices),
        *objects(BJORN, "two", slices),
        ("one/a.json", sidecar()),
        ("two/a.json", sidecar()),
        ("other/b.json", sidecar(PatientID=BJORN.patient_id)),
    ]
    write(tmp_path / "in" / name, make(packed))
    assert run(tmp_path) == 0
    copies = members(tmp_path / "out" / name)
    assert json.loads(copies["one/a.json"]) == {"AcquisitionDate": moved(ALICE)}
    assert json.loads(copies["two/a.json"]) == {"AcquisitionDate": moved(BJORN)}
    theirs = pseudonym(KEY, key_of(BJORN.patient_id))
    assert json.loads(copies["other/b.json"]) == {"AcquisitionDate": moved(BJORN), "PatientID": theirs}


def test_a_sidecar_beside_a_folder_that_bids_names_after_a_subject_is_that_subjects(tmp_path):
    write(tmp_path / "in" / "a.zip", zip_archive([*objects(ALICE, "x/sub-A1/dicom", 2), ("x/notes.json", sidecar())]))
    assert run(tmp_path) == 0
    assert json.loads(members(tmp_path / "out" / "a.zip")["x/notes.json"]) == {"AcquisitionDate": moved_by("A1")}


def test_a_sidecar_beside_an_archive_is_about_the_subject_after_whom_bids_names_its_folder(tmp_path):
    write(tmp_path / "in" / "a.zip", zip_archive(objects(ALICE, "x/sub-A1/dicom", 2)))
    write(tmp_path / "in" / "a.json", sidecar())
    assert run(tmp_path) == 0
    assert json.loads((tmp_path / "out" / "a.json").read_bytes()) == {"AcquisitionDate": moved_by("A1")}


def test_a_sidecar_between_two_patients_is_withheld_with_what_to_do(tmp_path, capsys):
    packed = [*objects(ALICE, "one"), *objects(BJORN, "two"), ("a.json", sidecar())]
    write(tmp_path / "in" / "a.zip", zip_archive(packed))
    assert run(tmp_path) == 1
    assert "put it into a folder with the DICOM files of its one patient" in capsys.readouterr().err
    assert not (tmp_path / "out" / "a.zip").exists()


def place_in(folder, packed, *, archived):
    for name, data in [("a.zip", zip_archive(packed))] if archived else packed:
        write(folder / "in" / name, data)


def changed(data, **elements):
    dataset = dcmread(io.BytesIO(data))
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    made = io.BytesIO()
    dataset.save_as(made)
    return made.getvalue()


@pytest.mark.parametrize("archived", [True, False])
@pytest.mark.parametrize("stray", ["a.dcm", "study/a.dcm"])
def test_an_object_in_a_folder_above_does_not_speak_for_the_folders_of_others(tmp_path, capsys, stray, archived):
    ((_, other),) = objects(ALICE, "x", 1)
    packed = [(stray, other), *objects(BJORN, "study/b/dicom", 2), ("study/b/x.json", sidecar())]
    place_in(tmp_path, packed, archived=archived)
    assert run(tmp_path) == 1
    assert "put it into a folder with the DICOM files of its one patient" in capsys.readouterr().err


@pytest.mark.parametrize("archived", [True, False])
def test_a_patient_is_seen_behind_large_private_elements(tmp_path, archived):
    """Of what lies beside it, a sidecar would be told to be the only other patient's."""
    ((_, first),), ((_, second),) = objects(ALICE, "x", 1), objects(BJORN, "x", 1)
    dataset = dcmread(io.BytesIO(second))
    dataset.private_block(0x0009, "ZOO", create=True).add_new(1, "OB", bytes(1 << 16))
    large = io.BytesIO()
    dataset.save_as(large)
    place_in(tmp_path, [("a.dcm", first), ("b.dcm", large.getvalue()), ("x.json", sidecar())], archived=archived)
    assert run(tmp_path) == 1
    assert not (tmp_path / "out" / "x.json").exists()


@pytest.mark.parametrize("archived", [True, False])
def test_patients_are_told_apart_by_numbers_of_one_digit(tmp_path, archived):
    ((_, first),), ((_, second),) = objects(ALICE, "x", 1), objects(BJORN, "x", 1)
    place_in(tmp_path / "one", [("a.dcm", changed(first, PatientID="9")), ("x.json", sidecar())], archived=archived)
    assert run(tmp_path / "one") == 0
    packed = [("a.dcm", changed(first, PatientID="10")), ("b.dcm", changed(second, PatientID="9"))]
    place_in(tmp_path / "two", [*packed, ("x.json", sidecar())], archived=archived)
    assert run(tmp_path / "two") == 1
    assert not (tmp_path / "two" / "out" / "x.json").exists()


@pytest.mark.parametrize("archived", [True, False])
@pytest.mark.parametrize("field", ["PatientID", "participant_id"])
def test_records_of_several_patients_are_not_made_those_of_the_one_whose_objects_lie_beside_them(
    tmp_path, field, archived
):
    def records(*numbers):
        return sidecar(records=[{field: number} for number in numbers])

    place_in(tmp_path / "one", [*objects(ALICE, "d", 1), ("d/x.json", records("sub-07", "07"))], archived=archived)
    assert run(tmp_path / "one") == 0
    place_in(tmp_path / "two", [*objects(ALICE, "d", 1), ("d/x.json", records("sub-07", "08"))], archived=archived)
    assert run(tmp_path / "two") == 1


@pytest.mark.parametrize("archived", [True, False])
def test_a_former_number_within_a_record_does_not_make_it_one_of_several_patients(tmp_path, archived):
    record = sidecar(PatientID=ALICE.patient_id, OtherPatientIDsSequence=[{"PatientID": "FORMER-4711"}])
    place_in(tmp_path, [*objects(ALICE, "d", 1), ("d/x.json", record)], archived=archived)
    assert run(tmp_path) == 0


@pytest.mark.parametrize("late", [BJORN, ALICE])
def test_a_sidecar_beside_an_archive_is_about_its_patient_if_all_members_are_that_patients(tmp_path, late):
    write(tmp_path / "in" / "a.zip", zip_archive([*objects(ALICE, "one"), *objects(late, "two", 2)]))
    write(tmp_path / "in" / "a.json", sidecar())
    assert run(tmp_path) == (0 if late is ALICE else 1)
    assert (tmp_path / "out" / "a.json").exists() == (late is ALICE)
