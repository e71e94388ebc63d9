from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fw_gear_deid.actions import InRecord, Occurrence
from fw_gear_deid.errors import ActionError
from fw_gear_deid.profile import check_text

AT = Occurrence("1.2.3", "StudyDescription")


def action(*items, section="json", **settings):
    """Return the action that a profile makes of ``(input-regex, output, {name: action of a group})``."""
    listed = [
        {"input-regex": regex, "output": output, "groups": [{"name": name, **deed} for name, deed in groups.items()]}
        for regex, output, groups in items
    ]
    for item in listed:
        if not item["groups"]:
            del item["groups"]
    fields = [{"name": "PatientComments", "regex-sub": listed}]
    profile, problems = check_text(json.dumps({section: {"salt": "synthetic salt", **settings, "fields": fields}}))
    assert profile is not None, problems
    return profile.sections[section].rules[0].action


def in_record(**fields):
    return InRecord("1.2.3", "StudyDescription", fields.get)


def test_the_first_item_that_matches_from_the_start_is_used_and_the_rest_of_the_value_goes():
    made = action(("(?P<year>[0-9]{4})", "{year}", {}), ("[A-Z]+", "letters", {}), ("", "other", {}))
    assert made.apply("20200228 CANARY", AT) == "2020"
    assert made.apply("CANARY 2020", AT) == "letters"
    assert made.apply("", AT) == "other"


def test_groups_without_an_action_are_kept_and_others_acted_on():
    made = action(
        ("(?P<who>[^_]+)_(?P<when>[0-9]+)_(?P<what>.*)", "{what}-{when}-{who}-{who}", {
            "who": {"hash": True}, "when": {"increment-date": True, "date-format": "%Y%m%d"}
        }),
        **{"date-increment": 2},
    )  # fmt: skip
    # from the SHA-256 of "synthetic saltCANARY"
    assert made.apply("CANARY_20200228_head", AT) == "head-20200301-f351a6466db13fef-f351a6466db13fef"


def test_another_field_is_read_and_acted_on():
    made = action((".*", "{PatientID}/{a.b}/{Sex}", {"PatientID": {"hash": True}, "a.b": {}, "Sex": {"remove": True}}))
    at = in_record(PatientID="SYNTH-1", Sex="F", **{"a.b": "deep"})
    assert made.apply("x", at) == "8c661e7a3e7ff184/deep/"


def test_a_field_that_is_missing_leaves_nothing_unless_it_is_replaced():
    made = action(
        (".*", "[{a}|{b}|{c}|{d}]", {
            "a": {}, "b": {"hash": True}, "c": {"replace-with": "C"},
            "d": {"replace-with": "D", "replace-with-insert": False},
        })
    )  # fmt: skip
    assert made.apply("x", in_record()) == "[||C|]"
    assert made.apply("x", in_record(a="1", c="3", d="4")) == "[1||C|D]"


def test_a_group_is_a_group_even_where_a_field_has_its_name():
    made = action(("(?P<PatientID>[0-9]+)?", "<{PatientID}>", {"PatientID": {"keep": True}}))
    assert made.apply("123", in_record(PatientID="CANARY")) == "<123>"
    assert made.apply("x", in_record(PatientID="CANARY")) == "<>"


def test_a_group_that_took_no_part_in_the_match_needs_an_action():
    made = action(("(?P<a>a)?(?P<b>b)?", "{a}{b}", {"a": {"replace-with": "A"}}))
    assert made.apply("b", AT) == "Ab"
    with pytest.raises(ActionError, match="group b of input-regex took no part"):
        made.apply("a", AT)


def test_several_values_of_a_group_are_joined_again():
    made = action(("(?P<days>.*)", "{days}", {"days": {"increment-date": True}}), **{"date-increment": 1})
    assert made.apply("2020-02-28,2021-02-28", AT) == "2020-02-29,2021-03-01"


def test_a_group_can_be_rewritten_in_turn():
    inner = {"regex-sub": [{"input-regex": "(?P<x>.).*", "output": "{x}."}]}
    made = action(("(?P<first>[^ ]+) (?P<last>.*)", "{last}, {first}", {"first": inner}))
    assert made.apply("CANARY ALICE", AT) == "ALICE, C."


def test_numbers_are_matched_as_text():
    made = action(("(?P<x>.)", "{x}0", {}))
    assert made.apply(37, AT) == "30"
    assert made.apply(1.5, AT) == "10"


def test_a_missing_field_stays_missing_and_a_missing_value_that_nothing_matches_stays_as_it_is():
    made = action(("[0-9]+", "x", {}))
    assert made.apply(None, AT) is None
    assert made.apply("", AT) is None
    assert made.apply("n/a", AT) is None
    assert action(("", "x", {})).apply("n/a", AT) == "x"


@pytest.mark.parametrize(
    ("items", "value"),
    [
        ([("[0-9]+", "x", {})], "CANARY^ZEBRA"),
        ([("(?P<a>CANARY)|(?P<b>ZEBRA)", "{a}{b}", {})], "CANARY"),
        ([("(?P<a>.*)", "{a}", {"a": {"increment-date": True}})], "CANARY^ZEBRA"),
        ([("(?P<a>.*)", "{a}", {"a": {"jitter": True}})], "CANARY^ZEBRA"),
    ],
)
def test_no_message_holds_a_value(items, value):
    with pytest.raises(ActionError) as failure:
        action(*items, **{"date-increment": 1}).apply(value, AT)
    shown = f"{failure.value!r} {failure.value.__cause__!r}"
    assert "CANARY" not in shown
    assert "ZEBRA" not in shown


def test_it_repeats_unless_it_reads_other_fields_or_draws():
    assert action(("(?P<a>.*)", "{a}", {"a": {"hash": True}})).repeats
    assert not action(("(?P<a>.*)", "{a}", {"a": {"jitter": True}})).repeats
    assert not action(("x", "x", {}), ("(?P<a>.*)", "{a}{b}", {"b": {"hash": True}})).repeats


def test_draws_of_groups_differ_by_group_and_are_those_of_the_object():
    made = action(("(?P<a>.*),(?P<b>.*)", "{a} {b}", {"a": {"jitter": True}, "b": {"jitter": True}}))
    first, second = made.apply("10,10", AT).split()
    assert first != second
    assert made.apply("10,10", AT) == f"{first} {second}"
    assert made.apply("10,10", Occurrence("1.2.4", AT.path)) != f"{first} {second}"


@given(st.text(max_size=30), st.text("ab{}", max_size=4).filter(lambda text: "{" not in text and "}" not in text))
def test_text_between_variables_is_written_as_it_stands(value, literal):
    made = action(("(?s)(?P<x>.*)", f"{literal}{{x}}{literal}", {}))
    assert made.apply(value, AT) == literal + value + literal
