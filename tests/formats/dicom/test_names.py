"""Every way to name an element in a rule (profile language, section 3)."""

from __future__ import annotations

import pytest

from fw_gear_deid.actions import Keep, Remove, Replace
from fw_gear_deid.errors import ProfileError
from fw_gear_deid.formats.dicom.document import DicomFormat
from fw_gear_deid.formats.dicom.names import NameProblem, PrivateTag, parse_name
from fw_gear_deid.profile.model import Rule
from tests.formats.dicom.encoding import (
    SYNTAXES,
    Plain,
    Sequence,
    dicom_file,
    text,
)
from tests.formats.dicom.running import edit, expected, result, section
from tests.formats.samples import Shout, by_regex, named

NAME = text(0x00100010, "PN", "CANARY^ALICE")
NUMBER = text(0x00100020, "LO", "SYNTH-0001")


def other_ids(*numbers: str) -> Sequence:
    return Sequence(0x00101002, tuple((text(0x00100020, "LO", number),) for number in numbers))


@pytest.mark.parametrize(
    "name",
    ["PatientID", "patientid", "PATIENTID", "(0010,0020)", "(0010, 0020)", "00100020", "0x00100020", " PatientID "],
)
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_an_element_goes_by_every_spelling_of_its_name(name, syntax):
    copy = result(section(*named((name, Remove()))), NAME, NUMBER, syntax=syntax)
    assert copy == expected(NAME, syntax=syntax)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("PatientIdd", "did you mean PatientID (0010,0020)?"),
        ("(0010)", "not a DICOM keyword or tag"),
        ("(0028, 'SYNTH ONE', 10)", "private groups are odd"),
        ("(0029, '', 10)", "creator is empty"),
        ("(0029, , 10)", "creator is empty"),
        ('(0029, "SYNTH ONE, 10)', "not a DICOM keyword or tag"),
        ("RequestAttributesSequence.PatientID", "alternates"),
        ("RequestAttributesSequence.x.PatientID", "not an item number"),
        ("60xx3000.0.PatientID", "cannot hold items"),
    ],
)
def test_a_name_of_nothing_says_why(name, part):
    with pytest.raises(NameProblem, match=part.replace("(", r"\(").replace(")", r"\)").replace("?", r"\?")):
        parse_name(name)


def test_all_wrong_names_are_reported_at_once():
    rules = section(*named(("Nothing", Remove()), ("PatientID", Remove()), ("Nobody", Remove())))
    with pytest.raises(ProfileError) as caught:
        DicomFormat().compile(rules)
    assert len(caught.value.problems) == 2


def test_a_private_element_is_found_by_its_creator_in_any_block_of_any_item():
    def block(number: int, value: str) -> tuple[Plain, ...]:
        creators = (text(0x00290010, "LO", "SYNTH TWO"), text(0x00290000 | number, "LO", "SYNTH ONE"))
        return (*creators, text(0x00291010, "LO", "stays"), text(0x00290010 | number << 8, "LO", value))

    rules = section(*named(("(0029, 'SYNTH ONE', 10)", Remove())), recurse_sequence=True)
    top, item = block(0x42, "CANARY"), block(0x11, "CANARY")
    copy = result(rules, *top, Sequence(0x00400275, (item,)))
    assert copy == expected(*top[:3], Sequence(0x00400275, (item[:3],)))


@pytest.mark.parametrize("name", ["(0029,SYNTH ONE,10)", "( 0029 , SYNTH ONE , 10 )", '(0029,"SYNTH ONE",0x10)'])
def test_the_quotes_of_a_creator_may_be_missing(name):
    assert parse_name(name) == parse_name("(0029, 'SYNTH ONE', 10)")


def test_a_private_element_is_found_before_a_creator_out_of_order():
    creator, element = text(0x00290010, "LO", "SYNTH ONE"), text(0x00291010, "LO", "CANARY")
    assert result(section(*named(("(0029, 'SYNTH ONE', 10)", Remove()))), element, creator) == expected(creator)


def test_private_names_read_quotes_and_hexadecimal_offsets():
    assert parse_name('(0019, "GEMS_ACQU_01", 9C)').private == PrivateTag(0x19, "GEMS_ACQU_01", 0x9C)
    assert parse_name("(0019,'A, B',0x0c)").private == PrivateTag(0x19, "A, B", 0x0C)


def test_nested_by_number_changes_that_item_alone():
    rules = section(*named(("OtherPatientIDsSequence.1.PatientID", Shout())))
    copy = result(rules, NUMBER, other_ids("a", "b", "c"))
    assert copy == expected(NUMBER, other_ids("a", "<B>", "c"))


def test_nested_by_star_changes_every_item():
    rules = section(*named(("00101002.*.00100020", Shout())))
    assert result(rules, NUMBER, other_ids("a", "b")) == expected(NUMBER, other_ids("<A>", "<B>"))


def test_stars_reach_through_several_sequences():
    def nest(value: str) -> Sequence:
        return Sequence(0x00400275, ((Sequence(0x00400008, ((text(0x00080104, "LO", value),),) * 2),),) * 2)

    rules = section(*named(("RequestAttributesSequence.*.ScheduledProtocolCodeSequence.*.CodeMeaning", Shout())))
    assert result(rules, nest("canary")) == expected(nest("<CANARY>"))


def test_a_flat_name_leaves_nested_elements_without_recursion():
    rules = section(*named(("PatientID", Remove())))
    assert result(rules, NUMBER, other_ids("a")) == expected(other_ids("a"))


@pytest.mark.parametrize("name", ["(60XX, 3000)", "60xx3000", "overlaydata"])
def test_repeating_groups_are_all_meant(name):
    overlays = tuple(Plain(group << 16 | 0x3000, "OW", b"\1\2") for group in (0x6000, 0x6002, 0x601E))
    other = Plain(0x60000010, "US", b"\1\0")
    copy = result(section(*named((name, Remove()))), overlays[0], other, *overlays[1:])
    assert copy == expected(other)


def test_repeating_groups_are_never_created():
    assert result(section(*named(("60xx0010", Replace(7)))), NAME) == expected(NAME)


def test_a_regular_expression_that_matches_keyword_and_digits_acts_once():
    rules = section(by_regex("PatientID|00100020", Shout()))
    assert result(rules, NAME, NUMBER) == expected(NAME, text(0x00100020, "LO", "<SYNTH-0001>"))


def test_a_regular_expression_reaches_every_depth_and_is_anchored_at_its_start():
    rules = section(by_regex(".*PatientID$", Shout()), by_regex("ID", Remove()))
    assert result(rules, NUMBER, other_ids("a")) == expected(text(0x00100020, "LO", "<SYNTH-0001>"), other_ids("<A>"))


def test_rules_and_regular_expressions_act_in_the_order_of_the_profile():
    rules = section(
        *named(("PatientID", Replace("first"))), by_regex("PatientID", Shout()), *named(("PatientID", Shout()))
    )
    assert result(rules, NUMBER) == expected(text(0x00100020, "LO", "<<FIRST>>"))


def test_one_removed_and_set_again_is_there():
    rules = section(*named(("PatientID", Remove()), ("PatientID", Replace("n"))))
    assert result(rules, NAME, NUMBER) == expected(NAME, text(0x00100020, "LO", "n"))


def test_recursion_and_nested_names_or_regular_expressions_exclude_each_other():
    for rule in (Rule(Keep(), "OtherPatientIDsSequence.0.PatientID"), by_regex("x", Keep())):
        with pytest.raises(ProfileError, match="recurse-sequence"):
            DicomFormat().compile(section(rule, recurse_sequence=True))


def test_hits_count_every_element_a_rule_changed():
    rules = section(
        *named(("PatientID", Shout()), ("PatientName", Remove()), ("StudyDate", Remove())), recurse_sequence=True
    )
    found = edit(rules, dicom_file((NAME, NUMBER, other_ids("a", "b"))))
    assert found.hits == (3, 1, 0)


def test_repeated_elements_are_all_changed():
    twice = (NAME, NUMBER, NUMBER)
    assert result(section(*named(("PatientID", Remove()))), *twice) == expected(NAME)
