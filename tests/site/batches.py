"""A site with a gear and a project worth a batch, and an engine that carries its jobs out."""

from __future__ import annotations

import json
from pathlib import Path

from fw_gear_deid.cli import parser
from fw_gear_deid.commands import batch
from tests.flywheel_site.files import store
from tests.flywheel_site.running import move_job

MANIFEST = json.loads((Path(__file__).parents[2] / "manifest.json").read_text(encoding="utf-8"))
CANARY = "Zebra^Canary"


def add_gear(lab, version="1.0.0", **changes):
    """Install the gear as it is in this repository."""
    gear_id = lab.site.new_id()
    manifest = {**MANIFEST, "version": version, **changes}
    lab.site.gears[gear_id] = {"_id": gear_id, "category": "utility", "gear": manifest, "created": lab.site.now()}
    return gear_id


def fill(lab, subjects=3, acquisitions=2):
    """Add a session to each of some subjects, with acquisitions of a file each; return the sessions."""
    site, sessions = lab.site, []
    for number in range(subjects):
        label = f"{CANARY}{number}"
        subject = site.add_container("subject", lab.source["_id"], {"label": label, "code": label})
        session = site.add_container("session", subject["_id"], {"label": f"V1 {CANARY}"})
        sessions.append(session)
        for task in range(acquisitions):
            acquisition = site.add_container("acquisition", session["_id"], {"label": f"task {task}"})
            store(site, acquisition, f"{CANARY}{number}{task}.dicom.zip", b"PK", metadata={"type": "dicom"})
    return sessions


class Engine:
    """Carries out every job that is queued, whenever the command pauses."""

    def __init__(self, lab, fails=lambda _job: False):
        self.lab, self.fails, self.most, self.rounds = lab, fails, 0, 0

    def __call__(self, _seconds=0):
        site = self.lab.site
        with site.lock:
            waiting = [job for job in site.jobs.values() if job["state"] == "pending"]
            self.most = max(self.most, len(waiting))
            self.rounds += 1
            for job in waiting:
                move_job(site, job, "running")
                move_job(site, job, "failed" if self.fails(job) else "complete")


def run_batch(monkeypatch, lab, folder, *more, who="owner", pause=None):
    """Carry out ``fw-deid batch`` from the project Source to Destination, with a state file in a folder."""
    monkeypatch.setenv("FW_KEY", lab.running.api_key(lab.keys.get(who, who)))
    words = ["batch", "lab/Source", "--to", "lab/Destination", "--state", str(folder / "batch.state"), *more]
    arguments = parser().parse_args(words)
    arguments.pause = pause or Engine(lab)
    return batch.command(arguments)
