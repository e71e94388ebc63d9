"""Every spelling in which an identifier may be met."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.base import Kind
from fw_gear_deid.identity.dates import date_cores, date_spellings
from fw_gear_deid.identity.names import name_cores, name_spellings
from fw_gear_deid.identity.numbers import number_cores, number_spellings, telephone_spellings
from fw_gear_deid.identity.spelling import Spelling, letter_variants
from fw_gear_deid.identity.words import is_harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fw_gear_deid.identity.base import Identifier

_LINES: Final = re.compile(r"[\r\n,;^\\]+")
_LONG_PART: Final = 5
_LONG_ADDRESS: Final = 8
_WORDS_OF_A_STREET: Final = 2


def spellings(identifier: Identifier) -> Iterator[Spelling]:
    """Yield the spellings of an identifier, each once; letter case is left to whoever searches for them.

    Words that are harmless, numbers of fewer than five digits, initials and dates without a century are never certain;
    what is too short to mean anything (sizes, single letters) is left out.
    """
    found: dict[str, bool] = {}
    for spelling in _OF_KIND[identifier.kind](identifier.value):
        text = spelling.text.strip()
        if text:
            found[text] = found.get(text, False) or spelling.certain
    yield from (Spelling(text, certain) for text, certain in found.items())


def cores(identifier: Identifier) -> set[str]:
    """Return texts of which each spelling of an identifier holds one, but for spellings of fewer than four characters.

    They are made in a tenth of the time. Where none of them is, no spelling is; none at all are returned of identifiers
    of which only the spellings themselves tell that.
    """
    made = _CORES_OF_KIND.get(identifier.kind)
    return made(identifier.value) if made is not None else set()


def _address(value: str) -> Iterator[Spelling]:
    """Yield an address as a whole, and its lines: one with a number and a street is certain."""
    lines = [line.strip() for line in _LINES.split(value) if line.strip()]
    if len(lines) > 1 and sum(map(len, lines)) >= _LONG_ADDRESS:
        for separator in (", ", " ", ",", "\n", "\r\n", "^"):
            yield Spelling(separator.join(lines), certain=True)
        yield Spelling(value.strip(), certain=True)
    for line in lines:
        words = re.findall(r"\w+", line)
        numbered = any(map(str.isdigit, words)) and any(word.isalpha() for word in words)
        certain = numbered and len(words) >= _WORDS_OF_A_STREET
        if len(line) >= _LONG_PART and not all(is_harmless(word.casefold()) for word in words):
            yield from (Spelling(variant, certain) for variant in letter_variants(line))


def _email(value: str) -> Iterator[Spelling]:
    local, at, host = value.strip().partition("@")
    yield Spelling(value, certain=bool(local and at and "." in host))
    if len(local) >= _LONG_PART and not is_harmless(local.casefold()):
        yield Spelling(local, certain=False)


_OF_KIND: Final[Mapping[Kind, Callable[[str], Iterator[Spelling]]]] = {
    Kind.NAME: name_spellings,
    Kind.PERSON: name_spellings,
    Kind.ID: number_spellings,
    Kind.ACCESSION: number_spellings,
    Kind.BIRTH_DATE: date_spellings,
    Kind.ADDRESS: _address,
    Kind.TELEPHONE: telephone_spellings,
    Kind.EMAIL: _email,
}
_CORES_OF_KIND: Final[Mapping[Kind, Callable[[str], set[str]]]] = {
    Kind.NAME: name_cores,
    Kind.PERSON: name_cores,
    Kind.ID: number_cores,
    Kind.ACCESSION: number_cores,
    Kind.BIRTH_DATE: date_cores,
}
