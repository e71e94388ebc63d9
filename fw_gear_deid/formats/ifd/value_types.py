"""The types of values in image file directories (TIFF 6.0 section 2, BigTIFF, Exif 3.0 section 4.6.2)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Type(IntEnum):
    """A type by its number."""

    BYTE = 1
    ASCII = 2
    SHORT = 3
    LONG = 4
    RATIONAL = 5
    SBYTE = 6
    UNDEFINED = 7
    SSHORT = 8
    SLONG = 9
    SRATIONAL = 10
    FLOAT = 11
    DOUBLE = 12
    IFD = 13
    LONG8 = 16
    SLONG8 = 17
    IFD8 = 18
    UTF8 = 129


CODES: Final = {
    Type.BYTE: "B", Type.ASCII: "s", Type.SHORT: "H", Type.LONG: "L", Type.RATIONAL: "LL", Type.SBYTE: "b",
    Type.UNDEFINED: "s", Type.SSHORT: "h", Type.SLONG: "l", Type.SRATIONAL: "ll", Type.FLOAT: "f", Type.DOUBLE: "d",
    Type.IFD: "L", Type.LONG8: "Q", Type.SLONG8: "q", Type.IFD8: "Q", Type.UTF8: "s",
}  # fmt: skip
"""The ``struct`` code of one value, without byte order."""

SIZES: Final = {
    Type.BYTE: 1, Type.ASCII: 1, Type.SHORT: 2, Type.LONG: 4, Type.RATIONAL: 8, Type.SBYTE: 1, Type.UNDEFINED: 1,
    Type.SSHORT: 2, Type.SLONG: 4, Type.SRATIONAL: 8, Type.FLOAT: 4, Type.DOUBLE: 8, Type.IFD: 4, Type.LONG8: 8,
    Type.SLONG8: 8, Type.IFD8: 8, Type.UTF8: 1,
}  # fmt: skip
"""Bytes of one value."""

TEXTS: Final = frozenset({Type.ASCII, Type.UTF8})
RATIONALS: Final = frozenset({Type.RATIONAL, Type.SRATIONAL})
FLOATS: Final = frozenset({Type.FLOAT, Type.DOUBLE})
COUNTS: Final = frozenset({Type.SHORT, Type.LONG, Type.IFD, Type.LONG8, Type.IFD8})
"""The types of offsets and lengths."""
