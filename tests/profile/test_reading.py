# ruff: noqa: E501  # a row of a table stands on one line

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from pathlib import Path

import pytest

from fw_gear_deid.actions import (
    EMPTY_CELL,
    Hash,
    HashUid,
    IncrementDate,
    IncrementDateTime,
    Jitter,
    Keep,
    Key,
    Occurrence,
    Remove,
    Replace,
    Variable,
)
from fw_gear_deid.actions.coded import ActionCode
from fw_gear_deid.actions.dates import DateJitter
from fw_gear_deid.actions.moments import DicomDateTime, Pattern
from fw_gear_deid.errors import ProfileError
from fw_gear_deid.problems import Mark
from fw_gear_deid.profile import builtin_names, builtin_text, check_text, read_profile, show
from fw_gear_deid.profile.builtin.ps3_15 import is_standard
from fw_gear_deid.profile.model import NONE
from fw_gear_deid.profile.settings import SECTIONS

EXAMPLES = Path(__file__).parent.parent.parent / "example_config" / "profiles"
TODAY = dt.date(2024, 3, 15)
DEIDENTIFYING = [name for name in builtin_names() if name != NONE and not is_standard(name)]

FULL = """\
name: full
description: every form
version: 1
secret-key: top secret
dicom:
  salt: s
  date-increment: -1.5
  datetime-format: "%Y%m%d%H%M%S.%f"
  recurse-sequence: false
  patient-age-units: Y
  uid-method: uuid
  replace-with-insert: false
  on-unparsable: empty
  fields:
    - name: PatientID
    - {name: PatientName, replace-with: "", replace-with-insert: true}
    - {name: "00100030", remove: true}
    - {name: StudyDate, increment-date: true, datetime-min: 19000101, datetime-max: +1years}
    - {name: AcquisitionDateTime, increment-datetime: true, date-increment-override: 0, jitter-date: true, jitter-unit: weeks}
    - {name: PixelSpacing, replace-with: [1, "2"]}
    - {name: PatientWeight, jitter: true, jitter-type: int, jitter-range: 3, jitter-min: 1, jitter-max: 99.5}
    - {regex: ".*Comments", identity: true}
  filenames:
    - output: "{who}_x_{SOPInstanceUID}.dcm"
      input-regex: "(?P<who>[a-z]+)_(?P<day>[0-9]+)"
      groups:
        - {name: who, hash: true}
        - {name: day, increment-date: true, date-format: "%y%m%d"}
    - output: other.dcm
json:
  file-filter: "r!.*[.]json"
  enforce-file-filter: true
  separator: "/"
  hash-method: hmac-sha256
  hash-digits: 0
  fields:
    - {name: a/b/0, hash: true}
    - {name: flag, replace-with: true}
table:
  file-filter: ["*.txt"]
  reader: csv
  delimiter: ";"
zip:
"""


def read(text, **choice):
    profile, problems = check_text(text, **choice)
    assert profile is not None, [problem.located("p") for problem in problems]
    return profile


def only_rule(entry, section="dicom", settings="salt: s"):
    text = f"{section}:\n  {settings}\n  fields:\n    - {{name: other, remove: true}}\n    - {entry}\n"
    return read(text).sections[section].rules[1]


def test_sections_stand_in_the_order_in_which_they_may_own_a_file():
    assert list(read(FULL).sections) == ["zip", "dicom", "json", "table"]
    assert list(SECTIONS) == [
        "zip", "dicom", "nifti", "jpg", "png", "tiff", "xml", "json", "csv", "tsv", "table", "key-value-text-file",
        "filename",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "filters"),
    [
        ("dicom", ("*.dcm", "*.DCM", "*.ima", "*.IMA")),
        ("zip", ("*.zip", "*.ZIP")),
        ("json", ("*.json", "*.JSON")),
        ("csv", ("*.csv", "*.CSV")),
        ("tsv", ("*.tsv", "*.TSV")),
        ("nifti", ("*.nii", "*.nii.gz")),
        ("filename", ("*",)),
    ],
)
@pytest.mark.parametrize("body", ["", " {}"])
def test_an_empty_section_has_every_setting_of_its_table(name, filters, body):
    section = read(f"{name}:{body}", allow_no_deid=True).sections[name]
    assert section.filters == filters
    assert section.enforce_filter is False
    assert set(section.settings) == set(SECTIONS[name].settings) - {
        "fields", "filenames", "file-filter", "alter_pixels",
    }  # fmt: skip
    expected = {
        "date-increment": None, "jitter-range": 2, "jitter-type": "float", "replace-with-insert": True, "salt": None,
        "hash-digits": 16, "uid-prefix-fields": 4, "uid-suffix-fields": 1, "hash-method": "sha256",
        "uid-method": "digits", "on-unparsable": "fail",
        "date-format": "%Y-%m-%d" if name == "json" else "%Y%m%d",
        "datetime-format": "%Y-%m-%d %H:%M:%S" if name == "json" else "%Y%m%d%H%M%S.%f",
    }  # fmt: skip
    assert expected.items() <= section.settings.items()


def test_the_settings_of_each_type_have_their_defaults():
    profile = read("dicom:\nzip:\njson:\ncsv:\ntsv:\nnifti:\n", allow_no_deid=True)
    dicom = profile.sections["dicom"]
    assert [name for name, value in dicom.settings.items() if value is True] == ["replace-with-insert", "decode"]
    assert (dicom.flag("decode"), dicom.text("patient-age-units"), dicom.number("date-increment")) == (True, "", None)
    assert profile.sections["zip"].flag("validate-zip-members")
    assert not profile.sections["zip"].flag("allow-unmatched-files")
    assert not profile.sections["zip"].flag("hash-subdirectories")
    assert profile.sections["json"].text("separator") == "."
    assert [profile.sections[name].text("delimiter") for name in ("csv", "tsv")] == ["", "\t"]
    assert profile.sections["nifti"].text("extensions") == "drop"


@pytest.mark.parametrize(
    ("entry", "action"),
    [
        ("{name: a}", Keep()),
        ("{name: a, keep: true}", Keep()),
        ("{name: a, identity: true}", Keep()),
        ("{name: a, remove: true}", Remove()),
        ("{name: a, replace-with: x}", Replace("x")),
        ("{name: a, replace-with: 5, replace-with-insert: false}", Replace(5, insert=False)),
        ("{name: a, replace-with: 1900-01-01}", Replace("1900-01-01")),
        ("{name: a, replace-with: [a, 5]}", Replace(("a", "5"))),
        ("{name: a, hash: true}", Hash(Key("s"))),
        ("{name: a, hashuid: true}", HashUid(Key("s"))),
        ("{name: a, increment-date: true, date-increment-override: 3}", IncrementDate(3.0)),
        ("{name: a, increment-datetime: true, date-increment-override: 3}", IncrementDateTime(3.0, DicomDateTime())),
        (
            "{name: a, increment-datetime: true, date-increment-override: 3, datetime-format: '%Y%m'}",
            IncrementDateTime(3.0, Pattern("%Y%m", zone=True)),
        ),
        (
            "{name: a, increment-date: true, date-increment-override: 3, jitter-date: true, jitter-range: 4}",
            IncrementDate(3.0, jitter=DateJitter(Key("s"), 4)),
        ),
        ("{name: a, jitter: true}", Jitter(Key("s"))),
        ("{name: a, jitter: true, jitter-range: 3, jitter-type: int}", Jitter(Key("s"), 3.0, whole=True)),
        ("{name: a, jitter: true, jitter-min: 3, jitter-max: 4.5}", Jitter(Key("s"), least=3, most=4.5)),
    ],
)
def test_an_entry_becomes_an_action(entry, action):
    rule = only_rule(entry)
    assert rule.action == action
    assert (rule.name, rule.label, rule.mark) == ("a", "a", Mark(5, 7))


@pytest.mark.parametrize(
    ("settings", "entry", "action"),
    [
        ("hash-digits: 0", "{name: a, hash: true}", Hash(digits=0)),
        ("{salt: s, secret-key: k, hash-method: hmac-sha256}", "{name: a, hash: true}", Hash(Key("s", "k"))),
        ("{uid-prefix-fields: 2, uid-suffix-fields: 0, uid-numeric-name: '1.2'}", "{name: a, hashuid: true}",
         HashUid(prefix=2, suffix=0, root="1.2")),
        ("uid-method: uuid", "{name: a, hashuid: true}", HashUid(uuid=True)),
        ("{jitter-range: 5, jitter-type: int}", "{name: a, jitter: true}", Jitter(half_width=5.0, whole=True)),
        ("{jitter-range: 5, jitter-type: int}", "{name: a, jitter: true, jitter-type: float}", Jitter(half_width=5.0)),
        ("replace-with-insert: false", "{name: a, replace-with: x}", Replace("x", insert=False)),
        ("replace-with-insert: false", "{name: a, replace-with: x, replace-with-insert: true}", Replace("x")),
        ("{date-increment: -7, date-format: '%Y'}", "{name: a, increment-date: true}", IncrementDate(-7.0, Pattern("%Y"))),
        ("{date-increment: 1, on-unparsable: remove}", "{name: a, increment-date: true}",
         IncrementDate(1.0, on_unparsable="remove")),
        ("{date-increment: 1, jitter-range: 99}", "{name: a, increment-date: true, jitter-date: true}",
         IncrementDate(1.0, jitter=DateJitter(Key(), 10))),
    ],
)  # fmt: skip
def test_settings_of_the_section_reach_the_action(settings, entry, action):
    lines = settings.strip("{}").replace(", ", "\n  ")
    assert only_rule(entry, settings=lines).action == action


@pytest.mark.parametrize("section", ["json", "csv", "tsv"])
def test_tables_and_json_spell_missing_values(section):
    settings = "salt: s\n  date-increment: 1"
    for word in ("hash", "hashuid", "jitter", "increment-date"):
        action = only_rule(f"{{name: a, {word}: true}}", section, settings).action
        assert action.missing == EMPTY_CELL
        assert action.apply("n/a", Occurrence("x", "a")) is None


def test_limits_count_from_the_day_that_is_given(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(
        "dicom:\n  fields:\n    - {name: a, increment-date: true, date-increment-override: 0, datetime-min: -1weeks}\n",
        encoding="utf-8",
    )
    action = read_profile(path, today=TODAY).sections["dicom"].rules[0].action
    assert action.apply("20200101", Occurrence("x", "a")) == "20240308"
    assert read_profile(path).sections["dicom"].rules[0].action.limits[0].date() > TODAY


def test_an_entry_that_is_false_is_not_there():
    profile = read("dicom:\n  fields: [{name: a, remove: false}, {name: b, remove: true}]")
    assert [rule.name for rule in profile.sections["dicom"].rules] == ["b"]
    assert len(profile.warnings) == 1


def test_a_regex_rule_is_called_by_its_pattern():
    rule = only_rule("{regex: 'a.*', remove: true}")
    assert (rule.name, rule.regex, rule.label) == ("", re.compile("a.*"), "a.*")


def test_file_names_become_text_and_variables():
    first, second = read(FULL).sections["dicom"].filenames
    assert first.output == (Variable("who"), "_x_", Variable("SOPInstanceUID"), ".dcm")
    assert first.input_regex == re.compile("(?P<who>[a-z]+)_(?P<day>[0-9]+)")
    assert first.groups == {"who": Hash(Key("s")), "day": IncrementDate(-1.5, Pattern("%y%m%d"), on_unparsable="empty")}
    assert (second.output, second.input_regex, dict(second.groups)) == (("other.dcm",), None, {})


def test_the_key_at_the_top_is_for_sections_without_their_own():
    profile = read(FULL)
    assert {name: section.text("secret-key") for name, section in profile.sections.items()} == dict.fromkeys(
        profile.sections, "top secret"
    )
    own = read("secret-key: a\njson:\n  secret-key: b\n")
    assert own.sections["json"].text("secret-key") == "b"


def test_json_and_yaml_say_the_same():
    value = {"name": "x", "dicom": {"salt": "s", "fields": [{"name": "00100020", "hash": True}]}}
    as_yaml = "name: x\ndicom:\n  salt: s\n  fields:\n    - {name: '00100020', hash: true}\n"
    for indent in (None, 2, "\t"):
        assert read(json.dumps(value, indent=indent)) == read(as_yaml)


@pytest.mark.parametrize("number", ["1e1", "1.0E+1", "10", "1e+1"])
def test_numbers_of_json_may_have_exponents(number):
    assert read(f'{{"json": {{"date-increment": {number}}}}}').sections["json"].number("date-increment") == 10


def test_the_digest_names_the_text():
    assert read(FULL).digest == hashlib.sha256(FULL.encode()).hexdigest()
    assert read(FULL.encode()).digest == read(FULL).digest
    assert read(FULL + "# more").digest != read(FULL).digest


INGEST = """\
folder: ignored
de-identify: true
deid-profile: second
deid-profiles:
  - name: first
    dicom: {fields: [{name: PatientID, remove: true}]}
  - name: second
    json: {fields: [{name: PatientID, remove: true}]}
"""


def test_an_ingest_config_names_its_profile_unless_another_is_asked_for():
    assert list(read(INGEST).sections) == ["json"]
    assert read(INGEST, name="first").name == "first"
    assert list(read(INGEST, name="first").sections) == ["dicom"]


@pytest.mark.parametrize(
    ("text", "name", "problem"),
    [
        (INGEST, "third", "4:1: no profile of deid-profiles has the name that is asked for; there are: first, second"),
        (INGEST, "frist", ("4:1: no profile of deid-profiles has the name that is asked for; there are: first, second; "
         "did you mean first?")),
        (INGEST.replace("deid-profile: second\n", ""), "",
         "3:1: deid-profiles holds several profiles; say which one by its name: first, second"),
        ("deid-profiles: {}", "", "1:16: deid-profiles must be a list of profiles"),
        (INGEST.replace("first", "second"), "", "7:5: two profiles have the name that is asked for; give them different names"),
        ("name: x\njson:", "y", "1:1: this file is one profile, not an ingest config, and has another name than is asked for"),
    ],
)  # fmt: skip
def test_an_ingest_config_without_the_profile(text, name, problem):
    profile, problems = check_text(text, "p", name=name)
    assert profile is None
    assert [each.located("p") for each in problems] == [f"p:{problem}"]


def test_the_only_profile_of_an_ingest_config_needs_no_name():
    text = "deid-profiles:\n  - dicom: {fields: [{name: PatientID, remove: true}]}\n"
    assert list(read(text).sections) == ["dicom"]


def test_only_the_chosen_profile_is_checked():
    text = INGEST.replace("dicom: {fields", "dicom: {feilds")
    assert read(text, name="second").name == "second"
    assert check_text(text, name="first")[0] is None


@pytest.mark.parametrize("name", DEIDENTIFYING)
def test_a_builtin_profile_has_no_problem_and_its_own_name(name):
    profile, problems = check_text(builtin_text(name), name)
    assert problems == ()
    assert read_profile(name) == profile
    assert profile.name == name
    assert profile.description


def test_the_builtin_profiles_are_these():
    assert builtin_names() == ("minimal", "none", "penn-bsc-3.0", "penn-bsc-4.0", "ps3.15-basic", "ps3.15-basic-clean")
    with pytest.raises(KeyError):
        builtin_text("../builtin/minimal")


def test_minimal_takes_three_elements_as_far_as_objects_do_without_them():
    rules = read_profile("minimal").sections["dicom"].rules
    assert {rule.name: rule.action.code for rule in rules} == dict.fromkeys(
        ("PatientBirthDate", "PatientName", "PatientID"), "X/Z"
    )


@pytest.mark.parametrize(("name", "emptied", "sequences", "replaced"), [
    ("penn-bsc-3.0", 54, 13, {"DeidentificationMethod": "Penn_BSC_profile_v3.0"}),
    ("penn-bsc-4.0", 55, 14,
     {"PatientSize": 0, "PregnancyStatus": 4, "DeidentificationMethod": "Penn_BSC_profile_v4.0"}),
])  # fmt: skip
def test_penn_profiles_empty_what_is_there_and_set_what_they_set(name, emptied, sequences, replaced):
    section = read_profile(name).sections["dicom"]
    actions = {rule.name: rule.action for rule in section.rules}
    assert sum(action == Replace("", insert=False) for action in actions.values()) == emptied
    removed = [key for key, action in actions.items() if isinstance(action, ActionCode) and action.code == "X/Z"]
    assert len(removed) == sequences
    assert all(key.endswith("Sequence") for key in removed)
    assert {key: action for key, action in actions.items() if action.inserts} == {
        key: Replace(value) for key, value in replaced.items()
    }
    assert len(actions) == len(section.rules) == emptied + sequences + len(replaced)
    assert (section.flag("patient-age-from-birthdate"), section.text("patient-age-units")) == (True, "Y")


def test_a_path_is_read_even_when_its_name_is_that_of_a_builtin(tmp_path):
    path = tmp_path / "minimal"
    path.write_text("name: mine\njson:\n", encoding="utf-8")
    assert read_profile(path).name == "mine"
    assert read_profile(str(path)).name == "mine"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere", "there is no such file, and no built-in profile of that name (minimal, none, penn-bsc-3.0, penn-bsc-4.0, ps3.15-basic, ps3.15-basic-clean)"),
        ("minimall", ("there is no such file, and no built-in profile of that name "
         "(minimal, none, penn-bsc-3.0, penn-bsc-4.0, ps3.15-basic, ps3.15-basic-clean); did you mean minimal?")),
        ("folder", "this is a folder; name the profile's file"),
        ("a\0b", "the file cannot be read: bad name"),
    ],
)  # fmt: skip
def test_a_profile_that_is_not_there(source, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(ProfileError) as caught:
        read_profile(source)
    assert [problem.message for problem in caught.value.problems] == [message]
    assert caught.value.source == source


def test_an_error_carries_the_warnings_too():
    with pytest.raises(ProfileError) as caught:
        read_text_as_file("json:\n  fields: [{name: a, hash: true}, {name: b, hsh: true}]\n")
    assert [problem.severity for problem in caught.value.problems] == ["warning", "error"]


def read_text_as_file(text):
    profile, problems = check_text(text)
    if profile is None:
        raise ProfileError(problems)
    return profile


@pytest.mark.parametrize(
    "text",
    [FULL, *map(builtin_text, DEIDENTIFYING),
     "table:\n  file-filter: 'r!a'\n  reader: csv\n",
     ("json:\n  fields:\n    - {name: '00100020', replace-with: ''}\n    - {name: a, replace-with: 'yes'}\n"
     "    - {name: 'Ä: \"#', replace-with: \"line\\nbreak \\x85 😀\"}\n    - {name: b, replace-with: 0012}\n"),
     "filename:\n  filenames:\n    - output: '{a}'\n      input-regex: '(?P<a>.*)'\n",
     ("json:\ndeid-log: private/log.csv\nmap-subjects: private/subjects.csv\nflywheel:\n  project: {all: true, separator: /}\n"
     "  file: {include-info-header: true, fields: [{name: info.a}, {regex: 'info.b', hash: true}], salt: s}\n")],
)  # fmt: skip
def test_what_is_shown_reads_as_an_equal_profile(text):
    profile = read(text)
    again = read(show(profile))
    assert again == profile
    assert show(again) == show(profile)


def test_what_is_shown_has_no_defaults_and_no_comments():
    text = "# why\nname: x\njson:\n  hash-digits: 16\n  fields:\n  - name: a # this\n    remove: true\n"
    assert show(read(text)) == "name: x\nversion: 1\njson:\n  fields:\n  - name: a\n    remove: true\n"


def test_a_different_rule_makes_a_different_profile():
    assert read(FULL) != read(FULL.replace("hash-digits: 0", "hash-digits: 8"))
    assert read(FULL) != read(FULL.replace("remove: true", "hash: true"))
    assert read(FULL) == read("\n\n" + FULL)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_profiles_of_the_example_read_well(path):
    profile = read_profile(path)
    assert read(show(profile)) == profile


def test_a_hexadecimal_tag_needs_no_quotes():
    profile, problems = check_text("dicom:\n  fields:\n    - {name: 0x00100020, remove: true}\n")
    assert problems == ()
    assert profile is not None
    assert [rule.name for rule in profile.sections["dicom"].rules] == ["0x00100020"]


@pytest.mark.parametrize("written", [r"'\t'", r'"\t"', r"\t"])
def test_a_tab_may_be_written_with_any_quotes(written):
    profile, _ = check_text(f"name: x\ncsv:\n  delimiter: {written}\n  fields: [{{name: a, remove: true}}]\n")
    assert profile.sections["csv"].settings["delimiter"] == "\t"
