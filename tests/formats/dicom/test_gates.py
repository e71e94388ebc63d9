"""Images that may show or tell a person are pointed out, or held back where the profile says so."""

from __future__ import annotations

import io

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from fw_gear_deid.errors import GateError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.dicom.document import DicomFormat
from fw_gear_deid.profile import check_text

MR = "1.2.840.10008.5.1.4.1.1.4"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
REPORT = "1.2.840.10008.5.1.4.1.1.88.22"
REMOVE_NAME = "[{name: PatientName, remove: true}]"


def image(sop_class=MR, modality="MR", **elements):
    found = Dataset()
    found.SOPClassUID, found.SOPInstanceUID = sop_class, "1.2.3"
    found.Modality, found.PatientName = modality, "Canary^Zebra"
    found.Rows = found.Columns = 2
    found.SamplesPerPixel, found.BitsAllocated, found.BitsStored, found.HighBit = 1, 8, 8, 7
    found.PhotometricInterpretation, found.PixelRepresentation, found.PixelData = "MONOCHROME2", 0, bytes(4)
    for keyword, value in elements.items():
        if value is None:
            delattr(found, keyword)
        else:
            setattr(found, keyword, value)
    return found


def written(dataset):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, "1.2.3"
    dataset.file_meta = meta
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def compiled(text):
    profile, problems = check_text(text)
    assert profile is not None, problems
    return DicomFormat().compile(profile.sections["dicom"])


def gates(dataset, *, policy="", fields=REMOVE_NAME, pixels=""):
    plan = compiled(f"{policy}\ndicom: {{fields: {fields}{pixels}}}")
    return {each.gate: each.why for each in plan.apply(MemoryContent(written(dataset)), FileContext("a.dcm")).gates}


def regions():
    region = Dataset()
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    return Sequence([region])


def test_an_ordinary_image_raises_no_gate():
    assert gates(image()) == {}


@pytest.mark.parametrize(
    ("dataset", "why"),
    [
        (image(BurnedInAnnotation="YES"), "BurnedInAnnotation says so"),
        (image(ImageType=["DERIVED", "SECONDARY", "SCREEN SAVE"]), "ImageType"),
        (image(ImageType=["DERIVED", "SECONDARY", "SCREEN SAVE"], BurnedInAnnotation="NO"), "ImageType"),
        (image(SECONDARY_CAPTURE), "SOP class"),
        (image(f"{SECONDARY_CAPTURE}.4"), "SOP class"),
        (image(ULTRASOUND, "US"), "SOP class"),
        (image("1.2.840.10008.5.1.4.1.1.77.1.4"), "SOP class"),
        (image(modality="DX"), "modality DX"),
        (image(ConversionType="SD"), "ConversionType"),
        (image(SequenceOfUltrasoundRegions=regions()), "ultrasound regions"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_text_is_likely_to_be_burned_in(dataset, why):
    raised = gates(dataset)
    assert list(raised) == ["burned-in"]
    assert raised["burned-in"].startswith("text is likely to be burned into the pixels: ")
    assert why in raised["burned-in"]


@pytest.mark.parametrize(
    "dataset",
    [
        image(SECONDARY_CAPTURE, BurnedInAnnotation="NO"),
        image(modality="DX", BurnedInAnnotation="NO "),
        image(SECONDARY_CAPTURE, PixelData=None),
        image("1.2.840.10008.5.1.4.1.1.77"),
    ],
    ids=["said to have none", "said with a blank", "no pixels", "another class that begins alike"],
)
def test_no_text_is_expected(dataset):
    assert "burned-in" not in gates(dataset)


def test_an_image_whose_regions_were_blanked_is_not_held_back_for_its_text():
    pixels = ", alter_pixels: {pixels: [{when: equals Modality US, remove: [0, 0, 2, 1]}]}"
    ultrasound = image(ULTRASOUND, "US")
    assert gates(ultrasound, policy="gates: {burned-in: withhold}", pixels=pixels) == {}


@pytest.mark.parametrize(
    ("elements", "modality"),
    [
        ({"BodyPartExamined": "HEAD"}, "CT"),
        ({"StudyDescription": "MRI Brain w/o contrast"}, "MR"),
        ({"ProtocolName": "t1_head_iso"}, "MR"),
        ({"SeriesDescription": "FDG_SKULL"}, "PT"),
        ({"RecognizableVisualFeatures": "YES"}, "OPT"),
    ],
)
def test_a_face_is_likely(elements, modality):
    assert list(gates(image(modality=modality, **elements))) == ["face"]


@pytest.mark.parametrize(
    ("elements", "modality"),
    [
        ({"BodyPartExamined": "KNEE"}, "MR"),
        ({"BodyPartExamined": "HEAD"}, "NM"),
        ({"BodyPartExamined": "HEAD", "RecognizableVisualFeatures": "NO"}, "MR"),
        ({"BodyPartExamined": "BRAIN", "SeriesDescription": "T1 defaced"}, "MR"),
        ({"SeriesDescription": "overhead scan"}, "CT"),
    ],
)
def test_a_face_is_not_likely(elements, modality):
    assert gates(image(modality=modality, **elements)) == {}


def document():
    return image(PDF, "DOC", PixelData=None, EncapsulatedDocument=b"%PDF-1.4", BurnedInAnnotation="NO")


def report():
    item = Dataset()
    item.ValueType, item.TextValue = "TEXT", "Canary"
    return image(REPORT, "SR", PixelData=None, ContentSequence=Sequence([item]))


def test_a_document_inside_is_pointed_out_unless_a_rule_takes_it_away():
    assert list(gates(document())) == list(gates(report())) == ["document"]
    assert gates(document(), fields="[{name: EncapsulatedDocument, remove: true}]") == {}
    assert gates(document(), fields="[{name: EncapsulatedDocument, replace-with: ''}]") == {}
    assert gates(report(), fields="[{name: ContentSequence, remove: true}]") == {}


def test_a_report_from_which_a_rule_takes_a_part_is_still_one():
    part = "[{name: ContentSequence.*.TextValue, remove: true}]"
    assert list(gates(report(), fields=part)) == ["document"]


@pytest.mark.parametrize("group", [0x6000, 0x600E, 0x601E])
def test_an_overlay_is_pointed_out_unless_a_rule_takes_it_away(group):
    dataset = image()
    dataset.add_new(group << 16 | 0x3000, "OW", b"\1\0")
    assert list(gates(dataset)) == ["overlay"]
    assert gates(dataset, fields='[{name: "60xx3000", remove: true}]') == {}


def test_a_gate_is_passed_over_or_holds_the_file_back():
    capture = image(SECONDARY_CAPTURE)
    assert gates(capture, policy="gates: {burned-in: pass}") == {}
    assert list(gates(capture, policy="gates: {burned-in: warn, face: withhold}")) == ["burned-in"]
    with pytest.raises(GateError, match=r"gate burned-in: text is likely .* alter_pixels"):
        gates(capture, policy="gates: {burned-in: withhold}")


def test_what_is_told_at_a_gate_holds_no_value():
    dataset = image(SECONDARY_CAPTURE, BodyPartExamined="HEAD", StudyDescription="Canary^Zebra head")
    told = " ".join(gates(dataset).values())
    assert len(gates(dataset)) == 2
    assert "anary" not in told
    assert "ebra" not in told
