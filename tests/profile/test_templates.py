"""Profiles with ``{{ NAME }}``: filled after YAML is read, as data, with the type that each place asks for."""

# ruff: noqa: E501  # a row of a table is one case

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_deid.actions import Hash, Remove, Replace
from fw_gear_deid.formats.compiling import objections
from fw_gear_deid.profile import Variables, show
from fw_gear_deid.profile.checking import Choice
from fw_gear_deid.profile.draft import Draft
from fw_gear_deid.profile.templates.mapping import read_mapping

PROFILE = """\
name: study {{ SITE }}
description: 'for {{ subject.label }}'
dicom:
  date-increment: {{ DATE_SHIFT }}
  salt: "{{ SALT }}"
  recurse-sequence: "{{ DEEP }}"
  fields:
    - {name: PatientID, replace-with: {{ ID }}}
    - name: PatientName
      replace-with: sub-{{ ID }}
    - {name: PatientComments, remove: "{{ FLAG }}"}
    - {name: StudyDate, increment-date: true, date-increment-override: "{{ DATE_SHIFT | int * 7 }}"}
    - {name: "{{ KEYWORD }}", hash: true}
  filenames:
    - output: "{{ ID }}_{Modality}.dcm"
json:
  hash-digits: {{ DIGITS }}
  file-filter: ["{{ ID }}*.json"]
  fields:
    - {name: "info.{{ ID }}", replace-with: {{ ID }}}
"""
ROW = {
    "DATE_SHIFT": "-35", "SALT": "s", "DEEP": "FALSE", "ID": "001", "FLAG": "yes", "KEYWORD": "PatientAddress",
    "DIGITS": "8",
}  # fmt: skip


def checked(text, row=None, **containers):
    draft = Draft.of(text, Choice("p"))
    profile, problems = draft.checked(Variables(row, containers), objections)
    return profile, [problem.located("p").removeprefix("p:") for problem in problems]


def filled(text, row=None, **containers):
    profile, problems = checked(text, row, **containers)
    assert profile is not None, problems
    return profile


def problems(text, row=None, **containers):
    profile, told = checked(text, row, **containers)
    assert profile is None
    return told


def test_the_place_decides_the_type_of_a_value():
    profile = filled(PROFILE, ROW)
    dicom, json = profile.sections["dicom"], profile.sections["json"]
    assert dicom.settings["date-increment"] == -35
    assert isinstance(dicom.settings["date-increment"], int)
    assert (dicom.settings["salt"], dicom.settings["recurse-sequence"]) == ("s", False)
    number, name, comments, date, hashed = (rule.action for rule in dicom.rules)
    assert [each.value for each in (number, name) if isinstance(each, Replace)] == ["001", "sub-001"]
    assert isinstance(comments, Remove)
    assert date.days == -245
    assert isinstance(hashed, Hash)
    assert dicom.rules[4].name == "PatientAddress"
    assert dicom.filenames[0].output[0] == "001_"
    assert json.settings["hash-digits"] == 8
    assert (json.filters, json.rules[0].name, json.rules[0].action.value) == (("001*.json",), "info.001", "001")


@pytest.mark.parametrize(
    ("cell", "number"),
    [("-35", -35), (" +7 ", 7), ("007", 7), ("-35.0", -35), ("1.5", 1.5), ("1e1", 10), ("-.5", None), ("0x10", None)],
)
@pytest.mark.parametrize("template", ["{{ N }}", '"{{ N }}"', "'{{N}}'", "{{ subject.info.n }}"])
def test_numbers_are_read_as_a_spreadsheet_writes_them(cell, number, template):
    text = f"dicom:\n  date-increment: {template}\n  fields: [{{name: StudyDate, increment-date: true}}]\n"
    profile, told = checked(text, {"N": cell, "subject.info.n": cell})
    if number is None:
        name = "N" if "N" in template else "subject.info.n"
        assert told[0] == f"2:19: date-increment must be a number, or the word subject (filled from {name})"
    else:
        assert profile.sections["dicom"].settings["date-increment"] == number
        assert profile.sections["dicom"].rules[0].action.days == number


@pytest.mark.parametrize(
    ("flag", "acts"), [("true", True), ("TRUE", True), (" Yes ", True), ("on", True), ("False", False), ("no", False)]
)
def test_a_flag_switches_a_rule_on_and_off(flag, acts):
    text = "dicom:\n  fields:\n    - {name: PatientID, remove: true}\n    - {name: PatientName, remove: {{ FLAG }}}\n"
    profile = filled(text, {"FLAG": flag})
    assert len(profile.sections["dicom"].rules) == 1 + acts
    assert profile.warnings == ()


@pytest.mark.parametrize("flag", ["1", "x", "wahr"])
def test_a_flag_that_is_neither_true_nor_false_is_an_error(flag):
    told = problems("json:\n  fields: [{name: a, remove: '{{ FLAG }}'}]\n", {"FLAG": flag})
    assert told == ["2:30: remove must be true, or the entry left out (filled from FLAG)"]


def test_containers_have_labels_and_metadata():
    text = "json:\n  fields:\n" + "".join(
        f"    - {{name: f{n}, replace-with: '{{{{ {name} }}}}'}}\n"
        for n, name in enumerate(["subject.label", "session.info.visit", "project.info.pi.site", "subject.age"])
    )
    profile = filled(
        text,
        {"subject.label": "S1", "subject.age": "40"},
        subject={"label": "S1", "age": 41},
        session={"info": {"visit": 3}},
        project={"info": {"pi": {"site": "x"}}},
    )
    assert [rule.action.value for rule in profile.sections["json"].rules] == ["S1", "3", "x", "40"]


def test_an_empty_cell_does_not_let_the_metadata_through():
    text = "json:\n  fields: [{name: a, replace-with: '{{ subject.code }}'}]\n"
    assert problems(text, {"subject.code": " "}, subject={"code": "CANARY"}) == [
        "2:36: there is no value for subject.code: its cell in the mapping is empty; fill it, or write {{ subject.code | default('') }} if it may be"
    ]


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("SHIFT", None, "give a mapping with a column of this name (--mapping on the command line, mapping_csv in the gear)"),
        ("SHIFT", {"SHFT": "1"}, "the mapping has no column of this name; did you mean SHFT?"),
        ("SHIFT", {"X": "1"}, "the mapping has no column of this name"),
        ("subject.label", None, "the subject is not known here; on the command line, give --subject"),
        ("session.label", {"subject.label": "x"}, "the session is not known here; on the command line, give --session"),
        ("subject.sex", {"SHIFT": "1"}, "metadata of the subject is not at hand; add a column subject.sex to the mapping"),
        ("project.info.a", None, "metadata of the project is not at hand; add a column project.info.a to the mapping"),
    ],
)  # fmt: skip
def test_a_value_that_is_missing_is_told_with_its_place_and_what_to_do(name, row, why):
    text = f"name: x\njson:\n  salt: s\n  fields:\n    - name: a\n      replace-with: x{{{{ {name} }}}}\n"
    assert problems(text, row) == [f"6:21: there is no value for {name}: {why}"]


def test_every_problem_is_told_at_once_in_the_order_of_the_lines():
    text = PROFILE.replace("json:", "jsn:").replace("{{ FLAG }}", "{{ FLAG")
    places = [each.split(": ", 1)[0] for each in problems(text, {"ID": "1"})]
    assert places == ["4:19", "5:9", "6:21", "11:39", "12:72", "13:14", "16:1", "17:16"]


AWKWARD = [
    "{{ OTHER }}", "{% raw %}", "'", '"', "a: b", "- a", "[x", "{y: z}", "# c", "*x", "&a", "!!python/object:os.system",
    "true", "null", "~", "2020-01-01", "0x10", "1_000", "12:30", "\n---\n", "a\nb: c\n", "\\", "%", "@", "`", "<<", " x ",
    "ümläut", "=", "?",
]  # fmt: skip


def shape(profile):
    """Return what a profile does, without the one text that was filled in."""
    return yaml.safe_load(show(profile))


@settings(deadline=None)
@given(st.sampled_from(AWKWARD) | st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip))
def test_a_value_never_changes_the_structure_of_a_profile(value):
    text = "json:\n  salt: s\n  fields:\n    - {name: a, replace-with: %s}\n    - {name: b, hash: true}\n"
    plain = shape(filled(text % "MARK"))
    for template in ("{{ V }}", "'{{ V }}'", '"{{ V }}"'):
        profile = filled(text % template, {"V": value})
        assert profile.sections["json"].rules[0].action.value == value
        assert profile.sections["json"].rules[1:] == filled(text % "MARK").sections["json"].rules[1:]
        plain["json"]["fields"][0]["replace-with"] = value
        assert show(profile) == yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)


def test_a_value_that_names_a_field_does_not_get_it_into_a_file_name():
    text = "dicom:\n  fields: [{name: PatientID, remove: true}]\n  filenames:\n    - output: 'x{{ ID }}_{Modality}'\n"
    assert filled(text, {"ID": "7"}).sections["dicom"].filenames[0].output[0] == "x7_"
    assert len(problems(text, {"ID": "{PatientName}"})) == 1


CANARIES = ["Canary^Zebra", "ZEBRA-1907", "(?P<Zebra>x)(?P<Zebra>y)", "%q Zebra", "[Zebra", "Zebra{", "Zebra\nCanary"]


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize(
    "setting",
    [
        "date-increment: {{ V }}", "remove-private-tags: '{{ V }}'", "date-format: '{{ V }}'", "hash-digits: {{ V }}",
        "uid-numeric-name: '{{ V }}'", "jitter-type: '{{ V }}'", "uid-method: '{{ V }}'", "fields: '{{ V }}'",
        "file-filter: 'r!{{ V }}('", "fields: [{name: '{{ V }}', remove: true}]", "fields: ['{{ V }}']",
        "fields: [{regex: '({{ V }}', remove: true}]", "fields: [{name: PatientBirthDate, replace-with: '{{ V }}'}]",
        "fields: [{name: PatientID, remove: '{{ V }}'}]", "fields: [{name: StudyDate, increment-date: '{{ V }}'}]",
        "fields: [{name: PatientWeight, jitter: true, jitter-range: '{{ V }}'}]",
        "filenames: [{output: '{{ V }}{x y}'}]",
        "filenames: [{output: 'a', input-regex: '({{ V }}'}]",
        "filenames: [{output: 'a', input-regex: '(?P<x>.)', groups: [{name: '{{ V }}', hash: true}]}]",
    ],
)  # fmt: skip
def test_no_message_repeats_a_value(setting, canary):
    text = f"dicom:\n  {setting}\n" + ("" if "fields" in setting else "  fields: [{name: PatientID, hash: true}]\n")
    for said in checked(text, {"V": canary})[1]:
        assert "zebra" not in said.lower()
        assert "canary" not in said.lower()
        assert "1907" not in said


def test_rules_and_profiles_are_called_by_their_templates_in_reports():
    profile = filled(PROFILE, ROW)
    assert profile.name == "study {{ SITE }}"
    assert profile.description == "for {{ subject.label }}"
    labels = [rule.label for section in profile.sections.values() for rule in section.rules]
    assert labels == ["PatientID", "PatientName", "PatientComments", "StudyDate", "{{ KEYWORD }}", "info.{{ ID }}"]


def test_the_digest_is_of_the_text_alone_and_the_filling_tells_subjects_apart():
    first, second = filled(PROFILE, ROW), filled(PROFILE, ROW | {"ID": "002"})
    assert first.digest == second.digest == Draft.of(PROFILE, Choice()).digest
    assert first.filling != second.filling
    assert first.filling == filled(PROFILE, ROW).filling
    assert filled("json:\n  fields: [{name: a, remove: true}]\n").filling == ""


def test_a_draft_tells_what_its_templates_ask_for():
    names = Draft.of(PROFILE, Choice()).names
    assert names == ("DATE_SHIFT", "SALT", "DEEP", "ID", "FLAG", "KEYWORD", "DIGITS")
    assert Draft.of("json:", Choice()).names == ()


def test_without_values_the_rest_of_a_profile_is_still_checked():
    assert Draft.of(PROFILE, Choice("p")).checked(None, objections)[1] == ()
    wrong = PROFILE.replace("replace-with: sub-", "replace-wth: sub-").replace(
        "increment-date: true", "increment-dat: 1"
    )
    told = Draft.of(wrong, Choice("p")).checked(None, objections)[1]
    assert [problem.mark.line for problem in told] == [10, 12, 12]


@pytest.mark.parametrize(
    "text",
    [
        "dicom:\n  remove-undefined: {{ A }}\n  fields: [{name: StudyDate, increment-date: {{ A }}}]\n  date-increment: {{ A }}\n",
        "dicom:\n  uid-numeric-name: '{{ A }}'\n  fields: [{regex: '.*{{ A }}', replace-with: '{{ A }}', replace-with-insert: '{{ A }}'}]\n",
        "dicom:\n  fields: [{name: PatientBirthDate, replace-with: ['{{ A }}', b]}, {name: '(0029, \"{{ A }}\", 10)', keep: '{{ A }}'}]\n  remove-private-tags: true\n",
        "dicom:\n  salt: s\n  jitter-range: '{{ A }}'\n  fields: [{name: PatientWeight, jitter: true, jitter-type: '{{ A }}', jitter-min: '{{ A }}'}]\n",
        "zip:\n  fields: [{name: '{{ A }}', remove: true}]\n",
        "table:\n  file-filter: '{{ A }}'\n  reader: '{{ A }}'\n  delimiter: '{{ A }}'\n  salt: '{{ A }}'\n  fields: [{name: '{{ A }}', hash: true}]\n",
        "dicom:\n  fields: [{name: StudyDate, increment-date: true, date-format: '{{ A }}', datetime-min: '{{ A }}'}]\n  date-increment: 1\n",
        "dicom:\n  fields: [{name: PatientID, remove: true}]\n  filenames:\n    - output: '{{ A }}{x}'\n      input-regex: '^{{ A }}_(?P<x>.*)'\n      groups: [{name: x, hash: '{{ A }}'}]\n  salt: s\n",
        "json:\n  secret-key: '{{ A }}'\n  fields: [{name: a, encrypt: true, force-nonce: '{{ A }}'}]\n",
        "secret-key: '{{ A }}'\ndicom:\n  retain: '{{ A }}'\n  fields: [{name: PatientID, encrypt: '{{ A }}'}]\n",
        "dicom:\n  asymmetric-encryption: true\n  public-key: ['{{ A }}']\n  fields: [{name: PatientID, encrypt: true}]\n",
        "dicom:\n  salt: s\n  fields:\n    - name: PatientID\n      regex-sub: [{input-regex: '{{ A }}_(?P<x>.*)', output: '{{ A }}-{x}', groups: [{name: x, hash: '{{ A }}'}]}]\n",
        "key-value-text-file:\n  delimiter: '{{ A }}'\n  encoding: '{{ A }}'\n  fields: [{name: a, remove: '{{ A }}'}]\n",
        "key-value-text-file:\n  delimiter: '[{{ A }}[]('\n  file-filter: ['r!(?<={{ A }}*)', '*.mhd']\n  fields: [{name: a, remove: true}]\n",
        "xml:\n  fields: [{name: '{{ A }}', remove: true}]\ntiff:\n  fields: [{name: '{{ A }}', replace-with: '{{ A }}'}]\n",
        "dicom:\n  alter_pixels: {pixels: [{when: 'contains Modality {{ A }}', remove: [0, 0, '{{ A }}', 5]}]}\n  fields: [{name: PatientID, remove: true}]\n",
        "secret-key: '{{ A }}'\njson:\n  hash-method: hmac-sha256\n  separator: '{{ A }}'\n  fields: [{name: a, hash: true}]\n",
    ],
)  # fmt: skip
def test_templates_in_any_place_are_taken_to_be_right_while_there_are_no_values(text):
    told = Draft.of(text, Choice("p")).checked(None, objections)[1]
    assert [problem.located("p") for problem in told] == []


@pytest.mark.parametrize(
    ("text", "place"),
    [("dicom: {{ A }}", "1:8"), ("json:\n  fields: {{ A }}", "2:11"), ("json:\n  fields: ['{{ A }}']", "2:12")],
)
def test_a_template_gives_a_value_and_no_structure(text, place):
    for variables in (None, Variables({"A": "[]"})):
        told = Draft.of(text, Choice("p")).checked(variables, objections)[1]
        assert [problem.located("p").split(": ")[0] for problem in told] == [f"p:{place}"]


@pytest.mark.parametrize("text", ["json:\n  salt: {{ A }}-x\n", "json:\n  salt: {{ 'a' if B else 'c' }}\n"])
def test_a_template_that_yaml_cannot_read_without_quotes_is_told_so(text):
    (told,) = problems(text)
    assert told.startswith("2:")
    assert told.endswith("; put a text with {{ … }} in it in quotes")


def test_statements_and_comments_of_yaml():
    assert problems("json:\n  salt: '{% if A %}x{% endif %}'\n", {"A": "x"})[0].startswith("2:9: a template may hold ")
    profile = filled("json:\n  # {{ NOT ASKED FOR }}\n  fields: [{name: a, remove: true}]  # {{ NOR THIS }}\n")
    assert len(profile.sections["json"].rules) == 1


def test_anchors_are_filled_wherever_they_are_used():
    text = "json:\n  salt: &a {{ ID }}\n  fields: [{name: a, replace-with: *a}]\ncsv:\n  fields: [{name: b, replace-with: *a}]\n"
    profile = filled(text, {"ID": "001"})
    assert [section.rules[0].action.value for section in profile.sections.values()] == ["001", "001"]


def test_all_filled_texts_together_have_a_largest_size():
    rules = "".join(f"    - {{name: f{n}, replace-with: '{{{{ V }}}}'}}\n" for n in range(70))
    told = problems("json:\n  fields:\n" + rules, {"V": "x" * 60000})
    assert told == ["72:33: the filled profile is larger than 4 MiB (V)"]


def test_the_example_of_the_documentation_works(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "profile.md").read_text(encoding="utf-8")
    section = page.split("## Values for each subject\n")[1]
    profile, mapping = (section.split(f"```{kind}\n")[1].split("```")[0] for kind in ("yaml", "csv"))
    path = tmp_path / "mapping.csv"
    path.write_text(mapping, encoding="utf-8")
    table = read_mapping(path)
    assert table.unused(Draft.of(profile, Choice()).names) == ()
    first, second = (
        filled(profile, table.row({"subject.label": label}).cells).sections["dicom"].rules for label in ("S01", "S02")
    )
    assert [rule.action.key for rule in first] == ["increment-date", "replace-with", "remove"]
    assert [rule.action.key for rule in second] == ["increment-date", "replace-with"]
    assert (first[0].action.days, first[1].action.value, second[1].action.value) == (-35, "sub-001", "sub-002")


def test_a_value_adds_no_field_to_regex_sub_and_no_condition_to_pixels():
    sub = "dicom:\n  fields:\n    - {name: PatientID, regex-sub: [{input-regex: '(?P<x>.*)', output: '{{ V }}{x}'}]}\n"
    assert filled(sub, {"V": "7"})
    assert problems(sub, {"V": "{PatientName}"})[0].startswith("3:")
    pixels = "dicom:\n  fields: [{name: PatientID, remove: true}]\n  alter_pixels: {pixels: [{when: 'contains Modality {{ V }}', remove: [0, 0, '{{ W }}', 5]}]}\n"
    assert filled(pixels, {"V": "US", "W": "9"}).sections["dicom"].pixels.written["pixels"] == [
        {"when": "contains Modality US", "remove": [[0, 0, 9, 5]]}
    ]
    assert problems(pixels, {"V": "US + equals Rows 9", "W": "9"})[0].startswith("3:")


@pytest.mark.parametrize("key", ["deid-log", "map-subjects"])
def test_files_that_messages_name_are_not_named_by_templates(key):
    text = f"{key}: '{{{{ A }}}}'\ndicom:\n  fields: [{{name: PatientID, remove: true}}]\n"
    assert [each.split(": ")[1] for each in problems(text, {"A": "x"})] == [
        f"{key} cannot be a template; name the file (filled from A)"
    ]


def test_an_encoding_that_is_not_known_is_told():
    text = "key-value-text-file:\n  delimiter: '='\n  encoding: no-such\n  fields: [{name: a, remove: true}]\n"
    assert problems(text) == ["3:3: this encoding is not known; write one such as utf-8, latin-1, cp1252"]
