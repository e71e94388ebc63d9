"""Write the word lists of fw_gear_deid/identity/data anew (for developers).

``.venv/bin/python scripts/words.py NAMES``, where NAMES is a folder with the files ``dist.all.last``,
``dist.female.first`` and ``dist.male.first`` of the US Census Bureau's "Frequently Occurring Surnames / First Names
from Census 1990" (public domain; the PyPI package ``names`` 0.3.0 holds them).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from zoneinfo import available_timezones

from pydicom._dicom_dict import DicomDictionary
from pydicom.sr._concepts_dict import concepts

from fw_gear_deid.identity.spelling import letter_variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE: Final = Path(__file__).parent
DATA: Final = HERE.parent / "fw_gear_deid" / "identity" / "data"
SURNAMES: Final = 25000
"""Those that four of five persons bear; rarer ones are words as often as names."""
COMMON_SURNAMES: Final = 500
COMMON_FIRST_NAMES: Final = 300
SHORTEST: Final = 4
SHORT_COMMON: Final = 3
LINE: Final = 120
_CONTINENTS: Final = frozenset({"Africa", "America", "Asia", "Australia", "Europe", "Pacific"})


def main(folder: Path) -> None:
    """Write harmless.txt, names.txt, ambiguous.txt and places.txt.

    Args:
        folder: holds the files of the census.
    """
    last = _census(folder / "dist.all.last")
    first = [_census(folder / f"dist.{sex}.first") for sex in ("female", "male")]
    every = {*last, *first[0], *first[1]}
    common = {*last[:COMMON_SURNAMES], *first[0][:COMMON_FIRST_NAMES], *first[1][:COMMON_FIRST_NAMES]}
    places = _places()
    told = {word for word in _codes() if not (every | places).isdisjoint(letter_variants(word))}
    harmless = {*_dictionary(), *_field(), *(_codes() - told)}
    names = {name for name in (*last[:SURNAMES], *first[0], *first[1]) if len(name) >= SHORTEST}
    names |= {name for name in common if len(name) == SHORT_COMMON}
    _write("harmless.txt", (word for word in harmless if len(word) > 1))
    _write("names.txt", names - harmless)
    _write("ambiguous.txt", common & harmless)
    _write("places.txt", places - harmless)


def _census(path: Path) -> list[str]:
    """Return names, the most frequent first."""
    return [line.split()[0].lower() for line in path.read_text(encoding="ascii").splitlines()]


def _dictionary() -> set[str]:
    """Return the words of the names of DICOM's elements (PS3.6)."""
    return set(_words(entry[2] for entry in DicomDictionary.values()))


def _codes() -> set[str]:
    """Return the words of the meanings of the codes that DICOM uses (PS3.16). Breeds of animals are among them."""
    schemes = cast("Iterable[dict[str, dict[str, tuple[str, list[int]]]]]", concepts.values())
    codes = (code for scheme in schemes for keyword in scheme.values() for code in keyword.values())
    return set(_words(meaning for meaning, _ in codes))


def _field() -> set[str]:
    return _listed("words_of_the_field.txt")


def _places() -> set[str]:
    """Return the cities that time zones are named after, and those of our own list."""
    zones = (zone.split("/") for zone in available_timezones())
    cities = {zone[-1].lower() for zone in zones if zone[0] in _CONTINENTS and zone[1:]}
    return {city for city in cities if len(city) >= SHORTEST} | _listed("places_of_the_world.txt")


def _listed(name: str) -> set[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from re.findall(r"[^\W\d_]+", text.lower())


def _write(name: str, words: Iterable[str]) -> None:
    """Write words in order, as many on a line as fit."""
    lines = [""]
    for word in sorted(words):
        if len(lines[-1]) + len(word) >= LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    (DATA / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {sum(len(line.split()) for line in lines)} words")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
