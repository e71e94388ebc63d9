"""The spellings of a person's name."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.numbers import number_spellings
from fw_gear_deid.identity.spelling import UMLAUTS, Spelling, is_wide, letter_variants
from fw_gear_deid.identity.words import is_ambiguous, is_harmless, is_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPONENTS: Final = 3
"""Family, given, middle name. Prefix and suffix (Dr, Jr) tell nobody (PS3.5 section 6.2.1)."""

_SEPARATORS: Final = (" ", "^", ", ", ",", "_", "-", ".", "")
_LONG, _KNOWN, _SHORT = 5, 4, 3
_WIDE_NAME, _WIDE_PART = 3, 2
_WORDS: Final = re.compile(r"[^\W\d_]+")
_PARTS: Final = re.compile(r"[\s\-'\u2019.]+")


def name_spellings(value: str) -> Iterator[Spelling]:
    """Yield the spellings of a name.

    Args:
        value: a DICOM person name with its groups and components, or a name as people write it.
    """
    for group in value.split("="):
        for parts in _readings(group):
            yield from _wide(parts) if is_wide("".join(parts)) else _written(parts)


def _readings(group: str) -> Iterator[tuple[str, str, str]]:
    """Yield family, given and middle name, in each way in which the name can be read."""
    if "^" in group or "," in group:
        family, given, middle = ([*map(str.strip, re.split(r"[,^]", group)), "", ""])[:_COMPONENTS]
        first, *more = given.split() or [""]
        yield family, given, middle
        if more and not middle:
            yield family, first, " ".join(more)
        return
    words = group.split()
    if len(words) <= 1:
        yield group.strip(), "", ""
        return
    yield words[-1], words[0], " ".join(words[1:-1])
    if len(words) > _COMPONENTS - 1:
        yield words[0], words[1], " ".join(words[2:])


def _written(parts: tuple[str, str, str]) -> Iterator[Spelling]:
    family, given, middle = parts
    for part in parts:
        yield from _alone(part)
    orders = [(family, given), (given, family), (family, given, middle), (given, middle, family)]
    orders += [(given, middle), (family, given, middle[:1]), (given, middle[:1], family)]
    for order in orders:
        if sum(map(bool, order)) > 1:
            yield from _joined([part for part in order if part])
    yield from _with_initial(family, given)
    yield from _initials([part for part in parts if part])


def _alone(part: str) -> Iterator[Spelling]:
    """Yield one component, its words, and the component written in one word."""
    words = [word for word in _PARTS.split(part) if word]
    together = {part, "".join(words), " ".join(words), "-".join(words)} if len(words) > 1 else set[str]()
    for text in sorted({*words, *together}):
        if any(letter.isdigit() for letter in text):
            yield from number_spellings(text)
            continue
        folded = text.casefold()
        if len(text) < _SHORT or (is_harmless(folded) and not is_ambiguous(folded)):
            continue
        for variant in letter_variants(text):
            yield Spelling(variant, _tells(text))


def _tells(text: str) -> bool:
    """Whether one component tells the person by itself."""
    words = [word.casefold() for word in _WORDS.findall(text)]
    if words and all(map(is_harmless, words)):
        return False
    length = sum(map(len, words))
    return length >= _LONG or (length >= _KNOWN and is_name("".join(words)))


def _joined(parts: list[str]) -> Iterator[Spelling]:
    """Yield components one after another, with every usual separator."""
    words = [word.casefold() for part in parts for word in _WORDS.findall(part)]
    full = [word for word in words if len(word) > 1]
    certain = len(full) > 1 and not all(map(_is_word_alone, full)) and sum(map(len, words)) >= _KNOWN
    tells_together = certain and not all(map(is_harmless, full))
    for variants in _variants(parts):
        for separator in _SEPARATORS:
            text = separator.join(variants)
            if separator:
                yield Spelling(text, certain)
            elif len(text) > _LONG:
                yield Spelling(text, tells_together and not is_harmless(text.casefold()))
        if len(variants) > _COMPONENTS - 1:
            yield Spelling(f"{variants[0]}, {' '.join(variants[1:])}", certain)
            yield Spelling(f"{variants[0]} {variants[1]}. {variants[2]}", certain)


def _is_word_alone(word: str) -> bool:
    """Whether a word is never a name, or so seldom that nobody is meant by it: ``sag``, but not ``White``."""
    return is_harmless(word) and not is_ambiguous(word)


def _variants(parts: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield components in each way to write their letters; more than two ways are rare, and taken alike for all."""
    ways = [list(letter_variants(part)) for part in parts]
    if sum(len(way) > 1 for way in ways) <= 1:
        yield from product(*ways)
        return
    for place in range(max(map(len, ways))):
        yield tuple(way[min(place, len(way) - 1)] for way in ways)


def _with_initial(family: str, given: str) -> Iterator[Spelling]:
    """Yield the family name with the initial of the given one."""
    if not family or not given or any(letter.isdigit() for letter in family):
        return
    if len(family) < _SHORT:
        yield Spelling(f"{given[0]}. {family}", certain=False)
        return
    certain = _tells(family)
    initials = {given[0], "".join(word[0] for word in _PARTS.split(given) if word)}
    for initial, name in product(sorted(initials), letter_variants(family)):
        yield Spelling(f"{name}{initial}", certain)
        yield Spelling(f"{initial}{name}", certain)
        for text in (f"{name} {initial}", f"{name}_{initial}", f"{name}, {initial}", f"{name},{initial}"):
            yield Spelling(text, certain)
        for text in (f"{initial} {name}", f"{initial}. {name}", f"{initial}.{name}", f"{initial}_{name}"):
            yield Spelling(text, certain)
        yield Spelling(f"{name}^{initial}", certain)


def _initials(parts: list[str]) -> Iterator[Spelling]:
    letters = [part[0] for part in parts if part[0].isalpha()]
    for order in (letters, letters[1:] + letters[:1]):
        if len(order) > 1:
            yield Spelling(".".join(order) + ".", certain=False)
            yield Spelling(". ".join(order) + ".", certain=False)
            if not is_harmless("".join(order).casefold()):
                yield Spelling("".join(order), certain=False)


def _wide(parts: tuple[str, str, str]) -> Iterator[Spelling]:
    """Yield a name in a script without spaces; its components are often words, or parts of longer names."""
    given = [part for part in parts if part]
    for part in given:
        if len(part) >= _WIDE_PART:
            yield Spelling(part, len(given) == 1 and len(part) >= _WIDE_NAME)
    if len(given) > 1:
        certain = len("".join(given)) >= _WIDE_NAME
        for order in (given, given[::-1]):
            for separator in ("", " ", "^", "\u3000", "\u30fb"):  # the space and the dot of these scripts
                yield Spelling(separator.join(order), certain)


def name_cores(value: str) -> set[str]:
    """Return words and initials of which each spelling of a name of four characters or more holds one.

    None are returned of names for which that is not so simple: in other letters than ASCII's, with digits, with short
    words alone, or with letters that may stand for others (``ue`` for ``ü``).
    """
    letters = "".join(_WORDS.findall(value)).lower()
    if not value.isascii() or any(map(str.isdigit, value)) or any(pair in letters for pair, *_ in UMLAUTS):
        return set()
    cores: set[str] = set()
    for parts in (parts for group in value.split("=") for parts in _readings(group)):
        names = [part for part in parts if part]
        for part in names:
            words = [_long_words(word) for word in (part, *_PARTS.split(part)) if word == part or len(word) >= _SHORT]
            if not all(words):
                return set()
            cores |= words[0]
        initials = [part[0] for part in names if part[0].isalpha()]
        for one, other in zip(initials, initials[1:] + initials[:1], strict=True):
            cores |= {f"{one}.{other}.", f"{one}. {other}."}
    return cores


def _long_words(text: str) -> set[str]:
    return {word for word in _WORDS.findall(text) if len(word) >= _SHORT}
