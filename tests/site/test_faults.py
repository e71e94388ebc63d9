"""Two hundred files while the site misbehaves: after one more run at most, what a site without faults would hold."""

import pytest

from fw_gear_deid.engine.base import State
from fw_gear_deid.errors import SiteError
from fw_gear_deid.site.client import SiteClient
from fw_gear_deid.site.walking import place_of
from tests.flywheel_site.faults import NAMES
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.site.test_walking import export

QUIET = {"slow"}  # changes nothing but the time
FILES = 200


@pytest.fixture
def lab():
    with open_lab() as opened:
        site = opened.site
        for number in range(2):
            subject = site.add_container("subject", opened.source["_id"], {"label": f"S{number}", "code": f"S{number}"})
            session = site.add_container("session", subject["_id"], {"label": "V1"})
            for task in range(10):
                acquisition = site.add_container("acquisition", session["_id"], {"label": f"T{task}"})
                for file in range(FILES // 20):
                    store(site, acquisition, f"{file}.json", b'{"PatientName": "Zebra", "n": %d}' % file)
        yield opened


def tried(lab, tmp_path):
    """Export once; return whether all went well. A run that the site ends is no success."""
    with SiteClient(lab.running.api_key(lab.keys["owner"]), lambda _: None) as client:
        try:
            outcomes = export(client, tmp_path, place_of(client, lab.source["_id"]))
        except SiteError:
            return False
    told = {State.DEIDENTIFIED, State.SKIPPED}
    reported = sum(outcome.state in told for outcome in outcomes)
    there = [file for file in lab.site.files.values() if file.document["parents"]["project"] == lab.destination["_id"]]
    assert len([file for file in there if not file.deleted]) >= reported, "the report is truthful"
    return reported == FILES


@pytest.mark.parametrize("fault", sorted(set(NAMES) - QUIET))
def test_a_fault_costs_one_more_run_at_most(lab, tmp_path, fault):
    lab.site.faults.switch_on(fault, every=11)
    good = tried(lab, tmp_path)
    assert lab.site.faults.struck[fault] > 0
    lab.site.faults.switch_off()
    assert good or tried(lab, tmp_path)
    there = [file for file in lab.site.files.values() if file.document["parents"]["project"] == lab.destination["_id"]]
    copies = [file for file in there if not file.deleted]
    assert {file.blobs[-1] for file in copies} == {b'{"n": %d}' % number for number in range(FILES // 20)}
    assert (len(copies), {len(file.versions) for file in copies}) == (FILES, {1})
    kinds = ("subject", "session", "acquisition")
    assert [len(lab.site.children(lab.destination["_id"], kind)) for kind in kinds] == [2, 2, 20]
    assert list((tmp_path / "work").iterdir()) == []
