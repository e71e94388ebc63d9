from __future__ import annotations

from fw_gear_deid.engine.base import Outcome, State
from fw_gear_deid.engine.files import Refusal
from fw_gear_deid.engine.ledger import DOOMED, OTHER_OBJECT, SAME_NAME, Ledger


def admitted(ledger, source, name, identity=None):
    return ledger.admit(Outcome(source, State.DEIDENTIFIED, name=name), identity)


def test_an_archive_of_which_nothing_is_wrong_has_no_reason():
    ledger = Ledger()
    assert admitted(ledger, "a", "1")
    ledger.refuse("b", Refusal(State.SKIPPED, "left out"))
    assert ledger.reason() == ""
    assert [outcome.state for outcome in ledger.closed()] == [State.DEIDENTIFIED, State.SKIPPED]


def test_one_bad_member_withholds_all_and_is_told_by_its_number():
    ledger = Ledger()
    admitted(ledger, "CANARY/a", "1")
    ledger.refuse("CANARY/b", Refusal(State.WITHHELD, "damaged"))
    assert not admitted(ledger, "CANARY/c", "3"), "nothing more need be written"
    assert ledger.reason() == "1 of 3 members cannot be de-identified: member 2: damaged"
    closed = ledger.closed()
    assert [outcome.state for outcome in closed] == [State.WITHHELD] * 3
    assert [outcome.reason for outcome in closed] == [DOOMED, "damaged", DOOMED]
    assert not any(outcome.name for outcome in closed)


def test_only_the_first_reasons_are_told():
    ledger = Ledger()
    for reason in "abcda":
        ledger.refuse("CANARY", Refusal(State.FAILED, reason))
    assert ledger.reason() == (
        "5 of 5 members cannot be de-identified: members 1, 5: a; member 2: b; member 3: c; further reasons: 1"
    )


def test_members_with_one_reason_are_told_together():
    ledger = Ledger()
    for _ in range(7):
        ledger.refuse("a", Refusal(State.FAILED, "gone"))
    assert ledger.reason().endswith("members 1, 2, 3 and 4 more: gone")


def test_an_object_that_comes_twice_is_written_once():
    ledger = Ledger()
    assert admitted(ledger, "a/1", "a/x.dcm", "1.2.3")
    assert not admitted(ledger, "b/1", "b/x.dcm", "1.2.3")
    assert ledger.closed()[1] == Outcome("b/1", State.SKIPPED, "an identical copy of member 1")
    ledger.part(ledger.rivals[0])
    assert [outcome.reason for outcome in ledger.closed()] == [OTHER_OBJECT, OTHER_OBJECT]


def test_two_members_that_want_one_name_are_rivals_by_their_output():
    ledger = Ledger()
    assert admitted(ledger, "a", "same")
    assert not admitted(ledger, "b", "same")
    assert ledger.rivals[0].by_output
    ledger.part(ledger.rivals[0])
    assert {outcome.reason for outcome in ledger.closed()} == {SAME_NAME}


def test_an_archive_without_members_or_of_which_none_is_left_has_a_reason():
    assert "empty" in Ledger().reason()
    ledger = Ledger()
    ledger.refuse("a", Refusal(State.SKIPPED, "left out"))
    assert "none of its members is left" in ledger.reason()
