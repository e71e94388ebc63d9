"""Two hundred files through ``run.py`` while the site misbehaves, or while the job is ended from outside.

Whatever happens, after one more run at most the site holds what a run without faults leaves: the dumps are compared.
"""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.flywheel_site.faults import NAMES
from tests.gear.two_hundred import two_hundred

SELDOM = 149
EVERY = {
    "slow": 13,
    "race": 3,
    "stale-reads": 3,
    "stale-files": 7,
    "drop-upload": 41,
    "drop-download": 41,
    "short-download": 41,
    "corrupt-upload": 41,
}
"""A fault strikes one in so many requests that it can strike; there are fewer of some kinds than of others."""
MOMENTS = 3
"""How often jobs are ended by each signal."""


@pytest.fixture(scope="module")
def faultless(tmp_path_factory):
    """What a run without faults leaves, and how many requests it makes."""
    with two_hundred(tmp_path_factory.mktemp("faultless")) as trial:
        job = trial.job()
        launched = job.launch()
        assert launched.code == 0, launched.stderr
        trial.assert_truthful(job, launched.code)
        assert trial.lab.site.faults.struck == {}
        return trial.state(), trial.lab.site.requests.total()


@pytest.fixture
def trial(tmp_path):
    with two_hundred(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("fault", sorted(NAMES))
def test_a_fault_costs_one_more_run_at_most(trial, faultless, fault):
    state, _ = faultless
    trial.lab.site.faults.switch_on(fault, every=EVERY.get(fault, SELDOM))
    job = trial.job()
    launched = job.launch()
    trial.assert_truthful(job, launched.code)
    assert trial.lab.site.faults.struck[fault] > 0
    if launched.code:
        job = trial.job()  # while the fault is still there
        launched = job.launch()
        trial.assert_truthful(job, launched.code)
    assert launched.code == 0, launched.stderr
    assert trial.state() == state


def ended(trial, requests, number):
    """Start a job and send its processes a signal once the site was asked so often; return it and its exit code."""
    site, job = trial.lab.site, trial.job()
    process = job.start()
    while process.poll() is None:
        with site.lock:
            if site.requests.total() >= requests:
                break
        time.sleep(0.001)
    os.killpg(process.pid, number)  # the shell in between, if there is one, does not hand it on
    process.communicate(timeout=120)
    return job, process.returncode


@pytest.mark.parametrize("seed", range(MOMENTS))
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "cancelled"])
def test_a_job_that_was_ended_is_completed_by_another_one(trial, faultless, number, seed):
    state, requests = faultless
    # Any moment will do, but it has to be the same one each time.
    moment = random.Random(f"{number}{seed}").randrange(1, requests * 9 // 10)  # noqa: S311
    job, code = ended(trial, moment, number)
    if code >= 0:  # else it was killed, or cancelled before it was asked to take care of that
        trial.assert_truthful(job, code)
    trial.assert_whole()
    again = trial.job()
    launched = again.launch()
    assert launched.code == 0, launched.stderr
    trial.assert_truthful(again, launched.code)
    assert trial.state() == state
