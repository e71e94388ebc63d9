"""One plan that passed over many objects makes of each what a plan that met no other makes of it."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import cycle, islice, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydicom import dcmread

from fw_gear_deid.errors import FileError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.dicom import memo, rules
from fw_gear_deid.formats.dicom.document import DicomFormat, DicomPlan
from fw_gear_deid.identity import Identifier, Kind, subject_of
from tests.formats.dicom.encoding import BIG, EXPLICIT, IMPLICIT, Element, Sequence, dicom_file, tag_of, text
from tests.formats.dicom.running import profiled

if TYPE_CHECKING:
    from fw_gear_deid.profile.model import Section

KEY = "canary-key-that-is-long-enough-for-anything"
MR, SR = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88.11"
SUBJECTS = (
    subject_of(""),
    subject_of("sub-S01"),
    subject_of("sub-S01", frozenset({Identifier(Kind.NAME, "Canary^Zebra")})),
    subject_of("sub-S02", frozenset({Identifier(Kind.NAME, "Okapi^Otto")})),
)
RULED = {
    "PatientName": {"replace-with": "anon"},
    "PatientID": {"hash": True},
    "PatientBirthDate": {"increment-date": True},
    "StudyDate": {"increment-date": True},
    "SOPInstanceUID": {"hashuid": True},
    "InstitutionName": {"clean": True},
    "StationName": {
        "regex-sub": [
            {
                "input-regex": "(?P<a>.)(?P<b>.*)",
                "output": "{b}{a}",
                "groups": [{"name": "a", "hash": True}, {"name": "b", "keep": True}],
            }
        ]
    },
    "SeriesDescription": {"replace-with": "made", "replace-with-insert": True},
    "StudyID": {"pseudonym": True},
    "ImageComments": {"remove": True},
}
"""Rules that all repeat, so that whole sequences are remembered."""

RESTLESS = {
    "PatientWeight": {"jitter": True, "jitter-range": 5},
    "PatientComments": {
        "regex-sub": [
            {
                "input-regex": "(?P<a>.*)",
                "output": "{a} {PatientID}",
                "groups": [{"name": "a", "keep": True}, {"name": "PatientID", "keep": True}],
            }
        ]
    },
}
CODED = {
    "PatientName": {"action-code": "Z"},
    "PatientID": {"action-code": "X/Z/D"},
    "InstitutionName": {"action-code": "X/D"},
    "StudyDate": {"action-code": "K"},
    "ContentDate": {"action-code": "Z/D"},
    "RequestAttributesSequence": {"action-code": "D"},
    "ImageComments": {"action-code": "C"},
}
PRIVATE = {
    '(0029, "SYNTH ONE", 10)': {"replace-with": "one", "replace-with-insert": False},
    '(0029, "SYNTH TWO", 10)': {"replace-with": "two", "replace-with-insert": False},
}
IMPERSONAL = {
    "PatientID": {"hash": True},
    "PatientBirthDate": {"remove": True},
    "PatientName": {"replace-with": "anon"},
}
"""Rules that ask nobody whom an object is about: what they make serves all subjects."""

PROFILES = {
    "all repeat": (RULED, {"date-increment": "subject"}),
    "all repeat, private": (RULED | PRIVATE, {"remove-private-tags": True, "date-increment": 7}),
    "some do not": (RULED | RESTLESS | PRIVATE, {"date-increment": "subject"}),
    "scrub": (RULED, {"date-increment": 3}),
    "codes and stamp": (CODED, {"stamp": True}),
    "undefined ones removed": (
        RULED | {"StudyDescription": {"keep": True}},
        {"remove-undefined": True, "date-increment": 7},
    ),
    "age": (IMPERSONAL, {"patient-age-from-birthdate": True}),
    "impersonal": (IMPERSONAL, {}),
    "nested": (
        {
            "RequestAttributesSequence.0.RequestedProcedureDescription": {"replace-with": "first"},
            "PatientID": {"hash": True},
        },
        {"recurse-sequence": False},
    ),
}

SCRUBBING = {"scrub", "codes and stamp"}
SETTINGS = {"salt": "pepper", "secret-key": KEY, "uid-suffix-fields": 0, "recurse-sequence": True}


@cache
def section_of(name: str) -> Section:
    fields, more = PROFILES[name]
    section = profiled([{"name": field, **action} for field, action in fields.items()], **{**SETTINGS, **more})
    return replace(section, scrubs=name in SCRUBBING)


def compiled(name: str) -> DicomPlan:
    return DicomFormat().compile(section_of(name))


WORDS = ("Canary^Zebra", "Okapi^Otto", "for Otto Okapi", "19510619", "T1 ax", "", "7", "Zo\xeb Canary")
DAYS = ("19510619", "20200229", "")
VRS = {
    0x00080020: "DA", 0x00080023: "DA", 0x00080060: "CS", 0x00080080: "LO", 0x00081010: "SH", 0x00081030: "LO",
    0x0008103E: "LO", 0x00100010: "PN", 0x00100020: "LO", 0x00100030: "DA", 0x00101010: "AS", 0x00101030: "DS",
    0x00104000: "LT", 0x00200010: "SH", 0x00204000: "LT", 0x00321060: "LO", 0x00400009: "SH",
}  # fmt: skip
SETS = (None, "", "ISO_IR 100", "ISO_IR 192", "ISO_IR 144", "\\ISO 2022 IR 87")


@st.composite
def elements(draw: st.DrawFn, *, depth: int = 0) -> tuple[Element, ...]:
    """Elements with few values, so that the same bytes come again in other places and objects."""
    found: dict[int, Element] = {}
    if (charset := draw(st.sampled_from(SETS))) is not None and draw(st.booleans()):
        found[0x00080005] = text(0x00080005, "CS", charset)
    encoding = draw(st.sampled_from(("latin-1", "utf-8")))
    for tag in draw(st.sets(st.sampled_from(sorted(VRS)), max_size=9)):
        stated = draw(st.sampled_from((VRS[tag],) * 5 + ("UN", "LO")))
        words = DAYS if VRS[tag] == "DA" else WORDS
        found[tag] = text(tag, stated, draw(st.sampled_from(words)), encoding)
    for number in draw(st.sets(st.sampled_from((0x10, 0x11)), max_size=2)):
        found[0x00290000 | number] = text(0x00290000 | number, "LO", draw(st.sampled_from(("SYNTH ONE", "SYNTH TWO"))))
        found[0x00290010 | number << 8] = text(0x00290010 | number << 8, "LO", draw(st.sampled_from(WORDS)), encoding)
    for tag in draw(st.sets(st.sampled_from((0x00081140, 0x00400275)), max_size=2)) if depth < 2 else ():
        items = draw(st.lists(elements(depth=depth + 1), max_size=2))
        found[tag] = Sequence(tag, tuple(items), undefined=draw(st.booleans()))
    return tuple(found[tag] for tag in sorted(found))


@st.composite
def series(draw: st.DrawFn) -> list[tuple[bytes, FileContext]]:
    """Objects that have most elements in common, in several encodings, of several subjects."""
    data_sets = draw(st.lists(elements(), min_size=1, max_size=4))
    made = []
    for number in range(draw(st.integers(2, 7))):
        one, other = draw(st.sampled_from(data_sets)), draw(st.sampled_from(data_sets))
        found = {tag_of(element): element for element in (*other, *one)}
        found[0x00080016] = text(0x00080016, "UI", draw(st.sampled_from((MR, SR))))
        found[0x00080018] = text(0x00080018, "UI", f"1.2.3.{draw(st.integers(1, 3))}")
        syntax = draw(st.sampled_from((EXPLICIT, EXPLICIT, IMPLICIT, BIG)))
        file = dicom_file([found[tag] for tag in sorted(found)], syntax)
        context = FileContext(
            f"scan{number}.dcm", draw(st.integers(0, 5)) == 0, subject=draw(st.sampled_from(SUBJECTS))
        )
        made.append((file, context))
    return made


some = settings(phases=(Phase.generate,), derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck))


def outcome(plan: DicomPlan, file: bytes, context: FileContext) -> object:
    """Return all that is made of an object, or why nothing is."""
    try:
        edited = plan.apply(MemoryContent(file), context)
    except FileError as error:
        return type(error), str(error)
    return b"".join(map(bytes, edited.output.chunks())), replace(edited, output=None)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_the_same_bytes_in_another_character_set_encoding_or_representation_are_another_value(name):
    plan = compiled(name)
    met = set()
    sets, syntaxes = ("ISO_IR 100", "ISO_IR 144", "ISO_IR 126"), (EXPLICIT, IMPLICIT, BIG)
    for charset, syntax, vr in product(sets, syntaxes, ("LO", "SH", "UT")):
        own = (text(0x00100010, "PN", "Zo\xeb^Canary", "latin-1"), text(0x00100020, vr, "Zo\xeb \xb1", "latin-1"))
        given = [text(0x00080005, "CS", charset), text(0x00080016, "UI", MR), text(0x00080018, "UI", "1.2.3"), *own]
        file = dicom_file([*given, Sequence(0x00400275, (own,))], syntax)
        context = FileContext("scan.dcm", subject=SUBJECTS[1])
        found = outcome(plan, file, context)
        assert found == outcome(compiled(name), file, context)
        met.add(found[0])
    assert len(met) == 21  # nothing states a representation in implicit encoding


def scan(*own: Element, sop_class: str = MR) -> bytes:
    given = (text(0x00080016, "UI", sop_class), text(0x00080018, "UI", "1.2.3"))
    return dicom_file(sorted((*given, *own), key=tag_of))


def by_creator(creator: str) -> bytes:
    return scan(text(0x00290010, "LO", creator), text(0x00291010, "LO", "Canary"))


def by_birthday(day: str) -> bytes:
    return scan(text(0x00080020, "DA", "20200229"), text(0x00100030, "DA", day))


def by_class(sop_class: str) -> bytes:
    return scan(text(0x00080023, "DA", "20200229"), sop_class=sop_class)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("all repeat, private", [by_creator("SYNTH ONE"), by_creator("SYNTH TWO")]),
        ("some do not", [by_creator("SYNTH ONE"), by_creator("SYNTH TWO"), by_creator("SYNTH SIX")]),
        ("age", [by_birthday("19510619"), by_birthday("19910619"), by_birthday("")]),
        ("codes and stamp", [by_class(MR), by_class(SR)]),
    ],
)
def test_the_same_element_in_another_block_of_another_age_or_class_becomes_something_else(name, files):
    plan, context = compiled(name), FileContext("scan.dcm", subject=SUBJECTS[1])
    found = [outcome(plan, file, context) for file in files * 2]
    assert found == [outcome(compiled(name), file, context) for file in files * 2]
    copies = [dcmread(io.BytesIO(copy)) for copy, _ in found]
    told = {tuple(str(copy.get(tag, "")) for tag in (0x00101010, 0x00080023, 0x00291010)) for copy in copies}
    assert len(told) == len(files)


def test_what_rules_did_is_counted_for_each_object():
    fields = [{"name": "PatientName", "replace-with": "anon"}, {"name": "StationName", "replace-with": "made"}]
    own = (text(0x00100010, "PN", "Canary^Zebra"),)
    plan = DicomFormat().compile(profiled(fields, recurse_sequence=True))
    for _ in range(3):
        edited = plan.apply(MemoryContent(scan(*own, Sequence(0x00400275, (own, own)))), FileContext("scan.dcm"))
        assert edited.hits == (3, 1)


@some
@given(st.sampled_from(sorted(PROFILES)), series())
def test_an_object_becomes_the_same_whatever_objects_came_before_it(name, objects):
    plan = compiled(name)
    for file, context in objects * 2:
        assert outcome(plan, file, context) == outcome(compiled(name), file, context)


@settings(some, max_examples=20)
@given(st.sampled_from(sorted(PROFILES)), series())
def test_an_object_becomes_the_same_where_little_is_remembered(name, objects):
    with pytest.MonkeyPatch.context() as patch:
        for module, limit in (
            (memo, "MAX_ENTRIES"),
            (memo, "MAX_SEQUENCES"),
            (memo, "MAX_CODINGS"),
            (rules, "MAX_SUBJECTS"),
        ):
            patch.setattr(module, limit, 2)
        plan = compiled(name)
        for file, context in objects * 2:
            assert outcome(plan, file, context) == outcome(compiled(name), file, context)


@settings(some, max_examples=10)
@given(st.sampled_from(sorted(PROFILES)), series())
def test_four_threads_make_of_objects_what_one_makes(name, objects):
    several = list(islice(cycle(objects), 40))
    expected = [outcome(compiled(name), *each) for each in objects]
    plan = compiled(name)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda each: outcome(plan, *each), several))
    assert found == list(islice(cycle(expected), 40))
