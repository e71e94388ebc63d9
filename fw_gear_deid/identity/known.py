"""Where a text holds spellings of identifiers that are known."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from fw_gear_deid.identity.base import Kind
from fw_gear_deid.identity.numbers import is_subjects_number
from fw_gear_deid.identity.spelling import is_wide, without_accents
from fw_gear_deid.identity.spellings import spellings
from fw_gear_deid.identity.words import is_ambiguous, is_harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fw_gear_deid.identity.base import Identifier, Subject
    from fw_gear_deid.identity.patterns import Place
    from fw_gear_deid.identity.spelling import Spelling

_IDENTIFIERS: Final = 1 << 11
"""How many identifiers' spellings are kept at hand."""

_FEW: Final = 64
"""Identifiers that are looked for one by one: what finds each serves all files that know it."""

_CROWDS: Final = 4
"""How many sets of more are kept at hand; that of 1,000 persons takes 0.3 s to make, and 10 MB."""

_SHORTEST, _LONG = 3, 5
_SHORT_NUMBERS: Final = (2, 3)
_NUMBERED: Final = (
    r"(?:(?<![^\W\d_])(?:subject|subj|sub|participant|patient|pat|pt|case|study|volunteer|control|proband|mrn|pid|id|"
    r"number|nummer|no|nr)[ .:=_-]*|(?<!\w)(?=#))"
)
_DECIMAL: Final = re.compile(r"\s*[+-]?\d{0,7}\.\d{0,7}(?:[Ee][+-]?\d{1,3})?\s*")
"""No number that means somebody wherever it stands: of eight digits on either side of the point."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_NAMES: Final = frozenset({Kind.NAME, Kind.PERSON})
_LOOSE: Final = frozenset({Kind.BIRTH_DATE, Kind.TELEPHONE, Kind.EMAIL, Kind.ADDRESS})


def of_subject(text: str, subject: Subject, *, only_certain: bool = False) -> Iterator[Place]:
    """Yield where a text, in normal form C, holds spellings of a subject's identifiers as words of their own.

    Args:
        text: the text.
        subject: who it is about.
        only_certain: leave out spellings that may be met by chance, and short numbers that a word introduces.
    """
    yield from _known(text, subject.identifiers, only_certain=only_certain)
    if not only_certain and any(map(str.isdigit, text)):
        for number in filter(None, map(_short_number, subject.identifiers)):
            yield from (match.span("it") for match in _introduced(number).finditer(text))


def of_others(text: str, subject: Subject) -> Iterator[Place]:
    """Yield where a text speaks of others for certain; a decimal number has the digits of one of many by chance."""
    return iter(()) if _DECIMAL.fullmatch(text) else _known(text, subject.others, only_certain=True)


def _known(text: str, identifiers: frozenset[Identifier], *, only_certain: bool) -> Iterator[Place]:
    """Yield where a text holds spellings of identifiers, in no order; those of many are looked for at once."""
    if not identifiers:
        return
    plain = folded(text)
    for finder, of_ids in _finders(identifiers, only_certain=only_certain):
        for start, stop in bounded(text, finder.find_matches_as_indexes(plain, overlapping=True)):
            if not of_ids or stop - start >= _LONG or _is_apart(text, start, stop):
                yield start, stop


def _short_number(identifier: Identifier) -> str:
    """Return an ID of two or three digits, which is too short to mean anybody unless a word introduces it."""
    number = identifier.value.strip().lstrip("0") if identifier.kind is Kind.ID else ""
    return number if number.isdecimal() and len(number) in _SHORT_NUMBERS else ""


@lru_cache(maxsize=_IDENTIFIERS)
def _introduced(number: str) -> re.Pattern[str]:
    return re.compile(rf"{_NUMBERED}(?P<it>#?0*{number})(?!\d|[.,]\d)", re.IGNORECASE)


def bounded(text: str, matches: Iterable[tuple[int, int, int]]) -> Iterator[Place]:
    """Yield the places of matches that are words, or several, of their own."""
    return ((start, stop) for _, start, stop in matches if _stands_alone(text, start, stop))


def _stands_alone(text: str, start: int, stop: int) -> bool:
    """Whether a word begins and ends here; a single letter beside a digit is no initial, but part of ``T2``."""
    if not (_parts(text, start) and _parts(text, stop)):
        return False
    ends_in_initial = text[stop - 1].isalpha() and not text[stop - 2 : stop - 1].isalpha()
    begins_so = text[start].isalpha() and not text[start + 1 : start + 2].isalpha()
    before, after = text[start - 1 : start] if start else "", text[stop : stop + 1]
    return not (ends_in_initial and after.isdigit()) and not (begins_so and before.isdigit())


def _is_apart(text: str, start: int, stop: int) -> bool:
    """Whether neither a letter nor a digit stands beside a place: a short number is not that of ``b1500``."""
    return not (text[start - 1 : start] if start else "").isalnum() and not text[stop : stop + 1].isalnum()


def folded(text: str) -> str:
    """Return a text in small letters without accents, letter by letter, of the same length."""
    if text.isascii():
        return text.lower()
    return "".join(map(_folded, text))


@lru_cache(maxsize=1 << 12)
def _folded(letter: str) -> str:
    plain = without_accents(letter).casefold()
    return plain if len(plain) == 1 else letter.casefold() if len(letter.casefold()) == 1 else letter


def _finders(identifiers: frozenset[Identifier], *, only_certain: bool) -> Iterable[tuple[AhoCorasick, bool]]:
    """Return what finds the spellings of identifiers, each with whether these are IDs."""
    if len(identifiers) > _FEW:
        return _finders_of_many(identifiers, only_certain)
    return ((_finder(each, only_certain), each.kind is Kind.ID) for each in identifiers)


@lru_cache(maxsize=_IDENTIFIERS)
def _finder(identifier: Identifier, only_certain: bool) -> AhoCorasick:  # noqa: FBT001  # lru_cache
    """Return what finds the spellings of one identifier; of several it would be made anew for each row of a table."""
    return _automaton((identifier,), only_certain=only_certain)


@lru_cache(maxsize=_CROWDS)
def _finders_of_many(identifiers: frozenset[Identifier], only_certain: bool) -> tuple[tuple[AhoCorasick, bool], ...]:  # noqa: FBT001  # lru_cache
    ids = {each for each in identifiers if each.kind is Kind.ID}
    return (
        (_automaton(ids, only_certain=only_certain), True),
        (_automaton(identifiers - ids, only_certain=only_certain), False),
    )


def _automaton(identifiers: Iterable[Identifier], *, only_certain: bool) -> AhoCorasick:
    found = {
        folded(unicodedata.normalize("NFC", spelling.text))
        for identifier in identifiers
        for spelling in spellings(identifier)
        if spelling.certain or (not only_certain and _counts(spelling, identifier.kind))
    }
    # Of the kinds of automata the quickest to build.
    kind = Implementation.NoncontiguousNFA
    return AhoCorasick(sorted(found), matchkind=MatchKind.Standard, implementation=kind, store_patterns=False)


def _counts(spelling: Spelling, kind: Kind) -> bool:
    """Whether a spelling that may be met by chance goes from free text all the same."""
    if kind in _LOOSE:
        return True
    if kind is Kind.ID and any(map(str.isdigit, spelling.text)):
        return is_subjects_number(spelling.text)
    words = [word for word in _WORD.findall(spelling.text.casefold()) if len(word) > 1]
    long_enough = len(spelling.text) >= _SHORTEST or is_wide(spelling.text)
    return kind in _NAMES and long_enough and any(not is_harmless(word) or is_ambiguous(word) for word in words)


def _parts(text: str, place: int) -> bool:
    """Whether a word may end and another begin at a place: between letters, digits and others, and at a hump."""
    if place in {0, len(text)}:
        return True
    before, after = text[place - 1], text[place]
    if before.isdigit() or after.isdigit():
        return before.isdigit() != after.isdigit()
    if not (before.isalpha() and after.isalpha()):
        return True
    return (before.islower() and after.isupper()) or "W" in map(unicodedata.east_asian_width, (before, after))
