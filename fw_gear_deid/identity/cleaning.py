"""Text without what tells a person: known identifiers, then patterns, then words that are names.

What is left is left as it stands, but for the separators that what went had on both its sides.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from ahocorasick_rs import AhoCorasick, MatchKind

from fw_gear_deid.identity import introductions, patterns
from fw_gear_deid.identity.cues import CUE_WORDS
from fw_gear_deid.identity.eponyms import is_eponym, is_pair
from fw_gear_deid.identity.known import bounded, folded, of_others, of_subject
from fw_gear_deid.identity.words import is_ambiguous, is_harmless, is_name, is_place, places_of_several_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fw_gear_deid.identity.base import Subject
    from fw_gear_deid.identity.patterns import Place

_SHORTEST, _LONG = 3, 5
_TOKEN: Final = re.compile(r"[^\W\d_]+")
_HUMP: Final = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_SEPARATORS: Final = " _-^,;:/|.+&"
_CLOSING: Final = ".,;:)]}"
_EMPTY_BRACKETS: Final = re.compile(r"[ _-]?(?:\([ _,;-]*\)|\[[ _,;-]*\]|\{[ _,;-]*\})")
_INITIAL_BEFORE: Final = re.compile(r"(?<![^\W_])[A-Z](?:\. ?| )$")
_INITIAL_AFTER: Final = re.compile(r",? [A-Z](?:\.|(?![^\W_]))(?: ?[A-Z]\.)?")
_POSSESSIVE: Final = re.compile(r"['\u2019]s(?![^\W_])")
_COMPANION: Final = re.compile(r"(?P<gap>\^|, ?| )(?P<it>[^\W\d_]{3,})(?![^\W_])")
_COMPANION_BEFORE: Final = re.compile(r"(?<![^\W_])(?P<it>[^\W\d_]{3,})(?P<gap>\^|, | )$")


def cleaned(text: str, subject: Subject) -> str:
    """Return a text without what tells a person; harmless words, sizes and numbers stay.

    Args:
        text: any text; several lines are cleaned as one text.
        subject: whose identifiers are looked for before anything else.
    """
    if not text or text.isspace():
        return text
    return _settled(text, lambda left: [*of_subject(left, subject), *of_others(left, subject), *_unknown(left)])


def scrubbed(text: str, subject: Subject) -> str:
    """Return a text without the certain spellings of known identifiers; all else stays.

    Args:
        text: any text.
        subject: whose identifiers are looked for.
    """
    if not text or not (subject.identifiers or subject.others):
        return text
    return _settled(text, lambda left: [*of_subject(left, subject, only_certain=True), *of_others(left, subject)])


def _settled(text: str, places: Callable[[str], Iterable[Place]]) -> str:
    """Return a text without what is found in it, nor in what is left of it: what went may have parted a name."""
    left = text
    while found := _merged(places(composed := _composed(left))):
        left = _without(composed, found)
    return left


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@cache
def _ends_of_cities() -> frozenset[str]:
    return frozenset(name.rsplit(maxsplit=1)[-1] for name in places_of_several_words())


@cache
def _cities() -> AhoCorasick:
    return AhoCorasick(places_of_several_words(), matchkind=MatchKind.LeftmostLongest)


def _unknown(text: str) -> Iterator[Place]:
    """Yield what tells a person that nobody has told of."""
    tokens = list(_TOKEN.finditer(text))
    words = [token[0].casefold() for token in tokens]
    every = frozenset(words)
    yield from patterns.places(text, every)
    yield from introductions.names(text, every)
    if not every.isdisjoint(_ends_of_cities()):
        yield from bounded(text, _cities().find_matches_as_indexes(folded(text).replace("_", " ")))
    for token, word in zip(tokens, words, strict=True):
        if is_harmless(word) or len(word) < _SHORTEST:
            continue
        if _is_listed(word):
            if is_eponym(text, *token.span()):
                continue
            yield _with_companions(text, *token.span())
        elif not token[0].islower() and not token[0].isupper():
            yield from _humps(token)


def _is_listed(word: str) -> bool:
    return is_name(word) or is_place(word) or (not word.isascii() and is_name(folded(word)))


def _humps(token: re.Match[str]) -> Iterator[Place]:
    """Yield names in a word that is made of several: ``SmithJohn``."""
    parts = _HUMP.split(token[0])
    listed = [len(part) > _SHORTEST and _is_listed(part.casefold()) for part in parts]
    start = token.start()
    for part, is_one in zip(parts, listed, strict=True):
        if is_one and len(parts) > 1 and not is_pair(*parts[:2]) and (len(part) >= _LONG or sum(listed) > 1):
            yield start, start + len(part)
        start += len(part)


def _with_companions(text: str, start: int, stop: int) -> Place:
    after = _INITIAL_AFTER.match(text, stop) or _COMPANION.match(text, stop)
    if after and ("it" not in after.re.groupindex or _accompanies(after) or _is_surname(after)):
        stop = after.end()
    if before := _INITIAL_BEFORE.search(text, max(0, start - 3), start):
        start = before.start()
    elif (before := _COMPANION_BEFORE.search(text, max(0, start - 32), start)) and _accompanies(before):
        start = before.start("it")
    return start, stop


def _accompanies(match: re.Match[str]) -> bool:
    """Whether a word beside a name is one, too: not known as any other word, and capitalised, or behind a caret."""
    word = match["it"]
    written_so = match["gap"] == "^" or (word[0].isupper() and not word.isupper())
    return written_so and not is_harmless(word.casefold()) and word.casefold() not in CUE_WORDS


def _is_surname(match: re.Match[str]) -> bool:
    """Whether a word after a name is a surname that is a harmless word, too: ``David Brown``."""
    word = match["it"]
    return match["gap"] == " " and word.istitle() and is_ambiguous(word.casefold())


def _merged(found: Iterable[Place]) -> list[Place]:
    """Return places in order, those that touch as one."""
    merged: list[Place] = []
    for start, stop in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        elif stop > start:
            merged.append((start, stop))
    return merged


def _without(text: str, found: list[Place]) -> str:
    """Return a text without some places, and without the separators that would stand double or at an end."""
    result, last = text[: found[0][0]], _after(text, found[0][1])
    for start, stop in (*found[1:], (len(text), len(text))):
        result = _joined(result, text[last:start])
        last = _after(text, stop)
    return _EMPTY_BRACKETS.sub("", result)


def _after(text: str, place: int) -> int:
    """Return where the text goes on after something that went: a possessive goes with its name."""
    possessive = _POSSESSIVE.match(text, place)
    return possessive.end() if possessive else place


def _joined(left: str, right: str) -> str:
    """Put together what stood on both sides of what went."""
    if not left:
        return right.lstrip(_SEPARATORS)
    if not right.strip(_SEPARATORS):
        return left.rstrip(_SEPARATORS) if right == "" or left[-1] in _SEPARATORS else left + right[:1]
    if left[-1] == " " and right[0] in _CLOSING:
        return left.rstrip(" ") + right
    if left[-1] == "-" and right[0] == "_":  # the key of a BIDS entity without its value
        return left.rstrip("-") + right
    return left + (right.lstrip(_SEPARATORS) if left[-1] in _SEPARATORS else right)
