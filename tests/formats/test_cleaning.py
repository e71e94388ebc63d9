"""``clean`` in every section: what tells a person goes from a text, its harmless words stay."""

from __future__ import annotations

import gzip
import io
import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.compiling import check_profile, compile_profile
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.identity import NOBODY, Identifier, Kind, Subject
from fw_gear_deid.profile import check_text
from tests.formats.dicom.encoding import EXPLICIT, Sequence, dicom_file, text

CANARY = Subject("s", frozenset({Identifier(Kind.NAME, "Canary^Zebulon"), Identifier(Kind.ID, "ZQ77341")}))
RULE = "fields: [{name: NAME, clean: true}]"


def copy_of(profile: str, name: str, data: bytes, subject: Subject = CANARY) -> bytes:
    found, problems = check_text(profile)
    assert found is not None, problems
    plan = compile_profile(found).owner(name, data[:512])
    assert plan is not None
    return b"".join(plan.apply(MemoryContent(data), FileContext(name, subject=subject)).output.chunks())


DESCRIPTION, NAME, ID, CHARACTER_SET = 0x0008103E, 0x00100010, 0x00100020, 0x00080005
IMAGE_TYPE, COMMENTS, REQUEST, REQUESTED = 0x00080008, 0x00204000, 0x00400275, 0x00321060
PHYSICIANS, ABSTRACT = 0x00081048, 0x00080108


def scan(*more, name="Canary^Zebulon", patient="ZQ77341") -> bytes:
    elements = (
        text(CHARACTER_SET, "CS", "ISO_IR 100"),
        text(0x00080018, "UI", "1.2.3"),
        text(NAME, "PN", name, "latin-1"),
        text(ID, "LO", patient),
        *more,
    )
    return dicom_file(sorted(elements, key=lambda element: element.tag), EXPLICIT)


def cleaned_dicom(data: bytes, *names: str, subject=NOBODY, **settings):
    rules = "".join(f"  - {{name: {name}, clean: true}}\n" for name in names)
    more = "".join(f"  {key}: {value}\n" for key, value in settings.items())
    return dcmread(io.BytesIO(copy_of(f"dicom:\n{more}  fields:\n{rules}", "x.dcm", data, subject)))


def test_dicom_text_loses_the_name_of_its_own_patient():
    data = scan(text(DESCRIPTION, "LO", "t1_mprage_CANARY_sag"), text(COMMENTS, "LT", "Zebulon C. moved\r\nrepeat T2"))
    copy = cleaned_dicom(data, "SeriesDescription", "ImageComments")
    assert copy.SeriesDescription == "t1_mprage_sag"
    assert copy.ImageComments == "C. moved\r\nrepeat T2"
    assert copy.PatientName == "Canary^Zebulon", "another rule's work"


def test_dicom_text_that_is_clean_keeps_its_bytes():
    data = scan(text(DESCRIPTION, "LO", "t1_mprage_sag_p2_iso "), text(IMAGE_TYPE, "CS", "ORIGINAL\\PRIMARY\\M\\ND"))
    profile = "dicom: {fields: [{name: SeriesDescription, clean: true}, {name: ImageType, clean: true}]}"
    plain = "dicom: {fields: [{name: PatientSex, remove: true}]}"
    assert copy_of(profile, "x.dcm", data) == copy_of(plain, "x.dcm", data)


def test_each_value_of_an_element_is_cleaned_by_itself():
    data = scan(text(ABSTRACT, "LO", "T1, sag\\for Canary, Z\\T2"))
    copy = cleaned_dicom(data, '"00080108"')
    assert list(copy[ABSTRACT].value) == ["T1, sag", "for", "T2"]


def test_a_value_of_which_nothing_is_left_is_empty():
    copy = cleaned_dicom(scan(text(DESCRIPTION, "LO", "CANARY ZEBULON")), "SeriesDescription")
    assert copy[DESCRIPTION].value in ("", None)


def test_dicom_is_cleaned_at_every_depth_and_in_its_character_set():
    data = scan(
        Sequence(REQUEST, ((text(REQUESTED, "LO", "Knie von M\u00fcller-Zickwick", "latin-1"),),)),
        name="M\u00fcller-Zickwick^Anna",
    )
    copy = cleaned_dicom(data, "RequestedProcedureDescription", **{"recurse-sequence": "true"})
    assert copy.RequestAttributesSequence[0].RequestedProcedureDescription == "Knie von"


def test_patients_do_not_mix():
    found, _ = check_text("dicom: {fields: [{name: SeriesDescription, clean: true}]}")
    plan = compile_profile(found).owner("x.dcm", b"")
    for patient, left in (("Canary^A", "T1 wombatine"), ("Wombatine^B", "T1"), ("Canary^A", "T1 wombatine")):
        data = scan(text(DESCRIPTION, "LO", "T1 wombatine"), name=patient, patient=patient)
        copy = b"".join(plan.apply(MemoryContent(data), FileContext("x.dcm")).output.chunks())
        assert dcmread(io.BytesIO(copy)).SeriesDescription == left


@pytest.mark.parametrize("name", ["PatientName", "StudyDate", "Rows", "PixelData", "RequestAttributesSequence"])
def test_elements_without_words_are_refused_with_the_profile(name):
    problems = check_profile(f"dicom:\n  fields:\n  - {{name: {name}, clean: true}}\n", "p.yaml")
    assert "holds no words to be cleaned" in problems[0].message


def test_a_name_met_by_a_regular_expression_withholds_the_file_without_telling_it():
    with pytest.raises(ActionError, match="holds no words to be cleaned") as error:
        copy_of("dicom: {fields: [{regex: .*PatientName, clean: true}]}", "x.dcm", scan())
    assert "anary" not in str(error.value)


def test_json_strings_are_cleaned_and_numbers_stay():
    data = b'{"Comment": "Zebulon moved\\u0021", "EchoTime": 0.00500, "Nested": {"Series": "t1_canary_sag"}}'
    fields = ", ".join(f"{{name: {name}, clean: true}}" for name in ("Comment", "EchoTime", "Nested.Series"))
    assert copy_of(f"json: {{fields: [{fields}]}}", "a.json", data) == (
        b'{"Comment": "moved!", "EchoTime": 0.00500, "Nested": {"Series": "t1_sag"}}'
    )


@pytest.mark.parametrize(("section", "gap"), [("csv", ","), ("tsv", "\t")])
def test_table_cells_are_cleaned(section, gap):
    data = (
        gap.join(["id", "note"]) + "\r\n" + gap.join(["007", '"Canary, left knee"']) + "\r\n" + gap.join(["8", "n/a"])
    )
    copy = copy_of(f"{section}: {{fields: [{{name: note, clean: true}}]}}", f"a.{section}", data.encode()).decode()
    assert copy.replace('"', "") == data.replace("Canary, ", "").replace('"', "")


def test_the_rows_of_a_table_are_cleaned_of_their_own_subjects():
    data = b"participant_id,note\nsub-zq1188,seen zq1188\nsub-zq2299,seen zq2299 again\n"
    copy = copy_of("csv: {fields: [{name: note, clean: true}]}", "a.csv", data, NOBODY)
    assert copy == b"participant_id,note\nsub-zq1188,seen\nsub-zq2299,seen again\n"


def test_nifti_text_is_cleaned():
    image = nib.Nifti1Image(np.zeros((2, 2, 2), np.int16), np.eye(4))
    image.header["descrip"] = b"TE=2.1 Canary Zebulon"
    copy = copy_of("nifti: {fields: [{name: descrip, clean: true}]}", "a.nii", image.to_bytes())
    assert bytes(nib.Nifti1Image.from_bytes(copy).header["descrip"]).rstrip(b"\0") == b"TE=2.1"


def test_packed_nifti_text_is_cleaned():
    image = nib.Nifti1Image(np.zeros((2, 2, 2), np.int16), np.eye(4))
    image.header["descrip"] = b"T1 of Canary"
    copy = copy_of("nifti: {fields: [{name: descrip, clean: true}]}", "a.nii.gz", gzip.compress(image.to_bytes()))
    assert b"Canary" not in gzip.decompress(copy)


def test_xml_text_and_attributes_are_cleaned():
    data = b'<s c="zq77341 left"><n>Knee of Canary</n><n>T1</n></s>'
    fields = "{name: //n, clean: true}, {name: //@c, clean: true}"
    assert copy_of(f"xml: {{fields: [{fields}]}}", "a.xml", data) == b'<s c="left"><n>Knee of</n><n>T1</n></s>'


def test_key_value_text_is_cleaned():
    section = 'key-value-text-file: {delimiter: " = ", fields: [{name: Comment, clean: true}]}'
    assert copy_of(section, "a.mhd", b"NDims = 3\nComment = T1 of Canary\n") == b"NDims = 3\nComment = T1 of\n"


@pytest.mark.parametrize("kind", ["jpg", "tiff"])
def test_tags_of_pictures_are_cleaned(kind):
    buffer, tags = io.BytesIO(), Image.Exif()
    tags[0x010E] = "wound of Canary, day 3"
    Image.new("L", (8, 8)).save(buffer, {"jpg": "JPEG", "tiff": "TIFF"}[kind], exif=tags)
    section = f"{kind}: {{fields: [{{name: ImageDescription, clean: true}}]}}"
    copy = Image.open(io.BytesIO(copy_of(section, f"a.{kind}", buffer.getvalue())))
    assert copy.getexif()[0x010E] == "wound of, day 3"


def test_groups_of_other_rules_are_cleaned():
    profile = """
json:
  fields:
  - name: Series
    regex-sub:
    - input-regex: "(?P<number>[0-9]+)-(?P<words>.*)"
      output: "{number}-{words}"
      groups: [{name: number, keep: true}, {name: words, clean: true}]
"""
    assert json.loads(copy_of(profile, "a.json", b'{"Series": "7-t1 canary sag"}')) == {"Series": "7-t1 sag"}


def test_file_names_are_cleaned():
    profile = """
json:
  filenames:
  - input-regex: "(?P<stem>.*)[.]json"
    output: "{stem}.json"
    groups: [{name: stem, clean: true}]
"""
    found, problems = check_text(profile)
    assert found is not None, problems
    plan = compile_profile(found).owner("sub-zq77341_canary_T1w.json", b"")
    context = FileContext("sub-zq77341_canary_T1w.json", subject=CANARY)
    assert plan.apply(MemoryContent(b"{}"), context).name == "sub_T1w.json"
