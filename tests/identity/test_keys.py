from __future__ import annotations

import pytest

from fw_gear_deid.identity import NOBODY, Identifier, Kind, key_of, label_in, subject_of


@pytest.mark.parametrize("label", ["S01", "sub-S01", "s01", " S01 ", "SUB-s01", "\tsub-s01\n"])
def test_one_subject_spelled_in_several_ways_has_one_key(label):
    assert key_of(label) == "s01"


def test_letters_with_accents_are_the_same_however_a_file_system_spells_them():
    assert key_of("Zoe\u0308") == key_of("Zo\u00eb")


@pytest.mark.parametrize("label", ["", "  ", "sub-"])
def test_a_label_that_says_nothing_names_nobody(label):
    assert subject_of(label) == NOBODY


def test_two_subjects_stay_two():
    assert key_of("S01") != key_of("S1")
    assert key_of("S01") != key_of("S0-1")


def test_no_subject_is_written_out_with_what_identifies_it():
    subject = subject_of("Canary01", frozenset({Identifier(Kind.NAME, "Canary^Zebra")}))
    assert "canary" not in repr(subject).casefold()


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("sub-01/anat/sub-01_T1w.nii.gz", "sub-01"),
        ("data/sub-01/dicom/1.dcm", "sub-01"),
        ("sub-01/sub-02_x.json", "sub-02"),
        ("sub-01.json", "sub-01"),
        ("subject/1.dcm", ""),
        ("sub-/1.dcm", ""),
        ("my-sub-01/1.dcm", ""),
        ("sub-0 1/1.dcm", ""),
    ],
)
def test_bids_names_the_subject_in_a_path(path, label):
    assert label_in(path) == label
