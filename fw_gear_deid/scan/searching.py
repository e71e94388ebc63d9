r"""Finished copies, searched for what identifies a subject.

What is a certain hit
---------------------
A spelling is certain or only possible by itself (``identity.spellings``): a family name that is an ordinary word, a
number of fewer than five digits, a date without century are never certain. A spelling must stand as a word of its own
(``scan.vocabulary``). Where it stands can make a certain spelling a possible one:

* a date of birth in another date (``StudyDate`` of a newborn);
* any other number in a date or time;
* a date of birth in a UID;
* a single word in a code or the name of a coding scheme, but for a number of the subject of eight characters or more.

And some coincidences are no hits at all: a number of fewer than six digits in a numeric element, and anything shorter
than eight characters amid binary numbers.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from fw_gear_deid.identity import Kind
from fw_gear_deid.problems import Finding
from fw_gear_deid.scan.files import opened
from fw_gear_deid.scan.findings import masked
from fw_gear_deid.scan.places import Place, Role
from fw_gear_deid.scan.reading import Part, parts
from fw_gear_deid.scan.vocabulary import LONG_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fw_gear_deid.scan.vocabulary import Hit, Vocabulary

WINDOW: Final = 4 << 20
"""Bytes that are searched at a time."""

NEIGHBOUR: Final = 2
"""Bytes of the widest character that may stand beside a hit."""

NUMERIC: Final = 6
BINARY: Final = 8
SURROUNDINGS: Final = 64
_NUMBERS: Final = frozenset({Kind.ID, Kind.ACCESSION})

_Met = tuple[str, str, bool, str, bool]
"""Place, kind, whether it is certain, surroundings, and whether it is none of the letters met before."""


def search(data: bytes | Path, name: str, vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """Return what of a vocabulary stands in a finished copy, in a fixed order.

    Args:
        data: its bytes, or the file that holds them.
        name: its base name.
        vocabulary: what is looked for.

    Raises:
        UnreadableError: something packed in it cannot be unpacked, so nobody knows what it holds.
        OSError: the file cannot be read.
    """
    if not vocabulary:
        return ()
    with opened(data) as held:
        return _findings(_hits(held, name, vocabulary))


def holds_any(data: bytes | Path, name: str, vocabulary: Vocabulary) -> bool:
    """Whether anything of a vocabulary stands in a finished copy, be it by chance; faster than ``search``.

    Raises:
        UnreadableError: something packed in it cannot be unpacked.
        OSError: the file cannot be read.
    """
    if not vocabulary:
        return False
    with opened(data) as held:
        for part in parts(held, name):
            for _, window in _windows(part.data, vocabulary):
                if vocabulary.meets(window):
                    return True
        return False


def search_text(text: str | bytes, where: str, vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """Return what of a vocabulary stands in a name, a comment, or another short text."""
    if not vocabulary or not text:
        return ()
    place = Place(where)
    encoded = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    variants = {encoded}
    if b"%" in encoded:
        variants.add(unquote(encoded.decode("latin-1"), "latin-1").encode("latin-1"))
    if not any(vocabulary.meets(each) for each in variants):
        return ()
    return _findings(met for each in sorted(variants) for met in _of_part(Part(each, lambda _: place), vocabulary))


def _hits(data: bytes, name: str, vocabulary: Vocabulary) -> Iterator[_Met]:
    for part in parts(data, name):
        yield from _of_part(part, vocabulary)


def _of_part(part: Part, vocabulary: Vocabulary) -> Iterator[_Met]:
    ends: dict[tuple[str, str], int] = {}
    for at, window in _windows(part.data, vocabulary):
        for hit in vocabulary.hits(window):
            if not _is_whole(hit, at, window, part.data):
                continue
            place = part.locate(at + hit.start)
            certain = _certainty(hit, place)
            if certain is not None:
                key = place.where, str(hit.word.kind)
                new = at + hit.start >= ends.get(key, 0)
                ends[key] = max(ends.get(key, 0), at + hit.stop)
                yield *key, certain, _context(window, hit), new


def _is_whole(hit: Hit, at: int, window: bytes, data: bytes) -> bool:
    """Whether the neighbours of a hit are in the window, too; else the next window, or the one before, has it."""
    begins = at == 0 or hit.start >= NEIGHBOUR
    return begins and (at + len(window) == len(data) or hit.stop <= len(window) - NEIGHBOUR)


def _windows(data: bytes, vocabulary: Vocabulary) -> Iterator[tuple[int, bytes]]:
    """Yield windows of some bytes and where they begin; each spelling lies whole in one, with its neighbours."""
    if len(data) <= WINDOW:
        yield 0, data[:]
        return
    longest = vocabulary.longest
    step = WINDOW - longest - 8
    for at in range(0, max(1, len(data) - longest - 8), max(step, WINDOW // 2)):
        yield at, data[at : at + WINDOW]


def _certainty(hit: Hit, place: Place) -> bool | None:
    """Return whether a hit is certain in its place; None: it is a coincidence."""
    word, role = hit.word, place.role
    if role is Role.BINARY and word.length < BINARY:
        return None
    if role is Role.NUMBER and word.length < NUMERIC:
        return None
    doubtful = {
        Role.DATE: True,
        Role.BIRTH_DATE: word.kind is not Kind.BIRTH_DATE,
        Role.UID: word.kind is Kind.BIRTH_DATE,
        Role.CODE: word.single and (word.kind not in _NUMBERS or word.length < LONG_NUMBER),
    }
    return word.certain and not doubtful.get(role, False)


def _context(window: bytes, hit: Hit) -> str:
    before = window[max(0, hit.start - SURROUNDINGS) : hit.start].replace(b"\0", b"").decode("latin-1")
    after = window[hit.stop : hit.stop + SURROUNDINGS].replace(b"\0", b"").decode("latin-1")
    return masked(before, str(hit.word.kind), after)


def _findings(met: Iterator[_Met]) -> tuple[Finding, ...]:
    """Return one finding for each place and kind; a certain one takes the place of a possible one."""
    counted: Counter[tuple[str, str]] = Counter()
    contexts: dict[tuple[str, str, bool], str] = {}
    for where, kind, certain, context, new in met:
        counted[where, kind] += new
        contexts.setdefault((where, kind, certain), context)
    return tuple(
        sorted(
            Finding(where, kind, certain, context, counted[where, kind])
            for (where, kind, certain), context in contexts.items()
            if certain or (where, kind, True) not in contexts
        )
    )
