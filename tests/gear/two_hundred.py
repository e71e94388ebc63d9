"""A project of two hundred files on a site, exports of it by ``run.py``, and what they leave."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from fw_gear_deid.site.lineage import origin_id
from tests.flywheel_site.files import store
from tests.flywheel_site.folder import CONTAINER, SIDECAR, dump
from tests.flywheel_site.lab import Lab, open_lab
from tests.gear.folder import GearFolder, on_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = 200
CANARY = "Zebra^Canary"
QUICK = {"FLYWHEEL_SDK_BACKOFF_FACTOR": "0.01"}
"""The SDK's own setting for how long it waits between tries."""

PROFILE = """\
name: two hundred
json: {fields: [{name: PatientName, remove: true}]}
flywheel:
  subject: {fields: [{name: sex, keep: true}]}
  session:
    date-increment: -10
    fields:
      - {name: age, keep: true}
      - {name: timestamp, increment-datetime: true, datetime-format: '%Y-%m-%d %H:%M:%S%z'}
  acquisition: {fields: [{name: tags, keep: true}, {name: info.run, keep: true}]}
  file:
    fields: [{name: modality, keep: true}, {name: classification, keep: true}, {name: info.number, keep: true}]
"""
STATES = {"exported": "deidentified"}
"""States that the table calls otherwise than the report does."""


def fill(lab: Lab) -> None:
    """Add two subjects with two sessions each, five acquisitions in each of these, ten files in each of those."""
    site = lab.site
    for subject_number in range(2):
        label = f"S{subject_number}"
        fields = {"label": label, "code": label, "sex": "female", "lastname": "Canary"}
        subject = site.add_container("subject", lab.source["_id"], fields)
        for session_number in range(2):
            visit = {"label": f"V{session_number}", "age": 1000, "timestamp": "2020-01-12T03:04:05.000+00:00"}
            session = site.add_container("session", subject["_id"], visit)
            for run in range(5):
                fields = {"label": f"T{run}", "tags": ["seen"], "info": {"run": run, "operator": CANARY}}
                _fill(lab, site.add_container("acquisition", session["_id"], fields))
    for container in site.containers.values():
        container["$seen"] = True  # the source is no news: late lists are about what arrives later
    for file in site.files.values():
        file.was_shown = True


def _fill(lab: Lab, acquisition: dict) -> None:
    words = {"modality": "MR", "classification": {"Measurement": ["T1"]}, "tags": ["ready"]}
    for number in range(FILES // 20):
        data = json.dumps({"PatientName": CANARY, "n": number}).encode()
        info = {"number": number, "operator": CANARY}
        store(lab.site, acquisition, f"{number}.json", data, metadata={**words, "info": info})


def _comparable(path: Path) -> bytes:
    """Return what a file of a dump holds, without what may differ from site to site."""
    data = path.read_bytes()
    if path.name == CONTAINER:
        fields = json.loads(data)
        del fields["_id"]  # counted, in the order in which threads made them
        return json.dumps(fields).encode()
    if path.name.endswith(SIDECAR):
        fields = json.loads(data)
        for gear in fields.get("info", {}).get("qc", {}).values():
            gear["deidentification"].pop("reason", None)  # a second job found the copy that the first one made
        return json.dumps(fields).encode()
    return data


@dataclass
class Trial:
    """A site of two hundred files, exported once or again.

    Attributes:
        folder: for what jobs leave, and for dumps.
    """

    lab: Lab
    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def job(self) -> GearFolder:
        """Return a job that exports the whole project."""
        made = on_site(self.folder / f"job{next(self._numbers)}", self.lab, PROFILE, tag="deid")
        made.environment = QUICK
        return made

    def state(self) -> dict[str, bytes]:
        """Return all the site holds, by path: containers, files, their metadata; reports and ids of containers not."""
        tree = self.folder / f"dump{next(self._numbers)}"
        dump(self.lab.site, tree)
        found = {path.relative_to(tree).as_posix(): _comparable(path) for path in tree.rglob("*") if path.is_file()}
        return {path: data for path, data in found.items() if "/deid_report" not in path}

    def files(self, project: dict) -> list:
        """Return the files of a project, reports left out."""
        every = [each for each in self.lab.site.files.values() if each.document["parents"]["project"] == project["_id"]]
        return [each for each in every if not each.deleted and not each.name.startswith("deid_report")]

    def reports(self) -> list:
        """Return the reports at the destination."""
        every = [each for each in self.lab.site.files.values() if each.name.startswith("deid_report")]
        return [each for each in every if each.parent == self.lab.destination["_id"] and not each.deleted]

    def assert_whole(self) -> None:
        """Assert that each copy is what was sent, and nothing that identifies is in it."""
        for copy in self.files(self.lab.destination):
            export = copy.document["info"]["export"]
            assert (len(copy.blobs[-1]), hashlib.sha256(copy.blobs[-1]).hexdigest()) == (
                export["size"],
                export["sha256"],
            )
            assert b"Canary" not in copy.blobs[-1]

    def assert_truthful(self, job: GearFolder, code: int) -> None:
        """Assert that table, report and exit code of a job say what the site holds."""
        self.assert_whole()
        (table,) = job.output.glob("*_export.csv")
        with table.open(newline="", encoding="utf-8") as file:
            rows = {(row["origin_parent"], row["origin_filename"]): row["state"] for row in csv.DictReader(file)}
        source, salt = self.files(self.lab.source), self.lab.source["_id"]
        ids = {origin_id(each.id, salt): (each.parent, each.name) for each in source}
        copies = [ids[each.document["info"]["export"]["origin_id"]] for each in self.files(self.lab.destination)]
        told = {key for key, state in rows.items() if state in {"exported", "skipped"}}
        assert (set(copies), len(copies)) == (told, len(told))
        counts = json.loads((job.output / "deid_report.json").read_bytes())["counts"]["files"]
        states = Counter(STATES.get(state, state) for state in rows.values())
        assert {state: number for state, number in counts.items() if number} == states
        assert (code == 0) == (len(told) == FILES), "the exit code says whether all went well"
        if code == 0:
            arrived = {each.name.rpartition(".")[2]: each.blobs[-1] for each in self.reports()}
            assert sorted(arrived) == ["html", "json"]
            made = {path.suffix[1:]: path.read_bytes() for path in job.output.glob("deid_report.*")}
            assert set(rows.values()) == {"skipped"} or arrived == made


@contextmanager
def two_hundred(folder: Path) -> Iterator[Trial]:
    """Open a site of two hundred files."""
    with open_lab() as lab:
        fill(lab)
        yield Trial(lab, folder)
