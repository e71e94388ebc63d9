"""What is put into DICOM objects, as tables: where, which text, and what must become of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.privacy.key import KEPT_DATES, Action

if TYPE_CHECKING:
    from collections.abc import Iterator

CLEAN: Final = "clean-descriptors"
DEVICE: Final = "retain-device-identity"
SAFE: Final = "retain-safe-private"

DIRECT: Final = "direct element"
NESTED: Final = "nested sequence"
COMMENT: Final = "comment amid harmless words"
DESCRIPTOR: Final = "harmless descriptor"
TECHNICAL: Final = "technical element"
DEVICES: Final = "device identity"
MISPLACED: Final = "misplaced in another field"
PRIVATE: Final = "private element"
SAFE_PRIVATE: Final = "safe private element"
DATES: Final = "dates"
UIDS: Final = "UIDs and references"
META: Final = "file meta, preamble, padding"
ORIGINAL: Final = "OriginalAttributesSequence"
OVERLAY: Final = "overlay, curve, icon"
CONTENT: Final = "structured content"
GRAPHIC: Final = "graphic annotation"
DOCUMENT: Final = "encapsulated document"
CHARSET: Final = "character set"
VARIANT: Final = "name variant"
PIXELS: Final = "pixels"


@dataclass(frozen=True, slots=True)
class Plant:
    """One value that is put into an object.

    Attributes:
        place: the kind of place.
        path: keywords and item numbers with dots between; a private element is ``gggg:CREATOR:ee:VR``.
        text: template of the value, filled in with the patient's words and the object's UIDs.
        gone: parts that must be gone.
        stays: parts that must stay.
        deeds: actions asked of the whole value.
        needs: option that ``stays`` belongs to.
    """

    place: str
    path: str
    text: str
    gone: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    deeds: tuple[Action, ...] = ()
    needs: str = ""

    def rows(self) -> Iterator[tuple[Action, str, str]]:
        """Yield action, template of its value, and the option it needs."""
        for part in self.gone:
            yield Action.TEXT_REMOVED, part, ""
        for part in self.stays:
            yield Action.TEXT_RETAINED, part, self.needs
        for deed in self.deeds:
            needs = KEPT_DATES if deed is Action.TEXT_NOTNULL and self.place == DATES else ""
            yield deed, self.text, needs


def gone(path: str, text: str, *parts: str, place: str = DIRECT) -> Plant:
    """Return a value that must be gone, or whose ``parts`` must."""
    return Plant(place, path, text, gone=parts or (text,))


def empty(path: str, text: str, *parts: str) -> Plant:
    """Return a value that must be gone while its element, which all objects need, stays."""
    return Plant(DIRECT, path, text, gone=parts or (text,), deeds=(Action.TAG_RETAINED,))


def stays(path: str, text: str, place: str = TECHNICAL, needs: str = "") -> Plant:
    """Return a value that must come through."""
    return Plant(place, path, text, stays=(text,), needs=needs)


def harmless(path: str, text: str) -> Plant:
    """Return a description that tells nobody."""
    return stays(path, text, DESCRIPTOR, CLEAN)


def mixed(path: str, text: str, parts: tuple[str, ...], kept: tuple[str, ...], place: str = COMMENT) -> Plant:
    """Return a text of which parts must go and parts must stay."""
    return Plant(place, path, text, parts, kept, needs=CLEAN)


def shifted(path: str, text: str, *, place: str = DATES) -> Plant:
    """Return a date that must be shifted."""
    return Plant(place, path, text, deeds=(Action.DATE_SHIFTED,))


def uid(path: str, text: str, *, place: str = UIDS) -> Plant:
    """Return a UID that must be replaced, everywhere by the same."""
    return Plant(place, path, text, deeds=(Action.UID_CHANGED, Action.UID_CONSISTENT))


PATIENT: Final = (
    empty("PatientName", "{pn}", "{family}", "{given}"),
    Plant(DIRECT, "PatientID", "{patient_id}", deeds=(Action.PATID_CONSISTENT,)),
    empty("PatientBirthDate", "{dob}"),
    Plant(DIRECT, "PatientSex", "{sex}", deeds=(Action.TAG_RETAINED,)),
    gone("PatientBirthTime", "031415"),
    gone("OtherPatientIDs", "{other_id}"),
    gone("OtherPatientNames", "{plain_family}^{plain_given}", "{plain_family}"),
    gone("IssuerOfPatientID", "Canary General Registry", "Registry"),
    gone("PatientAddress", "{street}, {city}", "{street}", "{city}"),
    gone("PatientTelephoneNumbers", "{phone}"),
    gone("PatientMotherBirthName", "Maternalini^Rosa", "Maternalini"),
    gone("MilitaryRank", "Sergeant"),
    gone("ResponsiblePerson", "{family}^Guardiana", "Guardiana"),
    gone("CountryOfResidence", "Inventia"),
    gone("RegionOfResidence", "North Nestshire", "Nestshire"),
    gone("InsurancePlanIdentification", "INS{ssn}", "{ssn}"),
    gone("PatientReligiousPreference", "Featherist"),
)
VISIT: Final = (
    empty("AccessionNumber", "{accession}"),
    empty("ReferringPhysicianName", "{physician}", "{physician_family}"),
    empty("StudyID", "ST{accession}", "{accession}"),
    gone("PerformingPhysicianName", "{physician_family}^Paula", "{physician_family}"),
    gone("OperatorsName", "{operator}", "{operator_family}"),
    gone("NameOfPhysiciansReadingStudy", "Readerski^Rita", "Readerski"),
    gone("RequestingPhysician", "{physician}", "{physician_family}"),
    gone("InstitutionName", "Canary General Hospital", "Canary General"),
    gone("InstitutionAddress", "1 Aviary Square, {city}", "Aviary Square", "{city}"),
    gone("InstitutionalDepartmentName", "Neuroradiology Perchwing", "Perchwing"),
    gone("AdmissionID", "ADM{other_id}", "{other_id}"),
    gone("CurrentPatientLocation", "Ward Featherbed 7", "Featherbed"),
    gone("RequestedProcedureID", "RP{accession}", "{accession}"),
    gone("ReferringPhysicianTelephoneNumbers", "{phone}"),
)
TIMES: Final = (
    Plant(DATES, "StudyDate", "{day}", deeds=(Action.DATE_SHIFTED, Action.TAG_RETAINED)),
    shifted("SeriesDate", "{day}"),
    shifted("AcquisitionDate", "{day}"),
    Plant(DATES, "ContentDate", "{day}", deeds=(Action.DATE_SHIFTED, Action.TEXT_NOTNULL)),
    shifted("AcquisitionDateTime", "{day}{time}"),
    shifted("InstanceCreationDate", "{day}"),
    shifted("PerformedProcedureStepStartDate", "{day}"),
)
IDENTITY: Final = (
    Plant(UIDS, "StudyInstanceUID", "{study}", deeds=(Action.UID_CHANGED, Action.UID_CONSISTENT, Action.TEXT_NOTNULL)),
    Plant(UIDS, "SeriesInstanceUID", "{series}", deeds=(Action.UID_CHANGED, Action.UID_CONSISTENT)),
    Plant(UIDS, "SOPInstanceUID", "{sop}", deeds=(Action.UID_CHANGED, Action.UID_CONSISTENT)),
    uid("FrameOfReferenceUID", "{frame}"),
)
COMMON: Final = PATIENT + VISIT + TIMES + IDENTITY
"""In every object."""

PROTOCOL: Final = (
    harmless("StudyDescription", "MRI BRAIN W/O CONTRAST"),
    harmless("SeriesDescription", "t1_mprage_sag_p2_iso"),
    harmless("ProtocolName", "t1_mprage_sag_p2_iso"),
    harmless("DerivationDescription", "Multiplanar reformation, lossless"),
    harmless("ContrastBolusAgent", "Gadavist 7.5 mL IV"),
    harmless("PerformedProcedureStepDescription", "MR Head Without and With Contrast"),
    harmless("RequestedProcedureDescription", "MRI head for multiple sclerosis"),
    harmless("AcquisitionComments", "White matter, May sequence, Head coil 32ch"),
    harmless("ImageComments", "motion artifacts in slices 12 to 14"),
)
MR: Final = (
    stays("SequenceName", "*tfl3d1_16ns"),
    stays("ScanningSequence", "GR"),
    stays("SequenceVariant", "SK"),
    stays("EchoTime", "2.98"),
    stays("RepetitionTime", "2300"),
    stays("InversionTime", "900"),
    stays("FlipAngle", "9"),
    stays("MagneticFieldStrength", "3"),
    stays("ImagingFrequency", "123.254"),
    stays("ReceiveCoilName", "HeadNeck_64"),
    stays("SliceThickness", "1"),
    stays("PixelBandwidth", "240"),
)
DEVICE_ROWS: Final = (
    stays("StationName", "AWP99999", DEVICES, DEVICE),
    stays("DeviceSerialNumber", "99999", DEVICES, DEVICE),
    stays("ManufacturerModelName", "Prisma_fit", DEVICES),
    stays("Manufacturer", "SIEMENS", DEVICES),
    stays("SoftwareVersions", "syngo MR E11", DEVICES),
    stays("DetectorID", "DET-4711", DEVICES, DEVICE),
)
REQUEST: Final = "RequestAttributesSequence.0."
ORIGINALS: Final = "OriginalAttributesSequence.0."
NESTED_ROWS: Final = (
    gone(REQUEST + "AccessionNumber", "{accession}", place=NESTED),
    gone(REQUEST + "RequestedProcedureID", "RP{accession}", "{accession}", place=NESTED),
    mixed(
        REQUEST + "ScheduledProcedureStepDescription",
        "Brain MRI for {spoken}",
        ("{family}", "{given}"),
        ("Brain MRI",),
        NESTED,
    ),
    gone("OtherPatientIDsSequence.0.PatientID", "{other_id}", place=NESTED),
    gone("OtherPatientIDsSequence.0.IssuerOfPatientID", "Nestling Registry", "Nestling", place=NESTED),
    gone("OtherPatientIDsSequence.1.PatientID", "{ssn}", place=NESTED),
    gone("ReferencedPatientSequence.0.ReferencedSOPInstanceUID", "{patient_uid}", place=NESTED),
    gone("ProcedureCodeSequence.0.CodeMeaning", "MR head {family}", "{family}", place=NESTED),
    gone(
        "ReferringPhysicianIdentificationSequence.0.PersonIdentificationCodeSequence.0.CodeMeaning",
        "Dr {physician_family}",
        "{physician_family}",
        place=NESTED,
    ),
    gone(ORIGINALS + "ModifiedAttributesSequence.0.PatientName", "{pn}", "{family}", place=ORIGINAL),
    gone(ORIGINALS + "ModifiedAttributesSequence.0.PatientID", "{patient_id}", place=ORIGINAL),
    gone(ORIGINALS + "ModifiedAttributesSequence.0.PatientBirthDate", "{dob}", place=ORIGINAL),
    gone(ORIGINALS + "ModifiedAttributesSequence.0.AccessionNumber", "{accession}", place=ORIGINAL),
    gone(ORIGINALS + "SourceOfPreviousValues", "Canary General Archive", "Canary General", place=ORIGINAL),
    gone(ORIGINALS + "AttributeModificationDateTime", "{day}101112", place=ORIGINAL),
)
PRIVATE_ROWS: Final = (
    gone("0033:CANARY NOTES 01:01:LO", "{pn}", "{family}", place=PRIVATE),
    gone("0033:CANARY NOTES 01:02:UN", "{plain_family} {patient_id}", "{patient_id}", "{plain_family}", place=PRIVATE),
    gone("0033:CANARY NOTES 01:03:SQ.0.PatientName", "{pn}", "{family}", place=PRIVATE),
    gone("0029:SIEMENS CSA HEADER:20:OB", 'tPatientName = "{plain_family}"', "{plain_family}", place=PRIVATE),
    gone("0029:SIEMENS MEDCOM HEADER:40:SQ.0.PatientID", "{patient_id}", place=PRIVATE),
    gone("0009:GEMS_IDEN_01:17:LT", "t1 {spoken}", "{family}", "{given}", place=PRIVATE),
    stays("0019:SIEMENS MR HEADER:0C:IS", "1000", SAFE_PRIVATE, SAFE),
    stays("0019:SIEMENS MR HEADER:0D:CS", "DIRECTIONAL", SAFE_PRIVATE, SAFE),
    stays("2001:Philips Imaging DD 001:03:FL", "800.0", SAFE_PRIVATE, SAFE),
    stays("0043:GEMS_PARM_01:39:IS", "1000", SAFE_PRIVATE, SAFE),
    stays("7053:Philips PET Private Group:00:DS", "0.000587", SAFE_PRIVATE, SAFE),
)
COMMENTS: Final = (
    (
        mixed(
            "ImageComments",
            "Patient {spoken}, MRN {patient_id}, DOB {dob_us}: motion artifacts in slice 12",
            ("{family}", "{given}", "{patient_id}", "{dob_us}"),
            ("motion artifacts in slice 12",),
        ),
        mixed(
            "PatientComments",
            "Claustrophobic; call daughter {friend} at {phone}",
            ("{friend_family}", "{phone}"),
            ("Claustrophobic", "daughter"),
        ),
        mixed(
            "AdditionalPatientHistory",
            "Multiple sclerosis since 2009, referred by Dr. {physician_family}, seen {day_us}",
            ("{physician_family}", "{day_us}"),
            ("Multiple sclerosis", "referred by"),
        ),
        mixed("StudyDescription", "MRI BRAIN {upper_family} {dob_iso}", ("{family}", "{dob_iso}"), ("MRI BRAIN",)),
        mixed("SeriesDescription", "t2_tse_tra {family}", ("{family}",), ("t2_tse_tra",)),
        mixed("ProtocolName", "head_{plain_family}_t2", ("{plain_family}",), ("head", "t2")),
        mixed(
            "RequestedProcedureDescription",
            "MR brain w contrast, results to {email}",
            ("{email}",),
            ("MR brain w contrast",),
        ),
        mixed("AcquisitionComments", "Spoke with {friend}; head coil changed", ("{friend_family}",), ("head coil",)),
    ),
    (
        mixed(
            "ImageComments",
            "{last_first} ({dob_german}) lives at {street}, {city}. Axial FLAIR repeated.",
            ("{family}", "{given}", "{dob_german}", "{street}", "{city}"),
            ("Axial FLAIR repeated",),
        ),
        mixed(
            "PatientComments",
            "SSN {ssn}. Pacemaker: no. Weight measured.",
            ("{ssn}",),
            ("Pacemaker: no", "Weight measured"),
        ),
        mixed(
            "AdditionalPatientHistory",
            "Born {dob_words}; headache and dizziness; phone {phone}",
            ("{dob_words}", "{phone}"),
            ("headache and dizziness",),
        ),
        mixed("StudyDescription", "CT CHEST call {phone}", ("{phone}",), ("CT CHEST",)),
        mixed("SeriesDescription", "AX 5mm acc {accession}", ("{accession}",), ("AX 5mm",)),
        mixed("ProtocolName", "Thorax_Routine_{patient_id}", ("{patient_id}",), ("Thorax", "Routine")),
        mixed(
            "RequestedProcedureDescription",
            "Chest CT, old record {other_id}",
            ("{other_id}",),
            ("Chest CT",),
        ),
        mixed(
            "DerivationDescription",
            "MIP thick slab for Dr. {physician_family}",
            ("{physician_family}",),
            ("MIP thick slab",),
        ),
    ),
)
"""Two sets of comments, since an element holds one of them at a time."""

MISPLACED_ROWS: Final = (
    gone("StationName", "{upper_family}", place=MISPLACED),
    gone("ProtocolName", "MRN {patient_id}", "{patient_id}", place=MISPLACED),
    gone("StudyDescription", "{phone}", place=MISPLACED),
    gone("ImageComments", "{patient_id}", place=MISPLACED),
    gone("SeriesDescription", "{spoken}", "{family}", "{given}", place=MISPLACED),
    gone("ManufacturerModelName", "{spoken}", "{family}", place=MISPLACED),
    gone("SoftwareVersions", "{accession}", place=MISPLACED),
    gone("BodyPartExamined", "{plain_family}", place=MISPLACED),
    gone("PatientSize", "1.71", place=DIRECT),
    gone("ContrastBolusAgent", "{dob_iso}", place=MISPLACED),
    gone("DeviceSerialNumber", "{accession}", place=MISPLACED),
    gone("SequenceName", "{plain_family}", place=MISPLACED),
    gone("ScanOptions", "{patient_id}", place=MISPLACED),
    stays("KVP", "120"),
)
VARIANTS: Final = tuple(
    mixed("ImageComments", text + " reviewed, axial", parts, ("reviewed, axial",), VARIANT)
    for text, parts in (
        ("{last_first}", ("{family}", "{given}")),
        ("{spoken}", ("{family}", "{given}")),
        ("{with_middle}", ("{family}", "{given}")),
        ("{initial}", ("{family}",)),
        ("{upper}", ("{family}", "{given}")),
        ("{joined}", ("{family}", "{given}")),
        ("{pn}", ("{family}", "{given}")),
        ("{plain_given} {plain_family}", ("{plain_family}", "{plain_given}")),
        ("{umlaut_family}, {plain_given}", ("{umlaut_family}", "{plain_given}")),
        ("pt {upper_family}", ("{family}",)),
    )
)
"""One to an object: all of them are written into the same element."""
