"""Compressed images: decoded, blanked, and written uncompressed with attributes that say so."""

from __future__ import annotations

import warnings

import imagecodecs
import numpy as np
import pytest
from pydicom import uid
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder
from pydicom.pixels.encoders import RLELosslessEncoder

from fw_gear_deid.engine.silence import silenced
from fw_gear_deid.errors import ActionError, TooLargeError
from tests.formats.dicom.pixels.images import compressed, copy_of, edit, file_of, image, noise, read, rule
from tests.formats.dicom.running import Streamed

REMOVE = rule(remove=[2, 1, 7, 4])


def smooth(rows, columns, samples=1, top=250, dtype="u1"):
    """Return an image that lossy codecs hardly change."""
    ramp = np.linspace(10, top, rows * columns).reshape(rows, columns)
    array = np.stack([ramp, ramp[::-1], ramp[:, ::-1]], axis=-1) if samples == 3 else ramp
    return array.astype(dtype)


def rle(array, samples=1):
    bits = array.dtype.itemsize * 8
    return RLELosslessEncoder.encode(
        array.tobytes(),
        rows=array.shape[0],
        columns=array.shape[1],
        samples_per_pixel=samples,
        number_of_frames=1,
        bits_allocated=bits,
        bits_stored=bits,
        pixel_representation=0,
        planar_configuration=0,
        photometric_interpretation="RGB" if samples == 3 else "MONOCHROME2",
    )


def jpeg2000(array, **options):
    return imagecodecs.jpeg2k_encode(array, codecformat="j2k", reversible=True, **options)


LOSSLESS = {
    "rle": (uid.RLELossless, rle),
    "jpeg lossless": (uid.JPEGLosslessSV1, imagecodecs.ljpeg_encode),
    "jpeg-ls": (uid.JPEGLSLossless, imagecodecs.jpegls_encode),
    "jpeg 2000": (uid.JPEG2000Lossless, jpeg2000),
}


def silent(run, *arguments, **options):
    """Do as a run does: nobody hears what libraries say of an image."""
    with silenced():
        return run(*arguments, **options)


@pytest.mark.parametrize("name", LOSSLESS)
@pytest.mark.parametrize(("dtype", "top", "stored"), [("u1", 250, 8), ("u2", 4000, 12), ("u2", 60000, 16)])
def test_lossless_grey_keeps_every_pixel_outside_the_region(name, dtype, top, stored):
    syntax, encode = LOSSLESS[name]
    frames = [noise(16, 20, top=top, dtype=np.dtype(dtype)) for _ in range(2)]
    dataset = image(np.stack(frames), BitsStored=stored, HighBit=stored - 1)
    encoded = [encode(frame, bitspersample=stored) if name == "jpeg lossless" else encode(frame) for frame in frames]
    found = read(silent(copy_of, REMOVE, compressed(dataset, encoded, syntax)))
    expected = np.stack(frames)
    expected[:, 1:4, 2:7] = 0
    assert found.file_meta.TransferSyntaxUID == uid.ExplicitVRLittleEndian
    assert (found.pixel_array == expected).all()
    assert (found.NumberOfFrames, found.BitsAllocated) == (2, np.dtype(dtype).itemsize * 8)
    assert ("OB" if dtype == "u1" else "OW") == found["PixelData"].VR


@pytest.mark.parametrize("name", ["rle", "jpeg-ls", "jpeg 2000"])
def test_lossless_colour_keeps_every_pixel_outside_the_region(name):
    syntax, encode = LOSSLESS[name]
    array = noise(16, 20, 3)
    dataset = image(array, samples=3)
    if name == "jpeg 2000":
        dataset.PhotometricInterpretation = "YBR_RCT"
    encoded = encode(array, samples=3) if name == "rle" else encode(array)
    found = read(silent(copy_of, REMOVE, compressed(dataset, [encoded], syntax)))
    expected = array.copy()
    expected[1:4, 2:7] = 0
    assert (found.PhotometricInterpretation, found.PlanarConfiguration) == ("RGB", 0)
    assert (found.pixel_array == expected).all()


def test_lossy_jpeg_stays_marked_as_lossy_and_in_its_own_colours():
    array = smooth(16, 20, 3)
    dataset = image(array, samples=3, PhotometricInterpretation="YBR_FULL_422")
    encoded = imagecodecs.jpeg8_encode(array, level=98, subsampling="422")
    file = compressed(dataset, [encoded], uid.JPEGBaseline8Bit)
    found = read(silent(copy_of, REMOVE, file))
    assert (found.PhotometricInterpretation, found.LossyImageCompression) == ("YBR_FULL", "01")
    stored = np.frombuffer(found.PixelData, "u1").reshape(array.shape)
    assert (stored[1:4, 2:7] == (0, 128, 128)).all()
    original, _ = silent(get_decoder(uid.JPEGBaseline8Bit).as_array, read(file), raw=True)
    outside = np.ones(array.shape[:2], bool)
    outside[1:4, 2:7] = False
    assert (stored[outside] == original[outside]).all()


def test_high_throughput_jpeg_2000_is_decoded():
    array = noise(32, 40, top=4000, dtype=np.uint16)
    encoded = imagecodecs.htj2k_encode(array, reversible=True) if imagecodecs.HTJ2K.available else None
    if encoded is None:
        pytest.skip("no encoder for it here")
    dataset = image(array, BitsStored=12, HighBit=11)
    found = read(silent(copy_of, REMOVE, compressed(dataset, [encoded], "1.2.840.10008.1.2.4.201")))
    expected = array.copy()
    expected[1:4, 2:7] = 0
    assert (found.pixel_array == expected).all()


CODECS = {
    "jpeg lossless, any predictor": (
        "1.2.840.10008.1.2.4.57",
        lambda array: imagecodecs.ljpeg_encode(array, bitspersample=12),
        0,
    ),
    "jpeg-ls near lossless": (uid.JPEGLSNearLossless, lambda array: imagecodecs.jpegls_encode(array, level=2), 2),
    "htj2k, progressive": (
        "1.2.840.10008.1.2.4.202",
        lambda array: imagecodecs.htj2k_encode(array, reversible=True),
        0,
    ),
}


@pytest.mark.parametrize("name", CODECS)
def test_other_codecs_are_decoded(name):
    syntax, encode, tolerance = CODECS[name]
    array = smooth(32, 40, top=4000, dtype="u2")
    dataset = image(array, BitsStored=12, HighBit=11)
    found = read(silent(copy_of, REMOVE, compressed(dataset, [encode(array)], syntax))).pixel_array
    outside = np.ones(array.shape, bool)
    outside[1:4, 2:7] = False
    assert not found[~outside].any()
    assert np.abs(found.astype(int) - array)[outside].max() <= tolerance


def test_frames_in_several_fragments_are_decoded():
    frames = [noise(16, 20), noise(16, 20)[::-1]]
    dataset = image(np.stack(frames))
    dataset.add_new("PixelData", "OB", encapsulate([rle(frame) for frame in frames], fragments_per_frame=3))
    dataset["PixelData"].is_undefined_length = True
    found = read(copy_of(REMOVE, file_of(dataset, uid.RLELossless)))
    expected = np.stack(frames)
    expected[:, 1:4, 2:7] = 0
    assert (found.pixel_array == expected).all()


def test_signed_pixels_stay_signed():
    array = noise(16, 20, bottom=-900, top=900, dtype=np.int16)
    dataset = image(array)
    found = read(silent(copy_of, REMOVE, compressed(dataset, [jpeg2000(array)], uid.JPEG2000Lossless)))
    expected = array.copy()
    expected[1:4, 2:7] = 0
    assert found.PixelRepresentation == 1
    assert (found.pixel_array == expected).all()


def test_tables_of_fragments_go_with_the_fragments():
    array = noise(16, 20)
    encoded = rle(array)
    dataset = image(
        array,
        ExtendedOffsetTable=(0).to_bytes(8, "little"),
        ExtendedOffsetTableLengths=len(encoded).to_bytes(8, "little"),
    )
    found = read(copy_of(REMOVE, compressed(dataset, [encoded], uid.RLELossless)))
    assert "ExtendedOffsetTable" not in found
    assert "ExtendedOffsetTableLengths" not in found
    assert found.pixel_array[0, 0] == array[0, 0]


def test_an_image_that_no_condition_finds_stays_compressed():
    file = compressed(image(noise(16, 20)), [rle(noise(16, 20))], uid.RLELossless)
    assert copy_of(rule("contains Modality CT", remove=[0, 0, 5, 5]), file) == file


def test_what_was_done_is_noted():
    file = compressed(image(noise(16, 20)), [rle(noise(16, 20))], uid.RLELossless)
    assert edit(REMOVE, file).notes == ("alter_pixels: 1 rule blanked regions of 1 frame, decompressed",)


@pytest.mark.parametrize(
    ("syntax", "message"),
    [
        (uid.MPEG2MPML, "a video"),
        ("1.2.3.4.5", "a video, or an unknown one"),
        (uid.JPEG2000Lossless, r"pip install 'fw-gear-deid\[pixels\]'"),
        (uid.JPEGLSLossless, r"pip install 'fw-gear-deid\[pixels\]'"),
    ],
)
def test_what_cannot_be_decoded_is_withheld_without_a_word_of_it(syntax, message):
    file = compressed(image(noise(16, 20)), [b"CANARY^ZEBRA" * 20], syntax)
    with pytest.raises(ActionError, match=message) as caught:
        silent(copy_of, REMOVE, file)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("change", [{"Rows": 17}, {"frames": 2}])
def test_fragments_that_are_not_what_the_header_says_are_withheld(change):
    file = compressed(image(noise(16, 20), **change), [jpeg2000(noise(16, 20))], uid.JPEG2000Lossless)
    with pytest.raises(ActionError):
        silent(copy_of, REMOVE, file)


def test_samples_stand_in_the_lowest_bits_of_the_cells_that_the_header_tells():
    array = noise(16, 20)
    dataset = image(array, BitsAllocated=16, BitsStored=12, HighBit=15)
    found = read(silent(copy_of, REMOVE, compressed(dataset, [jpeg2000(array)], uid.JPEG2000Lossless)))
    assert (found.BitsAllocated, found.BitsStored, found.HighBit) == (16, 12, 11)
    expected = array.copy()
    expected[1:4, 2:7] = 0
    assert (found.pixel_array == expected).all()


def test_pixels_that_are_stored_otherwise_than_stated_are_withheld():
    fragments = compressed(image(noise(16, 20)), [rle(noise(16, 20))], uid.RLELossless)
    native = file_of(image(noise(16, 20)))
    stated = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0"
    fragments, native = fragments.replace(*stated[::-1]), native.replace(*stated)
    for file in (fragments, native):
        with pytest.raises(ActionError, match="not stored as the transfer syntax"):
            copy_of(REMOVE, file)


def test_compressed_pixels_that_are_not_held_are_withheld():
    file = compressed(image(noise(16, 20)), [bytes(100_000)], uid.RLELossless)
    with pytest.raises(TooLargeError):
        copy_of(REMOVE, Streamed(file))


def test_pixels_that_would_be_too_large_are_withheld_before_they_are_decoded():
    file = compressed(image(noise(16, 20), Rows=60_000, Columns=60_000), [rle(noise(16, 20))], uid.RLELossless)
    with pytest.raises(TooLargeError), warnings.catch_warnings():
        copy_of(REMOVE, file)
