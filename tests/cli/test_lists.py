"""``fw-deid profile from-csv``: lists of elements, as sites keep them, become a profile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from fw_gear_deid.cli import main
from fw_gear_deid.formats.dicom.names import parse_name
from fw_gear_deid.profile import builtin_text, read_profile


@pytest.fixture
def make(tmp_path, monkeypatch, capsys):
    """Return a function that writes lists and makes a profile of them."""
    monkeypatch.chdir(tmp_path)

    def made(*arguments, **lists):
        """Return the exit code, what was written to the screen, and what was told beside it."""
        for name, text in lists.items():
            Path(f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        code = main(["profile", "from-csv", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err.splitlines()

    return made


def rules(text):
    return {entry.pop("name"): entry for entry in yaml.safe_load(text)["dicom"]["fields"]}


def listed(make, lines):
    code, text, told = make("--remove", "list.csv", list=lines)
    assert (code, told) == (0, [])
    return list(rules(text))


def mistakes(make, lines, option="--remove"):
    code, text, told = make(option, "list.csv", list=lines)
    assert (code, text) == (2, "")
    return [line.removeprefix("list.csv:") for line in told]


@pytest.mark.parametrize(
    "line",
    [
        '"(0010,0010)",PatientName',
        '"(0010, 0010)" , PatientName',
        "(0010,0010),PatientName",
        "0010,0010,PatientName",
        '"0010,0010",PatientName',
        "00100010,PatientName",
        "0x00100010,",
        "0X00100010,patientname",
        '"(0x0010,0x0010)",',
        ",PatientName",
        ",PATIENTNAME",
        "00100010,Patient's Name",
        "(0010,0010);PatientName",
        "(0010,0010)\tPatientName",
        "00100010",
        "Tag,Keyword\n00100010,PatientName",
        "KEYWORD,TAG\nPatientName,00100010",
        "keyword,vr,tag\nPatientName,PN,(0010,0010)",
        "Keyword\nPatientName",
        "Tag;Keyword;Note\n00100010;PatientName;a, b",
        "\ufeffTag,Keyword\r\n00100010,PatientName\r\n",
        '# site list\n\n , \nTag,Keyword\n# "who\n00100010,PatientName\n',
    ],
)  # fmt: skip
def test_an_element_is_found_however_it_is_written(make, line):
    assert listed(make, line) == ["PatientName"]


@pytest.mark.parametrize(
    "line",
    [
        '(0029,"SYNTH CREATOR",10),',
        '"(0029,""SYNTH CREATOR"",10)",',
        "\"(0029,'SYNTH CREATOR',0x10)\",Shade",
        "(0029,SYNTH CREATOR,xx10),Shade",
        'Tag;Keyword\n(0029,"SYNTH CREATOR",10);Shade',
    ],
)
def test_a_private_element_is_known_by_its_creator(make, line):
    assert listed(make, line) == ['(0029, "SYNTH CREATOR", 10)']


@pytest.mark.parametrize("line", ["50xx0010,", "(50XX,0010),NumberOfPoints", ",NumberOfPoints", "50xx,0010,"])
def test_a_repeating_group_is_one_element(make, line):
    (name,) = listed(make, line)
    assert parse_name(name).tags == parse_name("50xx0010").tags


def test_retired_elements_and_those_without_a_keyword_are_said_to_be(make):
    _, text, _ = make("--remove", "list.csv", list="00101000,\n00180061,\n")
    assert "- name: OtherPatientIDs  # (0010,1000) Other Patient IDs, retired\n" in text
    assert "- name: (0018,0061)  # (0018,0061) without a name, retired\n" in text


def test_an_element_that_only_the_confidentiality_table_knows_is_named_by_its_tag(make):
    _, text, _ = make("--remove", "list.csv", list=",PrincipalDiagnosisCodeSequence\n")
    assert "    - name: (0008,1301)  # (0008,1301) PrincipalDiagnosisCodeSequence\n" in text


WRONG = [
    ("00100010,PatientID", "1: the tag (0010,0010) is PatientName, but the keyword says PatientID"),
    ("(50xx,0010),PatientID", "1: the tag (50xx,0010) is NumberOfPoints, but the keyword says PatientID"),
    ("\n00100017,", "2: (0010,0017) is no element that the dictionary knows"),
    ("20xx0010,", "1: (20xx,0010) is no repeating group that the dictionary knows"),
    (",PatientNam", "1: “PatientNam” is not a DICOM keyword or tag; did you mean PatientName (0010,0010)?"),
    (",Patient Name", "1: “Patient Name” is not a DICOM keyword; write its tag"),
    ("PatientName,", "1: “PatientName” is no tag such as (0010,0010)"),
    ("100010,PatientName", "1: “100010” is no tag such as (0010,0010)"),
    ("(0029,1010),", '1: (0029,1010) is private: write it with its creator, such as (0029,"CREATOR",10)'),
    ('(0028,"SYNTH",10),', "1: group 0028 is not private: private groups are odd"),
    ('(0029," ",10),', "1: the private creator is empty"),
    (
        '(0029,"SYNTH",10),PatientName',
        "1: the tag is private, but the keyword PatientName is that of a standard element",
    ),
    ('"(0010,0010),PatientName', "1: the quotes of the line do not fit together; a quote within quotes is doubled"),
    (
        "00100010,PatientName,Zebra",
        "1: a replacement in a list that replaces nothing; give the list to --replace",
    ),
    (
        "00100010,PatientName,,more",
        "1: the line has more cells than there are columns; put what holds commas in quotes",
    ),
    ("Tag,Keyword\n,\n", "1: the list names no element"),
    ("", "1: the list names no element"),
    (b"00100010,PatientName\n\xff\xfe,", "2: this is not UTF-8 text; save the list as CSV in UTF-8"),
    ("Tag,Tag,Keyword\n00100010,,", "1: the header names each column once: Tag, Keyword"),
]


@pytest.mark.parametrize(("lines", "message"), WRONG)
def test_a_wrong_line_is_told_with_its_place(make, lines, message):
    found = mistakes(make, lines)
    assert found[0] == message


def test_a_list_of_replacements_must_have_them(make):
    assert mistakes(make, "Tag,Keyword\n00100010,PatientName\n", "--replace")[0] == (
        "1: the list has no column Replacement"
    )


def test_all_mistakes_of_all_lists_are_told_at_once_and_nothing_is_written(make):
    code, _, told = make(
        "--remove", "a.csv", "b.csv", "--hash", "c.csv", "-o", "profile.yaml",
        a="00100017,\n", b=",PatientNam\n00100010,PatientID\n", c="x\n",
    )  # fmt: skip
    assert code == 2
    assert [line.split(": ")[0] for line in told] == ["a.csv:1", "b.csv:1", "b.csv:2", "c.csv:1"]
    assert not Path("profile.yaml").exists()


def test_duplicates_and_conflicts_are_told_with_both_places(make):
    code, _, told = make(
        "--remove", "a.csv", "--hash", "b.csv", "--empty", "c.csv",
        a=",PatientID\n00100010,\n00100020,\n(50xx,0010),\n", b="00100010,\n", c="50020010,\n,AccessionNumber\n",
    )  # fmt: skip
    assert code == 2
    assert sorted(told) == [
        "a.csv:3: PatientID is listed twice; the first is a.csv:1",
        "b.csv:1: PatientName is in the lists remove and hash; the first is a.csv:2",
        "c.csv:1: NumberOfPoints is in the lists remove and empty; the first is a.csv:4",
    ]


def test_duplicates_are_told_beside_lines_that_cannot_be_read(make):
    code, _, told = make("--remove", "a.csv", a=",PatientID\n,PatientNam\n,PatientID\n")
    assert code == 2
    assert [line.split(": ")[0] for line in told] == ["a.csv:2", "a.csv:3"]


def test_what_an_element_cannot_take_is_told_at_its_line(make):
    code, _, told = make(
        "--replace",
        "r.csv",
        "--hash",
        "h.csv",
        r="00101030,PatientWeight,heavy\n",
        h=",PatientName\n,StudyInstanceUID\n",
    )
    assert code == 2
    assert "r.csv:1: PatientWeight: the value does not fit DS" in told
    assert "h.csv:2: StudyInstanceUID: an element of UI cannot be hashed; use hashuid" in told


@pytest.mark.parametrize(
    ("option", "line", "message"),
    [
        ("--increment-date", ",StudyTime", "1: StudyTime holds a time of day, which days do not move (TM)"),
        ("--increment-date", ",PatientName", "1: PatientName holds no date (PN)"),
        ("--hashuid", ",AccessionNumber", "1: AccessionNumber is no UID (SH); give it to --hash"),
    ],
)
def test_an_element_in_a_list_that_cannot_be_meant_is_told(make, option, line, message):
    code, _, told = make(option, "list.csv", "--date-increment", "-3", list=line)
    assert (code, told) == (2, [f"list.csv:{message}"])


def test_the_profile_is_sorted_by_tag_in_a_part_for_each_action(make):
    code, text, _ = make(
        "--replace", "r.csv", "--remove", "a.csv", "b.csv", "--salt", "a long secret text", "--hash", "h.csv",
        "--increment-date", "d.csv", "--date-increment", "-35", "--remove-private-tags", "--recurse-sequence",
        "--name", "trial: A",
        a=',PatientName\n(0029,"SYNTH",11),\n', b=",InstitutionName\n",
        h=",PatientID\n", d=",StudyDate\n,AcquisitionDateTime\n", r=",StationName,0012\n",
    )  # fmt: skip
    assert code == 0
    assert (
        text
        == """\
# Made by fw-deid profile from-csv from a.csv, b.csv, r.csv, h.csv, d.csv.
name: 'trial: A'
version: 1

dicom:
  date-increment: -35
  salt: a long secret text
  recurse-sequence: true
  remove-private-tags: true
  fields:
    # removed: 3
    - name: InstitutionName  # (0008,0080) Institution Name
      remove: true
    - name: PatientName  # (0010,0010) Patient's Name
      remove: true
    - name: (0029, "SYNTH", 11)  # private to SYNTH
      remove: true
    # replaced: 1
    - name: StationName  # (0008,1010) Station Name
      replace-with: '0012'
    # hashed: 1
    - name: PatientID  # (0010,0020) Patient ID
      hash: true
    # moved in time: 2
    - name: StudyDate  # (0008,0020) Study Date
      increment-date: true
    - name: AcquisitionDateTime  # (0008,002A) Acquisition DateTime
      increment-datetime: true
"""
    )


def test_the_order_of_lines_and_lists_does_not_matter(make):
    _, one, _ = make("--remove", "a.csv", a=",PatientName\n,PatientID\n")
    _, other, _ = make("--remove", "a.csv", a=",PatientID\n,PatientName\n")
    assert one == other


def test_a_hash_without_a_salt_says_what_to_set_and_the_profile_validates(make, capsys):
    code, text, told = make("--hash", "a.csv", "--hashuid", "u.csv", a=",PatientID\n", u=",StudyInstanceUID\n")
    assert code == 0
    assert "  # salt:\n" in text
    assert yaml.safe_load(text)["dicom"]["uid-suffix-fields"] == 0
    assert len(told) == 1
    assert re.match(r"profile:\d+:\d+: warning: hashes and jitter without a salt", told[0])
    Path("profile.yaml").write_text(text, encoding="utf-8")
    assert main(["validate", "profile.yaml"]) == 0
    filled = text.replace("  # salt:\n", "  salt: a long secret text\n")
    Path("profile.yaml").write_text(filled, encoding="utf-8")
    capsys.readouterr()
    assert main(["validate", "profile.yaml"]) == 0
    assert "warning" not in capsys.readouterr().out


def test_what_is_emptied_is_not_created_what_is_replaced_is(make):
    _, text, _ = make(
        "--empty", "e.csv", "--replace", "r.csv", "-o", "made.yaml",
        e=",PatientAddress\n", r='Keyword,Tag,Replacement\nPatientID,,"Z, 1"\n,"(0029,""SYNTH"",10)",x\n',
    )  # fmt: skip
    assert text == ""
    profile = read_profile("made.yaml")
    assert profile.name == "made"
    inserting = {rule.name: rule.action.inserts for rule in profile.sections["dicom"].rules}
    assert inserting == {"PatientAddress": False, "PatientID": True, '(0029, "SYNTH", 10)': False}


def test_a_site_s_list_of_two_columns_gives_the_rules_of_its_profile(make):
    emptied = {
        rule["name"]
        for rule in yaml.safe_load(builtin_text("penn-bsc-4.0"))["dicom"]["fields"]
        if rule.get("replace-with") == ""
    }
    lines = "Tag,Keyword\n" + "".join(
        f'"({tag >> 16:04x},{tag & 0xFFFF:04x})",{name}\n' for name in emptied for tag in parse_name(name).tags
    )
    code, text, told = make("--empty", "list.csv", list=lines)
    assert (code, told) == (0, [])
    assert rules(text) == {name: {"replace-with": ""} for name in emptied}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no list is given"),
        (["--increment-date", "a.csv"], "needs --date-increment"),
        (["--remove", "nowhere.csv"], "the list cannot be read"),
        (["--remove", "a.csv", "-o", "a.csv"], "would be written over this list"),
        (["--remove", "a.csv", "--date-increment", "soon"], "must be a number"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(make, arguments, message):
    code, text, told = make(*arguments, a="00080020,\n")
    assert (code, text, len(told)) == (2, "", 1)
    assert message in told[0]


def test_no_replacement_is_repeated_in_what_is_told(make):
    _, _, told = make("--replace", "a.csv", a="00100020,PatientName,Canary^Zebra\n00101030,,Canary^Zebra\n")
    assert told
    assert "Zebra" not in "".join(told)
