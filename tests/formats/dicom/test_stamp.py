"""``stamp``: copies say how they were de-identified, and claim nothing that was not done."""

from __future__ import annotations

from io import BytesIO

import pydicom
import pytest

from fw_gear_deid import __version__
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.dicom.document import DicomFormat
from fw_gear_deid.profile import check_text
from fw_gear_deid.standard.methods import OPTION_METHODS
from tests.formats.dicom.encoding import SYNTAXES, GroupLength, Plain, Sequence, dicom_file, text
from tests.formats.dicom.running import copy_of, profiled
from tests.standard.profiles import BASIC, OPTIONS, plan_of, read
from tests.standard.profiles import copy_of as standard_copy_of
from tests.synthetic import ALICE, Series, encoded, image

everywhere = pytest.mark.parametrize("syntax", SYNTAXES)
PATIENT = (
    text(0x00080018, "UI", "1.2.3.4"),
    text(0x00080020, "DA", "20230417"),
    text(0x00100010, "PN", "CANARY^ZEBRA"),
    text(0x00100020, "LO", "CANARY-1"),
)


def stamped(fields, *elements, syntax="1.2.840.10008.1.2.1", **settings):
    rules = profiled(fields, stamp=True, **settings)
    return pydicom.dcmread(BytesIO(copy_of(rules, dicom_file(elements or PATIENT, syntax))))


def codes(copy):
    return [item.CodeValue for item in copy.get("DeidentificationMethodCodeSequence", ())]


@everywhere
def test_a_copy_says_that_it_is_one(syntax):
    copy = stamped([{"name": "PatientName", "remove": True}], syntax=syntax)
    assert copy.PatientIdentityRemoved == "YES"
    assert copy.DeidentificationMethod == f"fw-gear-deid {__version__}"
    assert copy.LongitudinalTemporalInformationModified == "UNMODIFIED"
    assert codes(copy) == []


@everywhere
def test_what_another_wrote_is_replaced_and_lengths_are_right(syntax):
    inner = (text(0x00080100, "SH", "113100"), text(0x00080102, "SH", "DCM"), text(0x00080104, "LO", "Basic"))
    before = (
        *PATIENT[:2],
        GroupLength(0x0012),
        text(0x00120062, "CS", "NO"),
        text(0x00120063, "LO", "CANARY"),
        Sequence(0x00120064, (inner,)),
    )
    copy = stamped([{"name": "StudyDate", "increment-date": True}], *before, syntax=syntax, date_increment=-3)
    assert codes(copy) == ["113107"]
    assert copy.PatientIdentityRemoved == "YES"
    assert "CANARY" not in str(copy)
    group = [element for element in copy if element.tag.group == 0x12 and element.tag.element]
    assert len(group) == 3


@pytest.mark.parametrize(
    ("action", "told"),
    [("remove", "REMOVED"), ("increment-date", "MODIFIED"), ("keep", "UNMODIFIED")],
)
def test_dates_are_told(action, told):
    fields = [{"name": name, action: True} for name in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")]
    settings = {"date_increment": -3} if action == "increment-date" else {}
    fields.append({"name": "PatientName", "remove": True})
    assert stamped(fields, **settings).LongitudinalTemporalInformationModified == told


METHODS = {str(option): method.value for option, method in OPTION_METHODS.items()}
METHODS["retain-safe-private-tcia"] = "113111"
SOURCE = encoded(image(ALICE, Series(header="full")))


@pytest.mark.parametrize("option", OPTIONS)
def test_a_profile_of_the_standard_tells_its_options(option):
    copy = read(standard_copy_of(f"{BASIC}+{option}", SOURCE))
    assert codes(copy) == ["113100", METHODS[option]]
    assert {item.CodingSchemeDesignator for item in copy.DeidentificationMethodCodeSequence} == {"DCM"}
    assert len(copy.DeidentificationMethod) == 3
    assert all(len(method) <= 64 for method in copy.DeidentificationMethod)


def test_the_combined_profile_tells_all_of_its_options():
    assert codes(read(standard_copy_of("ps3.15-basic-clean", SOURCE))) == [
        "113100", "113105", "113107", "113109", "113111",
    ]  # fmt: skip


def test_a_profile_with_a_row_less_than_the_standards_does_not_claim_to_be_it():
    section = plan_of(BASIC).section
    entries = [{"name": rule.name, **rule.written} for rule in section.rules if rule.name != "PatientComments"]
    settings = {"uid_method": "uuid", "recurse_sequence": True, "remove_private_tags": True, "salt": "s"}
    entries = [entry for entry in entries if "pseudonym" not in entry]
    assert codes(stamped([*entries, {"name": "PatientID", "hash": True}], **settings)) == []
    everything = [*entries, {"name": "PatientID", "hash": True}, {"name": "PatientComments", "remove": True}]
    assert codes(stamped(everything, **settings)) == ["113100"]
    assert codes(stamped(everything, **{**settings, "remove_private_tags": False})) == []


def test_blanked_pixels_are_told():
    rules = "dicom: {stamp: true, alter_pixels: {pixels: [{when: contains Modality US, remove: [0, 0, 1, 1]}]}}"
    profile, _ = check_text(rules)
    picture = (
        text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.6.1"),
        text(0x00080018, "UI", "1.2.3.4"),
        text(0x00080060, "CS", "US"),
        *(Plain(tag, "US", value.to_bytes(2, "little")) for tag, value in ((0x00280002, 1),)),
        text(0x00280004, "CS", "MONOCHROME2"),
        *(
            Plain(tag, "US", value.to_bytes(2, "little"))
            for tag, value in (
                (0x00280010, 2), (0x00280011, 2), (0x00280100, 8), (0x00280101, 8), (0x00280102, 7), (0x00280103, 0),
            )
        ),
        Plain(0x7FE00010, "OB", b"\x01\x02\x03\x04"),
    )  # fmt: skip
    plan = DicomFormat().compile(profile.sections["dicom"])
    for modality, told in (("US", ["113101"]), ("MR", []), ("US", ["113101"])):
        elements = [text(0x00080060, "CS", modality) if each.tag == 0x00080060 else each for each in picture]
        edited = plan.apply(MemoryContent(dicom_file(elements)), FileContext("scan.dcm"))
        copy = b"".join(map(bytes, edited.output.chunks()))
        assert codes(pydicom.dcmread(BytesIO(copy))) == told


def test_a_plan_that_has_stamped_other_files_stamps_as_a_fresh_one():
    other = (*PATIENT[:2], text(0x00100010, "PN", "CANARY^YAK"), text(0x00100020, "LO", "CANARY-2"))
    fields = [{"name": "PatientID", "hash": True}, {"name": "PatientSex", "replace-with": "O"}]
    rules = profiled(fields, stamp=True)
    files = [dicom_file(elements, syntax) for syntax in SYNTAXES for elements in (PATIENT, other)]
    plan = DicomFormat().compile(rules)
    for data in (*files, *files):
        copy = b"".join(plan.apply(MemoryContent(data), FileContext("scan.dcm")).output.chunks())
        assert copy == copy_of(rules, data)
