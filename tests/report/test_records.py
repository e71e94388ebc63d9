from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pytest

from fw_gear_deid.actions import Remove
from fw_gear_deid.engine.base import LogRow, Outcome, Source, State
from fw_gear_deid.profile.model import Profile, Rule, Section
from fw_gear_deid.report.log import DeidLog, columns
from fw_gear_deid.report.summary import JsonWriter, Report
from fw_gear_deid.report.table import ExportRow, ExportTable

PROFILE = Profile(
    "canary",
    {
        "dicom": Section("dicom", rules=(Rule(Remove(), "PatientName"), Rule(Remove(), "StudyInstanceUID"))),
        "json": Section("json", rules=(Rule(Remove(), "PatientName"), Rule(Remove(), "a.b"))),
    },
    digest="0" * 64,
)
SOURCE = Source(Path("CANARY^ALICE.zip"), origin="CANARY^ALICE/CANARY^ALICE.zip")


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_log_has_every_field_once(tmp_path):
    names = ("path", "type", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "PatientName", "a.b")
    assert columns(PROFILE) == names
    with DeidLog(tmp_path / "log.csv", PROFILE) as log:
        log.add(SOURCE, LogRow("a.dcm", {"PatientName": 'CANARY, "A"\nB', "other": "x"}, {"PatientName": ""}))
        log.add(SOURCE, LogRow("\udcff.dcm", {}, {}))
    found = rows(tmp_path / "log.csv")
    assert found[0] == list(names)
    assert found[1] == ["a.dcm", "before", "", "", "", 'CANARY, "A"\nB', ""]
    assert found[2] == ["a.dcm", "after", "", "", "", "", ""]
    assert found[3][0] == "\\udcff.dcm"


def test_with_many_sources_a_members_path_begins_with_its_archive(tmp_path):
    with DeidLog(tmp_path / "log.csv", PROFILE, many=True) as log:
        log.add(SOURCE, LogRow("a.dcm", {}, {}))
        log.add(SOURCE, LogRow(SOURCE.origin, {}, {}))
    assert [row[0] for row in rows(tmp_path / "log.csv")[1::2]] == [f"{SOURCE.origin}/a.dcm", SOURCE.origin]


@pytest.mark.parametrize("made", [lambda path: DeidLog(path, PROFILE), ExportTable], ids=["log", "table of names"])
def test_only_the_owner_may_read_the_log_and_names_even_where_an_older_one_was_open(tmp_path, made):
    path = tmp_path / "log.csv"
    path.write_text("older")
    path.chmod(0o666)
    with made(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_table_has_a_row_for_each_source(tmp_path):
    done = Outcome(SOURCE.origin, State.DEIDENTIFIED, name="g/p/s/new.zip")
    withheld = Outcome(SOURCE.origin, State.WITHHELD, "1 of 2 members")
    with ExportTable(tmp_path / "export.csv") as table:
        table.add(ExportRow.of(SOURCE, done, parent="0a1b", parent_type="acquisition", file_id="77"))
        table.add(ExportRow.of(SOURCE, withheld))
    head, first, second = rows(tmp_path / "export.csv")
    assert head[-2:] == ["state", "reason"]
    assert first == ["CANARY^ALICE.zip", "0a1b", "acquisition", "new.zip", "77", "g/p/s", "exported", ""]
    assert second == ["CANARY^ALICE.zip", "CANARY^ALICE", "", "", "", "", "withheld", "1 of 2 members"]


def reported(path, *outcomes):
    with Report([JsonWriter(path)], PROFILE, {"fw-gear-deid": "1"}) as report:
        for outcome in outcomes:
            report.add(SOURCE, outcome)
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_report_tells_files_by_their_new_names_or_numbers(tmp_path):
    members = (
        Outcome("CANARY/1", State.DEIDENTIFIED, name="x.dcm", section="dicom", hits={"PatientName": 2}, size=7),
        Outcome("CANARY/2", State.SKIPPED, "packaging leftover"),
    )
    path = tmp_path / "report.json"
    report = reported(
        path,
        Outcome(SOURCE.origin, State.DEIDENTIFIED, name="a.zip", section="zip", members=members, size=100),
        Outcome("CANARY", State.FAILED, "gone"),
    )
    assert "CANARY" not in path.read_text(encoding="utf-8")
    first, second = report["files"]
    assert first["members"] == [
        {
            "member": 1,
            "state": "deidentified",
            "name": "x.dcm",
            "section": "dicom",
            "size": 7,
            "changed": {"PatientName": 2},
        },
        {"member": 2, "state": "skipped", "reason": "packaging leftover"},
    ]
    assert second == {"file": 2, "state": "failed", "reason": "gone"}
    assert report["counts"]["files"] == {"deidentified": 1, "skipped": 0, "failed": 1, "withheld": 0}
    assert report["counts"]["members"] == {"deidentified": 1, "skipped": 1, "failed": 0, "withheld": 0}
    assert report["rules"]["dicom"] == {"PatientName": 2, "StudyInstanceUID": 0}
    assert report["profile"]["sha256"] == "0" * 64


def test_a_report_of_nothing_is_a_report(tmp_path):
    assert reported(tmp_path / "report.json")["files"] == []


def test_a_run_that_breaks_off_leaves_the_older_report(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("older")
    with pytest.raises(KeyboardInterrupt), Report([JsonWriter(path)], PROFILE, {}):
        raise KeyboardInterrupt
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]
