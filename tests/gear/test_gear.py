from __future__ import annotations

import csv
import io
import json
import os
import signal
import time
import zipfile
from contextlib import suppress

import pydicom
import pytest

from fw_gear_deid.engine.folder import STAGING_PREFIX
from tests.gear.folder import ACQUISITION, FILE, IDS, GearFolder
from tests.synthetic import ALICE, BJORN, Series, image_series, mr_series, zip_archive

PROFILE = """\
name: strict
dicom:
  remove-undefined: true
  remove-private-tags: true
  fields:
    - {name: PatientName, replace-with: ANON}
    - {name: PatientID, hash: true}
    - {name: SOPClassUID, keep: true}
    - {name: SOPInstanceUID, hashuid: true}
    - {name: StudyInstanceUID, hashuid: true}
    - {name: SeriesInstanceUID, hashuid: true}
    - {name: Modality, keep: true}
    - {name: Rows, keep: true}
    - {name: Columns, keep: true}
    - {name: BitsAllocated, keep: true}
    - {name: BitsStored, keep: true}
    - {name: HighBit, keep: true}
    - {name: PixelRepresentation, keep: true}
    - {name: SamplesPerPixel, keep: true}
    - {name: PhotometricInterpretation, keep: true}
    - {name: PixelData, keep: true}
zip:
  fields:
    - {name: comment, remove: true}
"""
RENAMING = PROFILE + "  filenames:\n    - {output: renamed.zip}\n"
TABLE = f"acquisition-{ACQUISITION}_export.csv"


@pytest.fixture
def folder(tmp_path):
    made = GearFolder(tmp_path / "v0")
    made.add_input("input-file", "scan.zip", zip_archive(mr_series(), comment=ALICE.name))
    made.add_input("deid_profile", "profile.yaml", PROFILE, "source code")
    return made


def visible(folder: GearFolder) -> set[str]:
    """Everything in the output, by path."""
    return {path.relative_to(folder.output).as_posix() for path in folder.output.rglob("*") if path.is_file()}


def archive_of(folder: GearFolder) -> zipfile.ZipFile:
    (data,) = [data for path, data in folder.copies().items() if path.endswith(".zip")]
    return zipfile.ZipFile(io.BytesIO(data))


def states(folder: GearFolder) -> list[tuple[str, str]]:
    with (folder.output / TABLE).open(newline="") as file:
        return [(row["state"], row["reason"]) for row in csv.DictReader(file)]


def everything_told(folder: GearFolder, *streams: str) -> bytes:
    """Names and bytes of all that a job leaves, archives opened, and what it said; ``deid_log.csv`` left out."""
    told = ["\n".join(streams).encode()]
    for path in sorted(folder.output.rglob("*")):
        told.append(os.fsencode(path.relative_to(folder.output)))
        if path.is_file() and path.name != "deid_log.csv":
            told.append(path.read_bytes())
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    told += [part for name in archive.namelist() for part in (name.encode(), archive.read(name))]
                    told.append(archive.comment)
    return b"\n".join(told)


def assert_no_identifier(told: bytes, *more: str) -> None:
    found = [value for value in (*ALICE.identifiers, *more) if value.encode() in told]
    assert found == []


def test_an_archive_is_copied_into_the_tree_with_reports_and_nothing_else(folder):
    launched = folder.launch()
    assert launched.code == 0, launched.stderr
    assert states(folder) == [("exported", "")]
    outside = {path for path in visible(folder) if not path.startswith("research/Copy/")}
    assert outside == {"deid_log.csv", "deid_report.html", "deid_report.json", TABLE}
    kinds = sorted(path.rpartition("/")[2] for path in folder.copies())
    assert len([kind for kind in kinds if kind.startswith("deid_report_")]) == 2
    assert len([kind for kind in kinds if kind.endswith(".zip.metadata.json")]) == 1
    with archive_of(folder) as archive:
        assert len(archive.namelist()) == 3
        for name in archive.namelist():
            dataset = pydicom.dcmread(io.BytesIO(archive.read(name)))
            assert str(dataset.PatientName) == "ANON"
            assert len(dataset.pixel_array) == 16


def test_no_identifier_leaves_but_in_the_log_of_values(folder):
    launched = folder.launch()
    assert launched.code == 0, launched.stderr
    told = everything_told(folder, launched.stdout, launched.stderr)
    assert b"ANON" in told
    assert_no_identifier(told)
    assert ALICE.name in (folder.output / "deid_log.csv").read_text()


def test_debug_tells_more_but_no_identifier(folder):
    folder.config["debug"] = True
    launched = folder.launch()
    assert launched.code == 0
    assert_no_identifier(everything_told(folder, launched.stdout, launched.stderr))


def test_the_name_of_the_source_is_told_in_the_tables_of_the_source_side_only(folder):
    del folder.inputs["input-file"]
    folder.add_input("input-file", "CANARY^ALICE.zip", zip_archive(mr_series()))
    folder.add_input("deid_profile", "profile.yaml", RENAMING, "source code")
    launched = folder.launch()
    assert launched.code == 0
    assert "CANARY^ALICE.zip" in (folder.output / TABLE).read_text()
    (folder.output / TABLE).unlink()
    assert_no_identifier(everything_told(folder, launched.stdout, launched.stderr))


def test_ids_of_the_source_do_not_reach_the_destination(folder):
    assert folder.launch().code == 0
    tree = b"\n".join(part for path, data in folder.copies().items() for part in (path.encode(), data))
    assert [known for known in (FILE, ACQUISITION, *IDS.values()) if known.encode() in tree] == []


def test_the_metadata_links_the_copy_to_its_source_and_profile(folder):
    folder.launch()
    (record,) = [json.loads(data) for path, data in folder.copies().items() if path.endswith(".zip.metadata.json")]
    report = json.loads((folder.output / "deid_report.json").read_text())
    assert record["info"]["export"]["profile"] in json.dumps(report)
    assert record["info"]["export"]["gear"] == "fw-gear-deid"
    assert len(record["info"]["export"]["origin_id"]) == 64


def test_the_report_lies_beside_the_copy(folder):
    folder.launch()
    beside = {path[-5:]: data for path, data in folder.copies().items() if "/deid_report_" in path}
    assert beside == {
        ".json": (folder.output / "deid_report.json").read_bytes(),
        ".html": (folder.output / "deid_report.html").read_bytes(),
    }
    assert b"research/Copy" in beside[".html"]


def test_a_second_launch_does_nothing_again(folder):
    assert folder.launch().code == 0
    before = {path: path.stat().st_mtime_ns for path in folder.output.rglob("*.zip")}
    launched = folder.launch()
    assert launched.code == 0
    ((state, reason),) = states(folder)
    assert state == "skipped"
    assert "there already" in reason
    assert {path: path.stat().st_mtime_ns for path in folder.output.rglob("*.zip")} == before
    (beside,) = [data for path, data in folder.copies().items() if "/deid_report_" in path and path.endswith(".json")]
    assert b"deidentified" in json.dumps(json.loads(beside)["files"]).encode()


def test_another_profile_replaces_the_copy(folder):
    folder.launch()
    folder.add_input("deid_profile", "profile.yaml", PROFILE.replace("ANON", "OTHER"), "source code")
    assert folder.launch().code == 0
    with archive_of(folder) as archive:
        names = {str(pydicom.dcmread(io.BytesIO(archive.read(name))).PatientName) for name in archive.namelist()}
    assert names == {"OTHER"}


def test_skip_leaves_the_copy_of_another_profile(folder):
    folder.launch()
    before = folder.copies()
    folder.add_input("deid_profile", "profile.yaml", PROFILE.replace("ANON", "OTHER"), "source code")
    folder.config["overwrite_files"] = "Skip"
    assert folder.launch().code == 0
    assert [state for state, _ in states(folder)] == ["skipped"]
    assert folder.copies() == before


@pytest.mark.parametrize(("overwrite", "left"), [("Replace", 2), ("Cleanup", 1), ("Cleanup_force", 1)])
def test_cleanup_removes_the_copy_of_an_older_naming(folder, overwrite, left):
    folder.launch()
    folder.add_input("deid_profile", "profile.yaml", RENAMING, "source code")
    folder.config["overwrite_files"] = overwrite
    assert folder.launch().code == 0
    archives = [path for path in folder.copies() if path.endswith(".zip")]
    assert len(archives) == left
    assert any(path.endswith("/renamed.zip") for path in archives)


def test_the_copy_of_another_source_is_not_overwritten(folder):
    folder.launch()
    before = folder.copies()
    assert [path for path in before if path.endswith(".zip")]
    folder.add_input("input-file", "scan.zip", zip_archive(mr_series(BJORN)))
    folder.inputs["input-file"]["object"]["file_id"] = "b" * 24
    assert folder.launch().code == 1
    ((state, reason),) = states(folder)
    assert state == "failed"
    assert "not a copy of this source" in reason
    for path, data in before.items():
        assert "deid_report" in path or folder.copies()[path] == data


def test_a_dry_run_writes_reports_only(folder):
    folder.config["dry_run"] = True
    launched = folder.launch()
    assert launched.code == 0, launched.stderr
    assert visible(folder) == {"deid_log.csv", "deid_report.html", "deid_report.json", TABLE}
    assert "ANON" in (folder.output / "deid_log.csv").read_text()


def test_all_problems_of_a_job_are_told_before_anything_is_read(folder):
    folder.config |= {"project_path": "CANARY", "workers": -1, "overwrite_files": "CANARY"}
    folder.add_input("deid_profile", "profile.yaml", "dicom:\n  fields:\n    - {name: NoSuchKeyword, remov: true}\n")
    launched = folder.launch()
    assert launched.code == 2
    told = launched.stderr.splitlines()
    for start in ("  project_path: ", "  workers: ", "  overwrite_files: ", "  deid_profile:3:"):
        assert [line for line in told if line.startswith(start)], start
    assert "CANARY" not in launched.stdout + launched.stderr
    assert visible(folder) == set()


@pytest.mark.parametrize("text", ["{", "[]", '{"config": 3}', "\0", '"\xff"'])
def test_a_config_that_is_not_one_is_refused_without_a_traceback(folder, text):
    start = folder.start

    def spoil_then_start():
        folder.write_config = lambda: (folder.path / "config.json").write_text(text, encoding="latin-1")
        return start()

    folder.start = spoil_then_start
    launched = folder.launch()
    assert launched.code == 2
    assert "Traceback" not in launched.stderr
    assert "config.json" in launched.stderr


@pytest.mark.parametrize("name", ["scan.zip", "scan.tar.gz", "one.dcm"])
def test_a_damaged_file_is_not_copied_and_the_table_says_why(folder, name):
    archive = zip_archive(mr_series())
    folder.add_input("input-file", name, archive[: len(archive) // 2])
    launched = folder.launch()
    assert launched.code == 1
    ((state, reason),) = states(folder)
    assert state in {"withheld", "failed"}
    assert reason
    assert folder.copies() == {}
    assert "Traceback" not in launched.stderr
    assert_no_identifier(everything_told(folder, launched.stdout, launched.stderr))


@pytest.mark.parametrize(("setting", "code"), [("skip", 0), ("fail", 1)])
def test_a_file_that_no_section_covers_is_listed_and_not_copied(folder, setting, code):
    folder.add_input("input-file", "notes.txt", f"about {ALICE.name}")
    folder.config["unmatched_files"] = setting
    assert folder.launch().code == code
    assert states(folder)[0][0] != "exported"
    assert folder.copies() == {}


def test_values_that_a_library_would_warn_about_stay_out_of_the_log(folder):
    _, data = mr_series(slices=1)[0]
    study = ALICE.uid("study").encode()
    assert study in data
    spoiled = data.replace(study, b"CANARY-NOT-A-UID".ljust(len(study), b"0"))
    folder.add_input("input-file", "one.dcm", spoiled, "dicom")
    launched = folder.launch()
    assert "CANARY" not in launched.stdout + launched.stderr


def half_written(folder: GearFolder) -> bool:
    """Whether a copy is being written that is not complete."""
    for path in folder.output.glob(f"{STAGING_PREFIX}*/*"):
        with suppress(FileNotFoundError):  # it was gone before it could be measured
            if path.stat().st_size > 100_000:
                return True
    return False


def test_a_job_that_is_killed_leaves_nothing_half_written_and_can_be_started_again(folder):
    big = list(image_series(ALICE, Series(slices=400, rows=128, columns=128, header="full")))
    folder.add_input("input-file", "scan.zip", zip_archive(big, compression=zipfile.ZIP_STORED))
    folder.config["workers"] = 1
    with folder.start() as process:
        deadline = time.monotonic() + 60
        while not half_written(folder) and time.monotonic() < deadline:
            assert process.poll() is None, "the job was over before it could be killed"
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert folder.copies() == {}
    assert folder.launch().code == 0
    with archive_of(folder) as archive:
        assert len(archive.namelist()) == 400
    assert not list(folder.output.glob(f"{STAGING_PREFIX}*"))


def test_any_number_of_workers_gives_the_same_bytes(folder, tmp_path):
    folder.config["workers"] = 1
    folder.launch()
    other = GearFolder(tmp_path / "other", {**folder.config, "workers": 3}, folder.inputs)
    other.launch()
    assert {path: data for path, data in folder.copies().items() if path.endswith(".zip")} == {
        path: data for path, data in other.copies().items() if path.endswith(".zip")
    }


def test_a_subject_map_labels_the_subject_of_the_copy(folder):
    folder.add_input("deid_profile", "profile.yaml", "map-subjects: subjects.csv\n" + PROFILE, "source code")
    form = 'PatientID,SubjectCode,$config\n,,"{""format"": ""ex{SubjectCode:02}""}"\n'
    (folder.path / "subjects.csv").write_text(form)
    ended = folder.launch()
    assert ended.code == 0, ended.stderr
    assert {path.split("/")[0] for path in folder.copies()} == {"ex01", "ex01.metadata.json"}
    assert ALICE.patient_id.lower() in (folder.path / "subjects.csv").read_text()
    assert ALICE.patient_id.lower() not in (ended.stdout + ended.stderr).lower()
    assert folder.launch().code == 0
    assert states(folder)[0][0] == "skipped"


def test_the_metadata_that_the_profile_names_goes_with_the_copy(folder):
    folder.inputs["input-file"]["object"] |= {
        "modality": "MR",
        "classification": {"Intent": ["Structural"]},
        "tags": ["CANARY"],
        "info": {"site": "CANARY-17", "quality": "good", "header": {"dicom": {"PatientName": "CANARY^ALICE"}}},
    }
    rules = "flywheel:\n  file:\n    fields:\n      - {name: modality}\n      - {name: info.quality}\n"
    described = folder.inputs["input-file"]
    folder.add_input("deid_profile", "profile.yaml", PROFILE + rules, "source code")
    folder.inputs["input-file"] = described
    assert folder.launch().code == 0
    (text,) = [data for path, data in folder.copies().items() if path.endswith(".zip.metadata.json")]
    record = json.loads(text)
    assert (record["modality"], record["info"].pop("export")["gear"]) == ("MR", "fw-gear-deid")
    assert record["info"] == {"quality": "good"}
    assert set(record) == {"name", "type", "modality", "version", "info"}
    assert folder.launch().code == 0
    assert states(folder)[0][0] == "skipped"
    described["object"]["info"]["quality"] = "bad"
    assert folder.launch().code == 0
    assert states(folder)[0][0] == "exported"


def test_metadata_that_a_rule_fails_on_withholds_the_file(folder):
    folder.inputs["input-file"]["object"]["info"] = {"day": "CANARY"}
    described = folder.inputs["input-file"]
    rules = "flywheel:\n  file:\n    date-increment: 3\n    fields:\n      - {name: info.day, increment-date: true}\n"
    folder.add_input("deid_profile", "profile.yaml", PROFILE + rules, "source code")
    folder.inputs["input-file"] = described
    ended = folder.launch()
    assert ended.code == 1
    assert states(folder)[0][0] == "withheld"
    assert "CANARY" not in ended.stdout + ended.stderr
    assert not [path for path in folder.copies() if path.endswith(".zip")]


def test_a_copy_is_made_anew_when_the_mapping_has_other_values(folder):
    profile = PROFILE.replace("replace-with: ANON", "replace-with: '{{ ID }}'")
    folder.add_input("deid_profile", "profile.yaml", profile, "source code")
    folder.inputs["input-file"]["hierarchy"]["labels"] = {"subject": "S1"}
    states = []
    for number in ("001", "001", "002"):
        folder.add_input("mapping_csv", "mapping.csv", f"subject.label,ID\nS1,{number}\n", "tabular data")
        done = folder.launch()
        assert done.code == 0, done.stderr
        (row,) = csv.DictReader(io.StringIO((folder.output / TABLE).read_text()))
        states.append(row["state"])
        (copy,) = (data for name, data in folder.copies().items() if name.endswith(".zip"))
        with zipfile.ZipFile(io.BytesIO(copy)) as archive:
            first = pydicom.dcmread(io.BytesIO(archive.read(archive.namelist()[0])))
        assert first.PatientName == number
        for said in (done.stdout, done.stderr, (folder.output / "deid_report.json").read_text()):
            assert number not in said.split()
    assert states == ["exported", "skipped", "exported"]
