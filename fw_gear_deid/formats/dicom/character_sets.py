"""Character sets: how letters beyond ASCII are encoded (PS3.5 section 6.1); those of the item or data set hold."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pydicom import charset

from fw_gear_deid.errors import ActionError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_ENCODINGS: Final = ("iso8859",)
_SPELLINGS: Final = (
    (re.compile(r"ISO[ _-]?IR[ _-]?([0-9]+)"), "ISO_IR "),
    (re.compile(r"ISO[ _-]?2022[ _-]?IR[ _-]?([0-9]+)"), "ISO 2022 IR "),
)
LINE_DELIMITERS: Final = frozenset(b"\r\n\t\f")
"""After them the first character set is in force again (PS3.5 section 6.1.2.5.3).

It is after the delimiters of values and names too; those are not listed, because some writers do not say so again, and
Flywheel's engine reads them as they are meant.
"""

_DELIMITERS: Final = {"PN": re.compile(r"([\\^=\r\n\t\f])"), "": re.compile(r"([\\\r\n\t\f])")}


@lru_cache(maxsize=256)
def encodings_of(character_set: bytes) -> tuple[str, ...]:
    """Return the Python encodings for a value of SpecificCharacterSet (0008,0005).

    Raises:
        UnreadableError: a character set that is not known.
    """
    first, *more = (_spelled(name.strip(" \0")) for name in character_set.decode("ascii", "replace").split("\\"))
    if first in charset.STAND_ALONE_ENCODINGS:
        more = []  # code extensions cannot be used with it
    names = [first, *(name for name in more if name not in charset.STAND_ALONE_ENCODINGS)]
    return tuple(_encoding_of(name) for name in names)


def same_letters(character_set: bytes, encodings: Sequence[str]) -> bool:
    """Whether a value of SpecificCharacterSet reads text as ``encodings`` do."""
    names = ([codecs.lookup(name).name for name in found] for found in (encodings_of(character_set), encodings))
    return next(names) == next(names)


def _spelled(name: str) -> str:
    """Return a character set's defined term, common misspellings such as ``ISO-IR 100`` put right."""
    for pattern, prefix in _SPELLINGS:
        if match := pattern.fullmatch(name):
            return prefix + match[1]
    return name


def _encoding_of(name: str) -> str:
    if name in charset.python_encoding:
        return charset.python_encoding[name]
    try:
        found = codecs.lookup(name)
        "".encode(found.name)  # some codecs are not for text
    except (LookupError, ValueError):
        raise UnreadableError("SpecificCharacterSet (0008,0005) names a character set that is not known") from None
    return found.name


def decoded(raw: bytes, encodings: Sequence[str], *, lenient: bool) -> str:
    """Decode text that is more than ASCII.

    Args:
        raw: the encoded text.
        encodings: those of its data set, the default one first.
        lenient: whether text that is not valid in them is read as UTF-8 or Latin-1.

    Raises:
        ActionError: it is not valid.
    """
    if b"\x1b" in raw and (text := _extended(raw, encodings)) is not None:
        return text
    for encoding in (encodings[0], *(("utf-8", "latin-1") if lenient else ())):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ActionError("a text is not valid in its character set")


def _extended(raw: bytes, encodings: Sequence[str]) -> str | None:
    """Decode text with escape sequences; None when it is not valid (PS3.5 section 6.1.2.5)."""
    result = []
    try:
        for part in re.findall(rb"\x1b[^\x1b]*|[^\x1b]+", raw):
            escape = part[: 4 if part.startswith((b"\x1b$(", b"\x1b$)")) else 3]
            encoding = charset.CODES_TO_ENCODINGS.get(escape, "") if part.startswith(b"\x1b") else encodings[0]
            if encoding not in encodings and encoding != charset.default_encoding:
                return None
            if encoding in charset.handled_encodings or not part.startswith(b"\x1b"):
                result.append(part.decode(encoding))
                continue
            body = part[len(escape) :]
            reset = next((place for place, byte in enumerate(body) if byte in LINE_DELIMITERS), len(body))
            result += (body[:reset].decode(encoding), body[reset:].decode(encodings[0]))
    except UnicodeDecodeError:
        return None
    return "".join(result)


def encoded(text: str, encodings: Sequence[str], vr: str) -> bytes:
    """Encode text that is more than ASCII, with escape sequences where it needs them.

    Args:
        text: the text.
        encodings: those of its data set, the default one first.
        vr: value representation; in names there are more delimiters.

    Raises:
        ActionError: none of them has its characters.
    """
    if len(encodings) == 1 and _can_hold(encodings[0], text):
        return text.encode(encodings[0])
    if all(any(_can_hold(encoding, letter) for encoding in encodings) for letter in text):
        parts = _DELIMITERS.get(vr, _DELIMITERS[""]).split(text)
        raw = b"".join(charset.encode_string(part, list(encodings)) for part in parts)
        if decoded(raw, encodings, lenient=False) == text:
            return raw
    raise ActionError("a new value has characters that the file's character set does not have")


def _can_hold(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
