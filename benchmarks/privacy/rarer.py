"""Objects of rarer kinds: plans, waveforms, key notes, spectra, functional groups, private headers of vendors."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pydicom import uid

from benchmarks.privacy import plants
from benchmarks.privacy.documents import code
from benchmarks.privacy.key import Action
from benchmarks.privacy.objects import Object, image
from benchmarks.privacy.plants import gone, harmless, mixed, shifted, stays
from benchmarks.privacy.plants import uid as uid_plant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.privacy.persons import Person


def rarer(person: Person) -> Iterator[Object]:
    """Yield one object of each kind."""
    yield _plan(person)
    yield _waveform(person)
    yield _key_note(person)
    yield _spectrum(person)
    yield _groups(person)
    yield _labels(person)
    yield _vendors(person)


def _plan(person: Person) -> Object:
    made = Object(person, "plan.dcm", uid.RTPlanStorage, "RTPLAN", 24)
    beam, setup, dose = "BeamSequence.0.", "PatientSetupSequence.0.", "DoseReferenceSequence.0."
    made.plant(
        (
            mixed("RTPlanLabel", "{family} lung", ("{family}",), ("lung",)),
            mixed("RTPlanName", "VMAT {joined}", ("{family}",), ("VMAT",)),
            mixed("RTPlanDescription", "boost for {spoken}, 2 arcs", ("{family}",), ("2 arcs",)),
            harmless("PrescriptionDescription", "60Gy in 30 fx"),
            shifted("RTPlanDate", "{day}"),
            stays("RTPlanGeometry", "PATIENT"),
            stays(beam + "BeamNumber", "1"),
            stays(beam + "RadiationType", "PHOTON"),
            mixed(beam + "BeamName", "ARC1 {plain_family}", ("{plain_family}",), ("ARC1",), plants.NESTED),
            mixed(beam + "BeamDescription", "checked by {friend}", ("{friend_family}",), ("checked",), plants.NESTED),
            gone(beam + "TreatmentMachineName", "LINAC {patient_id}", "{patient_id}", place=plants.NESTED),
            mixed(
                setup + "SetupTechniqueDescription",
                "mask of {spoken}, arms down",
                ("{family}",),
                ("arms down",),
                plants.NESTED,
            ),
            mixed(dose + "DoseReferenceDescription", "PTV {family}", ("{family}",), ("PTV",), plants.NESTED),
            gone("OperatorsName", "{operator}", "{operator_family}"),
        )
    )
    return made


def _waveform(person: Person) -> Object:
    made = Object(person, "ecg.dcm", uid.TwelveLeadECGWaveformStorage, "ECG", 25)
    wave, note = "WaveformSequence.0.", "WaveformAnnotationSequence."
    made.plant(
        (
            mixed(wave + "MultiplexGroupLabel", "RHYTHM {family}", ("{family}",), ("RHYTHM",), plants.NESTED),
            mixed(
                wave + "ChannelDefinitionSequence.0.ChannelLabel",
                "Lead I {plain_family}",
                ("{plain_family}",),
                ("Lead I",),
                plants.NESTED,
            ),
            stays(wave + "SamplingFrequency", "500"),
            gone(note + "0.UnformattedTextValue", "ECG of {spoken}", "{family}", place=plants.GRAPHIC),
            gone(note + "1.UnformattedTextValue", "PID {patient_id}", "{patient_id}", place=plants.GRAPHIC),
            shifted("AcquisitionDateTime", "{day}{time}"),
        )
    )
    group = made.dataset.WaveformSequence[0]
    group.WaveformOriginality, group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = "ORIGINAL", 1, 8
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.add_new("WaveformData", "OW", bytes(range(16)))
    made.ask(plants.TECHNICAL, "WaveformSequence.0.WaveformData", Action.TEXT_RETAINED, bytes(range(16)).decode())
    return made


def _key_note(person: Person) -> Object:
    made = Object(person, "key_note.dcm", uid.KeyObjectSelectionDocumentStorage, "KO", 26)
    content = "ContentSequence."
    made.plant(
        (
            gone(content + "0.TextValue", "For {physician_family}: see {spoken}", "{family}", "{physician_family}",
                 place=plants.CONTENT),
            gone(content + "1.PersonName", "{physician}", "{physician_family}", place=plants.CONTENT),
            uid_plant(content + "2.ReferencedSOPSequence.0.ReferencedSOPInstanceUID", "{first_image}"),
        )
    )  # fmt: skip
    kinds = (("TEXT", "CONTAINS"), ("PNAME", "HAS OBS CONTEXT"), ("IMAGE", "CONTAINS"))
    for item, (kind, relation) in zip(made.dataset.ContentSequence, kinds, strict=True):
        item.ValueType, item.RelationshipType = kind, relation
        item.ConceptNameCodeSequence = [code("113012", "DCM", "Key Object Description")]
    made.dataset.ValueType, made.dataset.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.dataset.ConceptNameCodeSequence = [code("113000", "DCM", "Of Interest")]
    return made


def _spectrum(person: Person) -> Object:
    made = Object(person, "spectrum.dcm", uid.MRSpectroscopyStorage, "MR", 27)
    made.plant(
        (
            harmless("SeriesDescription", "svs_se_30_PCC"),
            mixed("ImageComments", "shim ok, voxel of {spoken}", ("{family}",), ("shim ok",)),
            shifted("AcquisitionDateTime", "{day}{time}"),
            stays("VolumeLocalizationTechnique", "PRESS"),
            gone("0021:CANARY SPECTRA:01:LT", "{pn} {patient_id}", "{family}", "{patient_id}", place=plants.PRIVATE),
        )
    )
    data = struct.pack("<16f", *(float(value) for value in range(16)))
    made.dataset.Rows = made.dataset.Columns = made.dataset.NumberOfFrames = 1
    made.dataset.DataPointRows, made.dataset.DataPointColumns = 1, 8
    made.dataset.DataRepresentation, made.dataset.SignalDomainColumns = "COMPLEX", "TIME"
    made.dataset.add_new("SpectroscopyData", "OF", data)
    made.ask(plants.TECHNICAL, "SpectroscopyData", Action.TEXT_RETAINED, data.decode("latin-1"))
    return made


def _groups(person: Person) -> Object:
    made = Object(person, "groups.dcm", uid.EnhancedCTImageStorage, "CT", 28)
    rows = []
    for frame in range(2):
        content = f"PerFrameFunctionalGroupsSequence.{frame}.FrameContentSequence.0."
        rows += [
            mixed(content + "FrameLabel", "{family} phase 2", ("{family}",), ("phase 2",), plants.NESTED),
            stays(content + "StackID", "1"),
            shifted(content + "FrameAcquisitionDateTime", "{day}{time}"),
        ]
    shared = "SharedFunctionalGroupsSequence.0."
    made.plant(
        (
            *rows,
            mixed(
                "DimensionIndexSequence.0.DimensionDescriptionLabel",
                "Time of {spoken}",
                ("{family}",),
                ("Time",),
                plants.NESTED,
            ),
            mixed("AcquisitionProtocolDescription", "angio, {family}", ("{family}",), ("angio",)),
            gone(
                shared + "IrradiationEventIdentificationSequence.0.IrradiationEventUID",
                "{patient_uid}",
                place=plants.UIDS,
            ),
            stays(shared + "CTPositionSequence.0.TableHeight", "100.0"),
        )
    )
    return image(made, frames=2)


def _labels(person: Person) -> Object:
    made = Object(person, "labels.dcm", uid.SegmentationStorage, "SEG", 29)
    made.plant(
        (
            mixed("ContentLabel", "LIVER {plain_family}", ("{plain_family}",), ("LIVER",)),
            mixed("ContentDescription", "by {friend}, liver", ("{friend_family}",), ("liver",)),
            mixed("SegmentSequence.0.SegmentLabel", "Liver {family}", ("{family}",), ("Liver",), plants.NESTED),
            mixed(
                "SegmentSequence.0.SegmentAlgorithmName",
                "net2 {patient_id}",
                ("{patient_id}",),
                ("net2",),
                plants.NESTED,
            ),
            gone("SegmentSequence.0.TrackingID", "{plain_family}-1", "{plain_family}", place=plants.NESTED),
            uid_plant("SegmentSequence.0.TrackingUID", "{patient_uid}"),
        )
    )
    return image(made)


def _vendors(person: Person) -> Object:
    made = Object(person, "vendors.dcm", uid.MRImageStorage, "MR", 30)
    made.plant(
        (
            *plants.MR,
            gone("0009:GEMS_IDEN_01:20:LO", "{spoken}", "{family}", place=plants.PRIVATE),
            gone("0025:GEMS_SERS_01:1B:OB", "{plain_family} {patient_id}", "{plain_family}", place=plants.PRIVATE),
            gone("2005:Philips MR Imaging DD 005:05:LO", "{pn}", "{family}", place=plants.PRIVATE),
            gone("2001:Philips Imaging DD 001:C8:LO", "exam of {family}", "{family}", place=plants.PRIVATE),
            gone("7005:TOSHIBA_MEC_MR3:19:LO", "{patient_id}", place=plants.PRIVATE),
            gone("0051:SIEMENS MR HEADER:0F:LO", "coil of {family}", "{family}", place=plants.PRIVATE),
        )
    )
    block = made.dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    for element, names in ((0x10, ("PatientName", "tPatientID")), (0x20, ("UsedPatientWeight", "MrProtocol"))):
        told = (person.words["plain_family"], person.patient_id)
        block.add_new(element, "OB", _csa(dict(zip(names, told, strict=True))))
        for value in told:
            made.ask(plants.PRIVATE, "whole file", Action.BYTES_REMOVED, value)
    return image(made)


def _csa(values: dict[str, str]) -> bytes:
    """Return a header in the manner of Siemens (SV10): a name, and items of text, for each entry."""
    entries = []
    for name, value in values.items():
        text = value.encode().ljust(-(-len(value) // 4) * 4, b"\0")
        entry = struct.pack("<64si4siii", name.encode(), 1, b"UN\0\0", 0, 1, 0xCD)
        entries.append(entry + struct.pack("<4i", len(value), len(value), 0x4D, len(value)) + text)
    return b"SV10\4\3\2\1" + struct.pack("<II", len(entries), 77) + b"".join(entries)
