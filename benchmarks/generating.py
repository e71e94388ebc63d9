"""Makes the data sets: ``python -m benchmarks.generating NAME FOLDER [--quick]``; the same bytes on every run."""

from __future__ import annotations

import argparse
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from benchmarks.datasets import DATA_SETS, DataSet, Packing, data_sets
from benchmarks.headers import header_of_slice, header_template

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED: Final = 20230417
LEVEL: Final = 3
"""Of zlib: near what archives in the field have, in a fraction of the time."""
TIME: Final = (2023, 4, 17, 10, 11, 12)


def frames(data: DataSet, count: int) -> Iterator[bytes]:
    """Yield frames of 12-bit pixels: a smooth body in the noise of MR, or in the constant air around a CT's circle."""
    random = np.random.default_rng(SEED)
    axis = np.linspace(-1, 1, data.side, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    radius = np.sqrt((x / 0.75) ** 2 + (y / 0.9) ** 2)
    body = np.clip((1 - radius) * 12, 0, 1)
    noise = 12.0 if data.modality == "MR" else 9.0
    for number in range(count):
        phase = number * 0.02
        smooth = body * (900 + 250 * np.sin(5 * x + phase) * np.cos(4 * y - phase) + 120 * np.cos(17 * x * y + phase))
        pixels = smooth + noise * random.standard_normal(x.shape, dtype=np.float32)
        if data.modality == "CT":
            pixels[x**2 + y**2 > 1] = 0
        yield np.clip(np.abs(pixels), 0, 4095).astype("<u2").tobytes()


def _pixel_element(length: int) -> bytes:
    return struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, length)


def object_bytes(data: DataSet) -> Iterator[bytes]:
    """Yield the single-frame objects of a data set."""
    template = header_template(data)
    element = _pixel_element(data.side**2 * 2)
    for number, frame in enumerate(frames(data, data.members)):
        yield header_of_slice(template, number) + element + frame


def _write_multi_frame(data: DataSet, file: BinaryIO) -> None:
    file.write(header_of_slice(header_template(data), 0))
    file.write(_pixel_element(data.frames * data.side**2 * 2))
    file.writelines(frames(data, data.frames))


def _entry(number: int, packing: Packing) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"SERIES0004/IM{number:05}.dcm", TIME)
    entry.compress_type = zipfile.ZIP_STORED if packing is Packing.STORED else zipfile.ZIP_DEFLATED
    entry._compresslevel = LEVEL  # type: ignore[attr-defined]  # noqa: SLF001  # public from Python 3.13 on only
    return entry


def _write_archive(data: DataSet, file: BinaryIO) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        if data.frames > 1:
            with archive.open(_entry(0, data.packing), "w", force_zip64=True) as member:
                _write_multi_frame(data, member)  # type: ignore[arg-type]  # only written to
            return
        for number, content in enumerate(object_bytes(data)):
            archive.writestr(_entry(number, data.packing), content)


def generate(data: DataSet, folder: Path) -> Path:
    """Make a data set unless it is there already, and return its path."""
    path = data.path(folder)
    if not path.exists():
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            (_write_multi_frame if data.packing is Packing.PLAIN else _write_archive)(data, file)
        partial.replace(path)
    return path


def main() -> None:
    """Make one data set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generating")
    parser.add_argument("name", choices=[data.name for data in DATA_SETS])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    for data in data_sets(frozenset(data.family for data in DATA_SETS), quick=options.quick):
        if data.name == options.name:
            generate(data, options.folder)


if __name__ == "__main__":
    main()
