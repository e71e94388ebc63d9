"""Containers of the destination project, found or made by the real SDK."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fw_gear_deid.errors import SiteError
from fw_gear_deid.site.client import SiteClient
from fw_gear_deid.site.exports import Provenance
from fw_gear_deid.site.lineage import Mirrored, origin_id
from fw_gear_deid.site.mirror import Mirror
from fw_gear_deid.site.oddities import OTHER_PROFILE, OTHER_SUBJECT

MADE = Provenance("p" * 64, "1.0")


def chain(*labels, number=1):
    kinds = ("subject", "session", "acquisition")
    return tuple(
        Mirrored(kind, origin_id(f"{kind}{label}{number}", "source"), label)
        for kind, label in zip(kinds, labels, strict=False)
    )


def mirror(client, by_id=()):
    return Mirror(client, client.lookup("lab", "Destination"), MADE, frozenset(by_id))


def below(lab, kind):
    return [each for each in lab.site.containers.values() if each["container_type"] == kind]


def test_missing_containers_are_made_once_with_where_they_come_from(lab, client):
    wanted = chain("S1", "V1", "T1")
    assert mirror(client).find(wanted) is None
    made = mirror(client).container(wanted)
    assert mirror(client).container(wanted).id == made.id
    assert mirror(client).find(wanted).id == made.id
    assert [each["label"] for kind in ("subject", "session", "acquisition") for each in below(lab, kind)] == [
        "S1",
        "V1",
        "T1",
    ]
    assert made.info["export"] == {
        "origin_id": wanted[-1].origin_id,
        "profile": "p" * 64,
        "gear": "fw-gear-deid",
        "gear_version": "1.0",
    }


def test_fields_arrive_with_the_container(client):
    wanted = (Mirrored("subject", "a" * 64, "S1", {"sex": "female", "info": {"x": 1}}),)
    made = mirror(client).container(wanted)
    assert (made.metadata["sex"], made.info["x"]) == ("female", 1)
    assert made.info["export"]["origin_id"] == "a" * 64


def test_a_container_without_an_origin_is_used_by_its_label(lab, client):
    subject = lab.site.add_container("subject", lab.destination["_id"], {"label": "S1", "code": "S1"})
    assert mirror(client).container(chain("S1")).id == subject["_id"]


def test_two_source_sessions_of_one_label_stay_apart(client):
    place = mirror(client)
    one, other = chain("S1", "V1"), (chain("S1")[0], chain("S1", "V1", number=2)[1])
    assert place.container(one).id != place.container(other).id
    fresh = mirror(client)
    assert fresh.find(one).id == place.find(one).id
    assert fresh.find(other).id == place.find(other).id


def test_a_renamed_container_is_found_by_its_origin_if_asked_for(lab, client):
    made = mirror(client).container(chain("S1"))
    lab.site.containers[made.id]["label"] = "renamed"
    assert mirror(client, by_id=["subject"]).container(chain("S1")).id == made.id
    assert mirror(client).container(chain("S1")).id != made.id


@pytest.mark.parametrize("fault", ["race", "lost-answer", "500", "504"])
def test_nothing_is_made_twice(lab, client, fault):
    place = mirror(client)
    lab.site.faults.switch_on(fault, times=1)
    made = place.container(chain("S1", "V1", "T1"))
    lab.site.faults.switch_off()
    assert lab.site.faults.struck == {fault: 1}
    assert len(below(lab, "subject")) == len(below(lab, "session")) == len(below(lab, "acquisition")) == 1
    assert mirror(client).find(chain("S1", "V1", "T1")).id == made.id


def test_a_subject_of_that_label_from_another_source_is_used_and_told(client):
    """Two rows of a mapping may say one label by mistake: then two people become one."""
    first, second = mirror(client), mirror(client)
    made = first.container(chain("S1"))
    assert second.container(chain("S1", number=2)).id == made.id
    assert (first.odd, second.odd) == ({}, {made.id: OTHER_SUBJECT})
    again = mirror(client)
    again.find(chain("S1"))
    assert again.odd == {}


@pytest.mark.parametrize(
    ("fields", "odd"),
    [({"lastname": "Canary"}, True), ({"info": {"born": "1980"}}, True), ({"sex": "female"}, False), ({}, False)],
)
def test_metadata_that_another_profile_let_through_is_told(client, fields, odd):
    def made(profile, fields):
        here = Mirror(client, client.lookup("lab", "Destination"), Provenance(profile, "1.0"), frozenset())
        here.find((Mirrored("subject", "a" * 64, "S1", fields),))
        return here, here.container((Mirrored("subject", "a" * 64, "S1", fields),))

    _, subject = made("p" * 64, fields)
    assert made("p" * 64, {"sex": "female"})[0].odd == {}
    assert made("q" * 64, {"sex": "female"})[0].odd == ({subject.id: OTHER_PROFILE} if odd else {})


def test_a_second_container_that_somebody_fills_already_is_not_deleted(lab, client, monkeypatch):
    """Two jobs make one session at one moment; a third finds the younger one before it is removed."""
    place = mirror(client)
    place.container(chain("S1"))
    create = client.create

    def created(kind, fields):
        made = create(kind, fields)
        lab.site.add_container("acquisition", made.id, {"label": "of the third job"})
        return made

    monkeypatch.setattr(client, "create", created)
    lab.site.faults.switch_on("race", times=1)
    used = place.container(chain("S1", "V1"))
    assert lab.site.faults.struck == {"race": 1}
    assert [each["label"] for each in below(lab, "acquisition")] == ["of the third job"]
    assert used.id == min(each["_id"] for each in below(lab, "session"))


def test_many_threads_and_two_jobs_make_one_container(lab, client):
    jobs = [mirror(client), mirror(client)]
    wanted = chain("S1", "V1", "T1")
    with ThreadPoolExecutor(8) as pool:
        ids = {each.id for each in pool.map(lambda number: jobs[number % 2].container(wanted), range(16))}
    assert len(below(lab, "subject")) == 1
    assert len(ids & {each["_id"] for each in below(lab, "acquisition")}) == 1


def test_a_refusal_is_told(lab):
    with SiteClient(lab.running.api_key(lab.keys["reader"]), lambda _: None) as reader:
        place = Mirror(reader, reader.lookup("lab", "Destination"), MADE, frozenset())
        with pytest.raises(SiteError, match="no right"):
            place.container(chain("S1"))


@pytest.mark.parametrize("label", ["Two, S", 'say "S"', "back\\slash", "a,b\\,c", "label=S1"])
def test_a_label_that_the_sites_filters_could_misread_is_found_again(lab, client, label):
    made = mirror(client).container(chain(label, "V1"))
    assert mirror(client).container(chain(label, "V1")).id == made.id
    assert [each["label"] for each in below(lab, "subject")] == [label]


def test_two_subjects_of_one_origin_whom_a_subject_map_tells_apart_stay_apart(client):
    """A source subject that holds files of two patients: each copy goes to its own patient's code."""
    (origin,) = chain("S1")
    here = mirror(client)
    made = [here.container((Mirrored("subject", origin.origin_id, label),)) for label in ("ex01", "ex02")]
    assert [each.label for each in made] == ["ex01", "ex02"]
    assert len({each.id for each in made}) == 2
