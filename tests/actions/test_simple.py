from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from fw_gear_deid.actions import ACTIONS, REMOVED, Keep, Occurrence, Options, Remove, Replace

AT = Occurrence("1.2.3", "PatientName")


@pytest.mark.parametrize("value", [None, "CANARY^ALICE", 5])
def test_keep_and_remove_do_not_look_at_the_value(value):
    assert Keep().apply(value, AT) is None
    assert Remove().apply(value, AT) is REMOVED
    assert not Keep().inserts
    assert not Remove().inserts


@pytest.mark.parametrize("value", ["SYNTH", "", 0, 1.5])
def test_replace_gives_its_value_and_creates_the_field(value):
    assert Replace(value).apply("CANARY^ALICE", AT) == value
    assert Replace(value).apply(None, AT) == value
    assert Replace(value).inserts


def test_replace_without_insert_leaves_a_missing_field_missing():
    action = Replace("SYNTH", insert=False)
    assert not action.inserts
    assert action.apply(None, AT) is None
    assert action.apply("", AT) == "SYNTH"


def test_replace_with_several_values():
    assert Replace(("1", "2")).apply("3", AT) == ["1", "2"]


@pytest.mark.parametrize(
    ("section", "rule", "inserts"),
    [({}, {}, True), (False, {}, False), (False, True, True), (True, False, False)],
)
def test_the_rule_decides_on_inserting_before_the_section(section, rule, inserts):
    key = "replace-with-insert"
    settings = {} if section == {} else {key: section}
    options = {} if rule == {} else {key: rule}
    action = ACTIONS["replace-with"].build(Options(dt.date(2024, 1, 1), settings, options, value="SYNTH"))
    assert action == Replace("SYNTH", inserts)


def test_every_action_of_the_language_is_in_the_table():
    assert list(ACTIONS) == [
        "keep", "identity", "remove", "replace-with", "hash", "pseudonym", "hashuid", "increment-date",
        "increment-datetime", "jitter", "regex-sub", "action-code", "clean", "encrypt", "decrypt",
    ]  # fmt: skip
    assert all(kind.words for kind in ACTIONS.values())


def test_every_action_that_is_built_is_its_own():
    options = Options(dt.date(2024, 1, 1), {"date-increment": 1, "secret-key": "SYNTHETIC-KEY-16"})
    for key, kind in ACTIONS.items():
        given = replace(options, value="X") if key == "action-code" else options
        if kind.build is not None:
            action = kind.build(given)
            assert action.key == ("keep" if key == "identity" else key)
            assert hash(action) == hash(kind.build(given))
