"""The subject map: what it accepts, what it writes, and that no code is lost or given twice."""

from __future__ import annotations

import csv
import multiprocessing
import os
import stat
from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fw_gear_deid.engine.subjects.map import SubjectMap
from fw_gear_deid.engine.subjects.table import SubjectTable, normalised
from fw_gear_deid.errors import ActionError, DestinationError, UsageError

ALICE, BOB = ("CANARY^ALICE", "19800101"), ("CANARY^BOB", "19810202")
CONFIG = '"{""format"": ""ex{SubjectCode:02}""}"'
MAP = f"PatientName,PatientBirthDate,SubjectCode,$config\n,,,{CONFIG}\ncanary^alice,19800101,7,\n"


def written(path, text=MAP):
    path.write_bytes(text.encode())
    return path


def label(subjects, values):
    return subjects.label(subjects.known(values))


def test_a_map_that_is_not_there_is_begun_with_the_first_code(tmp_path):
    path = tmp_path / "subjects.csv"
    subjects = SubjectMap(path)
    assert subjects.tags == (0x00100010, 0x00100030)
    assert not path.exists()
    assert label(subjects, ALICE) == "1"
    assert label(subjects, BOB) == "2"
    assert label(subjects, ALICE) == "1"
    assert path.read_bytes() == (
        b'PatientName,PatientBirthDate,SubjectCode,$config\r\n,,,"{""format"": ""{SubjectCode}""}"\r\n'
        b"canary^alice,19800101,1,\r\ncanary^bob,19810202,2,\r\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir() if each.suffix != ".lock") == ["subjects.csv"]


def test_a_map_goes_on_after_its_highest_code_and_keeps_its_text(tmp_path):
    path = written(tmp_path / "a.csv", MAP.rstrip("\n"))
    path.chmod(0o664)
    subjects = SubjectMap(path)
    assert label(subjects, (" Canary^Alice ", "19800101")) == "ex07"
    assert path.read_bytes() == MAP.rstrip("\n").encode()
    assert label(subjects, BOB) == "ex08"
    assert path.read_text() == MAP + "canary^bob,19810202,8,\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_columns_may_stand_in_any_order(tmp_path):
    text = '$config,SubjectCode,PatientID\n"{""format"": ""s-{SubjectCode:d}-x""}",,\n,41,a\n'
    path = written(tmp_path / "a.csv", text)
    subjects = SubjectMap(path)
    assert subjects.tags == (0x00100020,)
    assert label(subjects, ("B,\n",)) == "s-42-x"
    assert path.read_text() == text + ',42,"b,"\n'


def test_two_spellings_of_a_subject_may_share_a_code(tmp_path):
    subjects = SubjectMap(written(tmp_path / "a.csv", MAP + "canary^alicia,19800101,7,\n"))
    assert label(subjects, ("CANARY^ALICIA", "19800101")) == label(subjects, ALICE) == "ex07"


def test_a_link_to_a_map_stays_a_link(tmp_path):
    real = written(tmp_path / "real.csv")
    (tmp_path / "link.csv").symlink_to(real)
    assert label(SubjectMap(tmp_path / "link.csv"), BOB) == "ex08"
    assert (tmp_path / "link.csv").is_symlink()
    assert "canary^bob" in real.read_text()


@pytest.mark.parametrize("values", [("CANARY^BOB", ""), ("", "19810202"), (" ", ""), ("", "")])
def test_who_cannot_be_told_gets_no_code(tmp_path, values):
    path = written(tmp_path / "a.csv")
    with pytest.raises(ActionError, match="one of PatientName, PatientBirthDate is missing or empty") as caught:
        label(SubjectMap(path), values)
    assert "CANARY" not in str(caught.value)
    assert path.read_text() == MAP


def test_an_incomplete_row_that_is_there_is_believed_unless_it_is_of_nobody(tmp_path):
    subjects = SubjectMap(written(tmp_path / "a.csv", MAP + "canary^bob,,9,\n,,10,\n"))
    assert label(subjects, ("CANARY^BOB", "")) == "ex09"
    with pytest.raises(ActionError):
        label(subjects, ("", ""))


def test_a_rehearsal_writes_nothing(tmp_path):
    path = written(tmp_path / "a.csv")
    subjects = SubjectMap(path, keeps=False)
    assert [label(subjects, each) for each in (BOB, ALICE, ("C", "D"), BOB)] == ["ex08", "ex07", "ex09", "ex08"]
    assert path.read_text() == MAP
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: this is no subject map: it needs the columns SubjectCode and $config, each once"),
        ("CANARY,ALICE\n", "line 1: this is no subject map: it needs the columns SubjectCode and $config, each once"),
        (MAP.replace("PatientBirthDate", "SubjectCode"), "line 1: this is no subject map: it needs the columns"),
        ('SubjectCode,$config\n,"{}"\n', "line 1: there is no element that tells a subject; add a column such as"),
        (MAP.replace("PatientName", "CANARY"), "line 1: the columns before SubjectCode must be DICOM keywords"),
        (MAP.split("\n", maxsplit=1)[0] + "\n", 'line 2: $config must hold {"format": "{SubjectCode}"}, in JSON'),
        (MAP.replace("format", "form"), 'line 2: $config must hold {"format": "{SubjectCode}"}, in JSON'),
        (MAP.replace('"{""', '"{"'), "line 2: cannot be read as CSV"),
        (MAP.replace(",7,", ",CANARY,"), "line 3: SubjectCode must be a whole number"),
        (MAP.replace(",7,", ",,"), "line 3: SubjectCode must be a whole number"),
        (MAP + "CANARY^ALICE ,19800101,8,\n", "line 4: the same subject is above with another code"),
        *(
            (MAP.replace("ex{SubjectCode:02}", form), f"line 2: the format must {problem}")
            for form, problem in [
                ("ex", "hold {SubjectCode}, or {SubjectCode:03}, once"),
                ("{SubjectCode.__class__}", "hold {SubjectCode}, or {SubjectCode:03}, once"),
                ("{SubjectCode!r}", "hold {SubjectCode}, or {SubjectCode:03}, once"),
                ("{SubjectCode}{SubjectCode}", "hold {SubjectCode}, or {SubjectCode:03}, once"),
                ("{PatientName}", "hold {SubjectCode}, or {SubjectCode:03}, once"),
                ("{SubjectCode:999999999}", "hold {SubjectCode}, or {SubjectCode:03}, once"),
                ("{SubjectCode:4}", "hold {SubjectCode}, or {SubjectCode:03}, once"),
                ("../{SubjectCode}", "make labels that can name a folder"),
                (".{SubjectCode}", "make labels that can name a folder"),
                ("a/{SubjectCode}", "make labels that can name a folder"),
                ("x" * 58 + "{SubjectCode}", "make labels that can name a folder"),
                ("{SubjectCode:099}", "make labels that can name a folder"),
            ]
        ),
    ],
)
def test_what_is_no_map_is_refused_with_its_line_and_no_value(tmp_path, text, problem):
    path = written(tmp_path / "a.csv", text)
    with pytest.raises(UsageError) as caught:
        SubjectMap(path)
    assert f"a.csv: map-subjects: {problem}" in str(caught.value)
    assert not [word for word in ("CANARY", "canary", "1980") if word in str(caught.value)]
    assert path.read_bytes() == text.encode()


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="there is no such folder"):
        SubjectMap(tmp_path / "nowhere" / "a.csv")


def test_a_map_that_goes_away_or_changes_its_form_gives_no_codes(tmp_path):
    path = written(tmp_path / "a.csv")
    subjects = SubjectMap(path)
    path.unlink()
    with pytest.raises(DestinationError, match="is gone"):
        label(subjects, BOB)
    written(path, MAP.replace("ex{", "other{"))
    with pytest.raises(DestinationError, match="the format of the subject map changed"):
        label(subjects, BOB)
    written(path, "CANARY")
    with pytest.raises(DestinationError, match="changed into something else") as caught:
        label(subjects, BOB)
    assert "CANARY" not in str(caught.value)
    assert path.read_text() == "CANARY"


def test_what_another_run_wrote_meanwhile_is_seen(tmp_path):
    path = written(tmp_path / "a.csv")
    first, second = SubjectMap(path), SubjectMap(path)
    assert label(first, BOB) == "ex08"
    assert label(second, ("CANARY^CAROL", "19820303")) == "ex09"
    assert label(second, BOB) == "ex08"
    assert label(first, ("CANARY^CAROL", "19820303")) == "ex09"


def give(path, numbers):
    subjects = SubjectMap(path)
    return {number: label(subjects, (f"CANARY^{number}", "19800101")) for number in numbers}


def test_runs_side_by_side_lose_no_code_and_give_none_twice(tmp_path):
    path = tmp_path / "a.csv"
    tasks = [range(start, 60, step) for start, step in ((0, 1), (0, 2), (1, 2), (59, 1), (0, 3), (0, 1))]
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        given = list(pool.map(give, [path] * len(tasks), tasks))
    codes: dict[int, str] = {}
    for labels in given:
        for number, code in labels.items():
            assert codes.setdefault(number, code) == code
    assert sorted(map(int, codes.values())) == list(range(1, 61))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))[1:]
    assert {row["PatientName"]: row["SubjectCode"] for row in rows} == {
        f"canary^{number}": code for number, code in codes.items()
    }
    assert len(rows) == 60


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_map_that_cannot_be_written_gives_no_codes(tmp_path):
    path = written(tmp_path / "a.csv")
    subjects = SubjectMap(path)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(DestinationError, match="cannot be read or written"):
            label(subjects, BOB)
    finally:
        tmp_path.chmod(0o700)


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=6))
def test_any_values_read_back_to_the_codes_they_got(subjects):
    table = SubjectTable.new()
    codes = {}
    for values in subjects:
        key = normalised(values)
        if key not in table.codes:
            table, codes[key] = table.with_subject(key)
    assert SubjectTable.read(table.text).codes == codes
