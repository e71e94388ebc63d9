"""``scrub: true``: what is known to tell the subject goes from every text that no rule names."""

from __future__ import annotations

import io
import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.compiling import compile_profile
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.naming import scrubbed_name
from fw_gear_deid.identity import NOBODY, Identifier, Kind, Subject
from fw_gear_deid.profile import check_text, show
from tests.formats.dicom.encoding import EXPLICIT, Sequence, dicom_file, text

CANARY = Subject(
    "s",
    frozenset(
        {
            Identifier(Kind.NAME, "Canary^Zebulon"),
            Identifier(Kind.ID, "ZQ77341"),
            Identifier(Kind.BIRTH_DATE, "19600102"),
        }
    ),
)
NAME, ID, DESCRIPTION, COMMENTS, CHARACTER_SET = 0x00100010, 0x00100020, 0x0008103E, 0x00204000, 0x00080005


def edited(profile: str, name: str, data: bytes, subject: Subject = CANARY):
    found, problems = check_text(f"scrub: true\n{profile}")
    assert found is not None, problems
    plan = compile_profile(found).owner(name, data[:512])
    assert plan is not None
    return plan.apply(MemoryContent(data), FileContext(name, subject=subject))


def copy_of(profile: str, name: str, data: bytes, subject: Subject = CANARY) -> bytes:
    return b"".join(edited(profile, name, data, subject).output.chunks())


def scan(*more, name="Canary^Zebulon") -> bytes:
    elements = (
        text(CHARACTER_SET, "CS", "ISO_IR 100"),
        text(0x00080018, "UI", "1.2.77341.3"),
        text(NAME, "PN", name, "latin-1"),
        text(ID, "LO", "ZQ77341"),
        text(0x00100030, "DA", "19600102"),
        *more,
    )
    return dicom_file(sorted(elements, key=lambda element: element.tag), EXPLICIT)


PRIVATE = (
    text(0x00290010, "LO", "CANARY MAKER"),
    text(0x00291001, "LO", "of Canary"),
    text(0x00291002, "UN", "seen ZQ77341 today"),
)
SEX = "dicom: {fields: [{name: PatientSex, remove: true}]}"


def test_known_identifiers_go_from_dicom_text_at_every_depth():
    data = scan(
        text(DESCRIPTION, "LO", "t1_CANARY_sag\\Zebulon 2"),
        text(COMMENTS, "LT", "born 2 Jan 1960, ZQ-77341"),
        Sequence(0x00400275, ((text(0x00321060, "LO", "Knee of Zebulon Canary"),),)),
        *PRIVATE,
    )
    result = edited(SEX, "x.dcm", data, NOBODY)
    copy = dcmread(io.BytesIO(b"".join(result.output.chunks())))
    assert list(copy[DESCRIPTION].value) == ["t1_sag", "2"]
    assert copy.ImageComments == "born"
    assert copy.RequestAttributesSequence[0].RequestedProcedureDescription == "Knee of"
    assert (copy[0x00290010].value, copy[0x00291001].value) == ("CANARY MAKER", "of")
    assert bytes(copy[0x00291002].value).rstrip(b"\0") == b"seen today"
    assert (str(copy.PatientName), copy.PatientID) == ("", "")
    assert copy.SOPInstanceUID == "1.2.77341.3", "coded, and another rule's work"
    assert result.notes == ("known identifiers removed from 7 texts that no rule names",)


STATION, SERIAL = 0x00081010, 0x00181000
KEPT_BY_CODE = "dicom: {fields: [{name: StationName, action-code: K}, {name: SeriesDescription, keep: true}]}"


def test_what_a_code_keeps_is_scrubbed_and_what_a_rule_keeps_is_not():
    data = scan(text(STATION, "SH", "CANARY_3T"), text(DESCRIPTION, "LO", "CANARY_sag"))
    result = edited(KEPT_BY_CODE, "x.dcm", data)
    copy = dcmread(io.BytesIO(b"".join(result.output.chunks())))
    assert (copy.StationName, copy.SeriesDescription) == ("3T", "CANARY_sag")
    assert result.hits == (1, 0)


def test_what_a_code_keeps_stays_whatever_its_representation_and_when_elements_without_a_rule_go():
    fields = "[{name: StationName, action-code: K}, {name: PixelSpacing, action-code: K}]"
    data = scan(text(STATION, "SH", "3T"), text(SERIAL, "LO", "77"), text(0x00280030, "DS", "77341\\77341"))
    copy = dcmread(io.BytesIO(copy_of(f"dicom: {{remove-undefined: true, fields: {fields}}}", "x.dcm", data)))
    assert (copy.StationName, list(copy.PixelSpacing)) == ("3T", [77341, 77341])
    assert SERIAL not in copy


def test_a_name_in_a_code_goes_and_codes_that_tell_nobody_stay():
    copy = dcmread(
        io.BytesIO(copy_of(SEX, "x.dcm", scan(text(0x00180015, "CS", "CANARY"), text(0x00080060, "CS", "MR"))))
    )
    assert (copy.BodyPartExamined, copy.Modality) == ("REMOVED", "MR"), (
        "an element that may have to have a value has one"
    )


def test_misplaced_identifiers_go_and_codes_stay():
    code = (text(0x00080100, "SH", "ZQ77341"), text(0x00080104, "LO", "MR of Canary"))
    data = scan(text(0x00180015, "CS", "CANARY"), text(0x00180022, "CS", "PFP\\ZQ77341"), Sequence(0x00081032, (code,)))
    copy = dcmread(io.BytesIO(copy_of(SEX, "x.dcm", data, NOBODY)))
    assert copy[0x00180015].value == "REMOVED"
    assert list(copy.ScanOptions) == ["PFP", ""]
    assert (copy.ProcedureCodeSequence[0].CodeValue, copy.ProcedureCodeSequence[0].CodeMeaning) == ("ZQ77341", "MR of")


def test_a_text_that_a_rule_names_is_the_rules():
    data = scan(text(DESCRIPTION, "LO", "t1_CANARY"), text(COMMENTS, "LT", "Canary"))
    copy = dcmread(
        io.BytesIO(
            copy_of(
                "dicom: {fields: [{name: PatientID, keep: true}, {name: SeriesDescription, "
                "keep: true}, {name: PatientName, replace-with: Anon}]}",
                "x.dcm",
                data,
            )
        )
    )
    assert (copy.PatientID, copy.SeriesDescription, str(copy.PatientName)) == ("ZQ77341", "t1_CANARY", "Anon")
    assert copy[COMMENTS].value in ("", None)


def test_bytes_without_identifiers_stay():
    data = scan(text(COMMENTS, "LT", "white matter "), text(0x00291002, "UN", "\x01\x02\x03\x04"), PRIVATE[0], name="")
    rules = "{name: PatientID, keep: true}, {name: PatientSex, remove: true}"
    assert copy_of(f"dicom: {{fields: [{rules}]}}", "x.dcm", data) == copy_of(
        f"dicom: {{fields: [{rules}]}}", "x.dcm", data, NOBODY
    )
    assert b"white matter " in copy_of(f"dicom: {{fields: [{rules}]}}", "x.dcm", data)


@pytest.mark.parametrize("again", range(2))
def test_patients_do_not_mix(again):
    found, _ = check_text(f"scrub: true\n{SEX}")
    plan = compile_profile(found).owner("x.dcm", b"")
    sequence = Sequence(0x00400275, ((text(0x00321060, "LO", "wombatine canary"),),))
    for name, left in (("Canary^A", "wombatine"), ("Wombatine^B", "canary"), ("Canary^A", "wombatine")) * (again + 1):
        result = plan.apply(MemoryContent(scan(sequence, name=name)), FileContext("x.dcm"))
        copy = dcmread(io.BytesIO(b"".join(result.output.chunks())))
        assert copy.RequestAttributesSequence[0].RequestedProcedureDescription == left
        assert result.notes == ("known identifiers removed from 3 texts that no rule names",)


def test_json_strings_that_no_rule_names_are_scrubbed():
    data = b'{"a": "Canary T1", "b": ["ZQ77341", 77341, {"c": "left"}], "id": "ZQ77341", "PatientName": "Canary"}'
    profile = "json: {fields: [{name: id, keep: true}, {name: PatientName, remove: true}]}"
    result = edited(profile, "a.json", data)
    assert b"".join(result.output.chunks()) == b'{"a": "T1", "b": ["", 77341, {"c": "left"}], "id": "ZQ77341"}'
    assert result.notes == ("known identifiers removed from 2 texts that no rule names",)


def test_json_without_identifiers_keeps_its_bytes():
    data = b'{ "a" : "T1",\r\n "n": 1e3 }\n'
    assert copy_of("json: {fields: [{name: id, remove: true}]}", "a.json", data) == data


def test_cells_of_columns_that_no_rule_names_are_scrubbed():
    data = b'id;note;age\r\nZQ77341;"seen; Canary";60\r\nx;left;61\r\n'
    profile = "csv: {delimiter: ';', fields: [{name: id, keep: true}]}"
    assert copy_of(profile, "a.csv", data) == b'id;note;age\r\nZQ77341;"seen";60\r\nx;left;61\r\n'


def test_nifti_xml_and_key_value_text_is_scrubbed():
    image = nib.Nifti1Image(np.zeros((2, 2, 2), np.int16), np.eye(4))
    image.header["descrip"], image.header["aux_file"] = b"T1 Canary", b"ZQ77341"
    copy = nib.Nifti1Image.from_bytes(copy_of("nifti: {}", "a.nii", image.to_bytes()))
    assert bytes(copy.header["descrip"]).rstrip(b"\0") == b"T1"
    assert bytes(copy.header["aux_file"]).rstrip(b"\0") == b""
    assert bytes(copy.header["magic"]) == bytes(image.header["magic"])
    xml = b'<s c="ZQ77341 left"><!-- Canary --><n>Knee of Canary</n><n>T1</n></s>'
    assert copy_of("xml: {}", "a.xml", xml) == b'<s c="left"><!----><n>Knee of</n><n>T1</n></s>'
    assert copy_of('key-value-text-file: {delimiter: "="}', "a.mhd", b"A = 3\nB = Canary T1\n") == b"A = 3\nB = T1\n"


@pytest.mark.parametrize("kind", ["jpg", "tiff"])
def test_tags_of_pictures_are_scrubbed(kind):
    buffer, tags = io.BytesIO(), Image.Exif()
    tags[0x010E], tags[0x013B] = "wound of Canary", "T1"
    Image.new("L", (8, 8)).save(buffer, {"jpg": "JPEG", "tiff": "TIFF"}[kind], exif=tags)
    copy = Image.open(io.BytesIO(copy_of(f"{kind}: {{}}", f"a.{kind}", buffer.getvalue()))).getexif()
    assert (copy[0x010E], copy[0x013B]) == ("wound of", "T1")


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("sub-ZQ77341_T1w.json", "sub_T1w.json"),
        ("Canary_Zebulon.nii.gz", "NA.nii.gz"),
        ("t1_canary_19600102.json", "t1.json"),
        ("t1.json", "t1.json"),
        (".hidden", ".hidden"),
        ("Canary", "NA"),
    ],
)
def test_file_names_are_scrubbed(name, left):
    assert scrubbed_name(name, CANARY) == left
    assert scrubbed_name(name, NOBODY) == name


def test_names_that_a_rule_makes_are_scrubbed_but_for_what_its_actions_made():
    profile = """
json:
  filenames:
  - input-regex: "(?P<who>[A-Za-z]+)_(?P<rest>.*)[.]json"
    output: "{who}_{rest}.json"
    groups: [{name: who, keep: true}]
"""
    assert edited(profile, "Canary_t1_zebulon.json", b"{}").name == "Canary_t1.json"
    assert edited("json: {}", "Canary_t1_zebulon.json", b"{}").name == "t1.json"


def test_scrub_is_shown_and_read_again():
    profile, _ = check_text(f"scrub: true\n{SEX}")
    assert "scrub: true" in show(profile)
    assert check_text(show(profile))[0] == profile
    assert json.loads(copy_of("json: {}", "a.json", b'{"a": "Canary"}')) == {"a": ""}
