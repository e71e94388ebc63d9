"""The bytes that a text may stand in a file as."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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


@dataclass(frozen=True, slots=True)
class Encoded:
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
        yield from (Encoded(small.encode(name), width=2) for name in _WIDE)
        return
    found: dict[bytes, Encoded] = {}
    for each in dict.fromkeys((text.lower(), text.upper(), text.title())):
        for name in ("ascii",) if each.isascii() else _ONE_BYTE:
            _add(found, each, name)
        for name in _WIDE:
            _add(found, each, name, width=2)
        for name in () if each.isascii() else _SEVEN_BITS:
            _add(found, each, name, escaped=True)
    yield from found.values()


def _add(found: dict[bytes, Encoded], text: str, name: str, *, width: int = 1, escaped: bool = False) -> None:
    try:
        data = text.encode(name)
    except UnicodeEncodeError:
        return
    if escaped:
        data = _OUTER_ESCAPES.sub(b"", data)
    small = data.lower()
    if small not in found:
        found[small] = Encoded(small, width, escaped)
