"""What the settings of a ``dicom`` section remove, and what they leave."""

from __future__ import annotations

import pytest

from fw_gear_deid.actions import Keep, Replace
from tests.formats.dicom.encoding import (
    SYNTAXES,
    GroupLength,
    Plain,
    Sequence,
    dicom_file,
    text,
)
from tests.formats.dicom.running import edit, expected, result, section
from tests.formats.samples import Shout, by_regex, named

NAME = text(0x00100010, "PN", "CANARY^ALICE")
NUMBER = text(0x00100020, "LO", "SYNTH-0001")
INSTANCE = text(0x00080018, "UI", "1.2.3.4")
ONE, TWO = text(0x00290010, "LO", "SYNTH ONE"), text(0x00290011, "LO", "SYNTH TWO")
everywhere = pytest.mark.parametrize("syntax", SYNTAXES)


@everywhere
def test_private_elements_go_at_every_depth(syntax):
    private = (ONE, text(0x00291010, "LO", "CANARY"), Sequence(0x00291011, ((NAME,),)))
    before = (NAME, GroupLength(0x29), *private, Sequence(0x00400275, ((NUMBER, *private),), undefined=True))
    after = (NAME, Sequence(0x00400275, ((NUMBER,),), undefined=True))
    copy = result(section(remove_private_tags=True), *before, syntax=syntax)
    assert copy == expected(*after, syntax=syntax)


@everywhere
def test_listed_private_elements_stay_by_creator_in_every_item(syntax):
    first = (
        ONE,
        TWO,
        text(0x00291010, "LO", "kept"),
        text(0x00291020, "LO", "CANARY"),
        text(0x00291110, "LO", "CANARY"),
    )
    swapped = (
        text(0x00290010, "LO", "SYNTH TWO"),
        text(0x00290011, "LO", "SYNTH ONE"),
        text(0x00291010, "LO", "CANARY"),
        text(0x00291110, "LO", "kept"),
    )
    rules = section(*named(('(0029, "SYNTH ONE", 10)', Keep())), remove_private_tags=True)
    copy = result(rules, *first, Sequence(0x00400275, (swapped,)), syntax=syntax)
    stay = (ONE, first[2], Sequence(0x00400275, (swapped[1::2],)))
    assert copy == expected(*stay, syntax=syntax)


def test_listed_private_elements_can_change_too():
    rules = section(*named(("(0029, 'SYNTH ONE', 10)", Shout())), remove_private_tags=True, recurse_sequence=True)
    private = (ONE, text(0x00291010, "LO", "a"))
    copy = result(rules, *private, Sequence(0x00400275, (private,)))
    changed = (ONE, text(0x00291010, "LO", "<A>"))
    assert copy == expected(*changed, Sequence(0x00400275, (changed,)))


def test_a_private_element_by_number_is_removed_all_the_same():
    rules = section(*named(("00291010", Keep())), remove_private_tags=True)
    assert result(rules, NAME, ONE, text(0x00291010, "LO", "CANARY")) == expected(NAME)


def test_private_elements_without_a_creator_go():
    rules = section(*named(("(0029, 'SYNTH ONE', 10)", Keep())), remove_private_tags=True)
    assert result(rules, NAME, text(0x00291010, "LO", "CANARY")) == expected(NAME)


@everywhere
def test_undefined_elements_go_and_parents_of_named_ones_stay(syntax):
    rules = section(
        *named(("PatientID", Keep()), ("OtherPatientIDsSequence.0.PatientID", Keep())), remove_undefined=True
    )
    nested = Sequence(0x00101002, ((NAME, NUMBER), (NAME, NUMBER)))
    before = (GroupLength(0x10), NAME, NUMBER, nested, Sequence(0x00400275, ((NUMBER,),)), ONE)
    after = (NUMBER, Sequence(0x00101002, ((NUMBER,), ())))
    assert result(rules, *before, syntax=syntax) == expected(*after, syntax=syntax)


def test_undefined_elements_stay_where_recursion_names_them():
    rules = section(*named(("PatientID", Shout())), remove_undefined=True, recurse_sequence=True)
    copy = result(rules, NAME, NUMBER, Sequence(0x00400275, ((NUMBER, NAME),)), Sequence(0x00101002, ((NAME,),)))
    changed = text(0x00100020, "LO", "<SYNTH-0001>")
    assert copy == expected(changed, Sequence(0x00400275, ((changed,),)))


def test_undefined_elements_stay_where_a_regular_expression_names_them():
    rules = section(by_regex(".*PatientID$", Keep()), remove_undefined=True)
    copy = result(rules, NAME, NUMBER, Sequence(0x00400275, ((NUMBER, NAME),)))
    assert copy == expected(NUMBER, Sequence(0x00400275, ((NUMBER,),)))


def test_a_named_sequence_stays_without_what_is_in_it():
    rules = section(*named(("RequestAttributesSequence", Keep())), remove_undefined=True)
    assert result(rules, NAME, Sequence(0x00400275, ((NUMBER,),))) == expected(Sequence(0x00400275, ((),)))


def test_private_sequences_go_with_what_is_named_in_them():
    rules = section(
        *named(("PatientID", Keep())), remove_undefined=True, remove_private_tags=True, recurse_sequence=True
    )
    assert result(rules, NUMBER, ONE, Sequence(0x00291011, ((NUMBER,),))) == expected(NUMBER)


def test_the_character_set_of_what_stays_stays():
    rules = section(
        *named(("PatientID", Keep()), ("OtherPatientIDsSequence.0.PatientID", Keep())), remove_undefined=True
    )
    utf8, latin = text(0x00080005, "CS", "ISO_IR 192"), text(0x00080005, "CS", "ISO_IR 100")
    before = (
        utf8,
        NAME,
        NUMBER,
        Sequence(0x00101002, ((latin, NAME, NUMBER),)),
        Sequence(0x00400275, ((latin, NAME),)),
    )
    assert result(rules, *before) == expected(utf8, NUMBER, Sequence(0x00101002, ((latin, NUMBER),)))


def test_the_instance_is_no_exception_and_its_file_is_called_as_before():
    rules = section(*named(("PatientID", Keep())), remove_undefined=True)
    found = edit(rules, dicom_file((INSTANCE, NUMBER)), "scan.dcm", log=True)
    copy = b"".join(bytes(chunk) for chunk in found.output.chunks())
    assert b"1.2.3.4" not in copy
    assert found.name == "scan.dcm"
    assert found.after["SOPInstanceUID"] == ""
    assert found.before["SOPInstanceUID"] == "1.2.3.4"


def test_replacements_are_not_undefined():
    rules = section(*named(("PatientComments", Replace("c"))), remove_undefined=True)
    assert result(rules, NAME, NUMBER) == expected(text(0x00104000, "LT", "c"))


def test_pixel_data_goes_when_it_is_not_named():
    pixels = Plain(0x7FE00010, "OW", b"\1\2\3\4")
    assert result(section(*named(("PatientID", Keep())), remove_undefined=True), NUMBER, pixels) == expected(NUMBER)


def test_without_decode_values_of_unknown_representation_stay_bytes():
    hidden = Plain(0x00100020, "UN", b"SYNTH-0001")
    assert result(section(*named(("PatientID", Shout()))), hidden) == expected(Plain(0x00100020, "UN", b"<SYNTH-0001>"))
    strict = section(*named(("PatientID", Shout())), decode=False)
    assert result(strict, hidden) == expected(Plain(0x00100020, "UN", b"<SYNTH-0001>"))
