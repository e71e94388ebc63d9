"""Which profile a run uses, read from the settings of a site by the real SDK."""

import pytest

from fw_gear_deid.errors import UsageError
from fw_gear_deid.site.client import SiteClient
from fw_gear_deid.site.levels import Level, Wanted, choose
from tests.flywheel_site.files import store

GOOD = {"name": "good", "dicom": {"fields": [{"name": "PatientName", "remove": True}]}}
BAD = {"name": "bad", "dicom": {"fields": [{"name": "PatientNmae", "remove": True}]}}
CANARY = "Zebra^Canary"


def chosen(client, *arguments, **options):
    return choose(Wanted(*arguments, **options), client, client.lookup("lab", "Destination"))


def put(lab, **levels):
    places = {"project": lab.destination["_id"], "group": "lab", "site": "site"}
    for level, profile in levels.items():
        lab.site.settings[places[level]] = {"deid_profile": profile}


def named(name):
    return {**GOOD, "name": name}


def test_auto_takes_the_nearest_level(lab, client):
    put(lab, site=named("s"))
    assert chosen(client).level is Level.SITE
    put(lab, group=named("g"))
    assert chosen(client).draft.profile().name == "g"
    put(lab, project=named("p"))
    assert chosen(client).draft.profile().name == "p"
    assert chosen(client, text=b"name: i\njson:\n  fields: [{name: a, remove: true}]\n").level is Level.INPUT


def test_auto_passes_over_a_level_with_a_wrong_profile_and_says_so(lab, client):
    put(lab, project=BAD, group=named("g"))
    found = chosen(client)
    assert found.level is Level.GROUP
    assert any("profile of the project is not valid" in warning for warning in found.warnings)


def test_asked_for_by_name_a_wrong_profile_fails(lab, client):
    put(lab, project=BAD, group=named("g"))
    with pytest.raises(UsageError, match=r"profile of the project:\d+:\d+: .*PatientNmae"):
        chosen(client, "project")
    with pytest.raises(UsageError, match="the site has no profile"):
        chosen(client, "site")
    assert chosen(client, "group").level is Level.GROUP


def test_a_level_that_the_key_may_not_look_at_is_not_passed_over(lab):
    """It may hold a stricter profile than the next one."""
    put(lab, project=named("p"), site=named("s"))
    actions = (action for action in lab.site.role("read-write").actions if action != "settings_view")
    lab.site.add_role("narrow", tuple(actions))
    secret = lab.site.add_user("narrow@example.org")
    lab.destination["permissions"].append({"_id": "narrow@example.org", "role_ids": [lab.site.role("narrow").id]})
    with SiteClient(lab.running.api_key(secret)) as narrow, pytest.raises(UsageError) as caught:
        chosen(narrow)
    assert "may not read the settings of the destination's project" in str(caught.value)


@pytest.mark.parametrize("blank", [{}, {"name": "none"}])
def test_a_blank_profile_is_a_decision_and_ends_the_search(lab, client, blank):
    put(lab, project=blank, group=named("g"))
    for source in ("auto", "project"):
        with pytest.raises(UsageError, match=r"blank.*allow_no_deid"):
            chosen(client, source)


def test_a_profile_may_be_attached_to_the_project(lab, client):
    store(
        lab.site, lab.destination, "deid_profile.yaml", b"name: attached\njson:\n  fields: [{name: a, remove: true}]\n"
    )
    assert chosen(client).draft.profile().name == "attached"
    put(lab, project=named("p"))
    assert chosen(client).draft.profile().name == "p"


def test_an_attached_profile_keeps_its_lines(lab, client):
    text = b"name: p\n\ndicom:\n  fields:\n    - {name: PatientNmae, remove: true}\n"
    store(lab.site, lab.destination, "deid_profile.yml", text)
    with pytest.raises(UsageError, match="profile of the project:5:"):
        chosen(client, "project")


def test_no_profile_at_all(client):
    with pytest.raises(UsageError, match="neither the destination project"):
        chosen(client)
    with pytest.raises(UsageError, match="deid_profile: missing"):
        chosen(client, "input")
    with pytest.raises(UsageError, match=r"must name a built-in profile: .*minimal"):
        chosen(client, "builtin", name="nothing")
    assert chosen(client, "builtin", name="minimal").level is Level.BUILTIN


def test_the_profile_input_may_be_an_ingest_config(client):
    entry = "  - {name: %s, json: {fields: [{name: x, remove: true}]}}\n"
    text = f"deid-profiles:\n{entry % 'a'}{entry % 'b'}".encode()
    assert chosen(client, "input", text, "b").draft.profile().name == "b"
    with pytest.raises(UsageError, match="several profiles"):
        chosen(client, "input", text)


def test_a_profile_with_templates_is_valid_before_it_is_filled(lab, client):
    put(
        lab,
        project={
            "name": "t",
            "dicom": {"date-increment": "{{ SHIFT }}", "fields": [{"name": "StudyDate", "increment-date": True}]},
        },
    )
    assert chosen(client).draft.names == ("SHIFT",)
