from __future__ import annotations

import pytest

from fw_gear_deid.errors import ProfileError
from fw_gear_deid.profile.templates.mapping import read_mapping
from fw_gear_deid.profile.templates.variables import SESSION, SUBJECT


def table(tmp_path, data, keys=None):
    path = tmp_path / "mapping.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_mapping(path, keys, "m")


def problems(tmp_path, data, keys=None):
    with pytest.raises(ProfileError) as caught:
        table(tmp_path, data, keys)
    return [problem.located("m").removeprefix("m:") for problem in caught.value.problems]


def cells(tmp_path, data, **labels):
    return dict(table(tmp_path, data).row({f"{kind}.label": label for kind, label in labels.items()}).cells)


def test_cells_are_texts_and_stay_as_they_are(tmp_path):
    data = '\ufeffsubject.label, ID ,NOTE\r\n S1 ,001,"a ""b"", c\r\nd"\r\n\r\n007,1e5, x \r\n'
    assert cells(tmp_path, data, subject="S1") == {"subject.label": "S1", "ID": "001", "NOTE": 'a "b", c\r\nd'}
    assert cells(tmp_path, data, subject="007 ") == {"subject.label": "007", "ID": "1e5", "NOTE": " x "}


def test_rows_can_be_told_apart_by_session(tmp_path):
    data = "subject.label,session.label,ID\nS1,A,1\nS1,B,2\n"
    assert cells(tmp_path, data, subject="S1", session="B")["ID"] == "2"
    assert problems(tmp_path, data, (SUBJECT,)) == [
        (
            "3:1: a second row for the subject of line 2; delete one of them, or match session.label too: "
            "--session on the command line, session_level_profile in the gear"
        )
    ]


def test_a_row_of_a_subject_says_nothing_of_its_session(tmp_path):
    rows = table(tmp_path, "subject.label,session.label,ID\nS1,A,1\n", (SUBJECT,))
    assert dict(rows.row({SUBJECT: "S1"}).cells) == {"subject.label": "S1", "ID": "1"}


@pytest.mark.parametrize("labels", [{SUBJECT: "s1", SESSION: "A"}, {SUBJECT: "S1", SESSION: "C"}, {SUBJECT: "S1"}, {}])
def test_a_subject_without_a_row_is_told_without_its_label(tmp_path, labels):
    rows = table(tmp_path, "subject.label,session.label,ID\nS1,A,1\n")
    with pytest.raises(ProfileError) as caught:
        rows.row(labels)
    assert str(caught.value) == (
        "m:1:1: there is no row for this subject and session; add one (labels are compared letter by letter)"
    )


HEADER = "subject.label,ID\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", ["1:1: the mapping is empty; its first line must name columns, subject.label among them"]),
        ("\n\n", ["1:1: the mapping is empty; its first line must name columns, subject.label among them"]),
        (HEADER, ["1:1: the mapping has no rows below its header"]),
        (HEADER + "S1,1\nS2,2\nS1,3\n", ["4:1: a second row for the subject of line 2; delete one of them"]),
        (HEADER + "S1,1\n ,2\n", ["3:1: subject.label is empty; say whose row this is, or delete it"]),
        (
            HEADER + "S1\nS2,2,3\n",
            ["2:1: this row has 1 cells, but the header has 2", "3:1: this row has 3 cells, but the header has 2"],
        ),
        (
            HEADER + 'S1,"a\nb"\nS2,"Canary"x\n',
            ["4:1: this row is not CSV; look at its quotes, and write a quote in a cell as two"],
        ),
        (HEADER + 'S1,"Canary\n', ["2:1: this row is not CSV; look at its quotes, and write a quote in a cell as two"]),
        (HEADER.encode() + b"S1,1\nCanary\xff,2\n", ["3:1: the mapping is not UTF-8 text; save it as CSV UTF-8"]),
        ("subject.label,A\nS1,1\n".encode("utf-16"), ["1:1: the mapping is not UTF-8 text; save it as CSV UTF-8"]),
        ("subject.label;ID\nS1;1\n", ["1:1: the mapping has no column subject.label; separate columns with commas"]),
        ("Subject Label,ID\nS1,1\n", ["1:1: the mapping has no column subject.label; did you mean Subject Label?"]),
        ("Canary^Zebra,subject-label-7\nS1,1\n", ["1:1: the mapping has no column subject.label"]),
        ("subject.label,ID,ID\nS1,1,2\n", ["1:1: two columns are called ID; give them different names"]),
        ("subject.label,,ID\nS1,1,2\n", ["1:1: column 2 has no name; name it, or delete it"]),
        ("subject.label,subject\nS1,1\n", ["1:1: no column can be called subject, for others begin with subject."]),
        ("subject.label,a.b,a\nS1,1,2\n", ["1:1: no column can be called a, for others begin with a."]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_mapping_is_told_by_line_and_without_its_cells(tmp_path, data, expected):
    assert problems(tmp_path, data) == expected


def test_session_label_must_be_there_when_rows_are_sessions(tmp_path):
    assert problems(tmp_path, HEADER + "S1,1\n", (SUBJECT, SESSION)) == ["1:1: the mapping has no column session.label"]


def test_a_mapping_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ProfileError, match="m:1:1: the mapping cannot be read: No such file"):
        read_mapping(tmp_path / "nowhere.csv", None, "m")


def test_columns_that_the_profile_does_not_use_are_told(tmp_path):
    rows = table(tmp_path, "subject.label,session.label,ID,SITE\nS1,A,1,2\n")
    assert [problem.located("m") for problem in rows.unused(["ID"])] == [
        "m:1:1: warning: the profile does not use the column SITE"
    ]
