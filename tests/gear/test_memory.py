"""A large project is walked a page at a time: what a job holds in memory does not grow with the project."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.gear.folder import ROOT, on_site

FEW, MANY = 5_000, 20_000
SESSIONS = 10
PAGE = 250
MEBIBYTE = 1 << 20
LEAST = 40 * MEBIBYTE
"""The SDK alone takes more."""
MOST = 256 * MEBIBYTE
GROWTH = 64 * MEBIBYTE
"""What Python puts off cleaning up. Held containers with their metadata would be some 10 KiB each: 150 MiB."""

PROFILE = "json: {fields: [{name: PatientName, remove: true}]}\n"
WALK = """
import gc, sys
from fw_gear_deid.site.client import SiteClient
from fw_gear_deid.site.planning import Planning
from fw_gear_deid.site.walking import place_of, places

with SiteClient(sys.argv[1]) as client:
    planning, moments, seen = Planning({}), [int(word) for word in sys.argv[3:]], 0
    for place in places(client, place_of(client, sys.argv[2])):
        seen += sum(1 for source in planning.sources(place))
        if seen in moments:
            moments.remove(seen)
            gc.collect()
            print(sys.getallocatedblocks())
"""
"""Prints how many pieces of memory Python has allocated when so many files were seen."""


@contextmanager
def project_of(acquisitions):
    """Open a site whose project has many acquisitions; in each lies what an earlier job left, which is no source."""
    header = {"header": {"dicom": {f"Keyword{number}": "value" for number in range(20)}}}
    with open_lab() as lab:
        site = lab.site
        for number in range(SESSIONS):
            label = f"S{number}"
            subject = site.add_container("subject", lab.source["_id"], {"label": label, "code": label})
            session = site.add_container("session", subject["_id"], {"label": "V1"})
            for run in range(acquisitions // SESSIONS):
                acquisition = site.add_container("acquisition", session["_id"], {"label": f"T{run}"})
                store(site, acquisition, "deid_log.csv", b"path\n", metadata={"info": header})
        yield lab


@pytest.fixture(scope="module")
def large():
    with project_of(MANY) as lab:
        yield lab


def peak(lab, folder):
    """Export a project and return how much memory its job held at most, in bytes."""
    store(lab.site, lab.source, "notes.json", b'{"n": 1}')
    job = on_site(folder, lab, PROFILE)
    process = job.start()
    most = 0
    while process.poll() is None:
        most = max(most, *map(high_water, family(process.pid)))
        time.sleep(0.02)
    stdout, stderr = process.communicate()
    assert (process.returncode, b"1 deidentified" in stdout + stderr) == (0, True), stderr
    return most


def family(process):
    """Return a process and those that it began: the shell and the job."""
    children = Path(f"/proc/{process}/task/{process}/children")
    return [process, *map(int, children.read_text(encoding="ascii").split())]


def high_water(process):
    """Return how many bytes a process has held at most; ru_maxrss would count what its parent held when it forked."""
    try:
        told = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):  # it ended just now
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", told)
    return int(found[1]) * 1024 if found else 0


def test_nothing_is_held_of_what_was_walked(large):
    words = [sys.executable, "-c", WALK, large.running.api_key(large.keys["owner"]), large.source["_id"]]
    told = subprocess.run(  # noqa: S603  # our own words
        [*words, str(FEW), str(MANY - 1)], cwd=ROOT, capture_output=True, check=True, timeout=300
    )
    few, many = map(int, told.stdout.split())
    assert many - few < MANY - FEW, "less than one piece of memory for each acquisition"
    assert large.site.requests["GET /{plural}/{cid}/{children}"] >= MANY / PAGE


def test_a_job_on_a_large_project_needs_no_more_memory(large, tmp_path):
    with project_of(FEW) as small:
        few = peak(small, tmp_path / "few")
    many = peak(large, tmp_path / "many")
    assert few > LEAST, "it is the job that was measured, not the shell that began it"
    assert many < MOST
    assert many - few < GROWTH
