"""Faults strike when they are switched on, and leave the site in a state that a client can find out."""

import flywheel
import httpx2
import pytest

from tests.flywheel_site.faults import NAMES, Faults
from tests.flywheel_site.test_sdk import acquisition


@pytest.fixture
def target(lab):
    return acquisition(lab.client())


@pytest.mark.parametrize("status", ["429", "502", "504"])
def test_the_sdk_tries_again_when_the_site_is_busy(lab, target, status):
    lab.site.faults.switch_on(status, times=2)
    assert target.reload().label == "T1"
    assert lab.site.faults.struck == {status: 2}


def test_an_error_of_the_server_reaches_the_client(lab, target):
    lab.site.faults.switch_on("500", times=1)
    with pytest.raises(flywheel.ApiException, match="500"):
        target.reload()
    assert target.reload().label == "T1"


def test_nothing_of_a_dropped_upload_is_stored(lab, target):
    lab.site.faults.switch_on("drop-upload", times=1)
    with pytest.raises(httpx2.TransportError):
        target.upload_file(flywheel.FileSpec("a.bin", bytes(100_000)), signed=False)
    assert target.reload().files == []


def test_a_dropped_download_is_noticed(lab, target):
    target.upload_file(flywheel.FileSpec("a.bin", bytes(100_000)))
    lab.site.faults.switch_on("drop-download", times=1)
    with pytest.raises(httpx2.TransportError):
        target.read_file("a.bin")


def test_a_short_download_looks_complete(lab, target):
    target.upload_file(flywheel.FileSpec("a.bin", bytes(100)))
    lab.site.faults.switch_on("short-download", times=1)
    assert len(target.read_file("a.bin")) == 50
    assert len(target.read_file("a.bin")) == 100


def test_a_request_whose_answer_is_lost_was_carried_out(lab, target):
    session = lab.client().get(target.parents.session)
    lab.site.faults.switch_on("lost-answer", times=1)
    with pytest.raises(httpx2.TransportError):
        session.add_acquisition(label="T2")
    assert sorted(each.label for each in session.acquisitions()) == ["T1", "T2"]


def test_a_corrupt_upload_has_another_hash(lab, target):
    (good,) = target.upload_file(flywheel.FileSpec("a.bin", b"abc"))
    lab.site.faults.switch_on("corrupt-upload", times=1)
    (bad,) = target.upload_file(flywheel.FileSpec("b.bin", b"abc"))
    assert (good.size, good.hash == bad.hash) == (bad.size, False)


def test_a_list_may_be_behind(lab, target):
    session = lab.client().get(target.parents.session)
    lab.site.faults.switch_on("stale-reads", times=1)
    assert session.acquisitions() == []
    assert [each.label for each in session.acquisitions()] == ["T1"]


def test_somebody_else_may_be_first(lab, target):
    project = lab.client().lookup("lab/Source")
    lab.site.faults.switch_on("race", times=2)
    with pytest.raises(flywheel.ApiException, match="409"):
        project.add_subject(label="S2")
    lab.client().get(target.parents.session).add_acquisition(label="T2")
    assert len(lab.client().acquisitions.find("label=T2")) == 2


def test_a_fault_strikes_one_in_so_many():
    faults = Faults()
    faults.switch_on("500", every=3)
    assert [faults.strikes("500") for _ in range(6)] == [False, False, True, False, False, True]
    faults.switch_off()
    assert not faults.strikes("500")


def test_only_faults_that_exist_can_be_switched_on():
    with pytest.raises(ValueError, match="unknown fault"):
        Faults().switch_on("rain")
    assert "slow" in NAMES
