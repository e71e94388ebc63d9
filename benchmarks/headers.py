"""Headers as a scanner writes them: about 150 elements, nested sequences, private blocks. All values are synthetic."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, MRImageStorage

if TYPE_CHECKING:
    from benchmarks.datasets import DataSet

ROOT: Final = "1.2.826.0.1.3680043.10.1234"
SLICE: Final = "900001"
"""Stands for the slice number in the template; every slice has a number of the same width."""
POSITION: Final = "-1234.5000"
"""Stands for the slice position."""
CANARY: Final = b"CANARY"
"""In every name and identifier of the sources; gone from every output."""

_COMMON: Final[dict[str, object]] = {
    "SpecificCharacterSet": "ISO_IR 100",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "NORM"],
    "InstanceCreationDate": "20230417",
    "InstanceCreationTime": "101112.123000",
    "StudyDate": "20230417",
    "SeriesDate": "20230417",
    "AcquisitionDate": "20230417",
    "ContentDate": "20230417",
    "StudyTime": "100102.004000",
    "SeriesTime": "100502.337000",
    "AcquisitionTime": "100612.450000",
    "ContentTime": "101112.123000",
    "AccessionNumber": "CANARY-A-0001",
    "Manufacturer": "SYNTH MEDICAL",
    "InstitutionName": "CANARY HOSPITAL",
    "InstitutionAddress": "1 CANARY STREET, SYNTHTOWN",
    "ReferringPhysicianName": "CANARY^REFERRING",
    "StationName": "CANARYSTATION1",
    "StudyDescription": "SYNTH^STUDY",
    "SeriesDescription": "SYNTH SERIES AX 5MM",
    "InstitutionalDepartmentName": "RADIOLOGY",
    "PerformingPhysicianName": "CANARY^PERFORMING",
    "OperatorsName": "CANARY^OPERATOR",
    "ManufacturerModelName": "SYNTHSCAN 3",
    "PatientName": "CANARY^ALICE",
    "PatientID": "CANARY-0001",
    "PatientBirthDate": "19610203",
    "PatientSex": "F",
    "OtherPatientIDs": "CANARY-OTHER-1",
    "PatientAge": "062Y",
    "PatientSize": "1.68",
    "PatientWeight": "71.5",
    "PatientAddress": "2 CANARY STREET, SYNTHTOWN",
    "PatientTelephoneNumbers": "CANARY-555-0100",
    "PregnancyStatus": 4,
    "PatientComments": "CANARY COMMENT",
    "BodyPartExamined": "HEAD",
    "SliceThickness": "5",
    "DeviceSerialNumber": "CANARY-45312",
    "SoftwareVersions": "synth scan 1.2",
    "ProtocolName": "SYNTH_PROTOCOL",
    "PatientPosition": "HFS",
    "StudyInstanceUID": f"{ROOT}.1.20230417100102004.1",
    "SeriesInstanceUID": f"{ROOT}.1.20230417100502337.2",
    "StudyID": "1",
    "SeriesNumber": "4",
    "AcquisitionNumber": "1",
    "InstanceNumber": SLICE,
    "ImagePositionPatient": ["-119.53125", "-131.25", POSITION],
    "ImageOrientationPatient": ["1", "0", "0", "0", "0.98480775301221", "-0.1736481776669"],
    "FrameOfReferenceUID": f"{ROOT}.1.20230417100102004.9",
    "PositionReferenceIndicator": "",
    "SliceLocation": POSITION,
    "ImageComments": "SYNTH COMMENT",
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "PixelSpacing": ["0.9375", "0.9375"],
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 0,
    "SmallestImagePixelValue": 0,
    "LargestImagePixelValue": 4095,
    "WindowCenter": "600",
    "WindowWidth": "1200",
    "WindowCenterWidthExplanation": "Algo1",
    "RequestingPhysician": "CANARY^REQUESTING",
    "RequestingService": "NEURO",
    "RequestedProcedureDescription": "SYNTH STUDY",
    "CurrentPatientLocation": "WARD 3",
    "PerformedProcedureStepStartDate": "20230417",
    "PerformedProcedureStepStartTime": "100102.004000",
    "PerformedProcedureStepEndDate": "20230417",
    "PerformedProcedureStepEndTime": "103000.000000",
    "PerformedProcedureStepID": "PPS0001",
    "PerformedProcedureStepDescription": "SYNTH^STUDY",
    "RequestedProcedureID": "RP0001",
}

_MR: Final[dict[str, object]] = {
    "Modality": "MR",
    "ScanningSequence": ["GR", "IR"],
    "SequenceVariant": ["SK", "SP", "MP"],
    "ScanOptions": "IR",
    "MRAcquisitionType": "3D",
    "SequenceName": "*tfl3d1_16ns",
    "AngioFlag": "N",
    "RepetitionTime": "2300",
    "EchoTime": "2.98",
    "InversionTime": "900",
    "NumberOfAverages": "1",
    "ImagingFrequency": "123.251815",
    "ImagedNucleus": "1H",
    "EchoNumbers": "1",
    "MagneticFieldStrength": "3",
    "NumberOfPhaseEncodingSteps": "239",
    "EchoTrainLength": "1",
    "PercentSampling": "100",
    "PercentPhaseFieldOfView": "93.75",
    "PixelBandwidth": "240",
    "TransmitCoilName": "Body",
    "AcquisitionMatrix": [0, 256, 240, 0],
    "InPlanePhaseEncodingDirection": "ROW",
    "FlipAngle": "9",
    "VariableFlipAngleFlag": "N",
    "SAR": "0.0357",
    "dBdt": "0",
}

_CT: Final[dict[str, object]] = {
    "Modality": "CT",
    "ScanOptions": "HELICAL MODE",
    "KVP": "120",
    "DataCollectionDiameter": "500",
    "ReconstructionDiameter": "240",
    "DistanceSourceToDetector": "1085.6",
    "DistanceSourceToPatient": "595",
    "GantryDetectorTilt": "0",
    "TableHeight": "152.5",
    "RotationDirection": "CW",
    "ExposureTime": "1000",
    "XRayTubeCurrent": "285",
    "Exposure": "285",
    "FilterType": "BODY FILTER",
    "GeneratorPower": "36",
    "FocalSpots": ["0.9", "0.7"],
    "ConvolutionKernel": "H30s",
    "SingleCollimationWidth": 0.6,
    "TotalCollimationWidth": 38.4,
    "TableSpeed": 46.0,
    "TableFeedPerRotation": 23.0,
    "SpiralPitchFactor": 0.6,
    "CTDIvol": 49.2,
    "RescaleIntercept": "-1024",
    "RescaleSlope": "1",
    "RescaleType": "HU",
}


def _item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    return _item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def _reference(number: int) -> Dataset:
    return _item(ReferencedSOPClassUID=MRImageStorage, ReferencedSOPInstanceUID=f"{ROOT}.1.20230417100302{number:03}.3")


def _add_sequences(header: Dataset) -> None:
    header.ProcedureCodeSequence = [_code("CTHD1", "99SYNTH", "Head")]
    header.ReferencedStudySequence = [_reference(1)]
    header.ReferencedImageSequence = [_reference(number) for number in (2, 3, 4)]
    header.SourceImageSequence = [
        _item(
            ReferencedSOPInstanceUID=f"{ROOT}.1.5.6", PurposeOfReferenceCodeSequence=[_code("121322", "DCM", "Source")]
        )
    ]
    header.OtherPatientIDsSequence = [
        _item(PatientID="CANARY-SECOND-2", IssuerOfPatientID="SYNTH SITE", TypeOfPatientID="TEXT")
    ]
    header.RequestAttributesSequence = [
        _item(
            AccessionNumber="CANARY-A-0001",
            ReferencedStudySequence=[_reference(1)],
            StudyInstanceUID=f"{ROOT}.1.20230417100102004.1",
            ScheduledProcedureStepDescription="SYNTH^STUDY",
            ScheduledProtocolCodeSequence=[_code("CTHD1", "99SYNTH", "Head")],
            ScheduledProcedureStepID="SPS0001",
            RequestedProcedureID="RP0001",
        )
    ]


def _add_private(header: Dataset) -> None:
    image = header.private_block(0x0019, "SYNTH MR HEADER", create=True)
    image.add_new(0x08, "CS", "IMAGE NUM 4")
    image.add_new(0x09, "LO", "CANARY PRIVATE")
    for offset in range(0x0A, 0x12):
        image.add_new(offset, "DS", f"{offset}.25")
    shadow = header.private_block(0x0029, "SYNTH CSA HEADER", create=True)
    shadow.add_new(0x08, "CS", "IMAGE NUM 4")
    shadow.add_new(0x09, "LO", "20230417")
    shadow.add_new(0x10, "OB", bytes(range(256)) * 8)
    shadow.add_new(0x20, "OB", b"CANARY^ALICE\x00\x00\x00\x00" * 128)
    flow = header.private_block(0x0051, "SYNTH MR HEADER", create=True)
    for offset in range(0x08, 0x18):
        flow.add_new(offset, "SH", f"TXT {offset}")


def _add_frames(header: Dataset, data: DataSet) -> None:
    header.NumberOfFrames = data.frames
    header.SharedFunctionalGroupsSequence = [
        _item(
            PixelMeasuresSequence=[_item(SliceThickness="0.6", PixelSpacing=["0.46875", "0.46875"])],
            PlaneOrientationSequence=[_item(ImageOrientationPatient=["1", "0", "0", "0", "1", "0"])],
        )
    ]
    header.PerFrameFunctionalGroupsSequence = [
        _item(
            FrameContentSequence=[
                _item(
                    FrameAcquisitionDateTime="20230417100612.450000",
                    FrameReferenceDateTime="20230417100612.450000",
                    StackID="1",
                    InStackPositionNumber=number + 1,
                    DimensionIndexValues=[1, number + 1],
                )
            ],
            PlanePositionSequence=[_item(ImagePositionPatient=["-119.5", "-131.2", f"{number * 0.6:.1f}"])],
            ReferencedImageSequence=[_reference(number)],
            PixelValueTransformationSequence=[_item(RescaleIntercept="-1024", RescaleSlope="1", RescaleType="HU")],
        )
        for number in range(data.frames)
    ]


def header_template(data: DataSet) -> bytes:
    """Return a DICOM file up to its pixel data, with ``SLICE`` and ``POSITION`` still to be filled in."""
    sop_class = (
        EnhancedCTImageStorage if data.frames > 1 else MRImageStorage if data.modality == "MR" else CTImageStorage
    )
    instance = f"{ROOT}.1.20230417101112123.{SLICE}"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = UID(instance)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    for keyword, value in {**_COMMON, **(_MR if data.modality == "MR" else _CT)}.items():
        setattr(header, keyword, value)
    header.SOPClassUID = sop_class
    header.SOPInstanceUID = instance
    header.Rows = header.Columns = data.side
    _add_sequences(header)
    _add_private(header)
    if data.frames > 1:
        _add_frames(header, data)
    buffer = BytesIO()
    header.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def header_of_slice(template: bytes, number: int) -> bytes:
    """Return the template with the number and position of one slice; no length changes."""
    numbered = template.replace(SLICE.encode(), b"%06d" % (900001 + number))
    return numbered.replace(POSITION.encode(), b"%010.4f" % (number * 5 - 1234.5))
