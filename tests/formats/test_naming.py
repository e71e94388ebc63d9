from __future__ import annotations

import pytest

from fw_gear_deid.actions import Keep, Remove
from fw_gear_deid.errors import ActionError, UnmatchedError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.naming import output_name, sanitised
from tests.formats.samples import Shout, Spell, Where, renaming, section

FIELDS = {"StudyDate": "20200102", "Empty": ""}


def named(source: str, *rules, default: str = "default.bin") -> str:
    rules_of = section("json", filenames=rules)
    return output_name(rules_of, FileContext(source), FIELDS.get, default=default, object_id="1.2.3")


def test_without_rules_the_default_is_used_and_sanitised():
    assert named("x.dcm", default="1.2.3.MR/2.dcm") == "1.2.3.MR_2.dcm"
    assert named("x.dcm", default="1.2.840.99.MR.dcm") == "1.2.840.99.MR.dcm"


def test_first_matching_rule_wins_and_a_rule_without_regex_matches_everything():
    rules = (renaming("a-{n}", r"sub-(?P<n>\d+)"), renaming("rest"), renaming("never"))
    assert named("sub-007_T1w.json", *rules) == "a-007"
    assert named("other.json", *rules) == "rest"


def test_regex_is_matched_at_the_start_only():
    with pytest.raises(UnmatchedError, match="no filenames rule of the json section"):
        named("CANARY-ALICE_sub-1.json", renaming("x", r"sub-\d"))


def test_message_of_an_unmatched_name_does_not_hold_the_name():
    with pytest.raises(UnmatchedError) as caught:
        named("CANARY-ALICE.json", renaming("x", "nope"))
    assert "CANARY" not in str(caught.value)


def test_fields_come_transformed_and_missing_ones_become_na():
    assert named("a", renaming("{StudyDate}_{Empty}_{Nothing}.x")) == "20200102_NA_NA.x"


def test_a_group_shadows_a_field_of_the_same_name():
    assert named("7", renaming("{StudyDate}", r"(?P<StudyDate>\d)")) == "7"


def test_groups_get_their_actions_and_a_group_that_did_not_take_part_becomes_na():
    rule = renaming(
        "{a}-{b}-{c}-{d}", r"(?P<a>\w)(?P<b>\w)(?P<c>\w)(?P<d>Z)?", a=Shout(), b=Remove(), c=Keep(), d=Shout()
    )
    assert named("xyw", rule) == "_X_-NA-w-NA"


def test_a_group_is_drawn_for_by_object_and_place():
    assert named("x", renaming("{a}", "(?P<a>x)", a=Where())) == "1.2.3_filenames.0.a"


@pytest.mark.parametrize("text", ["20200130", "2020-01-30", "30 Jan 2020", "2020-01-30 10:11:12"])
def test_dates_in_names_are_read_in_any_common_spelling(text):
    assert named(text, renaming("{d}", "(?P<d>.+)", d=Spell("%Y%m%d"))) == "d20200130"


@pytest.mark.parametrize("text", ["CANARY", "2020-01", "10:30"])
def test_dates_in_names_that_are_none_withhold_the_file(text):
    with pytest.raises(ActionError) as caught:
        named(text, renaming("{d}", "(?P<d>.+)", d=Spell("%Y%m%d")))
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("T2*_map.json", "T2star_map.json"),
        ("t2_*", "t2_star"),
        ("a/../b\\c:d", "a_.._b_c_d"),
        ("con.txt", "con_.txt"),
        ("x\x00\n", "x__"),
        ("1.2.3.", "1.2.3"),
    ],
)
def test_names_are_safe_on_every_platform(name, result):
    assert sanitised(name) == result


@pytest.mark.parametrize("name", ["", ".", "..", "  ", "..."])
def test_a_name_that_says_nothing_is_refused(name):
    with pytest.raises(UnmatchedError):
        sanitised(name)


@pytest.mark.parametrize("text", ["0130", "1231"])
def test_dates_in_names_without_a_year_are_read_by_their_format(text):
    assert named(text, renaming("{d}", "(?P<d>.+)", d=Spell("%m%d"))) == f"d{text}"
