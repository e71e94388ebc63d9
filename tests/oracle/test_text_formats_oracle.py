"""The same JSON, tables and NIfTI headers through this engine and through Flywheel's: the values must agree."""

from __future__ import annotations

import csv
import io
import json

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle import flywheel, ours

with flywheel.its_warnings():
    from flywheel_migration.deidentify.file_profile import FileProfile
    from fs.errors import ResourceNotFound
    from fs.memoryfs import MemoryFS

SALT = {"salt": "SYNTH-SALT", "date-increment": -17}


def profile(section: str, *fields: dict, **options: object) -> dict:
    return {"name": "synth", "version": 1, section: {"fields": list(fields), **SALT, **options}}


def act(name: str, action: str, value: object = True, **options: object) -> dict:  # noqa: FBT002
    return {"name": name, action: value, **options}


def both(section: str, made: dict, name: str, data: bytes) -> tuple[flywheel.Result, flywheel.Result]:
    return ours.deidentify(made, section, name, data), flywheel.deidentify(made, name, data)


JSON_DOCUMENT = {
    "ID": "SYNTH-0001",
    "Number": 12.5,
    "Zero": 0,
    "Yes": False,
    "Nothing": None,
    "Empty": "",
    "Date": "2020-02-28",
    "When": "2020-02-28 23:59:01",
    "Uid": "1.2.840.113619.2.5.1762583153.215519.978957063.78",
    "People": [{"Name": "CANARY^ALICE", "Age": 37}, {"Name": "CANARY^BOB"}],
    "Deep": {"Er": {"Name": "x"}, "EmptyList": [], "EmptyObject": {}},
}

JSON_RULES = [
    [act(key, "hash") for key in ("ID", "Number", "Zero", "Yes", "Nothing", "Empty", "Absent")],
    [act("Deep.EmptyList", "hash"), act("Deep.EmptyObject", "hash")],
    [act("Date", "increment-date"), act("When", "increment-datetime"), act("Empty", "increment-date")],
    [act("Uid", "hashuid"), act("Absent", "hashuid")],
    [act("People.0.Name", "hash"), act("People.1.Name", "remove"), act("People.0.Age", "replace-with", 40)],
    [act("People", "remove"), act("Deep", "replace-with", "x")],
    [act("New", "replace-with", "x"), act("A.B.C", "replace-with", 1.5), act("L.1.C", "replace-with", "x")],
    [act("Nothing.Below", "replace-with", "x"), act("Empty.Below", "replace-with", "x")],
    [act("New", "replace-with", "x", **{"replace-with-insert": False})],
    [act("ID", "hash"), act("ID", "hash"), act("ID", "replace-with", "")],
    [{"regex": r".*Name$", "hash": True}, {"regex": r"People\.\d+\.Age", "remove": True}],
    [act("People.0", "remove"), act("People.0.Name", "hash")],
    [act("ID", "keep")],
    [act("Date", "increment-date", **{"date-increment-override": 400, "date-format": "%Y-%m-%d"})],
]


@pytest.mark.parametrize("rules", JSON_RULES, ids=[rules[0].get("name", "regex") for rules in JSON_RULES])
def test_json_values_agree(rules):
    here, there = both("json", profile("json", *rules), "x.json", json.dumps(JSON_DOCUMENT).encode())
    assert not here.refusal
    assert not there.refusal
    assert json.loads(here.data) == json.loads(there.data)
    assert list(json.loads(here.data)) == list(json.loads(there.data))


@pytest.mark.parametrize("separator", ["/", "::", "_"])
def test_json_paths_with_another_separator_agree(separator):
    name, new, age = map(separator.join, (["People", "0", "Name"], ["New", "Path"], ["People", r"\d+", "Age"]))
    rules = [act(name, "hash"), act(new, "replace-with", "x"), act("Deep.Er", "remove"), {"regex": age, "remove": True}]
    document = JSON_DOCUMENT | {"Deep.Er": "CANARY"}
    made = profile("json", *rules, separator=separator)
    here, there = both("json", made, "x.json", json.dumps(document).encode())
    assert not there.refusal
    assert json.loads(here.data) == json.loads(there.data) != document


@pytest.mark.parametrize(
    "rule", [act("People", "hash"), act("ID", "increment-date"), act("ID.Below", "replace-with", "x")]
)
def test_json_is_refused_by_both(rule):
    here, there = both("json", profile("json", rule), "x.json", json.dumps(JSON_DOCUMENT).encode())
    assert here.refusal
    assert there.refusal


@pytest.mark.parametrize("rule", [act("People.1", "remove"), {"regex": r"People\.\d$", "remove": True}])
def test_elements_of_lists_are_removed_here(rule):
    here, there = both("json", profile("json", rule), "x.json", json.dumps(JSON_DOCUMENT).encode())
    assert "BOB" not in here.data.decode()
    assert there.refusal.startswith("IndexError")


NAMES = st.sampled_from(["a", "b", "c"])
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
VALUES = st.integers(-(10**6), 10**6) | FLOATS | TEXT  # it takes the hash of 1 for that of 1.0 once it has seen it
DOCUMENTS = st.dictionaries(
    NAMES, VALUES | st.dictionaries(NAMES, VALUES, min_size=1) | st.lists(VALUES, min_size=1), min_size=1
)


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, st.sampled_from(["a", "b", "a.b", "c.0", "b.c"]), st.sampled_from(["hash", "remove"]))
def test_json_of_any_shape_agrees(document, name, action):
    here, there = both("json", profile("json", act(name, action)), "x.json", json.dumps(document).encode())
    if there.refusal:  # it fails where a plain value stands above the field, or a list has no such element
        return
    assert not here.refusal
    if not {"n/a", "nan"} & {str(value).strip().casefold() for value in _leaves(document)}:  # left alone here
        assert json.loads(here.data) == json.loads(there.data)


def _leaves(node):
    if isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _leaves(child)
    else:
        yield node


TABLE = "id,name,when,score\nS-1,CANARY^ALICE,2020-02-28,1.5\nS-2,CANARY^BOB,2021-03-01,2.5\n"
TABLE_RULES = [
    [act("id", "hash"), act("name", "replace-with", "x")],
    [act("name", "remove"), act("absent", "remove"), act("absent", "hash"), act("absent", "replace-with", "x")],
    [act("when", "increment-date", **{"date-format": "%Y-%m-%d"})],
    [act("score", "hash")],
    [act("name", "hash"), act("name", "hash")],
]


@pytest.mark.parametrize("rules", TABLE_RULES, ids=[rules[0]["name"] for rules in TABLE_RULES])
def test_table_values_agree(rules):
    made = profile("csv", *rules, **{"file-filter": ["*.csv"]})
    here = ours.deidentify(made, "csv", "p.csv", TABLE.encode()).data
    there = theirs_without_log(made["csv"], TABLE.encode())
    assert list(csv.reader(io.StringIO(here.decode()))) == list(csv.reader(io.StringIO(there.decode())))


def theirs_without_log(section: dict, data: bytes, kind: str = "csv") -> bytes:
    """Run the oracle on a table; with a log it looks for an attribute of the column's name, and fails."""
    with flywheel.its_warnings(), MemoryFS() as source, MemoryFS() as target:
        source.writebytes("p.csv", data)
        FileProfile.factory(kind, config=json.loads(json.dumps(section))).process_files(source, target, ["p.csv"])
        return target.readbytes("p.csv")


@pytest.mark.parametrize("reader", ["table", "fwf", "xml"])
def test_readers_that_give_no_table_there(reader):
    section = profile("table", act("id", "hash"), reader=reader, **{"file-filter": "*"})["table"]
    with pytest.raises((ValueError, TypeError, AttributeError, FileNotFoundError, ResourceNotFound)):
        theirs_without_log(section, TABLE.replace(",", "\t").encode(), "table")


def test_tables_between_tabs_are_read_here():
    data = TABLE.replace(",", "\t").encode()
    made = profile("table", act("id", "hash"), reader="table", **{"file-filter": "*"})
    here = ours.deidentify(made, "table", "p.csv", data).data
    there = theirs_without_log(profile("csv", act("id", "hash"))["csv"], TABLE.encode())
    assert list(csv.reader(io.StringIO(here.decode()), delimiter="\t")) == list(csv.reader(io.StringIO(there.decode())))


def test_a_tsv_that_passes_unchanged_there_is_edited_here():
    data = TABLE.replace(",", "\t").encode()
    made = profile("tsv", act("id", "hash"), **{"file-filter": "*.csv"})
    assert theirs_without_log(made["tsv"], data, "tsv") == data
    there = theirs_without_log(profile("csv", act("id", "hash"))["csv"], TABLE.encode())
    assert ours.deidentify(made, "tsv", "p.csv", data).data == there.replace(b",", b"\t")


def nifti() -> bytes:
    image = nib.Nifti1Image(np.arange(8, dtype="i2").reshape(2, 2, 2), np.eye(4))
    image.header["descrip"] = "CANARY^ALICE"
    image.header["db_name"] = "CANARY"
    image.header["session_error"] = 7
    image.header["toffset"] = 4.5
    return image.to_bytes()


@pytest.mark.parametrize(
    "rules",
    [
        [act("descrip", "remove"), act("db_name", "replace-with", "x")],
        [act("session_error", "remove"), act("toffset", "replace-with", 2)],
        [act("session_error", "replace-with", 3), act("descrip", "keep")],
    ],
    ids=["text", "numbers", "more"],
)
def test_nifti_headers_agree(rules):
    here, there = both("nifti", profile("nifti", *rules), "x.nii", nifti())
    assert here.data == there.data


@pytest.mark.parametrize(
    ("rule", "here", "there"),
    [
        (act("aux_file", "replace-with", "x"), b"x", b""),
        (act("db_name", "hash"), b"hashed", None),
        (act("db_name", "regex-sub", [{"input-regex": "(?P<a>.)", "output": "{a}"}]), b"C", None),
        (act("db_name", "replace-with", "0123456789abcdefghij"), None, b"0123456789abcdefgh"),
    ],
    ids=["an empty field", "hash", "regex-sub", "too long"],
)
def test_text_of_nifti_headers_is_text_here(rule, here, there):
    made = profile("nifti", rule)
    for copy, value in zip(both("nifti", made, "x.nii", nifti()), (here, there), strict=True):
        assert bool(copy.refusal) == (value is None)
        if value is not None:
            found = nib.Nifti1Image.from_bytes(copy.data).header[rule["name"]].item()
            assert found == value or (value == b"hashed" and len(found) == 16)


def test_groups_stand_in_names_of_nifti_copies_here():
    naming = [{"output": "{x}.nii", "input-regex": r"(?P<x>\w)"}]
    here, there = both("nifti", profile("nifti", act("descrip", "remove"), filenames=naming), "a.nii", nifti())
    assert (here.name, there.name) == ("a.nii", "None.nii")


GROUPS = [
    ("2020-02-28_x", r"(?P<when>[\d-]+)_(?P<rest>.*)", "{when}-{rest}", [act("when", "increment-date")]),
    ("28 Feb 2020_x", r"(?P<when>[^_]+)_(?P<rest>.*)", "{when}-{rest}", [act("when", "increment-date")]),
    ("CANARY_t2*", r"(?P<who>[^_]+)_(?P<rest>.*)", "{who}_{rest}", [act("who", "hash")]),
    ("CANARY_con", r"(?P<who>[^_]+)_(?P<rest>.*)", "{rest}", [act("who", "remove")]),
    ("a:b?c", r"(?P<all>.*)", "{all}", []),
]


@pytest.mark.parametrize(("name", "regex", "output", "groups"), GROUPS, ids=[case[0] for case in GROUPS])
def test_file_names_agree(name, regex, output, groups):
    rule = {"input-regex": regex, "output": output, "groups": groups}
    made = {"name": "synth", "version": 1, "filename": {"filenames": [rule], **SALT, "file-filter": "*"}}
    here, there = both("filename", made, name, b"bytes")
    assert here.name == there.name
    assert here.data == there.data
