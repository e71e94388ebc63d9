"""What shows the image beside its pixels: overlays, icons; and messages, which show nothing of it."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from fw_gear_deid.errors import ActionError
from tests.formats.dicom.pixels.images import NATIVE, blanked, copy_of, edit, file_of, image, noise, read, rule

REMOVE = rule(remove=[2, 1, 7, 4])


def with_overlay(dataset, bits, *, group=0x6000, origin=(1, 1), syntax=ExplicitVRLittleEndian):
    """Add an overlay plane; ``bits`` is (frames,) rows, columns."""
    rows, columns = bits.shape[-2:]
    raw = np.packbits(bits.ravel(), bitorder="little").tobytes()
    raw += bytes(len(raw) % 2)
    if syntax == ExplicitVRBigEndian:
        raw = np.frombuffer(raw, "u2").byteswap().tobytes()
    tag = group << 16
    dataset.add_new(tag | 0x10, "US", rows)
    dataset.add_new(tag | 0x11, "US", columns)
    if bits.ndim > 2:
        dataset.add_new(tag | 0x15, "IS", len(bits))
    dataset.add_new(tag | 0x40, "CS", "G")
    if origin:
        dataset.add_new(tag | 0x50, "SS", list(origin))
    dataset.add_new(tag | 0x100, "US", 1)
    dataset.add_new(tag | 0x102, "US", 0)
    dataset.add_new(tag | 0x3000, "OW", raw)
    return dataset


def bits_of(dataset, shape, *, group=0x6000, syntax=ExplicitVRLittleEndian):
    raw = dataset[group << 16 | 0x3000].value
    if syntax == ExplicitVRBigEndian:
        raw = np.frombuffer(raw, "u2").byteswap().tobytes()
    return np.unpackbits(np.frombuffer(raw, "u1"), bitorder="little")[: np.prod(shape)].reshape(shape)


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("frames", [None, 3])
def test_an_overlay_is_blanked_with_the_image(syntax, frames):
    bits = np.ones((frames, 8, 9) if frames else (8, 9), "u1")
    found = blanked(REMOVE, with_overlay(image(noise(8, 9)), bits, syntax=syntax), syntax)
    expected = bits.copy()
    expected[..., 1:4, 2:7] = 0
    assert (bits_of(found, bits.shape, syntax=syntax) == expected).all()


@pytest.mark.parametrize("origin", [(3, 2), (-1, 0), (1, -4), (100, 100), None])
def test_an_overlay_is_blanked_where_it_lies_over_the_image(origin):
    bits = np.ones((8, 11), "u1")
    found = blanked(REMOVE, with_overlay(image(noise(8, 9)), bits, origin=origin))
    top, left = origin or (1, 1)
    expected = bits.copy()
    for row in range(8):
        for column in range(11):
            if 1 <= row + top - 1 < 4 and 2 <= column + left - 1 < 7:
                expected[row, column] = 0
    assert (bits_of(found, bits.shape) == expected).all()


def test_what_of_an_overlay_lies_beside_the_image_goes_when_all_but_a_region_goes():
    bits = np.ones((4, 20), "u1")
    found = blanked(rule(keep=[0, 0, 9, 8]), with_overlay(image(noise(8, 9)), bits))
    expected = bits.copy()
    expected[:, 9:] = 0
    assert (bits_of(found, bits.shape) == expected).all()


def test_every_overlay_is_blanked():
    bits = np.ones((8, 9), "u1")
    dataset = image(noise(8, 9))
    for group in (0x6000, 0x6002, 0x60FE):
        with_overlay(dataset, bits, group=group)
    (note,) = edit(REMOVE, file_of(dataset)).notes
    found = blanked(REMOVE, dataset)
    assert note == "alter_pixels: 1 rule blanked regions of 1 frame, 3 overlays"
    assert all(bits_of(found, bits.shape, group=group).sum() == 72 - 15 for group in (0x6000, 0x6002, 0x60FE))


def test_an_overlay_in_unused_bits_of_the_pixels_is_blanked():
    array = noise(8, 9, top=0x0FFF, dtype=np.uint16) | 0x8000
    dataset = image(array, BitsStored=12, HighBit=11)
    dataset.add_new(0x60000102, "US", 15)
    expected = array.copy()
    expected[1:4, 2:7] = 0
    assert blanked(REMOVE, dataset).PixelData == expected.tobytes()


@pytest.mark.parametrize("change", [(0x60000010, "US", 99), (0x60000011, "US", 0), (0x60000050, "SS", 1)])
def test_an_overlay_that_does_not_say_where_it_is_withholds_the_file(change):
    dataset = with_overlay(image(noise(8, 9)), np.ones((8, 9), "u1"))
    dataset.add_new(*change)
    with pytest.raises(ActionError, match="overlay"):
        copy_of(REMOVE, file_of(dataset))


def test_overlays_of_an_object_without_pixels_are_blanked():
    bits = np.ones((8, 9), "u1")
    found = blanked(REMOVE, with_overlay(image(None), bits))
    assert bits_of(found, bits.shape).sum() == 72 - 15


@pytest.mark.parametrize("syntax", NATIVE)
def test_the_icon_goes_with_the_first_region(syntax):
    dataset = image(noise(8, 9), IconImageSequence=[image(noise(2, 2))])
    assert "IconImageSequence" not in blanked(REMOVE, dataset, syntax)
    assert "IconImageSequence" in blanked(rule("contains Modality CT", remove=[0, 0, 1, 1]), dataset, syntax)
    del dataset.PixelData  # the icon may be all that is left of the picture
    assert "IconImageSequence" not in blanked(REMOVE, dataset, syntax)


def test_nothing_else_of_the_header_changes():
    dataset = image(noise(8, 9), IconImageSequence=[image(noise(2, 2))], BurnedInAnnotation="YES", PixelPaddingValue=3)
    found = blanked(REMOVE, dataset)
    del dataset.IconImageSequence
    assert [element for element in found if element.keyword != "PixelData"] == [
        element for element in dataset if element.keyword != "PixelData"
    ]


BROKEN = {
    "Rows": {"Rows": 0},
    "stored": {"BitsStored": 99},
    "frames": {"NumberOfFrames": "7"},
    "bits": {"BitsAllocated": 12, "BitsStored": 12},
    "samples": {"PhotometricInterpretation": "YBR_FULL_422"},
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_no_message_holds_a_value_of_the_object(change):
    dataset = image(noise(8, 9), PatientComments="CANARY", **change)
    with pytest.raises(ActionError) as caught:
        copy_of(REMOVE, file_of(dataset))
    assert "anary" not in str(caught.value).lower().replace("alter_pixels", "")


def test_a_value_that_cannot_be_read_withholds_the_file():
    dataset = image(noise(8, 9), PregnancyStatus=3)
    file = file_of(dataset).replace(b"\x10\x00\xc0\x21US", b"\x10\x00\xc0\x21UL")
    with pytest.raises(ActionError, match="alter_pixels: PregnancyStatus: a value of UL has a length"):
        copy_of(rule("equals PregnancyStatus 3", remove=[0, 0, 1, 1]), file)
    assert copy_of(rule("missing PregnancyStatus", remove=[0, 0, 1, 1]), file) == file


def test_two_kinds_of_pixels_in_one_object_withhold_it():
    dataset = image(noise(8, 9), FloatPixelData=noise(8, 9).astype("f4").tobytes())
    with pytest.raises(ActionError, match="several kinds"):
        copy_of(REMOVE, file_of(dataset))


def test_regions_are_read_from_the_image_itself():
    dataset = image(noise(8, 9))
    item = image(None)
    item.RegionLocationMinX0, item.RegionLocationMinY0 = 1, 2
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = 5, 6
    dataset.SequenceOfUltrasoundRegions = [item]
    found = blanked({"detect": ["ultrasound-regions"]}, dataset)
    expected = np.zeros((8, 9), "u1")
    expected[2:6, 1:5] = noise(8, 9)[2:6, 1:5]
    assert (np.frombuffer(found.PixelData, "u1")[:72].reshape(8, 9) == expected).all()


def test_a_region_that_is_not_said_withholds_the_file():
    dataset = image(noise(8, 9))
    dataset.SequenceOfUltrasoundRegions = [image(None, RegionLocationMinX0=1)]
    with pytest.raises(ActionError, match="does not say where its region is"):
        copy_of({"detect": ["ultrasound-regions"]}, file_of(dataset))
    assert read(file_of(dataset)).Modality == "US"
