"""Words in pixels are found where they stand, and become a rule that blanks them."""

from __future__ import annotations

import io
import tempfile

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.dicom.document import DicomFormat
from fw_gear_deid.profile import check_text
from fw_gear_deid.scan.burned_in import Box, merged, pixel_rules, read_text
from tests.programs import needed

pytestmark = needed("tesseract")
NAME = "CANARY ZEBRA"
PLACE = (24, 12)


def picture(text=NAME, rows=240, columns=320, *, bits=8, ink=1.0):
    """Return an image of noise with text in the upper left corner."""
    image = Image.new("L", (columns, rows), 0)
    ImageDraw.Draw(image).text(PLACE, text, fill=255, font=ImageFont.load_default(14))
    noise = np.random.default_rng(1).uniform(0, 0.5, (rows, columns))
    top = (1 << bits) - 1
    return (np.maximum(noise, np.asarray(image) / 255 * ink) * top).astype(np.uint16 if bits > 8 else np.uint8)


def dicom(pixels, *, frames=None, photometric="MONOCHROME2"):
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = "1.2.840.10008.5.1.4.1.1.7", "1.2.3", "US"
    rows, columns = pixels.shape[-2:] if photometric != "RGB" else pixels.shape[:2]
    dataset.Rows, dataset.Columns = rows, columns
    bits = 8 * pixels.dtype.itemsize
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0
    dataset.SamplesPerPixel = 3 if photometric == "RGB" else 1
    if photometric == "RGB":
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric
    if frames:
        dataset.NumberOfFrames = frames
    dataset.PixelData = pixels.tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    file.seek(0)
    return file


def said(reading):
    return {word.text for word in reading.words}


@pytest.mark.parametrize(
    "file",
    [
        dicom(picture()),
        dicom(picture(bits=16)),
        dicom(255 - picture(), photometric="MONOCHROME1"),
        dicom(np.repeat(picture()[..., None], 3, axis=2), photometric="RGB"),
        dicom(np.stack([picture(""), picture(""), picture()]), frames=3),
    ],
    ids=["8 bits", "16 bits", "inverted", "colour", "last of three frames"],
)
def test_a_name_in_the_pixels_is_found_where_it_stands(file):
    reading = read_text(file)
    assert set(NAME.split()) <= said(reading)
    boxes = [word.box for word in reading.words if word.text in NAME.split()]
    left, top = PLACE
    assert min(box.left for box in boxes) in range(left - 3, left + 4)
    assert all(top - 3 <= box.top and box.bottom <= top + 20 for box in boxes)


def test_nothing_of_an_image_is_written_to_a_disk(tmp_path, monkeypatch):
    nowhere = str(tmp_path / "nowhere")
    monkeypatch.setenv("TMPDIR", nowhere)
    monkeypatch.setattr(tempfile, "tempdir", nowhere)
    assert "CANARY" in said(read_text(dicom(picture())))


def test_noise_says_nothing():
    assert not set(NAME.split()) & said(read_text(dicom(picture(""))))


def test_pixels_that_cannot_be_decoded_are_no_silence():
    with pytest.raises(UnreadableError, match="cannot be decoded"):
        read_text(io.BytesIO(dicom(picture()).getvalue()[:-4000]))


def test_the_rule_blanks_what_was_found():
    file = dicom(picture())
    reading = read_text(file)
    rule = pixel_rules({("US", 240, 320): merged(word.box for word in reading.words)})
    text = "dicom:\n" + "".join(f"  {line}\n" for line in rule.splitlines())
    profile, problems = check_text(text)
    assert profile is not None, problems
    plan = DicomFormat().compile(profile.sections["dicom"])
    edited = plan.apply(MemoryContent(file.getvalue()), FileContext("a.dcm"))
    copy = io.BytesIO(b"".join(bytes(chunk) for chunk in edited.output.chunks()))
    assert not set(NAME.split()) & said(read_text(copy))


def test_boxes_that_touch_become_one():
    boxes = (Box(10, 10, 20, 20), Box(26, 10, 40, 20), Box(100, 100, 110, 110), Box(2, 2, 4, 4))
    assert merged(boxes) == (Box(0, 0, 44, 24), Box(96, 96, 114, 114))


def test_a_rule_ends_at_the_image():
    rule = pixel_rules({("US", 50, 60): (Box(40, 30, 64, 54),)})
    assert "when: equals Modality US + equals Rows 50 + equals Columns 60" in rule
    assert "- [40, 30, 60, 50]" in rule
