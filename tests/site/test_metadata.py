"""What a ``flywheel`` section makes of metadata; all results worked out by hand."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fw_gear_deid.errors import ActionError
from fw_gear_deid.profile import check_text
from fw_gear_deid.profile.container_types import CONTAINERS
from fw_gear_deid.site.metadata import exported

SUBJECT = {
    "id": "6" * 24,
    "label": "CANARY-17",
    "code": "CANARY-17",
    "firstname": "Alice",
    "lastname": "Canary",
    "sex": "female",
    "cohort": "Study",
    "date_of_birth": dt.datetime(1980, 1, 2, tzinfo=dt.UTC),
    "info": {"site": "A", "contact": {"phone": "555", "day": "Monday"}, "visits": [{"on": "2024-03-15", "who": "Bob"}]},
    "tags": ["CANARY"],
    "notes": [{"text": "CANARY"}],
    "race": None,
}
SESSION = {
    "label": "CANARY 2024-03-15",
    "age": 1_393_632_000,
    "weight": 70.5,
    "operator": "CANARY^TECH",
    "timestamp": "2024-03-15T09:30:00+00:00",
    "info": {"scan date": "2024-03-15"},
}
FILE = {
    "name": "CANARY.dicom.zip",
    "type": "dicom",
    "modality": "MR",
    "classification": {"Intent": ["Structural"]},
    "info": {"header": {"dicom": {"PatientName": "CANARY^ALICE"}}, "quality": "good"},
    "size": 5,
}


def rules(container, section):
    profile, problems = check_text(f"json:\nflywheel:\n  {container}: {section}\n")
    assert profile is not None, problems
    return profile.containers[container]


def of(container, section, metadata, **more):
    return exported(rules(container, section), metadata, **more)


def test_without_rules_nothing_is_exported():
    assert exported(None, SUBJECT) == {}
    assert of("subject", "{}", SUBJECT) == {}


def test_only_fields_with_an_entry_are_exported_after_their_action():
    section = "{salt: s, fields: [{name: label, hash: true}, {name: sex}, {name: info.site, replace-with: X}]}"
    label = hashlib.sha256(b"sCANARY-17").hexdigest()[:16]
    assert of("subject", section, SUBJECT) == {"label": label, "sex": "female", "info": {"site": "X"}}


def test_all_exports_what_can_be_set_and_entries_change_it():
    section = "{all: true, fields: [{name: label, replace-with: S1}, {name: info.contact, remove: true}, {regex: '.*name', remove: true}, {name: tags, remove: true}]}"  # noqa: E501  # one section
    assert of("subject", section, SUBJECT) == {
        "label": "S1",
        "sex": "female",
        "cohort": "Study",
        "date_of_birth": "1980-01-02 00:00:00+00:00",
        "info": {"site": "A", "visits": [{"on": "2024-03-15", "who": "Bob"}]},
    }


def test_dates_move_with_their_time_and_zone():
    section = "{date-increment: -17, fields: [{name: timestamp, increment-datetime: true}, {name: info.scan date, increment-date: true}]}"  # noqa: E501  # one section
    assert of("session", section, SESSION) == {
        "timestamp": "2024-02-27 09:30:00+00:00",
        "info": {"scan date": "2024-02-27"},
    }
    as_object = SESSION | {"timestamp": dt.datetime(2024, 3, 15, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5)))}
    assert of("session", section, as_object)["timestamp"] == "2024-02-27 09:30:00-05:00"


@pytest.mark.parametrize(
    ("entry", "info"),
    [
        ("{name: info.contact.day}", {"contact": {"day": "Monday"}}),
        ("{name: info.contact}", {"contact": {"phone": "555", "day": "Monday"}}),
        ("{name: info.visits.0.on}", {"visits": [{"on": "2024-03-15"}]}),
        ("{regex: 'info[.]contact[.]d'}", {"contact": {"day": "Monday"}}),
        ("{name: info}", SUBJECT["info"]),
        ("{name: info.new.field, replace-with: 5}", {"new": {"field": 5}}),
    ],
)
def test_paths_below_info_leave_the_rest_behind(entry, info):
    assert of("subject", f"{{fields: [{entry}]}}", SUBJECT) == {"info": info}


@pytest.mark.parametrize("entry", ["{name: info.nothing}", "{name: race}", "{name: strain, hash: true}"])
def test_what_the_source_lacks_is_not_exported(entry):
    assert of("subject", f"{{salt: s, fields: [{entry}]}}", SUBJECT) == {}


def test_the_header_of_a_file_is_left_out_unless_it_is_asked_for():
    whole = "{all: true}"
    assert of("file", whole, FILE) == {
        "type": "dicom",
        "modality": "MR",
        "classification": {"Intent": ["Structural"]},
        "info": {"quality": "good"},
    }
    assert of("file", "{fields: [{name: info}]}", FILE) == {"info": {"quality": "good"}}
    asked = "{include-info-header: true, fields: [{name: info.header}]}"
    assert of("file", asked, FILE)["info"]["header"] == FILE["info"]["header"]
    assert of("subject", whole, {"info": {"header": 1}}) == {"info": {"header": 1}}


def test_a_text_may_be_made_of_what_the_containers_above_hold():
    groups = "groups: [{name: subject.label, keep: true}]"
    item = f"{{input-regex: '.*(?P<day>[0-9]{{2}})$', output: '{{subject.label}}_{{day}}', {groups}}}"
    entry = f"{{name: label, regex-sub: [{item}]}}"
    section = f"{{fields: [{entry}]}}"
    assert of("session", section, SESSION, parents={"subject": SUBJECT}) == {"label": "CANARY-17_15"}


def test_a_draw_depends_on_the_source_alone():
    section = "{salt: s, fields: [{name: weight, jitter: true}, {name: age, jitter: true, jitter-range: 1000}]}"
    first = of("session", section, SESSION, origin="a")
    assert first == of("session", section, SESSION, origin="a")
    assert first != of("session", section, SESSION, origin="b")
    assert isinstance(first["age"], int)
    assert first["weight"] != 70.5


@pytest.mark.parametrize(
    ("container", "section", "metadata", "field"),
    [
        ("subject", "{salt: s, fields: [{regex: 'sex', hash: true}]}", SUBJECT, "subject.sex"),
        ("subject", "{salt: s, fields: [{regex: 'date_', hash: true}]}", SUBJECT, "subject.date_of_birth"),
        ("subject", "{all: true}", {"cohort": "CANARY"}, "subject.cohort"),
        ("subject", "{all: true}", {"tags": "CANARY"}, "subject.tags"),
        ("session", "{all: true}", {"age": "CANARY"}, "session.age"),
        ("session", "{all: true}", {"info": ["CANARY"]}, "session.info"),
    ],
)
def test_what_the_api_would_refuse_is_not_exported(container, section, metadata, field):
    with pytest.raises(ActionError, match=f"{field} must hold") as caught:
        of(container, section, metadata)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), "\ud800", object(), {1, 2}])
def test_what_json_cannot_hold_is_told_without_its_value(value):
    with pytest.raises(ActionError, match="holds a value that JSON cannot hold"):
        of("session", "{all: true}", {"info": {"CANARY": value}})


def test_the_source_stays_as_it_was():
    before = repr(FILE)
    of("file", "{all: true, fields: [{name: info.quality, remove: true}]}", FILE)
    assert repr(FILE) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_nothing_leaves_that_no_rule_names(info):
    metadata = {"label": "CANARY", "info": {**info, "kept": 1}, "operator": "CANARY"}
    assert of("session", "{fields: [{name: info.kept}]}", metadata) == {"info": {"kept": 1}}
    assert set(of("session", "{all: true}", metadata)) <= set(CONTAINERS["session"].fields)
