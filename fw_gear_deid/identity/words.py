"""Which words are harmless, and which are names.

The lists are made by ``scripts/words.py``, all in lower case:

* ``harmless.txt``: words of the names of DICOM's elements (PS3.6), of the meanings of its codes (PS3.16), and of the
  field's own, collected by hand in ``scripts/words_of_the_field.txt``.
* ``names.txt``: US Census Bureau, "Frequently Occurring Surnames / First Names from Census 1990" (public domain): the
  25,000 most frequent surnames and all first names, without harmless words, and without all but the commonest of fewer
  than four letters.
* ``places.txt``: the cities that the zones of the tz database (public domain) are named after, and those of
  ``scripts/places_of_the_world.txt``; several words with ``_`` between them.
* ``ambiguous.txt``: the most frequent of these names that are harmless words, too (White, May).
"""

from __future__ import annotations

from functools import cache
from typing import Final

_FOLDER: Final = "data"


def is_harmless(word: str) -> bool:
    """Whether a word, casefolded, belongs to the language of the field or to everyday's."""
    return word in _words("harmless.txt")


def is_name(word: str) -> bool:
    """Whether a word, casefolded, is a frequent name and no harmless word."""
    return word in _words("names.txt")


def is_ambiguous(word: str) -> bool:
    """Whether a word, casefolded, is harmless and one of the most frequent names."""
    return word in _words("ambiguous.txt")


def is_place(word: str) -> bool:
    """Whether a word, casefolded, is the name of a city and no harmless word."""
    return word in _words("places.txt")


def places_of_several_words() -> list[str]:
    """Return the names of cities that have more than one word, casefolded."""
    return sorted(name.replace("_", " ") for name in _words("places.txt") if "_" in name)


@cache
def _words(name: str) -> frozenset[str]:
    from importlib.resources import files  # noqa: PLC0415  # slow to load, and not every run needs the lists

    return frozenset(files(__package__ or "").joinpath(_FOLDER, name).read_text(encoding="utf-8").split())
