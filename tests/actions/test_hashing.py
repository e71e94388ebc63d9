from __future__ import annotations

import hashlib
import hmac
import re

import pytest

from fw_gear_deid.actions import EMPTY_CELL, Hash, HashUid, Key, Occurrence
from fw_gear_deid.actions.hashing import root_problem
from fw_gear_deid.errors import ActionError

AT = Occurrence("1.2.3", "PatientID")
LONG = "1.3.12.2.1107.5.2.43.66044.30000022060117100334300000273"


@pytest.mark.parametrize(
    ("action", "value", "expected"),
    [
        (Hash(), "abc", "ba7816bf8f01cfea"),
        (Hash(Key("s")), "abc", "cf0bbce2b0833f47"),
        (Hash(digits=0), "abc", hashlib.sha256(b"abc").hexdigest()),
        (Hash(digits=5), "abc", "ba781"),
        (Hash(), 5, hashlib.sha256(b"5").hexdigest()[:16]),
        (Hash(), 0, hashlib.sha256(b"0").hexdigest()[:16]),
        (Hash(), 5.0, hashlib.sha256(b"5.0").hexdigest()[:16]),
        (Hash(), "n/a", hashlib.sha256(b"n/a").hexdigest()[:16]),
    ],
)
def test_a_hash_is_the_salted_sha256_cut_to_its_digits(action, value, expected):
    assert action.apply(value, AT) == expected


@pytest.mark.parametrize("value", [None, "", "  ", "n/a", "N/A", "NaN", float("nan")])
def test_missing_cells_are_left_alone(value):
    assert Hash(missing=EMPTY_CELL).apply(value, AT) is None
    assert HashUid(missing=EMPTY_CELL).apply(value, AT) is None


def test_a_keyed_hash_is_an_hmac_under_the_secret_key():
    key = Key("salt", "synthetic secret")
    expected = hmac.new(b"synthetic secret", b"saltSYNTH-0001", "sha256").hexdigest()
    assert Hash(key, digits=0).apply("SYNTH-0001", AT) == expected
    assert Hash(key).apply("SYNTH-0001", AT) != Hash(Key("salt")).apply("SYNTH-0001", AT)


def test_hashed_numbers_do_not_depend_on_what_was_hashed_before():
    # 1, 1.0 and True are one key to a dictionary, and must not be one to the hash.
    answers = [Hash().apply(value, AT) for value in (1, 1.0, True)]
    assert answers == [hashlib.sha256(text).hexdigest()[:16] for text in (b"1", b"1.0", b"True")]


@pytest.mark.parametrize(
    ("action", "uid", "expected"),
    [
        (HashUid(), LONG, "1.3.12.2.184712.126176.224201.221032.332353.325417.000273"),
        (HashUid(suffix=0), LONG, "1.3.12.2.184712.126176.224201.221032.332353.325417"),
        (HashUid(suffix=3), LONG, "1.3.12.2.184712.126176.224201.221032.332353.325417.43.660.000273"),
        (HashUid(prefix=2, root="9.8"), LONG, "9.8.184712.126176.224201.221032.332353.325417.000273"),
        (
            HashUid(prefix=7, root="2.16.840.1.114570.2.2"),
            LONG,
            "2.16.840.1.114570.2.2.184712.126176.224201.221032.332353.000273",
        ),
        (HashUid(Key("z")), LONG, "1.3.12.2.938819.618412.533119.218899.859418.912213.000273"),
        (HashUid(prefix=12, suffix=8), LONG, "1.3.184712.126176.224201.221032.332353.325417.12.2.1107.5.000273"),
        (HashUid(), "1.2", "1.119172.491552.542512.122621.515321.723015.2"),
    ],
)
def test_a_hashed_uid_keeps_its_ends_and_fits_in_64_characters(action, uid, expected):
    assert action.apply(uid, AT) == expected
    assert len(expected) <= 64


def test_each_uid_of_several_is_hashed_by_itself():
    action = HashUid()
    answer = action.apply("1.2.3.4.5,,1.2.3.4.6", AT)
    assert answer == [action.apply("1.2.3.4.5", AT), "", action.apply("1.2.3.4.6", AT)]


def test_a_text_that_is_no_uid_is_refused_without_being_quoted():
    with pytest.raises(ActionError) as caught:
        HashUid().apply("CANARY^ALICE", AT)
    assert "CANARY" not in str(caught.value)


def test_a_uuid_keeps_nothing_and_is_a_valid_uid():
    action = HashUid(Key("s"), uuid=True)
    first, second = action.apply(LONG, AT), action.apply(LONG + "1", AT)
    assert re.fullmatch(r"2\.25\.[1-9]\d{36,38}", first)
    assert len(first) <= 64
    assert first != second
    assert first == HashUid(Key("s"), uuid=True).apply(LONG, Occurrence("other", "path"))
    bits = int(first.removeprefix("2.25."))
    assert bits < 1 << 128
    assert (bits >> 76 & 0xF, bits >> 62 & 0x3) == (8, 2)


@pytest.mark.parametrize(
    ("root", "prefix", "fault"),
    [
        ("", 4, ""),
        ("1.2.826.0", 4, ""),
        ("2.16.840.1.114570.2.2", 7, ""),
        ("1.2.826", 4, "has 3 components but uid-prefix-fields is 4"),
        ("2.16.840.1.114570.2.3", 7, "only as 2.16.840.1.114570.2.2"),
        ("2.16.840.1.114570", 5, "only as 2.16.840.1.114570.2.2"),
        ("2.16.840.1.1145701", 5, ""),
        ("1.02", 2, "without leading zeros"),
        ("a.b", 2, "numbers joined by dots"),
    ],
)
def test_a_registered_root_is_checked(root, prefix, fault):
    problem = root_problem(root, prefix)
    assert fault in problem
    assert bool(problem) == bool(fault)
