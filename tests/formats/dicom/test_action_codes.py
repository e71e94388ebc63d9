"""``action-code``: what PS3.15's codes do, by what the SOP class of the object must have (PS3.3)."""

from __future__ import annotations

import pytest

from fw_gear_deid.errors import ProfileError
from fw_gear_deid.profile import check_text
from tests.formats.dicom.encoding import SYNTAXES, Plain, Sequence, text
from tests.formats.dicom.running import expected, profiled, result

CT, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4.1"
everywhere = pytest.mark.parametrize("syntax", SYNTAXES)


def coded(*pairs, **settings):
    fields = [{"name": name, "action-code": code} for name, code in pairs]
    return profiled(fields, recurse_sequence=True, uid_method="uuid", **settings)


def of_class(sop_class):
    return text(0x00080016, "UI", sop_class)


@everywhere
@pytest.mark.parametrize(
    ("sop_class", "element", "code", "after"),
    [
        (CT, (0x00080022, "DA"), "X/Z", None),  # AcquisitionDate, type 3
        (CT, (0x00080023, "DA"), "Z/D", ""),  # ContentDate, type 2C
        (ENHANCED_MR, (0x00080023, "DA"), "Z/D", "19000101"),  # type 1
        (CT, (0x00181000, "LO"), "X/Z/D", None),  # DeviceSerialNumber, type 3
        (ENHANCED_MR, (0x00181000, "LO"), "X/Z/D", "ANONYMIZED"),  # type 1
        ("1.2.3.4", (0x00181000, "LO"), "X/Z/D", "ANONYMIZED"),  # a class that nobody knows may need it
        (CT, (0x00100010, "PN"), "X", None),
        (CT, (0x00100010, "PN"), "Z", ""),
        (CT, (0x00100010, "PN"), "D", "ANONYMIZED"),
        (CT, (0x00100010, "PN"), "K", "CANARY"),
    ],
)
def test_a_combined_code_does_what_the_class_allows(syntax, sop_class, element, code, after):
    tag, vr = element
    rules = coded((f"{tag:08x}", code))
    copy = result(rules, of_class(sop_class), text(tag, vr, "CANARY"), syntax=syntax)
    left = () if after is None else (text(tag, vr, after),)
    assert copy == expected(of_class(sop_class), *left, syntax=syntax)


DUMMIES = {
    "AE": "ANONYMIZED",
    "AS": "000Y",
    "CS": "ANONYMIZED",
    "DA": "19000101",
    "DS": "0",
    "DT": "19000101000000",
    "IS": "0",
    "LO": "ANONYMIZED",
    "LT": "ANONYMIZED",
    "PN": "ANONYMIZED",
    "SH": "ANONYMIZED",
    "ST": "ANONYMIZED",
    "TM": "000000",
    "UC": "ANONYMIZED",
    "UI": "2.25.0",
    "UR": "urn:anonymized",
    "UT": "ANONYMIZED",
}


@pytest.mark.parametrize("vr", sorted(DUMMIES))
def test_a_dummy_is_valid_for_its_representation(vr):
    copy = result(coded(("(0043,1010)", "D")), text(0x00431010, vr, "CANARY^"))
    assert copy == expected(text(0x00431010, vr, DUMMIES[vr]))


@pytest.mark.parametrize(("vr", "size"), [("US", 2), ("UL", 4), ("FD", 8), ("OB", 8), ("OW", 8), ("OF", 8)])
def test_a_binary_dummy_is_nothing_but_zeros(vr, size):
    copy = result(coded(("(0043,1010)", "D")), Plain(0x00431010, vr, b"CANARY" * 4))
    assert copy == expected(Plain(0x00431010, vr, bytes(size)))


@everywhere
def test_types_within_a_sequence_are_its_own(syntax):
    """RequestedProcedureID is type 1C in RequestAttributesSequence, and in no class one of the data set itself."""
    rules = coded(("RequestedProcedureID", "X/D"))
    inner = (text(0x00401001, "SH", "CANARY"),)
    before = (of_class(CT), text(0x00401001, "SH", "CANARY"))
    copy = result(rules, *before, Sequence(0x00400275, (inner,)), syntax=syntax)
    after = (text(0x00401001, "SH", "ANONYMIZED"),)
    assert copy == expected(of_class(CT), Sequence(0x00400275, (after,)), syntax=syntax)


def test_a_uid_has_the_same_successor_everywhere():
    rules = coded(("SOPInstanceUID", "U"), ("ReferencedSOPInstanceUID", "U"))
    copy = result(
        rules,
        text(0x00080018, "UI", "1.2.3.4"),
        Sequence(0x00081140, ((text(0x00081155, "UI", "1.2.3.4"),),)),
    )
    new = copy[8 : 8 + copy[6]].rstrip(b"\0")
    assert new.startswith(b"2.25.")
    assert copy.count(new) == 2
    assert b"1.2.3.4" not in copy


@everywhere
def test_an_emptied_sequence_has_no_items_and_a_removed_one_is_gone(syntax):
    rules = coded(("ReferencedStudySequence", "Z"), ("RequestAttributesSequence", "X"))
    items = ((text(0x00401001, "SH", "CANARY"),),)
    copy = result(rules, Sequence(0x00081110, items), Sequence(0x00400275, items), syntax=syntax)
    assert copy == expected(Sequence(0x00081110, ()), syntax=syntax)


PERSON = (
    text(0x00080100, "SH", "CANARY"),
    text(0x00080102, "SH", "DCM"),
    text(0x00080104, "LO", "CANARY^ZEBRA"),
)
FINDING = (
    text(0x00080100, "SH", "121071"),
    text(0x00080102, "SH", "DCM"),
    text(0x00080104, "LO", "Finding"),
)
LOCAL = (
    text(0x00080100, "SH", "CANARY"),
    text(0x00080102, "SH", "99CANARY"),
    text(0x00080104, "LO", "CANARY^ZEBRA"),
)


@everywhere
def test_a_sequence_that_becomes_a_dummy_keeps_its_structure_and_loses_its_words(syntax):
    rules = coded(("ContentSequence", "D"), ("PersonName", "D"))
    before = (
        text(0x0040A010, "CS", "CONTAINS"),
        text(0x0040A040, "CS", "TEXT"),
        Sequence(0x0040A043, (FINDING,)),
        text(0x0040A123, "PN", "CANARY^ZEBRA"),
        text(0x0040A160, "UT", "Seen with Canary Zebra"),
        Sequence(0x0040A168, (LOCAL,)),
        Sequence(0x0040A730, ((text(0x0040A160, "UT", "CANARY"),),)),
    )
    after = (
        *before[:3],
        text(0x0040A123, "PN", "ANONYMIZED"),
        text(0x0040A160, "UT", "ANONYMIZED"),
        Sequence(0x0040A168, (tuple(text(each.tag, each.vr, "ANONYMIZED") for each in LOCAL),)),
        Sequence(0x0040A730, ((text(0x0040A160, "UT", "ANONYMIZED"),),)),
    )
    copy = result(rules, Sequence(0x0040A730, (before,)), syntax=syntax)
    assert copy == expected(Sequence(0x0040A730, (after,)), syntax=syntax)
    assert b"CANARY" not in copy.upper()


@everywhere
def test_a_code_that_is_itself_replaced_loses_its_words_whatever_its_scheme(syntax):
    copy = result(coded(("PersonIdentificationCodeSequence", "D")), Sequence(0x00401101, (PERSON,)), syntax=syntax)
    after = tuple(text(each.tag, each.vr, "ANONYMIZED") for each in PERSON)
    assert copy == expected(Sequence(0x00401101, (after,)), syntax=syntax)


@everywhere
def test_what_stands_beside_a_dummy_sequence_keeps_its_words(syntax):
    rules = coded(("ContentSequence", "D"))
    beside = (text(0x00081030, "LO", "harmless"), Sequence(0x0040A043, (FINDING,)))
    copy = result(rules, *beside, Sequence(0x0040A730, ((text(0x0040A160, "UT", "CANARY"),),)), syntax=syntax)
    after = Sequence(0x0040A730, ((text(0x0040A160, "UT", "ANONYMIZED"),),))
    assert copy == expected(*beside, after, syntax=syntax)


@everywhere
def test_whole_repeating_groups_go_by_one_entry(syntax):
    rules = profiled([{"name": "(60xx,xxxx)", "remove": True}], recurse_sequence=True)
    before = (
        text(0x00080060, "CS", "MR"),
        text(0x60000022, "LO", "CANARY"),
        text(0x60FE4000, "LT", "CANARY"),
        text(0x61000010, "LO", "private, another matter"),
    )
    assert result(rules, *before, syntax=syntax) == expected(before[0], before[3], syntax=syntax)


RT_PLAN = "1.2.840.10008.5.1.4.1.1.481.5"
CALLED = (text(0x00100010, "PN", "CANARY^ZEBRA"), text(0x00100020, "LO", "CANARY-1"))


@everywhere
@pytest.mark.parametrize(
    ("sop_class", "before", "after"),
    [
        (RT_PLAN, "CANARY boost", "boost"),
        (RT_PLAN, "CANARY", "ANONYMIZED"),  # RTPlanLabel is type 1
        (CT, "CANARY", ""),
        (CT, "boost", "boost"),
    ],
)
def test_a_cleaned_text_of_which_nothing_is_left_is_empty_or_a_dummy(syntax, sop_class, before, after):
    copy = result(
        coded(("RTPlanLabel", "C")), of_class(sop_class), *CALLED, text(0x300A0002, "SH", before), syntax=syntax
    )
    assert copy == expected(of_class(sop_class), *CALLED, text(0x300A0002, "SH", after), syntax=syntax)


def problems(entry, section="dicom"):
    _, found = check_text(f"{section}:\n  fields:\n  - {entry}\n")
    return [problem.message for problem in found]


def test_a_code_that_there_is_not_is_told():
    (message,) = problems("{name: PatientName, action-code: Q}")
    assert message.startswith("action-code must be one of the codes of PS3.15: K, C, X, Z, D, U, X/Z")


def test_what_holds_no_words_cannot_be_cleaned():
    with pytest.raises(ProfileError, match="an element of DA holds no words to be cleaned"):
        result(coded(("StudyDate", "C")), text(0x00080020, "DA", "20230417"))


def test_codes_are_for_dicom_alone():
    (message,) = problems("{name: PatientName, action-code: X}", "json")
    assert message == "action-code is for the fields of dicom alone; use another action"
