"""One text with ``{{ … }}``: what comes out, what is refused, and that nothing gets out of the sandbox."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_deid.profile.templates.expressions import MAX_TEXT, TemplateProblem, ValueMissing, read_expression

VALUES = {
    "ID": "001",
    "SHIFT": "-35",
    "NAME": 'O\'Canary "Z" {{ ID }} [x]: #\n-',
    "subject": {"label": "S 1", "info": {"code": 7}, "age": 1.5, "tags": ["a", "b"], "sex": None, "items": "own"},
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{ ID }}", "001"),
        ("{{ID}}-{{ ID }}\n", "001-001\n"),
        ("{{ NAME }}", VALUES["NAME"]),
        ("{{ SHIFT | int * 7 }}", "-245"),
        ("{{ SHIFT | int / 7 }}", "-5.0"),
        ("{{ -(SHIFT | int) }}", "35"),
        ("{{ ' -35.0 ' | int }}", "-35"),
        ("{{ ID ~ '_' ~ SHIFT }}", "001_-35"),
        ("{{ 'a' if ID == '001' else 'b' }}", "a"),
        ("{{ ID[1:] }}", "01"),
        ("{{ ID | replace('0', 'x') | upper }}", "XX1"),
        ("{{ 'a.b' | regex_escape }}", r"a\.b"),
        ("{{ subject.label }}", "S 1"),
        ("{{ subject['label'] }}", "S 1"),
        ("{{ subject.info.code + 1 }}", "8"),
        ("{{ subject.age }}", "1.5"),
        ("{{ subject.tags[1] }}", "b"),
        ("{{ subject.items }}", "own"),
        ("{{ ID is defined }}", "true"),
        ("{{ MISSING | default('x') }}", "x"),
        ("{{ subject.sex | default('') }}", ""),
        ("{{ project.info.deep | default('x') }}", "x"),
        ("{% raw %}{{ ID }}{% endraw %}", "{{ ID }}"),
    ],
)
def test_a_template_becomes_exactly_the_text_of_its_values(text, filled):
    assert read_expression(text).filled(VALUES) == filled


@pytest.mark.parametrize(
    "text",
    ["{{ MISSING }}", "{{ subject.sex }}", "{{ subject.nothing.at.all }}", "{{ MISSING | int }}", "{{ 1 + MISSING }}"],
)
def test_a_missing_value_is_never_an_empty_text(text):
    with pytest.raises(ValueMissing):
        read_expression(text).filled(VALUES)


@pytest.mark.parametrize(
    "text", ["{{ 'n/a' | int }}", "{{ '1.5' | int }}", "{{ 'n/a' | float }}", "{{ 'inf' | float }}"]
)
def test_what_is_no_number_never_becomes_zero(text):
    with pytest.raises(TemplateProblem, match="needs a"):
        read_expression(text).filled(VALUES)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ID.__class__ }}",
        "{{ ID['__class__'] }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ subject.keys }}",
        "{{ subject.keys() }}",
        "{{ ID.upper() }}",
        "{{ range(9) }}",
        "{{ lipsum }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ ID | attr('upper') }}",
        "{{ subject }}",
        "{{ subject.tags }}",
        "{{ [ID] }}",
        "{{ none }}",
        "{% for x in subject.tags %}{{ x }}{% endfor %}",
        "{% if ID %}{{ ID }}{% endif %}",
        "{% set x = 1 %}{{ x }}",
        "{% include 'profile.yaml' %}",
        "{% import 'os' as os %}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%999999999d' | format(1) }}",
        "{{ 1000000000 * 1000000000 }}",
        "{{ 1e400 }}",
        "{{ 1 / 0 }}",
        "{{ ID + '1' }}",
        "{{ ID < 5 }}",
        "{{ ID[7] }}",
        "{{ ID | nothing }}",
        "{{ " + "(" * 400 + "ID" + ")" * 400 + " }}",
        "{{ " + "not " * 30 + "ID }}",
        "{{ ID" + " ~ ID" * 500 + " }}",
        "{{ ID | replace('0', '" + "0" * 900 + "') | replace('0', '" + "0" * 900 + "') }}",
        "a\r\n{{ ID }}",
        "{{ ID",
        "{{ }}",
        "{{ Date Shift }}",
    ],
)
def test_what_is_no_plain_expression_is_refused_without_a_trace_of_a_value(text):
    with pytest.raises(TemplateProblem) as caught:
        read_expression(text).filled(VALUES)
    for value in ("001", "S 1", "O'Canary", "-35"):
        assert value not in str(caught.value)


def test_a_filled_text_has_a_largest_size():
    assert len(read_expression("{{ A }}").filled({"A": "x" * MAX_TEXT})) == MAX_TEXT
    with pytest.raises(TemplateProblem, match="longer"):
        read_expression("{{ A }}").filled({"A": "x" * (MAX_TEXT + 1)})


def test_an_expression_tells_what_it_asks_for():
    expression = read_expression("a{{ ID }}b{{ subject.info.code | default(ID) }}{{ X | default('') if Y is defined }}")
    assert expression.names == ("ID", "subject.info.code", "Y", "X")
    assert expression.missing({}) == ("ID",)
    assert (expression.literal, expression.sample) == ("ab", "aXbXX")


@settings(deadline=None)
@given(st.text())
def test_a_value_comes_out_as_it_went_in(value):
    assert read_expression("<{{ V }}>").filled({"V": value}) == f"<{value}>"


PIECES = [
    "ID",
    "SHIFT",
    "subject",
    ".label",
    "[0]",
    "[1:]",
    "'a'",
    "7",
    "1e9",
    "(",
    ")",
    "|int",
    "|round(",
    "|upper",
    ",",
]
PIECES += [
    "+",
    "-",
    "*",
    "/",
    "%",
    "~",
    " if ",
    " else ",
    " and ",
    "not ",
    " in ",
    "==",
    "<",
    "__class__",
    ".items",
    "()",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join))
def test_any_expression_gives_a_text_or_a_problem(expression):
    try:
        filled = read_expression("{{ " + expression + " }}").filled(VALUES)
    except TemplateProblem:
        return
    assert isinstance(filled, str)
    assert "<" not in filled  # no object of Python has been written
