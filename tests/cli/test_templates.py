"""Profiles with ``{{ NAME }}`` on the command line: run, test and validate."""

# ruff: noqa: E501  # a row of a table is one case

from __future__ import annotations

import json

import pydicom
import pytest

from fw_gear_deid.cli import main
from tests.cli.made import UNSEARCHED, fw_deid, sidecar, tree, write
from tests.synthetic import ALICE, mr_series

PROFILE = """\
name: shared
dicom:
  date-increment: {{ DATE_SHIFT }}
  remove-private-tags: true
  fields:
    - {name: PatientID, replace-with: {{ NEW_ID }}}
    - {name: PatientName, replace-with: "sub-{{ NEW_ID }}"}
    - {name: StudyDate, increment-date: true}
  filenames:
    - output: "{{ NEW_ID }}_{InstanceNumber}.dcm"
json:
  fields:
    - {name: PatientName, replace-with: "{{ NEW_ID }}"}
    - {name: Subject, replace-with: "{{ subject.label }}"}
"""
MAPPING = """\
subject.label,session.label,DATE_SHIFT,NEW_ID
S1,A,-35,001
S1,B,14,002
S2,A,-7,0x03
"""


@pytest.fixture
def made(tmp_path):
    write(tmp_path / "profile.yaml", PROFILE.encode())
    write(tmp_path / "mapping.csv", MAPPING.encode())
    write(tmp_path / "in" / "a.json", sidecar())
    write(tmp_path / "in" / "a.dcm", mr_series(slices=1)[0][1])
    return tmp_path


def run(folder, *options, mapping="mapping.csv"):
    profile, source, out = (str(folder / name) for name in ("profile.yaml", "in", "out"))
    table = ["--mapping", str(folder / mapping)] if mapping else []
    return main(
        ["run", *UNSEARCHED, profile, source, "-o", out, "--report", str(folder / "report.json"), *table, *options]
    )


@pytest.mark.parametrize(("session", "number", "shift"), [("A", "001", -35), ("B", "002", 14)])
def test_a_run_takes_the_values_of_its_subject_and_session(made, session, number, shift):
    assert run(made, "--subject", "S1", "--session", session) == 0
    assert sorted(tree(made / "out")) == [f"{number}_1.dcm", "a.json"]
    copy = pydicom.dcmread(made / "out" / f"{number}_1.dcm")
    assert (copy.PatientID, copy.PatientName) == (number, f"sub-{number}")
    before = pydicom.dcmread(made / "in" / "a.dcm").StudyDate
    moved = pydicom.valuerep.DA(copy.StudyDate) - pydicom.valuerep.DA(before)
    assert moved.days == shift
    data = json.loads((made / "out" / "a.json").read_text())
    assert (data["PatientName"], data["Subject"]) == (number, "S1")


def test_the_same_profile_with_the_values_written_in_gives_the_same_bytes(made):
    assert run(made, "--subject", "S2", "--session", "A") == 0
    written = PROFILE.replace("{{ DATE_SHIFT }}", "-7").replace("{{ subject.label }}", "S2")
    written = written.replace("replace-with: {{ NEW_ID }}", "replace-with: '0x03'").replace("{{ NEW_ID }}", "0x03")
    profile = write(made / "written.yaml", written.encode())
    assert main(["run", *UNSEARCHED, str(profile), str(made / "in"), "-o", str(made / "plain")]) == 0
    assert tree(made / "out") == tree(made / "plain")


@pytest.mark.parametrize(
    ("options", "mapping", "problem"),
    [
        ([], None, "profile.yaml:3:19: there is no value for DATE_SHIFT: give a mapping"),
        ([], "mapping.csv", "fw-deid: --mapping needs --subject LABEL"),
        (["--subject", "CANARY"], "good.csv", "good.csv:1:1: there is no row for this subject; add one"),
        (["--subject", "S1"], "mapping.csv", "mapping.csv:3:1: a second row for the subject of line 2"),
        (["--subject", "S2", "--session", "B"], "mapping.csv", "there is no row for this subject and session"),
        (["--subject", "S1"], "short.csv", "profile.yaml:3:19: there is no value for DATE_SHIFT: the mapping has no"),
        (["--subject", "S1"], "empty.csv", "profile.yaml:6:39: there is no value for NEW_ID: its cell in the mapping"),
        (["--subject", "S1"], "wrong.csv", "profile.yaml:3:19: date-increment must be a number, or the word subject (filled from DATE_SHIFT)"),
        (["--subject", "S1"], "nowhere.csv", "nowhere.csv:1:1: the mapping cannot be read"),
    ],
)  # fmt: skip
def test_nothing_is_read_or_written_when_values_are_missing_or_wrong(made, capsys, options, mapping, problem):
    write(made / "good.csv", b"subject.label,DATE_SHIFT,NEW_ID\nS1,-7,1\n")
    write(made / "short.csv", b"subject.label,NEW_ID\nS1,CANARY\n")
    write(made / "empty.csv", b"subject.label,DATE_SHIFT,NEW_ID\nS1,-7,\n")
    write(made / "wrong.csv", b"subject.label,DATE_SHIFT,NEW_ID\nS1,CANARY,1\n")
    assert run(made, *options, mapping=mapping) == 2
    told = capsys.readouterr()
    assert problem in told.err
    assert "CANARY" not in told.err + told.out
    assert not (made / "out").exists()
    assert not (made / "report.json").exists()


def test_no_value_of_the_mapping_is_told_or_reported(made):
    cells = {"DATE_SHIFT": "-98765", "NEW_ID": "Zebra7", "KEY": "PatientAddress", "UNUSED": "QUAGGA"}
    rows = [["subject.label", *cells], ["CANARY1", *cells.values()]]
    write(made / "m.csv", "\n".join(",".join(row) for row in rows).encode())
    profile = PROFILE.replace("name: shared", 'name: "{{ NEW_ID }}"')
    profile = profile.replace("    - {name: StudyDate", '    - {name: "{{ KEY }}", hash: true}\n    - {name: StudyDate')
    profile = profile.replace('    - output: "{{ NEW_ID }}_', '    - output: "{')
    profile = profile.replace("{InstanceNumber}", "InstanceNumber}")
    write(made / "profile.yaml", profile.encode())
    done = fw_deid(
        *("run", *UNSEARCHED, made / "profile.yaml", made / "in", "-o", made / "out", "--report", made / "report.json"),
        *("--mapping", made / "m.csv", "--subject", "CANARY1", "--table", made / "table.csv"),
    )
    assert done.returncode == 0, done.stderr
    assert "m.csv:1:1: warning: the profile does not use the column UNUSED" in done.stderr
    report = (made / "report.json").read_text()
    assert json.loads(report)["profile"]["name"] == "{{ NEW_ID }}"
    assert "{{ KEY }}" in json.loads(report)["rules"]["dicom"]
    for text in (done.stdout, done.stderr, report, (made / "table.csv").read_text()):
        for value in (*cells.values(), "CANARY1", "98765", *ALICE.identifiers):
            assert value not in text, value


def test_two_subjects_have_the_same_profile_in_their_reports(made):
    digests = set()
    for subject in ("S1", "S2"):
        assert run(made, "--subject", subject, "--session", "A") == 0
        digests.add(json.loads((made / "report.json").read_text())["profile"]["sha256"])
    assert len(digests) == 1


def test_a_trial_takes_values_as_a_run_does(made):
    arguments = ["test", str(made / "in" / "a.json"), str(made / "profile.yaml"), str(made / "results")]
    assert main([*arguments, "--mapping", str(made / "mapping.csv"), "--subject", "S1", "--session", "B"]) == 0
    data = json.loads((made / "results" / "data" / "S1" / "B" / "a.json").read_text())
    assert (data["PatientName"], data["Subject"]) == ("002", "S1")


def validated(folder, capsys, *options):
    code = main(["validate", str(folder / "profile.yaml"), *options])
    return code, capsys.readouterr().out.replace(f"{folder}/", "").splitlines()


def test_a_profile_with_templates_is_valid_and_tells_what_it_needs(made, capsys):
    code, (told,) = validated(made, capsys)
    assert code == 0
    assert told.startswith("profile.yaml: valid: dicom (3 rules: ")
    assert told.endswith("; needs values for DATE_SHIFT, NEW_ID, subject.label")
    write(made / "profile.yaml", PROFILE.replace("StudyDate, incr", "StudyDat, incr").encode())
    code, told = validated(made, capsys)
    assert code == 2
    assert [line.split(": ")[0] for line in told] == ["profile.yaml:8:7"]


def test_a_profile_is_checked_with_every_row_of_a_mapping(made, capsys):
    assert validated(made, capsys, "--mapping", str(made / "mapping.csv"))[0] == 0
    rows = "".join(f"S{number},x,{number}\n" for number in range(10, 18))
    write(
        made / "wrong.csv",
        f"subject.label,DATE_SHIFT,NEW_ID,MORE\nS1,1,2,3\nS2,1,,3\n{rows.replace('x', 'CANARY,7')}".encode(),
    )
    code, told = validated(made, capsys, "--mapping", str(made / "wrong.csv"))
    assert code == 2
    assert told[0] == "wrong.csv:1:1: warning: the profile does not use the column MORE"
    assert told[1].startswith("profile.yaml:6:39: there is no value for NEW_ID: its cell in the mapping is empty;")
    assert told[1].endswith("(wrong.csv, line 3)")
    assert any(
        line
        == "profile.yaml:3:19: date-increment must be a number, or the word subject (filled from DATE_SHIFT) (wrong.csv, lines 4, 5, 6, 7, 8 and 3 more)"
        for line in told
    )
    assert "CANARY" not in "".join(told)


def test_a_mapping_that_cannot_be_used_is_told_before_the_profile(made, capsys):
    write(made / "m.csv", b"subject.label,A\nS1,1\nS1,2\n")
    assert validated(made, capsys, "--mapping", str(made / "m.csv")) == (
        2,
        ["m.csv:3:1: a second row for the subject of line 2; delete one of them"],
    )


def test_warnings_of_a_mapping_count_with_strict(made, capsys):
    write(made / "m.csv", b"subject.label,DATE_SHIFT,NEW_ID,MORE\nS1,1,2,3\n")
    options = ("--mapping", str(made / "m.csv"))
    assert validated(made, capsys, *options)[0] == 0
    assert validated(made, capsys, *options, "--strict")[0] == 2


def test_a_profile_with_templates_is_shown_as_it_is_for_a_subject(made, capsys):
    command = ["profile", "show", str(made / "profile.yaml")]
    assert main([*command, "--mapping", str(made / "mapping.csv"), "--subject", "S1", "--session", "B"]) == 0
    assert capsys.readouterr().out == (
        "name: shared\nversion: 1\n"
        "dicom:\n  date-increment: 14\n  remove-private-tags: true\n  fields:\n"
        "  - name: PatientID\n    replace-with: '002'\n"
        "  - name: PatientName\n    replace-with: sub-002\n"
        "  - name: StudyDate\n    increment-date: true\n"
        "  filenames:\n  - output: 002_{InstanceNumber}.dcm\n"
        "json:\n  fields:\n"
        "  - name: PatientName\n    replace-with: '002'\n"
        "  - name: Subject\n    replace-with: S1\n"
    )


def test_a_profile_with_templates_is_not_shown_without_values(made, capsys):
    assert main(["profile", "show", str(made / "profile.yaml")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "there is no value for DATE_SHIFT: give a mapping" in told.err
