"""Uncompressed images: the named region is black in every frame, and no other byte of the object has changed."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian

from fw_gear_deid.errors import ActionError, TooLargeError
from tests.formats.dicom.pixels.images import NATIVE, blanked, copy_of, edit, file_of, image, noise, read, rule
from tests.formats.dicom.running import Streamed
from tests.formats.dicom.test_streaming import Huge

REMOVE = rule(remove=[2, 1, 7, 4])


def cut(array, fill=0):
    """Blank columns 2 to 6 of rows 1 to 3 in an array of (frames,) rows, columns (, samples)."""
    expected = array.copy()
    rows = (slice(None),) * (array.ndim - 2 - (array.shape[-1] == 3)) + (slice(1, 4), slice(2, 7))
    expected[rows] = fill
    return expected


@pytest.mark.parametrize("syntax", [*NATIVE, DeflatedExplicitVRLittleEndian])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "u4", "i1"])
@pytest.mark.parametrize("frames", [(), (3,)])
def test_a_grey_region_is_black_in_every_frame(syntax, dtype, frames):
    array = noise(*frames, 6, 9, top=100, dtype=np.dtype(dtype))
    found = blanked(REMOVE, image(array), syntax)
    assert (found.pixel_array == cut(array)).all()
    assert found.file_meta.TransferSyntaxUID == syntax


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("frames", [(), (2,)])
@pytest.mark.parametrize("planar", [0, 1])
def test_a_colour_region_is_black_in_both_planar_configurations(syntax, frames, planar):
    array = noise(*frames, 6, 9, 3)
    stored = np.moveaxis(array, -1, -3) if planar else array
    dataset = image(array, samples=3, PlanarConfiguration=planar)
    dataset.PixelData = stored.tobytes() + bytes(stored.size % 2)
    found = blanked(REMOVE, dataset, syntax)
    assert (found.pixel_array == cut(array)).all()


def test_a_region_of_ybr_has_no_colour_left():
    array = noise(6, 9, 3)
    found = blanked(REMOVE, image(array, samples=3, PhotometricInterpretation="YBR_FULL"))
    stored = np.frombuffer(found.PixelData, "u1")[: array.size].reshape(array.shape)
    assert (stored == cut(array, (0, 128, 128))).all()


def test_pixels_that_share_their_colour_are_blanked_in_pairs():
    array = noise(6, 5, 4)  # two luminances, Cb and Cr for each pair of a row of ten
    dataset = image(np.zeros((6, 10, 3), "u1"), samples=3, PhotometricInterpretation="YBR_FULL_422")
    dataset.PixelData = array.tobytes()
    found = blanked(rule(remove=[3, 1, 6, 4]), dataset)
    expected = array.copy()
    expected[1:4, 1:3] = (0, 0, 128, 128)
    assert found.PixelData == expected.tobytes()


def test_pixels_said_to_share_colours_that_do_not_are_found_by_their_length():
    array = noise(6, 10, 3)
    found = blanked(REMOVE, image(array, samples=3, PhotometricInterpretation="YBR_FULL_422"))
    assert found.PixelData == cut(array, (0, 128, 128)).tobytes()


def test_a_palette_region_takes_the_first_colour():
    table = bytes(range(6))
    palette = {
        f"{colour}PaletteColorLookupTable{what}": value
        for colour in ("Red", "Green", "Blue")
        for what, value in (("Descriptor", [3, 0, 16]), ("Data", table))
    }
    array = noise(6, 9, top=2)
    found = blanked(REMOVE, image(array, PhotometricInterpretation="PALETTE COLOR", **palette))
    assert (found.pixel_array == cut(array)).all()


@pytest.mark.parametrize(("name", "dtype"), [("FloatPixelData", "f4"), ("DoubleFloatPixelData", "f8")])
def test_float_pixels_are_blanked(name, dtype):
    array = noise(6, 9).astype(dtype)
    dataset = image(array)
    del dataset.PixelData
    setattr(dataset, name, array.tobytes())
    assert getattr(blanked(REMOVE, dataset), name) == cut(array).tobytes()


@pytest.mark.parametrize("syntax", NATIVE)
@given(st.tuples(st.integers(0, 9), st.integers(0, 6), st.integers(1, 9), st.integers(1, 9)), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_single_bits_are_blanked_wherever_a_byte_ends(syntax, region, frames):
    left, top, width, height = region
    array = noise(frames, 7, 10, top=1)
    dataset = image(array, BitsAllocated=1, BitsStored=1, HighBit=0)
    raw = np.packbits(array.ravel(), bitorder="little").tobytes()
    raw += bytes(len(raw) % 2)
    words = np.frombuffer(raw, "u2").byteswap().tobytes()
    dataset.add_new("PixelData", "OW", words if syntax == ExplicitVRBigEndian else raw)
    found = copy_of(rule(remove=[left, top, left + width, top + height]), file_of(dataset, syntax))
    value = read(found).PixelData
    value = np.frombuffer(value, "u2").byteswap().tobytes() if syntax == ExplicitVRBigEndian else value
    bits = np.unpackbits(np.frombuffer(value, "u1"), bitorder="little")[: array.size].reshape(array.shape)
    expected = array.copy()
    expected[:, top : top + height, left : left + width] = 0
    assert (bits == expected).all()


def test_bytes_in_big_endian_words_are_blanked_where_their_pixels_are():
    array = noise(6, 10)
    dataset = image(array)
    dataset.add_new("PixelData", "OW", np.frombuffer(array.tobytes(), "u2").byteswap().tobytes())
    value = read(copy_of(REMOVE, file_of(dataset, ExplicitVRBigEndian))).PixelData
    assert np.frombuffer(value, "u2").byteswap().tobytes() == cut(array).tobytes()


@pytest.mark.parametrize("syntax", NATIVE)
def test_no_byte_outside_the_region_changes(syntax):
    array = noise(6, 9, 3)
    file = file_of(image(array, samples=3), syntax)
    copy = copy_of(REMOVE, file)
    place = file.index(array.tobytes())
    assert copy == file[:place] + cut(array).tobytes() + file[place + array.size :]


def test_an_image_that_no_condition_finds_keeps_its_bytes():
    file = file_of(image(noise(6, 9)))
    found = edit(rule("contains Modality CT", remove=[0, 0, 9, 9]), file)
    assert b"".join(bytes(chunk) for chunk in found.output.chunks()) == file
    assert found.notes == ()


def test_what_was_done_is_noted():
    (note,) = edit(REMOVE, file_of(image(noise(3, 6, 9)))).notes
    assert note == "alter_pixels: 1 rule blanked regions of 3 frames"


def test_keep_blanks_all_but_its_regions():
    array = noise(2, 8, 9)
    found = blanked(rule(keep=[[1, 1, 3, 3], [5, 2, 99, 4]]), image(array))
    expected = np.zeros_like(array)
    expected[:, 1:3, 1:3] = array[:, 1:3, 1:3]
    expected[:, 2:4, 5:] = array[:, 2:4, 5:]
    assert (found.pixel_array == expected).all()


def test_rules_that_hold_add_up():
    array = noise(8, 9)
    pixels = {
        "pixels": [
            {"when": "present Modality", "remove": [[0, 0, 2, 2], [7, 7, 9, 8]]},
            {"when": "present Modality", "keep": [0, 0, 9, 5]},
            {"when": "missing Modality", "remove": [0, 0, 9, 8]},
        ]
    }
    expected = array.copy()
    expected[0:2, 0:2] = 0
    expected[5:] = 0
    assert (blanked(pixels, image(array)).pixel_array == expected).all()


def test_frames_that_the_header_does_not_tell_are_blanked_too():
    array = noise(4, 6, 10)
    found = blanked(REMOVE, image(array, frames=1))
    assert found.PixelData == cut(array).tobytes()


def test_zeros_after_the_last_frame_stay():
    array = noise(6, 9)
    dataset = image(array)
    dataset.PixelData = array.tobytes() + bytes(100)
    assert blanked(REMOVE, dataset).PixelData == cut(array).tobytes() + bytes(100)


@pytest.mark.parametrize("change", [{"Rows": 7}, {"BitsAllocated": 16}, {"SamplesPerPixel": 3}, {"frames": 2}])
def test_pixel_data_of_another_length_is_withheld(change):
    with pytest.raises(ActionError, match="length"):
        copy_of(REMOVE, file_of(image(noise(6, 9), **change)))


@pytest.mark.parametrize("name", ["Rows", "Columns", "BitsAllocated"])
def test_an_image_that_does_not_say_how_it_is_stored_is_withheld(name):
    dataset = image(noise(6, 9))
    del dataset[name]
    with pytest.raises(ActionError, match=r"alter_pixels: element \(0028,"):
        copy_of(REMOVE, file_of(dataset))


def test_a_region_outside_the_image_withholds_it():
    with pytest.raises(ActionError, match="outside the image of 9 x 6 pixels"):
        copy_of(rule(remove=[0, 6, 9, 9]), file_of(image(noise(6, 9))))


def test_a_picture_that_is_a_document_is_withheld():
    with pytest.raises(ActionError, match="encapsulated document"):
        copy_of(REMOVE, file_of(image(None, EncapsulatedDocument=b"%PDF-1.4")))


def test_an_object_without_pixels_passes():
    file = file_of(image(None))
    assert copy_of(REMOVE, file) == file


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("step", [777, 64, 5])
@pytest.mark.parametrize("icon", [False, True])
def test_a_streamed_object_is_blanked_as_it_passes(syntax, step, icon):
    array = noise(40, 40, 30, 3)
    dataset = image(array, samples=3, PhotometricInterpretation="YBR_FULL")
    if icon:
        dataset.IconImageSequence = [image(noise(2, 2))]
    file = file_of(dataset, syntax)
    assert len(file) > 1 << 16
    assert copy_of(REMOVE, Streamed(file, step=step)) == copy_of(REMOVE, file)


def test_a_streamed_object_never_stands_in_memory():
    frames, megabyte = 200, 1 << 20
    header = file_of(image(np.zeros((frames, 1, 1), "u1"), Rows=1024, Columns=1024))
    header = header[: -frames - 4] + (frames * megabyte).to_bytes(4, "little")
    tracemalloc.start()
    try:
        size = sum(len(chunk) for chunk in edit(REMOVE, Huge(header, frames * megabyte)).output.chunks())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == len(header) + frames * megabyte
    assert peak < 8 * megabyte


def test_what_cannot_be_blanked_as_it_passes_is_withheld():
    dataset = image(noise(400, 400), BitsAllocated=1, BitsStored=1, HighBit=0, Rows=1600, Columns=800)
    with pytest.raises(TooLargeError):
        copy_of(REMOVE, Streamed(file_of(dataset, ExplicitVRLittleEndian)))


def test_other_rules_see_the_object_after_its_pixels():
    fields = [{"name": "PatientName", "remove": True}, {"name": "Modality", "replace-with": "OT"}]
    array = noise(6, 9)
    copy = read(copy_of(rule("contains Modality US", remove=[2, 1, 7, 4]), file_of(image(array)), fields=fields))
    assert (copy.pixel_array == cut(array)).all()
    assert "PatientName" not in copy
    assert copy.Modality == "OT"


def test_undefined_pixels_go_although_they_were_altered():
    fields = [{"name": "Modality", "keep": True}]
    copy = read(copy_of(REMOVE, file_of(image(noise(6, 9))), fields=fields, **{"remove-undefined": True}))
    assert [element.keyword for element in copy] == ["Modality"]
