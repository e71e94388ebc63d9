"""Image objects and whole series, in any transfer syntax."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from itertools import repeat
from random import Random
from typing import TYPE_CHECKING, BinaryIO, Final

from pydicom import uid
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite

from tests.synthetic import header
from tests.synthetic.patient import ALICE, Patient

if TYPE_CHECKING:
    from collections.abc import Iterator

SOP_CLASSES: Final = {"MR": uid.MRImageStorage, "CT": uid.CTImageStorage}
PIXEL_BYTES: Final = 2
NOISE: Final = bytes(value & 0x3F for value in range(256))


@dataclass(frozen=True, slots=True)
class Series:
    """The shape of an image series.

    Attributes:
        slices: number of objects.
        header: ``plain`` for two dozen elements, ``full`` for 150 with nested sequences and private blocks.
        transfer_syntax: how the objects are encoded; in a compressed one the pixel data is a made-up fragment.
    """

    slices: int = 3
    rows: int = 16
    columns: int = 16
    header: str = "plain"
    transfer_syntax: uid.UID = uid.ExplicitVRLittleEndian
    modality: str = "MR"
    number: int = 1
    description: str = "t1_mprage_sag"


def image_series(patient: Patient = ALICE, series: Series = Series()) -> Iterator[tuple[str, bytes]]:
    """Yield a file name and the encoded object for each slice."""
    for index in range(series.slices):
        dataset = image(patient, series, index)
        yield f"{series.modality}.{dataset.SOPInstanceUID}.dcm", encoded(dataset, series.transfer_syntax)


def mr_series(patient: Patient = ALICE, slices: int = 3, rows: int = 16, columns: int = 16) -> list[tuple[str, bytes]]:
    """Return file names and encoded objects of an MR series with a full header."""
    return list(image_series(patient, Series(slices=slices, rows=rows, columns=columns, header="full")))


def image(patient: Patient = ALICE, series: Series = Series(), index: int = 0) -> Dataset:
    """Return one slice as a data set, not yet encoded."""
    elements = header.plain(patient)
    if series.header == "full":
        elements |= header.full(patient)
    dataset = header.filled(elements | geometry(patient, series, index))
    if series.header == "full":
        header.add_private(dataset, patient)
    dataset.add_new("PixelData", "OW", pixels(series.rows * series.columns, seed=index))
    return dataset


def geometry(patient: Patient, series: Series, index: int) -> header.Elements:
    """Return the elements that describe one slice and its pixels."""
    return {
        "SOPClassUID": SOP_CLASSES[series.modality],
        "SOPInstanceUID": patient.uid("series", series.number, "image", index),
        "SeriesInstanceUID": patient.uid("series", series.number),
        "Modality": series.modality,
        "SeriesDescription": series.description,
        "SeriesNumber": str(series.number),
        "InstanceNumber": str(index + 1),
        "ImagePositionPatient": ["-120.0", "-128.0", f"{index * 1.5 - 90:.1f}"],
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
        "SliceLocation": f"{index * 1.5 - 90:.1f}",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": series.rows,
        "Columns": series.columns,
        "PixelSpacing": ["1.0", "1.0"],
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
    }


def pixels(count: int, seed: int = 0) -> bytes:
    """Return ``count`` little-endian 16-bit pixels: a slope with noise, which deflates about as an image does."""
    noise = Random(seed).randbytes(count).translate(NOISE)  # noqa: S311  # no secret, only the same noise each time
    slope = bytes((value * 4 // count) & 0x0F for value in range(count))
    interleaved = bytearray(PIXEL_BYTES * count)
    interleaved[0::2] = noise
    interleaved[1::2] = slope
    return bytes(interleaved)


def encoded(dataset: Dataset, transfer_syntax: uid.UID = uid.ExplicitVRLittleEndian) -> bytes:
    """Return a data set as a DICOM file with preamble and file meta."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax
    meta.ImplementationClassUID = uid.UID("1.2.3.4.5")
    meta.ImplementationVersionName = "SYNTHETIC"
    meta.SourceApplicationEntityTitle = "CAGE99999"
    copy = FileDataset("", Dataset(), file_meta=meta, preamble=b"\0" * 128)
    copy.update(dataset)
    if transfer_syntax.is_compressed and not transfer_syntax.is_deflated and "PixelData" in copy:
        copy.add_new("PixelData", "OB", encapsulate([bytes(dataset.PixelData)[:62]]))
        copy["PixelData"].is_undefined_length = True
    elif not transfer_syntax.is_little_endian and "PixelData" in copy:
        swapped = bytearray(dataset.PixelData)
        swapped[0::2], swapped[1::2] = swapped[1::2], swapped[0::2]
        copy.add_new("PixelData", "OW", bytes(swapped))
    buffer = BytesIO()
    dcmwrite(buffer, copy, enforce_file_format=True)
    return buffer.getvalue()


def write_multiframe(file: BinaryIO, frames: int, series: Series, patient: Patient = ALICE) -> None:
    """Write one explicit little endian object of many frames, frame by frame, so that it need not fit in memory."""
    dataset = image(patient, series)
    dataset.NumberOfFrames = frames
    del dataset.PixelData
    file.write(encoded(dataset))
    frame = pixels(series.rows * series.columns)
    file.write(b"\xe0\x7f\x10\x00OW\0\0" + (len(frame) * frames).to_bytes(4, "little"))
    file.writelines(repeat(frame, frames))
