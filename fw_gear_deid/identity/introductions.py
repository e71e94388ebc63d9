"""What introduces a name: a title before it, a cue such as "referred by", a clinic's kind after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.words import is_ambiguous, is_harmless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from fw_gear_deid.identity.patterns import Place

_WORD: Final = r"[^\W\d_][^\W\d_'\u2019-]*(?:['\u2019-][^\W\d_]+)*"
_TITLES: Final = (
    "dr doctor prof professor mr mrs ms miss sir herr herrn frau hr fr mme mlle monsieur madame sra señor señora dott "
    "dra"
)
_TITLE: Final = re.compile(
    rf"(?<!\w)(?:{_TITLES.replace(' ', '|')})(?:(?P<dot>\.)[ _]?|[ _])(?:(?:dr|prof|med)\.? )*", re.IGNORECASE
)
_NAMING: Final = re.compile(
    r"(?<!\w)(?:(?:patient|subject|participant|pat|mother|father|parent)(?:['\u2019]?s)?[ _]?)?"
    r"(?:(?:last|first|full|given|family|maiden|sur|birth)[ _]?)?name(?P<is>[ ]?(?:[:=]|is )[ ]?)",
    re.IGNORECASE,
)
_DEEDS: Final = (
    "referred performed requested reported dictated signed read reviewed acquired scanned ordered seen approved "
    "transcribed injected verified done edited"
)
_ROLES: Final = (
    "physician phys md doctor radiologist technologist technician operator tech rad surgeon nurse ref contact attn"
)
_RELATIONS: Final = "mother father son daughter wife husband brother sister child care courtesy"
_PERSONS: Final = "patient pat pt subject participant"
_CUE: Final = re.compile(
    rf"(?<!\w)(?:(?:{_DEEDS.replace(' ', '|')}) (?:by|with)|(?:{_ROLES.replace(' ', '|')}) ?[:=]|"
    rf"(?:{_RELATIONS.replace(' ', '|')}) of|c/o|(?:{_PERSONS.replace(' ', '|')})(?: ?[:=]| )) ?",
    re.IGNORECASE,
)
_KINDS: Final = (
    "hospital hospitals clinic clinics center centre klinik klinikum krankenhaus hopital hôpital university "
    "universität université infirmary hospice practice"
)
_CLINIC: Final = re.compile(
    rf"(?P<it>(?:(?:{_WORD}|St\.|Mt\.)[ -]){{1,4}})(?:{_KINDS.replace(' ', '|').replace('cent', 'medical cent')})"
    r"(?!\w)",
    re.IGNORECASE,
)
_UNITS: Final = frozenset({"ms", "hr", "fr"})
"""Milliseconds and their like: in small letters, and without a point, they are no titles."""

_TITLE_WORDS: Final = frozenset(_TITLES.split())
_NAMING_WORDS: Final = frozenset(["name", "lastname", "firstname", "surname", "patientname"])
_CUE_WORDS: Final = frozenset(f"{_DEEDS} {_ROLES} {_RELATIONS} {_PERSONS} c".split())
_CLINIC_WORDS: Final = frozenset(_KINDS.split())
_NEXT: Final = re.compile(rf"(?:{_WORD}|[^\W\d_])\.?")
_GAP: Final = re.compile(r"[ ^]|, ?|[ ]?-[ ]?|_")
_KEYS: Final = re.compile(r" ?[:=]")
_MOST: Final = 4
"""Words that a name has at most."""


def names(text: str, words: AbstractSet[str]) -> Iterator[Place]:
    """Yield where a text holds names that something introduces, written titles with them.

    Args:
        text: the text.
        words: its words, casefolded.
    """
    if not _TITLE_WORDS.isdisjoint(words):
        for match in _TITLE.finditer(text):
            if match[0].strip(" _") in _UNITS:
                continue
            written = match["dot"] is not None or not match[0].strip(" _").isupper()
            stop = _named(text, match.end(), first_counts=written)
            yield match.start() if written and stop > match.end() else match.end(), stop
    if not _NAMING_WORDS.isdisjoint(words):
        for match in _NAMING.finditer(text):
            stop = _until_a_break(text, match.end())
            # With what introduced it, lest that introduce the next word.
            yield (match.start("is") if stop > match.end() else stop), stop
    if not _CUE_WORDS.isdisjoint(words):
        for match in _CUE.finditer(text):
            yield match.end(), _named(text, match.end(), first_counts=False)
    if not _CLINIC_WORDS.isdisjoint(words):
        for match in _CLINIC.finditer(text):
            yield from _clinic(match)


def _named(text: str, start: int, *, first_counts: bool) -> int:
    """Return where a name ends that may begin at ``start``; ``start`` when none does.

    Args:
        text: the text.
        start: where the name would begin.
        first_counts: whether a capitalised word is a name even if it is a harmless word, too.
    """
    stop, place = start, start
    for number in range(_MOST):
        word = _NEXT.match(text, place)
        if word is None or not _is_part(word[0], counts=first_counts and number == 0, follows=number > 0):
            break
        if stop > start or len(word[0].rstrip(".")) > 1 or word[0].endswith("."):
            stop = word.end()  # a single letter is an initial if a name follows, or a point
        gap = _GAP.match(text, word.end())
        if gap is None:
            break
        place = gap.end()
    return stop


def _is_part(word: str, *, counts: bool, follows: bool) -> bool:
    """Whether a word after an introduction is part of a name."""
    plain = word.rstrip(".").casefold()
    if len(plain) == 1:
        return word[0].isupper()
    if not word[0].isupper() or len(plain) <= 1:
        return False
    if counts or not _is_everyday(plain):
        return True
    return is_ambiguous(plain) and (follows or not word.rstrip(".").isupper())


def _is_everyday(word: str) -> bool:
    """Whether a word, or the word of which it is a possessive or a compound, is harmless."""
    return all(is_harmless(part) for part in re.split(r"['\u2019-]", word) if len(part) > 1)


def _until_a_break(text: str, start: int) -> int:
    """Return the end of up to four words after ``Name:``, whatever they are; what a colon follows is the next key."""
    stop, place = start, start
    for number in range(_MOST):
        word = _NEXT.match(text, place)
        if word is None or (number and _KEYS.match(text, word.end())):
            break
        stop = word.end()
        gap = _GAP.match(text, stop)
        if gap is None:
            break
        place = gap.end()
    return stop


def _clinic(match: re.Match[str]) -> Iterator[Place]:
    """Yield the words before a clinic's kind that name it."""
    start = match.start("it")
    for word in re.finditer(rf"St\.|Mt\.|{_WORD}", match["it"]):
        plain = word[0].casefold()
        if word[0] in {"St.", "Mt."} or (word[0][0].isupper() and not _is_everyday(plain)):
            yield start + word.start(), start + word.end()
