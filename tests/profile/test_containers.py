"""The ``flywheel`` section: which metadata of containers and files a profile exports."""

# ruff: noqa: E501  # a row of a table stands on one line

from __future__ import annotations

import pytest
from flywheel.models import Cohort, MLType

from fw_gear_deid.profile import check_text, show
from fw_gear_deid.profile.container_types import CONTAINERS

BEGIN = "zip:\nflywheel:\n"


def told(text):
    profile, problems = check_text(text, "p")
    return profile, [problem.located("p").removeprefix("p:") for problem in problems]


def of(container, entry):
    """Return what is said of a rule in line 4, column 14 for ``file``."""
    return told(f"{BEGIN}  {container}:\n    fields: [{entry}]\n")[1]


def test_rules_of_each_container_are_read():
    profile, problems = told(
        BEGIN
        + "  file:\n    include-info-header: true\n    fields: [{name: info.header.dicom.StudyDate, increment-date: true}]\n"
        "    date-increment: -3\n  subject:\n    all: true\n    fields: [{name: label, replace-with: S1}, {name: sex}]\n"
        "  session:\n"
    )
    assert problems == []
    assert list(profile.containers) == ["subject", "session", "file"]
    assert profile.containers["subject"].flag("all")
    assert [rule.label for rule in profile.containers["subject"].rules] == ["label", "sex"]
    assert profile.containers["session"].rules == ()
    assert profile.containers["file"].number("date-increment") == -3
    assert profile.containers["file"].settings["date-format"] == "%Y-%m-%d"
    assert told(show(profile))[0] == profile


@pytest.mark.parametrize(
    ("container", "entry", "problem"),
    [
        (
            "file",
            "{name: labl}",
            "file has no field labl that can be set; there are: classification, info, modality, type",
        ),
        ("session", "{name: operater}", "session has no field operater that can be set; did you mean operator?"),
        ("subject", "{name: sex.a}", "sex holds a word of a closed list, and no fields within"),
        (
            "subject",
            "{name: sex, hash: true}",
            "sex holds a word of a closed list: hash would make something else of it, which Flywheel refuses",
        ),
        ("subject", "{name: cohort, replace-with: x}", "cohort must be one of: Control, Study; use remove for none"),
        ("session", "{name: age, replace-with: '5'}", "age holds a whole number; write replace-with without quotes"),
        ("session", "{name: tags, replace-with: x}", "tags holds a list of texts; write replace-with: [text, text]"),
        (
            "project",
            "{name: info, replace-with: x}",
            "info holds fields: replace-with would make something else of it, which Flywheel refuses",
        ),
    ],
)
def test_what_the_api_would_refuse_is_refused(container, entry, problem):
    errors = [each for each in of(container, entry) if "warning" not in each]
    assert errors == [f"4:14: {problem}"]


@pytest.mark.parametrize("name", ["sex", "cohort", "mlset", "type", "race", "ethnicity"])
def test_a_word_of_a_closed_list_cannot_be_hashed(name):
    assert any("would make something else of it" in each for each in of("subject", f"{{name: {name}, hash: true}}"))
    word = CONTAINERS["subject"].fields[name].words[0]
    assert of("subject", f"{{name: {name}, replace-with: '{word}'}}") == []


@pytest.mark.parametrize(("name", "model"), [("mlset", MLType), ("cohort", Cohort)])
def test_a_closed_list_holds_the_words_of_the_sdk(name, model):
    assert set(CONTAINERS["subject"].fields[name].words) == {each.value for each in model}


@pytest.mark.parametrize(
    "entry",
    [
        "{name: info.a.b, hash: true}",
        "{name: label, hash: true}",
        "{regex: 'info.*', hash: true}",
        "{name: weight, jitter: true}",
        "{name: timestamp, increment-datetime: true, date-increment-override: 3}",
        "{name: tags, replace-with: [a, b]}",
        "{name: tags, remove: true}",
        "{name: info.flag, replace-with: true}",
    ],
)
def test_what_the_api_accepts_is_accepted(entry):
    assert [each for each in of("session", entry) if "warning" not in each] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("flywheel: 5", "1:11: flywheel must hold containers: project, subject, session, acquisition, file"),
        ("flywheel: {subjects: {}}", "1:12: subjects is no container; did you mean subject?"),
        ("flywheel: {file: {file-filter: a}}", "1:19: unknown setting file-filter"),
        ("flywheel: {subject: {include-info-header: true}}", "1:22: unknown setting include-info-header"),
        ("flywheel: {subject: 5}", "1:21: subject must hold settings, such as fields"),
        ("export: {}\nflywheel: {}", "1:1: export is the old form of flywheel; keep one of them"),
    ],
)
def test_a_wrong_section_is_told(text, problem):
    profile, problems = told(f"{text}\nzip:")
    assert profile is None
    assert problem in problems


def test_a_header_that_is_left_out_is_told():
    assert of("file", "{name: info.header.dicom.PatientName, remove: true}") == [
        "4:14: warning: info.header is left out; set include-info-header: true to export it"
    ]


OLD = """\
zip:
export:
  session:
    whitelist:
      info:
        - cats
      metadata:
        - operator
        - weight
  subject:
    code: S01
    whitelist:
      metadata: [sex]
"""


def test_the_old_export_section_is_read_as_flywheel_and_says_so():
    profile, problems = told(OLD)
    new = (
        "flywheel: {session: {fields: [{name: info.cats}, {name: operator}, {name: weight}]}, "
        "subject: {fields: [{name: label, replace-with: S01}, {name: sex}]}}"
    )
    assert problems == [f"2:1: warning: export is the old form of flywheel; it is read as {new}"]
    assert profile.containers == told(f"zip:\n{new}")[0].containers


@pytest.mark.parametrize(
    ("old", "problem"),
    [
        ("subject: {whitelist: {inf: [a]}}", "2:25: inf is unknown here; a whitelist has info and metadata"),
        ("subject: {blacklist: {}}", "2:13: blacklist is unknown here; write a flywheel section instead"),
        ("subject: {whitelist: [sex]}", "2:24: whitelist must hold keys; write a flywheel section instead"),
        ("subject: {whitelist: {info: [5]}}", "2:32: info must list names of fields"),
        ("subject: {whitelist: {metadata: [sx]}}", "2:36: subject has no field sx that can be set; did you mean sex?"),
        ("subjct: {}", "2:3: subjct is no container; did you mean subject?"),
    ],
)
def test_a_wrong_old_section_is_told_where_it_is_wrong(old, problem):
    profile, problems = told(f"export:\n  {old}\nzip:")
    assert profile is None
    assert problem in problems


def test_messages_hold_no_value_of_the_section():
    text = "zip:\nflywheel: {subject: {all: CANARY^ALICE, fields: [{name: sex, replace-with: CANARY^ALICE}]}}\n"
    assert len(told(text)[1]) == 2
    assert not any("CANARY" in each for each in told(text)[1])
