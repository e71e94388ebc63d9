"""What bad input gets: one line that says what, where, and what to do; nothing of that file; the others still done."""

from __future__ import annotations

import gzip
import os
import re
import struct
import zipfile

import pytest

from fw_gear_deid.cli import main
from tests.cli.made import PROFILE, UNSEARCHED, fw_deid, profile, sidecar, tree, write
from tests.synthetic import ALICE, Series, image_series, nifti, tar_archive, zip_archive

((_, IMAGE),) = image_series(ALICE, Series(slices=1))
GOOD = sidecar()
WHOLE = zip_archive([("a.json", GOOD), ("b.dcm", IMAGE)])
NIFTI_PROFILE = PROFILE.replace("zip: {}", "nifti:\n  fields:\n    - name: descrip\n      remove: true\nzip: {}")


def encrypted():
    """Return a zip whose one member says that it is encrypted (APPNOTE 4.4.4, bit 0)."""
    data = bytearray(zip_archive([("a.json", GOOD)], compression=zipfile.ZIP_STORED))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + flags
        data[at : at + 2] = struct.pack("<H", struct.unpack_from("<H", data, at)[0] | 1)
    return bytes(data)


def damaged():
    data = bytearray(WHOLE)
    data[60:64] = b"\xff\xff\xff\xff"
    return bytes(data)


BAD = {
    "empty.zip": zip_archive([]),
    "only-folders.zip": zip_archive([("a/", b"")]),
    "encrypted.zip": encrypted(),
    "truncated.zip": WHOLE[: len(WHOLE) // 2],
    "no-directory.zip": WHOLE[:-30],
    "damaged.zip": damaged(),
    "zero.zip": b"",
    "text.zip": b"CANARY^ALICE",
    "nested.zip": zip_archive([("a.json", GOOD), ("inner.zip", WHOLE)]),
    "disguised.zip": zip_archive([("a.json", WHOLE)]),
    "escaping.zip": zip_archive([("../CANARY.json", GOOD)]),
    "absolute.zip": zip_archive([("/CANARY.json", GOOD)]),
    "truncated.tar": tar_archive([("a.json", GOOD)])[:600],
    "truncated.tar.gz": tar_archive([("a.json", GOOD)], gz=True)[:60],
    "text.tar": b"CANARY^ALICE",
    "truncated.dcm": IMAGE[:-10],
    "cut-header.dcm": IMAGE[:400],
    "text.dcm": b"CANARY^ALICE",
    "zero.dcm": b"",
    "image.json": IMAGE,
    "truncated.json": b'{"PatientName": "CANARY^ALICE',
    "text.nii": b"CANARY^ALICE",
    "truncated.nii.gz": nifti()[:100],
    "not-gzip.nii.gz": b"CANARY^ALICE" * 50,
    "wrong-gzip.nii.gz": gzip.compress(b"CANARY^ALICE", mtime=0),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_in_a_line_and_the_others_are_done(tmp_path, capsys, name):
    write(tmp_path / "in" / "0-good.json", GOOD)
    write(tmp_path / "in" / name, BAD[name])
    write(tmp_path / "in" / "zz-good.zip", WHOLE)
    text = NIFTI_PROFILE
    places = ["-o", str(tmp_path / "out"), "--table", str(tmp_path / "table.csv")]
    code = main(["run", *UNSEARCHED, str(profile(tmp_path, text)), str(tmp_path / "in"), *places])
    told = capsys.readouterr()
    assert code == 1
    assert told.out in {f"3 files: 2 de-identified, 1 {state}\n" for state in ("withheld", "failed")}
    assert re.fullmatch(r"file 2: (withheld|failed): [^\n]+\n", told.err)
    assert "internal error" not in told.err
    assert "CANARY" not in told.err
    assert sorted(tree(tmp_path / "out")) == ["0-good.json", "zz-good.zip"]


@pytest.mark.parametrize("name", ["truncated.dcm", "truncated.json", "zero.dcm", "text.nii", "truncated.nii.gz"])
def test_a_bad_member_withholds_its_archive(tmp_path, capsys, name):
    write(tmp_path / "in" / "a.zip", zip_archive([("a.json", GOOD), (name, BAD[name])]))
    code = main(
        ["run", *UNSEARCHED, str(profile(tmp_path, NIFTI_PROFILE)), str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    )
    assert code == 1
    assert re.fullmatch(
        r"file 1: withheld: 1 of 2 members cannot be de-identified: member 2: [^\n]+\n", capsys.readouterr().err
    )
    assert tree(tmp_path / "out") == {}


@pytest.mark.parametrize("unmatched", ["skip", "fail"])
def test_a_file_that_no_section_owns_is_listed(tmp_path, capsys, unmatched):
    write(tmp_path / "in" / "a.xyz", b"CANARY")
    arguments = ["run", *UNSEARCHED, str(profile(tmp_path)), str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    assert main([*arguments, "--unmatched", unmatched]) == (0 if unmatched == "skip" else 1)
    assert "no section of the profile owns it" in capsys.readouterr().err
    assert tree(tmp_path / "out") == {}


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path, capsys):
    write(tmp_path / "in" / "a.json", GOOD).chmod(0)
    assert main(["run", *UNSEARCHED, str(profile(tmp_path)), str(tmp_path / "in"), "-o", str(tmp_path / "out")]) == 1
    assert "failed: reading or writing failed: Permission denied" in capsys.readouterr().err


def refused(tmp_path, *arguments):
    done = fw_deid(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    return done.stderr


@pytest.mark.parametrize("text", ["dicom: [unclosed", "a sentence", "", b"\x00\xff\xfe\x01", "dicom:\n  fields: 7\n"])
def test_a_profile_that_is_none_stops_the_run_before_data_is_read(tmp_path, text):
    write(tmp_path / "in" / "a.json", GOOD)
    made = write(tmp_path / "profile.yaml", text if isinstance(text, bytes) else text.encode())
    assert re.match(r"\S*profile\.yaml:\d+:\d+: ", refused(tmp_path, "run", made, "in", "-o", "out"))


def test_a_source_or_profile_that_is_not_there_is_told(tmp_path):
    made = profile(tmp_path)
    assert "nowhere" in refused(tmp_path, "run", made, "nowhere", "-o", "out")
    (tmp_path / "in").mkdir()
    assert "there is no file in it" in refused(tmp_path, "run", made, "in", "-o", "out")
    assert "nowhere.yaml" in refused(tmp_path, "run", "nowhere.yaml", "in", "-o", "out")


def test_places_that_would_do_harm_are_refused(tmp_path):
    made = profile(tmp_path)
    write(tmp_path / "in" / "a.json", GOOD)
    for arguments in (
        ("in", "-o", "in"),
        ("in", "-o", "in/out"),
        ("in", "-o", "."),
        ("in/a.json", "-o", "in"),
        ("in", "-o", "out", "--log", "out/deid_log.csv"),
        ("in", "-o", "out", "--table", "out/table.csv"),
        ("in", "-o", "out", "--report", "in/a.json"),
        ("in", "-o", "out", "--log", "log.csv", "--report", "log.csv"),
        ("in", "-o", "profile.yaml"),
    ):
        refused(tmp_path, "run", made, *arguments)
    assert (tmp_path / "in" / "a.json").read_bytes() == GOOD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "profile.yaml"]


@pytest.mark.parametrize("option", ["--log", "--report", "--html", "--table", "--uid-map"])
def test_a_folder_in_the_place_of_a_file_is_told_before_data_is_read(tmp_path, option):
    write(tmp_path / "in" / "a.json", GOOD)
    (tmp_path / "there").mkdir()
    done = fw_deid("run", profile(tmp_path), "in", "-o", "out", option, "there", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "fw-deid: there: is a folder; name a file in it\n")
    assert tree(tmp_path / "out") == {}


def test_a_tilde_that_no_shell_has_replaced_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write(tmp_path / "home" / "a.json", GOOD)
    chosen = profile(tmp_path)
    assert main(["run", str(chosen), "~/a.json", "-o", str(tmp_path / "out"), "--log=~/private/log.csv"]) == 0
    assert (tmp_path / "home" / "private" / "log.csv").is_file()
    assert not (tmp_path / "~").exists()


def test_a_blank_path_is_refused_as_from_a_variable_that_is_not_set(tmp_path, capsys):
    write(tmp_path / "a.json", GOOD)
    assert main(["run", str(profile(tmp_path)), str(tmp_path / "a.json"), "-o", ""]) == 2
    assert "a path is blank" in capsys.readouterr().err


def test_of_files_with_one_reason_ten_are_told_and_the_rest_counted(tmp_path, capsys):
    for number in range(13):
        write(tmp_path / "in" / f"{number}.json", b"{")
    assert main(["run", str(profile(tmp_path)), str(tmp_path / "in"), "-o", str(tmp_path / "out")]) == 1
    lines = capsys.readouterr().err.splitlines()
    (why,) = {line.partition(": ")[2] for line in lines if line.startswith("file ")}
    assert [line for line in lines if why in line] == [
        *(f"file {number}: {why}" for number in range(1, 11)),
        f"and 3 more files: {why}",
    ]
