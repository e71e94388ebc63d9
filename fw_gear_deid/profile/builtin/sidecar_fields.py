"""What becomes of the fields of sidecars and tables, by their names.

Fields that are called like an attribute of Table E.1-1 get what it gets; names that BIDS, dcm2niix and common tables
have for the same things follow them.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

from pydicom.datadict import dictionary_has_tag, dictionary_VR

from fw_gear_deid.standard.confidentiality import PRIVATE, Attribute, ProfileOption, table

if TYPE_CHECKING:
    from collections.abc import Mapping

Options = frozenset[str]


class Deed(StrEnum):
    """What becomes of a field."""

    KEEP = "keep"
    REMOVE = "remove"
    CLEAN = "clean"
    NAME = "pseudonym"
    UID = "hashuid"
    DATE = "increment-date"
    AGE = "at most 90 years"

    @property
    def told(self) -> str:
        """How reports call the rule for all fields of which this becomes."""
        return _TOLD[self]


_TOLD: Final = {
    Deed.KEEP: "what stays",
    Deed.REMOVE: "what PS3.15 removes",
    Deed.CLEAN: "what PS3.15 cleans",
    Deed.NAME: "numbers of the subject",
    Deed.UID: "UIDs",
    Deed.DATE: "dates",
    Deed.AGE: "ages",
}


_TEXTS: Final = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
_TIMES: Final = frozenset({"TM", "SH"})
_DATES: Final = frozenset({"DA", "DT"})

ALIKE: Final[Mapping[str, tuple[str, ...]]] = {
    "PatientID": (
        *("participant_id", "subject_id", "patient_id", "patientid", "subject", "SubjectID", "mrn", "MRN"),
        *("medical_record_number", "Participant_ID", "Subject_ID", "Patient_ID"),
    ),
    "PatientName": (
        *("name", "Name", "full_name", "first_name", "last_name", "firstname", "lastname", "surname", "given_name"),
        *("patient_name", "PatientFirstName", "PatientLastName", "subject_name", "SubjectName", "initials", "Initials"),
    ),
    "PatientBirthDate": (
        *("birth_date", "birthdate", "BirthDate", "birthday", "date_of_birth", "DateOfBirth", "dob", "DOB"),
        *("PatientDateOfBirth", "year_of_birth", "birth_year", "patient_birth_date", "patient_dob"),
    ),
    "PatientAddress": ("address", "Address", "street", "zip_code", "zipcode", "postal_code", "postcode", "city"),
    "PatientTelephoneNumbers": (
        *("phone", "Phone", "telephone", "mobile", "email", "Email", "e-mail", "contact", "ssn", "SSN"),
        *("PatientTelephoneNumber", "PatientEmail"),
    ),
    "PatientAge": ("age", "Age", "age_at_scan", "age_years", "AgeAtScan"),
    "PatientSex": ("sex", "Sex", "gender", "Gender"),
    "PatientWeight": ("weight", "Weight", "weight_kg"),
    "PatientSize": ("height", "Height", "height_cm", "PatientHeight"),
    "EthnicGroup": ("ethnicity", "Ethnicity", "race", "Race"),
    "Occupation": ("occupation",),
    "StudyInstanceUID": ("study_instance_uid", "study_uid"),
    "SeriesInstanceUID": ("series_instance_uid", "series_uid"),
    "SOPInstanceUID": ("sop_instance_uid", "instance_uid"),
    "AccessionNumber": ("accession", "accession_number", "Accession"),
    "OperatorsName": ("operator", "Operator", "OperatorName", "technician", "rater", "examiner", "operator_name"),
    "ReferringPhysicianName": (
        *("physician", "referring_physician", "ReferringPhysician", "radiologist", "doctor"),
        "referring_physician_name",
    ),
    "PerformingPhysicianName": ("PerformingPhysician",),
    "InstitutionName": (
        *("institution", "Institution", "hospital", "HospitalName", "InstitutionAdress"),
        "institution_name",
    ),
    "StationName": ("station", "scanner_name"),
    "DeviceSerialNumber": ("serial_number", "SerialNumber", "device_serial_number"),
    "AcquisitionDateTime": (
        *("acq_time", "acq_date", "acquisition_date", "acquisition_time", "acquisition_datetime", "scan_date", "date"),
        *("Date", "scan_time", "scandate", "datetime", "timestamp", "session_date", "visit_date", "exam_date"),
        *("StudyDateTime", "SeriesDateTime", "ContentDateTime", "ScanDate", "ScanDateTime", "EXAMDATE", "studydate"),
        *("study_date", "study_datetime", "series_date", "series_datetime", "content_date", "session_datetime"),
        *("visit_datetime", "exam_datetime", "date_of_scan", "date_of_visit", "test_date", "mri_date"),
    ),
    "PatientComments": ("comment", "comments", "Comment", "Comments", "note", "notes", "Note", "Notes", "remarks"),
}
"""What fields of sidecars and tables are called that hold the same as a DICOM attribute."""

NAMES_OF_ANYTHING: Final = ("name", "Name")
"""What channels, regions and parameters have, as well as persons."""


@cache
def deeds(options: Options) -> Mapping[str, Deed]:
    """Return what becomes of the fields called by each keyword of Table E.1-1, without those that stay."""
    rows = (row for row in table().values() if row.tag != PRIVATE and re.fullmatch("[0-9a-f]{8}", row.tag))
    found = {row.keyword: _deed(row, options) for row in rows if row.tag[:4] not in {"0000", "0002"}}
    if ProfileOption.PATIENT in options:
        found["PatientAge"] = Deed.AGE
    for keyword, names in ALIKE.items():
        found |= dict.fromkeys(names, found[keyword])
    return {name: deed for name, deed in found.items() if deed is not Deed.KEEP}


def _deed(row: Attribute, options: Options) -> Deed:
    tag = int(row.tag, 16)
    vr = dictionary_VR(tag) if dictionary_has_tag(tag) else ""
    if row.keyword == "PatientID":
        return Deed.NAME
    if ProfileOption.MODIFIED_DATES in options and ProfileOption.MODIFIED_DATES in row.options:
        return Deed.DATE if vr in _DATES else Deed.KEEP if vr in _TIMES else Deed.REMOVE
    codes = {code for option, code in row.options.items() if option in options}
    if "K" in codes or (vr == "SQ" and ("C" in codes or row.action.endswith("*"))):
        return Deed.KEEP
    if "C" in codes and vr in _TEXTS:
        return Deed.CLEAN
    return Deed.UID if row.action == "U" else Deed.REMOVE


def named(options: Options) -> Mapping[Deed, list[str]]:
    """Return the names of fields by what becomes of them."""
    found: dict[Deed, list[str]] = {}
    for name, deed in deeds(options).items():
        found.setdefault(deed, []).append(name)
    return found
