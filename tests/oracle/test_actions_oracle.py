"""Actions against flywheel-migration 13.10: the same values, but for the differences in a table with reasons."""

from __future__ import annotations

import datetime as dt
import json
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_deid.actions import Occurrence
from fw_gear_deid.errors import ActionError
from fw_gear_deid.profile import check_text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its dependencies on old interfaces of Python
    from flywheel_migration.deidentify import DeIdProfile
    from fs.memoryfs import MemoryFS

FAILED = "the file is not written"
DICOM_FORMATS = {"date-format": "%Y%m%d", "datetime-format": "%Y%m%d%H%M%S.%f"}


def theirs(value, rule, section):
    """Return what flywheel-migration makes of one field of a JSON file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        profile = DeIdProfile()
        profile.load_config({"name": "oracle", "json": {**section, "fields": [{"name": "v", **rule}]}})
        source, destination = MemoryFS(), MemoryFS()
        source.writetext("a.json", json.dumps({"v": value}))
        profile.initialize()
        try:
            profile.process_file(source, "a.json", destination)
        except (ValueError, TypeError, OverflowError, AttributeError):
            return FAILED
        return json.loads(destination.readtext("a.json"))["v"]


def ours(value, rule, section):
    """Return what the same profile makes of it here."""
    profile, problems = check_text(json.dumps({"json": {**section, "fields": [{"name": "v", **rule}]}}))
    assert profile is not None, problems
    try:
        answer = profile.sections["json"].rules[0].action.apply(value, Occurrence("a.json", "v"))
    except ActionError:
        return FAILED
    return value if answer is None else answer


def assert_same(value, rule, section):
    assert ours(value, rule, section) == theirs(value, rule, section)


component = st.integers(0, 10**14).map(str)
uid = st.lists(component, min_size=1, max_size=12).map(".".join).map(lambda text: text[:64].rstrip("."))


@settings(max_examples=150, deadline=None)
@given(uid, st.integers(0, 8), st.integers(0, 5), st.sampled_from(["", "salt", "é"]))
def test_hashed_uids(value, prefix, suffix, salt):
    assert_same(value, {"hashuid": True}, {"uid-prefix-fields": prefix, "uid-suffix-fields": suffix, "salt": salt})


@settings(max_examples=60, deadline=None)
@given(uid, st.lists(st.integers(0, 99999).map(str), min_size=1, max_size=8), st.integers(0, 3))
def test_hashed_uids_under_a_registered_root(value, root, suffix):
    section = {"uid-prefix-fields": len(root), "uid-suffix-fields": suffix, "uid-numeric-name": ".".join(root)}
    assert_same(value, {"hashuid": True}, section)


def test_hashed_uids_under_flywheels_root():
    section = {"uid-prefix-fields": 7, "uid-numeric-name": "2.16.840.1.114570.2.2"}
    assert_same("1.3.12.2.1107.5.2.43.66044.30000022060117100334300000273", {"hashuid": True}, section)


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(
        lambda text: text.strip().casefold() not in {"", "n/a", "nan"}
    ),
    st.sampled_from(["", "salt"]),
    st.integers(0, 64),
)
def test_hashes(value, salt, digits):
    assert_same(value, {"hash": True}, {"salt": salt, "hash-digits": digits})


@settings(max_examples=1500, deadline=None)
@given(
    st.datetimes(dt.datetime(1200, 1, 1), dt.datetime(9000, 1, 1)),  # noqa: DTZ001  # wall clocks
    st.one_of(st.integers(-40000, 40000), st.floats(-900, 900)),
    st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%d %b %Y", "%j/%Y", "%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S.%f", "%m-%d", "%Y"]),
    st.sampled_from(["increment-date", "increment-datetime"]),
)
def test_moved_dates(moment, days, pattern, key):
    value = moment.strftime(pattern)
    if pattern == "%m-%d" and value == "02-29":  # no day of the year that stands for all
        value = "02-28"
    name = key.replace("increment-", "") + "-format"
    assert_same(value, {key: True}, {"date-increment": days, name: pattern})


@pytest.mark.parametrize(
    "value", ["", "20200228", "20200228,20210101", "20200230", "2020", "CANARY^ALICE", "20200228 "]
)
@pytest.mark.parametrize("days", [-3, 0, 0.5, -0.5, 40000, 7300000])
def test_dates_in_dicom_form(value, days):
    assert_same(value, {"increment-date": True}, {**DICOM_FORMATS, "date-increment": days})


@pytest.mark.parametrize(
    "value",
    [
        "20200228101112", "20200228101112.5", "20200228101112.123456", "20200228101112.1234567", "20200228101112.",
        "20200228101112+0100", "20200228101112.5-01:30", "20200228101112.5Z", "20200228101112,20210101101112.25",
        "20200228", "CANARY^ALICE", "99991231235959", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("days", [-3, 1.25])
def test_datetimes_in_dicom_form(value, days):
    assert_same(value, {"increment-datetime": True}, {**DICOM_FORMATS, "date-increment": days})


@pytest.mark.parametrize("value", ["1582884000", "1582884000.25", 1582884000, 1582884000.5, "x"])
@pytest.mark.parametrize("key", ["increment-date", "increment-datetime"])
def test_timestamps(value, key):
    formats = {"date-format": "timestamp", "datetime-format": "timestamp"}
    assert_same(value, {key: True}, {**formats, "date-increment": 1.25})


@pytest.mark.parametrize(
    "options",
    [
        {"datetime-min": "20210101"}, {"datetime-max": "20190101"}, {"datetime-max": "+3years"},
        {"datetime-min": "20210101", "datetime-max": "20190101"}, {"datetime-min": "-890years"},
        {"date-increment-override": 10}, {"date-increment-override": 0}, {"datetime-format": "%Y%m%d%H%M%S"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["20200228101112", "20180101000000"])
def test_options_of_moved_datetimes(options, value):
    assert_same(value, {"increment-datetime": True, **options}, {**DICOM_FORMATS, "date-increment": 1.25})


@pytest.mark.parametrize("value", ["x", "", 5, 1.5, True])
def test_replaced_values(value):
    assert_same("CANARY^ALICE", {"replace-with": value}, {})


@pytest.mark.parametrize(
    ("value", "rule", "low", "high", "kind"),
    [
        (5, {}, 3, 7, float),
        ("5", {}, 3, 7, float),
        (5, {"jitter-type": "int", "jitter-range": 3}, 2, 8, int),
        (5.5, {"jitter-type": "int"}, 3, 7, int),
        (5, {"jitter-min": 5}, 5, 7, float),
        (5, {"jitter-max": 5.5, "jitter-min": 5}, 5, 5.5, float),
        (5, {"jitter-type": "int", "jitter-max": 4.5}, 3, 4, int),
    ],
)
def test_jitter_has_the_same_bounds_and_type(value, rule, low, high, kind):
    for answer in (theirs(value, {"jitter": True, **rule}, {}), ours(value, {"jitter": True, **rule}, {})):
        assert low <= answer <= high
        assert type(answer) is kind


SECRET = {"secret-key": "SYNTHETIC-KEY-16"}


@settings(max_examples=40, deadline=None)
@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(
        lambda text: text.strip().casefold() not in {"", "n/a", "nan"}
    ),
    st.sampled_from(["SYNTHETIC-KEY-16", "SYNTHETIC-KEY-OF-24-BYTE", "SYNTHETIC-KEY-OF-32-CHARACTERS-.", "é" * 8]),
)
def test_values_encrypted_here_decrypt_there_and_the_reverse(value, secret):
    section = {"secret-key": secret}
    assert theirs(ours(value, {"encrypt": True}, section), {"decrypt": True}, section) == value
    assert ours(theirs(value, {"encrypt": True}, section), {"decrypt": True}, section) == value


@pytest.mark.parametrize("nonce", ["AAAAAAAAAAA=", "c3ludGhldGlj", "c3ludGhldA=="])
def test_with_a_fixed_nonce_values_are_encrypted_alike(nonce):
    assert_same("CANARY^ZEBRA", {"encrypt": True, "force-nonce": nonce}, SECRET)
    assert_same("CANARY^ZEBRA", {"encrypt": True}, {**SECRET, "force-nonce": nonce})


def test_a_fixed_nonce_of_the_rule_comes_before_that_of_the_section():
    assert_same(
        "CANARY^ZEBRA", {"encrypt": True, "force-nonce": "AAAAAAAAAAA="}, {**SECRET, "force-nonce": "AAAABBBBCCC="}
    )


DIFFERENCES = {
    "a UID among several is hashed by itself, so that references still find their objects": (
        "1.2.3.4.5,1.2.3.4.6", {"hashuid": True}, {},
        "1.2.3.4.241108.188971.724731.343641.661558.941120.6",
        ["1.2.3.4.184185.242108.138122.910713.747142.205198.5", "1.2.3.4.116321.656163.115024.522019.694148.238128.6"],
    ),
    "text that is no UID would keep its last six characters": (
        "CANARY^ALICE", {"hashuid": True}, {},
        "125821.241212.251821.641471.541181.671453.^ALICE", FAILED,
    ),
    "0 is a value and is hashed": (0, {"hash": True}, {}, 0, "5feceb66ffc86f38"),
    "a missing value is left alone": ("n/a", {"hash": True}, {}, "a683c5c5349f6f7f", "n/a"),
    "a missing date is left alone": ("n/a", {"increment-date": True}, {"date-increment": 1}, FAILED, "n/a"),
    "limits hold for dates too": (
        "2020-02-28", {"increment-date": True, "datetime-min": "20210101"}, {"date-increment": 1},
        "2020-02-29", "2021-01-01",
    ),
    "years before 1000 keep four digits": (
        "00010101", {"increment-date": True}, {"date-increment": 1, "date-format": "%Y%m%d"}, "10102", "00010102",
    ),
    "a year that looks like an offset is read as a year": (
        "28-02-2020", {"increment-datetime": True}, {"date-increment": 1, "datetime-format": "%d-%m-%Y"},
        FAILED, "29-02-2020",
    ),
    "a number is encrypted as its text": (
        37, {"encrypt": True, "force-nonce": "AAAAAAAAAAA="}, {"secret-key": "SYNTHETIC-KEY-16"},
        FAILED, "AAAAAAAAAAA=J4s=",
    ),
    "a missing value is not encrypted": (
        "n/a", {"encrypt": True, "force-nonce": "AAAAAAAAAAA="}, {"secret-key": "SYNTHETIC-KEY-16"},
        "AAAAAAAAAAA=epO5", "n/a",
    ),
    "a value that encrypt did not make is not emptied by decrypt": (
        "CANARYZEBRA1", {"decrypt": True}, {"secret-key": "SYNTHETIC-KEY-16"}, "", FAILED,
    ),
    "an offset that the format names is read": (
        "2020-02-28T10+0100", {"increment-datetime": True},
        {"date-increment": 1, "datetime-format": "%Y-%m-%dT%H%z"}, FAILED, "2020-02-29T10+0100",
    ),
    "a date that is a JSON number moves": (
        20200228, {"increment-date": True}, {"date-increment": 2, "date-format": "%Y%m%d"}, FAILED, 20200301,
    ),
    "a number is rewritten as the text it is": (
        37, {"regex-sub": [{"input-regex": "(?P<x>.)", "output": "{x}0"}]}, {}, FAILED, "30",
    ),
    "an empty value that no input-regex matches stays empty": (
        "", {"regex-sub": [{"input-regex": "[0-9]", "output": "x"}]}, {}, FAILED, "",
    ),
    "several dates in a group move one by one and are joined again": (
        "2020-02-28,2021-02-28",
        {"regex-sub": [
            {"input-regex": "(?P<d>.*)", "output": "{d}", "groups": [{"name": "d", "increment-date": True}]}
        ]},
        {"date-increment": 1}, "['2020-02-29', '2021-03-01']", "2020-02-29,2021-03-01",
    ),
    "a group that took no part in a match is empty, also where a field has its name": (
        "x", {"regex-sub": [{"input-regex": "(?P<v>[0-9])?", "output": "[{v}]", "groups": [{"name": "v"}]}]}, {},
        "[x]", "[]",
    ),
    "text of an output stays as it is, also where it spells the name of a field": (
        "x", {"regex-sub": [{"input-regex": "x", "output": "a.b {a.b}", "groups": [{"name": "a.b"}]}]}, {},
        "a___b ", "a.b ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", DIFFERENCES)
def test_a_difference_is_what_the_table_says(reason):
    value, rule, section, expected_theirs, expected_ours = DIFFERENCES[reason]
    assert theirs(value, rule, section) == expected_theirs
    assert ours(value, rule, section) == expected_ours
