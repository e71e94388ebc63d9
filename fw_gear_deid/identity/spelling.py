"""One spelling of an identifier, and other ways to write its letters."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_ASCII: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "å": "aa", "Å": "Aa",
     "ø": "oe", "Ø": "Oe", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D"}
)  # fmt: skip
_WITHOUT_STROKE: Final = str.maketrans("øØłŁđĐıåÅ", "oOlLdDiaA")
UMLAUTS: Final = (("ae", "ä", "a"), ("oe", "ö", "o"), ("ue", "ü", "u"))
"""Two letters, what they may stand for, and that without its accent."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text in which an identifier may be met. Identifying.

    Attributes:
        text: the text; letter case is no matter.
        certain: whether the text, met between the boundaries of words, tells the person. What is not certain may be
            met by chance: initials, a date without century, a name that is a word, too.
    """

    text: str = field(repr=False)
    certain: bool


def letter_variants(text: str) -> Iterator[str]:
    """Yield a text, and the same without accents and with those that its letters may stand for (``ue`` for ``ü``)."""
    composed = unicodedata.normalize("NFC", text)
    yield composed
    if composed.isascii():
        folded = composed.casefold()
        for pair, umlaut, plain in UMLAUTS:
            if pair in folded:
                yield folded.replace(pair, umlaut)
                yield folded.replace(pair, plain)
        return
    yield composed.translate(_IN_ASCII)
    yield without_accents(composed)


def without_accents(text: str) -> str:
    """Return a text in which letters with accents are plain ones; other scripts stay."""
    apart = unicodedata.normalize("NFD", text.translate(_WITHOUT_STROKE).replace("ß", "ss"))
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f"))


def is_wide(text: str) -> bool:
    """Whether a text is written without spaces between words: ideographs, kana, hangul."""
    return any(unicodedata.east_asian_width(letter) in "WF" for letter in text)
