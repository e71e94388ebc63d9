"""Values of elements: bytes to the text that actions see, and back (PS3.5 section 6.2).

pydicom decodes, so that an action sees what Flywheel's engine sees.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydicom import config
from pydicom.datadict import private_dictionary_VR
from pydicom.multival import MultiValue
from pydicom.valuerep import format_number_as_ds
from pydicom.values import convert_AE_string, convert_ATvalue, convert_DS_string, convert_IS_string

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.dicom.character_sets import DEFAULT_ENCODINGS, decoded, encoded
from fw_gear_deid.formats.dicom.syntax import SPECIFIC_CHARACTER_SET, known_vr
from fw_gear_deid.formats.dicom.tags import (
    CODE_VALUE,
    CODING_SCHEME_DESIGNATOR,
    CODING_SCHEME_VERSION,
    LONG_CODE_VALUE,
    URN_CODE_VALUE,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fw_gear_deid.actions import Scalar

# pydicom's warnings about odd values quote them.
config.settings.reading_validation_mode = config.IGNORE
config.settings.writing_validation_mode = config.IGNORE

CHARACTER_SET_VRS: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""Representations that SpecificCharacterSet applies to (PS3.5 section 6.1.2.2)."""

ASCII_VRS: Final = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"})
TEXT_VRS: Final = CHARACTER_SET_VRS | ASCII_VRS
NUMBER_FORMATS: Final = {
    "FD": "d", "FL": "f", "SL": "l", "SS": "h", "SV": "q", "UL": "L", "US": "H", "UV": "Q",
}  # fmt: skip
AMBIGUOUS: Final = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "US"}
"""Which representation a new element takes where the dictionary leaves a choice."""

PLAIN_VRS: Final = frozenset({"AS", "CS", "DA", "DT", "TM", "UI", "UR"})
"""Text of the default repertoire in which only trailing padding is insignificant."""

_CONVERTERS: Final[dict[str, Callable[[bytes, bool], object]]] = {
    "AE": convert_AE_string,
    "AT": convert_ATvalue,
    "DS": convert_DS_string,
    "IS": convert_IS_string,
}
LEGIBLE_VRS: Final = TEXT_VRS | set(NUMBER_FORMATS) | {"AT", "UN"}
INTEGER_VRS: Final = frozenset({"IS", "SL", "SS", "SV", "UL", "US", "UV"})
NOTHING_WHEN_EMPTY: Final = frozenset({"AT", "DS", "IS", "UN", *NUMBER_FORMATS})
"""Representations whose empty values are no text that could match: Flywheel's engine takes them for missing ones."""

CLEANABLE_VRS: Final = frozenset({"AE", "CS", "LO", "LT", "SH", "ST", "UC", "UN", "UR", "UT"})
"""Representations of text that may hold harmless words beside others; a name (PN) is none."""

SCRUBBED_VRS: Final = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UR", "UT"})
"""Representations in which people write what they like, whether it belongs there or not."""

SCRUBBED_STATED: Final = frozenset({b"", *(vr.encode() for vr in SCRUBBED_VRS)})
"""The same as elements state them; nothing where the dictionary says it."""

CODES: Final = frozenset(
    {
        CODE_VALUE,
        CODING_SCHEME_DESIGNATOR,
        CODING_SCHEME_VERSION,
        0x0008010F,  # ContextIdentifier
        LONG_CODE_VALUE,
        URN_CODE_VALUE,
        SPECIFIC_CHARACTER_SET,
    }
)
"""Elements whose values are codes, of coding schemes and character sets: by chance one may be spelled like a number."""

UNHASHABLE_VRS: Final = frozenset(
    {"AT", "FL", "FD", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SQ", "SS", "SV", "UL", "UN", "US", "UV", "UI"}
)
DECIMAL_VRS: Final = frozenset({"DS", "IS"})
MAX_DS: Final = 16
MAX_NUMBER: Final = {"UL": 0xFFFFFFFF, "US": 0xFFFF}


@dataclass(frozen=True, slots=True)
class Coding:
    """What decides how the values of one data set are encoded.

    Attributes:
        encodings: Python names of the character sets, the default one first.
        little: byte order.
    """

    encodings: tuple[str, ...] = DEFAULT_ENCODINGS
    little: bool = True


def implicit_vr(tag: int, creator: str | None) -> str:
    """Return the representation of an element that does not state it; ``UN`` when no dictionary knows."""
    if creator is not None:
        try:
            return str(private_dictionary_VR(tag, creator))
        except KeyError:
            return "UN"
    vr = known_vr(tag)
    return AMBIGUOUS.get(vr, vr) or "UN"


def read(vr: str, raw: bytes, coding: Coding, *, lenient: bool) -> str:
    """Return a value as text; several values are joined with commas. Arguments and errors are those of ``parts``."""
    return ",".join(parts(vr, raw, coding, lenient=lenient))


def parts(vr: str, raw: bytes, coding: Coding, *, lenient: bool) -> list[str]:
    """Return the values of an element as texts; of an element without a value there is none, or an empty one.

    Args:
        vr: value representation.
        raw: the encoded value.
        coding: the data set's coding.
        lenient: the profile's ``decode``: text that is not valid in its character set is read as UTF-8 or Latin-1,
            unknown bytes as text when they are text.

    Raises:
        ActionError: the value cannot be read.
    """
    if vr in PLAIN_VRS:
        return raw.decode("latin-1").rstrip("\0 ").split("\\")
    if vr in CHARACTER_SET_VRS:
        return _texts(vr, raw, coding, lenient=lenient)
    if vr in NUMBER_FORMATS:
        return _numbers(vr, raw, coding)
    if vr == "UN":
        return [_unknown(raw)]
    converter = _CONVERTERS.get(vr)
    if converter is None:
        raise ActionError(f"an element of {vr} has no value that a rule could work on")
    try:
        value = converter(raw, coding.little)
        if isinstance(value, MultiValue | list):
            return [str(item) for item in value]
        return [] if value is None else [str(value)]
    except (ValueError, TypeError, OverflowError, struct.error):  # their texts quote the value
        raise ActionError(f"a value of {vr} cannot be read") from None


def _numbers(vr: str, raw: bytes, coding: Coding) -> list[str]:
    form = ("<" if coding.little else ">") + NUMBER_FORMATS[vr]
    if len(raw) % struct.calcsize(form):
        raise ActionError(f"a value of {vr} has a length that {vr} cannot have")
    return [str(number) for (number,) in struct.iter_unpack(form, raw)]


def joined(value: object) -> str | None:
    """Return a value of any kind as the text an action sees, several values joined with commas; None stays None."""
    if value is None:
        return None
    if isinstance(value, MultiValue | list):
        return ",".join(str(item) for item in value)
    return str(value)


def _texts(vr: str, raw: bytes, coding: Coding, *, lenient: bool) -> list[str]:
    raw = raw.rstrip(b"\0 ")
    if raw.isascii() and b"\x1b" not in raw:
        text = raw.decode("ascii")
    else:
        text = decoded(raw, coding.encodings, lenient=lenient)
    if vr in {"LT", "ST", "UT"}:
        return [text]
    # Trailing delimiters of a name's empty component groups may be there or not (PS3.5 section 6.2.1.2).
    padding = "\0 =" if vr == "PN" else "\0 "
    return [part.rstrip(padding) for part in text.split("\\")] if "\\" in text else [text.rstrip(padding)]


def _unknown(raw: bytes) -> str:
    """Read bytes of unknown representation, which must be text."""
    text = raw.rstrip(b"\0 ")
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ActionError("a value of unknown representation (UN) is not text") from error
    if decoded and not decoded.isprintable():
        raise ActionError("a value of unknown representation (UN) is not text")
    return decoded


def is_text(raw: bytes) -> bool:
    """Whether bytes of unknown representation are text."""
    try:
        _unknown(raw)
    except ActionError:
        return False
    return True


def fitted(vr: str, answer: Scalar) -> Scalar:
    """Fit a number to a representation: whole where it must be, within the range of unsigned ones."""
    if isinstance(answer, str) or vr not in INTEGER_VRS:
        return answer
    number = int(answer)
    if vr in MAX_NUMBER:
        number = max(0, min(number, MAX_NUMBER[vr]))
    return number


def write(vr: str, answer: Scalar | list[str], coding: Coding) -> bytes:
    """Return the encoded, padded value.

    Args:
        vr: value representation.
        answer: the new value; a list is several values.
        coding: the data set's coding.

    Raises:
        ActionError: the value does not fit the representation or the character set.
    """
    if answer in ("", []):
        return b""
    if vr in TEXT_VRS or vr == "UN":
        raw = _encoded_text(vr, answer, coding)
        return raw + (b"\0" if vr in {"UI", "UN"} else b" ") * (len(raw) % 2)
    if vr in NUMBER_FORMATS:
        return _encoded_numbers(vr, answer, coding)
    raise ActionError(f"a new value cannot be given to an element of {vr}; it can be removed or emptied")


def _encoded_text(vr: str, answer: Scalar | list[str], coding: Coding) -> bytes:
    if isinstance(answer, list):
        text = "\\".join(answer)
    elif vr == "DS" and isinstance(answer, float):
        text = str(answer) if len(str(answer)) <= MAX_DS else format_number_as_ds(answer)
    else:
        text = str(answer)
    if vr in DECIMAL_VRS and not all(_is_decimal(vr, part) for part in text.split("\\")):
        raise ActionError(f"a new value is not a number that fits {vr}")
    if text.isascii():
        return text.encode("ascii")
    if vr not in CHARACTER_SET_VRS:
        raise ActionError(f"a new value has characters that {vr} does not allow")
    return encoded(text, coding.encodings if vr != "UN" else ("utf-8",), vr)


def respelled(vr: str, raw: bytes, source: Coding, target: Coding) -> bytes:
    """Return a text in another character set.

    Raises:
        ActionError: it is not valid in the one, or has characters that the other has not.
    """
    text = _encoded_text(vr, decoded(raw, source.encodings, lenient=False), target)
    return text + b" " * (len(text) % 2)


def _is_decimal(vr: str, text: str) -> bool:
    """Whether a text is a number in decimal digits, or empty (PS3.5 section 6.2)."""
    if not text.strip():
        return True
    try:
        number = float(text)
    except ValueError:
        return False
    return math.isfinite(number) and (vr == "DS" or number.is_integer())


def _encoded_numbers(vr: str, answer: Scalar | list[str], coding: Coding) -> bytes:
    values: list[Scalar] = list(answer) if isinstance(answer, list) else [answer]
    order = "<" if coding.little else ">"
    try:
        numbers = [float(value) if vr in {"FD", "FL"} else int(value) for value in values]
        return b"".join(struct.pack(order + NUMBER_FORMATS[vr], number) for number in numbers)
    except (ValueError, OverflowError, struct.error) as error:
        raise ActionError(f"a new value is not a number that fits {vr}") from error
