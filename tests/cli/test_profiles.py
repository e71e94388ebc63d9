from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from fw_gear_deid import __version__
from fw_gear_deid.cli import main
from fw_gear_deid.profile import builtin_names, builtin_text, read_profile
from fw_gear_deid.profile.builtin.ps3_15 import MODIFIERS, is_standard
from tests.cli.made import ROOT, write


def test_the_version_names_engine_and_tables(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith(f"fw-deid {__version__} (python 3")


@pytest.mark.parametrize("command", [[], ["run"], ["test"], ["validate"], ["profile"], ["profile", "list"]])
def test_help_shows_how_to_use_it(capsys, command):
    assert main([*command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "usage: fw-deid" in shown
    if len(command) == 1:
        assert "examples:" in shown
        assert f"  fw-deid {command[0]} " in shown


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["rin"],
        ["run"],
        ["run", "minimal", "a"],
        ["run", "minimal", "a", "-o", "out", "--workers", "-1"],
        ["run", "minimal", "a", "-o", "out", "--workers", "two"],
        ["run", "minimal", "a", "-o", "out", "--memory", "0"],
        ["run", "minimal", "a", "-o", "out", "--unmatched", "keep"],
        ["test", "a", "minimal", "results", "--subject", "../b"],
        ["profile", "show"],
    ],
)
def test_wrong_arguments_are_told_in_one_line(capsys, command):
    assert main(command) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"fw-deid[ a-z]*: .+; see fw-deid[ a-z]* --help\n", told.err)


def test_the_built_in_profiles_are_listed_and_shown(capsys):
    assert main(["profile", "list"]) == 0
    listed = capsys.readouterr().out
    for name in builtin_names():
        assert re.search(rf"^{re.escape(name)} ", listed, re.MULTILINE)
        assert main(["profile", "show", name]) == 0
        assert capsys.readouterr().out == builtin_text(name)


def test_the_options_of_the_standards_profiles_are_listed_with_what_they_do(capsys):
    assert main(["profile", "list"]) == 0
    listed = capsys.readouterr().out
    for option in MODIFIERS:
        assert re.search(rf"^  {option} +[a-zA-Z].+", listed, re.MULTILINE)
    assert "--secret-key FILE" in listed


def test_a_built_in_profile_that_is_not_there_is_told(capsys):
    assert main(["profile", "show", "minimall"]) == 2
    assert "did you mean minimal?" in capsys.readouterr().err


OWN = """\
# why
secret-key: canary-key
dicom:
  salt: canary-salt
  hash-digits: 16
  fields:
    - {name: PatientID, hash: true}   # this
"""


def test_a_file_is_shown_in_normal_form_without_its_secrets(tmp_path, capsys):
    path = tmp_path / "profile.yaml"
    path.write_text(OWN, encoding="utf-8")
    assert main(["profile", "show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert shown == (
        "# Secrets are hidden (!secret): this text is to be read, not to be run.\n"
        "version: 1\n"
        "dicom:\n  salt: !secret ''\n  secret-key: !secret ''\n  fields:\n  - name: PatientID\n    hash: true\n"
    )
    path.write_text(shown, encoding="utf-8")
    assert main(["validate", str(path)]) == 2


def test_a_file_shown_with_its_secrets_is_the_same_profile(tmp_path, capsys):
    path = tmp_path / "profile.yaml"
    path.write_text(OWN, encoding="utf-8")
    assert main(["profile", "show", str(path), "--secrets"]) == 0
    shown = capsys.readouterr().out
    assert "salt: canary-salt" in shown
    again = tmp_path / "again.yaml"
    again.write_text(shown, encoding="utf-8")
    assert read_profile(again) == read_profile(path)


def test_an_ingest_config_shows_the_profile_that_is_asked_for(tmp_path, capsys):
    path = tmp_path / "ingest.yaml"
    entry = "- name: {}\n  json:\n    fields: [{{name: {}, remove: true}}]\n"
    path.write_text("deid-profiles:\n" + entry.format("one", "a") + entry.format("two", "b"), encoding="utf-8")
    assert main(["profile", "show", str(path), "--profile-name", "two"]) == 0
    assert capsys.readouterr().out == "name: two\nversion: 1\njson:\n  fields:\n  - name: b\n    remove: true\n"


def test_a_wrong_file_is_not_shown_but_told(tmp_path, capsys):
    path = tmp_path / "profile.yaml"
    path.write_text("dicom:\n  fields: [{name: PatientNam, remove: true}]\n", encoding="utf-8")
    assert main(["profile", "show", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"{path}:2:")


def test_a_warning_counts_as_an_error_on_demand(tmp_path, capsys):
    path = tmp_path / "profile.yaml"
    path.write_text("csv:\n  fields: [{name: a, hash: true}]\n", encoding="utf-8")
    assert main(["validate", str(path)]) == 0
    assert main(["validate", str(path), "--strict"]) == 2
    assert capsys.readouterr().out.endswith("refused: with --strict a warning counts as an error\n")
    assert main(["validate", "minimal", "--strict"]) == 0


def test_the_last_line_says_what_the_profile_covers(tmp_path, capsys):
    path = tmp_path / "profile.yaml"
    path.write_text(
        "dicom:\n  salt: s\n  remove-private-tags: true\n  recurse-sequence: true\n"
        "  fields: [{name: PatientID, hash: true}, {name: PatientName, remove: true}, {name: StudyID, remove: true}]\n"
        "  filenames: [{output: '{SOPInstanceUID}'}]\n"
        "flywheel:\n  subject:\n    fields: [{name: sex, keep: true}]\nzip:\n",
        encoding="utf-8",
    )
    assert main(["validate", str(path)]) == 0
    assert capsys.readouterr().out == (
        f"{path}: valid: zip (no rules), dicom (3 rules: 1 hash, 2 remove; remove-private-tags, recurse-sequence, "
        "filenames), flywheel.subject (1 rule: 1 keep)\n"
    )


@pytest.mark.parametrize("name", [name for name in builtin_names() if name != "none" and not is_standard(name)])
def test_the_built_in_profiles_are_valid(capsys, name):
    assert main(["validate", name]) == 0
    assert "valid: dicom (" in capsys.readouterr().out


def validated(tmp_path, capsys, text):
    path = tmp_path / "profile.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code = main(["validate", str(path)])
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    for line in told.out.splitlines():
        assert line.startswith(str(path)), line
    return code, told.out


def test_every_problem_is_a_line_with_its_place(tmp_path, capsys):
    code, told = validated(
        tmp_path,
        capsys,
        "version: 1\nname: canary\ndicom:\n  date-incrementt: 3\n"
        "  fields:\n    - name: PatientName\n      remov: true\n",
    )
    assert code == 2
    assert re.search(r":4:\d+: .*date-increment", told)
    assert re.search(r":7:\d+: .*remove", told)


def test_names_that_are_no_dicom_elements_are_found_too(tmp_path, capsys):
    text = "version: 1\nname: canary\ndicom:\n  fields:\n    - name: PatientNam\n      remove: true\n"
    code, told = validated(tmp_path, capsys, text)
    assert code == 2
    assert re.search(r":5:\d+: .*PatientNam", told)


@pytest.mark.parametrize(
    "text",
    [
        "dicom: [unclosed",
        "just a sentence",
        "",
        "- a\n- list\n",
        b"\x00\x01\x02\xff\xfe",
        b"PK\x03\x04 not a profile",
        "dicom: !!python/object/apply:os.system ['true']",
        "a: &a [*a]",
    ],
)
def test_what_is_not_a_profile_is_told_without_a_traceback(tmp_path, capsys, text):
    code, told = validated(tmp_path, capsys, text)
    assert code == 2
    assert told


def test_a_profile_that_is_not_there_is_told(tmp_path, capsys):
    assert main(["validate", str(tmp_path / "nowhere.yaml")]) == 2
    assert main(["validate", str(tmp_path)]) == 2
    assert "Traceback" not in "".join(capsys.readouterr())


def test_what_the_language_forbids_and_what_formats_cannot_do_is_told_at_once(tmp_path, capsys):
    text = """\
name: canary
dicom:
  date-incrementt: 3
  fields:
    - name: PatientNam
      remove: true
    - name: (0028, "CANARY", 10)
      remove: true
    - name: PatientID
      hash: true
      remove: true
  filenames:
    - output: "{Modalty}.dcm"
csv:
  delimiter: ab
nifti:
  fields:
    - {name: descripp, remove: true}
table:
  file-filter: "*.txt"
  reader: read_excel
"""
    code, told = validated(tmp_path, capsys, text)
    assert code == 2
    lines = [int(line.removeprefix(str(tmp_path / "profile.yaml")).split(":")[1]) for line in told.splitlines()]
    assert lines == [3, 5, 7, 11, 13, 15, 18, 21]


HASHED = """\
dicom:
  salt: pepper
  uid-suffix-fields: 0
  fields:
    - name: "00080018"
      hashuid: true
    - name: StudyInstanceUID
      hashuid: true
"""


def test_references_to_hashed_uids_that_stay_are_warned_of(tmp_path, capsys):
    code, told = validated(tmp_path, capsys, HASHED)
    assert code == 0
    warned, valid = told.splitlines()
    assert re.search(
        r":5:7: warning: SOPInstanceUID is hashed, .*\{name: ReferencedSOPInstanceUID, hashuid: true\}", warned
    )
    assert "valid" in valid


@pytest.mark.parametrize(
    "more",
    [
        "    - {name: ReferencedSOPInstanceUID, hashuid: true}\n  recurse-sequence: true\n",
        '    - {name: "ReferencedImageSequence.*.ReferencedSOPInstanceUID", hashuid: true}\n',
        "    - {regex: .*ReferencedSOPInstanceUID, hashuid: true}\n",
        "  remove-undefined: true\n",
    ],
)
def test_references_that_are_hashed_too_or_go_are_not_warned_of(tmp_path, capsys, more):
    assert validated(tmp_path, capsys, HASHED + more)[0] == 0
    assert "warning" not in validated(tmp_path, capsys, HASHED + more)[1]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_screen_that_lacks_signs_stops_nothing_and_a_shown_profile_is_utf8(tmp_path, encoding):
    write(tmp_path / "p.yaml", "name: étude № 1\ndicom: {fields: [{name: PatientName, remove: true}]}\n".encode())
    with_signs = {"cwd": tmp_path, "io_encoding": encoding}
    for command in (["check", "--help"], ["validate", "p.yaml"], ["profile", "list"]):
        assert in_bytes(*command, **with_signs).returncode == 0
    shown = in_bytes("profile", "show", "p.yaml", **with_signs)
    assert (shown.returncode, "name: étude № 1" in shown.stdout.decode("utf-8")) == (0, True)


def in_bytes(*arguments, cwd, io_encoding):
    """Run the command in a process of its own whose output has an encoding of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": io_encoding}
    command = [sys.executable, "-m", "fw_gear_deid", *arguments]
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, check=False)  # noqa: S603  # the command under test
