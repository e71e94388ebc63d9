"""Who the rows of a table are about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fw_gear_deid.actions import Clean, Pseudonym
from fw_gear_deid.formats.table import CSV, TSV
from fw_gear_deid.formats.table_subjects import COLUMNS
from fw_gear_deid.identity import NOBODY, Identifier, Kind, Subject, subject_of
from fw_gear_deid.profile.builtin.sidecar_fields import ALIKE
from tests.formats.samples import Whose, named, run, section

PARTICIPANTS = "participant_id\tage\tnote\nsub-01\t34\tx\nsub-02\t35\tx\n\nn/a\t36\tx\n"


def notes(text: str, *, form=TSV, subject=NOBODY) -> list[str]:
    plan = form.compile(section(form.section, *named(("note", Whose()))))
    out, _ = run(plan, text.encode(), "participants.tsv", subject=subject)
    return [line.split(form.delimiter)[-1] for line in out.decode().splitlines()[1:] if line]


def test_each_row_of_a_participants_table_is_about_the_participant_it_names():
    assert notes(PARTICIPANTS) == ["of 01", "of 02", "of "]


def test_a_table_of_many_is_not_made_one_persons_by_the_subject_of_the_run():
    assert notes(PARTICIPANTS, subject=subject_of("S07")) == ["of 01", "of 02", "of "]


def test_a_table_of_one_subject_is_about_the_subject_of_the_file_however_it_calls_it():
    text = "PatientID,note\n4711,x\n4711,x\n,x\n"
    assert notes(text, form=CSV, subject=subject_of("S07")) == ["of s07"] * 3
    assert notes(text, form=CSV) == ["of 4711", "of 4711", "of "]


def test_a_table_that_names_nobody_is_about_the_subject_of_the_file():
    text = "filename\tnote\nanat/a.nii\tx\n"
    assert notes(text, subject=subject_of("S07")) == ["of s07"]
    assert notes(text) == ["of "]


@pytest.mark.parametrize("header", ["Participant_ID", "subject_id", "PATIENTID", '"subject"', "SubjectID", "MRN"])
def test_the_column_is_found_however_it_is_spelled(header):
    assert notes(f"{header},note\nA,x\n", form=CSV) == ["of a"]


def test_patients_of_a_column_that_gets_pseudonyms_are_never_made_one():
    plan = CSV.compile(section("csv", *named(("Record", Pseudonym("c0ffee00" * 4)), ("note", Whose()))))
    out, _ = run(plan, b"Record,note\nA,x\nB,x\n", "study.csv", subject=subject_of("S07"))
    (name, one), (other_name, other) = [line.split(",") for line in out.decode().splitlines()[1:]]
    assert (one, other) == ("of a", "of b")
    assert len({name, other_name} - {"A", "B"}) == 2


def test_every_column_that_the_built_in_profiles_take_for_the_number_of_a_subject_names_whom_a_row_is_about():
    assert {name.casefold() for name in ALIKE["PatientID"]} <= set(COLUMNS)


LI = frozenset({Identifier(Kind.NAME, "Li^Zebulon"), Identifier(Kind.ID, "4417")})
WHITE = frozenset({Identifier(Kind.NAME, "White^May"), Identifier(Kind.ADDRESS, "12 Canary Lane")})


def cleaned(text: str, *, form=TSV, subject: Subject) -> list[str]:
    plan = form.compile(section(form.section, *named(("note", Clean()))))
    out, _ = run(plan, text.encode(), "participants.tsv", subject=subject)
    return [line.split(form.delimiter)[-1] for line in out.decode().splitlines()[1:]]


def test_a_row_loses_what_the_run_knows_of_its_own_subject_in_spellings_that_others_keep():
    several = Subject("", LI | WHITE, people={"01": LI, "02": WHITE})
    text = (
        "participant_id\tnote\n"
        "sub-01\tmatrix 4417, white matter\n"
        "sub-02\tmatrix 4417, white matter, lives 12 canary lane\n"
        "sub-03\tsaw Zebulon Li, White^May and 12 canary lane\n"
    )
    own, other, stranger = cleaned(text, subject=several)
    assert own == "matrix, white matter"
    assert other == "matrix 4417, matter, lives"
    assert stranger == "saw and"


def test_a_decimal_number_does_not_lose_the_digits_of_the_number_of_another_subject():
    """Of a thousand subjects' numbers one is met in every hundredth measurement."""
    people = {key: frozenset({Identifier(Kind.ID, key)}) for key in ("10234", "45213")}
    several = Subject("", frozenset().union(*people.values()), people=people)
    told = ("0.45213", "-45213.5", "4.5213e3", "1.45213e-05", "45213", "see 45213.1", "10234.1")
    text = "participant_id\tnote\n" + "".join(f"10234\t{each}\n" for each in told)
    assert cleaned(text, subject=several)[:4] == [*told[:4]]
    assert not any("45213" in each or "10234" in each for each in cleaned(text, subject=several)[4:])
    scrubbing = TSV.compile(replace(section("tsv"), scrubs=True))
    out, _ = run(scrubbing, text.encode(), "participants.tsv", subject=several)
    assert [line.split("\t")[1] for line in out.decode().splitlines()[1:6]] == [*told[:4], ""]
