"""The example runs as ``scripts/example.py`` runs it, and nothing of its patient is left."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pydicom
import pytest

from tests.synthetic import ALICE

ROOT = Path(__file__).parent.parent
LENIENT = "penn-bsc-4.0.yaml"
PROFILES = ("full.yaml", LENIENT, "small.yaml")


@pytest.fixture(scope="module", params=PROFILES)
def finished(request, tmp_path_factory):
    """Return the gear's folder after a run with the profile, and what the run said."""
    sys.path.insert(0, str(ROOT / "scripts"))
    import example  # noqa: PLC0415  # it is no package: its folder has to be on the path first

    sys.path.remove(str(ROOT / "scripts"))
    config = json.loads((ROOT / "example_config" / "config.json").read_text(encoding="utf-8"))
    profile = example.profile_of(request.param.removesuffix(".yaml"))  # as one types it
    assert profile == example.profile_of(request.param)
    config["inputs"]["deid_profile"]["location"]["name"] = profile.name
    if request.param == LENIENT:  # it leaves the name in sequences and private elements, so its copies are withheld
        config["config"]["residual_identifiers"] = "warn"
    folder = tmp_path_factory.mktemp("gear") / "v0"
    example.lay_out(config, folder)
    variables = example.environment(json.loads((ROOT / "manifest.json").read_text(encoding="utf-8")))
    run = subprocess.run(
        [sys.executable, "run.py"], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder, run.stdout + run.stderr


def test_every_profile_of_the_example_is_run_here():
    assert {path.name for path in (ROOT / "example_config" / "profiles").glob("*.yaml")} == set(PROFILES)


def members(folder):
    """Return name and bytes of each member of the copy, NIfTI files inflated."""
    (copy,) = (folder / "output" / "example").rglob("*.zip")
    with zipfile.ZipFile(copy) as archive:
        read = {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
        comment = archive.comment
    return {name: gzip.decompress(data) if name.endswith(".gz") else data for name, data in read.items()} | {
        "": comment + copy.name.encode() + "".join(read).encode()
    }


def leaks(data):
    traces = [*ALICE.identifiers, "ALICE", "Alice", "alice", "NESTLING", "Ralph", "RITA", "PETRA", "Birdcage"]
    return [value for value in traces if value.encode() in data]


# Penn's profile leaves sequences and private elements as they are.
@pytest.mark.parametrize("finished", ["full.yaml", "small.yaml"], indirect=True)
def test_nothing_of_the_patient_is_in_the_copy(finished):
    folder, _ = finished
    assert {name: leaks(data) for name, data in members(folder).items() if leaks(data)} == {}


def test_only_the_log_holds_values(finished):
    folder, said = finished
    assert leaks(said.encode()) == []
    told = [path for path in (folder / "output").iterdir() if path.is_file()]
    assert {path.name for path in told} >= {"deid_log.csv", "deid_report.json"}
    for path in told:
        # The export table names the source file, which here is named after the patient.
        if path.name != "deid_log.csv" and not path.name.endswith("_export.csv"):
            assert leaks(path.read_bytes()) == [], path.name


def test_the_images_are_still_images(finished):
    folder, _ = finished
    images = [pydicom.dcmread(io.BytesIO(data)) for name, data in members(folder).items() if name.endswith(".dcm")]
    assert len(images) == 4
    assert all(image.pixel_array.shape == (64, 64) for image in images)
    assert {image.PatientAge for image in images} == {ALICE.age}
    assert all(image.file_meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID for image in images)


@pytest.mark.parametrize("finished", ["full.yaml"], indirect=True)
def test_every_section_of_the_full_profile_has_acted(finished):
    folder, _ = finished
    suffixes = sorted(name.rpartition(".")[2] for name in members(folder) if name)
    assert suffixes == ["bval", "csv", "dcm", "dcm", "dcm", "dcm", "gz", "json", "tsv", "txt"]
    text = {name.rpartition("/")[2]: data for name, data in members(folder).items()}
    assert b";2023-10-10;007;53;101.50" in text["scores.txt"]
    assert b"\t2023-10-10\t007\t53\t101.50\tn/a\n" in text["participants.tsv"]
    assert b",2023-10-10,007," in text["phenotype.csv"]
    assert b'"DwellTime": 1.0e-3' in text["sub-001_T1w.json"]
