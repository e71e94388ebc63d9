"""Every message of the checker, with the place it names."""

# ruff: noqa: E501  # a row of a table is what is wrong and what is said of it

from __future__ import annotations

import datetime as dt

import pytest

from fw_gear_deid.actions.keyed import NO_KEY
from fw_gear_deid.errors import ProfileError
from fw_gear_deid.problems import Severity
from fw_gear_deid.profile import check_text, read_profile
from fw_gear_deid.profile.checking import Choice
from fw_gear_deid.profile.draft import Draft
from fw_gear_deid.profile.templates.variables import Variables

NO_VALUE = (
    "there is no value for A: give a mapping with a column of this name "
    "(--mapping on the command line, mapping_csv in the gear)"
)
EXAMPLE = "must be a list of entries such as - {name: PatientName, remove: true}"


def problems(text, **choice):
    _, found = Draft.of(text, Choice("p", today=dt.date(2024, 3, 15), **choice)).checked(Variables())
    return [problem.located("p").removeprefix("p:") for problem in found]


def dicom(settings):
    """Return a profile with these lines in its dicom section, and a rule in line 5 below ``fields`` in line 4."""
    return f"name: x\ndicom:\n  {settings}\n  fields:\n    - {{name: PatientID, remove: true}}\n"


def rule(entry, section="dicom", settings="salt: s"):
    """Return a profile with this entry in line 5, column 7."""
    return f"name: x\n{section}:\n  {settings}\n  fields:\n    - {entry}\n    - {{name: comment, remove: true}}\n"


TOP = [
    ("5", "1:1: this is no profile: a profile is made of keys such as name: and dicom:"),
    ("[a]", "1:1: this is no profile: a profile is made of keys such as name: and dicom:"),
    (
        "name: x",
        "1:1: the profile is blank: it has no section such as dicom (refused unless allow_no_deid is true, or --allow-no-deid is given)",
    ),
    (
        "name: x\ndicom:",
        "2:1: the dicom section changes no element; add fields (refused unless allow_no_deid is true, or --allow-no-deid is given)",
    ),
    (
        "dicom:\n  fields:\n  - {name: PatientID}",
        "1:1: the dicom section changes no element; add fields (refused unless allow_no_deid is true, or --allow-no-deid is given)",
    ),
    ("nme: x\njson:", "1:1: unknown key nme; did you mean name?"),
    ("name: x\ndicomm:", "2:1: unknown key dicomm; did you mean dicom?"),
    ("zzz: x\njson:", "1:1: unknown key zzz"),
    ("key_value_text_file:\njson:", "1:1: unknown key key_value_text_file; did you mean key-value-text-file?"),
    ("name: 5\njson:", "1:7: name must be text, but this reads as a number; put it in quotes"),
    ("name: no\njson:", "1:7: name must be text, but this reads as true or false; put it in quotes"),
    ("name: [a]\njson:", "1:7: name must be a single text"),
    ("name:\njson:", "1:6: name has no value; give it one, or delete the line"),
    ("version: 2\njson:", "1:10: version must be 1"),
    ("version: '1'\njson:", "1:10: version must be a whole number; take off the quotes"),
    ("json: 5", "1:7: json must hold settings, such as fields"),
    ("json: []", "1:7: json must hold settings, such as fields"),
    ("secret-key: '{{ A }}'\njson:", f"1:13: {NO_VALUE}"),
    ("{{ A }}: x\njson:", "1:1: a key cannot be a template; write the key itself"),
    ("'{{ A }}': x\njson:", "1:1: a key cannot be a template; write the key itself"),
]
SETTINGS = [
    ("date-incremnt: 5", "3:3: unknown setting date-incremnt; did you mean date-increment?"),
    ("date_increment: 5", "3:3: unknown setting date_increment; did you mean date-increment?"),
    ("Salt: s", "3:3: unknown setting Salt; did you mean salt?"),
    ("qqq: s", "3:3: unknown setting qqq"),
    ("date-increment: '5'", "3:19: date-increment must be a number, or the word subject; take off the quotes"),
    ("date-increment: five", "3:19: date-increment must be a number, or the word subject"),
    ("date-increment: true", "3:19: date-increment must be a number, or the word subject"),
    ("date-increment: .inf", "3:19: date-increment must be a finite number"),
    ("date-increment:", "3:18: date-increment has no value; give it one, or delete the line"),
    ("remove-private-tags: 1", "3:24: remove-private-tags must be true or false"),
    ("remove-private-tags: 'true'", "3:24: remove-private-tags must be true or false; take off the quotes"),
    ("salt: 12345", "3:9: salt must be text, but this reads as a number; put it in quotes"),
    ("hash-digits: 65", "3:16: hash-digits must be at most 64"),
    ("hash-digits: -1", "3:16: hash-digits must be at least 0"),
    ("hash-digits: 1.5", "3:16: hash-digits must be a whole number"),
    ("hash-digits: '8'", "3:16: hash-digits must be a whole number; take off the quotes"),
    ("hash-digits: true", "3:16: hash-digits must be a whole number"),
    ("patient-age-units: years", "3:22: patient-age-units must be one of: D, M, Y"),
    ("jitter-type: integer", "3:16: jitter-type must be one of: float, int; did you mean int?"),
    ("date-format: '%Y-%q'", "3:16: date-format: %q is not a strptime code; use codes such as %Y %m %d %H %M %S %f"),
    (
        "date-format: yyyymmdd",
        "3:16: date-format: a format needs strptime codes such as %Y%m%d (or the word timestamp)",
    ),
    (
        "datetime-format: '%Y %Y'",
        "3:20: datetime-format: dates in this format cannot be read back; use codes such as %Y-%m-%d %H:%M:%S",
    ),
    ("jitter-range: 0", "3:3: jitter-range must be larger than 0"),
    ("jitter-range: -1", "3:3: jitter-range must be larger than 0"),
    (
        "jitter-type: int\n  jitter-range: 0.5",
        "4:3: jitter-range must be at least 1 for whole numbers (jitter-type: int)",
    ),
    (
        "uid-numeric-name: '1.2'",
        "3:3: uid-numeric-name has 2 components but uid-prefix-fields is 4; set uid-prefix-fields: 2",
    ),
    (
        "uid-numeric-name: 2.16.840.1.114570",
        "3:3: Flywheel's own root may be used only as 2.16.840.1.114570.2.2, with uid-prefix-fields: 7",
    ),
    (
        "uid-numeric-name: a.b.c.d",
        "3:3: uid-numeric-name must be numbers joined by dots, without leading zeros, such as '1.2.826.0'",
    ),
    ("uid-numeric-name: 1.2", "3:21: uid-numeric-name must be text, but this reads as a number; put it in quotes"),
    (
        "hash-method: hmac-sha256",
        f"1:1: {NO_KEY}",
    ),
    ("hash-method: md5", "3:16: hash-method must be one of: sha256, hmac-sha256"),
    ("on-unparsable: ignore", "3:18: on-unparsable must be one of: fail, remove, empty"),
    ("file-filter: []", "3:16: file-filter is empty and would match nothing; write a pattern, or delete the line"),
    ("file-filter: 5", "3:16: file-filter must be a pattern, or a list of patterns, such as '*.dcm'"),
    ("file-filter: ['*.dcm', 5]", "3:26: file-filter must be a pattern, or a list of patterns, such as '*.dcm'"),
    (
        "file-filter: 'r!(a'",
        "3:16: file-filter is not a valid regular expression: missing ), unterminated subpattern (character 1)",
    ),
    ("alter_pixels: {}", "3:3: alter_pixels asks for nothing; list regions under pixels or recipes under detect"),
    ("alter_pixels: 5", "3:17: alter_pixels must hold pixels, detect or both"),
    ("alter_pixels: {pixel: []}", "3:18: unknown key pixel; did you mean pixels?"),
    (
        "alter_pixels: {pixels: 5}",
        "3:26: pixels must be a list of entries such as - {when: contains Modality US, remove: [0, 0, 800, 60]}",
    ),
    (
        "alter_pixels: {pixels: [{remove: [0, 0, 1, 1]}]}",
        "3:27: this entry does not say which images it is for; add when: …",
    ),
    (
        "alter_pixels: {pixels: [{when: present Rows}]}",
        "3:27: an entry of pixels has one of remove and keep, such as - {when: contains Modality US, remove: [0, 0, 800, 60]}",
    ),
    (
        "alter_pixels: {pixels: [{when: present Rows, keep: [0, 0, 1, 1], remove: [0, 0, 1, 1]}]}",
        "3:68: an entry of pixels has one of remove and keep, such as - {when: contains Modality US, remove: [0, 0, 800, 60]}",
    ),
    (
        "alter_pixels: {pixels: [{when: present Rows, kep: [0, 0, 1, 1], remove: [0, 0, 1, 1]}]}",
        "3:48: unknown key kep; did you mean keep?",
    ),
    (
        "alter_pixels: {pixels: [{when: present Rows, remove: [0, 0, 1]}]}",
        "3:56: remove: a region has four numbers: left, top, right, bottom",
    ),
    (
        "alter_pixels: {pixels: [{when: present Rows, remove: [[0, 0, 1, 1], [0, 5, 1, 5]]}]}",
        "3:71: remove: a region must have its left before its right, and its top above its bottom, both from 0 on",
    ),
    (
        "alter_pixels: {pixels: [{when: present Rows, remove: [-1, 0, 1, 1]}]}",
        "3:56: remove: a region must have its left before its right, and its top above its bottom, both from 0 on",
    ),
    (
        "alter_pixels: {pixels: [{when: present Rows, remove: '0,0,1,1'}]}",
        "3:56: remove must be four whole numbers, [left, top, right, bottom], or a list of such",
    ),
    (
        "alter_pixels: {pixels: [{when: present Rows, remove: [0, 0, 1.5, 1]}]}",
        "3:56: remove must be four whole numbers, [left, top, right, bottom], or a list of such",
    ),
    (
        "alter_pixels: {pixels: [{when: '', remove: [0, 0, 1, 1]}]}",
        "3:34: when: the condition is empty; write for example: contains Modality US",
    ),
    (
        "alter_pixels: {pixels: [{when: contain Modality US, remove: [0, 0, 1, 1]}]}",
        "3:34: when: a comparison begins with one of: contains, notcontains, equals, notequals, greater, less, missing, present, empty; did you mean contains?",
    ),
    (
        "alter_pixels: {pixels: [{when: contains Modality, remove: [0, 0, 1, 1]}]}",
        "3:34: when: contains needs a field and a value, such as contains Rows 512",
    ),
    (
        "alter_pixels: {pixels: [{when: missing, remove: [0, 0, 1, 1]}]}",
        "3:34: when: missing needs a field, such as Modality",
    ),
    (
        "alter_pixels: {pixels: [{when: missing Modality US, remove: [0, 0, 1, 1]}]}",
        "3:34: when: missing takes a field and nothing else",
    ),
    (
        "alter_pixels: {pixels: [{when: less Rows many, remove: [0, 0, 1, 1]}]}",
        "3:34: when: less compares numbers, such as less Rows 512",
    ),
    (
        "alter_pixels: {pixels: [{when: contains Modality (US, remove: [0, 0, 1, 1]}]}",
        "3:34: when: the value of contains is not a valid regular expression: missing ), unterminated subpattern (character 1)",
    ),
    (
        'alter_pixels: {pixels: [{when: "present Rows\\nequals Rows 5", remove: [0, 0, 1, 1]}]}',
        "3:34: when (line 2 of it): begin this line with + (and) or || (or)",
    ),
    (
        "alter_pixels: {detect: nowhere}",
        "3:26: detect: nowhere: there is no such file, and no built-in recipe of that name (burned-in, ultrasound-regions)",
    ),
    (
        "alter_pixels: {detect: [burnedin]}",
        "3:27: detect: burnedin: there is no such file, and no built-in recipe of that name (burned-in, ultrasound-regions); did you mean burned-in?",
    ),
    ("alter_pixels: {detect: [.]}", "3:27: detect: .: the file cannot be read: Is a directory"),
    (
        "alter_pixels: {detect: []}",
        "3:3: alter_pixels asks for nothing; list regions under pixels or recipes under detect",
    ),
    ("force-nonce: abc", "3:3: force-nonce must be 12 characters of base64, such as 'AAAAAAAAAAA='"),
    ("separator: '/'", "3:3: unknown setting separator"),
]
RULES = [
    ("{name: PatientID, remve: true}", "5:25: unknown key or action remve; did you mean remove?"),
    ("{name: PatientID, hashed: true}", "5:25: unknown key or action hashed; did you mean hash?"),
    ("{remove: true}", "5:7: this entry names no field; add name: …"),
    ("PatientID", "5:7: an entry of fields must look like - {name: PatientName, remove: true}"),
    ("{name: a, regex: b, remove: true}", "5:17: this entry has both name and regex; keep one of them"),
    ("{name: a, remove: true, hash: true}", "5:31: this entry has several actions (remove and hash); write one entry for each"),
    ("{name: 00100020, remove: true}", "5:14: name reads as a number; put it in quotes: '00100020'"),
    ("{name: 0x0010, remove: true}", "5:14: name reads as a number; put it in quotes: '0x0010'"),
    ("{name: '', remove: true}", "5:14: name is empty; name a field"),
    ("{name: [a], remove: true}", "5:14: name must be a single text"),
    ("{name: , remove: true}", "5:13: name has no value; give it one, or delete the line"),
    ("{regex: '(a', remove: true}", "5:15: regex is not a valid regular expression: missing ), unterminated subpattern (character 1)"),
    ("{regex: '', remove: true}", "5:15: regex is empty and would match every field; write '.*' if that is meant"),
    ("{name: a, remove: 1}", "5:25: remove must be true, or the entry left out"),
    ("{name: a, remove: 'true'}", "5:25: remove must be true, or the entry left out"),
    ("{name: a, remove: }", "5:24: remove must be true, or the entry left out"),
    ("{name: a, hash: [true]}", "5:23: hash must be true, or the entry left out"),
    ("{name: a, remove: false}", "5:17: warning: remove: false does nothing; the entry counts as if it were not there"),
    ("{name: a, regex-sub: []}", r"5:28: regex-sub has no items; add one such as - {input-regex: '(?P<year>\d{4}).*', output: '{year}'}"),
    ("{name: a, hash: true, hash-digits: 5}", "5:29: hash-digits is no option of an entry; set it for the whole dicom section"),
    ("{name: a, hash: true, jitter-range: 5}", "5:29: jitter-range has no meaning for hash; it belongs to increment-date, increment-datetime, jitter"),
    ("{name: a, jitter-min: 5}", "5:17: jitter-min has no meaning for an entry without an action; it belongs to jitter"),
    ("{name: a, replace-with: }", "5:30: replace-with has no value; write '' for an empty field, or remove: true"),
    ("{name: a, replace-with: yes}", "5:31: replace-with reads as true or false; put it in quotes if it is text"),
    ("{name: a, replace-with: {b: c}}", "5:31: replace-with must be a text, a number, or a list of them"),
    ("{name: a, replace-with: [b, [c]]}", "5:31: the values of a replace-with list must be texts or numbers"),
    ("{name: a, replace-with: 0012}", "5:31: warning: replace-with reads as the number 10; put it in quotes if it is text"),
    ("{name: a, replace-with: x, replace-with-insert: 'no'}", "5:55: replace-with-insert must be true or false; take off the quotes"),
    ("{name: a, increment-date: true}", "5:17: no increment is set: set date-increment in the section or date-increment-override here"),
    ("{name: a, increment-datetime: true}", "5:17: no increment is set: set date-increment in the section or date-increment-override here"),
    ("{name: a, increment-date: true, date-increment-override: 1.e+200}", "5:17: the increment is too large for a date"),
    ("{name: a, increment-date: true, date-increment: 1}", "5:39: date-increment is no option of an entry; set it for the whole dicom section"),
    ("{name: a, increment-date: true, date-increment-override: 1, datetime-min: 1900}", "5:81: datetime-min must be text, but this reads as a number; put it in quotes"),
    ("{name: a, increment-date: true, date-increment-override: 1, datetime-min: -1year}", "5:67: datetime-min must be a day YYYYMMDD or a distance from today such as -89years, +2weeks, -30days"),
    ("{name: a, increment-date: true, date-increment-override: 1, jitter-unit: year}", "5:80: jitter-unit must be one of: microseconds, milliseconds, seconds, minutes, hours, days, weeks, years; did you mean years?"),
    ("{name: a, increment-date: true, date-increment-override: 1, jitter-range: 0}", "5:81: jitter-range must be at least 1"),
    ("{name: a, increment-date: true, date-increment-override: 1, date-format: '%Q'}", "5:80: date-format: %Q is not a strptime code; use codes such as %Y %m %d %H %M %S %f"),
    ("{name: a, increment-date: true, date-increment-override: 1, on-unparsable: skip}", "5:82: on-unparsable must be one of: fail, remove, empty"),
    ("{name: a, jitter: true, jitter-range: 0}", "5:31: jitter-range must be larger than 0"),
    ("{name: a, jitter: true, jitter-range: 0.5, jitter-type: int}", "5:31: jitter-range must be at least 1 for whole numbers (jitter-type: int)"),
    ("{name: a, jitter: true, jitter-min: '5'}", "5:43: jitter-min must be a number; take off the quotes"),
    ("{name: a, jitter: true, jitter-min: 5, jitter-max: 4}", "5:31: jitter-min is larger than jitter-max"),
    ("{name: a, remove: '{{ A }}'}", f"5:25: {NO_VALUE}"),
    ("{name: a, replace-with: {{ A }}}", f"5:31: {NO_VALUE}"),
]  # fmt: skip
OTHER_SECTIONS = [
    (rule("{regex: a, remove: true}", "nifti"), "5:8: the nifti section takes no regex; name each field"),
    (rule("{name: coment, remove: true}", "zip"), "5:14: the zip section has no field of this name, only: comment; did you mean comment?"),
    (rule("{name: a..b, remove: true}", "json"), "5:14: a part of the path between two separators (.) is empty"),
    (rule("{name: a, replace-with: [b]}", "csv"), "5:31: a field of the csv section holds one value; replace-with cannot be a list"),
    (rule("{name: a, replace-with: [5]}", "json"), "5:31: the values of a replace-with list must be texts (in quotes)"),
    (rule("{name: a, remove: true}", "filename"), "4:3: filename has no fields; act on groups of filenames instead"),
    ("json:\n  separator: ''\n", "2:3: separator is empty; write the text between the parts of a path"),
    ("table:\n  file-filter: '*.txt'\n", "1:1: table needs reader: say how they are read (reader: csv)"),
    ("table:\n  reader: csv\n", "1:1: table needs file-filter: say which files it owns"),
    ("table:\n  file-filter: a\n  reader: excel\n", "3:3: the readers of tables are: csv, table; for JSON and XML write a section json or xml"),
    ("csv:\n  delimiter: ', '\n", "2:3: delimiter must be one character, and neither a quote nor a line end"),
    ("nifti:\n  extensions: true\n", "2:15: extensions must be one of: drop, keep"),
    ("json:\n  fields: {name: a}\n", f"2:11: fields {EXAMPLE}"),
    ("json:\n  fields: a\n", f"2:11: fields {EXAMPLE}"),
    ("dicom:\n  remove-undefined: true\n", "2:3: remove-undefined needs fields: list what is to stay, or nothing of the file would"),
]  # fmt: skip
FILENAMES = [
    ("{input-regex: a}", "3:7: this entry of filenames has no output; say how the copy is named"),
    ("{output: a, regex: b}", "3:19: unknown key regex; did you mean input-regex?"),
    ("{output: ''}", "3:16: output is empty; say how the copy is named"),
    ("{output: 5}", "3:16: output must be text, but this reads as a number; put it in quotes"),
    ("{output: 'a{b'}", "3:16: output has a brace without its partner; fields are written {like_this}"),
    ("{output: 'a}b'}", "3:16: output has a brace without its partner; fields are written {like_this}"),
    ("{output: 'a{}'}", "3:16: output: between braces stands the name of a field or a group, nothing else"),
    ("{output: 'a{b!r}'}", "3:16: output: between braces stands the name of a field or a group, nothing else"),
    ("{output: 'a{b:>5}'}", "3:16: output: between braces stands the name of a field or a group, nothing else"),
    ("{output: '{a}'}", "3:16: output: {a} is no group of input-regex, written (?P<a>…)"),
    ("{output: '{wh}', input-regex: '(?P<who>.*)'}", "3:16: output: {wh} is no group of input-regex, written (?P<wh>…); did you mean who?"),
    ("{output: a, input-regex: '(a'}", "3:32: input-regex is not a valid regular expression: missing ), unterminated subpattern (character 1)"),
    ("{output: a, groups: [{name: b, hash: true}]}", "3:28: b is no group of input-regex, written (?P<b>…)"),
    ("{output: a, groups: [{hash: true}]}", "3:28: this entry names no group; add name: …"),
    ("{output: a, groups: {}}", "3:27: groups must be a list of entries such as - {name: group, hash: true}"),
    ("{output: a, input-regex: '(?P<b>.)', groups: [{name: b}, {name: b}]}", "3:64: b has two entries; a group takes one action"),
    ("{output: a, input-regex: '(?P<b>.)', groups: [{name: b, hsh: true}]}", "3:63: unknown key or action hsh; did you mean hash?"),
    ("a", "3:7: an entry of filenames must look like - {output: '{SOPInstanceUID}.dcm'}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), [*TOP, *OTHER_SECTIONS])
def test_a_wrong_profile(text, problem):
    assert problems(text) == [problem]


@pytest.mark.parametrize(("settings", "problem"), SETTINGS)
def test_a_wrong_setting(settings, problem):
    assert problems(dicom(settings)) == [problem]


@pytest.mark.parametrize(("entry", "problem"), RULES)
def test_a_wrong_rule(entry, problem):
    assert problems(rule(entry)) == [problem]


@pytest.mark.parametrize(("entry", "problem"), FILENAMES)
def test_a_wrong_filename_rule(entry, problem):
    assert problems(f"filename:\n  filenames:\n    - {entry}\n") == [problem]


def test_a_misspelt_name_is_told_with_the_name_that_is_missing():
    assert problems(rule("{nam: PatientID, remove: true}")) == [
        "5:7: this entry names no field; add name: …",
        "5:8: unknown key or action nam; did you mean name?",
    ]


def test_all_problems_are_told_at_once_in_the_order_of_the_lines():
    text = (
        "nme: x\n"
        "dicom:\n"
        "  sallt: s\n"
        "  fields:\n"
        "    - {name: PatientID, remve: true, hsh: true}\n"
        "    - {name: 00100020, remove: 5}\n"
        "xml: 5\n"
        "json: {fields: [{name: a, jitter: true, jitter-range: 0}], separatr: x}\n"
    )
    assert [problem.split(": ")[0] for problem in problems(text)] == [
        "1:1", "3:3", "5:25", "5:38", "6:14", "6:32", "7:6", "8:41", "8:60",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "entry", "warned"),
    [
        ("hash-digits: 8", "{name: a, hash: true}", True),
        ("jitter-range: 8", "{name: a, jitter: true}", True),
        ("date-increment: 1", "{name: a, increment-date: true, jitter-date: true}", True),
        ("date-increment: 1", "{name: a, increment-date: true}", False),
        ("salt: s", "{name: a, hash: true}", False),
        ("salt: ''", "{name: a, hash: true}", True),
        ("secret-key: k\n  hash-method: hmac-sha256", "{name: a, hash: true}", False),
    ],
)
def test_a_hash_without_a_salt_is_doubtful(settings, entry, warned):
    found = problems(rule(entry, settings=settings))
    message = (
        "warning: hashes and jitter without a salt can be undone by trying likely values; set salt in this section"
    )
    assert [each.split(": ", 1)[1] for each in found] == ([message] if warned else [])


@pytest.mark.parametrize(
    ("settings", "warned"),
    [("salt: s", True), ("uid-suffix-fields: 0", False), ("uid-method: uuid", False), ("uid-suffix-fields: 2", True)],
)
def test_kept_digits_of_a_uid_are_doubtful_and_told_once_a_section(settings, warned):
    text = rule(
        "{name: SOPInstanceUID, hashuid: true}\n    - {name: StudyInstanceUID, hashuid: true}", settings=settings
    )
    message = (
        "5:7: warning: hashuid keeps digits of the original UID at the end, and a kept part that begins with 0 is not "
        "valid; set uid-suffix-fields: 0, or uid-method: uuid"
    )
    assert problems(text) == ([message] if warned else [])


def test_folder_names_hashed_without_a_salt_are_doubtful():
    assert problems("zip:\n  hash-subdirectories: true\n")[0].startswith("2:3: warning: hashes and jitter without")


@pytest.mark.parametrize("text", ["name: x", "name: x\ndicom:", "name: x\ndicom:\n  fields: []", "name: none"])
def test_a_profile_without_effect_is_allowed_on_demand_with_a_warning(text):
    profile, found = check_text(text, allow_no_deid=True)
    assert profile is not None
    assert [problem.severity for problem in found] == [Severity.WARNING]
    assert profile.warnings == found


@pytest.mark.parametrize(
    "settings",
    [
        "remove-private-tags: true",
        "remove-undefined: true\n  fields: [{name: Modality}]",
        "fields: [{name: PatientID, hash: true}]",
    ],
)
def test_settings_and_rules_that_change_dicom_are_effects(settings):
    profile, _ = check_text(f"dicom:\n  {settings}")
    assert profile is not None


def test_a_profile_of_other_sections_alone_is_fine():
    profile, found = check_text("json:\n  fields: [{name: PatientName, remove: true}]")
    assert (list(profile.sections), found) == (["json"], ())


def test_what_comes_later_may_be_switched_off():
    assert problems("scrub: false\n" + dicom("salt: s")) == []


def test_messages_hold_no_value_of_the_profile():
    text = (
        "name: x\nsecret-key: [CANARY^ALICE]\ndicom:\n  salt: [CANARY^ALICE]\n  date-increment: CANARY^ALICE\n"
        "  jitter-type: CANARY^ALICE\n  fields:\n    - {name: PatientName, replace-with: {CANARY: ALICE}}\n"
        "    - {name: PatientName, increment-date: CANARY^ALICE}\n"
    )
    found = problems(text)
    assert len(found) == 6
    assert not any("CANARY" in each for each in found)


def test_a_file_that_is_no_profile_is_told_in_one_line(tmp_path):
    path = tmp_path / "participants.tsv"
    path.write_text("participant_id\tname\nSYNTH-0001\tCANARY^ALICE\n", encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        read_profile(path)
    assert len(caught.value.problems) == 1
    assert "CANARY" not in str(caught.value)
