from __future__ import annotations

from pathlib import Path

from fw_gear_deid.engine.base import Source
from fw_gear_deid.engine.subjects.folder_names import scrubbed_folders
from fw_gear_deid.identity import NOBODY, Identifier, Kind, Subject

ALICE = Subject(
    "tst7100001",
    frozenset({Identifier(Kind.NAME, "Canarowska^Alice"), Identifier(Kind.ID, "TST7100001")}),
)
BERT = Subject("tst7100002", frozenset({Identifier(Kind.NAME, "Zebrini^Bert"), Identifier(Kind.ID, "TST7100002")}))


def folders(*placed):
    sources = [Source(Path("x.dcm"), folder, subject=subject) for folder, subject in placed]
    return [source.folder for source in scrubbed_folders(sources)]


def test_a_name_goes_from_a_folder_and_the_rest_stays():
    assert folders(("mri_Canarowska_baseline/ses-01", ALICE)) == ["mri_baseline/ses-01"]


def test_a_folder_of_which_nothing_is_left_has_a_name_all_the_same():
    assert folders(("Canarowska Alice/dicom", ALICE), ("TST7100001/dicom", ALICE)) == ["NA/dicom", "NA/dicom"]


def test_a_name_behind_a_dot_goes_from_a_folder_too():
    assert folders(("seen.Alice/Alice_Alice.Alice", ALICE), (".Alice", ALICE)) == ["seen/NA", "NA"]


def test_a_folder_of_which_only_its_kind_is_left_keeps_that():
    assert folders(("Canarowska.ds/TST7100001_meg.ds", ALICE)) == ["NA.ds/meg.ds"]


def test_a_folder_with_files_of_two_subjects_has_one_name_without_both():
    mixed = "Canarowska and Zebrini"
    assert folders((mixed, ALICE), (mixed, BERT)) == ["and", "and"]


def test_a_folder_that_names_the_subject_of_another_branch_loses_that_name_for_all():
    assert folders(("Zebrini/a", ALICE), ("Zebrini/b", BERT)) == ["NA/a", "NA/b"]


def test_folders_of_which_nothing_is_known_stay():
    assert folders(("", NOBODY), ("study/ses-01", NOBODY), ("sub-01", ALICE)) == ["", "study/ses-01", "sub-01"]
