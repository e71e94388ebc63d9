"""PatientAge from the birth date, before the birth date goes."""

from __future__ import annotations

import pytest

from tests.formats.dicom.encoding import EXPLICIT, Plain, data_set_of, dicom_file, encoded, order_of, text
from tests.formats.dicom.running import copy_of, profiled

BIRTH, AGE = [{"name": "PatientBirthDate", "remove": True}], text(0x00101010, "AS", "077Y")


def age(born: str, studied: str, *before: Plain, **settings: object) -> bytes:
    elements = (text(0x00080020, "DA", studied), text(0x00100030, "DA", born), *before)
    rules = profiled(BIRTH, patient_age_from_birthdate=True, **settings)
    return data_set_of(copy_of(rules, dicom_file(elements)), EXPLICIT)


def aged(studied: str, value: str) -> bytes:
    found = (text(0x00101010, "AS", value),) if value else ()
    return encoded((text(0x00080020, "DA", studied), *found), order_of(EXPLICIT))


@pytest.mark.parametrize(
    ("born", "studied", "settings", "value"),
    [
        ("20230101", "20230111", {}, "010D"),
        ("20210101", "20230818", {}, "959D"),
        ("20210101", "20230819", {}, "031M"),
        ("19860615", "20230914", {}, "446M"),
        ("19300101", "20230101", {}, "093Y"),
        ("20230101", "20230111", {"patient_age_units": "M"}, "000M"),
        ("20230101", "20230111", {"patient_age_units": "Y"}, "000Y"),
        ("19860615", "20230614", {"patient_age_units": "Y"}, "036Y"),
        ("19860615", "20230615", {"patient_age_units": "Y"}, "037Y"),
        ("19300101", "20230101", {"cap_age": True}, "090Y"),
        ("19300101", "20230101", {"cap_age": True, "patient_age_units": "Y"}, "090Y"),
        ("19300101", "20230101", {"cap_age": True, "patient_age_units": "M"}, "090Y"),
        ("19331231", "20231230", {"cap_age": True, "patient_age_units": "Y"}, "089Y"),
    ],
)
def test_the_age_at_the_study(born, studied, settings, value):
    assert age(born, studied, **settings) == aged(studied, value)


def test_the_age_that_stood_there_is_replaced():
    assert age("19860615", "20230615", AGE, patient_age_units="Y") == aged("20230615", "037Y")


@pytest.mark.parametrize(("born", "studied"), [("", "20230101"), ("1986", "20230101"), ("19860615", "")])
def test_without_two_dates_the_age_stays(born, studied):
    assert age(born, studied, AGE) == aged(studied, "077Y")


def test_a_rule_for_the_age_acts_on_the_new_age():
    rules = profiled(
        [*BIRTH, {"name": "PatientAge", "hash": True}], patient_age_from_birthdate=True, patient_age_units="Y"
    )
    elements = (text(0x00080020, "DA", "20230615"), text(0x00100030, "DA", "19860615"), AGE)
    copy = data_set_of(copy_of(rules, dicom_file(elements)), EXPLICIT)
    again = profiled([{"name": "PatientAge", "hash": True}])
    plain = data_set_of(copy_of(again, dicom_file((elements[0], text(0x00101010, "AS", "037Y")))), EXPLICIT)
    assert copy == plain
