import gzip
import io
import json

import pydicom
import pytest

from fw_gear_deid.audit.concerns import Sort
from fw_gear_deid.audit.objects import audit, audit_metadata, audit_text
from fw_gear_deid.identity import Identifier, Kind
from fw_gear_deid.scan.vocabulary import Vocabulary
from tests.synthetic import ALICE, Series, encoded, image
from tests.synthetic.nifti import nifti

NOBODY = Vocabulary.of(())
ZEBRA = Vocabulary.of([Identifier(Kind.NAME, "Zebrowska^Canary"), Identifier(Kind.ID, "TST4711932")])
UID = "1.2.840.10008.5.1.4.1.1.7"


def dicom(change=None, **elements):
    dataset = image(ALICE, Series(slices=1))
    for name in ("PatientName", "PatientID", "PatientBirthDate", "AccessionNumber", "ReferringPhysicianName"):
        setattr(dataset, name, "")
    for name in [element.keyword for element in dataset if element.VR in {"PN", "LT"}]:
        setattr(dataset, name, "")
    for name, value in elements.items():
        setattr(dataset, name, value)
    if change is not None:
        change(dataset)
    return encoded(dataset, pydicom.uid.ExplicitVRLittleEndian)


def found(data, name="x.dcm", vocabulary=NOBODY, *, strict=False):
    return {(each.sort, each.where): each for each in audit(data, name, vocabulary, strict=strict)}


def test_an_object_without_identifiers_has_nothing_wrong():
    assert found(dicom()) == {}


def test_a_name_in_its_own_element_is_certain():
    (concern,) = found(dicom(PatientName="Canary^Zebra")).values()
    assert (concern.sort, concern.where, concern.certain) == (Sort.DIRECT, "PatientName", True)
    assert concern.value == "Canary^Zebra"
    assert "Zebra" not in repr(concern)


def test_original_attributes_are_looked_into():
    def change(dataset):
        old, modified = pydicom.Dataset(), pydicom.Dataset()
        modified.PatientID = "TST4711932"
        old.ModifiedAttributesSequence = [modified]
        dataset.OriginalAttributesSequence = [old]

    where = "OriginalAttributesSequence[0].ModifiedAttributesSequence[0].PatientID"
    assert list(found(dicom(change))) == [(Sort.DIRECT, where)]


@pytest.mark.parametrize(
    "value", ["ANONYMIZED", "anonymous", "ANONYMOUS^SUBJECT", "Test Patient", "000000", "XXXX", "7QABCD2EFGH3IJKL"]
)
def test_a_dummy_or_a_pseudonym_is_nothing_wrong(value):
    assert found(dicom(PatientID=value)) == {}


def test_a_hash_is_possible_and_nothing_wrong_in_a_stamped_object():
    assert found(dicom(PatientID="0f9a3b5c7d1e2f40"))[Sort.DIRECT, "PatientID"].certain is False
    stamped = dicom(PatientID="0f9a3b5c7d1e2f40", PatientIdentityRemoved="YES", DeidentificationMethod="a profile")
    assert found(stamped) == {}


def test_a_stamp_excuses_no_name():
    stamped = dicom(PatientName="Canary^Zebra", PatientIdentityRemoved="YES", DeidentificationMethod="a profile")
    assert found(stamped)[Sort.DIRECT, "PatientName"].certain


@pytest.mark.parametrize(
    "text", ["call 555-123-4567 before", "write to canary@example.org", "Dr. Zebrowska read it", "seen 12.03.2019"]
)
def test_a_comment_that_reads_like_an_identifier_is_possible(text):
    concern = found(dicom(ImageComments=text))[Sort.TEXT, "ImageComments"]
    assert not concern.certain


def test_a_harmless_comment_is_nothing_wrong():
    assert found(dicom(ImageComments="motion in the second run, repeated", ProtocolName="t1_mprage_sag_p2_iso")) == {}


def test_what_is_known_of_the_subject_is_found_in_free_text_and_private_elements():
    def change(dataset):
        block = dataset.private_block(0x0029, "CANARY TEST", create=True)
        block.add_new(0x10, "LO", "of canary zebrowska")

    concerns = found(dicom(change, StudyDescription="TST4711932 brain"), vocabulary=ZEBRA)
    assert concerns[Sort.MISPLACED, "StudyDescription"].certain
    assert concerns[Sort.MISPLACED, "(0029,1010)"].certain
    assert concerns[Sort.PRIVATE, '(0029,"CANARY TEST")'].certain is False


def test_elements_of_unknown_representation_are_read_by_the_dictionary():
    item = b"\xfe\xff\x00\xe0\x14\x00\x00\x00" + b"\x10\x00\x20\x00\x0c\x00\x00\x00TST4711932  "
    data = dicom()
    nested = b"\x10\x00\x02\x10UN\0\0" + len(item).to_bytes(4, "little") + item
    comment = b"\x20\x00\x00\x40UN\0\0" + (22).to_bytes(4, "little") + b"call 555-123-4567 now "
    at = data.index(b"\x20\x00\x0d\x00UI")
    pixels = data.index(b"\x28\x00\x02\x00US")
    assert set(found(data[:at] + nested + data[at:pixels] + comment + data[pixels:])) == {
        (Sort.DIRECT, "OtherPatientIDsSequence[0].PatientID"),
        (Sort.TEXT, "ImageComments"),
    }


def test_a_safe_private_element_is_nothing_wrong():
    def change(dataset):
        dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", "1000")

    assert found(dicom(change)) == {}


@pytest.mark.parametrize(
    ("elements", "sort", "where"),
    [
        ({"BurnedInAnnotation": "YES"}, Sort.PIXELS, "PixelData"),
        ({"SOPClassUID": UID}, Sort.PIXELS, "PixelData"),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, Sort.PIXELS, "PixelData"),
        ({"EncapsulatedDocument": b"%PDF-1.4"}, Sort.DOCUMENT, "EncapsulatedDocument"),
    ],
)
def test_what_may_show_a_person_is_possible(elements, sort, where):
    assert found(dicom(**elements))[sort, where].certain is False


def test_strict_counts_dates_uids_and_institutions():
    data = dicom(InstitutionName="Canary General")
    assert found(data) == {}
    strict = found(data, strict=True)
    assert {(Sort.INDIRECT, "InstitutionName"), (Sort.INDIRECT, "StudyDate"), (Sort.INDIRECT, "SOPInstanceUID")} <= set(
        strict
    )


def test_what_cannot_be_unpacked_is_a_finding():
    concerns = found(gzip.compress(b"x" * 9000)[:30] + b"damaged", "x.txt.gz", ZEBRA)
    assert concerns[Sort.UNREADABLE, "the file"].certain
    assert found(b"{", "x.json")[Sort.UNREADABLE, "the file"].certain


def test_json_is_read_by_names_at_every_depth():
    tree = {"EchoTime": 0.03, "header": {"dicom": {"PatientName": "Canary^Zebra"}}, "00100020": {"Value": ["TST9"]}}
    concerns = found(json.dumps(tree).encode(), "x.json")
    assert set(concerns) == {(Sort.DIRECT, "header.dicom.PatientName"), (Sort.DIRECT, "00100020.Value[0]")}


def test_bids_sidecars_and_their_codes_are_nothing_wrong():
    tree = {"Manufacturer": "Siemens", "ConversionSoftware": "dcm2niix", "ProtocolName": "t1_mprage", "subject": "S01"}
    assert found(json.dumps(tree).encode(), "x.json") == {}
    assert found(b"participant_id\tage\tsex\nsub-S01\t34\tF\n", "participants.tsv") == {}


def test_tables_are_read_by_their_columns():
    concerns = found(b"participant_id,Date of Birth,notes\nS1,1970-01-31,fine\nS2,,call 555-123-4567\n", "x.csv")
    assert set(concerns) == {(Sort.DIRECT, "line 2, Date of Birth"), (Sort.TEXT, "line 3, notes")}


def test_xml_is_read_by_its_elements_and_attributes():
    data = b'<?xml version="1.0"?><a><PatientName>Canary^Zebra</PatientName><b mrn="TST4711932"/></a>'
    assert set(found(data, "x.xml")) == {(Sort.DIRECT, "PatientName"), (Sort.DIRECT, "mrn")}


def test_a_nifti_header_is_searched_and_read():
    data = bytearray(nifti(gz=False))
    data[148:180] = b"Dr. Zebrowska 12.03.2019".ljust(32, b"\0")
    packed = gzip.compress(bytes(data))
    assert (Sort.TEXT, "the NIfTI header") in found(packed, "x.nii.gz")
    assert (Sort.MISPLACED, "the NIfTI header") in found(packed, "x.nii.gz", ZEBRA)


def test_names_and_comments_are_searched_and_read():
    (known,) = audit_text("sub-1/zebrowska_canary_t1.nii", "name", ZEBRA)
    assert (known.sort, known.certain) == (Sort.MISPLACED, True)
    (like,) = audit_text("from Dr. Zebrowska", "comment", NOBODY)
    assert (like.sort, like.certain) == (Sort.TEXT, False)
    assert audit_text("sub-7QABCD2EFGH3IJKL/anat/sub-7QABCD2EFGH3IJKL_T1w.nii.gz", "name", NOBODY) == []


def test_metadata_of_containers_is_read_wherever_it_lies():
    info = {"metadata": {"PatientBirthDate": "19700131"}, "Zebrowska": 1, "note": "TST4711932"}
    concerns = {(each.sort, each.where) for each in audit_metadata({"info": info}, ZEBRA, strict=False)}
    assert concerns == {
        (Sort.DIRECT, "info.metadata.PatientBirthDate"),
        (Sort.MISPLACED, "info.Zebrowska"),
        (Sort.MISPLACED, "info.note"),
    }


def test_what_gears_and_scanners_say_is_nothing_wrong():
    header = {
        "AcquisitionDateTime": "20230101101010.0000",
        "StudyInstanceUID": "1.3.12.2.1107.5.2.43.99999.20230101101010",
        "DeviceSerialNumber": "166007",
        "SoftwareVersions": "syngo MR E11",
        "SeriesDescription": "t1_mprage_sag_p2_iso",
        "ProtocolName": "ABCD_T1w_MPR_vNav",
        "StationName": "AWP166007",
        "ImageType": ["ORIGINAL", "PRIMARY"],
    }
    job = {"version": "0.10.3", "job_id": "63f5a1b2c3d4e5f6a7b8c9d0", "created": "2023-05-01T10:11:12.123Z"}
    export = {"origin_id": "3f" * 32, "profile": "a1" * 32, "gear": "fw-gear-deid", "gear_version": "1.0.0"}
    info = {"header": {"dicom": header}, "qc": {"dicom-fixer": {"job_info": job}}, "export": export}
    assert audit_metadata({"info": info, "tags": ["deid-PASS"], "notes": []}, NOBODY, strict=False) == []
    assert found(json.dumps(info).encode(), "x.json") == {}


def test_bytes_of_pixels_are_no_text():
    data = dicom()
    dataset = pydicom.dcmread(io.BytesIO(data))
    dataset.PixelData = b"Zebrowska" * 57
    dataset.PixelData += b"\0" * (len(dataset.PixelData) % 2)
    assert found(encoded(dataset, pydicom.uid.ExplicitVRLittleEndian), vocabulary=ZEBRA) == {}


REPORT = json.dumps(
    {"versions": {"fw-gear-deid": "1.0"}, "rules": {"dicom": {"PatientName": 12, "PatientID": 12}}}, indent=2
)


@pytest.mark.parametrize("tail", ["", ' "Zebrowska, Canary"'])
def test_a_report_of_this_package_counts_names_and_holds_none(tail):
    page = f"<!DOCTYPE html>\n<title>De-identification report</title><p>2023-11-07 was seen by Dr. Quagga{tail}"
    told = {} if not tail else {Sort.MISPLACED}
    assert {sort for sort, _ in found(page.encode(), "r.html", ZEBRA)} == set(told)
    assert {sort for sort, _ in found((REPORT + tail).encode(), "r.json", ZEBRA)} == set(told)
    assert (Sort.DIRECT, "rules.dicom.PatientName") in found(REPORT.replace("fw-gear-deid", "x").encode(), "r.json")


@pytest.mark.parametrize("code", ["7QABCD2EFGH3IJKL", "GVXQPPEGWDKIDSXO"])
def test_a_pseudonym_is_nothing_wrong_as_a_number_whether_it_has_digits_or_not(code):
    assert found(dicom(PatientID=code)) == {}
    assert found(json.dumps({"PatientID": code}).encode(), "x.json") == {}
    assert bool(found(dicom(PatientName=code))) == code.isalpha(), "a name may be written so"


@pytest.mark.parametrize("number", ["SMITHANTOINETTEX", "QUOLLOCKHAMILTON", "CNRZBR62T54F235S"])
def test_a_name_and_a_tax_code_as_long_as_a_pseudonym_are_told(number):
    assert [
        each.sort for each in audit(json.dumps({"PatientID": number}).encode(), "x.json", NOBODY, strict=False)
    ] == [Sort.DIRECT]


@pytest.mark.parametrize(("name", "telling"), [("634936c547f79d36.dicom.zip", False), ("5551234567890123.zip", True)])
def test_a_hash_in_a_name_is_nothing_wrong(name, telling):
    assert bool(audit_text(name, "name", NOBODY)) == telling
