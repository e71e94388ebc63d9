"""Pixels, and text drawn into them; a PDF with text."""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset

SIDE: Final = 16
WIDTH: Final = 160
HEIGHT: Final = 96


def monochrome(dataset: Dataset, phase: int, frames: int = 1) -> None:
    """Give a data set 16-bit pixels: a slope that differs from object to object."""
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    pixels = np.stack([(x * 37 + y * 113 + (phase + frame) * 59) % 4096 for frame in range(frames)])
    _describe(dataset, SIDE, SIDE, 16)
    dataset.BitsStored, dataset.HighBit = 12, 11
    if frames > 1:
        dataset.NumberOfFrames = frames
    dataset.add_new("PixelData", "OW", pixels.astype("<u2").tobytes())


def burned_in(dataset: Dataset, text: str, box: tuple[int, int, int, int]) -> None:
    """Give a data set 8-bit pixels with a text drawn into a box."""
    picture = Image.new("L", (WIDTH, HEIGHT))
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    picture.frombytes(((x + y) % 200 + 20).astype("u1").tobytes())
    ImageDraw.Draw(picture).text((box[0] + 3, box[1] + 4), text, fill=255)
    _describe(dataset, HEIGHT, WIDTH, 8)
    dataset.add_new("PixelData", "OB", picture.tobytes())


def icon() -> Dataset:
    """Return a small picture of the whole."""
    dataset = Dataset()
    _describe(dataset, 8, 8, 8)
    dataset.add_new("PixelData", "OB", bytes(range(64)))
    return dataset


def _describe(dataset: Dataset, rows: int, columns: int, bits: int) -> None:
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0


def pdf(text: str) -> bytes:
    """Return a page with a text in a deflated stream, and the same text as the document's title."""
    stream = zlib.compress(f"BT /F1 12 Tf 40 700 Td ({text}) Tj ET".encode("latin-1"))
    parts = (
        f"<< /Title ({text}) >>".encode("latin-1"),
        b"<< /Type /Catalog /Pages 3 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Contents 5 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, part) for number, part in enumerate(parts, 1))
    return b"%PDF-1.4\n" + body + b"trailer << /Root 2 0 R /Info 1 0 R >>\n%%EOF\n"
