"""Objects too large to be held: their pixel data goes from the source to the copy without standing in memory."""

from __future__ import annotations

import hashlib
import tracemalloc
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from fw_gear_deid.actions import Remove, Replace
from fw_gear_deid.errors import TooLargeError, UnreadableError
from fw_gear_deid.formats.content import PathContent
from tests.formats.dicom.encoding import (
    BIG,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    Fragments,
    Plain,
    Sequence,
    dicom_file,
    text,
)
from tests.formats.dicom.running import Streamed, copy_of, edit, section
from tests.formats.samples import named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEGABYTE = 1 << 20
NAME, NUMBER = text(0x00100010, "PN", "CANARY^ALICE"), text(0x00100020, "LO", "SYNTH-0001")
RULES = section(*named(("PatientName", Remove()), ("PatientID", Replace("n"))))


@dataclass(frozen=True)
class Huge:
    """A file whose end is made when it is read: a header, then zeros."""

    header: bytes
    zeros: int
    tail: bytes = b""
    in_memory = False

    @property
    def size(self) -> int:
        return len(self.header) + self.zeros + len(self.tail)

    def read(self) -> bytes:
        raise AssertionError("a streamed file is never read whole")

    def prefix(self, length: int) -> bytes:
        return b"".join(self.chunks(0, min(length, self.size)))

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self.size if stop is None else stop
        after = len(self.header) + self.zeros
        if start < len(self.header):
            yield self.header[start : min(end, len(self.header))]
        for place in range(max(start, len(self.header)), min(end, after), MEGABYTE):
            yield bytes(min(MEGABYTE, min(end, after) - place))
        if end > after:
            yield self.tail[max(0, start - after) : end - after]


def native(zeros: int) -> Huge:
    whole = dicom_file((NAME, NUMBER, Plain(0x7FE00010, "OW", b"")))
    return Huge(whole[:-4] + zeros.to_bytes(4, "little"), zeros)


def encapsulated(zeros: int) -> Huge:
    whole = dicom_file((NAME, NUMBER, Fragments(0x7FE00010, (b"", b""))), JPEG)
    return Huge(whole[:-12] + zeros.to_bytes(4, "little"), zeros, whole[-8:])


@pytest.mark.parametrize("make", [native, encapsulated])
def test_the_pixel_data_never_stands_in_memory(make):
    zeros = 200 * MEGABYTE
    content = make(zeros)
    tracemalloc.start()
    try:
        digest, size = hashlib.sha256(), 0
        for chunk in edit(RULES, content).output.chunks():
            digest.update(chunk)
            size += len(chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MEGABYTE
    small = copy_of(RULES, make(16))
    head = small[: small.index(b"\xe0\x7f\x10\x00")]
    assert size == len(small) - 16 + zeros
    assert hashlib.sha256(head).digest() != digest.digest()


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_what_stands_after_the_pixel_data_is_edited_too(syntax):
    pixels = Plain(0x7FE00010, "OW", bytes(100_000))
    late = (text(0x7FE10010, "LO", "SYNTH ONE"), text(0x7FE11010, "LO", "CANARY"))
    file = dicom_file((NAME, NUMBER, pixels, *late), syntax)
    rules = section(remove_private_tags=True)
    assert copy_of(rules, Streamed(file)) == copy_of(rules, file) == dicom_file((NAME, NUMBER, pixels), syntax)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_a_long_header_is_read_in_steps(syntax):
    item = (text(0x00100020, "LO", "a"), text(0x00104000, "LT", "b" * 9_000))
    nested = Sequence(0x00101002, (item,) * 40)
    file = dicom_file((NAME, nested, Plain(0x7FE00010, "OW", bytes(90_000))), syntax)
    assert copy_of(RULES, Streamed(file, step=8192)) == copy_of(RULES, file)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
@pytest.mark.parametrize("tag", [0x7FE10010, 0x7FE00001])
def test_an_object_without_pixel_data_is_read_whole(syntax, tag):
    last = text(tag, "LO" if tag & 0x10000 else "OV", "SYNTH OK")
    long = Plain(0x00420011, "OB", bytes(100_000))
    file = dicom_file((NAME, NUMBER, long, last), syntax)
    assert copy_of(RULES, Streamed(file)) == copy_of(RULES, file)


def test_offset_tables_before_the_pixel_data_are_part_of_the_header():
    table = (Plain(0x7FE00001, "OV", bytes(8)), Plain(0x7FE00002, "OV", bytes(8)))
    file = dicom_file((NAME, NUMBER, *table, Fragments(0x7FE00010, (b"", bytes(90_000)))), JPEG)
    assert copy_of(RULES, Streamed(file)) == copy_of(RULES, file)


@pytest.mark.parametrize("cut", [1, 5, 8, 9, 50_000, 99_000])
@pytest.mark.parametrize(
    "pixels", [Plain(0x7FE00010, "OW", bytes(100_000)), Fragments(0x7FE00010, (b"", bytes(100_000)))]
)
def test_cut_pixel_data_is_refused(pixels, cut):
    file = dicom_file((NAME, pixels), JPEG)
    with pytest.raises(UnreadableError):
        copy_of(RULES, Streamed(file[:-cut], step=4096))


def test_pixel_data_can_go_from_a_streamed_object():
    file = dicom_file((NAME, NUMBER, Plain(0x7FE00010, "OW", bytes(100_000))))
    rules = section(*named(("PixelData", Remove())))
    assert copy_of(rules, Streamed(file)) == dicom_file((NAME, NUMBER))


def test_a_header_larger_than_the_limit_is_refused():
    whole = dicom_file((NAME, Plain(0x00420011, "OB", b"")))
    content = Huge(whole[:-4] + (100 * MEGABYTE).to_bytes(4, "little"), 100 * MEGABYTE)
    with pytest.raises(TooLargeError):
        copy_of(RULES, content)


def test_a_deflated_object_is_not_streamed():
    body = dicom_file((NAME, NUMBER), DEFLATED)
    with pytest.raises((TooLargeError, UnreadableError)):
        copy_of(RULES, Huge(body, 100 * MEGABYTE))


def test_a_file_on_disk_is_streamed(tmp_path: Path):
    file = dicom_file((NAME, NUMBER, Plain(0x7FE00010, "OW", bytes(3 * MEGABYTE))))
    path = tmp_path / "large.dcm"
    path.write_bytes(file)
    assert copy_of(RULES, PathContent(path, len(file))) == copy_of(RULES, file)
