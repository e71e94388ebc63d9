"""``python -m tests.flywheel_site``: a tree in, a tree out."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import flywheel

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
