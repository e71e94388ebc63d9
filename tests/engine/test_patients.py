"""What the files of a run, or the members of an archive, tell of patients is told of each by itself."""

import json

import pytest
from pydicom import uid

from fw_gear_deid.engine.removals import Removals
from fw_gear_deid.engine.sources import walk
from fw_gear_deid.engine.subjects.attribution import MANY, attributed
from fw_gear_deid.engine.subjects.member_patients import MemberPatients
from fw_gear_deid.engine.subjects.patients import Glance, Patients
from fw_gear_deid.identity import NOBODY, Identifier, Kind, Subject
from fw_gear_deid.profile import check_text
from tests.synthetic import Patient, Series, encoded, image, zip_archive

ANNA, OTTO = (
    Patient(name="CANARYZEBRA^ANNA", patient_id="SYN-4471882"),
    Patient(name="OKAPITESTER^OTTO", patient_id="SYN-6600117"),
)
NAMES = {"a": Identifier(Kind.NAME, ANNA.name), "o": Identifier(Kind.NAME, OTTO.name)}


def glance(key):
    return Glance(frozenset({key}), frozenset({NAMES[key]}), frozenset({NAMES[key]}))


def test_what_is_known_of_some_patients_grows_with_each_file():
    patients = Patients()
    patients.add("in", glance("a"))
    assert patients.together(["a", "o"]).identifiers == {NAMES["a"]}
    patients.add("in/deeper", glance("o"))
    assert patients.together(["a", "o"]).identifiers == set(NAMES.values())
    assert patients.together(["o"]).sought == {NAMES["o"]}


def test_of_two_patients_it_is_known_what_tells_each():
    patients = Patients()
    for key in NAMES:
        patients.add("in", glance(key))
    found = patients.known(NOBODY, ["a", "o"])
    assert found.people == {"a": {NAMES["a"]}, "o": {NAMES["o"]}}
    assert patients.known(NOBODY, ["a"]).identifiers == {NAMES["a"]}


def test_what_was_known_of_a_subject_before_stays_known():
    patients = Patients()
    patients.add("in", glance("a"))
    before = Subject("s01", frozenset({NAMES["o"]}))
    assert patients.known(before, ["a"]) == Subject("s01", frozenset(NAMES.values()))


def dicom(patient, index=0, syntax=uid.ExplicitVRLittleEndian, alike=1):
    dataset = image(patient, Series(rows=8, columns=8, transfer_syntax=syntax), index)
    block = dataset.private_block(0x0009, "SYNTHETIC CREATOR", create=True)
    block.add_new(0x01, "US", [0x10, 0x20] * alike)  # looks like the tag of PatientID
    block.add_new(0x02, "LT", "the same in all objects " * 4)
    return encoded(dataset, syntax)


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian], ids=lambda each: each.name)
@pytest.mark.parametrize("alike", [1, 20])
def test_one_object_of_another_patient_is_told_behind_many_of_one(tmp_path, syntax, alike):
    for index in range(MANY + 2):
        (tmp_path / f"{index:03}.dcm").write_bytes(dicom(ANNA, index, syntax, alike))
    (tmp_path / "last.dcm").write_bytes(dicom(OTTO, 0, syntax, alike))
    (tmp_path / "side.json").write_bytes(b'{"EchoTime": 1}')
    profile, _ = check_text("version: 1\nname: x\ndicom:\n  fields: [{name: PatientName, remove: true}]\njson: {}\n")
    found = attributed(list(walk([tmp_path])), Removals.of(profile))
    assert found.patients == 2
    sidecar = next(each for each in found.sources if each.name == "side.json")
    assert sidecar.subject.key == ""
    assert set(NAMES.values()) <= sidecar.subject.identifiers


def test_a_member_that_names_its_patient_is_about_that_one_in_a_folder_of_two(tmp_path):
    members = [("in/a.dcm", dicom(ANNA)), ("in/o.dcm", dicom(OTTO)), ("in/c.json", b'{"EchoTime": 1}')]
    named = [(f"in/{each.name[:2]}.json", json.dumps({"PatientID": each.patient_id}).encode()) for each in (ANNA, OTTO)]
    path = tmp_path / "a.zip"
    path.write_bytes(zip_archive([*members, *named]))
    patients = MemberPatients(path, path.name)
    found = {name: patients.known(name, NOBODY) for name, _ in (*named, members[2])}
    assert [each.key for each in found.values()] == ["syn-4471882", "syn-6600117", ""]
    assert [NAMES["a"] in each.identifiers for each in found.values()] == [True, False, True]
    assert [NAMES["o"] in each.identifiers for each in found.values()] == [False, True, True]
