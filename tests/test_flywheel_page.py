"""The page on sites says what works: its Python runs against the site in memory."""

import re
import shlex
from pathlib import Path

import pytest

from fw_gear_deid.cli import parser
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import MANIFEST
from tests.site.batches import Engine

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


def test_the_batch_of_the_page_runs(lab, monkeypatch, tmp_path):
    """With one word more, where it would ask a person."""
    site = lab.site
    session = next(each for each in site.containers.values() if each["container_type"] == "session")
    acquisition = site.add_container("acquisition", session["_id"], {"label": "T1", "tags": ["ready"]})
    store(site, acquisition, "scan.dicom.zip", b"PK")
    monkeypatch.setenv("FW_KEY", lab.running.api_key(lab.keys["owner"]))
    monkeypatch.chdir(tmp_path)
    dry, real = (shlex.split(line)[1:] for line in re.findall(r"^fw-deid batch .*", PAGE, re.MULTILINE))
    for words in (dry, [*real, "--yes"]):
        arguments = parser().parse_args(words)
        arguments.pause = Engine(lab)
        assert arguments.command(arguments) == 0
    (job,) = site.jobs.values()
    assert job["inputs"].keys() == {"input-file", "deid_profile"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fw-deid-batch.csv", "fw-deid-batch.state"]
