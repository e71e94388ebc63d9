"""``pseudonym`` and ``date-increment: subject``: what is derived from who a value is about."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fw_gear_deid.actions import ACTIONS, EMPTY_CELL, Occurrence, OptionError, Options
from fw_gear_deid.actions.subjects import pseudonym, shift
from fw_gear_deid.errors import ActionError
from fw_gear_deid.identity import NOBODY, subject_of

KEY = "00112233445566778899aabbccddeeff"
OTHER = "ffeeddccbbaa99887766554433221100"
KEYS = st.text(min_size=1, max_size=20)


def at(label="S01"):
    return Occurrence("1.2.3", "PatientID", subject=subject_of(label) if label else NOBODY)


def named(value, label="S01", secret=KEY, missing=frozenset({""})):
    action = ACTIONS["pseudonym"].build(Options(dt.date.min, {"secret-key": secret}, missing=missing))
    return action.apply(value, at(label))


def moved(value, label="S01", key="increment-date", **settings):
    given = {"secret-key": KEY, "date-increment": "subject", **settings}
    return ACTIONS[key].build(Options(dt.date.min, given, dicom_datetimes=True)).apply(value, at(label))


def test_a_pseudonym_is_what_anyone_with_the_key_can_work_out_by_hand():
    digest = hmac.new(KEY.encode(), b"subject\0s01", hashlib.sha256).digest()
    assert named("CANARY-7") == base64.b32encode(digest).decode()[:16]


def test_a_pseudonym_is_the_subjects_whatever_the_field_holds():
    assert named("CANARY-7") == named("Canary^Zebra") == named(4711)
    assert named("CANARY-7", "sub-S01") == named("CANARY-7", " s01 ")


def test_another_subject_or_another_key_gives_another_pseudonym():
    assert len({named("x"), named("x", "S02"), named("x", secret=OTHER), named("x", "S02", OTHER)}) == 4


@given(KEYS)
def test_a_pseudonym_is_sixteen_capitals_and_digits(key):
    name = pseudonym(KEY, key)
    assert len(name) == 16
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_the_prefix_that_bids_writes_before_a_label_stays():
    assert named("sub-S01") == f"sub-{named('S01')}"
    assert named("SUB01") == named("S01")


@pytest.mark.parametrize("value", [None, "", "n/a"])
def test_a_missing_value_stays_missing(value):
    assert named(value, missing=EMPTY_CELL) is None
    assert named(value, label="", missing=EMPTY_CELL) is None


@pytest.mark.parametrize("ask", [lambda label: named("CANARY-7", label), lambda label: moved("20240229", label)])
def test_a_file_of_nobody_is_withheld_and_the_message_says_what_to_do(ask):
    with pytest.raises(ActionError) as caught:
        ask("")
    assert "--subject" in str(caught.value)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "settings"),
    [("pseudonym", {}), ("increment-date", {"date-increment": "subject"}), ("hash", {"hash-method": "hmac-sha256"})],
)
def test_without_a_key_there_is_no_action_and_the_message_says_how_to_make_one(key, settings):
    with pytest.raises(OptionError) as caught:
        ACTIONS[key].build(Options(dt.date.min, settings))
    assert caught.value.option == "secret-key"
    assert "--secret-key" in str(caught.value)
    assert "token_hex" in str(caught.value)


# -- shifts


def days_of(text, **more):
    return (dt.date.fromisoformat(moved(text, **more)) - dt.date.fromisoformat(text)).days


def test_a_shift_is_what_anyone_with_the_key_can_work_out_by_hand():
    digest = hmac.new(KEY.encode(), b"shift\0s01", hashlib.sha256).digest()
    days = 1 + int.from_bytes(digest[:16], "big") * 3650 // 2**128
    assert days_of("20240229") == -days


def test_all_dates_of_a_subject_move_alike_and_keep_their_distances():
    assert len({days_of(day) for day in ("19700101", "20240229", "20240301", "20991231")}) == 1
    assert days_of("20240229", label="sub-S01") == days_of("20240229")
    assert days_of("20240229", label="S02") != days_of("20240229")


def test_dates_with_a_time_of_day_move_by_the_same_days_and_keep_their_time():
    day = moved("20240229")
    assert moved("20240229101112.5+0100", key="increment-datetime") == f"{day}101112.5+0100"
    assert moved("20240229,20240229") == [day, day]


@given(KEYS, st.integers(1, 5000))
def test_a_shift_goes_back_by_a_day_at_least_and_by_the_range_at_most(key, most):
    assert -most <= shift(KEY, key, most) <= -1


def test_shifts_spread_over_the_whole_range():
    shifts = [shift(KEY, f"s{number}") for number in range(2000)]
    assert len(set(shifts)) > 1400
    assert min(shifts) < -3600
    assert max(shifts) > -50


def test_the_range_can_be_set_and_an_override_goes_before_the_subjects_shift():
    assert days_of("20240229", **{"date-increment-range": 1}) == -1
    options = Options(
        dt.date.min,
        {"date-increment": "subject", "secret-key": KEY},
        {"date-increment-override": 3},
    )
    action = ACTIONS["increment-date"].build(options)
    assert action.apply("20240228", at("")) == "20240302"
    assert not action.personal


def test_no_action_shows_its_key():
    settings = {"secret-key": KEY, "date-increment": "subject", "hash-method": "hmac-sha256"}
    for key in ("pseudonym", "increment-date", "hash"):
        assert KEY not in repr(ACTIONS[key].build(Options(dt.date.min, settings)))
