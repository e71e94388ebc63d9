"""Keys of a profile that are no file sections, the profile that changes nothing, and ingest configs."""

from __future__ import annotations

import pytest

from fw_gear_deid.profile import builtin_names, builtin_text, check_text, read_profile, show
from fw_gear_deid.profile.builtin.ps3_15 import is_standard
from fw_gear_deid.profile.settings import SECTIONS

RULES = "json:\n  fields: [{name: PatientName, remove: true}]\n"


def told(text, **choice):
    profile, problems = check_text(text, "p", **choice)
    return profile, [problem.located("p").removeprefix("p:") for problem in problems]


def good(text, **choice):
    profile, problems = told(text, **choice)
    assert profile is not None, problems
    return profile


def test_where_the_log_goes_is_read():
    assert good("deid-log: ./deid_log.csv\n" + RULES).deid_log == "./deid_log.csv"
    assert good(RULES).deid_log == ""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("deid-log: s3://canary/alice.csv", "1:11: deid-log is an address; only a file on this computer can be used"),
        ("map-subjects: https://x", "1:15: map-subjects is an address; only a file on this computer can be used"),
        ("map-subjects: ''", "1:15: map-subjects is empty; name a file, or delete the line"),
        ("deid-log: ''", "1:11: deid-log is empty; name a file, or delete the line"),
        ("deid-log: 5", "1:11: deid-log must be text, but this reads as a number; put it in quotes"),
    ],
)
def test_a_place_for_the_log_that_is_none_is_told(line, problem):
    profile, problems = told(f"{line}\ndicom:\n{RULES}")
    assert profile is None
    assert problems == [problem]


def test_a_subject_map_is_read_and_needs_dicom():
    dicom = "dicom: {fields: [{name: PatientName, remove: true}]}\n"
    assert told("map-subjects: a.csv\n" + dicom)[1] == []
    assert good("map-subjects: a.csv\n" + dicom).map_subjects == "a.csv"
    assert told("map-subjects: a.csv\n" + RULES)[1] == [
        "1:1: warning: map-subjects gives labels to DICOM files alone, and there is no dicom section"
    ]


@pytest.mark.parametrize("value", ["true", "false"])
def test_absent_sections_never_act_whatever_only_config_profiles_says(value):
    assert list(good(f"only-config-profiles: {value}\n{RULES}").sections) == ["json"]


def test_a_key_at_the_top_needs_no_dicom_section():
    text = "secret-key: canary\njson:\n  hash-method: hmac-sha256\n  fields: [{name: PatientName, hash: true}]\n"
    assert good(text).sections["json"].settings["secret-key"] == "canary"
    assert good("secret-key: canary\ndicom:\n" + RULES, allow_no_deid=True).sections["dicom"].rules == ()


def test_the_profile_none_is_refused_until_it_is_allowed():
    change = "the profile none changes nothing: files are copied as they are"
    refused = "(refused unless allow_no_deid is true, or --allow-no-deid is given)"
    assert told(builtin_text("none")) == (None, [f"3:1: {change} {refused}"])
    profile, problems = told("name: none", allow_no_deid=True)
    assert problems == [f"1:1: warning: {change}"]
    assert list(profile.sections) == ["filename"]
    assert profile.sections["filename"].filters == SECTIONS["filename"].filters
    assert read_profile("none", allow_no_deid=True) == good(builtin_text("none"), allow_no_deid=True)
    assert good(show(profile), allow_no_deid=True) == profile


@pytest.mark.parametrize("allowed", [True, False])
def test_rules_in_a_profile_named_none_would_do_nothing_in_flywheel_and_are_refused(allowed):
    profile, problems = told("profile: none\n" + RULES, allow_no_deid=allowed)
    assert profile is None
    message = "2:1: in a profile named none nothing takes effect; give the profile another name, or delete its sections"
    assert problems[-1] == message


INGEST = "template: []\nde-identify: true\ndeid-profile: minimal\n"


@pytest.mark.parametrize("listed", ["", "deid-profiles: [{name: mine, json: {}}]\n"])
def test_an_ingest_config_may_name_a_built_in_profile(listed):
    assert good(INGEST + listed).sections == read_profile("minimal").sections


def test_a_profile_of_an_ingest_config_goes_before_a_built_in_one_of_its_name():
    listed = "deid-profiles: [{name: minimal, json: {fields: [{name: a, remove: true}]}}]\n"
    assert list(good(INGEST + listed).sections) == ["json"]


def test_an_ingest_config_without_a_profile_is_told():
    assert told("template: []\nde-identify: true\n") == (
        None,
        ["1:1: this ingest config has no profile; name one with deid-profile"],
    )
    _, (problem,) = told("deid-profile: minimall\n")
    assert problem.endswith("there are: none; did you mean minimal?")


def test_a_config_that_switches_deidentification_off_is_not_heeded():
    text = "de-identify: false\ndeid-profiles: [{name: mine, zip: {}}]\n"
    assert told(text)[1] == ["1:1: warning: de-identify: false is not heeded: here files are always de-identified"]


def test_keys_of_an_ingest_config_have_no_place_in_a_profile():
    message = "de-identify belongs to an ingest config, which holds profiles below deid-profiles; delete this line"
    assert told("de-identify: true\n" + RULES) == (None, [f"1:1: {message}"])


@pytest.mark.parametrize("name", [name for name in builtin_names() if not is_standard(name)])
def test_every_built_in_profile_reads_once_it_is_allowed(name):
    assert read_profile(name, allow_no_deid=True).name == name
