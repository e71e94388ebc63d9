"""The floor: an archive inflated and deflated with isal in one thread, and nothing else.

``python -m benchmarks.floor SOURCE FOLDER LEVEL`` writes a valid archive with the same members. An object that
is not in an archive is copied.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from isal import isal_zlib

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipInfo

RAW: Final = -15
CHUNK: Final = 1 << 20
HELD: Final = 16 << 20
"""Members up to this size are inflated and deflated at once, as their sizes are known."""
LOCAL_HEADER: Final = 30


def _seek_to_data(file: BinaryIO, entry: ZipInfo) -> None:
    file.seek(entry.header_offset)
    name, extra = struct.unpack("<HH", file.read(LOCAL_HEADER)[26:30])
    file.seek(name + extra, 1)


def _checked(crc: int, entry: ZipInfo) -> None:
    if crc != entry.CRC:
        raise SystemExit(f"checksum of a member of {entry.compress_size} bytes is wrong")


def _at_once(source: BinaryIO, entry: ZipInfo, level: int) -> bytes:
    data = source.read(entry.compress_size)
    stored = entry.compress_type == zipfile.ZIP_STORED
    if not stored:
        data = isal_zlib.decompress(data, RAW, entry.file_size)
    _checked(isal_zlib.crc32(data), entry)
    return data if stored else isal_zlib.compress(data, level, RAW)


def _pieces(source: BinaryIO, size: int) -> Iterator[bytes]:
    while size and (piece := source.read(min(CHUNK, size))):
        size -= len(piece)
        yield piece


def _in_pieces(source: BinaryIO, entry: ZipInfo, level: int) -> Iterator[bytes]:
    crc = 0
    if entry.compress_type == zipfile.ZIP_STORED:
        for piece in _pieces(source, entry.compress_size):
            crc = isal_zlib.crc32(piece, crc)
            yield piece
    else:
        inflate, deflate = isal_zlib.decompressobj(RAW), isal_zlib.compressobj(level, wbits=RAW)
        for piece in _pieces(source, entry.compress_size):
            data = inflate.decompress(piece)
            crc = isal_zlib.crc32(data, crc)
            yield deflate.compress(data)
        yield deflate.flush()
    _checked(crc, entry)


def _write_at_once(source: BinaryIO, target: BinaryIO, entry: ZipInfo, level: int) -> None:
    data = _at_once(source, entry, level)
    entry.header_offset, entry.compress_size = target.tell(), len(data)
    target.write(entry.FileHeader(zip64=False))
    target.write(data)


def _write_in_pieces(source: BinaryIO, target: BinaryIO, entry: ZipInfo, level: int) -> None:
    start = target.tell()
    target.write(entry.FileHeader(zip64=False))
    size = sum(target.write(piece) for piece in _in_pieces(source, entry, level))
    end = target.tell()
    entry.header_offset, entry.compress_size = start, size
    target.seek(start)
    target.write(entry.FileHeader(zip64=False))
    target.seek(end)


def rewrite_archive(source: Path, target: Path, level: int) -> None:
    """Inflate and deflate every member of a zip archive, in order."""
    with zipfile.ZipFile(source) as old, source.open("rb") as read, target.open("wb") as write:
        for entry in old.infolist():
            entry.flag_bits &= ~0x08  # sizes stand in the local header
            _seek_to_data(read, entry)
            (_write_at_once if entry.file_size <= HELD else _write_in_pieces)(read, write, entry, level)
        with zipfile.ZipFile(write, "w") as new:  # writes the directory behind the members
            new.filelist.extend(old.infolist())


def main() -> None:
    """Rewrite one archive, or copy one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floor")
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("level", type=int)
    options = parser.parse_args()
    target = options.folder / options.source.name
    if options.source.suffix == ".zip":
        rewrite_archive(options.source, target, options.level)
    else:
        with options.source.open("rb") as read, target.open("wb") as write:
            shutil.copyfileobj(read, write, CHUNK)


if __name__ == "__main__":
    main()
