"""The same XML through this engine and through Flywheel's: the documents must mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.oracle import flywheel, ours
from tests.oracle.test_text_formats_oracle import act, both, profile

STUDY = """<?xml version="1.0" encoding="UTF-8"?>
<study site="SYNTH"><!-- made up -->
  <patient><name>CANARY^ALICE</name><id>SYNTH-0001</id><born>1970-05-17</born></patient>
  <visit><when>2020-02-28 23:59:01</when><who>CANARY^BOB</who><who>CANARY^EVE</who><empty/></visit>
  <visit><when>28 Feb 2020</when><uid>1.2.840.113619.2.5.1762583153.215519.978957063.78</uid></visit>
  <list xmlns="urn:x"><who>CANARY^DAN</who></list>
</study>
"""

RULES = [
    [act("/study/patient/name", "hash"), act("//id", "replace-with", "A & <B>")],
    [act("//who", "hash"), act("//who[2]", "replace-with", "x")],
    [act("./patient/id", "hash"), act("./nothing", "hash"), act("//nothing", "replace-with", "x")],
    [act("//visit[2]/uid", "hashuid"), act("//empty", "hash"), act("//empty", "increment-date")],
    [act("//born", "increment-date"), act("//visit[2]/when", "increment-date")],
    [act("//born", "increment-date", **{"date-format": "%Y-%m-%d", "date-increment-override": 400})],
    [act("//when", "increment-datetime"), act("//born", "increment-datetime")],
    [act("//when", "increment-datetime", **{"datetime-format": "%d.%m.%Y %H:%M"})],
    [act("//*[local-name()='list']/*", "hash")],
    [act("//comment()", "hash"), act("//empty", "replace-with", "filled")],
    [act("//name", "hash"), act("//name", "hash"), act("//name", "replace-with", "")],
    [act("//patient/*", "replace-with", "x"), act("//who", "keep")],
]


@pytest.mark.parametrize("rules", RULES, ids=[rules[0]["name"] for rules in RULES])
def test_values_agree(rules):
    here, there = both("xml", profile("xml", *rules), "study.xml", STUDY.encode())
    assert not here.refusal
    assert not there.refusal
    assert canonical(here.data) == canonical(there.data)


def canonical(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data), method="c14n")


def test_elements_that_are_removed_agree():
    # Without text between elements: it goes with the element before it there.
    text = "<a><b>CANARY</b><c><b/></c><d>x</d></a>"
    here, there = both("xml", profile("xml", act("//b", "remove")), "study.xml", text.encode())
    assert canonical(here.data) == canonical(there.data) == b"<a><c></c><d>x</d></a>"


def test_file_names_agree():
    named = [{"output": "{/study/patient/id}-{who}.xml", "input-regex": r"(?P<who>\w+)-.*"}]
    made = profile("xml", act("/study/patient/id", "hash"), filenames=named)
    here, there = both("xml", made, "any-1.xml", STUDY.encode())
    assert here.name == there.name
    made = profile("xml", act("//id", "hash"), filenames=named)  # the same element, found in another way
    here, there = both("xml", made, "any-1.xml", STUDY.encode())
    assert "SYNTH-0001" not in here.name
    assert "SYNTH-0001" in there.name


@pytest.mark.parametrize("value", ["CANARY", "n/a", "1582848000"])
def test_what_is_no_date_is_refused_by_both(value):
    text = f"<a>{value}</a>"
    for action in ("increment-date", "increment-datetime"):
        here, there = both("xml", profile("xml", act("/a", action)), "study.xml", text.encode())
        assert here.refusal
        assert there.refusal


DAYS = st.dates().map(str) | st.datetimes().map(str) | st.sampled_from(["1 Jan 1999", "Jan 1, 1999", "3/4/2001"])


@settings(max_examples=40, deadline=None)
@given(DAYS.filter(lambda text: text > "1001"), st.sampled_from(["increment-date", "increment-datetime"]))
def test_dates_of_any_spelling_agree(value, action):
    here, there = both("xml", profile("xml", act("/a", action)), "study.xml", f"<a>{value}</a>".encode())
    assert bool(here.refusal) == bool(there.refusal)
    if not here.refusal:
        assert canonical(here.data) == canonical(there.data)


# What docs/compatibility.md says of XML.


def test_the_text_behind_a_removed_element_stays_here():
    made = profile("xml", act("//b", "remove"))
    here, there = both("xml", made, "study.xml", b"<?xml version='1.0'?><a>x<b>CANARY</b> y</a>")
    assert here.data == b"<?xml version='1.0'?><a>x y</a>"
    assert there.data == b"<a>x</a>"


def test_all_that_is_in_an_element_is_replaced_here():
    text = b"<a><b>x<c>CANARY</c></b></a>"
    here, there = both("xml", profile("xml", act("//b", "replace-with", "y")), "study.xml", text)
    assert here.data == b"<a><b>y</b></a>"
    assert there.data == b"<a><b>y<c>CANARY</c></b></a>"
    here, there = both("xml", profile("xml", act("//b", "hash")), "study.xml", text)
    assert here.refusal
    assert b"CANARY" in there.data
    here, there = both("xml", profile("xml", act("//b", "hash")), "study.xml", b"<a><b>x<!-- -->CANARY</b></a>")
    assert b"CANARY" not in here.data
    assert b"CANARY" in there.data


@pytest.mark.parametrize("name", ["/a/@k", "//*[local-name()='b']"])
def test_attributes_and_namespaced_elements_can_be_named_here(name):
    text = b"<a k='CANARY' xmlns:p='urn:p'><p:b>CANARY</p:b></a>"
    here, there = both("xml", profile("xml", act(name, "replace-with", "x")), "study.xml", text)
    assert here.data.count(b"CANARY") == 1
    assert there.refusal


def test_no_part_of_a_date_comes_from_the_clock_here():
    here, there = both("xml", profile("xml", act("/a", "increment-date")), "study.xml", b"<a>2020</a>")
    assert here.refusal
    assert not there.refusal


def test_declared_encodings_are_read_here():
    text = "<?xml version='1.0' encoding='ISO-8859-1'?><a><b>x</b><c>é</c></a>".encode("latin-1")
    here, there = both("xml", profile("xml", act("/a/b", "replace-with", "y")), "study.xml", text)
    assert here.data == text.replace(b"x</b>", b"y</b>")
    assert there.refusal


def test_a_name_that_is_no_xpath_does_nothing_there():
    made = profile("xml", act("b", "remove"))
    assert flywheel.deidentify(made, "study.xml", b"<a><b>CANARY</b></a>").data == b"<a><b>CANARY</b></a>"
    with pytest.raises(Exception, match="XPath"):
        ours.deidentify(made, "xml", "study.xml", b"<a><b>CANARY</b></a>")


def test_every_element_of_several_is_removed_here():
    made = profile("xml", act("//b", "remove"))
    here, there = both("xml", made, "study.xml", b"<study><b>CANARY</b><b>CANARY</b></study>")
    assert here.data == b"<study></study>"
    assert b"CANARY" in there.data
