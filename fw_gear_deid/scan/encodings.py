"""The bytes that a text may stand in a file as."""

from __future__ import annotations

import re
from codecs import utf_16_be_encode, utf_16_le_encode
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_ONE_BYTE: Final = (
    "utf-8",
    "latin-1",
    *(f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15)),
    "cp1252",
    "cp1251",
    "koi8-r",
    "cp437",
    "mac-roman",
    "shift-jis",
    "euc-jp",
    "euc-kr",
    "gb18030",
    "big5",
)
"""The character sets of PS3.3 section C.12.1.1.2, and those of files that are no DICOM."""

_SEVEN_BITS: Final = ("iso2022_jp", "iso2022_jp_2", "iso2022_kr")
"""Those in which an escape sequence says that the bytes of ASCII mean something else."""

_WIDE: Final = ("utf-16-le", "utf-16-be")
_OUTER_ESCAPES: Final = re.compile(rb"\A(?:\x1b[$(.][$()A-Z@]{1,2}|\x0e)+|(?:\x1b[(][BJ]|\x0f)+\Z")


class Encoded(NamedTuple):
    """A text as bytes.

    Attributes:
        data: the bytes, ASCII letters small.
        width: bytes of one character, as far as its neighbours are concerned.
        escaped: whether the bytes mean the text only after an escape sequence.
    """

    data: bytes
    width: int = 1
    escaped: bool = False


def encoded(text: str) -> Iterator[Encoded]:
    """Yield the bytes of a text in every encoding that can write it, each once.

    Letter case is left to whoever compares bytes after ``bytes.lower``, which knows ASCII letters alone: of other
    letters, small and capital ones are both yielded.
    """
    if text.isascii():  # nearly all of them are, and a search begins with thousands
        small = text.lower()
        yield Encoded(small.encode("ascii"))
        yield Encoded(utf_16_le_encode(small)[0], 2)
        yield Encoded(utf_16_be_encode(small)[0], 2)
        return
    found: dict[bytes, Encoded] = {}
    for each in dict.fromkeys((text.lower(), text.upper(), text.title())):
        for name, width, escaped in _able("".join(sorted({letter for letter in each if not letter.isascii()}))):
            whole = each.encode(name)
            data = (_OUTER_ESCAPES.sub(b"", whole) if escaped else whole).lower()
            found.setdefault(data, Encoded(data, width, escaped))
    yield from found.values()


@lru_cache(maxsize=1024)
def _able(letters: str) -> tuple[tuple[str, int, bool], ...]:
    """Return the encodings that can write some letters which are no ASCII; of those that write them alike, the first.

    Returns:
        Name, bytes of a character, and whether there are escape sequences.
    """
    wide = ((name, 2, False) for name in _WIDE)
    if not letters:
        return ("ascii", 1, False), *wide
    narrow = ((name, 1, name in _SEVEN_BITS) for name in (*_ONE_BYTE, *_SEVEN_BITS))
    able: dict[tuple[bytes, ...], tuple[str, int, bool]] = {}
    for form in chain(narrow, wide):
        with suppress(UnicodeEncodeError):
            able.setdefault(tuple(letter.encode(form[0]) for letter in letters), form)
    return tuple(able.values())
