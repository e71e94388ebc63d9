"""What the profiles of PS3.15 do beside DICOM: sidecars, tables, NIfTI headers, XML, pictures, archives, names.

The standard speaks of DICOM attributes alone. Fields of other files that are called like one get what it gets; names
that BIDS, dcm2niix and common tables have for the same things follow them. Pseudonyms and shifts are those of DICOM.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Final

from pydicom.datadict import dictionary_has_tag, dictionary_VR

from fw_gear_deid.standard.confidentiality import PRIVATE, Attribute, ProfileOption, table

Options = frozenset[str]
Lines = Iterator[str]


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
    "PatientID": ("participant_id", "subject_id", "patient_id", "patientid", "subject", "SubjectID", "mrn", "MRN"),
    "PatientName": (
        *("name", "Name", "full_name", "first_name", "last_name", "firstname", "lastname", "surname", "given_name"),
        *("patient_name", "PatientFirstName", "PatientLastName", "subject_name", "SubjectName", "initials", "Initials"),
    ),
    "PatientBirthDate": (
        *("birth_date", "birthdate", "BirthDate", "birthday", "date_of_birth", "DateOfBirth", "dob", "DOB"),
        *("PatientDateOfBirth", "year_of_birth", "birth_year"),
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
    "AccessionNumber": ("accession", "accession_number", "Accession"),
    "OperatorsName": ("operator", "Operator", "OperatorName", "technician", "rater", "examiner"),
    "ReferringPhysicianName": ("physician", "referring_physician", "ReferringPhysician", "radiologist", "doctor"),
    "PerformingPhysicianName": ("PerformingPhysician",),
    "InstitutionName": ("institution", "Institution", "hospital", "HospitalName", "InstitutionAdress"),
    "StationName": ("station", "scanner_name"),
    "DeviceSerialNumber": ("serial_number", "SerialNumber", "device_serial_number"),
    "AcquisitionDateTime": (
        *("acq_time", "acq_date", "acquisition_date", "acquisition_time", "acquisition_datetime", "scan_date", "date"),
        *("Date", "scan_time", "scandate", "datetime", "timestamp", "session_date", "visit_date", "exam_date"),
        *("StudyDateTime", "SeriesDateTime", "ContentDateTime", "ScanDate", "ScanDateTime"),
    ),
    "PatientComments": ("comment", "comments", "Comment", "Comments", "note", "notes", "Note", "Notes", "remarks"),
}
"""What fields of sidecars and tables are called that hold the same as a DICOM attribute."""


def sidecar_lines(options: Options) -> Lines:
    """Yield the lines of the sections for all that is not DICOM, as options of the Basic Profile have it."""
    yield from _json(options)
    for section in ("csv", "tsv"):
        yield from _table(section, options)
    yield from _nifti(options)
    yield from _xml(options)
    yield from _pictures(options)
    for section in ("filename", "zip"):
        yield from _head(section, options)
        yield from _ARCHIVE if section == "zip" else _COPIED
        yield from _filenames(options)
    yield from ("flywheel:", "  subject:", "    fields:", "      - {name: label, pseudonym: true}")


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


def _named(options: Options) -> Mapping[Deed, list[str]]:
    """Return the names of fields by what becomes of them."""
    found: dict[Deed, list[str]] = {}
    for name, deed in deeds(options).items():
        found.setdefault(deed, []).append(name)
    return found


# -- what rules are made of

_NO_UIDS: Final = frozenset({"nifti", "filename", "zip"})
"""Sections in which neither UIDs nor dates are looked for."""


def _head(section: str, options: Options) -> Lines:
    yield f"{section}:"
    yield "  hash-method: hmac-sha256"
    if section not in _NO_UIDS:
        yield "  uid-method: uuid"
    if ProfileOption.MODIFIED_DATES in options and section not in _NO_UIDS:
        yield "  date-increment: subject"


def _rule(selector: str, deed: Deed, label: str = "") -> Lines:
    """Yield the lines of one entry."""
    yield f"    - {selector}"
    if label:
        yield f"      label: {label}"
    if deed is Deed.DATE:
        yield from _SHIFT
    elif deed is Deed.AGE:
        yield from _CAP
    else:
        yield f"      {deed}: true"


_MISSING: Final = r"(?!(?:n/a|nan|NaN|N/A)?\s*$)"
_SHIFT: Final = (
    "      regex-sub:  # the day moves, in whatever form it is written; what is no date is emptied",
    r"        - {input-regex: '(?P<day>\d{8})(?P<rest>(?:\d{2,6}(?:\.\d*)?(?:[+-]\d{4})?)?\s*$)',",
    "           output: '{day}{rest}', groups: [{name: day, increment-date: true, date-format: '%Y%m%d'}]}",
    r"        - {input-regex: '(?P<day>\d{4}-\d\d-\d\d)(?P<rest>(?:[T ]\d\d:?\d\d[\d:.]*(?:Z|[+-][\d:]+)?)?\s*$)',",
    "           output: '{day}{rest}', groups: [{name: day, increment-date: true, date-format: '%Y-%m-%d'}]}",
    r"        - {input-regex: '(?P<day>\d{4}/\d\d/\d\d)\s*$', output: '{day}',",
    "           groups: [{name: day, increment-date: true, date-format: '%Y/%m/%d'}]}",
    f"        - {{input-regex: '{_MISSING}', output: ''}}",
)
_CAP: Final = (
    "      regex-sub:  # ages over 89 years become 90",
    r"        - {input-regex: '0*(?:9\d|1\d\d)(?:\.\d*)?\s*$', output: '90'}",
    r"        - {input-regex: '0*(?:9\d|[1-9]\d\d)Y\s*$', output: 090Y}",
    f"        - {{input-regex: '(?P<age>{_MISSING}.*)', output: '{{age}}'}}",
)


def _folded(before: str, words: Iterable[str], between: str, after: str) -> str:
    """Return a text in double quotes, over as many lines as it needs, with words between two ends."""
    lines, line = [], ""
    for word in words:
        if len(line) > _WIDTH:
            lines.append(line)
            line = ""
        line += word + between
    lines.append(line.removesuffix(between))
    return f'"{before}\\\n        ' + "\\\n        ".join(lines) + f'{after}"'


_WIDTH: Final = 90


# -- sections


def _json(options: Options) -> Lines:
    yield from _head("json", options)
    yield "  fields:"
    for deed, every in _named(options).items():
        names = [name for name in every if _IN_JSON.fullmatch(name)]
        tags = [tag for tag in _tags() if deeds(options).get(_tags()[tag]) is deed]
        if deed is Deed.REMOVE:
            yield from _rule(f"regex: {_folded(_PATH, (*names, *tags), '|', ')$')}", deed, deed.told)
            continue
        yield from _rule(f"regex: {_folded(_PATH, names, '|', ')$')}", deed, deed.told)
        if tags:  # DICOM's own JSON (PS3.18 Annex F)
            yield from _rule(f"regex: {_folded(_PATH, tags, '|', _VALUE)}", deed, f"{deed.told}, by tag")
    yield from _filenames(options)


_IN_JSON: Final = re.compile("[A-Z]+[a-z]+[A-Z].*|.*birth.*|dob|DOB|(first|last|full|patient)_?name|initials")
"""Names that are taken away from JSON; others, such as age or Name, may well be something else there."""

_PATH: Final = r"(?:.*\\.)?(?:"
_VALUE: Final = r")\\.Value\\.\\d+$"


@cache
def _tags() -> Mapping[str, str]:
    """Return the keyword of each tag as DICOM's JSON writes it."""
    return {tag.upper(): row.keyword for tag, row in table().items() if re.fullmatch("[0-9a-f]{8}", tag)}


def _table(section: str, options: Options) -> Lines:
    yield from _head(section, options)
    yield "  fields:"
    for deed, names in _named(options).items():
        yield from _rule(f"regex: {_folded('(?:', names, '|', ')$')}", deed, deed.told)
    yield from ("    - name: filename", *_IN_CELLS)
    yield f"              - {{name: name, {_of_name(options)}: true}}"
    yield from _filenames(options)


_SUB: Final = "sub-[0-9A-Za-z]+"
_IN_CELLS: Final = (
    "      regex-sub:  # as the files themselves are renamed",
    f"        - {{input-regex: '(?P<first>{_SUB})/(?P<folders>(?:[^/]+/)*)(?P<sub>{_SUB})(?P<rest>[_.].*)',",
    "           output: '{first}/{folders}{sub}{rest}',",
    "           groups: [{name: first, pseudonym: true}, {name: sub, pseudonym: true}]}",
    f"        - {{input-regex: '(?P<folders>(?:[^/]+/)*)(?P<sub>{_SUB})(?P<rest>[_.].*)',",
    "           output: '{folders}{sub}{rest}', groups: [{name: sub, pseudonym: true}]}",
    r"        - input-regex: '(?P<folders>(?:[^/]+/)*)(?P<name>[^./]+)(?P<rest>.*)'",
    "          output: '{folders}{name}{rest}'",
    "          groups:",
)


def _filenames(options: Options) -> Lines:
    yield "  filenames:"
    yield f"    - {{input-regex: '(?P<sub>{_SUB})(?P<rest>[_.].*)', output: '{{sub}}{{rest}}',"
    yield "       groups: [{name: sub, pseudonym: true}]}"
    yield f"    - {{input-regex: '(?P<whole>(?:{_WELL_KNOWN})(?:[_.].*))', output: '{{whole}}'}}"
    yield "    - {input-regex: '(?P<name>[^.]+)(?P<rest>.*)', output: '{name}{rest}',"
    yield f"       groups: [{{name: name, {_of_name(options)}: true}}]}}"


_WELL_KNOWN: Final = "participants|dataset_description|samples|genetic_info|scans|sessions"
"""Names of files that BIDS fixes."""


def _of_name(options: Options) -> Deed | str:
    """Return what becomes of a name that follows no convention."""
    return Deed.CLEAN if ProfileOption.DESCRIPTORS in options else "hash"


def _nifti(options: Options) -> Lines:
    yield from _head("nifti", options)
    deed = Deed.CLEAN if ProfileOption.DESCRIPTORS in options else Deed.REMOVE
    yield "  extensions: drop"
    yield "  fields:"
    for name in ("descrip", "intent_name"):
        yield f"    - {{name: {name}, {deed}: true}}"
    for name in ("aux_file", "data_type", "db_name"):
        yield f"    - {{name: {name}, remove: true}}"
    yield from _filenames(options)


def _xml(options: Options) -> Lines:
    yield from _head("xml", options)
    yield "  fields:"
    yield "    - {name: //comment(), remove: true}"
    for deed, names in _named(options).items():
        if deed is not Deed.AGE:
            for told, path in {"": _XML_ELEMENTS, **_XML_BESIDE.get(deed, _XML_VALUES)}.items():
                before, after = path.split("%s")
                yield from _rule(f"name: {_folded(before, names, '|', after)}", deed, deed.told + told)
    yield from _filenames(options)


_XML_ELEMENTS: Final = "//*[contains('|%s|', concat('|', local-name(), '|'))]"
_XML_VALUES: Final = {", by keyword": "//*[contains('|%s|', concat('|', @keyword, '|'))]/Value"}
_XML_BESIDE: Final = {
    Deed.REMOVE: {
        ", by keyword": "//*[contains('|%s|', concat('|', @keyword, '|'))]",
        ", attributes": "//@*[contains('|%s|', concat('|', local-name(), '|'))]",
    }
}


def _pictures(options: Options) -> Lines:
    yield from ("jpg:", "  hash-method: hmac-sha256", "  remove-exif: true")
    yield from _filenames(options)
    yield from ("png:", "  hash-method: hmac-sha256", "  remove-private-chunks: true", "  fields:")
    yield from (f"    - {{name: {name}, remove: true}}" for name in ("tEXt", "zTXt", "iTXt", "eXIf", "tIME"))
    yield from _filenames(options)
    yield from ("tiff:", "  hash-method: hmac-sha256", "  remove-private-tags: true", "  fields:")
    yield from (f"    - {{name: {name}, remove: true}}" for name in _TIFF)
    yield from _filenames(options)


_TIFF: Final = (
    *("ImageDescription", "DocumentName", "PageName", "Artist", "HostComputer", "DateTime", "Copyright", "Software"),
    *("XMP", "ExifIFD", "GPSInfoIFD"),
)
_COPIED: Final = ("  file-filter: ['*.bval', '*.bvec']",)
_ARCHIVE: Final = ("  hash-subdirectories: true", "  fields:", "    - {name: comment, remove: true}")
