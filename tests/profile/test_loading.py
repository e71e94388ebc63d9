from __future__ import annotations

import json

import pytest

from fw_gear_deid.problems import Mark
from fw_gear_deid.profile import builtin_names, builtin_text
from fw_gear_deid.profile.builtin.ps3_15 import BASIC, MODIFIERS
from fw_gear_deid.profile.findings import Findings
from fw_gear_deid.profile.loading import MAX_BYTES, MAX_DEPTH, load
from fw_gear_deid.profile.nodes import ListNode, MapNode

NO_YAML = "this is not YAML or JSON:"
TABS = "indent with spaces, not with tabs"
COLUMNS = "lines that belong together begin in the same column"


def read(text):
    found = Findings()
    node = load(text, found)
    return node, [problem.located("p") for problem in found.sorted()]


def plain(node):
    if isinstance(node, MapNode):
        return {entry.key: plain(entry.node) for entry in node.entries}
    return [plain(item) for item in node.items] if isinstance(node, ListNode) else node.value


def test_every_node_knows_its_line_and_column():
    node, problems = read("# a comment\nname: x\ndicom:\n  fields:\n    - {name: PatientID, remove: true}\n")
    assert problems == []
    fields = node.get("dicom").node.get("fields")
    assert (fields.mark, fields.node.mark) == (Mark(4, 3), Mark(5, 5))
    entry = fields.node.items[0]
    assert (entry.mark, entry.get("remove").mark, entry.get("remove").node.mark) == (
        Mark(5, 7),
        Mark(5, 25),
        Mark(5, 33),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("00100020", 0o100020),
        ("0x10", 16),
        ("12:30", 750),
        ("1_000", 1000),
        ("yes", True),
        ("off", False),
        ("Y", "Y"),
        ("~", None),
        ("'00100020'", "00100020"),
        ("2020-01-01", "2020-01-01"),
        ("1.5", 1.5),
        ("1e3", "1e3"),
        ("!!str 5", "5"),
        ('"\\ud83d\\ude00"', "😀"),
    ],
)
def test_values_are_read_by_the_rules_of_yaml_1_1(text, value):
    node, problems = read(f"a: {text}")
    assert problems == []
    assert plain(node) == {"a": value}
    assert type(plain(node)["a"]) is type(value)


def test_aliases_and_merge_keys_are_put_in():
    text = "a: &base {x: 1, y: 2}\nb: {<<: *base, y: 3}\nc: {<<: [{x: 9}, *base]}\nd: *base\n"
    node, problems = read(text)
    assert problems == []
    assert plain(node) == {
        "a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 9, "y": 2}, "d": {"x": 1, "y": 2},
    }  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_is_read_with_any_indent(indent):
    value = {"dicom": {"fields": [{"name": 'a\t"\\/b', "remove": True}], "salt": "\u00e9", "date-increment": -1.5}}
    for ascii_only in (True, False):
        node, problems = read(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
        assert problems == []
        assert plain(node) == value


def test_places_in_json_with_tabs_count_a_tab_as_one():
    node, _ = read('{\n\t"name":\t"x"\n}')
    assert node.get("name").node.mark == Mark(2, 10)


def test_a_byte_order_mark_is_no_part_of_the_text():
    node, problems = read("\ufeffname: x".encode())
    assert (plain(node), problems) == ({"name": "x"}, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "p:1:1: the profile is blank; write at least one section, such as dicom, with fields"),
        ("# nothing\n", "p:1:1: the profile is blank; write at least one section, such as dicom, with fields"),
        (b"name: x\nb: \xff", "p:2:4: this is no profile: it is not UTF-8 text; save it as UTF-8 YAML or JSON"),
        ("name: x".encode("utf-16"), "p:1:1: this is no profile: it is not UTF-8 text; save it as UTF-8 YAML or JSON"),
        (b"PK\x03\x04\xff", "p:1:1: this is no profile: it is an archive; are the arguments in their order?"),
        (
            "dicom:\n  fields:\n  - name: x\n   keep: true\n",
            f"p:4:4: {NO_YAML} expected <block end>, but found '<block mapping start>'; {COLUMNS}",
        ),
        (b"name: x\nb\0", "p:2:2: this is no profile: it holds characters that text does not have"),
        (b" " * (MAX_BYTES + 1), "p:1:1: this is no profile: it is larger than 4 MiB"),
        (" " * (MAX_BYTES + 1), "p:1:1: this is no profile: it is larger than 4 MiB"),
        ("a: [1, 2", "p:1:9: this is not YAML or JSON: expected ',' or ']', but got '<stream end>'"),
        ("a: b: c", "p:1:5: this is not YAML or JSON: mapping values are not allowed here"),
        ("a:\n\t- b", f"p:2:1: {NO_YAML} found character '\\t' that cannot start any token; {TABS}"),
        ("a: *alice", "p:1:4: this is not YAML or JSON: found undefined alias …"),
        ("a: 1\n---\nb: 2", "p:2:1: this is not YAML or JSON: but found another document"),
        ("a: 1\nb: 2\na: 3", "p:3:1: a is written twice; the first is in line 1"),
        ("a: !!python/object:os.system x", "p:1:4: tags (!…) are not allowed in a profile; leave the tag out"),
        ("a: !!set {b}", "p:1:4: tags (!…) are not allowed in a profile; leave the tag out"),
        ("a: !mine x", "p:1:4: tags (!…) are not allowed in a profile; leave the tag out"),
        ("? [a]\n: b", "p:1:3: a key must be a plain word; put it in quotes if it has signs in it"),
        ("a: {<<: 5}", "p:1:9: << must stand before a mapping, or a list of mappings"),
        ("a: !!int x", "p:1:4: this cannot be read as a number; put it in quotes if it is text"),
        ('a: "\\ud83d"', "p:1:4: half a surrogate pair is no character; write the character itself"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text, problem):
    assert read(text)[1] == [problem]


@pytest.mark.parametrize("text", ["{{ NAME }}", "'{{ NAME }}'", "x{{NAME}}"])
def test_a_template_is_known_with_and_without_quotes(text):
    node, problems = read(f"a: {text}")
    assert problems == []
    assert node.get("a").node.is_template
    assert node.get("a").node.mark == Mark(1, 4)


def test_a_picture_is_no_profile():
    _, problems = read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert problems == ["p:1:1: this is no profile: it is not UTF-8 text; save it as UTF-8 YAML or JSON"]


@pytest.mark.parametrize("text", ["[" * (MAX_DEPTH + 1), "[" * 5000, "{a: " * 5000])
def test_deep_nesting_is_refused(text):
    _, problems = read(text)
    assert len(problems) == 1
    assert "it is nested too deeply" in problems[0]


def test_an_alias_bomb_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    _, problems = read("\n".join(lines))
    assert len(problems) == 1
    assert problems[0].endswith("this is no profile: it is too large once its aliases are put in")


def test_an_alias_to_itself_is_refused():
    _, problems = read("a: &a [*a]")
    assert [problem.split(": ", 1)[1] for problem in problems] == [
        "this is no profile: it is too large once its aliases are put in"
    ]


def test_a_merge_bomb_is_refused():
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]
    _, problems = read("\n".join(lines))
    assert len(problems) == 1


def test_a_syntax_error_does_not_quote_the_text():
    _, problems = read("PatientName: CANARY^ALICE\n  - 'SYNTH-0001: [\n")
    assert len(problems) == 1
    assert "CANARY" not in problems[0]
    assert "SYNTH" not in problems[0]


def test_all_structural_problems_are_told_at_once():
    _, problems = read("a: !x 1\nb: 1\nb: 2\nc: !!binary x\n")
    assert [problem.split(": ")[0] for problem in problems] == ["p:1:4", "p:3:1", "p:4:4"]


@pytest.mark.parametrize("name", [*builtin_names(), *(f"{BASIC}+{each}" for each in MODIFIERS)])
def test_libyaml_reads_the_built_in_profiles_as_pyyaml_does(name):
    found, text = Findings(), builtin_text(name)
    node = load(text, found, is_own=True)
    assert node is not None
    assert node == load(text, found)
    assert not found.problems
