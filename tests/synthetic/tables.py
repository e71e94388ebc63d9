"""Sidecars and tables as a BIDS data set has them, with the spellings that a careless rewrite would lose."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from tests.synthetic.patient import ALICE, Patient

if TYPE_CHECKING:
    from collections.abc import Sequence


def bids_sidecar(patient: Patient = ALICE) -> str:
    """Return a JSON sidecar: names and dates, nested too, numbers of unusual spelling, mixed ways to write text."""
    quoted = json.dumps
    return f"""{{
\t"Modality": "MR",
\t"MagneticFieldStrength": 3,
\t"ImagingFrequency": 123.2540,
\t"InstitutionName": {quoted(patient.institution)},
\t"InstitutionAddress": {quoted(patient.address)},
\t"DeviceSerialNumber": "99999",
\t"PatientName": {quoted(patient.name)},
\t"PatientID": {quoted(patient.patient_id)},
\t"PatientSex": {quoted(patient.sex)},
\t"PatientBirthDate": "{patient.birth_date.isoformat()}",
\t"PatientWeight": 61.50,
\t"StudyInstanceUID": "{patient.uid("study")}",
\t"SeriesDescription": "t1_mprage \\u2013 sag",
\t"ImageType": ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"],
\t"AcquisitionDate": "{patient.visit:%Y-%m-%d}",
\t"AcquisitionDateTime": "{patient.visit:%Y-%m-%d %H:%M:%S}",
\t"AcquisitionTime": "{patient.visit:%H:%M:%S.%f}",
\t"EchoTime": 2.98e-3,
\t"RepetitionTime": 2.30,
\t"SAR": 0.10,
\t"DwellTime": 1.0e-3,
\t"ShimSetting": [ -3.0E+2, 0, -0.0,
\t\t17.50 ],
\t"global": {{
\t\t"const": {{
\t\t\t"ReferringPhysicianName": {{"Alphabetic": {quoted(patient.physician)}}},
\t\t\t"PatientName": {quoted(patient.name)}
\t\t}},
\t\t"slices": [ {{"AcquisitionDate": "{patient.visit:%Y-%m-%d}", "Comment": "sang °C"}}, {{}} ]
\t}},
\t"ConversionSoftware": null
}}
"""


def rows(patient: Patient) -> list[list[str]]:
    """Return a heading and rows of participants: leading zeros, ``n/a``, a quote, empty cells."""
    return [
        ["participant_id", "name", "birth_date", "scan_date", "site", "age", "iq", "note"],
        [
            *("sub-001", patient.spoken_name, patient.birth_date.isoformat(), f"{patient.visit:%Y-%m-%d}"),
            *("007", str(int(patient.age[:3])), "101.50", 'sings "Bird, Bird"'),
        ],
        ["sub-002", "Bob Canary", "1955-02-28", "2023-11-08", "007", "68", "n/a", ""],
        ["sub-003", "n/a", "n/a", "", "012", "n/a", "98.0", "n/a"],
    ]


def participants_tsv(patient: Patient = ALICE) -> str:
    """Return ``participants.tsv`` as BIDS writes it: tabs, line feeds, no quoting."""
    return "".join("\t".join(row) + "\n" for row in rows(patient))


def phenotype_csv(patient: Patient = ALICE) -> str:
    """Return a CSV as a spreadsheet writes it: quotes where needed, CR LF, a cell that holds a line break."""
    table = rows(patient)
    table[2][-1] = "two\r\nlines"
    return comma_separated(table)


def comma_separated(table: Sequence[Sequence[str]]) -> str:
    """Return rows as CSV with CR LF line ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(table)
    return text.getvalue()
