"""``fw-deid batch`` with the real SDK against the site in memory."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fw_gear_deid.errors import DestinationError, SiteError, UsageError
from fw_gear_deid.site.batch.watching import LOOKS
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.flywheel_site.running import move_job
from tests.site.batches import CANARY, Engine, add_gear, fill, run_batch

ROOT = Path(__file__).parents[2]
START = 5
"""The start of the first batch is the fifth request that is no GET: three look up, one prepares the batch."""


@pytest.fixture
def lab():
    with open_lab() as opened:
        add_gear(opened)
        fill(opened)
        yield opened


@pytest.fixture
def batch(lab, tmp_path, monkeypatch):
    return lambda *more, **options: run_batch(monkeypatch, lab, tmp_path, *more, **options)


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def started(words, environment):
    """Start the command line as a process of its own."""
    return subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  # ours


def states(lab):
    return sorted(job["state"] for job in lab.site.jobs.values())


def test_every_file_of_every_acquisition_gets_a_job(lab, batch, tmp_path, capsys):
    assert batch("--yes") == 0
    assert states(lab) == ["complete"] * 6
    jobs = list(lab.site.jobs.values())
    names = sorted(job["inputs"]["input-file"]["name"] for job in jobs)
    assert names == sorted(f"{CANARY}{number}{task}.dicom.zip" for number in range(3) for task in range(2))
    assert {job["config"]["config"]["project_path"] for job in jobs} == {"lab/Destination"}
    assert all(job["destination"]["type"] == "acquisition" for job in jobs)
    rows = table(tmp_path / "batch.csv")
    assert {(row["state"], row["attempts"]) for row in rows} == {("complete", "1")}
    assert [row["job"] for row in rows] == [job["_id"] for job in jobs]
    assert rows[3]["subject.label"] == f"{CANARY}1"
    assert rows[3]["session.label"] == f"V1 {CANARY}"
    assert (rows[3]["acquisition.label"], rows[3]["file.name"]) == ("task 1", f"{CANARY}11.dicom.zip")
    told = capsys.readouterr()
    assert "6 complete" in told.out
    assert CANARY not in told.out + told.err


def test_each_row_of_the_table_names_the_job_of_its_own_file(lab, batch, tmp_path):
    acquisition = next(each for each in lab.site.containers.values() if each["label"] == "task 0")
    store(lab.site, acquisition, "second.dicom.zip", b"PK")
    assert batch("--yes") == 0
    for row in table(tmp_path / "batch.csv"):
        assert lab.site.jobs[row["job"]]["inputs"]["input-file"]["name"] == row["file.name"]


def test_sessions_get_a_job_without_an_input_file(lab, batch, tmp_path):
    assert batch("--yes", "--level", "session") == 0
    assert [job["destination"]["type"] for job in lab.site.jobs.values()] == ["session"] * 3
    assert all(job["inputs"] == {} for job in lab.site.jobs.values())
    assert table(tmp_path / "batch.csv")[0]["acquisition.label"] == ""


def test_profile_and_mapping_are_the_same_inputs_of_all_jobs(lab, batch):
    store(lab.site, lab.source, "profile.yaml", b"dicom: {}")
    store(lab.site, lab.destination, "map.csv", b"subject.label\n")
    files = ("--profile", "lab/Source/files/profile.yaml", "--mapping", "lab/Destination/files/map.csv")
    settings = ("--config", "overwrite_files=Skip", "--config", "dry_run=true", "--config", "workers=2")
    assert batch("--yes", *files, *settings) == 0
    for job in lab.site.jobs.values():
        assert job["inputs"]["deid_profile"] == {"type": "project", "id": lab.source["_id"], "name": "profile.yaml"}
        assert job["inputs"]["mapping_csv"]["id"] == lab.destination["_id"]
        config = job["config"]["config"]
        assert (config["overwrite_files"], config["dry_run"], config["workers"]) == ("Skip", True, 2)


def test_a_dry_run_queues_nothing_and_tells_what_and_why(lab, batch, tmp_path, capsys):
    acquisition = next(each for each in lab.site.containers.values() if each["label"] == "task 0")
    store(lab.site, acquisition, "deid_log.csv", b"identifying")
    empty = lab.site.add_container("acquisition", acquisition["parents"]["session"], {"label": "empty"})
    assert batch("--dry-run") == 0
    assert (lab.site.jobs, lab.site.batches, list(tmp_path.iterdir())) == ({}, {}, [])
    told = capsys.readouterr().out
    assert told.count("would be queued: acquisition ") == 6
    assert f"passed over: acquisition {empty['_id']}: has no file" in told
    assert "was written by the gear itself" in told
    assert "6 jobs would be queued, 0 queued before, 2 passed over" in told
    assert CANARY not in told


def test_a_dry_run_can_leave_its_plan_as_a_table(batch, tmp_path):
    assert batch("--dry-run", "--results", str(tmp_path / "plan.csv")) == 0
    assert {row["state"] for row in table(tmp_path / "plan.csv")} == {"planned"}
    assert len(table(tmp_path / "plan.csv")) == 6


def test_never_more_jobs_wait_than_asked_for(lab, batch):
    engine = Engine(lab)
    assert batch("--yes", "--at-once", "2", pause=engine) == 0
    assert states(lab) == ["complete"] * 6
    assert engine.most == 2
    assert len(lab.site.batches) == 3


def test_a_failed_job_is_run_again(lab, batch, tmp_path):
    engine = Engine(lab, fails=lambda job: job["attempt"] == 1 and "00.dicom" in job["inputs"]["input-file"]["name"])
    assert batch("--yes", pause=engine) == 0
    assert states(lab) == ["complete"] * 6 + ["failed"]
    (row,) = [row for row in table(tmp_path / "batch.csv") if row["attempts"] == "2"]
    assert lab.site.jobs[row["job"]]["attempt"] == 2
    assert row["state"] == "complete"


def test_a_job_that_keeps_failing_is_told_with_its_ids_and_no_label(lab, batch, tmp_path, capsys):
    engine = Engine(lab, fails=lambda job: "00.dicom" in job["inputs"]["input-file"]["name"])
    assert batch("--yes", "--retries", "2", pause=engine) == 1
    (row,) = [row for row in table(tmp_path / "batch.csv") if row["state"] == "failed"]
    assert (row["attempts"], row["file.name"]) == ("3", f"{CANARY}00.dicom.zip")
    told = capsys.readouterr()
    assert row["job"] in told.out
    assert CANARY not in told.out + told.err


def test_a_batch_in_which_everything_fails_is_given_up(lab, batch, capsys):
    fill(lab, subjects=20, acquisitions=2)
    assert batch("--yes", "--at-once", "10", "--retries", "0", pause=Engine(lab, fails=lambda _job: True)) == 1
    assert states(lab) == ["failed"] * 20
    assert "no more is queued" in capsys.readouterr().out


def test_a_job_that_the_site_ran_again_itself_is_not_run_a_third_time(lab, batch):
    client = lab.client()

    def engine(_seconds):
        for job in [job for job in lab.site.jobs.values() if job["state"] == "pending"]:
            fails = job["attempt"] == 1 and "00.dicom" in job["inputs"]["input-file"]["name"]
            move_job(lab.site, job, "running")
            move_job(lab.site, job, "failed" if fails else "complete")
            if fails:
                client.retry_job(job["_id"])

    assert batch("--yes", pause=engine) == 0
    assert len(lab.site.jobs) == 7


def test_a_job_that_the_site_does_not_run_again_does_not_stop_the_others(lab, batch, tmp_path):
    def refusing(job):
        job["retried"] = lab.site.now()
        return "00.dicom" in job["inputs"]["input-file"]["name"]

    assert batch("--yes", "--retries", "3", pause=Engine(lab, fails=refusing)) == 1
    assert [row["state"] for row in table(tmp_path / "batch.csv")].count("failed, retry refused") == 1
    assert states(lab) == ["complete"] * 5 + ["failed"]


def test_a_key_that_ends_stops_the_batch_and_a_new_one_goes_on(lab, batch):
    engine = Engine(lab)
    secret = lab.site.add_user("short@example.org")
    for project in (lab.source, lab.destination):
        project["permissions"].append({"_id": "short@example.org", "role_ids": [lab.site.role("admin").id]})

    def ending(seconds):
        engine(seconds)
        lab.site.keys.pop(secret, None)

    with pytest.raises(SiteError, match="401") as caught:
        batch("--yes", "--at-once", "2", who=secret, pause=ending)
    assert secret not in str(caught.value)
    assert batch("--yes") == 0
    assert states(lab) == ["complete"] * 6


def test_a_table_that_cannot_be_written_is_told_when_the_jobs_have_ended(lab, batch, tmp_path):
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(DestinationError, match=r"taken\.csv: cannot be written"):
        batch("--yes", "--results", str(tmp_path / "taken.csv"))
    assert states(lab) == ["complete"] * 6
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        batch("--yes", "--results", str(tmp_path / "file" / "out.csv"))


def test_the_table_of_results_overwrites_nothing_that_was_given(lab, batch, tmp_path):
    (tmp_path / "batch.csv").write_text("subject.label\n", encoding="utf-8")
    for words in (["--csv", str(tmp_path / "batch.csv")], ["--results", str(tmp_path / "batch.state")]):
        with pytest.raises(UsageError, match="would be overwritten"):
            batch("--yes", *words)
    assert (tmp_path / "batch.csv").read_text(encoding="utf-8") == "subject.label\n"
    assert lab.site.batches == {}


def test_a_terminal_shows_a_bar_with_the_counts(lab, batch, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdin, "readline", lambda: "y\n")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert batch() == 0
    told = capsys.readouterr()
    assert "Queue them? [y/N]" in told.err
    assert "6 complete" in told.err
    assert "6 complete" in told.out
    assert states(lab) == ["complete"] * 6


def test_whoever_says_no_queues_nothing(lab, batch, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdin, "readline", lambda: "\n")
    with pytest.raises(UsageError, match="nothing was queued"):
        batch()
    assert lab.site.batches == {}


def test_a_job_that_somebody_cancelled_is_not_run_again(lab, batch, tmp_path):
    def engine(_seconds):
        for job in lab.site.jobs.values():
            if job["state"] == "pending":
                move_job(lab.site, job, "cancelled")

    assert batch("--yes", pause=engine) == 1
    assert len(lab.site.jobs) == 6
    assert {row["state"] for row in table(tmp_path / "batch.csv")} == {"cancelled"}


def test_the_same_command_goes_on_and_then_queues_only_what_is_new(lab, batch, tmp_path):
    class ClosedError(Exception):
        """The terminal was closed."""

    def closing(_seconds):
        raise ClosedError

    with pytest.raises(ClosedError):
        batch("--yes", "--at-once", "2", pause=closing)
    assert states(lab) == ["pending"] * 2
    assert batch("--yes", "--at-once", "2") == 0
    assert states(lab) == ["complete"] * 6
    fill(lab, subjects=1)
    assert batch("--yes") == 0
    assert states(lab) == ["complete"] * 8
    assert batch() == 0  # nothing is left to be asked about
    assert len(lab.site.jobs) == 8
    assert len(table(tmp_path / "batch.csv")) == 8


def test_the_state_file_holds_ids_and_nothing_else(batch, tmp_path):
    batch("--yes")
    assert CANARY.encode() not in (tmp_path / "batch.state").read_bytes()
    with sqlite3.connect(tmp_path / "batch.state") as database:
        rows = database.execute("SELECT * FROM work").fetchall()
    database.close()
    assert len(rows) == 6
    assert all(not set(str(cell)) - set("0123456789abcdef:complete") for row in rows for cell in row)


def test_a_killed_batch_goes_on_where_it_was(lab, tmp_path):
    stop = threading.Event()
    engine = Engine(lab)
    environment = {**os.environ, "FW_KEY": lab.running.api_key(lab.keys["owner"]), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "fw_gear_deid.cli", "batch", "lab/Source", "--to", "lab/Destination", "--yes"]
    command += ["--at-once", "2", "--every", "1", "--state", str(tmp_path / "s.state")]
    with started(command, environment) as first:
        while not lab.site.jobs and first.poll() is None:
            stop.wait(0.02)
        first.send_signal(signal.SIGKILL)
    assert 0 < len(lab.site.jobs) < 6

    def work():
        while not stop.wait(0.05):
            engine()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        second = started(command, environment)
        stdout, stderr = second.communicate(timeout=60)
    finally:
        stop.set()
        worker.join()
    assert second.returncode == 0, stderr
    assert states(lab) == ["complete"] * 6
    assert b"6 jobs: 6 complete" in stdout
    assert CANARY.encode() not in stdout + stderr


@pytest.mark.parametrize("moment", range(1, 9))
def test_wherever_it_is_killed_nothing_is_queued_twice(lab, batch, monkeypatch, moment):
    """The process ends at its nth change of site or state; the next one goes on."""
    from fw_gear_deid.site.batch.state import BatchState  # noqa: PLC0415
    from fw_gear_deid.site.jobs import JobEngine  # noqa: PLC0415

    class KilledError(BaseException):
        """The process was killed."""

    count = 0

    def mortal(step):
        def taken(*arguments):
            nonlocal count
            done = step(*arguments)
            count += 1
            if count == moment:
                raise KilledError
            return done

        return taken

    with monkeypatch.context() as patch:
        for owner, name in (
            (JobEngine, "propose"),
            (BatchState, "propose"),
            (JobEngine, "start"),
            (BatchState, "update"),
        ):
            patch.setattr(owner, name, mortal(getattr(owner, name)))
        with pytest.raises(KilledError):
            batch("--yes", "--at-once", "2")
    assert batch("--yes", "--at-once", "2") == 0
    assert states(lab) == ["complete"] * 6


@pytest.mark.parametrize("fault", ["lost-answer", "500", "502", "429"])
def test_an_answer_that_is_lost_queues_nothing_twice(lab, batch, fault):
    engine = Engine(lab)
    faults = iter([1, 3, 2])

    def troubled(seconds):
        engine(seconds)
        if (times := next(faults, 0)) > 0:
            lab.site.faults.switch_on(fault, times=times)

    lab.site.faults.switch_on(fault, times=1)
    assert batch("--yes", "--at-once", "2", pause=troubled) == 0
    assert states(lab) == ["complete"] * 6


def test_a_batch_whose_answer_stays_away_is_adopted(lab, batch, capsys):
    """The start is carried out, but nobody hears of it."""
    lab.site.faults.switch_on("lost-answer", every=START, times=1)
    assert batch("--yes") == 0
    assert lab.site.faults.struck == {"lost-answer": 1}
    assert len(lab.site.jobs) == 6
    assert "does not answer" in capsys.readouterr().err


def test_jobs_that_the_site_never_made_are_counted_and_queued_by_the_next_start(lab, batch, tmp_path):
    engine, looked = Engine(lab), []

    def losing(seconds):
        looked.append(seconds)
        for each in lab.site.batches.values():
            if len(each["jobs"]) == 6:
                del lab.site.jobs[each["jobs"].pop()]
        engine(seconds)

    lab.site.faults.switch_on("lost-answer", every=START, times=1)
    assert batch("--yes", pause=losing) == 1
    assert [row["state"] for row in table(tmp_path / "batch.csv")].count("lost") == 1
    assert len(looked) >= LOOKS - 1
    assert batch("--yes") == 0
    assert states(lab) == ["complete"] * 6


def test_a_job_that_is_gone_does_not_stop_the_others(lab, batch, tmp_path):
    engine = Engine(lab)

    def deleting(seconds):
        del lab.site.jobs[next(iter(lab.site.jobs))]
        engine(seconds)

    assert batch("--yes", pause=deleting) == 1
    assert sorted(row["state"] for row in table(tmp_path / "batch.csv")) == ["complete"] * 5 + ["lost"]


def test_a_site_that_lists_no_jobs_of_a_batch_is_asked_for_each(lab, batch):
    def engine(_seconds):
        for job in lab.site.jobs.values():
            job["batch"] = None
            job["state"] = "complete"

    assert batch("--yes", pause=engine) == 0
    assert lab.site.requests["GET /jobs/{job_id}/detail"] + lab.site.requests["GET /jobs/{job_id}"] == 6


def test_a_reader_is_told_what_is_missing(lab, batch):
    with pytest.raises(UsageError, match=r"may not run gears in the source project.*read-write"):
        batch("--yes", who="reader")
    assert lab.site.batches == {}


def test_whoever_may_not_write_to_the_destination_queues_nothing(lab, batch):
    secret = lab.site.add_user("source-only@example.org")
    user = lab.site.keys[secret].user.id
    lab.source["permissions"].append({"_id": user, "role_ids": [lab.site.role("admin").id]})
    with pytest.raises(UsageError, match="no such project, or the API key may not see it"):
        batch("--yes", who=secret)
    lab.destination["permissions"].append({"_id": user, "role_ids": [lab.site.role("read-only").id]})
    with pytest.raises(UsageError, match=r"may not create subjects.*upload files"):
        batch("--yes", who=secret)
    assert lab.site.batches == {}


def test_a_key_that_is_none_queues_nothing(batch):
    with pytest.raises(UsageError, match=r"401.*nothing was queued") as caught:
        batch("--yes", who="keywrong")
    assert "keywrong" not in str(caught.value)


def test_the_source_is_no_destination(batch):
    with pytest.raises(UsageError, match="--to: is the project that holds the source"):
        batch("--yes", "--to", "lab/Source")


def test_nothing_is_queued_when_nobody_says_yes(lab, batch):
    with pytest.raises(UsageError, match="--yes"):
        batch()
    assert lab.site.batches == {}


def test_another_order_needs_another_state_file(lab, batch):
    batch("--yes")
    with pytest.raises(UsageError, match="belongs to a batch with another"):
        batch("--yes", "--config", "dry_run=true")
    add_gear(lab, "2.0.0")
    with pytest.raises(UsageError, match="belongs to a batch with another"):
        batch("--yes")
    assert batch("--yes", "--gear", "fw-gear-deid/1.0.0") == 0
    assert len(lab.site.jobs) == 6


def test_a_state_file_is_used_by_one_process_at_a_time(batch):
    def second(_seconds):
        with pytest.raises(UsageError, match="another 'fw-deid batch' is working with it"):
            batch("--yes")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch("--yes", pause=second)


def test_a_file_that_is_no_state_stays_as_it_is(batch, tmp_path):
    (tmp_path / "batch.state").write_bytes(b"my notes, not a database" * 50)
    with pytest.raises(UsageError, match="is not a state file"):
        batch("--yes")
    assert (tmp_path / "batch.state").read_bytes() == b"my notes, not a database" * 50


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--gear", "nowhere"], "no such gear"),
        (["--gear", "fw-gear-deid/9"], "no such gear or version"),
        (["--config", "nonsense=1"], "no such setting"),
        (["--config", "nonsense"], "KEY=VALUE"),
        (["--config", "project_path=lab/Other"], "as --to says it"),
        (["--config", "dry_run=maybe"], "must be true or false"),
        (["--config", "workers=two"], "must be a integer"),
        (["--config", "workers=true"], "must be a integer"),
        (["--config", "overwrite_files=Never"], "must be one of Replace"),
        (["--profile", "profile.yaml"], "must be 'group/Project/files/NAME'"),
        (["--profile", "lab/Source/files/none.yaml"], "no file of that name"),
        (["--mapping", "lab/Nowhere/files/none.yaml"], "no such project"),
        (["--to", "lab"], "group/Project"),
        (["--to", "lab/Nowhere"], "no such project"),
    ],
)
def test_wrong_arguments_are_told_before_anything_is_queued(lab, batch, words, told):
    with pytest.raises(UsageError, match=told):
        batch("--yes", *words)
    assert lab.site.batches == {}


def test_a_gear_that_does_something_else_is_refused(lab, batch):
    add_gear(lab, name="counter", config={})
    add_gear(lab, name="hungry", inputs={"more": {"base": "file"}, "input-file": {"base": "file"}})
    add_gear(lab, name="analyst")
    list(lab.site.gears.values())[-1]["category"] = "analysis"
    for name, told in (
        ("counter", "not a gear that exports"),
        ("hungry", "needs the input more"),
        ("analyst", "analyses"),
    ):
        with pytest.raises(UsageError, match=told):
            batch("--yes", "--gear", name)
    assert lab.site.batches == {}


def test_a_filter_the_site_does_not_take_queues_nothing(lab, batch):
    with pytest.raises(UsageError, match="422"):
        batch("--yes", "--filter", "what is this")
    assert lab.site.batches == {}


def test_the_key_may_stand_where_the_flywheel_command_line_leaves_it(lab, tmp_path):
    file = tmp_path / ".config" / "flywheel" / "user.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"key": lab.running.api_key(lab.keys["owner"])}), encoding="utf-8")
    words = [sys.executable, "-m", "fw_gear_deid.cli", "batch", "lab/Source", "--to", "lab/Destination", "--dry-run"]
    words += ["--state", str(tmp_path / "none.state")]
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment.pop("FW_KEY", None)
    found = started(words, environment)
    stdout, stderr = found.communicate(timeout=60)
    assert found.returncode == 0, stderr
    assert b"6 jobs would be queued" in stdout
    file.write_text("{}", encoding="utf-8")
    found = started(words, environment)
    stdout, stderr = found.communicate(timeout=60)
    assert found.returncode == 2
    assert b"FW_KEY" in stderr
