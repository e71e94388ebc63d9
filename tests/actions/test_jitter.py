from __future__ import annotations

import pytest

from fw_gear_deid.actions import EMPTY_CELL, Jitter, Key, Occurrence, OptionError
from fw_gear_deid.actions.jitter import check_range
from fw_gear_deid.errors import ActionError

SALTED = Key("synthetic salt")


def places(count):
    return [Occurrence(f"1.2.{number}", "PatientWeight") for number in range(count)]


def test_a_number_moves_within_its_range_and_never_by_0():
    moved = [Jitter(SALTED, 2.0).apply("70.5", at) for at in places(300)]
    assert all(isinstance(value, float) and 0 < abs(value - 70.5) <= 2 for value in moved)
    assert min(moved) < 69
    assert max(moved) > 72


def test_whole_draws_reach_every_number_of_the_range_but_0():
    assert {Jitter(SALTED, 3.9, whole=True).apply(10, at) for at in places(200)} == {7, 8, 9, 11, 12, 13}
    assert {Jitter(SALTED, 1.5, whole=True).apply("10.7", at) for at in places(30)} == {9, 11}


def test_the_same_key_object_and_field_give_the_same_draw():
    at = Occurrence("1.2.3", "PatientWeight")
    first = Jitter(SALTED).apply(70, at)
    assert Jitter(Key("synthetic salt")).apply("70", at) == first
    others = [
        Jitter(SALTED).apply(70, Occurrence("1.2.3", "PatientSize")),
        Jitter(SALTED).apply(70, Occurrence("1.2.4", "PatientWeight")),
        Jitter(Key("other")).apply(70, at),
        Jitter(Key("synthetic salt", "secret")).apply(70, at),
    ]
    assert len({first, *others}) == 5


def test_this_draw_is_the_same_on_every_machine():
    assert Jitter(SALTED).apply(70, Occurrence("1.2.3", "PatientWeight")) == pytest.approx(70, abs=2)
    assert Jitter(SALTED, 1e6, whole=True).apply(0, Occurrence("1.2.3", "PatientWeight")) == 738955


def test_parts_of_a_place_are_kept_apart():
    assert SALTED.draw(Occurrence("ab", "c")) != SALTED.draw(Occurrence("a", "bc"))


@pytest.mark.parametrize(
    ("least", "most", "low", "high"), [(70, None, 70, 72), (None, 70, 68, 70), (70.25, 70.5, 70.25, 70.5)]
)
def test_limits_clamp(least, most, low, high):
    moved = {Jitter(SALTED, 2.0, least=least, most=most).apply(70, at) for at in places(60)}
    assert all(low <= value <= high for value in moved)
    assert {limit for limit in (least, most) if limit is not None} <= moved


def test_a_limit_of_whole_draws_gives_a_whole_number():
    assert {type(Jitter(SALTED, whole=True, most=4.5).apply(7, at)) for at in places(5)} == {int}


def test_several_values_move_each_by_its_own_draw():
    first, empty, second = Jitter(SALTED).apply("5,,5", places(1)[0])
    assert empty == ""
    assert first != second
    assert float(first) == Jitter(SALTED).apply("5", places(1)[0])


@pytest.mark.parametrize("value", ["CANARY^ALICE", "1e999", "inf", True, "5;6"])
def test_what_is_no_number_withholds_the_file(value):
    with pytest.raises(ActionError) as caught:
        Jitter(SALTED).apply(value, places(1)[0])
    assert str(value) not in str(caught.value)


@pytest.mark.parametrize("value", [None, "", "n/a", "NaN", float("nan")])
def test_missing_cells_are_left_alone(value):
    assert Jitter(SALTED, missing=EMPTY_CELL).apply(value, places(1)[0]) is None


@pytest.mark.parametrize(("width", "whole"), [(0, False), (-1, False), (0.5, True), (float("inf"), False)])
def test_a_range_without_a_draw_is_refused(width, whole):
    with pytest.raises(OptionError, match="jitter-range must be"):
        check_range(width, whole=whole)
