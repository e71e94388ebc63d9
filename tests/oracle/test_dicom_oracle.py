"""The same profiles and DICOM files through Flywheel's engine and this one, element by element."""

from __future__ import annotations

import hashlib
import io
from functools import cache

import pydicom
import pytest

from tests.oracle import flywheel, ours
from tests.oracle.comparing import Finding, differences
from tests.oracle.differences import DICOM
from tests.oracle.files import CHOICE, SYNTAXES, chosen, dicom_files
from tests.oracle.profiles import DICOM as PROFILES
from tests.oracle.profiles import HASH, REMOVE, WIDE, dicom, put, rename
from tests.synthetic import ALICE, Series, image_series


@cache
def findings(profile: str) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for name, data in chosen(wide=profile in WIDE).items():
        mine = ours.deidentify(PROFILES[profile], "dicom", name, data)
        theirs = flywheel.deidentify(PROFILES[profile], name, data)
        found += differences(mine, theirs, name)
    return tuple(found)


@pytest.mark.parametrize("profile", PROFILES)
def test_differences_are_meant(profile):
    unmeant = [found for found in findings(profile) if not any(row.covers(found) for row in DICOM)]
    assert not unmeant, "\n".join(f"{found}"[:500] for found in unmeant[:20])


@pytest.mark.parametrize("row", DICOM, ids=lambda row: row.id)
def test_meant_differences_are_met(row):
    assert any(row.covers(found) for found in findings(row.shown_by)), "stale: this difference no longer exists"


def test_every_transfer_syntax_and_package_file_is_compared():
    names = dicom_files()
    assert {f"synthetic_{name}.dcm" for name in SYNTAXES} <= set(names)
    assert set(names) > CHOICE
    assert len(names) > 90


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_oracle_changes_what_its_profile_says(syntax):
    name = f"synthetic_{syntax}.dcm"
    result = flywheel.deidentify(PROFILES["actions"], name, dicom_files()[name])
    assert not result.refusal
    assert result.before["PatientName"] != result.after["PatientName"]


@pytest.mark.parametrize("name", ['(0029, "SYNTH", 10)', "00291010"])
def test_an_element_of_no_dictionary_is_replaced_where_it_is_and_missed_by_both(name):
    ((_, missing),) = image_series(ALICE, Series(slices=1))
    dataset = pydicom.dcmread(io.BytesIO(missing))
    dataset.private_block(0x29, "SYNTH", create=True).add_new(0x10, "LO", "CANARY")
    there = io.BytesIO()
    dataset.save_as(there)
    profile = dicom((name, put("x")))
    data = there.getvalue()
    for copy in (ours.deidentify(profile, "dicom", "a", data), flywheel.deidentify(profile, "a", data)):
        assert pydicom.dcmread(io.BytesIO(copy.data))[0x29, 0x1010].value == "x"
    assert ours.deidentify(profile, "dicom", "a", missing).refusal
    assert flywheel.deidentify(profile, "a", missing).refusal


@pytest.mark.parametrize("rule", ["PatientID", "patientid", "(0010,0020)", "00100020"])
@pytest.mark.parametrize("output", ["PatientID", "patientid"])
def test_a_file_name_never_holds_what_a_rule_takes_away_however_it_is_spelled(rule, output):
    ((_, data),) = image_series(ALICE, Series(slices=1))
    profile = dicom((rule, HASH), filenames=[rename(f"{{{output}}}.dcm")])
    hashed = f"{hashlib.sha256(ALICE.patient_id.encode()).hexdigest()[:16]}.dcm"
    assert ours.deidentify(profile, "dicom", "a", data).name == hashed
    original = f"{ALICE.patient_id}.dcm"
    assert flywheel.deidentify(profile, "a", data).name == (hashed if rule == output else original)


@pytest.mark.parametrize(("number", "here", "there"), [(5, "5", "5.0"), (5.25, "5.25", "5.25"), (-0.1, "-0.1", "-0.1")])
def test_numbers_of_the_profile_stand_as_they_are_written(number, here, there):
    ((_, data),) = image_series(ALICE, Series(slices=1))
    profile = dicom(("SliceLocation", put(number)))
    copies = ours.deidentify(profile, "dicom", "a", data).data, flywheel.deidentify(profile, "a", data).data
    values = [pydicom.dcmread(io.BytesIO(copy)).SliceLocation.original_string for copy in copies]
    assert values == [here, there]


def test_nothing_is_removed_from_an_item_that_is_not_there():
    ((_, data),) = image_series(ALICE, Series(slices=1))
    dataset = pydicom.dcmread(io.BytesIO(data))
    dataset.OtherPatientIDsSequence = [pydicom.Dataset()]
    dataset.OtherPatientIDsSequence[0].PatientID = "CANARY"
    file = io.BytesIO()
    dataset.save_as(file)
    profile = dicom(("OtherPatientIDsSequence.5.PatientID", REMOVE), ("PatientID", HASH))
    copy = pydicom.dcmread(io.BytesIO(ours.deidentify(profile, "dicom", "a", file.getvalue()).data))
    assert [item.PatientID for item in copy.OtherPatientIDsSequence] == ["CANARY"]
    assert flywheel.deidentify(profile, "a", file.getvalue()).refusal.startswith("IndexError")
