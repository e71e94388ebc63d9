"""The elements of an image object: the few that every image has, and a header as long as a scanner's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.synthetic.patient import Patient

Elements = dict[str, Any]
"""Values by DICOM keyword; a list of such dictionaries is a sequence."""


def filled(elements: Mapping[str, Any]) -> Dataset:
    """Return a data set with these elements, sequences included."""
    dataset = Dataset()
    for keyword, value in elements.items():
        is_sequence = isinstance(value, list) and value and isinstance(value[0], dict)
        setattr(dataset, keyword, [filled(item) for item in value] if is_sequence else value)
    return dataset


def coded(value: str, scheme: str, meaning: str) -> Elements:
    """Return an item of a code sequence."""
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}


def plain(patient: Patient) -> Elements:
    """Return what identifies patient, study and equipment in every object."""
    day, time = f"{patient.visit:%Y%m%d}", f"{patient.visit:%H%M%S.%f}"
    return {
        "SpecificCharacterSet": patient.charset,
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"],
        "StudyDate": day,
        "SeriesDate": day,
        "AcquisitionDate": day,
        "ContentDate": day,
        "StudyTime": time,
        "SeriesTime": time,
        "AcquisitionTime": time,
        "ContentTime": time,
        "AccessionNumber": patient.accession_number,
        "Manufacturer": "SIEMENS",
        "ReferringPhysicianName": patient.physician,
        "StudyDescription": "Research^Song",
        "PatientName": patient.name,
        "PatientID": patient.patient_id,
        "PatientBirthDate": patient.birthday,
        "PatientSex": patient.sex,
        "StudyInstanceUID": patient.uid("study"),
        "StudyID": "17",
        "FrameOfReferenceUID": patient.uid("frame of reference"),
    }


def full(patient: Patient) -> Elements:
    """Return what a scanner adds: persons, places, comments, protocol and nested sequences."""
    return {**persons_and_places(patient), **protocol(), **sequences(patient)}


def persons_and_places(patient: Patient) -> Elements:
    """Return free text, names, addresses, and dates in every date VR."""
    stamp = f"{patient.visit:%Y%m%d%H%M%S.%f}"
    day, time = f"{patient.visit:%Y%m%d}", f"{patient.visit:%H%M%S}"
    return {
        "InstanceCreationDate": day,
        "InstanceCreationTime": time,
        "AcquisitionDateTime": stamp,
        "TimezoneOffsetFromUTC": "+0100",
        "InstitutionName": patient.institution,
        "InstitutionAddress": patient.address,
        "InstitutionalDepartmentName": "Aviary",
        "ReferringPhysicianAddress": patient.address,
        "ReferringPhysicianTelephoneNumbers": patient.telephone,
        "StationName": "CAGE99999",
        "ProcedureCodeSequence": [coded("MRHEAD", "99CANARY", "MR Head")],
        "PhysiciansOfRecord": patient.physician,
        "PerformingPhysicianName": ["PERFORMER^PETRA", "SECOND^SAUL"],
        "NameOfPhysiciansReadingStudy": "READER^RITA",
        "OperatorsName": patient.operator,
        "AdmittingDiagnosesDescription": f"Headache, {patient.spoken_name}",
        "ManufacturerModelName": "Prisma_fit",
        "IssuerOfPatientID": patient.institution,
        "PatientBirthTime": "0455",
        "OtherPatientIDs": [patient.other_id, f"{patient.other_id}-B"],
        "OtherPatientNames": "NESTLING^ALICE",
        "PatientBirthName": "NESTLING^ALICE",
        "PatientAge": patient.age,
        "PatientSize": "1.68",
        "PatientWeight": "61.5",
        "PatientAddress": patient.address,
        "PatientMotherBirthName": "NESTLING^MARTHA",
        "MedicalAlerts": "none",
        "Allergies": "seeds",
        "CountryOfResidence": "Nowhere",
        "RegionOfResidence": "North",
        "PatientTelephoneNumbers": [patient.telephone, "+00 555 0100 18"],
        "EthnicGroup": "synthetic",
        "Occupation": "canary",
        "SmokingStatus": "NO",
        "AdditionalPatientHistory": f"{patient.spoken_name}, born {patient.birth_date:%d.%m.%Y}, seen by Dr Ralph.",
        "PregnancyStatus": 4,
        "PatientReligiousPreference": "none",
        "PatientComments": f"Call {patient.spoken_name} at {patient.telephone}\r\nbefore noon.",
        "DeviceSerialNumber": "99999",
        "SoftwareVersions": ["syngo MR E11", "N4_VE11C"],
        "ProtocolName": f"t1_mprage {patient.spoken_name}",
        "DateOfLastCalibration": [day, "20230601"],
        "TimeOfLastCalibration": [time, "080000"],
        "RequestingPhysician": patient.physician,
        "RequestingService": "Ornithology",
        "RequestedProcedureDescription": "MR Head",
        "CurrentPatientLocation": "Ward 17",
        "PerformedProcedureStepStartDate": day,
        "PerformedProcedureStepStartTime": time,
        "PerformedProcedureStepID": f"PPS-{patient.patient_id}",
        "PerformedProcedureStepDescription": "Research^Song",
        "CommentsOnThePerformedProcedureStep": "sang throughout",
        "RequestedProcedureID": "RP-17",
        "ReasonForTheRequestedProcedure": "song",
        "NamesOfIntendedRecipientsOfResults": "READER^RITA",
    }


def protocol() -> Elements:
    """Return parameters of the acquisition, of every number VR."""
    return {
        "BodyPartExamined": "BRAIN",
        "ScanningSequence": ["GR", "IR"],
        "SequenceVariant": ["SK", "SP", "MP"],
        "ScanOptions": "IR",
        "MRAcquisitionType": "3D",
        "SequenceName": "*tfl3d1_16ns",
        "AngioFlag": "N",
        "SliceThickness": "1.0",
        "RepetitionTime": "2300.0",
        "EchoTime": "2.98",
        "InversionTime": "900",
        "NumberOfAverages": "1",
        "ImagingFrequency": "123.254",
        "ImagedNucleus": "1H",
        "EchoNumbers": "1",
        "MagneticFieldStrength": "3.0",
        "NumberOfPhaseEncodingSteps": "255",
        "EchoTrainLength": "1",
        "PercentSampling": "100",
        "PercentPhaseFieldOfView": "100",
        "PixelBandwidth": "240",
        "TransmitCoilName": "Body",
        "AcquisitionMatrix": [0, 256, 256, 0],
        "InPlanePhaseEncodingDirection": "ROW",
        "FlipAngle": "9",
        "VariableFlipAngleFlag": "N",
        "SAR": "0.0371",
        "dBdt": "0.0",
        "PatientPosition": "HFS",
        "DiffusionBValue": 0.0,
        "DiffusionGradientOrientation": [0.0, 0.6, 0.8],
        "AcquisitionNumber": "1",
        "PositionReferenceIndicator": "",
        "ImageComments": "upright",
        "WindowCenter": "600.0",
        "WindowWidth": "1200.0",
        "WindowCenterWidthExplanation": "Algo1",
        "RescaleIntercept": "0",
        "RescaleSlope": "1",
        "RescaleType": "US",
        "LossyImageCompression": "00",
        "LargestImagePixelValue": 1023,
        "SmallestImagePixelValue": 0,
        "BurnedInAnnotation": "NO",
    }


def sequences(patient: Patient) -> Elements:
    """Return nested sequences, up to four deep, an empty sequence and an empty item among them."""
    person = {
        "PersonIdentificationCodeSequence": [coded("P-17", "99CANARY", patient.spoken_name)],
        "InstitutionName": patient.institution,
        "InstitutionCodeSequence": [coded("I-17", "99CANARY", patient.institution)],
    }
    image = {
        "ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.4",
        "ReferencedSOPInstanceUID": patient.uid("localizer"),
    }
    return {
        "ReferencedStudySequence": [
            {
                "ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.1",
                "ReferencedSOPInstanceUID": patient.uid("referenced study"),
            }
        ],
        "ReferencedImageSequence": [image, {**image, "ReferencedFrameNumber": [1, 2]}],
        "ReferencedPerformedProcedureStepSequence": [],
        "SourceImageSequence": [{**image, "PurposeOfReferenceCodeSequence": [coded("121322", "DCM", "Source image")]}],
        "ReferringPhysicianIdentificationSequence": [person],
        "OtherPatientIDsSequence": [
            {"PatientID": patient.other_id, "IssuerOfPatientID": patient.institution, "TypeOfPatientID": "TEXT"},
            {
                "PatientID": f"{patient.other_id}-B",
                "IssuerOfPatientIDQualifiersSequence": [
                    {
                        "UniversalEntityID": "nest.example",
                        "AssigningFacilitySequence": [{"LocalNamespaceEntityID": patient.institution}],
                    }
                ],
            },
        ],
        "RequestAttributesSequence": [
            {
                "AccessionNumber": patient.accession_number,
                "ReferencedStudySequence": [{**image, "ReferencedSOPInstanceUID": patient.uid("study")}],
                "StudyInstanceUID": patient.uid("study"),
                "RequestedProcedureDescription": f"MR Head {patient.spoken_name}",
                "ScheduledProcedureStepDescription": "t1",
                "ScheduledProcedureStepID": "SPS-17",
                "ScheduledProtocolCodeSequence": [
                    {
                        **coded("T1", "99CANARY", "T1"),
                        "ProtocolContextSequence": [{"ValueType": "PNAME", "PersonName": patient.name}],
                    }
                ],
                "RequestedProcedureID": "RP-17",
            }
        ],
        "PerformedProtocolCodeSequence": [coded("T1", "99CANARY", "T1")],
        "OriginalAttributesSequence": [
            {
                "AttributeModificationDateTime": f"{patient.visit:%Y%m%d%H%M}",
                "ModifyingSystem": "CAGE99999",
                "ModifiedAttributesSequence": [{"PatientName": patient.name, "PatientID": patient.patient_id}],
            }
        ],
    }


def add_private(dataset: Dataset, patient: Patient) -> None:
    """Add private blocks: two creators in one group, a block in an item, text and bytes that hold a name."""
    csa = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    csa.add_new(0x08, "CS", "IMAGE NUM 4")
    csa.add_new(0x09, "LO", f"{patient.visit:%Y%m%d}")
    csa.add_new(0x10, "OB", csa_header(patient, 2048))
    csa.add_new(0x18, "CS", "MR")
    csa.add_new(0x19, "LO", f"{patient.visit:%Y%m%d}")
    csa.add_new(0x20, "OB", csa_header(patient, 4096))
    medcom = dataset.private_block(0x0029, "SIEMENS MEDCOM HEADER", create=True)
    medcom.add_new(0x08, "CS", "MEDCOM 1")
    medcom.add_new(0x31, "LO", "4.0.701169291")
    application = filled({"PatientName": patient.name})
    nested = application.private_block(0x0029, "SIEMENS MEDCOM HEADER", create=True)
    nested.add_new(0x42, "LO", patient.patient_id)
    medcom.add_new(0x40, "SQ", [application])
    mr = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    mr.add_new(0x0B, "DS", "257.5")
    mr.add_new(0x0C, "IS", "0")
    mr.add_new(0x0E, "FD", [0.0, 0.6, 0.8])
    mr.add_new(0x0F, "SH", "Fast")
    mr.add_new(0x12, "SL", [0, 0, -1290])
    med = dataset.private_block(0x0009, "SIEMENS MED", create=True)
    med.add_new(0x10, "LO", "SPI VERSION 01.00")
    ge = dataset.private_block(0x0009, "GEMS_IDEN_01", create=True)
    ge.add_new(0x02, "SH", "CAGE")
    ge.add_new(0x17, "LT", f"t1 {patient.spoken_name}")
    ge.add_new(0x27, "SL", 1699356125)
    ge.add_new(0xE3, "UI", patient.uid("equipment"))
    unlisted = dataset.private_block(0x0033, "CANARY NOTES 01", create=True)
    unlisted.add_new(0x01, "UN", patient.name.split("=")[0].encode("latin-1"))
    unlisted.add_new(0x02, "UN", bytes(range(8)))


def csa_header(patient: Patient, length: int) -> bytes:
    """Return bytes shaped as a scanner's own header: a signature, binary, and a protocol text that holds the name."""
    text = f'### ASCCONV BEGIN ###\ntProtocolName = "t1"\ntPatientName = "{patient.spoken_name}"\n### ASCCONV END ###'
    return (b"SV10\x04\x03\x02\x01" + bytes(64) + text.encode()).ljust(length, b"\0")
