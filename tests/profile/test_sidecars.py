"""What the profiles of PS3.15 do with files that are not DICOM."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re

import pytest

from fw_gear_deid.actions.subjects import pseudonym, shift
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.compiling import open_draft
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.identity import Identifier, Kind, subject_of
from fw_gear_deid.problems import Severity
from fw_gear_deid.profile import read_draft
from fw_gear_deid.profile.builtin.sidecar_fields import deeds
from fw_gear_deid.standard.confidentiality import ProfileOption, table
from tests.synthetic import ALICE, nifti

KEY = "c0ffee00" * 4
NAME = pseudonym(KEY, "s01")
BASIC, CLEAN = "ps3.15-basic", "ps3.15-basic-clean"
PATIENT = f"{CLEAN}+retain-patient-characteristics"
SIDECAR = {
    "PatientName": "Canary^Zebra",
    "PatientID": "CANARY-7",
    "PatientBirthDate": "1970-01-31",
    "PatientSex": "F",
    "PatientWeight": 70,
    "AcquisitionDateTime": "2024-03-15T10:11:12.345000",
    "AcquisitionTime": "10:11:12.345",
    "SeriesInstanceUID": "1.2.3.4",
    "ProtocolName": "t1_mprage_sag_p2_iso",
    "ImageType": ["ORIGINAL", "PRIMARY", "M"],
    "EchoTime": 0.00245,
    "InstitutionName": "Canary Clinic",
    "InstitutionAddress": "1 Canary Street",
    "StationName": "CANARY1",
    "DeviceSerialNumber": "66044",
    "global": {"const": {"StudyDate": "20240315", "PatientID": "CANARY-7", "OperatorsName": "Canary"}},
}
DICOM_JSON = {
    "00080020": {"vr": "DA", "Value": ["20240315"]},
    "0020000D": {"vr": "UI", "Value": ["1.2.3.4"]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Canary^Zebra"}]},
    "00100020": {"vr": "LO", "Value": ["CANARY-7"]},
    "00180081": {"vr": "DS", "Value": [2.45]},
}
COMPILED = {}


def edited(profile, name, data, *known):
    if profile not in COMPILED:  # they are long
        COMPILED[profile] = open_draft(read_draft(profile, secret_key=KEY))
    plan = COMPILED[profile].owner(name, data[:200])
    done = plan.apply(MemoryContent(data), FileContext(name, subject=subject_of("S01", frozenset(known))))
    return done.name, b"".join(bytes(chunk) for chunk in done.output.chunks())


def sidecar(profile, content, name="sub-S01_T1w.json"):
    return json.loads(edited(profile, name, json.dumps(content).encode())[1])


def table_of(profile, text, name="participants.tsv"):
    return edited(profile, name, text.encode())[1].decode()


def moved(day):
    return str(dt.date.fromisoformat(day) + dt.timedelta(days=shift(KEY, "s01")))


@pytest.mark.parametrize("name", [BASIC, CLEAN, PATIENT, *(f"{BASIC}+{option}" for option in ProfileOption)])
def test_every_such_profile_is_valid_and_nothing_in_its_sidecars_is_in_doubt(name):
    draft = read_draft(name, secret_key=KEY)
    profile, problems = draft.checked(None)
    assert profile is not None
    start = profile.sections["json"].mark
    assert [problem.message for problem in problems if problem.mark > start or problem.severity is Severity.ERROR] == []


def test_a_sidecar_of_dcm2niix_keeps_what_is_of_the_image_and_loses_what_is_of_the_person():
    assert sidecar(CLEAN, SIDECAR) == {
        "PatientID": NAME,
        "AcquisitionDateTime": f"{moved('2024-03-15')}T10:11:12.345000",
        "AcquisitionTime": "10:11:12.345",
        "SeriesInstanceUID": sidecar(CLEAN, {"SeriesInstanceUID": "1.2.3.4"})["SeriesInstanceUID"],
        "ProtocolName": "t1_mprage_sag_p2_iso",
        "ImageType": ["ORIGINAL", "PRIMARY", "M"],
        "EchoTime": 0.00245,
        "DeviceSerialNumber": "66044",
        "StationName": "CANARY1",  # the option retain-device-identity
        "global": {"const": {"StudyDate": moved("2024-03-15").replace("-", ""), "PatientID": NAME}},
    }


def test_the_basic_profile_leaves_no_date_no_device_and_no_text_in_a_sidecar():
    assert sidecar(BASIC, SIDECAR).keys() == {
        *("PatientID", "SeriesInstanceUID", "ImageType", "EchoTime", "global"),
    }


def test_options_change_sidecars_as_they_change_dicom():
    assert sidecar(f"{BASIC}+retain-uids", SIDECAR)["SeriesInstanceUID"] == "1.2.3.4"
    assert sidecar(f"{BASIC}+retain-full-dates", SIDECAR)["AcquisitionDateTime"] == SIDECAR["AcquisitionDateTime"]
    assert sidecar(f"{BASIC}+retain-institution-identity", SIDECAR)["InstitutionName"] == "Canary Clinic"
    kept = sidecar(f"{BASIC}+retain-patient-characteristics", SIDECAR)
    assert (kept["PatientSex"], kept["PatientWeight"]) == ("F", 70)


def test_the_json_of_dicom_itself_is_treated_by_its_tags():
    done = sidecar(CLEAN, DICOM_JSON)
    assert done["00080020"]["Value"] == [moved("2024-03-15").replace("-", "")]
    assert done["00100020"]["Value"] == [NAME]
    assert done["00180081"] == DICOM_JSON["00180081"]
    assert "00100010" not in done
    assert done["0020000D"]["Value"] == [sidecar(CLEAN, SIDECAR)["SeriesInstanceUID"]]


def test_what_describes_the_columns_of_a_table_stays():
    text = {
        "participant_id": {"Description": "of the subject", "Levels": {"sub-01": "first"}},
        "acq_time": {"LongName": "day", "Description": "moved", "Units": "ISO 8601"},
        "age": {"Description": "in years"},
        "name": {"Description": "of the sample"},
        "GeneratedBy": [{"Name": "x"}],
    }
    assert sidecar(PATIENT, text, "participants.json") == text


@pytest.mark.parametrize("field", ["participant_id", "subject_id", "patient_id", "mrn", "MRN"])
def test_numbers_of_the_subject_in_a_sidecar_become_its_pseudonym(field):
    assert sidecar(PATIENT, {field: "sub-S01", "records": [{field: "S01"}]}) == {
        field: f"sub-{NAME}",
        "records": [{field: NAME}],
    }


def test_participants_get_their_pseudonyms_lose_names_and_keep_their_groups():
    text = (
        "participant_id\tage\tsex\tname\tdob\tgroup\tscan_date\n"
        "sub-S01\t91.5\tF\tZebra\t1970-01-31\tcontrol\t2024-03-15\n"
        "sub-S02\t34\tM\tn/a\t1971-01-31\tpatient\tn/a\n"
    )
    assert table_of(PATIENT, text) == (
        "participant_id\tage\tsex\tgroup\tscan_date\n"
        f"sub-{NAME}\t90\tF\tcontrol\t{moved('2024-03-15')}\n"
        f"sub-{pseudonym(KEY, 's02')}\t34\tM\tpatient\tn/a\n"
    )
    assert table_of(BASIC, text) == (
        f"participant_id\tgroup\nsub-{NAME}\tcontrol\nsub-{pseudonym(KEY, 's02')}\tpatient\n"
    )


def test_columns_called_like_attributes_in_small_letters_get_what_these_get():
    text = "mrn,study_date,study_instance_uid,patient_dob\nS01,2024-03-15,1.2.3.4,1970-01-31\nS02,n/a,1.2.3.5,n/a\n"
    header, first, second = table_of(PATIENT, text.replace(",", "\t")).splitlines()
    assert header.split("\t") == ["mrn", "study_date", "study_instance_uid"]
    assert (first.split("\t")[:2], second.split("\t")[:2]) == (
        [NAME, moved("2024-03-15")],
        [pseudonym(KEY, "s02"), "n/a"],
    )
    assert all(row.split("\t")[2].startswith("2.25.") for row in (first, second))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-03-15", "{0}"),
        ("2024-03-15T10:11:12", "{0}T10:11:12"),
        ("2024-03-15 10:11", "{0} 10:11"),
        ("2024-03-15T10:11:12.5+01:00", "{0}T10:11:12.5+01:00"),
        ("20240315", "{1}"),
        ("20240315101112.5", "{1}101112.5"),
        ("2024/03/15", "{2}"),
        ("n/a", "n/a"),
        ("15th of March", ""),
        ("Canary 2024-03-15", ""),
    ],
)
def test_dates_of_every_common_form_move_and_what_is_none_is_emptied(day, expected):
    new = moved("2024-03-15")
    row = expected.format(new, new.replace("-", ""), new.replace("-", "/"))
    assert table_of(CLEAN, f"acq_time\tx\n{day}\t1\n", "sub-S01_scans.tsv") == f"acq_time\tx\n{row}\t1\n"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("anat/sub-S01_T1w.nii.gz", "anat/sub-{0}_T1w.nii.gz"),
        ("ses-1/anat/sub-S01_ses-1_T1w.nii.gz", "ses-1/anat/sub-{0}_ses-1_T1w.nii.gz"),
        ("sub-S01/anat/sub-S01_T1w.nii.gz", "sub-{0}/anat/sub-{0}_T1w.nii.gz"),
    ],
)
def test_a_table_of_scans_names_the_files_as_they_are_named_now(cell, expected):
    text = table_of(CLEAN, f"filename\tn\n{cell}\t1\n", "sub-S01_scans.tsv")
    assert text == f"filename\tn\n{expected.format(NAME)}\t1\n"
    name = edited(CLEAN, cell.rpartition("/")[2], nifti())[0]
    assert name == expected.format(NAME).rpartition("/")[2]


def test_the_header_of_an_image_loses_names_and_its_extensions():
    assert ALICE.name.encode() in gzip.decompress(nifti())
    name, copy = edited(CLEAN, "sub-S01_T1w.nii.gz", nifti(), Identifier(Kind.NAME, ALICE.name))
    assert name == f"sub-{NAME}_T1w.nii.gz"
    header = gzip.decompress(copy)
    assert not [part for part in ALICE.name.encode().split(b"^") if part in header]


def test_xml_loses_elements_attributes_and_comments_that_tell_the_person():
    text = (
        b'<study PatientName="Canary"><!-- Canary --><PatientName>Canary</PatientName><PatientID>CANARY-7</PatientID>'
        b'<DicomAttribute tag="00100010" keyword="PatientName"><PersonName/></DicomAttribute>'
        b'<DicomAttribute tag="00080020" keyword="StudyDate"><Value>20240315</Value></DicomAttribute><TE>3</TE></study>'
    )
    done = edited(CLEAN, "sub-S01_x.xml", text)[1].decode()
    assert "Canary" not in done
    assert f"<PatientID>{NAME}</PatientID>" in done
    assert f"<Value>{moved('2024-03-15').replace('-', '')}</Value>" in done
    assert "<TE>3</TE>" in done


def test_every_identifying_attribute_of_the_standard_has_a_rule_in_sidecars():
    rows = {row.keyword for tag, row in table().items() if re.fullmatch("[0-9a-f]{8}", tag) and tag[:3] != "000"}
    left = rows - deeds(frozenset()).keys()
    assert {keyword for keyword in left if not keyword.endswith("Sequence")} == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sub-S01_task-rest_bold.json", "sub-{0}_task-rest_bold.json"),
        ("participants.json", "participants.json"),
        ("task-rest_bold.json", "task-rest_bold.json"),
        ("dataset_description.json", "dataset_description.json"),
    ],
)
def test_names_of_files_follow_bids(name, expected):
    assert edited(BASIC, name, b"{}")[0] == expected.format(NAME)


def test_a_name_of_no_convention_is_hashed_alike_for_files_that_belong_together():
    names = [edited(BASIC, f"Canary_Zebra_T1.{kind}", data)[0] for kind, data in (("json", b"{}"), ("nii.gz", nifti()))]
    stems = {name.partition(".")[0] for name in names}
    assert [name.partition(".")[2] for name in names] == ["json", "nii.gz"]
    assert len(stems) == 1
    assert "Canary" not in names[0]


def test_a_name_of_no_convention_keeps_its_harmless_words_where_descriptors_are_cleaned():
    assert edited(CLEAN, "t1_mprage_sag_p2_iso.json", b"{}")[0] == "t1_mprage_sag_p2_iso.json"


def test_lists_of_values_are_treated_one_by_one():
    text = {"time": {"samples": {"AcquisitionDate": ["20240315", "20240316"], "StudyInstanceUID": [["1.2.3.4"]]}}}
    done = sidecar(CLEAN, text)["time"]["samples"]
    assert done["AcquisitionDate"] == [moved(day).replace("-", "") for day in ("2024-03-15", "2024-03-16")]
    assert done["StudyInstanceUID"] == [[sidecar(CLEAN, SIDECAR)["SeriesInstanceUID"]]]


def test_private_attributes_in_the_json_and_xml_of_dicom_go():
    text = {
        "00091001": {"vr": "LO", "Value": ["seen"]},
        "00081140": {"vr": "SQ", "Value": [{"00291010": {"vr": "OB", "InlineBinary": "c2Vlbg=="}}]},
        "20190314": {"runs": 3},
    }
    done = sidecar(CLEAN, text)
    assert done["00091001"] == {"vr": "LO"}
    assert done["00081140"]["Value"] == [{"00291010": {"vr": "OB"}}]
    assert done["20190314"] == {"runs": 3}
    native = b'<o><DicomAttribute tag="00091001" privateCreator="S"><Value>a</Value></DicomAttribute><TE>3</TE></o>'
    assert edited(CLEAN, "sub-S01_x.xml", native)[1] == b"<o><TE>3</TE></o>"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("ses-1/func/sub-S01_ses-1_bold.nii.gz", "ses-1/func/sub-{0}_ses-1_bold.nii.gz"),
        ("bids::sub-S01/anat/sub-S01_T1w.nii.gz", "bids::sub-{0}/anat/sub-{0}_T1w.nii.gz"),
        ("bids:raw:sub-S01/ses-1/anat/sub-S01_T1w.nii.gz", "bids:raw:sub-{0}/ses-1/anat/sub-{0}_T1w.nii.gz"),
        ("https://example.org/atlas_1.nii", "https://example.org/atlas_1.nii"),
    ],
)
def test_a_sidecar_names_other_files_as_they_are_named_now(reference, expected):
    for profile in (BASIC, CLEAN):
        done = sidecar(profile, {"IntendedFor": [reference, reference], "Sources": reference})
        assert done == {"IntendedFor": [expected.format(NAME)] * 2, "Sources": expected.format(NAME)}


@pytest.mark.parametrize("name", ["sub-S01_task-rest_channels.tsv", "sub-S01_electrodes.tsv", "desc-aseg_dseg.tsv"])
def test_names_of_channels_and_regions_stay(name):
    text = "name\ttype\nCz\tEEG\nLeft-Hippocampus\tx\n"
    assert table_of(CLEAN, text, name) == text
    assert table_of(BASIC, text, name) == text


def test_names_of_parameters_in_xml_stay_and_names_of_persons_go():
    text = b'<m><p name="EchoTime" v="30"/><name>atlas</name><patient name="Canary"><name>Canary</name></patient></m>'
    done = edited(CLEAN, "sub-S01_x.xml", text)[1]
    assert done == b'<m><p name="EchoTime" v="30"/><name>atlas</name><patient></patient></m>'
