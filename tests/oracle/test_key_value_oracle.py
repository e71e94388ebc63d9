"""The same MetaImage headers through this engine and through Flywheel's."""

from __future__ import annotations

import pytest

from tests.oracle.test_text_formats_oracle import act, both, profile

SECTION = "key-value-text-file"
HEADER = """ObjectType = Image
NDims = 3
PatientID = SYNTH-0001
PatientName = CANARY^ALICE
AcquisitionDate = 20200228
When = 20200228235901.5
Uid = 1.2.840.113619.2.5.1762583153.215519.978957063.78
Offset = -10.5
ElementDataFile = image.raw
"""


def made(*fields: dict, **options: object) -> dict:
    return profile(SECTION, *fields, **{"delimiter": " = ", **options})


RULES = [
    [act("PatientID", "hash"), act("PatientName", "replace-with", "x"), act("Absent", "hash")],
    [act("PatientName", "remove"), act("Absent", "remove"), act("PatientID", "keep")],
    [act("AcquisitionDate", "increment-date"), act("When", "increment-datetime"), act("Uid", "hashuid")],
    [act("PatientID", "hash"), act("PatientID", "hash"), act("PatientID", "replace-with", "y")],
    [act("New", "replace-with", "x", **{"replace-with-insert": False})],
]


@pytest.mark.parametrize("delimiter", [" = ", r"\s*=\s*"])
@pytest.mark.parametrize("rules", RULES, ids=[rules[0]["name"] for rules in RULES])
def test_values_agree(rules, delimiter):
    here, there = both(SECTION, made(*rules, delimiter=delimiter), "ct.mhd", HEADER.encode())
    assert here.data == there.data


def test_created_lines_agree():
    text = HEADER.replace("ElementDataFile", "DataFile").encode()
    here, there = both(SECTION, made(act("New", "replace-with", "x")), "ct.mhd", text)
    assert here.data == there.data


def test_file_names_agree():
    named = [{"output": "{PatientID}-{stem}.mhd", "input-regex": r"(?P<stem>\w+)\.mhd"}]
    here, there = both(SECTION, made(act("PatientID", "hash"), filenames=named), "ct.mhd", HEADER.encode())
    assert here.name == there.name


@pytest.mark.parametrize("text", ["A = 1\nCANARY\n", "A = 1\nA = 2\n"])
def test_what_both_refuse(text):
    here, there = both(SECTION, made(act("A", "remove")), "ct.mhd", text.encode())
    assert here.refusal
    assert there.refusal


def test_bad_lines_agree_when_they_are_ignored():
    text = b"# synthetic\nA = 1\n# synthetic\n"
    here, there = both(SECTION, made(act("A", "hash"), **{"ignore-bad-lines": True}), "ct.mhd", text)
    assert here.data == there.data


def test_encodings_agree():
    text = "Name = CANARY\nCafé = é\n".encode("latin-1")
    here, there = both(SECTION, made(act("Name", "hash"), encoding="latin-1"), "ct.mhd", text)
    assert here.data == there.data


# What docs/compatibility.md says of this section.


def test_blanks_are_no_part_of_keys_and_values_here():
    rule = act("PatientID", "replace-with", "x")
    here, there = both(SECTION, made(rule, delimiter="="), "ct.mhd", b"PatientID = CANARY\n")
    assert here.data == b"PatientID = x\n"
    assert b"CANARY" in there.data


@pytest.mark.parametrize(
    ("text", "ours", "theirs"),
    [
        (b"ID = I\n", b"ID = x\n", b"xD = x\n"),  # it replaces the value wherever it stands in the line
        (b"ID = \n", b"ID = x\n", b"xIxDx x=x x\nx"),
        (b"ID = a = b\n", b"ID = x\n", None),
        (b"ID = 1\n\nB = caf\xe9\n", b"ID = x\n\nB = caf\xe9\n", None),
        (b"\xef\xbb\xbfID = 1\n", b"\xef\xbb\xbfID = x\n", b"\xef\xbb\xbfID = 1\nID = x\n"),
    ],
    ids=["repeated", "empty", "second delimiter", "blank line, encoding", "mark"],
)
def test_lines_keep_what_no_rule_touches_here(text, ours, theirs):
    here, there = both(SECTION, made(act("ID", "replace-with", "x")), "ct.mhd", text)
    assert here.data == ours
    assert (None if there.refusal else there.data) == theirs


def test_a_metaimage_stays_readable_here():
    here, there = both(SECTION, made(act("New", "replace-with", "x")), "ct.mhd", HEADER.encode())
    assert here.data.endswith(b"New = x\nElementDataFile = image.raw\n")
    assert there.data.endswith(b"ElementDataFile = image.raw\nNew = x\n")


@pytest.mark.parametrize("rule", [act("A", "replace-with", 5), act("A", "jitter", **{"jitter-type": "int"})])
def test_numbers_work_here(rule):
    here, there = both(SECTION, made(rule), "ct.mhd", b"A = 3\nB = 4\n")
    key, value = here.data.splitlines()[0].split(b" = ")
    assert (key, int(value)) in {(b"A", number) for number in (1, 2, 4, 5)}
    assert there.refusal.startswith("TypeError")
