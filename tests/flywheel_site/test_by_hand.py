"""``python -m tests.flywheel_site``: a tree in, a tree out."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import flywheel

from tests.synthetic import ALICE, mr_series, zip_archive

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments):
    command = [sys.executable, "-m", "tests.flywheel_site", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own words


def test_a_tree_is_loaded_changed_and_written_again(tmp_path):
    place = tmp_path / "in" / "lab" / "Source" / "S1" / "V1" / "T1"
    place.mkdir(parents=True)
    (place / "a.dcm").write_bytes(b"\x00\x01")
    (place / "a.dcm.metadata.json").write_text('{"modality": "MR", "info": {"k": 1}}', encoding="utf-8")
    (place.parents[1] / ".container.json").write_text('{"sex": "female"}', encoding="utf-8")
    process = start("--load", tmp_path / "in", "--dump", tmp_path / "out")
    try:
        told = json.loads(process.stdout.readline())
        assert sorted(told["keys"]) == ["admin", "owner", "reader", "rule"]
        client = flywheel.Client(told["keys"]["owner"])
        found = client.lookup("lab/Source/S1/V1/T1")
        assert (found.files[0].modality, found.files[0].info) == ("MR", {"k": 1})
        assert client.get(found.parents.subject).sex == "female"
        found.upload_file(flywheel.FileSpec("b.txt", b"new"))
        client.api_client.rest_client.client.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
    out = tmp_path / "out" / "lab" / "Source" / "S1"
    assert (out / "V1" / "T1" / "a.dcm").read_bytes() == b"\x00\x01"
    assert (out / "V1" / "T1" / "b.txt").read_bytes() == b"new"
    assert json.loads((out / ".container.json").read_text(encoding="utf-8"))["sex"] == "female"
    assert json.loads((out / "V1" / "T1" / "a.dcm.metadata.json").read_text(encoding="utf-8"))["info"] == {"k": 1}


def test_jobs_are_carried_out_in_the_background(tmp_path):
    place = tmp_path / "in" / "lab" / "Source" / "S1" / "V1" / "T1"
    place.mkdir(parents=True)
    (place / "mr.dicom.zip").write_bytes(zip_archive(mr_series(ALICE, slices=1, rows=8, columns=8)))
    (tmp_path / "in" / "lab" / "Destination").mkdir()
    process = start("--load", tmp_path / "in", "--run-jobs")
    try:
        client = flywheel.Client(json.loads(process.stdout.readline())["keys"]["owner"])
        target = client.lookup("lab/Source/S1/V1/T1")
        gear = client.lookup("gears/fw-gear-deid")
        job_id = gear.run(config={"project_path": "lab/Destination"}, inputs={"input-file": target.files[0]})
        deadline = time.monotonic() + 60
        while (job := client.get_job(job_id)).state not in {"complete", "failed"} and time.monotonic() < deadline:
            time.sleep(0.1)
        assert (job.state, job.failure_reason) == ("failed", "exit code 2")
        assert any("profile" in line.msg for line in client.get_job_logs(job_id).logs)
        client.api_client.rest_client.client.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0
