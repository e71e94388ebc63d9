"""The spellings of what is looked for, as one automaton over bytes, and which of its matches are words of their own.

Spellings are many, and most copies hold none of them. So it is asked first of which identifiers a core is there, one of
some texts of which each spelling holds one; only their spellings are made and looked for.

A spelling counts where it is no part of another word: a letter at its edge has no letter beside it, a digit no digit. A
number within another number (``0.12345``, a component of a UID) counts from eight digits on. Ideographs need no edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.spelling import is_wide
from fw_gear_deid.identity.spellings import cores, spellings
from fw_gear_deid.scan.encodings import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ahocorasick_rs import BytesAhoCorasick

    from fw_gear_deid.identity import Identifier, Kind, Spelling

SHORTEST_POSSIBLE: Final = 4
"""Characters below which what is not certain says nothing at all: initials are everywhere."""

SHORTEST_WIDE: Final = 2
"""The same for ideographs and syllables, of which a name has few."""

LONG_NUMBER: Final = 8
"""Digits from which on a number is no coincidence within a UID or a decimal."""

KEPT_VOCABULARIES: Final = 64
_ESCAPE: Final = 0x1B
_REPRESENTATIONS: Final = frozenset(
    b"ae as at cs da ds dt fd fl is lo lt ob od of ol ov ow pn sh sl sq ss st sv tm uc ui ul un ur us ut uv".split()
)
"""Value representations (PS3.5 section 6.2), in small letters as all that is searched."""
_POINT: Final = b"."


@dataclass(frozen=True, slots=True)
class Word:
    """What one pattern of the automaton stands for. Identifying only together with the pattern.

    Attributes:
        kind: what the identifier is.
        certain: whether it can be no coincidence.
        length: characters of the spelling.
        edges: for the first and the last character: ``a`` a letter, ``9`` a digit, ``""`` anything else.
        numeric: whether it is a number without letters.
        single: whether it is one word.
        width: bytes of a character.
        escaped: whether it counts only after an escape sequence of ISO 2022.
    """

    kind: Kind
    certain: bool
    length: int
    edges: tuple[str, str]
    numeric: bool
    single: bool
    width: int
    escaped: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A spelling that stands in some bytes as a word of its own.

    Attributes:
        start: where it begins.
        stop: where it ends.
        word: what it is.
        inside: whether it is a number within a longer one, with points.
    """

    start: int
    stop: int
    word: Word
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is looked for in a copy.

    Attributes:
        identifiers: the identifiers whose spellings are looked for.
    """

    identifiers: frozenset[Identifier]

    @classmethod
    def of(cls, identifiers: Iterable[Identifier]) -> Vocabulary:
        """Return the vocabulary of some identifiers."""
        return cls(frozenset(identifiers))

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.identifiers)

    @property
    def longest(self) -> int:
        """Bytes of the longest spelling."""
        return max(map(len, _spelled(self.identifiers).words), default=0)

    def meets(self, data: bytes) -> bool:
        """Whether anything is met in some bytes."""
        return any(True for _ in self.hits(data))

    def hits(self, data: bytes) -> Iterable[Hit]:
        """Return what is met in some bytes, in any letter case."""
        lowered = data.lower()
        suspects = _cores(self.identifiers, wide=b"\0" in lowered).met(lowered)
        return _alone(lowered, _spelled(suspects)) if suspects else ()


@dataclass(frozen=True, slots=True)
class _Cores:
    """What is in some bytes where an identifier is, and the identifier of each of its patterns."""

    automaton: BytesAhoCorasick
    identifiers: tuple[Identifier, ...]

    def met(self, lowered: bytes) -> frozenset[Identifier]:
        """Return the identifiers that may be in some bytes."""
        if not lowered or not self.identifiers:
            return frozenset()
        met = self.automaton.find_matches_as_indexes(lowered, overlapping=True)
        return frozenset(self.identifiers[number] for number, _, _ in met) if met else frozenset()


@lru_cache(maxsize=KEPT_VOCABULARIES)
def _cores(identifiers: frozenset[Identifier], *, wide: bool) -> _Cores:
    """Return what tells that identifiers may be in some bytes.

    Args:
        identifiers: the identifiers.
        wide: whether there are empty bytes, which most characters of two bytes have.
    """
    patterns: list[bytes] = []
    owners: list[Identifier] = []
    for identifier in identifiers:
        texts = cores(identifier) or {each.text for each in spellings(identifier) if _counts(each)}
        for text in texts:
            forms = (text.lower().encode(),) if text.isascii() and not wide else _forms(text, wide=wide)
            patterns += forms
            owners += [identifier] * len(forms)
    return _Cores(_automaton(patterns), tuple(owners))


@lru_cache(maxsize=1024)
def _forms(text: str, *, wide: bool) -> tuple[bytes, ...]:
    """Return what a text may be in bytes; the words of dates and numbers come again and again."""
    return tuple(each.data for each in encoded(text) if wide or b"\0" not in each.data)


@dataclass(frozen=True, slots=True)
class _Spelled:
    """All spellings of some identifiers, and what each of the patterns of the automaton stands for."""

    automaton: BytesAhoCorasick
    words: dict[bytes, Word]
    in_order: tuple[Word, ...]


@lru_cache(maxsize=KEPT_VOCABULARIES)
def _spelled(identifiers: frozenset[Identifier]) -> _Spelled:
    words: dict[bytes, Word] = {}
    for identifier in sorted(identifiers, key=lambda each: (each.kind, each.value)):
        alike: dict[tuple[object, ...], Word] = {}
        for spelling in filter(_counts, spellings(identifier)):
            text, certain = spelling.text, spelling.certain
            shape = _shape(text)
            for data, width, escaped in encoded(text):
                before = words.get(data)
                if before is None or (certain and not before.certain):
                    key = certain, shape, width, escaped
                    word = alike.get(key)
                    if word is None:
                        word = alike[key] = Word(identifier.kind, certain, *shape, width, escaped)
                    words[data] = word
    return _Spelled(_automaton(words), words, tuple(words.values()))


def _alone(lowered: bytes, spelled: _Spelled) -> Iterator[Hit]:
    """Yield the spellings that are words of their own."""
    for number, start, stop in spelled.automaton.find_matches_as_indexes(lowered, overlapping=True):
        word = spelled.in_order[number]
        if _stands_alone(lowered, start, stop, word):
            inside = word.numeric and _is_inside_number(lowered, start, stop, word.width)
            if not inside or word.length >= LONG_NUMBER:
                yield Hit(start, stop, word, inside)


def _automaton(patterns: Iterable[bytes]) -> BytesAhoCorasick:
    """Return what finds patterns; no table of all steps, which is no faster here, and of long texts takes minutes."""
    from ahocorasick_rs import BytesAhoCorasick, Implementation  # noqa: PLC0415  # not needed without the scan

    return BytesAhoCorasick(patterns, implementation=Implementation.ContiguousNFA)


def _counts(spelling: Spelling) -> bool:
    """Whether a spelling is long enough to say anything."""
    return spelling.certain or len(spelling.text) >= _shortest(spelling.text)


def _shortest(text: str) -> int:
    return SHORTEST_WIDE if not text.isascii() and is_wide(text) else SHORTEST_POSSIBLE


def _shape(text: str) -> tuple[int, tuple[str, str], bool, bool]:
    """Return the length, the edges, whether it is a number and whether it is one word of a spelling."""
    length = len(text) if text.isalnum() else sum(map(str.isalnum, text))
    return length, (_edge(text[0]), _edge(text[-1])), not any(map(str.isalpha, text)), length == len(text)


def _edge(character: str) -> str:
    """Return what may not stand beside a character: letters beside letters of alphabets, digits beside digits."""
    if character.isdecimal():
        return "9"
    return "a" if character.isalpha() and character.lower() != character.upper() else ""


def _stands_alone(data: bytes, start: int, stop: int, word: Word) -> bool:
    if word.escaped and not _is_escaped(data, start):
        return False
    width = word.width
    before, after = data[max(0, start - width) : start], data[stop : stop + width]
    if _joins(before, word.edges[0]) and not (width == 1 and _is_length(data[max(0, start - 4) : start])):
        return False
    return not _joins(after, word.edges[1]) or (width == 1 and _is_element(data[stop : stop + 8]))


def _is_element(beside: bytes) -> bool:
    """Whether bytes are the header of a DICOM element: its group's low byte may look like a letter or a digit."""
    if len(beside) < 8 or beside[1] or not any(beside[2:6]):  # noqa: PLR2004  # the size of a header
        return False
    return beside[4:6] in _REPRESENTATIONS or beside[6:] == b"\0\0"


def _is_length(beside: bytes) -> bool:
    """Whether bytes are a representation and a length whose low byte comes last, which may look like one, too."""
    return beside[:2] in _REPRESENTATIONS and beside[2:3] == b"\0"


def _joins(beside: bytes, edge: str) -> bool:
    """Whether what stands beside a character makes one word or number with it."""
    character = beside.strip(b"\0") if len(beside) > 1 else beside
    if len(character) != 1:
        return False
    return character.isalpha() if edge == "a" else edge == "9" and character.isdigit()


def _is_inside_number(data: bytes, start: int, stop: int, width: int) -> bool:
    """Whether a point and a digit stand before or after a number."""
    before = data[max(0, start - 2 * width) : start].replace(b"\0", b"")
    after = data[stop : stop + 2 * width].replace(b"\0", b"")
    return (before[1:] == _POINT and before[:1].isdigit()) or (after[:1] == _POINT and after[1:].isdigit())


def _is_escaped(data: bytes, start: int) -> bool:
    """Whether the escape sequence before a place calls a set of two bytes a character."""
    at = data.rfind(b"\x1b", 0, start)
    return (at >= 0 and data[at + 1 : at + 2] == b"$") or data.rfind(b"\x0e", 0, start) > data.rfind(b"\x0f", 0, start)
