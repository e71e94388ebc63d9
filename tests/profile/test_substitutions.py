# ruff: noqa: E501  # a profile and its problem stand on one line
"""``regex-sub`` in a profile: what is refused and warned of, and where; and how it is shown again."""

from __future__ import annotations

import pytest

from fw_gear_deid.errors import ProfileError
from fw_gear_deid.formats.compiling import open_profile
from fw_gear_deid.profile import check_text, show


def text_of(items, section="dicom", name="PatientID", **settings):
    lines = [f"{section}:", "  salt: s", "  fields:", f"    - name: {name}", f"      regex-sub: {items}"]
    lines += [f"  {setting.replace('_', '-')}: {value}" for setting, value in settings.items()]
    return "\n".join(lines) + "\n"


def problems(text, tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        found = open_profile(path).profile.warnings
    except ProfileError as error:
        found = error.problems
    return [problem.located("")[1:] for problem in found]


FIELD = "for a field of this name, add - {{name: {}, hash: true}} to groups"
WRONG = [
    ("5", "5:18: regex-sub must be a list of entries such as - {input-regex: '(?P<year>\\d{4}).*', output: '{year}'}"),
    ("[a]", "5:19: an entry of regex-sub must look like - {input-regex: '(?P<year>\\d{4}).*', output: '{year}'}"),
    ("[{output: a}]", "5:19: this item of regex-sub has no input-regex"),
    ("[{input-regex: a}]", "5:19: this item of regex-sub has no output"),
    ("[{input-regex: '(a', output: b}]", "5:33: input-regex is not a valid regular expression: missing ), unterminated subpattern (character 1)"),
    ("[{input-regex: 5, output: b}]", "5:33: input-regex must be text, but this reads as a number; put it in quotes"),
    ("[{input-regex: a, output: 5}]", "5:44: output must be text, but this reads as a number; put it in quotes"),
    ("[{input-regex: a, output: '{b'}]", "5:44: output has a brace without its partner; fields are written {like_this}"),
    ("[{input-regex: a, output: '{b!r}'}]", "5:44: output: between braces stands the name of a field or a group, nothing else"),
    ("[{input-regex: a, output: b, group: []}]", "5:47: unknown key group; did you mean groups?"),
    ("[{input-regex: a, output: '{StudyID}'}]", f"5:44: output: {{StudyID}} is no group of input-regex, written (?P<StudyID>…); {FIELD.format('StudyID')}"),
    ("[{input-regex: '(?P<who>a)', output: '{wo}'}]", f"5:55: output: {{wo}} is no group of input-regex, written (?P<wo>…); did you mean who?; {FIELD.format('wo')}"),
    ("[{input-regex: '(?P<a>.)', output: '{a}', groups: [{name: b, hash: true}]}]", "5:69: b is no group of input-regex, written (?P<b>…)"),
    ("[{input-regex: '(?P<a>.)', output: '{a}', groups: [{name: a}, {name: a}]}]", "5:80: a has two entries; a group takes one action"),
    ("[{input-regex: '(?P<a>.)', output: '{a}', groups: [{hash: true}]}]", "5:69: this entry names no group; add name: …"),
    ("[{input-regex: '(?P<a>.)', output: '{a}', groups: [{name: a, hsh: true}]}]", "5:79: unknown key or action hsh; did you mean hash?"),
    ("[{input-regex: '(?P<a>.)', output: '{a}', groups: [{name: a, increment-date: true}]}]", "5:79: no increment is set: set date-increment in the section or date-increment-override here"),
    ("[{input-regex: '(?P<a>.)', output: b, groups: [{name: a, hash: true}]}]", "5:65: warning: output does not name a, so this entry does nothing"),
    ("[{input-regex: a, output: '{PatientNmae}', groups: [{name: PatientNmae}]}]", "5:44: PatientID: output: “PatientNmae” is not a DICOM keyword or tag; did you mean PatientName (0010,0010)?"),
    ("[{input-regex: a, output: '{ContentSequence.0.TextValue}', groups: [{name: ContentSequence.0.TextValue}]}]", "5:44: PatientID: output: “ContentSequence.0.TextValue” must be one top-level element"),
    ("[{input-regex: '(?P<a>.)', output: '{a}', groups: [{name: a, regex-sub: [{input-regex: b, output: '{StudyID}', groups: [{name: StudyID}]}]}]}]", "5:116: output: {StudyID} is no group of input-regex, written (?P<StudyID>…)"),
]  # fmt: skip


@pytest.mark.parametrize(("items", "problem"), WRONG)
def test_a_wrong_item(items, problem, tmp_path):
    assert problems(text_of(items), tmp_path) == [problem]


IN_FILE_NAMES = """\
filename:
  filenames:
  - input-regex: (?P<a>.*)
    output: '{a}'
    groups:
    - {name: a, regex-sub: [{input-regex: b, output: '{c}', groups: [{name: c}]}]}
"""
OTHERS = [
    (
        text_of("[{input-regex: a, output: '{slots}', groups: [{name: slots}]}]", "nifti", "descrip"),
        "4:7: descrip: output names slots, which is neither a group nor a field of a NIfTI header",
    ),
    (
        text_of("[{input-regex: a, output: '{Artst}', groups: [{name: Artst}]}]", "jpg", "Artist"),
        "5:44: Artist: output names Artst, which is neither a group nor a tag",
    ),
    (
        text_of("[{input-regex: a, output: '{/a[}', groups: [{name: '/a['}]}]", "xml", "/a"),
        "5:44: this is no XPath that can be searched for; name namespaced elements as *[local-name()='name']",
    ),
    (
        text_of("[{input-regex: a, output: '{comment}', groups: [{name: comment}]}]", "zip", "comment"),
        "5:44: output: {comment} is no group of input-regex, written (?P<comment>…)",
    ),
    (
        text_of("[{input-regex: a, output: b}]", name="PixelData"),
        "4:7: PixelData: an element of OW holds no text that a regular expression could match",
    ),
    (
        text_of("[{input-regex: a, output: '{StudyID}', groups: [{name: StudyID}]}]", remove_undefined="true"),
        "5:44: warning: remove-undefined removes StudyID before it is read here; add an entry that names it",
    ),
    (
        IN_FILE_NAMES,
        "6:54: output: {c} is no group of input-regex, written (?P<c>…)",
    ),
]


@pytest.mark.parametrize(("text", "problem"), OTHERS)
def test_what_a_format_cannot_do(text, problem, tmp_path):
    assert problems(text, tmp_path) == [problem]


def test_a_hash_without_a_salt_is_warned_of_in_groups_too(tmp_path):
    text = text_of("[{input-regex: '(?P<a>.)', output: '{a}', groups: [{name: a, hash: true}]}]").replace("salt: s", "")
    (warning,) = problems(text, tmp_path)
    assert "without a salt" in warning


SHOWN = """\
version: 1
dicom:
  date-increment: 3
  salt: s
  fields:
  - name: PatientID
    regex-sub:
    - input-regex: (?P<a>.)(?P<b>.*)
      output: '{a}-{b}-{StudyDate}'
      groups:
      - name: a
        hash: true
      - name: StudyDate
        increment-date: true
        date-format: '%Y%m%d'
      - name: b
        regex-sub:
        - input-regex: ''
          output: x
    - input-regex: ''
      output: ''
"""


def test_it_is_shown_as_it_was_written():
    profile, problems = check_text(SHOWN)
    assert profile is not None, problems
    assert show(profile) == SHOWN
