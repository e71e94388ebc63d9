"""Values of tags as actions see them, and as bytes."""

from __future__ import annotations

import math
import re
import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.ifd.names import COMMENTS, TEXT_IN_BYTES, UTF16, space
from fw_gear_deid.formats.ifd.value_types import CODES, FLOATS, RATIONALS, SIZES, TEXTS, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_deid.actions import Scalar
    from fw_gear_deid.formats.ifd.names import Kind

_ENCODINGS: Final = {b"ASCII\0\0\0": "utf-8", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp", bytes(8): "utf-8"}
_ASCII_COMMENT: Final = b"ASCII\0\0\0"
_UNICODE_COMMENT: Final = b"UNICODE\0"
_UNKNOWN_DATE: Final = re.compile("[0 ]{4}:[0 ]{2}:[0 ]{2}[0 :]*")
_FINEST: Final = 1_000_000
_RANGES: Final = {
    type_: (0, (1 << 8 * SIZES[type_]) - 1)
    if code.isupper()
    else (-(1 << (8 * SIZES[type_] - 1)), (1 << (8 * SIZES[type_] - 1)) - 1)
    for type_, code in CODES.items()
    if len(code) == 1 and type_ not in TEXTS | FLOATS | {Type.UNDEFINED}
}
_HALVES: Final = {Type.RATIONAL: (0, (1 << 32) - 1), Type.SRATIONAL: (-(1 << 31), (1 << 31) - 1)}
_UNFIT: Final = "the new value is not a number that fits the tag"


def is_text(tag: int, type_: Type) -> bool:
    """Whether a tag of this type holds text."""
    return type_ in TEXTS or type_ is Type.UNDEFINED or (type_ is Type.BYTE and tag in UTF16 | TEXT_IN_BYTES)


def text_of(kind: Kind, tag: int, data: bytes, order: str) -> str:
    """Return the text of a tag, without the NUL or NULs at its end.

    A date whose numbers are all blank or 0 is unknown (Exif 3.0 section 4.6.4), and comes back empty.
    """
    if tag in UTF16:
        return data[: len(data) // 2 * 2].decode("utf-16-le", "replace").rstrip("\0")
    if (space(kind), tag) in COMMENTS and data[:8] in _ENCODINGS:
        return _decoded(data[8:], _ENCODINGS[data[:8]], order).rstrip("\0")
    text = _decoded(data, "utf-8", order).rstrip("\0")
    return "" if _UNKNOWN_DATE.fullmatch(text) else text


def _decoded(data: bytes, encoding: str, order: str) -> str:
    if encoding == "utf-16":
        if data[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
            encoding = "utf-16-le" if order == "<" else "utf-16-be"
        data = data[: len(data) // 2 * 2]
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def numbers_of(type_: Type, data: bytes, order: str) -> tuple[int | float, ...]:
    """Return the numbers of a tag; fractions are divided, and one by zero is NaN."""
    code = CODES[type_]
    numbers = struct.unpack(f"{order}{len(data) // SIZES[type_] * len(code)}{code[0]}", data)
    if type_ not in RATIONALS:
        return numbers
    halves = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple(above / below if below else math.nan for above, below in halves)


def encoded_text(kind: Kind, tag: int, type_: Type, text: str) -> bytes:
    """Return a text as bytes."""
    if tag in UTF16:
        return text.encode("utf-16-le", "surrogatepass") + b"\0\0"
    if (space(kind), tag) in COMMENTS:
        return _ASCII_COMMENT + text.encode("ascii") if text.isascii() else _UNICODE_COMMENT + text.encode("utf-16")
    data = text.encode("utf-8", "surrogateescape")
    return data + b"\0" if type_ in TEXTS else data


def encoded_numbers(type_: Type, values: Sequence[Scalar], order: str) -> bytes:
    """Return numbers as bytes; a fraction may be written ``1/200``.

    What does not fit a tag of whole numbers is cut to a whole number, and to the smallest or largest one that fits.

    Raises:
        ActionError: no number, or a text that does not fit.
    """
    return b"".join(_encoded_number(type_, value, order) for value in values)


def _encoded_number(type_: Type, value: Scalar, order: str) -> bytes:
    try:
        number = Fraction(value.strip() if isinstance(value, str) else value)
        if type_ in RATIONALS:
            return struct.pack(order + CODES[type_], *_halves(number, *_HALVES[type_]))
        if type_ in FLOATS:
            return struct.pack(order + CODES[type_], float(number))
    except (ValueError, OverflowError, ZeroDivisionError, struct.error):
        raise ActionError(_UNFIT) from None
    least, most = _RANGES[type_]
    return struct.pack(order + CODES[type_], min(max(int(number), least), most))


def _halves(number: Fraction, least: int, most: int) -> tuple[int, int]:
    finest = _FINEST
    number = max(number, Fraction(least))
    while True:
        near = number.limit_denominator(finest)
        if least <= near.numerator <= most:
            return near.numerator, near.denominator
        if finest == 1:
            raise ActionError(_UNFIT)
        finest = max(1, finest // 10)
