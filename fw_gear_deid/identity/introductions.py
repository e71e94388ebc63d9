"""What introduces a name: a title before it, a cue such as "referred by", a clinic's kind after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.cues import CUE, CUE_WORDS, NAMING, NAMING_WORDS, OF_THINGS
from fw_gear_deid.identity.eponyms import is_eponym
from fw_gear_deid.identity.words import is_ambiguous, is_harmless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from fw_gear_deid.identity.patterns import Place

_WORD: Final = r"[^\W\d_][^\W\d_'\u2019-]*(?:['\u2019-][^\W\d_]+)*"
_TITLES: Final = (
    "dr doctor prof professor mr mrs ms miss madam mdm sir herr herrn frau hr fr mme mlle monsieur madame sra señor "
    "señora dott dra mevr mevrouw dhr"
)
_TITLE: Final = re.compile(
    rf"(?<!\w)(?:{_TITLES.replace(' ', '|')})(?:(?P<dot>\.)[ _]{{0,3}}|[ _]{{1,3}})(?:(?:dr|prof|med)\.? )*",
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
_BEFORE: Final = (
    "hospital klinikum klinik krankenhaus spital universitätsspital clinique hopital hôpital ospedale clínica chu "
    "infirmary universitätsklinikum universitätsklinik uniklinik uniklinikum kreiskrankenhaus kinderklinik "
    "frauenklinik praxis ziekenhuis sjukhus sygehus"
)
_CLINIC_OF: Final = re.compile(
    rf"(?<!\w)(?:{_BEFORE.replace(' ', '|')}) (?:(?:of|de|del|di|du|der|für|st\.?|san|santa) )*"
    rf"(?P<it>{_WORD})(?: (?P<more>{_WORD}))?",
    re.IGNORECASE,
)
_INITIALED: Final = re.compile(
    r"(?<![^\W_])(?P<it>[^\W\d_]{3,}),? [A-Z]\. ?[A-Z]\.|(?<![^\W_])[A-Z]\. ?[A-Z]\. ?(?P<last>[^\W\d_]{3,})"
)
_UNITS: Final = frozenset({"ms", "hr", "fr", "HR", "FR"})
"""Milliseconds, heart rate, French, high resolution: written so, and without a point, they are no titles."""

_TITLE_WORDS: Final = frozenset(_TITLES.split())
_MODALITY: Final = "MR"
"""No title before a word in small letters: ``MR Kniegelenk``."""

_CLINIC_WORDS: Final = frozenset(_KINDS.split())
_BEFORE_WORDS: Final = frozenset(_BEFORE.split())
_NEXT: Final = re.compile(rf"(?:{_WORD}|[^\W\d_])\.?")
_WORD_BEFORE: Final = re.compile(r"(?<![^\W_])(?P<it>[^\W\d_]+)[ _-]$")
_SMALL_WORDS: Final = "van von vom zu zum zur de den der del della di da do dos du la le el al ter ten bin ibn"
_PARTICLES: Final = re.compile(rf"(?:(?:{_SMALL_WORDS.replace(' ', '|')})[ _]){{1,3}}(?=[^\W\d_])")
"""Small words that a surname begins with."""

_GAP: Final = re.compile(r"[ ^]|, ?|[ ]?-[ ]?|_")
_KEYS: Final = re.compile(r" ?[:=]")
_CODE: Final = re.compile(r"[^\W\d_]{1,3}\d")
_MOST: Final = 4
"""Words that a name has at most."""


def names(text: str, words: AbstractSet[str]) -> Iterator[Place]:
    """Yield where a text holds names that something introduces, written titles with them.

    Args:
        text: the text.
        words: its words, casefolded.
    """
    for introducing, found in _INTRODUCTIONS:
        if not introducing.isdisjoint(words):
            yield from found(text)
    if "." in text:
        yield from _initialed(text)


def _titled(text: str) -> Iterator[Place]:
    for match in _TITLE.finditer(text):
        title = match[0].strip(" _")
        if title in _UNITS or (title == _MODALITY and not text[match.end() : match.end() + 2].isupper()):
            continue
        written = match["dot"] is not None or not title.isupper()
        stop = _named(text, match.end(), first_counts=written)
        yield match.start() if written and stop > match.end() else match.end(), stop


def _given(text: str) -> Iterator[Place]:
    for match in NAMING.finditer(text):
        before = _WORD_BEFORE.search(text, max(0, match.start() - 32), match.start())
        if before and before["it"].casefold() in OF_THINGS:
            continue
        stop = _until_a_break(text, match.end())
        # With what introduced it, lest that introduce the next word.
        yield (match.start("is") if stop > match.end() else stop), stop


def _cued(text: str) -> Iterator[Place]:
    for match in CUE.finditer(text):
        first = _NEXT.match(text, match.end())
        if first and first[0].casefold() not in CUE_WORDS and not is_eponym(text, *first.span()):
            yield match.end(), _named(text, match.end(), first_counts=False)


def _clinics(text: str) -> Iterator[Place]:
    """Yield the words before a clinic's kind that name it."""
    for match in _CLINIC.finditer(text):
        start = match.start("it")
        for word in re.finditer(rf"St\.|Mt\.|{_WORD}", match["it"]):
            if word[0] in {"St.", "Mt."} or _is_name(word[0]):
                yield start + word.start(), start + word.end()


def _clinics_of(text: str) -> Iterator[Place]:
    """Yield the words after a clinic's kind that name it."""
    for match in _CLINIC_OF.finditer(text):
        yield from (match.span(part) for part in ("it", "more") if match[part] and _is_name(match[part]))


def _initialed(text: str) -> Iterator[Place]:
    """Yield names with two initials."""
    for match in _INITIALED.finditer(text):
        if _is_name(match["it"] or match["last"]):
            yield match.span()


_INTRODUCTIONS: Final = (
    (_TITLE_WORDS, _titled),
    (NAMING_WORDS, _given),
    (CUE_WORDS, _cued),
    (_CLINIC_WORDS, _clinics),
    (_BEFORE_WORDS, _clinics_of),
)
"""Words of which a text must have one, and what finds the names that they introduce."""


def _is_name(word: str) -> bool:
    """Whether a word is written as a name, and no harmless one."""
    return word[0].isupper() and not _is_everyday(word.casefold())


def _named(text: str, start: int, *, first_counts: bool) -> int:
    """Return where a name ends that may begin at ``start``; ``start`` when none does.

    Args:
        text: the text.
        start: where the name would begin.
        first_counts: whether a capitalised word is a name even if it is a harmless word, too.
    """
    stop, place = start, start
    for number in range(_MOST):
        if particles := _PARTICLES.match(text, place):
            place = particles.end()
        word = _NEXT.match(text, place)
        if (
            word is None
            or _CODE.match(text, place)
            or not _is_part(word[0], counts=first_counts and number == 0, follows=number > 0)
        ):
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
        if word is None or (number and _KEYS.match(text, word.end())) or _CODE.match(text, place):
            break
        stop = word.end()
        gap = _GAP.match(text, stop)
        if gap is None:
            break
        place = gap.end()
    return stop
