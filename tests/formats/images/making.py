"""Images with metadata, made in code: TIFF in every form, JPEG with every kind of segment, PNG chunk by chunk."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field

import numpy as np
import piexif
from PIL import Image

from fw_gear_deid.errors import FileError
from fw_gear_deid.formats.jpeg import JpegFormat
from fw_gear_deid.formats.png import PngFormat
from fw_gear_deid.formats.tiff import TiffFormat
from tests.formats.samples import named, run, section

ASCII, SHORT, LONG, RATIONAL, UNDEFINED, BYTE, LONG8 = 2, 3, 4, 5, 7, 1, 16
SIZES = {ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, UNDEFINED: 1, BYTE: 1, LONG8: 8}
CODES = {SHORT: "H", LONG: "L", LONG8: "Q", RATIONAL: "L"}
PIXELS = np.random.default_rng(7).integers(0, 255, (16, 24), dtype=np.uint8)
WHO = "Canary^Zebra"


@dataclass
class Page:
    """One image of a TIFF: its own tags, directories within it by pointer tag, and sub-images."""

    tags: dict[int, tuple[int, object]] = field(default_factory=dict)
    within: dict[int, dict[int, tuple[int, object]]] = field(default_factory=dict)
    pixels: np.ndarray = field(default_factory=PIXELS.copy)
    sub_images: list[Page] = field(default_factory=list)


class Tiff:
    """Writes pages as Figure 1 of TIFF 6.0 lays them out, in either byte order, with offsets of four or eight bytes."""

    def __init__(self, *pages: Page, order: str = "<", big: bool = False) -> None:
        self.order, self.big = order, big
        self.pointer = "Q" if big else "L"
        magic = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
        self.data = bytearray(magic + (struct.pack(order + "HH", 8, 0) if big else b""))
        link = len(self.data)
        self.data += self.packed(0)
        for page in pages:
            start, following = self.page(page)
            self.data[link : link + len(self.packed(0))] = self.packed(start)
            link = following

    def packed(self, offset: int) -> bytes:
        return struct.pack(self.order + self.pointer, offset)

    def put(self, data: bytes) -> int:
        self.data += bytes(len(self.data) % 2)
        start = len(self.data)
        self.data += data
        return start

    def page(self, page: Page) -> tuple[int, int]:
        rows, columns = page.pixels.shape
        tags = {
            256: (SHORT, columns), 257: (SHORT, rows), 258: (SHORT, 8), 259: (SHORT, 1), 262: (SHORT, 1),
            273: (LONG, self.put(page.pixels.tobytes())), 277: (SHORT, 1), 278: (SHORT, rows),
            279: (LONG, page.pixels.size), **page.tags,
        }  # fmt: skip
        for tag, entries in page.within.items():
            tags[tag] = (LONG8 if self.big else LONG, self.directory(entries)[0])
        if page.sub_images:
            starts = [self.page(image)[0] for image in page.sub_images]
            tags[330] = (LONG, starts)
        return self.directory(tags)

    def directory(self, tags: dict[int, tuple[int, object]]) -> tuple[int, int]:
        inline = struct.calcsize(self.order + self.pointer)
        entries = b""
        for tag, (type_, value) in sorted(tags.items()):
            raw = self.raw(type_, value)
            held = raw if len(raw) <= inline else self.packed(self.put(raw))
            head = struct.pack(f"{self.order}HH{self.pointer}", tag, type_, len(raw) // SIZES[type_])
            entries += head + held.ljust(inline, b"\0")
        count = struct.pack(self.order + ("Q" if self.big else "H"), len(tags))
        start = self.put(count + entries + self.packed(0))
        return start, len(self.data) - inline

    def raw(self, type_: int, value: object) -> bytes:
        if isinstance(value, str):
            return value.encode() + b"\0"
        if isinstance(value, bytes):
            return value
        numbers = value if isinstance(value, list | tuple) else [value]
        return struct.pack(f"{self.order}{len(numbers)}{CODES[type_]}", *numbers)


def tiff(*pages: Page, order: str = "<", big: bool = False) -> bytes:
    return bytes(Tiff(*pages, order=order, big=big).data)


def edited_tiff(data: bytes, *rules, name="x.tif", filenames=(), **settings):
    known = {"remove-private-tags": False} | {key.replace("_", "-"): value for key, value in settings.items()}
    plan = TiffFormat().compile(section("tiff", *named(*rules), filenames=filenames, **known))
    return run(plan, data, name, log=True)


def edited_jpeg(data: bytes, *rules, name="x.jpg", filenames=(), **settings):
    known = {"remove-exif": False, "remove-gps": False}
    known |= {key.replace("_", "-"): value for key, value in settings.items()}
    plan = JpegFormat().compile(section("jpg", *named(*rules), filenames=filenames, **known))
    return run(plan, data, name, log=True)


def edited_png(data: bytes, *rules, name="x.png", filenames=(), **settings):
    known = {"remove-private-chunks": False} | {key.replace("_", "-"): value for key, value in settings.items()}
    plan = PngFormat().compile(section("png", *named(*rules), filenames=filenames, **known))
    return run(plan, data, name, log=True)


def attempted(edit, data: bytes, *rules, **settings) -> bytes:
    """Return the copy of a file that may be damaged; empty when it is withheld, which must tell nothing of it."""
    try:
        return edit(data, *rules, **settings)[0]
    except FileError as error:
        refusal = str(error)
    assert "anary" not in refusal
    return b""


def picture(image_format: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, image_format, **options)
    return buffer.getvalue()


def tags_of_a_camera() -> dict:
    """Return the tags of a photograph, as piexif takes them."""
    return {
        "0th": {
            piexif.ImageIFD.Make: b"SynthCam",
            piexif.ImageIFD.Orientation: 6,
            piexif.ImageIFD.XResolution: (72, 1),
            piexif.ImageIFD.DateTime: b"2020:02:28 23:00:01",
            piexif.ImageIFD.Artist: WHO.encode(),
        },
        "1st": {piexif.ImageIFD.Make: b"SynthCam"},
        "Exif": {
            piexif.ExifIFD.DateTimeOriginal: b"2020:02:28 10:00:00",
            piexif.ExifIFD.ISOSpeedRatings: 200,
            piexif.ExifIFD.FNumber: (28, 10),
            piexif.ExifIFD.MakerNote: b"SYNTH NOTE" * 5,
            piexif.ExifIFD.UserComment: b"ASCII\0\0\0Canary comment",
        },
        "GPS": {piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: ((48, 1), (1, 1), (30, 1))},
        "thumbnail": picture("JPEG"),
    }


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"


def jpeg(*extra: bytes, exif: dict | None = None, **options) -> bytes:
    """Return a JPEG with JFIF, then Exif, then further segments."""
    data = picture("JPEG", quality=90, **options)
    assert data[2:4] == b"\xff\xe0"
    block = segment(0xE1, piexif.dump(exif)) if exif is not None else b""
    return data[:20] + block + b"".join(extra) + data[20:]


def coded(data: bytes) -> bytes:
    """Return a JPEG from its first table on: all that makes the picture."""
    return data[data.rindex(b"\xff\xdb\0\x43\0", 0, data.rindex(b"\xff\xda")) :]


def chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(*extra: bytes, behind: bytes = b"") -> bytes:
    """Return a PNG with further chunks behind its header."""
    data = picture("PNG")
    return data[:33] + b"".join(extra) + data[33:] + behind
