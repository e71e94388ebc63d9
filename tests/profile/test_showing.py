"""``show``: whatever can be written in a profile comes back as it was meant. Profiles are drawn from the tables."""

from __future__ import annotations

import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fw_gear_deid.actions import ACTIONS, Kind
from fw_gear_deid.profile import check_text, show, show_hidden
from fw_gear_deid.profile.container_types import CONTAINERS
from fw_gear_deid.profile.settings import SECRETS, SECTIONS

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="{}\ufeff"), min_size=1, max_size=12),
    st.sampled_from(
        ["yes", "null", "0012", "1e5", "12:30", "- a", "a: b", "# x", "'", '"', " x ", "x\ny", "~", "!secret"]
    ),
)
VALUES = {
    Kind.FLAG: st.booleans(),
    Kind.TEXT: TEXTS,
    Kind.INTEGER: st.integers(0, 9),
    Kind.NUMBER: st.one_of(st.integers(1, 400), st.floats(0.25, 1e6, allow_nan=False)),
    Kind.FORMAT: st.sampled_from(["%Y-%m-%d", "%d.%m.%Y %H:%M", "timestamp"]),
    Kind.LIMIT: st.sampled_from(["19000101", "-89years", "+3weeks"]),
    Kind.PATTERNS: st.one_of(st.just("*.x"), st.lists(st.sampled_from(["*.a", "r!b.*", "c"]), min_size=1, max_size=2)),
    Kind.REGEX: st.sampled_from(["=", r"\s*=\s*"]),
}
NEEDED = {"table": {"reader": "csv", "file-filter": "*.t"}, "key-value-text-file": {"delimiter": "="}}
PATIENT = [HealthCheck.filter_too_much, HealthCheck.too_slow]
"""Many profiles that are drawn have errors, and are passed over; how long that takes is the machine's affair."""
FIXED = {"delimiter", "separator", "reader", "encoding", "uid-numeric-name"}
"""Settings that are not any text."""


HIDDEN = sorted(name for name, option in SECTIONS["dicom"].settings.items() if name in SECRETS)


def written(options):
    """Return some of these options, with values of their kind."""
    known = {
        option.name: st.sampled_from(option.choices) if option.kind is Kind.CHOICE else VALUES[option.kind]
        for option in options
        if (option.kind is Kind.CHOICE or option.kind in VALUES) and option.name not in FIXED
    }
    return st.fixed_dictionaries({}, optional=known)


def shaped(kind):
    """Return rules of an action."""
    example = next(entry for entry in yaml.safe_load(kind.example)["fields"] if kind.key in entry)
    value = (
        st.one_of(TEXTS, st.just(""), st.integers(0, 99)) if kind.key == "replace-with" else st.just(example[kind.key])
    )
    return st.tuples(value, written(kind.options)).map(lambda pair: {kind.key: pair[0]} | pair[1])


ACTING = st.one_of([shaped(kind) for kind in ACTIONS.values() if kind.example])
NAMING = st.fixed_dictionaries(
    {"output": st.sampled_from(["{a}.dcm", "x-{a}"]), "input-regex": st.just("(?P<a>[a-z]+)_.*")},
    optional={"groups": ACTING.map(lambda rule: [{"name": "a"} | rule])},
)


@st.composite
def profiles(draw):
    """Draw the value of a YAML profile; it may have errors."""
    profile = {"name": draw(TEXTS), "version": 1}
    for kind in draw(st.lists(st.sampled_from([*SECTIONS.values()]), min_size=1, max_size=2, unique_by=id)):
        section = {"date-increment": -3} | draw(written(kind.settings.values())) | NEEDED.get(kind.name, {})
        if kind.fields:
            example = yaml.safe_load(kind.example).get("fields") or [{"name": "a"}]
            names = [{key: value for key, value in each.items() if key in {"name", "regex"}} for each in example]
            section["fields"] = [draw(st.sampled_from(names)) | rule for rule in draw(st.lists(ACTING, max_size=3))]
        if draw(st.booleans()):
            section["filenames"] = [draw(NAMING)]
        profile[kind.name] = section
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(CONTAINERS)))
        profile["flywheel"] = {name: {"fields": [{"name": "info.a", "hash": True}, {"name": "tags", "keep": True}]}}
    return profile


def read(text):
    return check_text(text, allow_no_deid=True)[0]


@settings(max_examples=50, deadline=None, suppress_health_check=PATIENT)
@given(profiles())
def test_what_is_shown_reads_as_an_equal_profile_whatever_it_holds(profile):
    first = read(yaml.safe_dump(profile, allow_unicode=True))
    assume(first is not None)
    again = read(show(first))
    assert again == first
    assert show(again) == show(first)


@settings(max_examples=12, deadline=None, suppress_health_check=PATIENT)
@given(profiles(), st.sampled_from(HIDDEN))
def test_no_secret_is_shown_to_people(profile, secret):
    profile["dicom"] = profile.get("dicom", {"fields": [{"name": "PatientID", "remove": True}]}) | {
        secret: "canary-zebra"
    }
    first = read(yaml.safe_dump(profile, allow_unicode=True))
    assume(first is not None)
    shown = show_hidden(first)
    assert "canary-zebra" in show(first)
    assert "canary-zebra" not in shown
    assert read(shown) is None
