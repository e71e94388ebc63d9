"""Which regular expressions are told to hang a run. The right answers are known from the literature, or by hand."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_deid.profile.regex.backtracking import Hazard, hazard
from fw_gear_deid.profile.regex.parsing import admits_text


@pytest.mark.parametrize(
    "expression",
    [
        "(a+)+b",
        "(a*)*b",
        "(?:ab|ab)+c",
        "(?:(?:a*)?b)*c",
        "(?:a?b?)*c",
        "(?:a*a*b)*c",
        "(?:(?:a|b|ab)+;)*",
        "(a|aa)+$",
        "(a|a?)+b",
        "(x+x+)+y",
        r"(\s*\w+\s*)*x",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        r"(?P<name>([^_]+_?)+)\.dcm",
        r"(.*,)*x.*$|((.*)*)y",
        r"(?s)(?:.|\n)*b",
        r"(?i)([A-Z]+|[a-z])*9",
        r"(\d{1,20})*x",
        r"(?:(?:ab)+)+c",
        r"(?:(?:Date|Time)(?:Date|DateTime)*)+$x",
        r"(?:Name|Date)(?:a+)+b",
    ],
)
def test_nested_and_overlapping_repetitions_hang(expression):
    assert hazard(expression) is Hazard.CERTAIN


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "abc",
        ".*",
        ".*PhysicianName.*",
        ".*a.*b.*c",
        r"^(?P<file_name>.*)$",
        r"(?P<subject>[^_]+)_(?P<run>\d+)\.bval",
        r"(?:[A-Z][a-z]*)+$",
        r"(\w+\.)*\w+@x",
        r"(?:[^,]*,)*x",
        r"(?:ab?)*c",
        r"(?:a|b)*c",
        r"(?:foo|bar)+x",
        r"(a?)*b",
        r"\d{4}-\d{2}-\d{2}(?:T\d+(?:\.\d+)?)?$",
        r"(?:sub-(?P<s>[a-zA-Z0-9]+)_)?(?:ses-(?P<e>[a-zA-Z0-9]+)_)?.*\.nii(?:\.gz)?$",
        r"(?:\d{20})*x",
        r"(?:a+)++b",
        r"(?>(?:a+)+)b",
        r"((?:[^.]+\.)+)dcm",
        r".*\.(?:0|[1-9]\d*)\.PatientID$",
        r"(?:.*\.)?(?:PatientName|PatientID|OtherPatientIDs)$",
    ],
)
def test_ordinary_expressions_do_not(expression):
    assert hazard(expression) is Hazard.NONE


@pytest.mark.parametrize(("expression", "prefix", "whole"), [
    ("(a+)+", Hazard.NONE, Hazard.CERTAIN),
    ("(a+)+b?", Hazard.NONE, Hazard.CERTAIN),
    ("(a+)+$", Hazard.CERTAIN, Hazard.CERTAIN),
    ("(?:(?:a|b|ab);)*", Hazard.NONE, Hazard.NONE),
])  # fmt: skip
def test_what_may_stop_anywhere_cannot_fail(expression, prefix, whole):
    assert (hazard(expression), hazard(expression, whole=True)) == (prefix, whole)


@pytest.mark.parametrize("expression", [r"(?=(a+)+b)x", r"(?!.*)(a+)+b", r"(x)(a+)+\1", "(x)?(a+)+(?(1)b|c)"])
def test_conditions_make_it_a_suspicion(expression):
    assert hazard(expression) is Hazard.SUSPECTED


LEAVES = st.sampled_from(["a", "b", "[ab]"]).map(lambda letter: ("letter", letter))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.just("both"), inner, inner),
        st.tuples(st.just("either"), inner, inner),
        st.tuples(st.just("loop"), inner),
    ),
    max_leaves=3,
)


def spelled(tree):
    kind, *parts = tree
    if kind == "letter":
        return parts[0]
    texts = [spelled(part) for part in parts]
    return {"both": "(?:{}{})", "either": "(?:({})|({}))", "loop": "(?:{})+"}[kind].format(*texts)


def ends(tree, text, starts):
    """Return where a tree can end in a text and in how many ways, by trying all of them, given where it can start."""
    kind, *parts = tree
    found = Counter()
    if kind == "letter":
        found.update(
            {place + 1: n for place, n in starts.items() if text[place : place + 1] in set(parts[0]) - set("[]")}
        )
    elif kind == "both":
        found = ends(parts[1], text, ends(parts[0], text, starts))
    elif kind == "either":
        found = ends(parts[0], text, starts) + ends(parts[1], text, starts)
    else:
        while starts := ends(parts[0], text, starts):
            found += starts
    return found


def ways(tree, text):
    return ends(tree, text, Counter({0: 1}))[len(text)]


WORDS = ["".join(letters) for length in (1, 2, 3) for letters in product("ab", repeat=length)]


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_what_is_told_to_hang_has_exponentially_many_ways_and_the_rest_has_not(tree):
    growth = max(ways(tree, word * (48 // len(word))) / max(1, ways(tree, word * (24 // len(word)))) for word in WORDS)
    told = hazard(spelled(tree), whole=True) is Hazard.CERTAIN
    assert told == (growth >= 2**8)


@pytest.mark.parametrize(("expression", "group", "admitted"), [
    ("(?P<file_name>.*)", "file_name", True),
    (r"(?P<a>\w+)_(?P<run>\d+)", "a", True),
    (r"(?P<a>\w+)_(?P<run>\d+)", "run", False),
    (r"(?P<ext>\.dcm|\.ima)", "ext", False),
    (r"(?P<code>[A-Z]{1,3})", "code", False),
    (r"(?P<who>[^_]+)_x", "who", True),
    (r"sub_info\.tsv$", None, False),
    (r".*\.tsv", None, True),
])  # fmt: skip
def test_a_group_that_takes_any_word_may_hold_a_name(expression, group, admitted):
    assert admits_text(expression, group) is admitted
