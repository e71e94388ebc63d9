"""What a copy is called, and what the log says."""

from __future__ import annotations

import pytest

from fw_gear_deid.actions import Keep, Remove, Replace
from fw_gear_deid.errors import ProfileError, UnmatchedError
from fw_gear_deid.formats.dicom.document import DicomFormat
from tests.formats.dicom.encoding import Plain, Sequence, dicom_file, text
from tests.formats.dicom.running import edit, section
from tests.formats.samples import Shout, by_regex, named, renaming

INSTANCE, MODALITY = text(0x00080018, "UI", "1.2.3.4"), text(0x00080060, "CS", "MR")
NAME, NUMBER = text(0x00100010, "PN", "CANARY^ALICE"), text(0x00100020, "LO", "SYNTH-0001")
FILE = dicom_file((INSTANCE, MODALITY, NAME, NUMBER))


def name_of(rules: object, file: bytes = FILE, name: str = "scan.dcm") -> str:
    return edit(rules, file, name).name


def test_a_group_named_like_an_element_is_refused():
    section_ = section(filenames=(renaming("{patientid}-{run}.dcm", "(?P<patientid>[^_]+)_(?P<run>.*)"),))
    with pytest.raises(ProfileError, match="the group “patientid” has the name of an element"):
        DicomFormat().compile(section_)


def test_the_default_is_the_new_instance_and_the_modality():
    assert name_of(section()) == "1.2.3.4.MR.dcm"
    assert name_of(section(*named(("SOPInstanceUID", Replace("2.25.7"))))) == "2.25.7.MR.dcm"
    assert name_of(section(by_regex("SOPInstanceUID", Replace("2.25.7")))) == "2.25.7.MR.dcm"


def test_no_modality_is_na():
    assert name_of(section(*named(("Modality", Remove())))) == "1.2.3.4.NA.dcm"
    assert name_of(section(), dicom_file((INSTANCE,))) == "1.2.3.4.NA.dcm"


def test_without_an_instance_the_name_stays():
    assert name_of(section(), dicom_file((NUMBER,))) == "scan.dcm"


def test_fields_stand_in_names_after_their_rules():
    rules = section(
        *named(("PatientID", Replace("n7")), ("PatientName", Remove())),
        filenames=(renaming("{PatientID}_{PatientName}_{00080060}.dcm"),),
    )
    assert name_of(rules) == "n7_NA_MR.dcm"


def test_fields_in_names_are_kept_by_remove_undefined():
    rules = section(*named(("SOPInstanceUID", Keep())), remove_undefined=True, filenames=(renaming("{PatientID}.dcm"),))
    found = edit(rules, FILE)
    assert found.name == "SYNTH-0001.dcm"
    assert b"SYNTH-0001" in b"".join(bytes(chunk) for chunk in found.output.chunks())


def test_groups_of_the_old_name_are_acted_on():
    rules = section(filenames=(renaming("{who}-{Modality}.dcm", r"(?P<who>\w+)_.*", who=Shout()),))
    assert name_of(rules, name="alice_1.dcm") == "_ALICE_-MR.dcm"


def test_a_name_that_no_rule_matches_leaves_the_file_out():
    rules = section(filenames=(renaming("x.dcm", "MR_.*"),))
    with pytest.raises(UnmatchedError):
        name_of(rules)


@pytest.mark.parametrize("name", ["Nobody", "RequestAttributesSequence.0.AccessionNumber", "60xx3000"])
def test_a_field_in_a_name_must_be_one_top_level_element(name):
    with pytest.raises(ProfileError, match="filenames output"):
        DicomFormat().compile(section(filenames=(renaming(f"{{{name}}}.dcm"),)))


def test_a_hostile_instance_makes_no_path():
    hostile = dicom_file((text(0x00080018, "UI", "../../x"), text(0x00080060, "CS", "A/B")))
    assert "/" not in name_of(section(), hostile)


def test_the_log_holds_the_instance_and_every_rule():
    nested = Sequence(0x00101002, ((text(0x00100020, "LO", "a"),), (text(0x00100020, "LO", "b"),)))
    rules = section(
        *named(
            ("PatientName", Remove()),
            ("PatientComments", Replace("c")),
            ("OtherPatientIDsSequence.1.PatientID", Shout()),
            ("OtherPatientIDsSequence.*.PatientID", Shout()),
        ),
        by_regex("PatientID|00100020", Replace("z")),
    )
    found = edit(rules, dicom_file((INSTANCE, NAME, NUMBER, nested)), log=True)
    assert found.before == {
        "StudyInstanceUID": "",
        "SeriesInstanceUID": "",
        "SOPInstanceUID": "1.2.3.4",
        "PatientName": "CANARY^ALICE",
        "PatientComments": "",
        "OtherPatientIDsSequence.1.PatientID": "b",
        "OtherPatientIDsSequence.*.PatientID": '{"00101002.0.00100020": "a", "00101002.1.00100020": "b"}',
        "PatientID|00100020": '{"PatientID": "SYNTH-0001"}',
    }
    assert found.after == {
        **found.before,
        "PatientName": "",
        "PatientComments": "c",
        "OtherPatientIDsSequence.1.PatientID": "<<B>>",
        "OtherPatientIDsSequence.*.PatientID": '{"00101002.0.00100020": "<A>", "00101002.1.00100020": "<<B>>"}',
        "PatientID|00100020": '{"PatientID": "z"}',
    }
    assert edit(rules, FILE).before == {}


def test_the_log_tells_repeating_groups_apart():
    overlays = (text(0x60000022, "LO", "one"), text(0x60020022, "LO", "two"))
    found = edit(section(*named(("60xx0022", Remove()))), dicom_file(overlays), log=True)
    assert found.before["60xx0022"] == '{"60000022": "one", "60020022": "two"}'
    assert found.after["60xx0022"] == "{}"


def test_bytes_are_logged_by_their_length():
    rules = section(*named(("60003000", Remove())))
    found = edit(rules, dicom_file((Plain(0x60003000, "OW", bytes(10)),)), log=True)
    assert found.before["60003000"] == "<OW, 10 bytes>"


def test_what_only_the_log_reads_may_be_illegible():
    study = Plain(0x0020000D, "OB", b"\1\2")
    file = dicom_file((INSTANCE, study))
    found = edit(section(), file, log=True)
    assert found.before["StudyInstanceUID"] == found.after["StudyInstanceUID"] == ""
    assert b"".join(bytes(chunk) for chunk in found.output.chunks()) == file
