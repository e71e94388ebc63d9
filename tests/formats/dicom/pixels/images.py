"""Images for the tests of ``alter_pixels``, made by pydicom: not by the tables that are tested."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.compiling import compile_profile
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.profile import check_text

if TYPE_CHECKING:
    from fw_gear_deid.formats.base import Content, Edited

NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
UID_OF_IMAGE = "1.2.826.0.1.3680043.2.1143.7.1"


def noise(*shape: int, top: int = 255, dtype: Any = np.uint8, bottom: int = 1) -> np.ndarray:
    """Return an array without a zero in it, so that what is blanked shows."""
    return np.random.default_rng(7).integers(bottom, top, size=shape, endpoint=True).astype(dtype)


def image(array: np.ndarray | None, *, samples: int = 1, frames: int | None = None, **elements: Any) -> Dataset:
    """Return an image; the array is (frames,) rows, columns (, samples)."""
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1"
    dataset.SOPInstanceUID = UID_OF_IMAGE
    dataset.Modality = "US"
    dataset.Manufacturer = "Synthetic Sonics"
    dataset.PatientName = "Canary^Zebra"
    if array is not None:
        shape = array.shape[:-1] if samples > 1 else array.shape
        if len(shape) == 3:
            dataset.NumberOfFrames = shape[0]
        dataset.Rows, dataset.Columns = shape[-2:]
        dataset.SamplesPerPixel = samples
        dataset.PhotometricInterpretation = "RGB" if samples == 3 else "MONOCHROME2"
        if samples > 1:
            dataset.PlanarConfiguration = 0
        dataset.BitsAllocated = dataset.BitsStored = array.dtype.itemsize * 8
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = int(array.dtype.kind == "i")
        raw = array.tobytes()
        dataset.add_new("PixelData", "OB" if array.dtype.itemsize == 1 else "OW", raw + bytes(len(raw) % 2))
    if frames is not None:
        dataset.NumberOfFrames = frames
    for name, value in elements.items():
        setattr(dataset, name, value)
    return dataset


def file_of(dataset: Dataset, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    """Encode a file; native arrays are given in little endian and turned where the syntax asks for it."""
    if syntax == ExplicitVRBigEndian and "PixelData" in dataset and dataset.BitsAllocated > 8:
        width = dataset.BitsAllocated // 8
        turned = np.frombuffer(dataset.PixelData, f"<u{width}").astype(f">u{width}").tobytes()
        dataset = Dataset({**dataset})
        dataset.add_new("PixelData", "OW", turned)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID, meta.ImplementationVersionName = "1.2.3.4", "SYNTH_1"
    dataset.file_meta = meta
    stream = io.BytesIO()
    little, implicit = syntax != ExplicitVRBigEndian, syntax == ImplicitVRLittleEndian
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True, little_endian=little, implicit_vr=implicit)
    return stream.getvalue()


def compressed(dataset: Dataset, frames: list[bytes], syntax: str) -> bytes:
    """Return a file with encoded frames in the place of the pixel data."""
    dataset.add_new("PixelData", "OB", encapsulate(frames))
    dataset["PixelData"].is_undefined_length = True
    return file_of(dataset, UID(syntax))


def rule(when: str = "present Modality", **what: Any) -> dict[str, Any]:
    return {"pixels": [{"when": when, **what}]}


def plan(alter_pixels: dict[str, Any], fields: list[dict[str, Any]] | None = None, **settings: Any) -> Any:
    """Return a compiled ``dicom`` section."""
    section = {"alter_pixels": alter_pixels, "fields": fields or [], **settings}
    profile, problems = check_text(json.dumps({"name": "test", "version": 1, "dicom": section}))
    assert profile is not None, [problem.message for problem in problems]
    return compile_profile(profile).owner("a.dcm", b"")


def edit(alter_pixels: dict[str, Any], content: Content | bytes, **settings: Any) -> Edited:
    if isinstance(content, bytes):
        content = MemoryContent(content)
    return plan(alter_pixels, **settings).apply(content, FileContext("a.dcm"))


def copy_of(alter_pixels: dict[str, Any], content: Content | bytes, **settings: Any) -> bytes:
    return b"".join(bytes(chunk) for chunk in edit(alter_pixels, content, **settings).output.chunks())


def read(data: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(data))


def blanked(alter_pixels: dict[str, Any], dataset: Dataset, syntax: UID = ExplicitVRLittleEndian) -> Dataset:
    """Return the copy of an image."""
    return read(copy_of(alter_pixels, file_of(dataset, syntax)))
