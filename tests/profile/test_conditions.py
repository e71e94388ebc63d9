"""Conditions as their text says: joined by lines and signs, compared without regard to capitals."""

from __future__ import annotations

import pytest

from fw_gear_deid.profile.pixels.conditions import (
    Both,
    Comparison,
    ConditionError,
    Either,
    holds,
    parse_checks,
    parse_condition,
)


class Fields:
    """An object of elements and their values."""

    def __init__(self, **values):
        self._values = values

    def has(self, field):
        return field in self._values

    def is_empty(self, field):
        return self._values.get(field) == []

    def values(self, field):
        return self._values.get(field, [])


OBJECT = Fields(
    Modality=["US"], Rows=["600"], ImageType=["DERIVED", "SCREEN SAVE"], Comment=["A+B"], Spacing=["0.5", "x"], Empty=[]
)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("contains Modality us", True),
        ("contains Modality CT|US", True),
        ("contains ImageType screen", True),
        ("contains ImageType ^screen save$", True),
        ("contains ImageType derived.*screen", True),
        ("contains ImageType 'DERIVED', 'SCREEN", True),
        ("contains Missing .*", False),
        ("notcontains Missing .*", True),
        ("notcontains ImageType SAVE", False),
        ("contains Comment a\\+b", True),
        ("equals Comment a+b", True),
        ("equals Modality u", False),
        ("equals Modality CT | us", True),
        ("equals ImageType DERIVED", True),
        ("notequals ImageType DERIVED", False),
        ("notequals Missing x", True),
        ("notequals Modality CT|MR", True),
        ("greater Rows 599.5", True),
        ("greater Rows 600", False),
        ("less Rows 601", True),
        ("less Missing 5", False),
        ("less Modality 5", False),
        ("less Spacing 1", True),
        ("missing Empty", False),
        ("present Empty", True),
        ("empty Empty", True),
        ("empty Missing", False),
        ("empty Modality", False),
        ("contains Modality CT + missing Rows || present Rows", True),
        ("present Rows || contains Modality CT + missing Rows", False),
        ("missing Rows || contains Modality US", True),
        ("missing Rows\n|| contains Modality US", True),
        ("present Rows || present Modality\n+ contains Modality CT", False),
        ("present Rows\n|| present Modality + contains Modality CT", True),
        ("# which images\n\n  + contains Modality US\n  # and\n  + equals Rows 600", True),
        ("CONTAINS Modality US || EQUALS Rows 1", True),
    ],
)
def test_a_condition_holds_as_it_reads(condition, expected):
    assert holds(parse_condition(condition), OBJECT) is expected


def test_lines_of_a_label_that_begin_with_no_sign_are_further_checks():
    lines = ["contains Modality CT", "+ equals Rows 600", "equals Rows 600", "|| missing Rows"]
    condition = parse_checks(enumerate(lines, 1))
    first, second = Comparison("equals", "Rows", "600"), Comparison("missing", "Rows")
    assert isinstance(condition, Either)
    assert isinstance(condition.first, Both)
    assert condition.second == Either(first, second)
    assert holds(condition, OBJECT)


@pytest.mark.parametrize("value", ["this and that", "present or missing", "a + b c", "and", "US|CT", "or contains"])
def test_words_that_join_no_comparisons_belong_to_the_value(value):
    assert parse_condition(f"equals Comment {value}") == Comparison("equals", "Comment", value)


def test_signs_that_no_comparison_follows_belong_to_the_value():
    condition = parse_condition("contains ImageType DERIVED+SECONDARY||SAVE")
    assert condition == Comparison("contains", "ImageType", "DERIVED+SECONDARY||SAVE", condition.pattern)


@pytest.mark.parametrize(
    ("condition", "line", "message"),
    [
        ("", 1, "empty"),
        ("# nothing", 1, "empty"),
        ("present Rows\n\nequals Rows 5", 3, "begin this line"),
        ("present Rows\n+ equals Rows", 2, "needs a field and a value"),
        ("contains Modality [", 1, "not a valid regular expression"),
        ("contains Modality (a+)+b", 1, "hangs on some texts"),
        ("present Rows || exists Rows", 1, "takes a field and nothing else"),
        ("startswith Modality U", 1, "begins with one of"),
        ("contains Modality US and equals Rows 600", 1, r"write \+ \(and\) or \|\| \(or\) in place of “and”"),
        ("equals Modality US\n+ contains ImageType x OR present Rows", 2, "in place of “OR”"),
        ("contains Modality US | contains Modality CT", 1, r"in place of “\|”"),
        ("contains Modality US && missing Rows", 1, "in place of “&&”"),
        ("equals Modality 'US'", 1, "quotes would be part of the value; write equals Modality US"),
        ('present Rows + notequals Modality "US"', 1, "quotes would be part"),
        ("contains Modality US coordinates 0,0,8,4", 1, "a line of their own"),
        (
            "contains Modality US\n+ equals Rows 5 ctpcoordinates from:SequenceOfUltrasoundRegions",
            2,
            "a line of their own",
        ),
        ("contains Modality US + contians ImageType x", 1, "“contians” begins no comparison; did you mean contains"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(condition, line, message):
    with pytest.raises(ConditionError, match=message) as caught:
        parse_condition(condition)
    assert caught.value.line == line
