from __future__ import annotations

import datetime as dt

import pytest

from fw_gear_deid.actions import (
    ACTIONS,
    EMPTY_CELL,
    REMOVED,
    IncrementDate,
    IncrementDateTime,
    Occurrence,
    OptionError,
    Options,
)
from fw_gear_deid.actions.moments import Pattern, format_problem
from fw_gear_deid.errors import ActionError

AT = Occurrence("1.2.3", "StudyDate")
TODAY = dt.date(2024, 3, 15)
DICOM = {"date-format": "%Y%m%d", "datetime-format": "%Y%m%d%H%M%S.%f", "date-increment": 3}


def date(value, rule=None, **settings):
    options = Options(TODAY, {**DICOM, **settings}, rule or {}, dicom_datetimes=True)
    return ACTIONS["increment-date"].build(options).apply(value, AT)


def moment(value, rule=None, *, dicom=True, **settings):
    options = Options(TODAY, {**DICOM, **settings}, rule or {}, dicom_datetimes=dicom)
    return ACTIONS["increment-datetime"].build(options).apply(value, AT)


@pytest.mark.parametrize(
    ("value", "days", "expected"),
    [
        ("20200228", 3, "20200302"),
        ("20200228", -59, "20191231"),
        ("20200228", 0.5, "20200228"),
        ("20200228", -0.5, "20200227"),
        ("20200228,20210101", 3, ["20200302", "20210104"]),
        ("20200228,", 3, ["20200302", ""]),
        ("00010101", 1, "00010102"),
        (20200228, 3, 20200302),
    ],
)
def test_a_date_moves_by_days(value, days, expected):
    assert date(value, **{"date-increment": days}) == expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("%Y-%m-%d", "2020-02-28", "2020-03-02"),
        ("%d/%m/%y", "28/02/20", "02/03/20"),
        ("%m-%d", "02-27", "03-02"),
        ("%d %b %Y", "28 Feb 2020", "02 Mar 2020"),
        ("%Y-%m-%dT%H:%M:%S%z", "2020-02-28T10:11:12+01:00", "2020-03-02T10:11:12+0100"),
        ("%Y-%m-%dT%H:%M:%S.%f", "2020-02-28T10:11:12", "2020-03-02T10:11:12.000000"),
        ("timestamp", "1582884000", 1583143200.0),
        ("%Y-%m-%d", "0999-12-30", "1000-01-02"),
        ("%%%Y", "%0998", "%0998"),
    ],
)
def test_a_date_is_read_and_written_in_its_format(pattern, value, expected):
    assert date(value, **{"date-format": pattern}) == expected
    assert date(value, {"date-format": pattern}) == expected


@pytest.mark.parametrize(
    ("value", "days", "expected"),
    [
        ("2023", 400, "2024"),
        ("2023", 3, "2023"),
        ("202311", -3, "202310"),
        ("20231107", 1.25, "20231108"),
        ("2023110714", 1.25, "2023110820"),
        ("202311071422", 3, "202311101422"),
        ("20231107142233", 3, "20231110142233"),
        ("20231107142233.5", 3, "20231110142233.5"),
        ("20231107142233.123456", 3, "20231110142233.123456"),
        ("20231107142233.5+0100", 3, "20231110142233.5+0100"),
        ("2023-0500", 3, "2023-0500"),
        ("20231107,202311071422", 3, ["20231110", "202311101422"]),
    ],
)
def test_a_dicom_datetime_keeps_the_precision_it_has(value, days, expected):
    assert moment(value, **{"date-increment": days}) == expected


@pytest.mark.parametrize(
    "value", ["20231", "20231307", "20231107142233.1234567", "20231107142233.", "2023-11-07", "٢٠٢٣"]
)
def test_what_is_no_dicom_datetime_is_refused(value):
    with pytest.raises(ActionError) as caught:
        moment(value)
    assert value not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("%Y-%m-%d %H:%M:%S", "2020-02-28 10:11:12", "2020-03-02 10:11:12"),
        ("%Y-%m-%d %H:%M:%S", "2020-02-28 10:11:12-01:30", "2020-03-02 10:11:12-01:30"),
        ("%Y-%m-%dT%H:%M:%S.%f", "2020-02-28T10:11:12-0500", "2020-03-02T10:11:12.000000-0500"),
        ("%Y-%m-%dT%H:%M:%S%z", "2020-02-28T10:11:12+0100", "2020-03-02T10:11:12+0100"),
        ("%d-%m-%Y", "28-02-2020", "02-03-2020"),
        ("timestamp", "1582884000.5", 1583143200.5),
        ("timestamp", 1582884000, 1583143200.0),
        ("timestamp", "1582884000,1582884001", ["1583143200.0", "1583143201.0"]),
    ],
)
def test_a_datetime_keeps_its_offset(pattern, value, expected):
    assert moment(value, {"datetime-format": pattern}) == expected


def test_the_default_datetime_format_outside_dicom_is_written_in_full():
    assert moment("20200228101112", dicom=False) == "20200302101112.000000"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"datetime-min": "20210101"}, "20210101"),
        ({"datetime-max": "20190101"}, "20190101"),
        ({"datetime-min": "20210101", "datetime-max": "20190101"}, "20190101"),
        ({"datetime-min": "-2years"}, "20220315"),  # 730.5 days, at noon
        ({"datetime-min": "-1weeks"}, "20240308"),
        ({"datetime-min": "-30days"}, "20240214"),
        ({"datetime-max": "-1000weeks"}, "20050114"),
        ({"datetime-max": "+3years"}, "20200302"),
    ],
)
def test_limits_hold_for_dates_and_datetimes(rule, expected):
    assert date("20200228", rule) == expected
    assert moment("20200228", rule) == expected


@pytest.mark.parametrize("limit", ["2021-01-01", "-1year", "3days", "-3 years", "20211301", "-99999999years"])
def test_a_limit_that_cannot_be_read_names_its_option(limit):
    with pytest.raises(OptionError, match="datetime-min must be a day") as caught:
        date("20200228", {"datetime-min": limit})
    assert caught.value.option == "datetime-min"


def test_an_override_wins_over_the_section_even_when_it_is_0():
    assert date("20200228", {"date-increment-override": 10}) == "20200309"
    assert date("20200228", {"date-increment-override": 0}) == "20200228"


def test_no_increment_is_an_error():
    with pytest.raises(OptionError, match="no increment is set"):
        date("20200228", **{"date-increment": None})


def test_an_increment_beyond_all_dates_is_an_error():
    with pytest.raises(OptionError, match="too large"):
        date("20200228", **{"date-increment": 1e300})


@pytest.mark.parametrize("value", ["99991230", "2020022899991230"])
def test_a_date_that_cannot_be_moved_or_read_withholds_the_file(value):
    with pytest.raises(ActionError) as caught:
        date(value)
    assert value not in str(caught.value)


@pytest.mark.parametrize(("choice", "expected"), [("remove", REMOVED), ("empty", "")])
def test_on_unparsable_acts_on_the_whole_field(choice, expected):
    assert date("CANARY^ALICE", **{"on-unparsable": choice}) == expected
    assert date("20200228,CANARY^ALICE", {"on-unparsable": choice}) == expected
    assert date("20200228", {"on-unparsable": choice}) == "20200302"


def test_the_rule_decides_on_unparsable_before_the_section():
    with pytest.raises(ActionError):
        date("CANARY^ALICE", {"on-unparsable": "fail"}, **{"on-unparsable": "remove"})


@pytest.mark.parametrize("value", [None, "", " "])
def test_an_empty_date_is_left_alone(value):
    assert date(value) is None


def test_missing_cells_are_left_alone_in_tables_only():
    assert IncrementDate(3, missing=EMPTY_CELL).apply("n/a", AT) is None
    with pytest.raises(ActionError):
        IncrementDate(3).apply("n/a", AT)


def test_jitter_moves_a_date_within_its_range_and_never_by_0():
    moved = {
        ACTIONS["increment-date"]
        .build(Options(TODAY, {**DICOM, "salt": "s"}, {"jitter-date": True, "jitter-range": 2}))
        .apply("20200110", Occurrence(f"1.2.{number}", "StudyDate"))
        for number in range(60)
    }
    assert moved == {"20200111", "20200112", "20200114", "20200115"}


@pytest.mark.parametrize(("unit", "days"), [("weeks", 7), ("years", 365.25), ("days", 1)])
def test_jitter_has_units(unit, days):
    rule = {"jitter-date": True, "jitter-range": 1, "jitter-unit": unit}
    expected = {dt.datetime(2020, 1, 13) + sign * dt.timedelta(days=days) for sign in (-1, 1)}  # noqa: DTZ001  # dates
    assert date("20200110", rule) in {f"{day:%Y%m%d}" for day in expected}


def test_jitter_needs_no_random_generator():
    rule = {"jitter-date": True}
    assert date("20200110", rule, salt="s") == date("20200110", rule, salt="s")


def test_a_date_action_tells_its_format():
    assert IncrementDate(3).format == "%Y%m%d"
    assert IncrementDate(3, Pattern("%Y-%m-%d")).format == "%Y-%m-%d"
    dicom = IncrementDateTime.of(Options(TODAY, DICOM, dicom_datetimes=True))
    assert dicom.format == "%Y%m%d%H%M%S.%f"
    assert IncrementDateTime.of(Options(TODAY, DICOM, {"datetime-format": "timestamp"})).format == "timestamp"


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("%Y%m%d", ""),
        ("timestamp", ""),
        ("%m-%d", ""),
        ("%Y-%m-%d %H:%M:%S.%f", ""),
        ("%Y-%q", "%q is not a strptime code"),
        ("%Y%", "% is not a strptime code"),
        ("yyyymmdd", "needs strptime codes"),
        ("%Y %Y", "cannot be read back"),
    ],
)
def test_formats_are_checked(pattern, fault):
    problem = format_problem(pattern)
    assert fault in problem
    assert bool(problem) == bool(fault)
