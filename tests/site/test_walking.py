"""A container's files are walked, fetched ahead, de-identified and sent, in one pass."""

import threading

import pytest

from fw_gear_deid.engine.base import Listener, RunOptions, State
from fw_gear_deid.engine.runs import run
from fw_gear_deid.errors import SiteError, UsageError
from fw_gear_deid.formats.compiling import open_profile
from fw_gear_deid.site.earlier import Policy
from fw_gear_deid.site.exports import Overwrite, Provenance
from fw_gear_deid.site.fetching import AHEAD, AHEAD_BYTES, Fetching
from fw_gear_deid.site.lineage import Mirrored, origin_id
from fw_gear_deid.site.mirror import Mirror
from fw_gear_deid.site.uploads import SiteDestination, SiteSource
from fw_gear_deid.site.walking import place_of, places
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab

CANARY = "Zebra-Canary"
MADE = Provenance("p" * 64, "1.0")
PROFILE = "json:\n  fields:\n    - {name: PatientName, remove: true}\n"


@pytest.fixture
def lab():
    with open_lab() as opened:
        site = opened.site
        store(site, opened.source, "of the project.json", b'{"PatientName": "Zebra"}')
        for number in range(3):
            subject = site.add_container("subject", opened.source["_id"], {"label": f"S{number}", "code": f"S{number}"})
            session = site.add_container("session", subject["_id"], {"label": "V1"})
            for task in ("rest", "task"):
                acquisition = site.add_container("acquisition", session["_id"], {"label": task})
                store(site, acquisition, f"{CANARY}.json", b'{"PatientName": "Zebra", "n": %d}' % number)
            site.add_container("analysis", session["_id"], {"label": "no", "parent": {"type": "session", "id": "x"}})
        yield opened


def sources(client, root):
    for place in places(client, root):
        chain = tuple(
            Mirrored(each.kind, origin_id(each.id, place.project.id), each.label) for each in place.containers[1:]
        )
        folder = "/".join(each.label for each in chain)
        for file in place.files:
            yield SiteSource(
                None, folder, file.name, file=file, origin_id=origin_id(file.file_id, place.project.id), chain=chain
            )


def export(client, tmp_path, root, stopped=lambda: False):
    (tmp_path / "profile.yaml").write_text(PROFILE, encoding="utf-8")
    mirror = Mirror(client, client.lookup("lab", "Destination"), MADE, frozenset())
    policy = Policy(Overwrite.REPLACE, MADE)
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    outcomes = []

    def finished(source, outcome):
        Fetching.forget(source)
        outcomes.append(outcome)

    with (
        SiteDestination(client, mirror, policy, work, lambda _: None) as destination,
        Fetching(client, destination, work, stopped) as fetching,
    ):
        compiled = open_profile(tmp_path / "profile.yaml")
        run(compiled, fetching(sources(client, root)), destination, RunOptions(residual="ignore"), Listener(finished))
    return outcomes


def copies(lab):
    there = {}
    for file in lab.site.files.values():
        parents = file.document["parents"]
        if parents["project"] == lab.destination["_id"]:
            labels = [
                lab.site.containers[parents[kind]]["label"]
                for kind in ("subject", "session", "acquisition")
                if kind in parents
            ]
            there["/".join([*labels, file.name])] = file.blobs
    return there


def test_a_project_arrives_whole(lab, client, tmp_path):
    outcomes = export(client, tmp_path, place_of(client, lab.source["_id"]))
    assert {outcome.state for outcome in outcomes} == {State.DEIDENTIFIED}
    there = copies(lab)
    assert len(there) == 7
    assert there["of the project.json"] == [b"{}"]
    assert there[f"S2/V1/task/{CANARY}.json"] == [b'{"n": 2}']
    assert list((tmp_path / "work").iterdir()) == []


def test_a_second_run_sends_nothing(lab, client, tmp_path):
    export(client, tmp_path, place_of(client, lab.source["_id"]))
    before = lab.site.requests["PUT /upload/fs-file"]
    outcomes = export(client, tmp_path, place_of(client, lab.source["_id"]))
    assert {outcome.state for outcome in outcomes} == {State.SKIPPED}
    assert lab.site.requests["PUT /upload/fs-file"] == before == 7
    assert lab.site.requests["GET /{plural}/{cid}/files/{name}"] == 7


def test_one_session_or_acquisition_is_walked_alone(lab, client, tmp_path):
    session = client.lookup("lab", "Source", "S1", "V1")
    assert [place.container.label for place in places(client, place_of(client, session.id))] == ["V1", "rest", "task"]
    export(client, tmp_path, place_of(client, client.lookup("lab", "Source", "S1", "V1", "rest").id))
    assert list(copies(lab)) == [f"S1/V1/rest/{CANARY}.json"]


def test_an_analysis_stands_for_what_it_was_started_on(lab, client):
    session = client.lookup("lab", "Source", "S1", "V1")
    parent = {"type": "session", "id": session.id}
    analysis = lab.site.add_container("analysis", session.id, {"label": "export", "parent": parent})
    assert place_of(client, analysis["_id"]).container.id == session.id
    with pytest.raises(UsageError, match="a group cannot"):
        place_of(client, "lab")


def test_a_file_that_cannot_be_fetched_has_failed_and_the_others_have_not(lab, client, tmp_path):
    broken = next(file for file in lab.site.files.values() if file.name.startswith(CANARY))
    broken.document["size"] += 1
    outcomes = export(client, tmp_path, place_of(client, lab.source["_id"]))
    failed = [outcome for outcome in outcomes if outcome.state is State.FAILED]
    assert ["incomplete" in outcome.reason for outcome in failed] == [True]
    assert len(copies(lab)) == 6


def test_no_local_file_has_a_name_from_the_site(lab, client, tmp_path):
    names = []
    real = client.download

    def download(file, path):
        names.append(str(path))
        real(file, path)

    client.download = download
    export(client, tmp_path, place_of(client, lab.source["_id"]))
    assert len(names) == 7
    assert not any(CANARY in name or "project" in name for name in names)


def test_a_run_that_is_told_to_stop_ends_after_what_it_has_begun(lab, client, tmp_path):
    calls = []

    def stopped():
        calls.append(None)
        return len(calls) > 10  # seven files are asked for, then three are handed on

    outcomes = export(client, tmp_path, place_of(client, lab.source["_id"]), stopped)
    assert len(outcomes) == len(copies(lab)) == 3
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("bound", [(AHEAD_BYTES, AHEAD), (1, 1)], ids=["files", "bytes"])
def test_only_so_many_files_are_fetched_ahead(lab, client, tmp_path, monkeypatch, bound):
    limit, most = bound
    monkeypatch.setattr("fw_gear_deid.site.fetching.AHEAD_BYTES", limit)
    acquisition = next(each for each in lab.site.containers.values() if each["label"] == "rest")
    for number in range(30):
        store(lab.site, acquisition, f"{number}.json", b"{}")
    mirror = Mirror(client, client.lookup("lab", "Destination"), MADE, frozenset())
    with (
        SiteDestination(client, mirror, Policy(Overwrite.REPLACE, MADE), tmp_path, lambda _: None) as destination,
        Fetching(client, destination, tmp_path, threading.Event().is_set) as fetching,
    ):
        handed = fetching(sources(client, place_of(client, lab.source["_id"])))
        for _ in range(3):
            next(handed)
        assert lab.site.requests["GET /{plural}/{cid}/files/{name}"] <= 3 + most + 1 < 30


def test_a_site_that_goes_down_ends_the_walk(lab, client):
    root = place_of(client, lab.source["_id"])
    lab.site.faults.switch_on("500")
    with pytest.raises(SiteError, match="500"):
        list(places(client, root))
