"""What ``validate`` warns of: allowed, but seldom meant. Each warning says what to do."""

# ruff: noqa: E501  # a row of a table is what is odd and what is said of it

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fw_gear_deid.formats.compiling import check_profile
from fw_gear_deid.formats.reaching import covers
from fw_gear_deid.profile import builtin_names, builtin_text
from fw_gear_deid.profile.builtin.ps3_15 import is_standard


def warnings(text):
    """Return what is told of a profile, each without the name of the source."""
    return [problem.located("p").removeprefix("p:").replace("warning: ", "") for problem in check_profile(text, "p")]


def dicom(*entries, settings=""):
    """Return a profile whose entries stand in lines 4, 5, …; settings make the section's line 2."""
    head = f"dicom:\n  {settings or 'decode: true'}\n  fields:\n"
    return head + "".join(f"    - {entry}\n" for entry in entries)


REMOVE = "{name: PatientName, remove: true}"
DELETE = "; add one, or delete the line"
SETTINGS = [
    ("date-increment: 3", f"date-increment has no effect: no entry of this section has increment-date or increment-datetime{DELETE}"),
    ("date-format: '%Y'", f"date-format has no effect: no entry of this section has increment-date{DELETE}"),
    ("on-unparsable: remove", f"on-unparsable has no effect: no entry of this section has increment-date or increment-datetime{DELETE}"),
    ("jitter-range: 3", f"jitter-range has no effect: no entry of this section has jitter{DELETE}"),
    ("replace-with-insert: false", f"replace-with-insert has no effect: no entry of this section has replace-with{DELETE}"),
    ("hash-digits: 8", f"hash-digits has no effect: no entry of this section has hash{DELETE}"),
    ("uid-suffix-fields: 0", f"uid-suffix-fields has no effect: no entry of this section has hashuid or action-code{DELETE}"),
    ("uid-method: uuid", f"uid-method has no effect: no entry of this section has hashuid or action-code{DELETE}"),
    ("patient-age-units: Y", "patient-age-units has no effect without patient-age-from-birthdate: true; add it, or delete the line"),
    ("cap-age: true", "cap-age has no effect without patient-age-from-birthdate: true; add it, or delete the line"),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "message"), SETTINGS)
def test_a_setting_that_nothing_reads(setting, message):
    assert warnings(dicom(REMOVE, settings=setting)) == [f"2:3: {message}"]


@pytest.mark.parametrize(
    ("setting", "entry"),
    [
        ("date-increment: 3", "{name: StudyDate, increment-date: true}"),
        ("date-increment: 3", "{name: AcquisitionDateTime, increment-datetime: true}"),
        ("replace-with-insert: false", "{name: PatientName, replace-with: ANON}"),
        ("salt: s", REMOVE),
        ("cap-age: false", REMOVE),
        ("patient-age-from-birthdate: true", REMOVE),
    ],
)
def test_a_setting_that_is_read_or_harms_nobody(setting, entry):
    assert warnings(dicom(entry, settings=setting)) == []


def test_a_setting_that_a_group_of_a_file_name_reads():
    text = (
        "filename:\n  date-increment: 3\n  filenames:\n"
        "    - {input-regex: '(?P<day>\\d+)', output: '{day}', groups: [{name: day, increment-date: true}]}\n"
    )
    assert warnings(text) == []


@pytest.mark.parametrize("increment", ["date-increment: 0", "date-increment: 3", "date-increment: -0.0"])
def test_an_increment_of_nothing(increment):
    override = ", date-increment-override: 0" if increment.endswith("3") else ""
    assert warnings(dicom(f"{{name: StudyDate, increment-date: true{override}}}", settings=increment)) == [
        "4:7: dates move by no time here, and stay as they are; write another increment, or keep"
    ]


@pytest.mark.parametrize("options", ["jitter-date: true, jitter-range: 3", "datetime-max: -89years"])
def test_an_increment_of_nothing_beside_something_that_moves_dates(options):
    entry = f"{{name: StudyDate, increment-date: true, {options}}}"
    assert warnings(dicom(entry, settings="salt: s, date-increment: 0".replace(", ", "\n  "))) == []


def test_limits_the_wrong_way_round():
    entry = "{name: StudyDate, increment-date: true, datetime-min: '20200101', datetime-max: '20190101'}"
    assert warnings(dicom(entry, settings="date-increment: 3")) == [
        "4:7: datetime-min is after datetime-max, so every date becomes datetime-max; change one"
    ]


@pytest.mark.parametrize(
    ("section", "hint"),
    [
        ("filename: {file-filter: '*.bval'}", "filenames"),
        ("json: {}", "fields"),
        ("csv: {fields: [{name: id, keep: true}]}", "fields"),
        ("nifti: {extensions: keep}", "fields"),
        ("jpg: {remove-gps: false}", "fields"),
    ],
)
def test_a_section_that_copies_files_as_they_are(section, hint):
    name = section.partition(":")[0]
    (told,) = warnings(section + "\n")
    assert told.startswith(f"1:1: the {name} section changes nothing: its files are copied as they are; add {hint}, or")


@pytest.mark.parametrize(
    "section",
    [
        "zip: {}",
        "nifti: {}",
        "jpg: {}",
        "png: {remove-private-chunks: true}",
        "tiff: {remove-private-tags: true}",
        "filename: {filenames: [{input-regex: 'x(?P<run>[0-9]+)[.]bval', output: 'y{run}.bval'}]}",
    ],
)
def test_a_section_that_changes_files_without_fields(section):
    assert not [told for told in warnings(section + "\n") if "changes nothing" in told]


FORMATS = [
    ("%m%d", "without a year a date cannot be moved past the end of its year, and 29 February is no date; add %Y"),
    ("%Y-%M-%d", "%M is minutes; a month is %m"),
    ("%Y-%d", "days without a month are taken for days of January; add %m"),
    ("%Y%m%d %I:%M", "%I is an hour of twelve, and without %p nobody knows which half of the day is meant; write %H"),
]


@pytest.mark.parametrize(("written", "why"), FORMATS)
def test_a_date_format_that_cannot_be_meant(written, why):
    entry = "{name: StudyDate, increment-date: true, date-format: '" + written + "'}"
    assert [each.split(": ", 1)[1] for each in warnings(dicom(entry, settings="date-increment: 3"))] == [
        f"date-format: {why}"
    ]


@pytest.mark.parametrize(
    "written", ["%Y%m%d", "%d/%m/%y", "%Y", "%Y-%m", "%Y-%j", "%c", "%d %b %Y %I:%M %p", "timestamp"]
)
def test_an_ordinary_date_format(written):
    entry = "{name: PatientComments, increment-date: true, date-format: '" + written + "'}"
    assert warnings(dicom(entry, settings="date-increment: 3")) == []


TWICE = [
    ("{name: PatientName, remove: true}", "{name: PatientName, remove: true}", "this entry never acts: line 4 removes the field"),
    ("{name: PatientName, remove: true}", "{name: '00100010', replace-with: A, replace-with-insert: false}", "this entry never acts: line 4 removes the field"),
    ("{name: patientname, remove: true}", "{name: '(0010, 0010)', remove: true}", "this entry never acts: line 4 removes the field"),
    ("{name: PatientID, replace-with: A}", "{name: PatientID, replace-with: B}", "line 4 acts on this field, too, and both act one after the other"),
    ("{name: PatientID, remove: true}", "{name: PatientID, replace-with: B}", "line 4 acts on this field, too, and both act one after the other"),
    ("{name: PatientID, remove: true}", "{name: PatientID}", "keep has no effect beside the other entry for this field in line 4"),
    ("{name: 50xx0010, remove: true}", "{name: '50020010', remove: true}", "this entry never acts: line 4 removes the field"),
    ('{name: \'(0029, "SYNTH", 10)\', remove: true}', "{name: \"(0029,'SYNTH',0x10)\", remove: true}", "this entry never acts: line 4 removes the field"),
    ("{name: OtherPatientIDsSequence.0.PatientID, remove: true}", "{name: 00101002.0.00100020, remove: true}", "this entry never acts: line 4 removes the field"),
    ("{regex: .*Name, remove: true}", "{regex: .*Name, remove: true}", "this entry never acts: line 4 removes the field"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "why"), TWICE)
def test_two_entries_for_one_element(one, other, why):
    (told,) = warnings(dicom(one, other))
    place, label, message = told.split(": ", 2)
    assert place == "5:7"
    assert f"{label}: {message}".endswith(f": {why}; delete one of them")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{name: OtherPatientIDsSequence.0.PatientID, remove: true}", "{name: OtherPatientIDsSequence.1.PatientID, remove: true}"),
        ("{name: PatientID, remove: true}", "{name: OtherPatientIDsSequence.0.PatientID, remove: true}"),
        ("{name: 50xx0010, remove: true}", "{name: 60xx0010, remove: true}"),
        ('{name: \'(0029, "SYNTH", 10)\', remove: true}', '{name: \'(0029, "ZEBRA", 10)\', remove: true}'),
        ("{regex: .*Name, remove: true}", "{name: PatientName, replace-with: ANON}"),
    ],
)  # fmt: skip
def test_two_entries_for_two_elements(one, other):
    assert warnings(dicom(one, other)) == []


def test_two_entries_for_one_column_or_path():
    text = "csv:\n  fields:\n    - {name: id, remove: true}\n    - {name: id, remove: true}\n"
    assert warnings(text) == ["4:7: id: this entry never acts: line 3 removes the field; delete one of them"]


def test_an_element_inside_a_sequence_that_is_removed():
    text = dicom(
        "{name: OtherPatientIDsSequence, remove: true}", "{name: OtherPatientIDsSequence.*.PatientID, remove: true}"
    )
    assert warnings(text) == [
        "5:7: OtherPatientIDsSequence.*.PatientID: this entry never acts: line 4 removes the sequence; delete it"
    ]


def test_an_element_that_cannot_be_created_where_it_is_missing():
    entry = "{name: '(0029, \"SYNTH\", 10)', replace-with: ''%s}"
    (told,) = warnings(dicom(entry % ""))
    assert told.endswith(
        "in no dictionary, so files without it are withheld; to leave them as they are add replace-with-insert: false"
    )
    assert warnings(dicom(entry % ", replace-with-insert: false")) == []
    assert warnings(dicom("{name: '(0029, \"SIEMENS CSA HEADER\", 08)', replace-with: ''}")) == []


def test_a_private_element_by_number_where_private_elements_go():
    text = dicom("{name: '(0029, 1010)'}", "{name: '(0029, \"SYNTH\", 10)'}", settings="remove-private-tags: true")
    (told,) = warnings(text)
    assert told.startswith("4:7: (0029, 1010): this entry never acts: remove-private-tags removes private elements")


@pytest.mark.parametrize(
    "text",
    [dicom(REMOVE, "{name: SeriesDescription, keep: true}"), dicom(REMOVE, "{name: '(0029, 1010)', remove: true}")],
)
def test_an_entry_that_says_what_was_looked_at_is_no_mistake(text):
    assert warnings(text) == []


MISFITS = [
    ("{name: StudyTime, increment-date: true}", "an element of TM holds a time of day without its date, and files that have it are withheld; use another action"),
    ("{name: PatientName, increment-date: true}", "an element of PN holds no date, and files that have it are withheld; use another action"),
    ("{name: AcquisitionDateTime, increment-date: true}", "an element of DT holds a date with a time of day; use increment-datetime"),
    ("{name: PatientWeight, hash: true}", "a hash is no number, so files that have this element (DS) are withheld; remove or replace it"),
    ("{name: PatientSex, hash: true}", "a hash of 16 digits is no value of CS (at most 16 capital letters, digits, blanks and _); use another action"),
    ("{name: PatientBirthDate, hash: true}", "a hash of 16 digits is no value of DA (YYYYMMDD); use another action"),
    ("{name: PatientID, hashuid: true}", "an element of LO holds no UID, and files in which it is none are withheld; use hash"),
    ("{name: PatientComments, jitter: true}", "an element of LT holds no number, and files in which it is none are withheld; use another action"),
    ("{name: PatientAge, jitter: true}", "an element of AS holds no number, and files in which it is none are withheld; use another action"),
    ("{name: PatientSex, replace-with: o}", "the value is none that DICOM allows for CS (at most 16 capital letters, digits, blanks and _); write another one"),
    ("{name: StationName, replace-with: the name of no station}", "the value is none that DICOM allows for SH (at most 16 characters); write another one"),
    ("{name: PatientBirthDate, replace-with: '1900'}", "the value is none that DICOM allows for DA (YYYYMMDD); write another one"),
    ("{name: PatientAge, replace-with: '37'}", "the value is none that DICOM allows for AS (three digits and D, W, M or Y: 037Y); write another one"),
    ("{name: ImageType, replace-with: [DERIVED, primary]}", "the value is none that DICOM allows for CS (at most 16 capital letters, digits, blanks and _); write another one"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "why"), MISFITS)
def test_an_action_that_does_not_go_with_the_element(entry, why):
    settings = "date-increment: 3" if "increment" in entry else "uid-suffix-fields: 0" if "hashuid" in entry else ""
    found = [each for each in warnings(dicom(entry, settings=settings)) if "salt" not in each]
    assert [each.split(": ", 2)[2] for each in found] == [why]


@pytest.mark.parametrize(
    "entry",
    [
        "{name: PatientID, hash: true}",
        "{name: AccessionNumber, hash: true}",
        "{name: PatientWeight, jitter: true}",
        "{name: '(0029, \"SYNTH\", 10)', hash: true}",
        "{name: '(0029, \"SYNTH\", 10)', increment-date: true, date-increment-override: 3}",
        "{name: AcquisitionDateTime, increment-date: true, date-increment-override: 3, date-format: '%Y%m%d%H%M%S'}",
        "{name: PatientBirthDate, replace-with: ''}",
        "{name: PatientBirthDate, replace-with: '19000101'}",
        "{name: PatientSize, replace-with: 0}",
        "{name: ImageType, replace-with: [DERIVED, PRIMARY]}",
        "{name: PatientSex, replace-with: O}",
    ],
)
def test_an_action_that_goes_with_the_element(entry):
    assert warnings(dicom(entry, settings="salt: s")) == []


@pytest.mark.parametrize("regex", ["(0010,0010)", ".*Patient Name", "Private/.*"])
def test_an_expression_that_no_path_matches(regex):
    (told,) = warnings(dicom(f"{{regex: '{regex}', remove: true}}"))
    assert "this expression never matches: no path of an element has" in told


def test_an_expression_with_a_group_that_nothing_takes_up():
    (told,) = warnings(dicom("{regex: '.*(?P<who>Physician|Patient)Name', remove: true}"))
    assert told.endswith("the group who of regex has no effect: nothing takes it up; write (?:…) in place of it")


def test_a_group_of_a_substitution_that_its_output_does_not_have():
    entry = "{name: StudyDescription, regex-sub: [{input-regex: '(?P<who>[a-z]+)-(?P<what>.*)', output: '{what}'}]}"
    (told,) = warnings(dicom(entry))
    assert told.endswith(
        "the group who of input-regex has no effect: output does not have it; write (?:…) in place of it"
    )


def test_a_setting_that_a_group_of_a_substitution_reads():
    entry = (
        "{name: StudyDescription, regex-sub: [{input-regex: '(?P<day>\\d{8})', output: '{day}', "
        "groups: [{name: day, increment-date: true}]}]}"
    )
    assert warnings(dicom(entry, settings="date-increment: 3")) == []


HANGS = "it repeats a part that can match one text in several ways, as (a+)+b does; make each part begin or end with a character that the others cannot match"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (dicom("{regex: '(\\w+\\.?)+Name', remove: true}"), [f"4:15: regex hangs on some texts: {HANGS}"]),
        ("json:\n  file-filter: 'r!(a+)+'\n", [f"2:16: file-filter hangs on some texts: {HANGS}"]),
        ("json:\n  fields: [{regex: '(?=(a+)+b)', remove: true}]\n", [f"2:20: regex may hang on some texts: {HANGS}"]),
        (
            "filename:\n  filenames: [{output: a, input-regex: '(a|ab|b)+;'}]\n",
            [f"2:40: input-regex hangs on some texts: {HANGS}"],
        ),
    ],
)
def test_an_expression_that_can_hang_a_run(text, told):
    assert warnings(text) == told


NAMES = [
    ("{output: copy.dcm}", "every copy would have the same name, and of several in one place none could be kept; put something into output that differs, such as {SOPInstanceUID}"),
    ("{output: '{SOPInstanceUID}', input-regex: '(?P<who>[a-z]{2})_'}", "the group who of input-regex has no effect: output does not have it; write (?:…) in place of it"),
    ("{output: '{old}', input-regex: '(?P<old>.*)'}", "{old} keeps text of the original file name, which may identify someone; give the group an action, such as hash, or name copies by {SOPInstanceUID}"),
    ("{output: '{SOPInstanceUID}', input-regex: 'sub-01/.*'}", "input-regex never matches: it is matched against file names without their folders; take out the /"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "why"), NAMES)
def test_a_name_that_cannot_be_meant(entry, why):
    assert warnings(f"dicom:\n  fields:\n    - {REMOVE}\n  filenames:\n    - {entry}\n") == [f"5:7: {why}"]


@pytest.mark.parametrize(
    "entry",
    [
        "{output: '{SOPInstanceUID}.dcm'}",
        "{output: '{SOPInstanceUID}{ext}', input-regex: '.*(?P<ext>\\.dcm|\\.ima)$'}",
        "{output: '{who}_{rest}', input-regex: '(?P<who>[^_]+)_(?P<rest>.*)', groups: [{name: who, hash: true}]}",
        "{output: notes.dcm, input-regex: 'readme\\.dcm$'}",
        "{output: '{SOPInstanceUID}', input-regex: '(?P<a>x)(?P=a)'}",
    ],
)
def test_a_name_that_is_fine(entry):
    assert warnings(f"dicom:\n  salt: s\n  fields:\n    - {REMOVE}\n  filenames:\n    - {entry}\n") == []


def test_an_entry_of_filenames_behind_one_that_takes_every_name():
    text = f"dicom:\n  fields:\n    - {REMOVE}\n  filenames:\n    - {{output: '{{SOPInstanceUID}}'}}\n    - {{output: '{{Modality}}', input-regex: a}}\n"
    assert warnings(text) == ["6:7: this entry of filenames never acts: the one in line 5 takes every name; move it up"]


FILTERS = [
    (".csv", "only a file of exactly this name matches; write '*.csv'"),
    ("sub-*/*.csv", "names are matched without their folders, so this matches nothing; name the file alone"),
    ("r!.*/a\\.csv", "names are matched without their folders, so this matches nothing; name the file alone"),
    ("*.csv, *.txt", "this is one pattern; write several as a list, ['*.a', '*.b']"),
    (" *.csv", "blanks belong to the pattern; take them out"),
]


@pytest.mark.parametrize(("written", "why"), FILTERS)
def test_a_filter_that_no_file_matches(written, why):
    (told,) = warnings(f"csv:\n  file-filter: '{written}'\n  fields:\n    - {{name: a, remove: true}}\n")
    assert told.startswith("2:3: file-filter ")
    assert told.endswith(f": {why}")


@pytest.mark.parametrize(
    "written", ["*.csv", "participants.tsv", ".bidsignore*", "*_*.csv", "r!(?i).*\\.csv", "[a-z]*.csv"]
)
def test_a_filter_that_files_match(written):
    assert warnings(f"csv:\n  file-filter: '{written}'\n  fields:\n    - {{name: a, remove: true}}\n") == []


def test_a_section_whose_files_an_earlier_one_takes():
    table = "table:\n  file-filter: [sub-*.tsv, '*.tsv']\n  reader: csv\n  fields: [{name: a, remove: true}]\n"
    tsv = "tsv:\n  fields: [{name: a, remove: true}]\n"
    assert warnings(table + tsv) == [
        "1:1: no file can reach this section: tsv comes before it and takes the same names; narrow the file-filter of tsv"
    ]
    assert warnings(table.replace("'*.tsv'", "'*.txt'") + tsv) == []


@given(st.text("ab.*?", max_size=6), st.text("ab.*?", max_size=6), st.text("ab.", max_size=6))
def test_a_pattern_that_covers_another_matches_all_of_its_names(pattern, other, name):
    from fnmatch import fnmatchcase  # noqa: PLC0415

    if covers(pattern, other) and fnmatchcase(name, other):
        assert fnmatchcase(name, pattern)


@pytest.mark.parametrize("name", [name for name in builtin_names() if name != "none" and not is_standard(name)])
def test_the_built_in_profiles_raise_no_doubt(name):
    assert warnings(builtin_text(name)) == []


def test_warnings_hold_no_value_of_the_profile():
    text = dicom(
        "{name: PatientSex, replace-with: canary^zebra}",
        "{name: StationName, replace-with: canary^zebra and more}",
        settings="salt: canary^zebra",
    )
    assert len(warnings(text)) == 2
    assert "zebra" not in "".join(warnings(text))


def test_a_profile_with_an_error_is_not_advised_about_what_the_error_may_explain():
    text = "csv:\n  date-increment: 3\n  fields:\n    - {name: a, increment-dat: true}\n"
    assert [each.split(": ")[1] for each in warnings(text)] == [
        "unknown key or action increment-dat; did you mean increment-date?"
    ]


def test_an_entry_with_an_error_is_not_doubted_as_well():
    (told,) = warnings(dicom("{name: StudyInstanceUID, hash: true}", settings="salt: s"))
    assert told == "4:7: StudyInstanceUID: an element of UI cannot be hashed; use hashuid"


def test_profiles_that_sites_publish_raise_only_doubts_that_are_right():
    """The shape of a site's clean-up profile: original names kept on purpose, or rather by habit."""
    profile = {
        "dicom": {
            "file-filter": ["*.dcm*", "*.DCM*", "*.ima*", "*.IMA*"],
            "filenames": [{"output": "{file_name}", "input-regex": "^(?P<file_name>.*)$"}],
            "patient-age-from-birthdate": True,
            "patient-age-units": "Y",
            "fields": [{"name": "PatientName", "replace-with": ""}, {"name": "PatientSize", "replace-with": 99}],
        },
        "zip": {"allow-unmatched-files": True},
    }
    (told,) = warnings(yaml.safe_dump(profile, sort_keys=False))
    assert "{file_name} keeps text of the original file name" in told
