"""``regex-sub`` against Flywheel's engine, in JSON and tables; for DICOM see the profiles of this folder."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle import flywheel, ours
from tests.oracle.files import dicom_files
from tests.oracle.profiles import DATE, HASH, KEEP, REMOVE, UID, put, sub
from tests.oracle.test_text_formats_oracle import theirs_without_log

DOCUMENT = {
    "ID": "SYNTH-0001",
    "Name": "CANARY^ALICE",
    "When": "2020-02-28",
    "Uid": "1.2.840.113619.2.5.1762583153.215519.978957063.78",
    "Score": 12.5,
    "Count": 3,
    "Yes": True,
    "Nothing": None,
    "Empty": "",
    "Deep": {"Er": [{"Label": "sub-01"}, {"Label": "sub-02"}]},
    "Text": "seen 2020-02-28 by DR^ZEBRA",
}
SETTINGS = {"salt": "SYNTH-SALT", "date-increment": -17}
EVERYTHING = "".join(f"{{{name}}};" for name in ("ID", "When", "Uid", "Score", "Count", "Yes", "Nothing", "Empty"))


def profile(section: str, *fields: tuple[str, dict], **options: object) -> dict:
    entries = [{"regex": name[1:], **act} if name.startswith("~") else {"name": name, **act} for name, act in fields]
    return {"name": "synth", "version": 1, section: {"fields": entries, **SETTINGS, **options}}


def both(made: dict) -> tuple[flywheel.Result, flywheel.Result]:
    data = json.dumps(DOCUMENT).encode()
    return ours.deidentify(made, "json", "x.json", data), flywheel.deidentify(made, "x.json", data)


CASES = {
    "groups": [
        ("Text", sub((r"seen (?P<day>[\d-]+) by (?P<who>.*)", "{who} {day} {who}", {"day": DATE, "who": HASH}))),
    ],
    "fields": [("Text", sub((".*", EVERYTHING, dict.fromkeys(EVERYTHING[1:-2].split("};{"), KEEP))))],
    "actions on fields": [
        ("Text", sub((".*", "{ID} {When} {Uid} {Name} {Absent} {Empty} {Nothing}", {
            "ID": HASH, "When": DATE, "Uid": UID, "Name": REMOVE, "Absent": put("A"), "Empty": HASH, "Nothing": DATE,
        }))),
    ],
    "nested fields": [("ID", sub((".*", "{Deep.Er.1.Label}/{Deep.No}", {
        "Deep.Er.1.Label": {}, "Deep.No": HASH,
    })))],
    "nested targets": [("Deep.Er.0.Label", sub(("sub-(?P<n>.*)", "{ID}-{n}", {"ID": HASH})))],
    "by regex": [("~Deep.*Label", sub(("sub-(?P<n>.*)", "s{n}{ID}", {"ID": KEEP})))],
    "first match": [("ID", sub(("X", "x"), ("S", "s"), ("SYNTH", "never")))],
    "no variable": [("ID", sub((".*", "")))],
    "before the others": [
        ("Name", REMOVE), ("ID", HASH), ("Text", sub((".*", "{Name}{ID}", {"Name": HASH, "ID": KEEP}))),
    ],
    "the last one first": [
        ("ID", sub((".*", "1{Name}{Text}", {"Name": KEEP, "Text": KEEP}))),
        ("Name", sub((".*", "2{Text}{ID}", {"Text": KEEP, "ID": KEEP}))),
        ("Text", sub((".*", "3{ID}{Name}", {"ID": KEEP, "Name": KEEP}))),
    ],
    "twice": [("ID", sub(("(?P<x>.*)", "{x}a"))), ("ID", sub(("(?P<x>.*)", "{x}b"))), ("ID", HASH)],
    "optional group": [("ID", sub((r"(?P<a>S)(?P<b>X)?", "{a}[{b}]", {"b": HASH})))],
    "empty group": [("ID", sub((r"(?P<a>X*)(?P<b>.*)", "{a}[{b}]", {"a": HASH, "b": put("B")})))],
    "missing and empty": [("Absent", sub(("", "x"))), ("Nothing", sub(("", "x"))), ("Empty", sub(("", "x")))],
    "override": [("When", sub(("(?P<d>.*)", "{d}", {"d": {**DATE, "date-increment-override": 3}})))],
    "format": [("When", sub(("(?P<d>.{7})", "{d}", {"d": {**DATE, "date-format": "%Y-%m"}})))],
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_json_values_agree(case):
    here, there = both(profile("json", *CASES[case]))
    assert not here.refusal
    assert not there.refusal
    assert json.loads(here.data) == json.loads(there.data)


REFUSED = {
    "no item matches": ("ID", sub(("[0-9]", "x"))),
    "a group without a part": ("ID", sub(("(?P<a>S)(?P<b>X)?", "{a}{b}"))),
    "no date": ("ID", sub(("(?P<a>.*)", "{a}", {"a": DATE}))),
    "an object": ("Deep", sub(("", "x"))),
}


@pytest.mark.parametrize("case", REFUSED)
def test_json_is_refused_by_both(case):
    here, there = both(profile("json", REFUSED[case]))
    assert here.refusal
    assert there.refusal
    assert "SYNTH" not in here.refusal


TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12)
REGEXES = ["(?P<a>.{2})(?P<b>.*)", "(?P<a>[^ ]*) ?(?P<b>.*)", r"(?P<a>\w*)(?P<b>\W*)", "(?P<b>.*?)(?P<a>[0-9]*)$"]
ACTIONS = [{}, KEEP, HASH, REMOVE, put("x")]


@settings(max_examples=60, deadline=None)
@given(
    TEXT, TEXT, st.lists(st.sampled_from(REGEXES), min_size=1, max_size=3),
    st.permutations(["{a}", "{b}", "{other}", "-"]), st.lists(st.sampled_from(ACTIONS), min_size=3, max_size=3),
)  # fmt: skip
def test_any_text_agrees(value, other, regexes, output, deeds):
    if {"n/a", "nan"} & {text.casefold() for text in (value, other)}:
        return  # left alone here
    acted = dict(zip(("a", "b", "other"), deeds, strict=True))
    made = profile("json", ("v", sub(*((regex, "".join(output), acted) for regex in regexes))))
    data = json.dumps({"v": value, "other": other}).encode()
    here, there = ours.deidentify(made, "json", "x.json", data), flywheel.deidentify(made, "x.json", data)
    assert bool(here.refusal) == (bool(there.refusal) and bool(value.strip()))
    if not there.refusal:
        assert json.loads(here.data) == json.loads(there.data)


TABLE = "id,name,day,note\nS-1,CANARY^ALICE,2020-02-28,a 1\nS-2,CANARY^BOB,2021-03-01,b 2\n"
TABLES = {
    "groups and columns": [
        (
            "note",
            sub(("(?P<x>.) (?P<n>.)", "{n}{x}-{id}-{when}-{no}", {"id": HASH, "when": DATE, "no": KEEP, "n": HASH})),
        )
    ],
    "in turn": [
        ("name", REMOVE),
        ("id", sub((".*", "{name}", {"name": HASH}))),
        ("note", sub((".*", "{id}", {"id": KEEP}))),
    ],
    "no such column": [("absent", sub(("", "x")))],
}


@pytest.mark.parametrize("case", TABLES)
def test_table_values_agree(case):
    made = profile("csv", *TABLES[case], **{"file-filter": ["*.csv"], "date-format": "%Y-%m-%d"})
    here = ours.deidentify(made, "csv", "p.csv", TABLE.encode()).data
    there = theirs_without_log(made["csv"], TABLE.encode())
    assert list(csv.reader(io.StringIO(here.decode()))) == list(csv.reader(io.StringIO(there.decode())))


def test_file_names_agree():
    rule = {
        "input-regex": "(?P<who>[^_]+)_(?P<rest>.*)",
        "output": "{who}_{rest}",
        "groups": [{"name": "who", **sub(("(?P<a>.)(?P<b>.*)", "{b}{a}", {"b": HASH}))}],
    }
    made = {"name": "synth", "version": 1, "filename": {"filenames": [rule], **SETTINGS, "file-filter": "*"}}
    here = ours.deidentify(made, "filename", "CANARY_x.txt", b"bytes")
    there = flywheel.deidentify(made, "CANARY_x.txt", b"bytes")
    assert here.name == there.name


def test_where_it_differs_it_does_as_the_page_says():
    """The rows of docs/compatibility.md about regex-sub that no comparison of copies shows."""
    here, there = both(profile("json", ("ID", sub((".*", "{Deep}", {"Deep": KEEP})))))
    assert "an object or a list" in here.refusal
    assert json.loads(there.data)["ID"] == str(DOCUMENT["Deep"])
    inner = {"regex-sub": [{"input-regex": "(?P<x>.)", "output": "{x}{Name}", "groups": [{"name": "Name"}]}]}
    made = profile("json", ("ID", sub(("(?P<all>.*)", "{all}", {"all": inner}))))
    there = flywheel.deidentify(made, "x.json", json.dumps(DOCUMENT).encode())
    assert json.loads(there.data)["ID"] == "SSYNTH-0001"
    made = profile("csv", ("a", sub((".*", "{b}", {"b": KEEP}))), **{"file-filter": ["*.csv"]})
    data = b"a,b\nx,y\nz,n/a\n"
    assert ours.deidentify(made, "csv", "p.csv", data).data == b"a,b\ny,y\nn/a,n/a\n"
    assert theirs_without_log(made["csv"], data) == b"a,b\ny,y\nnan,\n"
    name = {"name": "oracle", "version": 1, "dicom": {"fields": []}}
    for field in ("ReferencedImageSequence.0.ReferencedSOPInstanceUID", "patientname", "(0010,0010)"):
        name["dicom"]["fields"] = [{"name": "PatientID", **sub((".*", f"[{{{field}}}]", {field: KEEP}))}]
        there = flywheel.deidentify(name, "CT_small.dcm", dicom_files()["CT_small.dcm"])
        assert there.after["PatientID"] == "[]"
