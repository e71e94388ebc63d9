"""What the settings of ``zip`` do to whole archives."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from fw_gear_deid.cli import main
from tests.cli.made import UNSEARCHED, profile, write
from tests.synthetic import mr_series, tar_archive, zip_archive

SIDECAR = b'{"PatientID": "CANARY", "Task": "rest", "Deep": {"Er": "x y"}, "List": [1, 2]}'
HEADER = b"ObjectType = Image\nSubject = CANARY^OKAPI\n"
XML = b"<a><b>CANARY</b><c>one</c></a>"
SECTIONS = """
name: synth
json:
  salt: s
  fields: [{name: PatientID, hash: true}]
key-value-text-file:
  delimiter: " = "
  fields: [{name: Subject, replace-with: okapi}]
xml:
  fields: [{name: //b, remove: true}]
"""
MEMBERS = [("CANARY/a.json", SIDECAR), ("b.mhd", HEADER), ("c.xml", XML)]


def run(tmp_path, section, *, archive=None, name="CANARY.zip", options=()):
    text = SECTIONS + "zip:\n" + "".join(f"  {line}\n" for line in section.splitlines())
    source = write(tmp_path / "in" / name, zip_archive(MEMBERS) if archive is None else archive)
    call = [
        "run",
        *UNSEARCHED,
        str(profile(tmp_path, text)),
        str(source),
        "-o",
        str(tmp_path / "out"),
        *map(str, options),
    ]
    return main(call), sorted((tmp_path / "out").rglob("*")) if (tmp_path / "out").exists() else []


def name_of(tmp_path, output):
    code, copies = run(tmp_path, f"filenames:\n- output: '{output}'")
    assert code == 0
    return copies[0].name


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("{PatientID}-{Task}.zip", "3cff4c96a42f27b8-rest.zip"),  # sha256 of "sCANARY"
        ("{Deep.Er}_{Subject}.zip", "x y_okapi.zip"),
        ("{/a/c}{//b}.zip", "oneNA.zip"),
        ("{Nothing}-{List}.zip", "NA-NA.zip"),
        ("{comment}.zip", "NA.zip"),
    ],
)
def test_an_archive_is_named_by_fields_of_its_members_after_their_rules(tmp_path, output, name):
    assert name_of(tmp_path, output) == name


def test_the_sections_order_decides_where_members_disagree(tmp_path):
    members = [("a.mhd", b"Task = motor\n"), ("b.json", b'{"Task": "rest"}'), ("c.json", b'{"Task": "later"}')]
    run(tmp_path, "filenames: [{output: '{Task}.zip'}]", archive=zip_archive(members))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["rest.zip"]


@pytest.mark.parametrize(
    ("comment", "action", "after"),
    [
        ("CANARY", "remove: true", ""),
        ("CANARY", "replace-with: done", "done"),
        ("", "replace-with: done", "done"),
        ("CANARY", "hash: true", "3cff4c96a42f27b8"),
        ("20200228", "increment-date: true", "20200211"),
        ("", "hash: true", ""),
    ],
)
def test_a_comment_takes_actions_and_is_logged(tmp_path, comment, action, after):
    section = f"salt: s\ndate-increment: -17\nfields:\n- name: comment\n  {action}"
    archive = zip_archive(MEMBERS, comment=comment)
    code, (copy, *_) = run(tmp_path, section, archive=archive, options=("--log", tmp_path / "log.csv"))
    assert code == 0
    with zipfile.ZipFile(copy) as opened:
        assert opened.comment.decode() == after
    with (tmp_path / "log.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["path"] == "CANARY.zip"]
    assert [(row["type"], row["comment"]) for row in rows] == [("before", comment), ("after", after)]


def test_a_comment_that_a_rule_cannot_handle_withholds_the_archive(tmp_path, capsys):
    section = "date-increment: -17\nfields:\n- name: comment\n  increment-date: true"
    code, copies = run(tmp_path, section, archive=zip_archive(MEMBERS, comment="CANARY^ALICE"))
    assert (code, copies) == (1, [])
    told = capsys.readouterr().err
    assert "rule for 'comment'" in told
    assert "ALICE" not in told


def test_a_comment_may_name_the_archive_after_its_rules(tmp_path):
    section = "fields: [{name: comment, replace-with: done}]\nfilenames: [{output: '{comment}.zip'}]"
    _, (copy, *_) = run(tmp_path, section, archive=zip_archive(MEMBERS, comment="CANARY"))
    assert copy.name == "done.zip"


def test_a_tar_gets_no_comment(tmp_path):
    section = "fields: [{name: comment, replace-with: done}]"
    assert run(tmp_path, section, archive=tar_archive(MEMBERS), name="a.tar")[0] == 0


def test_an_archive_withheld_for_an_unmatched_member_says_what_would_help(tmp_path, capsys):
    archive = zip_archive([*MEMBERS, ("CANARY.xyz", b"CANARY"), ("CANARY.abc", b"CANARY")])
    assert run(tmp_path, "salt: s", archive=archive) == (1, [])
    told = capsys.readouterr().err
    assert "members 4, 5: no section of the profile owns it" in told
    assert "add a section or a file-filter that does" in told
    assert "allow-unmatched-files: true" in told
    assert "CANARY" not in told


def test_with_enforce_file_filter_only_names_make_archives(tmp_path):
    document = zip_archive([("word/document.xml", b"<CANARY/>")])
    members = [*MEMBERS, ("CANARY.docx", document)]
    strict = 'file-filter: "*.zip"\nenforce-file-filter: true'
    (tmp_path / "inside").mkdir()
    code, (copy,) = run(tmp_path / "inside", f"{strict}\nallow-unmatched-files: true", archive=zip_archive(members))
    assert code == 0
    with zipfile.ZipFile(copy) as opened:
        assert opened.namelist() == [name for name, _ in MEMBERS]
    (tmp_path / "alone").mkdir()
    assert run(tmp_path / "alone", strict, archive=document, name="CANARY.docx") == (0, [])
    assert run(tmp_path, "salt: s", archive=zip_archive(members)) == (1, [])


def test_folders_within_folders_are_hashed_each_by_itself(tmp_path):
    members = [("CANARY/", b""), ("CANARY/ALICE/x/a.json", SIDECAR), ("CANARY/b.json", SIDECAR)]
    _, (copy, *_) = run(tmp_path, "hash-subdirectories: true\nsalt: s", archive=zip_archive(members))
    with zipfile.ZipFile(copy) as opened:
        folder, deep, beside = opened.namelist()
    first, second, third, name = deep.split("/")
    assert (folder, beside, name) == (f"{first}/", f"{first}/b.json", "a.json")
    assert {len(first), len(second), len(third)} == {64}
    assert len({first, second, third}) == 3


def test_fields_of_dicom_still_come_first(tmp_path):
    text = (
        SECTIONS
        + "dicom:\n  fields: [{name: PatientID, replace-with: d}]\nzip:\n  filenames: [{output: '{PatientID}.zip'}]\n"
    )
    source = write(tmp_path / "in" / "a.zip", zip_archive([*MEMBERS, *mr_series(slices=1)]))
    assert (
        main(["run", *UNSEARCHED, str(profile(tmp_path, text)), str(source), "-o", str(tmp_path / "out"), "--quiet"])
        == 0
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["d.zip"]
    assert zipfile.is_zipfile(io.BytesIO((tmp_path / "out" / "d.zip").read_bytes()))
