from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile

import pydicom
import pytest

from fw_gear_deid.cli import main
from fw_gear_deid.engine.sources import LEFTOVER
from tests.cli.made import PROFILE, ROOT, UNSEARCHED, fw_deid, profile, sidecar, tree, write
from tests.synthetic import ALICE, Series, image_series, mr_series, tar_archive, zip_archive

IDENTIFYING = (*ALICE.identifiers, "CANARY", "ALICE")


def study(folder):
    """Write a folder as people have it: an archive, plain files, a sub-folder, leftovers, names that identify."""
    write(folder / "CANARY^ALICE.dicom.zip", zip_archive(mr_series(slices=3)))
    write(folder / "CANARY^ALICE" / "sidecar.json", sidecar())
    for name, data in image_series(ALICE, Series(slices=2, number=2)):
        write(folder / "CANARY^ALICE" / name, data)
    write(folder / "CANARY^ALICE" / ".DS_Store", b"CANARY^ALICE")
    return folder


def run(tmp_path, *sources, options=(), text=PROFILE):
    return main(
        [
            "run",
            *UNSEARCHED,
            str(profile(tmp_path, text)),
            *map(str, sources),
            "-o",
            str(tmp_path / "out"),
            *map(str, options),
        ]
    )


def test_a_folder_an_archive_and_files_become_copies(tmp_path, capsys):
    source = study(tmp_path / "in")
    records = ("--log", tmp_path / "log.csv", "--report", tmp_path / "report.json", "--table", tmp_path / "table.csv")
    assert run(tmp_path, source, options=records) == 0
    told = capsys.readouterr()
    assert told.out == "5 files: 4 de-identified, 1 skipped\n"
    assert f"skipped: {LEFTOVER}" in told.err

    copies = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert len(copies) == 4
    assert json.loads((tmp_path / "out" / "CANARY^ALICE" / "sidecar.json").read_text()) == {"EchoTime": 0.03}
    with zipfile.ZipFile(tmp_path / "out" / "CANARY^ALICE.dicom.zip") as archive:
        assert archive.testzip() is None
        datasets = [pydicom.dcmread(io.BytesIO(archive.read(name))) for name in archive.namelist()]
        assert archive.namelist() == [f"{dataset.SOPInstanceUID}.MR.dcm" for dataset in datasets]
    assert {str(dataset.PatientName) for dataset in datasets} == {"anonymous"}

    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["type"] for row in rows] == ["before", "after"] * 6
    assert rows[0]["path"].startswith("CANARY^ALICE.dicom.zip/")
    assert {row["PatientName"] for row in rows if row["type"] == "before"} == {"CANARY^ALICE"}
    assert {row["PatientName"] for row in rows if row["type"] == "after"} == {"anonymous", ""}

    report = json.loads((tmp_path / "report.json").read_text())
    assert report["rules"]["dicom"]["PatientName"] == 5
    assert report["rules"]["json"] == {"PatientName": 1}
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        assert [row["state"] for row in csv.DictReader(file)].count("exported") == 4


def test_nothing_but_the_log_holds_an_identifying_value(tmp_path):
    source = study(tmp_path / "in")
    write(source / "CANARY^ALICE" / "broken.json", b'{"PatientName": "CANARY^ALICE')
    write(source / "CANARY^ALICE" / "CANARY^ALICE.xyz", b"CANARY^ALICE")
    bad = mr_series(slices=2)
    bad[1] = (bad[1][0], bad[1][1][:-100])
    write(source / "bad" / "CANARY^ALICE.zip", zip_archive(bad))
    secret = profile(tmp_path)
    done = fw_deid(
        *("run", *UNSEARCHED, secret, source, "-o", tmp_path / "out"),
        *("--log", tmp_path / "log.csv", "--report", tmp_path / "report.json", "--html", tmp_path / "report.html"),
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "1 of 2 members cannot be de-identified: member 2: " in done.stderr
    for text in (done.stdout, done.stderr):
        assert not [value for value in IDENTIFYING if value in text]
    report = (tmp_path / "report.json").read_text(encoding="utf-8")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    names = [path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*")]
    for name in sorted(names, key=len, reverse=True):  # the folders and names that this profile keeps
        report = report.replace(json.dumps(name, ensure_ascii=False), "")
        page = page.replace(f">{name}<", "")
    assert not [value for value in IDENTIFYING if value in report + page]
    assert "CANARY^ALICE" in (tmp_path / "log.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("make", [zip_archive, tar_archive, lambda members: tar_archive(members, gz=True)])
def test_any_number_of_workers_gives_the_same_bytes(tmp_path, make):
    members = [*mr_series(slices=9), ("sub/", b""), ("sub/a.json", sidecar()), ("sub/b.json", sidecar("CANARY^BOB"))]
    source = tmp_path / "in"
    write(source / f"a{'.zip' if make is zip_archive else '.tar'}", make(members))
    for name, data in image_series(ALICE, Series(slices=12, number=2)):
        write(source / "plain" / name, data)
    trees = []
    for workers in (1, 2, 5):
        folder = tmp_path / str(workers)
        folder.mkdir()
        assert run(folder, source, options=("--workers", workers, "--quiet")) == 0
        trees.append(tree(folder / "out"))
    assert len(trees[0]) == 13
    assert trees[0] == trees[1] == trees[2]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_a_member_larger_than_its_share_of_memory_is_streamed_to_the_same_copy(tmp_path, kind):
    members = list(image_series(ALICE, Series(slices=3, rows=512, columns=512)))
    data = zip_archive(members) if kind == "zip" else tar_archive(members, gz=kind == "tar.gz")
    source = write(tmp_path / "in" / f"a.{kind}", data)
    read = []
    for megabytes in (1, 128):
        folder = tmp_path / str(megabytes)
        folder.mkdir()
        assert run(folder, source, options=("--memory", megabytes, "--quiet")) == 0
        read.append(unpacked(folder / "out" / f"a.{kind}"))
    assert len(read[0]) == 3
    assert read[0] == read[1]


def unpacked(path):
    """Return the members of an archive, with what it packed them to where it says so."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return [(entry.filename, archive.read(entry), entry.compress_size) for entry in archive.infolist()]
    with tarfile.open(path) as archive:
        return [(entry.name, archive.extractfile(entry).read(), entry.mtime) for entry in archive]


def test_folders_times_order_and_comment_of_a_zip_stay(tmp_path):
    members = [("z/", b""), ("z/b.json", sidecar()), ("a/", b""), ("a/a.json", sidecar("CANARY^BOB"))]
    source = write(tmp_path / "in" / "a.zip", zip_archive(members, comment="kept"))
    assert run(tmp_path, source, options=("--report", tmp_path / "report.json")) == 0
    with zipfile.ZipFile(tmp_path / "out" / "a.zip") as copy, zipfile.ZipFile(source) as original:
        assert copy.namelist() == [name for name, _ in members]
        assert [entry.date_time for entry in copy.infolist()] == [entry.date_time for entry in original.infolist()]
        assert copy.comment == b"kept"
    assert "archive comment kept" in (tmp_path / "report.json").read_text()


def test_the_zip_section_names_the_archive_its_folders_and_its_comment(tmp_path):
    text = PROFILE.replace(
        "zip: {}",
        "zip:\n  hash-subdirectories: true\n  salt: s\n  filenames:\n    - output: '{SeriesDescription}.zip'\n"
        "  fields:\n    - name: comment\n      replace-with: done\n",
    )
    series = mr_series(slices=2)
    members = [("CANARY/ALICE/" + name, data) for name, data in series]
    source = write(tmp_path / "in" / "CANARY.zip", zip_archive(members, comment="CANARY^ALICE"))
    assert run(tmp_path, source, text=text) == 0
    description = pydicom.dcmread(io.BytesIO(series[0][1])).SeriesDescription
    with zipfile.ZipFile(tmp_path / "out" / f"{description}.zip") as copy:
        assert copy.comment == b"done"
        first, second, name = copy.namelist()[0].split("/")
        assert len(first) == len(second) == 64
        assert name.endswith(".MR.dcm")
        assert not [name for name in copy.namelist() if "CANARY" in name or "ALICE" in name]


def test_leftovers_in_an_archive_are_left_out(tmp_path):
    members = [("__MACOSX/", b""), ("__MACOSX/._a.json", b"CANARY"), ("a.json", sidecar()), (".DS_Store", b"CANARY")]
    source = write(tmp_path / "in" / "a.zip", zip_archive(members))
    assert run(tmp_path, source, options=("--report", tmp_path / "report.json")) == 0
    with zipfile.ZipFile(tmp_path / "out" / "a.zip") as copy:
        assert copy.namelist() == ["a.json"]
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["counts"]["members"] == {"deidentified": 1, "skipped": 2, "failed": 0, "withheld": 0}


def test_a_tar_stays_a_tar(tmp_path):
    source = write(tmp_path / "in" / "a.tar.gz", tar_archive([("x/a.json", sidecar())], gz=True))
    assert run(tmp_path, source) == 0
    with tarfile.open(tmp_path / "out" / "a.tar.gz", "r:gz") as copy:
        assert json.loads(copy.extractfile("x/a.json").read()) == {"EchoTime": 0.03}


def withheld(tmp_path, capsys, members, text=PROFILE):
    source = write(tmp_path / "in" / "a.zip", zip_archive(members))
    code = run(tmp_path, source, text=text)
    copies = list((tmp_path / "out").rglob("*"))
    assert (code == 1) == (copies == [])
    return code, capsys.readouterr().err


def test_the_same_object_twice_is_kept_once(tmp_path, capsys):
    ((name, data),) = image_series(ALICE, Series(slices=1))
    assert withheld(tmp_path, capsys, [("a/" + name, data), ("b/" + name, data)]) == (0, "")
    with zipfile.ZipFile(tmp_path / "out" / "a.zip") as copy:
        assert [name[:2] for name in copy.namelist()] == ["a/"]


def test_two_objects_with_one_uid_withhold_the_archive(tmp_path, capsys):
    ((name, data),) = image_series(ALICE, Series(slices=1))
    code, told = withheld(tmp_path, capsys, [("a/" + name, data), ("b/" + name, data[:-1] + b"\x01")])
    assert code == 1
    assert "2 of 2 members cannot be de-identified: members 1, 2: another member has the same SOPInstanceUID" in told


def test_two_members_that_want_one_name_withhold_the_archive_unless_they_are_the_same(tmp_path, capsys):
    text = PROFILE.replace("json:\n", "json:\n  filenames:\n    - output: one.json\n")
    (tmp_path / "same").mkdir()
    same = [("a.json", sidecar("CANARY^ALICE")), ("b.json", sidecar("CANARY^BOB"))]
    assert withheld(tmp_path / "same", capsys, same, text)[0] == 0
    other = [("a.json", sidecar()), ("b.json", b'{"EchoTime": 1}')]
    (tmp_path / "other").mkdir()
    code, told = withheld(tmp_path / "other", capsys, other, text)
    assert code == 1
    assert "wants the same new name" in told


def test_members_that_no_section_owns_withhold_the_archive_unless_the_profile_allows_them(tmp_path, capsys):
    members = [("a.json", sidecar()), ("b.xyz", b"CANARY")]
    (tmp_path / "strict").mkdir()
    code, told = withheld(tmp_path / "strict", capsys, members)
    assert code == 1
    assert "member 2: no section of the profile owns it" in told
    for number, setting in enumerate(("allow-unmatched-files: true", "validate-zip-members: false")):
        folder = tmp_path / str(number)
        folder.mkdir()
        text = PROFILE.replace("zip: {}", f"zip:\n  {setting}\n")
        assert withheld(folder, capsys, members, text)[0] == 0
        with zipfile.ZipFile(folder / "out" / "a.zip") as copy:
            assert copy.namelist() == ["a.json"]


def test_two_files_that_want_one_name_are_both_withheld_unless_they_are_the_same(tmp_path, capsys):
    text = PROFILE.replace("json:\n", "json:\n  filenames:\n    - output: one.json\n")
    write(tmp_path / "in" / "a.json", sidecar())
    write(tmp_path / "in" / "b.json", b'{"EchoTime": 1}')
    write(tmp_path / "in" / "sub" / "c.json", sidecar("CANARY^BOB"))
    write(tmp_path / "in" / "sub" / "d.json", sidecar())
    assert run(tmp_path, tmp_path / "in", text=text) == 1
    assert list(tree(tmp_path / "out")) == ["sub/one.json"]
    assert capsys.readouterr().out == "4 files: 1 de-identified, 1 skipped, 2 withheld\n"


def test_a_run_can_be_repeated(tmp_path):
    source = study(tmp_path / "in")
    assert run(tmp_path, source, options=("--quiet",)) == 0
    first = tree(tmp_path / "out")
    assert run(tmp_path, source, options=("--quiet",)) == 0
    assert tree(tmp_path / "out") == first


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_leaves_nothing_half_written(tmp_path, how):
    series = Series(slices=150, rows=256, columns=256)
    write(tmp_path / "in" / "a.zip", zip_archive(image_series(ALICE, series), compression=zipfile.ZIP_STORED))
    write(tmp_path / "in" / "0.json", sidecar())
    command = [
        sys.executable,
        "-m",
        "fw_gear_deid",
        "run",
        *UNSEARCHED,
        profile(tmp_path),
        tmp_path / "in",
        "-o",
        tmp_path / "out",
    ]
    command += ["--workers", "1", "--report", tmp_path / "report.json"]
    started = subprocess.Popen(  # noqa: S603  # the command under test
        list(map(str, command)),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with started:
        while not any(path.stat().st_size > 100_000 for path in (tmp_path / "out").glob(".fw-deid-*/*")):
            assert started.poll() is None, "it ended before it could be stopped"
            time.sleep(0.001)
        started.send_signal(how)
        _, told = started.communicate(timeout=20)
    assert "Traceback" not in told
    visible = [path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".fw-deid-")]
    assert visible == []
    if how != signal.SIGKILL:
        assert started.returncode == 130
        assert list((tmp_path / "out").iterdir()) == []
    assert not (tmp_path / "report.json").exists()
    again = fw_deid(*command[3:])
    assert again.returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0.json", "a.zip"]


@pytest.mark.parametrize(("records", "hinted"), [((), True), (("--table", "table.csv"), False)])
def test_who_sees_numbers_is_told_how_to_see_names(tmp_path, capsys, records, hinted):
    write(tmp_path / "in" / "CANARY1.json", b"{")
    write(tmp_path / "in" / "CANARY2.json", sidecar())
    options = [tmp_path / each if each.endswith(".csv") else each for each in records]
    assert run(tmp_path, tmp_path / "in", options=options) == 1
    told = capsys.readouterr().err
    assert "file 1: withheld: " in told
    assert ("--table files.csv" in told) is hinted
    assert "CANARY" not in told
