"""Images of every kind, with what is planted into each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydicom import uid
from pydicom.dataset import Dataset

from benchmarks.privacy import descriptors, plants
from benchmarks.privacy.drawing import burned_in, icon
from benchmarks.privacy.key import Action
from benchmarks.privacy.objects import Object, image
from benchmarks.privacy.persons import NATIVE, Person
from benchmarks.privacy.plants import Plant, gone, harmless, mixed, shifted, stays
from benchmarks.privacy.plants import uid as uid_plant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


BOX: Final = (0, 0, 160, 24)
"""Where text is burned in; the benchmark's profile blanks it for ultrasound and secondary captures."""


def images(person: Person) -> Iterator[Object]:
    """Yield all images of one visit."""
    yield from _mr(person)
    yield _ct(person)
    yield _pt(person)
    yield _us(person)
    yield _sc(person)
    yield _dx(person)
    yield _enhanced(person)
    yield from _charsets(person)


def _mr(person: Person) -> Iterator[Object]:
    for instance in (1, 2):
        made = Object(person, f"IM{instance:04}.dcm", uid.MRImageStorage, "MR", 1, instance)
        made.plant(plants.PROTOCOL + plants.MR + plants.DEVICE_ROWS + plants.NESTED_ROWS + plants.PRIVATE_ROWS)
        yield image(made)
    for number, comments in enumerate(plants.COMMENTS):
        made = Object(person, f"comment{number}.dcm", uid.MRImageStorage, "MR", 2 + number)
        made.syntax = uid.ImplicitVRLittleEndian
        made.plant(plants.MR + plants.DEVICE_ROWS + plants.PRIVATE_ROWS + comments)
        yield image(made)
    for instance, variant in enumerate(plants.VARIANTS, 1):
        made = Object(person, f"variant{instance}.dcm", uid.MRImageStorage, "MR", 4, instance)
        made.plant((*plants.PROTOCOL[:3], variant))
        yield image(made)
    yield _surrounded(person)
    yield from _worded(person)


def _worded(person: Person) -> Iterator[Object]:
    count = 7  # every text that tells a person comes up for each patient
    for instance in range(1, count + 1):
        made = Object(person, f"worded{instance}.dcm", uid.MRImageStorage, "MR", 21, instance)
        made.plant(descriptors.described(person.number * count + instance))
        yield image(made)
        made = Object(person, f"told{instance}.dcm", uid.MRImageStorage, "MR", 22, instance)
        made.syntax = uid.ExplicitVRBigEndian if instance == 1 else uid.ImplicitVRLittleEndian
        made.plant(descriptors.told(instance))
        yield image(made)


def _surrounded(person: Person) -> Object:
    made = Object(person, "surrounded.dcm", uid.MRImageStorage, "MR", 5)
    made.plant(plants.PROTOCOL + plants.MR)
    told = f"{person.words['plain_family']} {person.patient_id}".encode()
    made.preamble = told
    made.meta = {
        "SourceApplicationEntityTitle": person.words["plain_family"].upper()[:16],
        "SendingApplicationEntityTitle": person.patient_id,
        "PrivateInformationCreatorUID": "1.2.3.4.5.6",
        "PrivateInformation": told + b" " * (len(told) % 2),
    }
    made.dataset.add_new(0xFFFCFFFC, "OB", told + b" " * (len(told) % 2))
    made.trailing = b"\0\0" + told
    for value in (person.words["plain_family"], person.patient_id):
        made.ask(plants.META, "whole file", Action.BYTES_REMOVED, value)
    return image(made)


def _ct(person: Person) -> Object:
    made = Object(person, "misplaced.dcm", uid.CTImageStorage, "CT", 6)
    made.syntax = uid.DeflatedExplicitVRLittleEndian
    made.plant(plants.MISPLACED_ROWS)
    return image(made)


def _pt(person: Person) -> Object:
    made = Object(person, "pet.dcm", uid.PositronEmissionTomographyImageStorage, "PT", 7)
    drug = "RadiopharmaceuticalInformationSequence.0."
    made.plant(
        (
            harmless("StudyDescription", "PET CT Whole Body FDG"),
            harmless("SeriesDescription", "AC WB PET 2.5mm"),
            stays("Units", "BQML"),
            stays("DecayCorrection", "START"),
            stays(drug + "Radiopharmaceutical", "Fluorodeoxyglucose"),
            stays(drug + "RadionuclideHalfLife", "6586.2"),
            shifted(drug + "RadiopharmaceuticalStartDateTime", "{day}{time}"),
            stays("7053:Philips PET Private Group:00:DS", "0.000587", plants.SAFE_PRIVATE, plants.SAFE),
            stays("7053:Philips PET Private Group:09:DS", "1.25", plants.SAFE_PRIVATE, plants.SAFE),
        )
    )
    return image(made)


def _us(person: Person) -> Object:
    made = Object(person, "ultrasound.dcm", uid.UltrasoundImageStorage, "US", 8)
    made.plant((harmless("StudyDescription", "US Abdomen complete"), harmless("SeriesDescription", "Liver sag")))
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, BOX[3]
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 159, 95
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.05
    made.dataset.SequenceOfUltrasoundRegions = [region]
    return burned(made)


def _sc(person: Person) -> Object:
    made = Object(person, "capture.dcm", uid.SecondaryCaptureImageStorage, "OT", 9)
    made.plant(
        (
            stays("ConversionType", "WSD"),
            shifted("DateOfSecondaryCapture", "{day}"),
            stays("SecondaryCaptureDeviceID", "CAPTURE-7", plants.DEVICES, plants.DEVICE),
        )
    )
    return burned(made)


def burned(made: Object) -> Object:
    """Draw a text into the pixels of an object."""
    made.dataset.BurnedInAnnotation = "YES"
    made.dataset.ImageType = ["DERIVED", "SECONDARY"]
    burned_in(made.dataset, made.person.say("{plain_family} {patient_id}"), BOX)
    box = ",".join(map(str, BOX))
    made.ask(plants.PIXELS, "PixelData", Action.PIXELS_HIDDEN, box)
    made.ask(plants.PIXELS, "PixelData", Action.PIXELS_RETAINED, box)
    return made


def _dx(person: Person) -> Object:
    made = Object(person, "radiograph.dcm", uid.DigitalXRayImageStorageForPresentation, "DX", 10)
    made.plant(
        (
            harmless("StudyDescription", "XR CHEST PA AND LATERAL"),
            stays("ViewPosition", "PA"),
            stays("PlateID", "PLATE-12", plants.DEVICES, plants.DEVICE),
            stays("CassetteID", "CASS-3", plants.DEVICES, plants.DEVICE),
            gone("60004000", "overlay of {spoken}", "{family}", place=plants.OVERLAY),
            gone("60020022", "ROI {patient_id}", "{patient_id}", place=plants.OVERLAY),
        )
    )
    data = made.dataset
    for group in (0x6000, 0x6002):
        for element, vr, value in ((0x10, "US", 8), (0x11, "US", 16), (0x40, "CS", "G"), (0x50, "SS", [1, 1])):
            data.add_new(group << 16 | element, vr, value)
        data.add_new(group << 16 | 0x0100, "US", 1)
        data.add_new(group << 16 | 0x0102, "US", 0)
        data.add_new(group << 16 | 0x3000, "OW", b"\x55" * 16)
        made.ask(plants.OVERLAY, f"{group:04X}3000", Action.TAG_REMOVED, "")
    data.add_new(0x50000005, "US", 1)
    data.add_new(0x50000040, "LO", person.say("{family}"))
    data.add_new(0x50003000, "OW", b"\1\2" * 8)
    made.ask(plants.OVERLAY, "50003000", Action.TAG_REMOVED, "")
    made.ask(plants.OVERLAY, "50000040", Action.TAG_REMOVED, "")
    data.IconImageSequence = [icon()]
    made.ask(plants.OVERLAY, "IconImageSequence", Action.TAG_REMOVED, "")
    return image(made)


def _enhanced(person: Person) -> Object:
    made = Object(person, "enhanced.dcm", uid.EnhancedMRImageStorage, "MR", 11)
    frames = []
    for frame in range(3):
        one = f"PerFrameFunctionalGroupsSequence.{frame}."
        content = one + "FrameContentSequence.0."
        frames += [
            shifted(content + "FrameAcquisitionDateTime", "{day}{time}"),
            shifted(content + "FrameReferenceDateTime", "{day}{time}"),
            mixed(content + "FrameComments", "{spoken} moved, frame ok", ("{family}",), ("frame ok",), plants.NESTED),
            stays(one + "MRDiffusionSequence.0.DiffusionBValue", "1000.0"),
            gone(one + "0033:CANARY NOTES 01:01:LO", "{pn}", "{family}", place=plants.PRIVATE),
        ]
    shared = "SharedFunctionalGroupsSequence.0."
    made.plant(
        (
            *plants.PROTOCOL,
            *plants.DEVICE_ROWS,
            *frames,
            stays(shared + "MRTimingAndRelatedParametersSequence.0.RepetitionTime", "2300.0"),
            gone(shared + "ReferencedImageSequence.0.ReferencedSOPInstanceUID", "{first_image}", place=plants.UIDS),
            uid_plant("SynchronizationFrameOfReferenceUID", "{patient_uid}"),
        )
    )
    return image(made, frames=3)


def sequence_in_archive(person: Person, series: int, count: int) -> Iterator[Object]:
    """Yield the slices of a diffusion series."""
    for instance in range(1, count + 1):
        made = Object(person, f"{instance}.dcm", uid.MRImageStorage, "MR", series, instance)
        made.plant((*plants.PROTOCOL, *plants.MR, *plants.DEVICE_ROWS, *plants.PRIVATE_ROWS))
        made.plant((harmless("SeriesDescription", "ep2d_diff_mddw_64_p2_b1000"), stays("DiffusionBValue", "1000.0")))
        yield image(made)


def _charsets(person: Person) -> Iterator[Object]:
    for instance, (name, (charset, template, part)) in enumerate(NATIVE.items(), 1):
        made = Object(person, f"charset{instance}.dcm", uid.MRImageStorage, "MR", 17, instance)
        made.dataset.SpecificCharacterSet = charset.split("\\")
        plain = {
            word: template.replace("{family}", "{plain_family}").replace("{given}", "{plain_given}")
            for word, template in (("pn", template), ("part", part))
        }
        latin = name in {"Latin-1", "UTF-8"}
        text, gone_part = (template, part) if latin else (plain["pn"], plain["part"])
        family = "{family}" if latin else "{plain_family}"
        made.plant(_plain(plants.COMMON) if not latin else ())
        made.plant(
            (
                Plant(plants.CHARSET, "PatientName", text, (family, gone_part), deeds=(Action.TAG_RETAINED,)),
                mixed("ImageComments", f"{gone_part} axial flair", (gone_part,), ("axial flair",), plants.CHARSET),
                harmless("SeriesDescription", "ep2d_diff_b1000"),
            )
        )
        yield image(made)


def _plain(table: Iterable[Plant]) -> list[Plant]:
    """Return what names the patient, without accents, which East Asian character sets lack."""
    return [
        Plant(
            plant.place,
            plant.path,
            plant.text.replace("{pn}", "{plain_family}^{plain_given}").replace("{family}", "{plain_family}"),
            tuple(
                part.replace("{family}", "{plain_family}").replace("{given}", "{plain_given}") for part in plant.gone
            ),
            plant.stays,
            plant.deeds,
            plant.needs,
        )
        for plant in table
    ]
