"""``regex-sub`` in DICOM: rules act in turn and read other elements, though elements are passed over once."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.dicom.document import DicomFormat
from tests.formats.dicom.encoding import SYNTAXES, Plain, Sequence, dicom_file, text
from tests.formats.dicom.running import edit, expected, profiled, result

PATIENT_NAME, PATIENT_ID, STUDY_DATE = 0x00100010, 0x00100020, 0x00080020
DESCRIPTION, STUDY_ID, SERIES_NUMBER = 0x00081030, 0x00200010, 0x00200011
INSTANCE = text(0x00080018, "UI", "1.2.3.4")
everywhere = pytest.mark.parametrize("syntax", SYNTAXES)


def sub(name, regex, output, **groups):
    item = {"input-regex": regex, "output": output}
    if groups:
        item["groups"] = [{"name": group, **action} for group, action in groups.items()]
    return {"name": name, "regex-sub": [item]}


KEEP, HASH, REMOVE = {"keep": True}, {"hash": True}, {"remove": True}


def digest(value):
    return hashlib.sha256(value.encode()).hexdigest()[:16]


@everywhere
def test_elements_before_and_behind_are_read_as_the_source_has_them(syntax):
    rules = profiled(
        [
            {"name": "StudyDate", "remove": True},
            sub("PatientID", r"(?P<n>\d+)", "{n}-{StudyDate}-{StudyID}", StudyDate=KEEP, StudyID=HASH),
            {"name": "StudyID", "replace-with": "gone"},
        ]
    )
    elements = text(STUDY_DATE, "DA", "20230101"), text(PATIENT_ID, "LO", "7"), text(STUDY_ID, "SH", "CANARY")
    after = text(PATIENT_ID, "LO", f"7-20230101-{digest('CANARY')}"), text(STUDY_ID, "SH", "gone")
    assert result(rules, *elements, syntax=syntax) == expected(*after, syntax=syntax)


def test_substitutions_run_from_the_last_to_the_first_and_see_what_the_later_ones_wrote():
    rules = profiled(
        [
            sub("PatientID", ".*", "1{PatientName}{StudyID}", PatientName=KEEP, StudyID=KEEP),
            sub("PatientName", ".*", "2{StudyID}{PatientID}", StudyID=KEEP, PatientID=KEEP),
            sub("StudyID", ".*", "3{PatientID}", PatientID=KEEP),
            {"name": "StudyID", "hash": True},
        ]
    )
    elements = text(PATIENT_NAME, "PN", "n"), text(PATIENT_ID, "LO", "i"), text(STUDY_ID, "SH", "s")
    after = (
        text(PATIENT_NAME, "PN", "23ii"), text(PATIENT_ID, "LO", "123ii3i"), text(STUDY_ID, "SH", digest("3i")),
    )  # fmt: skip
    assert result(rules, *elements) == expected(*after)


def test_rules_that_all_read_each_other_are_worked_out_once():
    """Anew for every way from one to another would take 2 to the 24th steps."""
    tags = [0x00981001 + number for number in range(24)]
    names = [f"{tag:08x}" for tag in tags]
    output = "{own}" + "".join(f"{{{name}}}" for name in names)
    rules = [sub(name, "(?P<own>.*)", output, **dict.fromkeys(names, REMOVE)) for name in names]
    elements = [text(tag, "LO", str(number)) for number, tag in enumerate(tags)]
    assert result(profiled(rules), *elements) == expected(*elements)


def test_an_element_within_a_sequence_reads_the_data_set_of_the_file():
    rules = profiled([sub("PatientID", "(?P<x>.*)", "{x}/{StudyID}", StudyID=KEEP)], recurse_sequence=True)
    items = Sequence(0x00101002, ((text(PATIENT_ID, "LO", "inner"), text(STUDY_ID, "SH", "no")),))
    after = Sequence(0x00101002, ((text(PATIENT_ID, "LO", "inner/yes"), text(STUDY_ID, "SH", "no")),))
    outer = text(PATIENT_ID, "LO", "outer"), items, text(STUDY_ID, "SH", "yes")
    assert result(rules, *outer) == expected(text(PATIENT_ID, "LO", "outer/yes"), after, text(STUDY_ID, "SH", "yes"))


def test_a_private_element_is_rewritten():
    rules = profiled([sub('(0029, "SYNTH DEID", 10)', "(?P<x>.*)", "{x}/{PatientID}", PatientID=KEEP)])
    creator, patient = text(0x00290010, "LO", "SYNTH DEID"), text(PATIENT_ID, "LO", "7")
    before, after = (text(0x00291010, "LO", value) for value in ("p", "p/7"))
    assert result(rules, patient, creator, before) == expected(patient, creator, after)


def test_several_values_are_matched_with_commas_and_written_as_one():
    rules = profiled([sub("ImageType", r"(?P<a>\w+),(?P<b>\w+)", "{b} {a}")])
    image_type = Plain(0x00080008, "CS", b"ORIGINAL\\PRIMARY\\AXIAL ")
    assert result(rules, image_type) == expected(text(0x00080008, "CS", "PRIMARY ORIGINAL"))


def test_an_element_that_settings_remove_is_gone_before_it_is_read():
    fields = [sub("PatientID", ".*", "[{StudyID}{PatientName}]", StudyID=KEEP, PatientName=KEEP), {"name": "StudyID"}]
    elements = text(PATIENT_NAME, "PN", "CANARY"), text(PATIENT_ID, "LO", "x"), text(STUDY_ID, "SH", "s")
    after = text(PATIENT_ID, "LO", "[s]"), text(STUDY_ID, "SH", "s")
    assert result(profiled(fields, remove_undefined=True), *elements) == expected(*after)


def test_an_empty_number_is_no_text_that_could_match():
    rules = profiled([sub("SeriesNumber", "", "5"), sub("StudyID", "", "5")])
    before = text(STUDY_ID, "SH", ""), text(SERIES_NUMBER, "IS", "")
    assert result(rules, *before) == expected(text(STUDY_ID, "SH", "5"), text(SERIES_NUMBER, "IS", ""))


def test_hits_and_log_tell_of_every_rule():
    rules = profiled([{"name": "StudyID", **REMOVE}, sub("PatientID", "(?P<x>.).*", "{x}{StudyID}", StudyID=KEEP)])
    edited = edit(rules, dicom_file((text(PATIENT_ID, "LO", "ab"), text(STUDY_ID, "SH", "s"))), log=True)
    assert edited.hits == (1, 1)
    assert edited.before["PatientID"] == "ab"
    assert edited.after["PatientID"] == "as"


def test_the_name_of_the_copy_holds_the_new_value():
    rules = profiled(
        [sub("PatientID", ".*", "{StudyID}-{Modality}", StudyID=HASH, Modality={})],
        filenames=[{"output": "{PatientID}.dcm"}],
    )
    edited = edit(rules, dicom_file((text(PATIENT_ID, "LO", "x"), text(STUDY_ID, "SH", "CANARY"))))
    assert edited.name == f"{digest('CANARY')}-.dcm"


@pytest.mark.parametrize(
    "rule",
    [
        sub("PatientID", "ZEBRA", "x"),
        sub("PatientID", ".*", "{StudyID}", StudyID={"increment-date": True}),
        sub("PatientID", "(?P<a>no)?", "{a}"),
        sub("PatientID", ".*", "{PixelData}", PixelData=KEEP),
    ],
)
def test_no_message_holds_a_value(rule):
    elements = (
        text(PATIENT_ID, "LO", "CANARY^ZEBRA"), text(STUDY_ID, "SH", "CANARY"), Plain(0x7FE00010, "OW", b"CANARY"),
    )  # fmt: skip
    with pytest.raises(ActionError) as failure:
        edit(profiled([rule], date_increment=1), dicom_file(elements))
    assert "PatientID (0010,0020)" in str(failure.value)
    assert "CANARY" not in f"{failure.value} {failure.value.__cause__}"


def test_equal_values_beside_different_others_become_different():
    """What was made of a value is remembered, but not where it depends on other elements."""
    section = profiled(
        [
            sub("PatientID", ".*", "{StudyID}", StudyID=HASH),
            sub("StudyDescription", "(?P<x>.*)", "{x}!"),
            sub("CodeMeaning", ".*", "{StudyID}", StudyID=KEEP),
        ],
        recurse_sequence=True,
    )
    plan = DicomFormat().compile(section)
    sequence = Sequence(0x00081032, ((text(0x00080104, "LO", "m"),),))

    def copy(number: int) -> bytes:
        study = text(STUDY_ID, "SH", f"S{number}")
        data = dicom_file((text(DESCRIPTION, "LO", "d"), sequence, text(PATIENT_ID, "LO", "same"), study))
        return b"".join(bytes(chunk) for chunk in plan.apply(MemoryContent(data), FileContext("x")).output.chunks())

    with ThreadPoolExecutor(4) as threads:
        for number, data in enumerate(threads.map(copy, range(40))):
            assert digest(f"S{number}").encode() in data
            assert data.count(f"S{number}".encode()) == 2
            assert b"d!" in data
