"""What ``replace-with`` creates: in tag order, with the dictionary's representation, in every transfer syntax."""

from __future__ import annotations

import io

import pydicom
import pytest

from fw_gear_deid.actions import Replace
from fw_gear_deid.errors import ActionError, ProfileError
from fw_gear_deid.formats.dicom.document import DicomFormat
from tests.formats.dicom.encoding import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    SYNTAXES,
    GroupLength,
    Plain,
    Sequence,
    data_set_of,
    dicom_file,
    text,
)
from tests.formats.dicom.running import copy_of, expected, profiled, result, section
from tests.formats.samples import named

NAME = text(0x00100010, "PN", "CANARY^ALICE")
STUDY = text(0x0020000D, "UI", "1.2.3")
everywhere = pytest.mark.parametrize("syntax", SYNTAXES)


@everywhere
def test_created_elements_stand_in_tag_order(syntax):
    rules = section(
        *named(("PatientComments", Replace("c")), ("AccessionNumber", Replace("a")), ("PregnancyStatus", Replace(4)))
    )
    number = Plain(0x001021C0, "US", b"\0\4" if syntax == BIG else b"\4\0")
    comments = text(0x00104000, "LT", "c")
    made = (text(0x00080050, "SH", "a"), NAME, number, comments, STUDY)
    assert result(rules, NAME, STUDY, syntax=syntax) == expected(*made, syntax=syntax)


@everywhere
def test_group_lengths_count_what_is_created(syntax):
    rules = section(*named(("PatientComments", Replace("long enough to be seen")), ("RescaleType", Replace("US"))))
    made = (GroupLength(0x10), NAME, text(0x00104000, "LT", "long enough to be seen"), GroupLength(0x20), STUDY)
    copy = result(rules, GroupLength(0x10), NAME, GroupLength(0x20), STUDY, syntax=syntax)
    assert copy == expected(*made, text(0x00281054, "LO", "US"), syntax=syntax)


@everywhere
def test_nested_names_create_sequences_and_items(syntax):
    rules = section(
        *named(
            ("OtherPatientIDsSequence.1.PatientID", Replace("second")),
            ("OtherPatientIDsSequence.1.TypeOfPatientID", Replace("TEXT")),
            ("OtherPatientIDsSequence.0.IssuerOfPatientIDQualifiersSequence.0.UniversalEntityID", Replace("deep")),
        )
    )
    deep = Sequence(0x00100024, ((text(0x00400032, "UT", "deep"),),))
    second = (text(0x00100020, "LO", "second"), text(0x00100022, "CS", "TEXT"))
    made = Sequence(0x00101002, ((deep,), second))
    assert result(rules, NAME, STUDY, syntax=syntax) == expected(NAME, made, STUDY, syntax=syntax)


@everywhere
@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("stated", ["SQ", "UN"])
def test_empty_sequences_are_filled(syntax, undefined, stated):
    unknown = stated == "UN" and syntax != IMPLICIT  # which states no representation
    rules = section(*named(("OtherPatientIDsSequence.0.PatientID", Replace("n"))))
    empty = Sequence(0x00101002, (), undefined=undefined, unknown=unknown)
    full = Sequence(0x00101002, ((text(0x00100020, "LO", "n"),),), undefined=undefined, unknown=unknown)
    copy = result(rules, GroupLength(0x10), NAME, empty, STUDY, syntax=syntax)
    assert copy == expected(GroupLength(0x10), NAME, full, STUDY, syntax=syntax)


@everywhere
@pytest.mark.parametrize("undefined", [True, False])
def test_items_are_added_after_those_that_are_there(syntax, undefined):
    rules = section(*named(("OtherPatientIDsSequence.2.PatientID", Replace("n"))))
    first = (text(0x00100020, "LO", "SYNTH-0002"),)
    before = Sequence(0x00101002, (first,), undefined=undefined)
    after = Sequence(0x00101002, (first, (), (text(0x00100020, "LO", "n"),)), undefined=undefined)
    assert result(rules, NAME, before, syntax=syntax) == expected(NAME, after, syntax=syntax)


def test_star_creates_elements_in_items_that_are_there_but_no_items_or_sequences():
    rules = section(
        *named(
            ("OtherPatientIDsSequence.*.TypeOfPatientID", Replace("TEXT")),
            ("RequestAttributesSequence.*.AccessionNumber", Replace("none")),
            ("OtherPatientIDsSequence.*.IssuerOfPatientIDQualifiersSequence.0.UniversalEntityID", Replace("none")),
        )
    )
    first, second = (text(0x00100020, "LO", "a"),), (text(0x00100020, "LO", "b"),)
    type_of = text(0x00100022, "CS", "TEXT")
    copy = result(rules, Sequence(0x00101002, (first, second)))
    assert copy == expected(Sequence(0x00101002, ((*first, type_of), (*second, type_of))))


@everywhere
def test_a_private_element_is_created_with_its_block(syntax):
    rules = section(*named(("(0029, 'SIEMENS CSA HEADER', 08)", Replace("CSA"))))
    other = text(0x00290010, "LO", "SYNTH ONE")
    made = (text(0x00290011, "LO", "SIEMENS CSA HEADER"), text(0x00291108, "CS", "CSA"))
    assert result(rules, NAME, other, syntax=syntax) == expected(NAME, other, *made, syntax=syntax)


def test_a_private_element_is_created_in_the_block_that_is_there():
    rules = section(*named(("(0029, 'SIEMENS CSA HEADER', 08)", Replace("CSA"))))
    block = (text(0x00290042, "LO", "SIEMENS CSA HEADER"), Plain(0x00294210, "OB", b"\1\2"))
    copy = result(rules, *block)
    assert copy == expected(block[0], text(0x00294208, "CS", "CSA"), block[1])


UNKNOWN = ["(0029, 'SYNTH ONE', 10)", "00291110", "OtherPatientIDsSequence.0.00291110"]


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_element_of_no_dictionary_is_replaced_and_not_created(name):
    rules = section(*named((name, Replace("x"))))
    creator, there = text(0x00290011, "LO", "SYNTH ONE"), text(0x00291110, "LO", "CANARY")
    for file, becomes in (((creator, there), (creator, text(0x00291110, "LO", "x"))), ((NAME,), None)):
        held = (Sequence(0x00101002, (file,)),) if "." in name else file
        if becomes is None:
            with pytest.raises(ActionError, match="no dictionary; add replace-with-insert: false") as caught:
                result(rules, *held)
            assert "CANARY" not in str(caught.value)
        else:
            assert result(rules, *held) == expected(*((Sequence(0x00101002, (becomes,)),) if "." in name else becomes))


def test_nothing_is_created_in_items_by_recursion():
    rules = section(*named(("PatientComments", Replace("c"))), recurse_sequence=True)
    nested = Sequence(0x00101002, ((text(0x00100020, "LO", "a"),),))
    assert result(rules, NAME, nested) == expected(NAME, nested, text(0x00104000, "LT", "c"))


def test_insertion_can_be_refused():
    never = {"name": "PatientComments", "replace-with": "c", "replace-with-insert": False}
    rules = profiled([never, {"name": "PatientID", "replace-with": ""}])
    assert result(rules, NAME) == expected(NAME, Plain(0x00100020, "LO", b""))


@everywhere
def test_an_emptied_sequence_has_no_items(syntax):
    rules = section(*named(("OtherPatientIDsSequence", Replace(""))))
    copy = result(rules, NAME, Sequence(0x00101002, ((NAME,),), undefined=True), STUDY, syntax=syntax)
    assert copy == expected(NAME, Sequence(0x00101002), STUDY, syntax=syntax)


def test_a_sequence_cannot_become_text():
    with pytest.raises(ProfileError, match="only be emptied"):
        DicomFormat().compile(section(*named(("OtherPatientIDsSequence", Replace("x")))))


def test_what_is_created_stands_before_the_pixel_data_and_its_padding():
    pixels = Plain(0x7FE00010, "OW", b"\1\2\3\4")
    file = dicom_file((NAME, pixels)) + b"\0" * 20
    copy = copy_of(section(*named(("PatientID", Replace("n")))), file)
    assert data_set_of(copy, EXPLICIT) == expected(NAME, text(0x00100020, "LO", "n"), pixels)
    assert pydicom.dcmread(io.BytesIO(copy)).PatientID == "n"
