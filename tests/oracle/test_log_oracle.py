"""The columns of the de-id log beside those of Flywheel's engine."""

from __future__ import annotations

import csv

import pytest

from fw_gear_deid.profile import check_text
from fw_gear_deid.report.log import columns
from tests.oracle.flywheel import its_warnings

with its_warnings():
    import yaml
    from flywheel_migration.deidentify import DeIdProfile

FIELDS = "fields: [{name: PatientID, remove: true}, {regex: '.*Date', remove: true}, {name: PatientName, remove: true}]"


@pytest.mark.parametrize(
    "text",
    [
        f"dicom: {{{FIELDS}}}",
        f"dicom: {{{FIELDS}}}\njson: {{fields: [{{name: a.b, remove: true}}]}}",
        "dicom: {fields: [{name: OtherPatientIDsSequence.*.PatientID, remove: true}, {name: 50xx0010, remove: true}]}",
    ],
)
def test_the_columns_are_those_of_flywheels_log(tmp_path, text):
    path = tmp_path / "private" / "log.csv"
    with its_warnings():
        engine = DeIdProfile()
        engine.load_config(yaml.safe_load(text) | {"deid-log": str(path)})
        engine.finalize()
    with path.open(newline="") as file:
        theirs = next(csv.reader(file))
    profile, _ = check_text(text)
    assert list(columns(profile)) == theirs
