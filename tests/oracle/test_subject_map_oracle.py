"""The same subject maps through Flywheel's engine: the same codes, labels and files."""

from __future__ import annotations

import shutil

import pydicom
import pytest

from fw_gear_deid.engine.subjects.map import SubjectMap
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.compiling import compile_profile
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.profile import check_text
from tests.oracle.flywheel import its_warnings
from tests.synthetic import ALICE, BJORN, YUKI, Series, image_series

with its_warnings():
    from flywheel_migration.deidentify.csv_subject_map import CSVSubjectMap
    from flywheel_migration.deidentify.factory import create_subject_map, load_subject_map

PATIENTS = (BJORN, ALICE, YUKI, BJORN)


def objects():
    for patient in PATIENTS:
        ((_, data),) = image_series(patient, Series(slices=1))
        yield data


def labels(path):
    """Return what this project makes of each object's own elements."""
    subjects = SubjectMap(path)
    profile, _ = check_text(
        "dicom: {fields: [{name: PatientName, remove: true}, {name: PatientBirthDate, remove: true}]}"
    )
    plan = compile_profile(profile).owners[0].plan
    for data in objects():
        edited = plan.apply(MemoryContent(data), FileContext("a.dcm", keys=subjects.tags))
        yield subjects.label(subjects.known(edited.keys))


def its_labels(path, tmp_path):
    subjects = load_subject_map(str(path))
    for data in objects():
        (tmp_path / "a.dcm").write_bytes(data)
        with its_warnings():
            yield subjects.get_label(pydicom.dcmread(tmp_path / "a.dcm"))
    subjects.save()


@pytest.mark.parametrize(
    ("fields", "form"),
    [
        (None, None),
        (["PatientID"], "ex{SubjectCode:02}"),
        (["PatientSex", "PatientBirthDate", "PatientName"], "s-{SubjectCode:03d}"),
    ],
)
def test_both_engines_give_and_write_the_same_codes(tmp_path, fields, form):
    theirs, ours = tmp_path / "theirs.csv", tmp_path / "ours.csv"
    create_subject_map(str(theirs), fields, form)
    shutil.copy(theirs, ours)
    assert list(labels(ours)) == list(its_labels(theirs, tmp_path))
    assert ours.read_bytes() == theirs.read_bytes()
    assert list(labels(theirs)) == list(its_labels(ours, tmp_path))


def test_a_map_that_is_begun_is_the_one_that_flywheels_engine_begins(tmp_path):
    theirs, ours = tmp_path / "theirs.csv", tmp_path / "ours.csv"
    create_subject_map(str(theirs))
    assert list(labels(ours)) == list(its_labels(theirs, tmp_path)) == ["1", "2", "3", "1"]
    assert ours.read_bytes() == theirs.read_bytes()
    assert isinstance(load_subject_map(str(ours)), CSVSubjectMap)
