from __future__ import annotations

import codecs
import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_deid.actions import Keep, Remove, Replace
from fw_gear_deid.errors import ActionError, UnmatchedError, UnreadableError
from fw_gear_deid.formats.json_ import JsonFormat
from tests.formats.samples import Shout, Where, by_regex, named, renaming, run, section


def edited(text: str | bytes, *rules, separator: str = ".", **options):
    plan = JsonFormat().compile(section("json", *rules, separator=separator, **options))
    data = text if isinstance(text, bytes) else text.encode()
    out, result = run(plan, data, "sub-01.json", log=True)
    return (out if isinstance(text, bytes) else out.decode()), result


def one(text: str, name: str, action) -> str:
    return edited(text, *named((name, action)))[0]


SIDECAR = """{
    "PatientName": "CANARY^ALICE",
    "EchoTime": 0.00500,
\t"Caf\u00e9" : [1e3,  -0.0, 12345678901234567890],
    "Nested": {"A": 1, "B": {"C": "x"}},
    "Last": "CANARY"
}\r\n"""


def test_a_replaced_value_leaves_every_other_character():
    out, result = edited(SIDECAR, *named(("PatientName", Replace("X"))))
    assert out == SIDECAR.replace('"CANARY^ALICE"', '"X"')
    assert result.hits == (1,)
    assert (result.before, result.after) == ({"PatientName": "CANARY^ALICE"}, {"PatientName": "X"})


def test_no_hit_gives_the_same_bytes():
    assert edited(SIDECAR, *named(("Nothing", Remove()), ("EchoTime", Keep())))[0] == SIDECAR


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("PatientName", '\n    "PatientName": "CANARY^ALICE",'),
        ("EchoTime", '\n    "EchoTime": 0.00500,'),
        ("Last", ',\n    "Last": "CANARY"'),
        ("Nested.A", '"A": 1, '),
        ("Nested.B.C", '"C": "x"'),
    ],
)
def test_removal_takes_the_member_with_its_comma(name, gone):
    assert one(SIDECAR, name, Remove()) == SIDECAR.replace(gone, "")


def test_removing_everything_leaves_an_empty_object():
    assert one('{\n "a": 1\n}', "a", Remove()) == "{}"
    assert one("[ 1 ]", "0", Remove()) == "[]"
    assert one("[1 , 2 ]", "1", Remove()) == "[1 ]"


@pytest.mark.parametrize(
    ("text", "name", "result"),
    [
        ("{}", "a", '{"a": "X"}'),
        ('{"a":1}', "b", '{"a":1, "b":"X"}'),
        ('{"a":1,"c":2}', "b", '{"a":1,"c":2,"b":"X"}'),
        ('{"z": 1}', "a.b.c", '{"z": 1, "a": {"b": {"c": "X"}}}'),
        ('{"z": 1}', "a.0.c", '{"z": 1, "a": [{"c": "X"}]}'),
        ('{"z": 1}', "a.1", '{"z": 1, "a": [null, "X"]}'),
        ('{"a": null}', "a.b", '{"a": {"b": "X"}}'),
        ('{"a": ""}', "a.b", '{"a": {"b": "X"}}'),
        ('{"a": null}', "a", '{"a": "X"}'),
        ('{\r\n\t"a": {}\r\n}', "a.b", '{\r\n\t"a": {\r\n\t\t"b": "X"\r\n\t}\r\n}'),
        ('{\n  "z": 1\n}\n', "a.b", '{\n  "z": 1,\n  "a": {\n    "b": "X"\n  }\n}\n'),
        ('[{"a":1}]', "0.b", '[{"a":1, "b":"X"}]'),
    ],
)
def test_a_missing_field_is_created_in_the_style_of_the_file(text, name, result):
    assert one(text, name, Replace("X")) == result
    assert one(text, name, Replace("X", insert=False)) == text


@pytest.mark.parametrize(
    ("text", "name"), [('{"a":"CANARY"}', "a.b"), ('{"a":[1]}', "a.5"), ('{"a":[1]}', "a.x"), ("{}", "a.99999")]
)
def test_a_field_that_cannot_be_created_withholds_the_file(text, name):
    with pytest.raises(ActionError, match=re.escape(name)) as caught:
        one(text, name, Replace("X"))
    assert "CANARY" not in str(caught.value)


def test_every_duplicate_key_is_acted_on():
    assert one('{"a":"x","b":{"a":"z"},"a":"y"}', "a", Shout()) == '{"a":"<X>","b":{"a":"z"},"a":"<Y>"}'


def test_a_key_that_holds_the_separator_is_found_plain_and_escaped():
    assert one('{"a.b":"x"}', "a.b", Shout()) == '{"a.b":"<X>"}'
    assert one('{"a.b":"x","a":{"b":"y"}}', "a\\.b", Shout()) == '{"a.b":"<X>","a":{"b":"y"}}'


def test_another_separator():
    assert edited('{"a":{"b.c":"x"}}', *named(("a/b.c", Shout())), separator="/")[0] == '{"a":{"b.c":"<X>"}}'


def test_list_elements_by_index_even_at_the_root():
    assert one('[{"name":"x"},{"name":"y"}]', "1.name", Shout()) == '[{"name":"x"},{"name":"<Y>"}]'


def test_rules_see_what_earlier_rules_left():
    rules = named(("l.0", Remove()), ("l.0", Shout()), ("n.a", Replace("v")), ("n.a", Shout()), ("l", Keep()))
    assert edited('{"l":["x","y"]}', *rules)[0] == '{"l":["<Y>"], "n":{"a":"<V>"}}'
    assert edited('{"a":{"b":"x"}}', *named(("a", Replace("q")), ("a.b", Shout())))[0] == '{"a":"q"}'


def test_a_regex_acts_once_a_path_at_the_start_of_it_and_stops_at_a_replaced_container():
    text = '{"Name":"x","o":{"Name":"y","k":["z",{"Name":"w"}]},"xName":"v"}'
    assert edited(text, by_regex(r"(.*\.)?Name$", Shout()))[0] == text.replace('"x"', '"<X>"').replace(
        '"y"', '"<Y>"'
    ).replace('"w"', '"<W>"')
    assert edited(text, by_regex("o", Replace("q")))[0] == '{"Name":"x","o":"q","xName":"v"}'
    out, result = edited(text, by_regex(r"o\.k\.\d", Remove()))
    assert out == '{"Name":"x","o":{"Name":"y","k":[]},"xName":"v"}'
    assert result.hits == (2,)
    assert json.loads(result.before[r"o\.k\.\d"]) == {"o.k.0": "z", "o.k.1": '{"Name":"w"}', "o.k.1.Name": "w"}


def test_an_action_on_an_object_withholds_the_file_but_removal_works():
    with pytest.raises(ActionError, match="holds others"):
        one('{"a":{"b":1}}', "a", Shout())
    assert one('{"a":{},"b":[]}', "a", Shout()) == '{"a":{},"b":[]}'
    assert one('{"a":{"b":1}}', "a", Remove()) == "{}"


def test_zero_and_false_are_hashed_by_nobody():
    assert one('{"a":0,"b":false,"c":0.0,"d":"0"}', "a", Shout()).startswith('{"a":0,')
    assert (
        edited('{"a":0,"b":false,"c":0.0,"d":"0"}', by_regex(".", Shout()))[0] == '{"a":0,"b":false,"c":0.0,"d":"<0>"}'
    )


def test_numbers_literals_and_what_is_no_number():
    text = '{"a":1.50,"b":true,"c":null,"d":NaN,"e":-Infinity,"f":7}'
    assert (
        edited(text, by_regex(".", Shout()))[0] == '{"a":"<1.5>","b":"<TRUE>","c":null,"d":NaN,"e":-Infinity,"f":"<7>"}'
    )


def test_the_action_is_told_the_name_of_the_file_and_the_path():
    assert one('{"a":[{"b":1}]}', "a.0.b", Where()) == '{"a":[{"b":"sub-01.json|a.0.b"}]}'


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), (b"", "utf-16-le"), (b"", "utf-16-be"), (b"", "utf-32-le"),
        (b"", "utf-32-be"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)  # fmt: skip
def test_encoding_and_byte_order_mark_survive(mark, encoding):
    source = mark + '{"a": "\u00e9", "b": 1}'.encode(encoding)
    assert edited(source, *named(("a", Replace("\u00fc"))))[0] == mark + '{"a": "\u00fc", "b": 1}'.encode(encoding)


def test_an_ascii_file_stays_ascii():
    assert one('{"a": "\\u00e9"}', "a", Replace("\u00fc")) == '{"a": "\\u00fc"}'


@pytest.mark.parametrize(
    "data",
    [
        b"", b"   ", b'{"a":1} CANARY', b'{"CANARY":}', b'"CANARY"', b"5", b"\xff\xfe\x00", b'{"a":"CANARY\xe9"}',
        b"[" * 5000 + b"]" * 5000, b'{"a":"\x01"}', b"{'a':1}", b'{"a":1,}', b'{"a":01}',
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused_without_its_text(data):
    with pytest.raises(UnreadableError) as caught:
        edited(data)
    assert "CANARY" not in str(caught.value)


def test_half_a_surrogate_pair_is_kept_but_not_acted_on():
    text = '{"a":"\\ud800","b":"\u00e9"}'
    assert edited(text, *named(("b", Replace("x"))))[0] == '{"a":"\\ud800","b":"x"}'
    with pytest.raises(ActionError, match="not valid in its encoding"):
        one(text, "a", Shout())


def test_a_name_from_fields_is_made_of_the_values_after_the_rules():
    rule = renaming("{a.b}_{c}_{gone}_{never}.json")
    result = edited(
        '{"a":{"b":"x"},"c":true,"gone":"CANARY"}', *named(("a.b", Shout()), ("gone", Remove())), filenames=(rule,)
    )[1]
    assert result.name == "_X__True_NA_NA.json"
    with pytest.raises(ActionError, match="output names"):
        edited('{"a":{"b":"x"}}', filenames=(renaming("{a}"),))
    with pytest.raises(UnmatchedError):
        edited("{}", filenames=(renaming("x", "nomatch"),))


def test_a_megabyte_takes_less_than_a_second():
    text = json.dumps([{"Name": "x", "values": [i / 7 for i in range(50)]} for _ in range(1000)], indent=1)
    assert len(text) > 1_000_000
    start = time.perf_counter()
    out, _ = edited(text, by_regex(r"\d+\.Name$", Replace("X")))
    assert time.perf_counter() - start < 4  # a busy machine is given some room
    assert out == text.replace('"Name": "x"', '"Name": "X"')


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.sampled_from(["a", "b", "c.d", "\u00e9", 'q"', ""])
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=15
).filter(lambda document: isinstance(document, dict | list))
SPELLINGS = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, 1, "\t"]),
        "ensure_ascii": st.booleans(),
        "separators": st.sampled_from([None, (",", ":"), (" , ", " : ")]),
    }
)


def paths(node, prefix=()):
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        yield (*prefix, key)
        if isinstance(child, dict | list):
            yield from paths(child, (*prefix, key))


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, SPELLINGS, st.data())
def test_property_an_edit_changes_what_it_names_and_nothing_else(document, spelling, data):
    text = json.dumps(document, **spelling)
    assert edited(text, by_regex("", Keep()))[0] == text
    known = [path for path in paths(document) if "" not in path and "c.d" not in path]
    if not known:
        return
    path = data.draw(st.sampled_from(known))
    name = ".".join(map(str, path))
    expected = json.loads(text)
    *above, last = path
    parent = expected
    for key in above:
        parent = parent[key]
    parent[last] = "new"
    replaced = one(text, name, Replace("new"))
    assert repr(json.loads(replaced)) == repr(expected)
    cut = replaced.index('"new"', _common(text, replaced) - 5 if _common(text, replaced) > 5 else 0)
    assert text.startswith(replaced[:cut])
    assert text.endswith(replaced[cut + 5 :])
    del parent[last]
    assert repr(json.loads(one(text, name, Remove()))) == repr(expected)


def _common(one_text, other):
    return next(
        (i for i, (a, b) in enumerate(zip(one_text, other, strict=False)) if a != b), min(len(one_text), len(other))
    )
