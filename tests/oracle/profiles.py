"""Profiles that the two engines are compared by: every action, setting and form of name."""

from __future__ import annotations

from typing import Any

REMOVE = {"remove": True}
KEEP = {"keep": True}
HASH = {"hash": True}
UID = {"hashuid": True}
DATE = {"increment-date": True}
DATETIME = {"increment-datetime": True}


def put(value: str | float, **options: bool) -> dict[str, Any]:
    return {"replace-with": value, **options}


def sub(*items: tuple[Any, ...]) -> dict[str, Any]:
    """Return a ``regex-sub`` of items, each a regular expression, an output, and the actions of its groups by name."""
    return {"regex-sub": [{"input-regex": items[0], "output": items[1], **groups(*items[2:])} for items in items]}


def groups(actions: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"groups": [{"name": name, **action} for name, action in actions.items()]} if actions else {}


def dicom(*fields: tuple[str, dict[str, Any]], **settings: Any) -> dict[str, Any]:
    """Return a profile; a name that begins with ``~`` is a regular expression."""
    entries = [
        {"regex": name[1:], **action} if name.startswith("~") else {"name": name, **action} for name, action in fields
    ]
    section = {name.replace("_", "-"): value for name, value in settings.items()}
    return {"name": "oracle", "version": 1, "dicom": {**section, "fields": entries}}


def rename(output: str, regex: str = ".*", **groups: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"output": output, "input-regex": regex}
    if groups:
        found["groups"] = [{"name": name, **action} for name, action in groups.items()]
    return found


WIDE = frozenset({"actions", "recursion", "regex", "character sets"})
"""Profiles that are run over all files; the others over a choice."""

DICOM: dict[str, dict[str, Any]] = {
    "actions": dicom(
        ("PatientName", REMOVE),
        ("PatientID", put("SYNTH-9")),
        ("SOPInstanceUID", UID),
        ("StudyInstanceUID", UID),
        ("SeriesInstanceUID", UID),
        ("AccessionNumber", HASH),
        ("StudyDate", DATE),
        ("SeriesDate", DATE),
        ("StudyDescription", HASH),
        ("InstitutionName", put("SITE")),
        ("Manufacturer", KEEP),
        ("Modality", {"identity": True}),
        ("PatientComments", {}),
        date_increment=-17,
    ),
    "spellings": dicom(
        ("patientname", HASH),
        ("(0010, 0020)", HASH),
        ("0x00080070", HASH),
        ("00080080", put("")),
        ("(0008,1090)", put("M")),
        ("0x00181000", REMOVE),
    ),
    "recursion": dicom(
        ("PatientID", put("R")),
        ("PatientName", HASH),
        ("CodeMeaning", HASH),
        ("ReferencedSOPInstanceUID", UID),
        ("SOPInstanceUID", UID),
        ("StudyDate", REMOVE),
        ("InstitutionName", REMOVE),
        recurse_sequence=True,
        salt="synthetic salt",
    ),
    "private": dicom(("PatientName", put("P")), remove_private_tags=True),
    "private kept": dicom(
        ('(0029, "SIEMENS CSA HEADER", 08)', KEEP),
        ('(0029, "SYNTH DEID", 10)', KEEP),
        ("PatientName", put("P")),
        remove_private_tags=True,
    ),
    "private kept, without quotes": dicom(
        ("(0029, SIEMENS CSA HEADER, 08)", KEEP), ("(0029,SYNTH DEID,10)", HASH), remove_private_tags=True
    ),
    "private edited": dicom(
        ('(0029, "SIEMENS CSA HEADER", 08)', put("CSA")),
        ('(0009, "GEMS_IDEN_01", 02)', put("GE", **{"replace-with-insert": False})),
        ('(0019, "GEMS_ACQU_01", 9c)', put("PSD", **{"replace-with-insert": False})),
    ),
    "undefined": dicom(
        ("PatientID", HASH),
        ("SOPInstanceUID", UID),
        ("Modality", KEEP),
        ("Rows", KEEP),
        ("PixelData", KEEP),
        ("OtherPatientIDsSequence.0.PatientID", HASH),
        ("RequestAttributesSequence", KEEP),
        remove_undefined=True,
    ),
    "undefined, recursion": dicom(
        ("PatientID", HASH),
        ("PatientName", HASH),
        ("SOPInstanceUID", UID),
        ("CodeValue", KEEP),
        ("PixelData", KEEP),
        remove_undefined=True,
        recurse_sequence=True,
    ),
    "undefined, private kept": dicom(
        ("SOPInstanceUID", KEEP),
        ('(0029, "SIEMENS CSA HEADER", 08)', KEEP),
        ('(0009, "GEMS_IDEN_01", 02)', KEEP),
        remove_undefined=True,
        remove_private_tags=True,
    ),
    "undefined, no instance": dicom(("PatientID", put("U")), remove_undefined=True),
    "regex": dicom(("~.*Date$", REMOVE), ("~PatientName", put("R")), ("~^0018", REMOVE), ("~.*CodeMeaning$", HASH)),
    "regex on the instance": dicom(("~.*InstanceUID$", UID)),
    "regex in file names": dicom(
        ("~SeriesDescription", HASH), filenames=[rename("{SeriesDescription}-{SOPInstanceUID}.dcm")]
    ),
    "datetimes": dicom(
        ("AcquisitionDateTime", DATETIME),
        ("FrameReferenceDateTime", DATETIME),
        ("StudyDate", {"increment-date": True, "date-increment-override": 5}),
        ("ContentDate", DATE),
        date_increment=3,
    ),
    "date limits": dicom(
        ("StudyDate", {"increment-date": True, "date-format": "%Y%m%d"}),
        ("AcquisitionDateTime", {"increment-datetime": True, "datetime-min": "20200101"}),
        date_increment=-400,
    ),
    "bad dates": dicom(("PatientID", DATE), date_increment=1),
    "instance in names": dicom(
        ("StudyDate", DATE),
        ("SOPInstanceUID", UID),
        date_increment=5,
        filenames=[rename("{Modality}-{StudyDate}-{SOPInstanceUID}.dcm")],
    ),
    "groups in names": dicom(
        ("PatientID", HASH),
        filenames=[
            rename("{who}_{PatientID}.dcm", r"(?P<who>[A-Z]+)_small.*", who=HASH),
            rename("other_{stem}.dcm", r"(?P<stem>.*)\.dcm"),
        ],
    ),
    "names without a match": dicom(("PatientID", HASH), filenames=[rename("{PatientID}.dcm", "MR_.*")]),
    "age": dicom(("PatientBirthDate", REMOVE), patient_age_from_birthdate=True),
    "age in years": dicom(("PatientBirthDate", REMOVE), patient_age_from_birthdate=True, patient_age_units="Y"),
    "age in months": dicom(("PatientID", HASH), patient_age_from_birthdate=True, patient_age_units="M"),
    "character sets": dicom(
        ("PatientName", put("Müller^Jörg")), ("PatientID", HASH), ("StudyDescription", HASH), ("InstitutionName", HASH)
    ),
    "nested": dicom(
        ("OtherPatientIDsSequence.0.PatientID", put("N")),
        ("RequestAttributesSequence.*.ScheduledProcedureStepDescription", HASH),
        ("RequestAttributesSequence.0.ScheduledProcedureStepID", REMOVE),
        ("00081140.1.00081155", put("1.2.3")),
        ("ConceptNameCodeSequence.0.CodeMeaning", put("meaning")),
        ("RequestAttributesSequence.*.ScheduledProcedureStepLocation", put("ROOM")),
        ("RequestAttributesSequence.*.ReferencedStudySequence.0.ReferencedSOPInstanceUID", put("1.2.3")),
        ("PerformedProtocolCodeSequence.*.CodeValue", put("made in items that are there, so in none")),
    ),
    "nested, * below": dicom(("RequestAttributesSequence.0.ScheduledProtocolCodeSequence.*.CodeMeaning", HASH)),
    "repeating groups": dicom(("(60XX, 3000)", REMOVE), ("50xx0010", REMOVE), ("60xx0010", put(7))),
    "file meta": dicom(
        ("MediaStorageSOPInstanceUID", UID),
        ("ImplementationVersionName", REMOVE),
        ("00020016", put("SYNTHAE")),
        ("SOPInstanceUID", UID),
    ),
    "numbers": dicom(
        ("SliceThickness", put("2.5")),
        ("Rows", put(7)),
        ("InstanceNumber", put("9")),
        ("ImageType", HASH),
        ("OperatorsName", HASH),
        ("WindowCenter", REMOVE),
        ("SmallestImagePixelValue", REMOVE),
    ),
    "hashed numbers": dicom(("SliceThickness", HASH), ("PixelSpacing", HASH)),
    "uid settings": dicom(
        ("SOPInstanceUID", UID),
        ("StudyInstanceUID", UID),
        ("PatientID", HASH),
        uid_prefix_fields=2,
        uid_suffix_fields=0,
        salt="q",
        hash_digits=0,
    ),
    "uid root": dicom(
        ("SOPInstanceUID", UID), uid_prefix_fields=7, uid_suffix_fields=2, uid_numeric_name="2.16.840.1.114570.2.2"
    ),
    "no insertion": dicom(
        ("PatientComments", put("c")),
        ("PatientID", put("d", **{"replace-with-insert": True})),
        ("InstitutionName", put("e")),
        replace_with_insert=False,
    ),
    "insertion": dicom(
        ("PatientComments", put("c")),
        ("ClinicalTrialSubjectID", put("d")),
        ("PregnancyStatus", put(4)),
        ("DeidentificationMethod", put("x")),
        ("PatientIdentityRemoved", put("YES")),
        ("EthnicGroup", put("")),
        ("PatientWeight", put("70.5")),
    ),
    "two rules": dicom(
        ("PatientID", put("first")), ("PatientID", HASH), ("PatientName", REMOVE), ("PatientName", put("n"))
    ),
    "substitutions": dicom(
        (
            "StudyDescription",
            sub(
                (
                    r"(?P<a>[^ ]{2})(?P<b>.*)",
                    "{b}-{a}-{PatientID}-{StudyDate}-{EthnicGroup}",
                    {"a": HASH, "PatientID": HASH, "StudyDate": DATE, "EthnicGroup": KEEP},
                ),
                ("", "other"),
            ),
        ),
        ("PatientID", sub((".+", "{PatientName}_{Modality}", {"PatientName": REMOVE, "Modality": {}}), ("", ""))),
        ("StudyDate", sub((r"(?P<year>\d{4})", "{year}0101"), ("", ""))),
        ("ImageType", sub((r"(?P<first>[^,]*),(?P<rest>.*)", "{rest} {first}"), ("", "NONE"))),
        ("InstanceNumber", sub((r"(?P<n>\d+)", "1{n}"), ("", ""))),
        ("Manufacturer", sub(("(?P<all>.*)", "{SOPInstanceUID}", {"SOPInstanceUID": UID}))),
        ("PatientComments", sub(("no such text", "never"))),
        ("Modality", REMOVE),
        date_increment=11,
        salt="synthetic salt",
    ),
    "substitutions, one after the other": dicom(
        ("PatientID", sub((".*", "a{StudyID}{SeriesNumber}", {"StudyID": KEEP, "SeriesNumber": KEEP}))),
        ("StudyID", sub((".*", "b{SeriesNumber}{PatientID}", {"SeriesNumber": KEEP, "PatientID": KEEP}))),
        ("SeriesNumber", sub((r"(?P<n>-?\d*)", "7{n}"))),
        ("StudyID", sub((".*", "c{StudyID}", {"StudyID": KEEP}))),
    ),
    "substitutions in items": dicom(
        ("CodeMeaning", sub((r"(?P<x>.*)", "{x}/{PatientID}", {"x": HASH, "PatientID": KEEP}))),
        ("PatientID", sub((r"(?P<x>.*)", "{x}{x}"))),
        recurse_sequence=True,
    ),
    "substitutions at nested names": dicom(
        ("OtherPatientIDsSequence.*.PatientID", sub(("(?P<x>.*)", "{PatientName}", {"PatientName": HASH}))),
        ("ConceptNameCodeSequence.0.CodeMeaning", sub(("(?P<x>.)", "{x}"), ("", "-"))),
        ('(0029, "SYNTH DEID", 10)', sub(("(?P<x>.*)", "{x}!"))),
    ),
    "substitutions by regex": dicom(("~^StudyD.*", sub(("(?P<x>....)", "{x}0101"), ("", "")))),
    "substitutions, undefined": dicom(
        ("PatientID", sub((".*", "{PatientName}|{Modality}", {"PatientName": KEEP, "Modality": KEEP}))),
        ("Modality", KEEP),
        ("SOPInstanceUID", KEEP),
        ("PixelData", KEEP),
        remove_undefined=True,
    ),
    "substitutions of file meta": dicom(
        ("MediaStorageSOPInstanceUID", KEEP),
        ("ImplementationVersionName", sub(("(?P<x>.*)", "{x}9"))),
        ("PatientID", sub((".*", "{ImplementationVersionName}", {"ImplementationVersionName": KEEP}))),
        ("SOPInstanceUID", UID),
    ),
    "substitutions without a match": dicom(("PatientID", sub(("[a-z]{3}x", "never")))),
    "substitutions and the age": dicom(
        ("PatientComments", put("c")),
        ("PatientID", sub((".*", "{PatientAge}", {"PatientAge": KEEP}))),
        ("PatientBirthDate", REMOVE),
        patient_age_from_birthdate=True,
    ),
}
