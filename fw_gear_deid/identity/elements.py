"""The DICOM elements whose values tell a person by themselves.

Left out on purpose are elements that tell a person only together with others, or that hold common words: sizes, ages,
sex, descriptions, institutions, study numbers. What a profile leaves of those the coverage tells, not the scan.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.base import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

ELEMENTS: Final[Mapping[int, tuple[str, Kind]]] = MappingProxyType(
    {
        0x00080050: ("AccessionNumber", Kind.ACCESSION),
        0x00080090: ("ReferringPhysicianName", Kind.PERSON),
        0x00080092: ("ReferringPhysicianAddress", Kind.ADDRESS),
        0x00080094: ("ReferringPhysicianTelephoneNumbers", Kind.TELEPHONE),
        0x0008009C: ("ConsultingPhysicianName", Kind.PERSON),
        0x00081048: ("PhysiciansOfRecord", Kind.PERSON),
        0x00081050: ("PerformingPhysicianName", Kind.PERSON),
        0x00081060: ("NameOfPhysiciansReadingStudy", Kind.PERSON),
        0x00081070: ("OperatorsName", Kind.PERSON),
        0x00100010: ("PatientName", Kind.NAME),
        0x00100020: ("PatientID", Kind.ID),
        0x00100030: ("PatientBirthDate", Kind.BIRTH_DATE),
        0x00101000: ("OtherPatientIDs", Kind.ID),
        0x00101001: ("OtherPatientNames", Kind.NAME),
        0x00101005: ("PatientBirthName", Kind.NAME),
        0x00101040: ("PatientAddress", Kind.ADDRESS),
        0x00101050: ("InsurancePlanIdentification", Kind.ID),
        0x00101060: ("PatientMotherBirthName", Kind.NAME),
        0x00101090: ("MedicalRecordLocator", Kind.ID),
        0x00102154: ("PatientTelephoneNumbers", Kind.TELEPHONE),
        0x00102155: ("PatientTelecomInformation", Kind.TELEPHONE),
        0x00102297: ("ResponsiblePerson", Kind.NAME),
        0x00321032: ("RequestingPhysician", Kind.PERSON),
        0x00380010: ("AdmissionID", Kind.ID),
        0x00380060: ("ServiceEpisodeID", Kind.ID),
        0x00400006: ("ScheduledPerformingPhysicianName", Kind.PERSON),
        0x00401010: ("NamesOfIntendedRecipientsOfResults", Kind.PERSON),
        0x00401102: ("PersonAddress", Kind.ADDRESS),
        0x00401103: ("PersonTelephoneNumbers", Kind.TELEPHONE),
        0x00402008: ("OrderEnteredBy", Kind.PERSON),
        0x00402010: ("OrderCallbackPhoneNumber", Kind.TELEPHONE),
        0x00402016: ("PlacerOrderNumberImagingServiceRequest", Kind.ACCESSION),
        0x00402017: ("FillerOrderNumberImagingServiceRequest", Kind.ACCESSION),
        0x00404037: ("HumanPerformerName", Kind.PERSON),
        0x0040A075: ("VerifyingObserverName", Kind.PERSON),
        0x0040A123: ("PersonName", Kind.PERSON),
        0x00700084: ("ContentCreatorName", Kind.PERSON),
        0x300E0008: ("ReviewerName", Kind.PERSON),
    }
)
"""Keyword and kind of each, by its tag (PS3.6); PS3.15 Table E.1-1 names all of them."""
