"""What bears a person's name and tells nobody, and what is like it and does."""

from __future__ import annotations

import pytest

from fw_gear_deid.identity import NOBODY, Identifier, Kind, Subject
from fw_gear_deid.identity.cleaning import cleaned


@pytest.mark.parametrize(
    "text",
    [
        "Parkinson disease, DAT scan",
        "Baker cyst left knee",
        "Bell's palsy",
        "Dandy-Walker variant",
        "Virchow-Robin spaces",
        "s/p Whipple procedure",
        "Guillain-Barre",
        "Legg-Calve-Perthes",
        "Meckel cave",
        "Ernst angle 77",
        "Bracco MultiHance",
        "TE/TR 30/2000 ms FA 75",
        "RR 850 ms HR 71",
        "husband in waiting room",
        "6 minute walk",
        "6 Minute Walk Test",
    ],
)
def test_what_bears_a_name_stays(text):
    assert cleaned(text, NOBODY) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Dr. Baker, cyst left knee", "cyst left knee"),
        ("spoke with Wilson about it", "spoke with about it"),
        ("Ms Walker axial", "axial"),
        ("lives in 17 Birdcage Walk; calm", "lives in; calm"),
        ("see 1.3.12.2.1107.5.2.43.99999.20221224082707.1287 for comparison", "see for comparison"),
    ],
)
def test_what_is_like_it_and_tells_a_person_goes(text, left):
    assert cleaned(text, NOBODY) == left


def test_a_patient_who_is_called_like_a_disease_goes():
    patient = Subject("s", frozenset({Identifier(Kind.NAME, "Parkinson^Canaria")}))
    assert cleaned("Parkinson disease?", patient) == "disease?"


def test_versions_and_short_numbers_with_points_stay():
    assert cleaned("version 5.1.7.2 at 1.5 T", NOBODY) == "version 5.1.7.2 at 1.5 T"
