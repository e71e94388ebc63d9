"""Damaged images are refused or read, and never end as another error."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import uid

from fw_gear_deid.engine.silence import silenced
from fw_gear_deid.errors import FileError
from tests.formats.dicom.pixels.images import compressed, copy_of, file_of, image, noise, rule
from tests.formats.dicom.pixels.test_around import with_overlay
from tests.formats.dicom.pixels.test_compressed import rle
from tests.formats.dicom.running import Streamed

REMOVE = rule("notcontains Modality CT", remove=[2, 1, 7, 4])
ARRAY = noise(2, 8, 10)
NATIVE = file_of(with_overlay(image(ARRAY), np.ones((8, 10), "u1")))
COMPRESSED = compressed(image(ARRAY), [rle(frame) for frame in ARRAY], uid.RLELossless)
LARGE = file_of(image(noise(30, 60, 50)))
CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4)


def changed(file, changes, start):
    """Overwrite some bytes past ``start``, or cut the file off."""
    damaged = bytearray(file)
    for place, byte in changes:
        damaged[start + int(place * (len(file) - start))] = byte
    return bytes(damaged)


@given(st.sampled_from([NATIVE, COMPRESSED]), CHANGES, st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_changed_bytes_are_refused_or_read(file, changes, cut):
    damaged = changed(file[: len(file) - cut] if cut > 30 else file, changes, 132)
    with silenced(), suppress(FileError):
        copy_of(REMOVE, damaged)


@given(CHANGES)
@settings(max_examples=30, deadline=None)
def test_changed_bytes_of_a_streamed_object_are_refused_or_read(changes):
    header = LARGE.index(b"\xe0\x7f\x10\x00")
    damaged = changed(LARGE[:header], changes, 132) + LARGE[header:]
    with silenced(), suppress(FileError):
        copy_of(REMOVE, Streamed(damaged, step=4096))
