"""Who a DICOM object says it is about, in its own data set, before any rule acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity import Identifier, Kind, Subject, key_of

if TYPE_CHECKING:
    from fw_gear_deid.formats.dicom.texts import Texts

PATIENT_ID: Final = 0x00100020

TELLING: Final = {
    0x00080050: Kind.ACCESSION,  # AccessionNumber
    0x00080090: Kind.PERSON,  # ReferringPhysicianName
    0x00081048: Kind.PERSON,  # PhysiciansOfRecord
    0x00081050: Kind.PERSON,  # PerformingPhysicianName
    0x00081060: Kind.PERSON,  # NameOfPhysiciansReadingStudy
    0x00081070: Kind.PERSON,  # OperatorsName
    0x00100010: Kind.NAME,  # PatientName
    PATIENT_ID: Kind.ID,
    0x00100030: Kind.BIRTH_DATE,  # PatientBirthDate
    0x00101000: Kind.ID,  # OtherPatientIDs
    0x00101001: Kind.NAME,  # OtherPatientNames
    0x00101005: Kind.NAME,  # PatientBirthName
    0x00101040: Kind.ADDRESS,  # PatientAddress
    0x00101060: Kind.NAME,  # PatientMotherBirthName
    0x00101090: Kind.ID,  # MedicalRecordLocator
    0x00102154: Kind.TELEPHONE,  # PatientTelephoneNumbers
    0x00102297: Kind.NAME,  # ResponsiblePerson
    0x00321032: Kind.PERSON,  # RequestingPhysician
    0x00380010: Kind.ID,  # AdmissionID
}
"""Elements of the data set that tell a person."""


def own_subject(texts: Texts, given: Subject) -> Subject:
    """Return who an object is about: the subject it was given with, else the patient of its own PatientID.

    Its own identifiers count in both cases.

    Raises:
        ActionError: an element that tells the person cannot be read.
    """
    parts = ((kind, part.strip()) for tag, kind in TELLING.items() for part in texts.parts(tag))
    own = frozenset(Identifier(kind, part) for kind, part in parts if part)
    return Subject(given.key or key_of(texts.text(PATIENT_ID)), given.identifiers | own)
