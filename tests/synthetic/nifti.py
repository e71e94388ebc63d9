"""NIfTI-1 images with a name in the header and in a header extension."""

from __future__ import annotations

import gzip
import struct
from array import array
from dataclasses import dataclass
from typing import Final

from tests.synthetic.patient import ALICE, Patient

HEADER_SIZE: Final = 348
EXTENDER: Final = 4
COMMENT: Final = 6
"""Extension code of plain text."""
INT16: Final = 4
SCANNER: Final = 1


@dataclass(frozen=True, slots=True)
class Volume:
    """The shape of an image.

    Attributes:
        size: voxels along x, y and z.
        little_endian: byte order of header and voxels.
        extension: whether a text extension follows the header.
    """

    size: tuple[int, int, int] = (8, 6, 4)
    little_endian: bool = True
    extension: bool = True


def nifti(patient: Patient = ALICE, volume: Volume = Volume(), *, gz: bool = True) -> bytes:
    """Return a single file, ``.nii.gz`` or ``.nii``."""
    extensions = extension(patient, volume) if volume.extension else bytes(EXTENDER)
    offset = HEADER_SIZE + len(extensions)
    data = header(patient, volume, b"n+1\0", offset) + extensions + voxels(volume)
    return gzip.compress(data, mtime=0) if gz else data


def nifti_pair(patient: Patient = ALICE, volume: Volume = Volume()) -> tuple[bytes, bytes]:
    """Return a header file (``.hdr``) and an image file (``.img``)."""
    extensions = extension(patient, volume) if volume.extension else bytes(EXTENDER)
    return header(patient, volume, b"ni1\0", 0) + extensions, voxels(volume)


def header(patient: Patient, volume: Volume, magic: bytes, offset: int) -> bytes:
    """Return the 348 bytes of a NIfTI-1 header (nifti1.h)."""
    order = "<" if volume.little_endian else ">"
    x, y, z = volume.size
    analyze = struct.pack(
        order + "i10s18sihcB",
        *(HEADER_SIZE, b"CANARY", patient.spoken_name.encode()[:17], 16384, 0, b"r", 0x39),
    )
    dimensions = struct.pack(
        order + "8h3fhhhh8f",
        *(3, x, y, z, 1, 1, 1, 1),
        *(0.0, 0.0, 0.0),
        *(0, INT16, 16, 0),
        *(-1.0, 1.0, 1.25, 1.5, 2.3, 0.0, 0.0, 0.0),
    )
    scaling = struct.pack(order + "3fhBB4f2i", offset, 0.5, -10.0, 0, 0, 10, 4095.0, 0.0, 0.0, 0.0, 255, 0)
    texts = struct.pack("80s24s", f"T1 of {patient.spoken_name}".encode(), f"{patient.patient_id}.aux".encode())
    affine = struct.pack(
        order + "hh6f4f4f4f",
        *(SCANNER, SCANNER, 0.0, 0.0, 0.0, -4.0, -3.75, -3.0),
        *(1.0, 0.0, 0.0, -4.0, 0.0, 1.25, 0.0, -3.75, 0.0, 0.0, 1.5, -3.0),
    )
    return analyze + dimensions + scaling + texts + affine + struct.pack("16s4s", b"intent ALICE", magic)


def extension(patient: Patient, volume: Volume) -> bytes:
    """Return the extender and one text extension, a multiple of 16 bytes long."""
    text = f"Acquired from {patient.name}, {patient.patient_id}, by {patient.operator}".encode()
    size = -(-(len(text) + 8) // 16) * 16
    order = "<" if volume.little_endian else ">"
    return b"\1\0\0\0" + struct.pack(order + "ii", size, COMMENT) + text.ljust(size - 8, b"\0")


def voxels(volume: Volume) -> bytes:
    """Return the voxels: signed 16-bit, each different from its neighbours."""
    x, y, z = volume.size
    values = array("h", (position * 37 % 4096 - 1024 for position in range(x * y * z)))
    order = "<" if volume.little_endian else ">"
    return struct.pack(f"{order}{len(values)}h", *values)
