"""The page on sites says what works: its Python runs against the site in memory."""

import re
from pathlib import Path

import pytest

from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import MANIFEST

PAGE = (Path(__file__).parents[1] / "docs" / "flywheel.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def lab():
    with open_lab() as opened:
        site = opened.site
        subject = site.add_container("subject", opened.source["_id"], {"label": "S1", "code": "S1"})
        site.add_container("session", subject["_id"], {"label": "V1"})
        store(site, opened.source, "profile.yaml", b"name: p\n")
        opened.client("admin").add_gear("fw-gear-deid", {"category": "utility", "gear": MANIFEST})
        yield opened


def test_the_blocks_of_the_page_run_one_after_the_other(lab, capsys):
    known = {"client": lab.client()}
    for block in BLOCKS:
        exec(block, known)  # noqa: S102  # the page's own words
    assert capsys.readouterr().out == "pending\n"
    (job,) = lab.site.jobs.values()
    assert job["config"]["config"]["project_path"] == "lab/Destination"
    assert job["inputs"]["deid_profile"]["name"] == "profile.yaml"
    (rule,) = lab.site.rules.values()
    assert (rule["project_id"], rule["config"]["tag"]) == (lab.source["_id"], "deid")
    assert lab.site.settings[lab.destination["_id"]]["deid_profile"]["name"] == "shared"
    assert len(BLOCKS) == 3
