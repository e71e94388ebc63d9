"""Texts that were written before anybody looked at what cleaning does with them, in two halves.

Every other line of ``apart_harmless.txt`` and ``apart_telling.tsv`` is *seen*: cleaning is mended where it fails there.
The other half is *held out*: its texts are never printed, and nothing is mended for them, so that its rates say what to
expect of texts that nobody has thought of.

A line of ``apart_telling.tsv`` has a text, what must go from it, what must stay (both split by semicolons), and what is
known of the subject, if anything: name, ID and date of birth as DICOM writes them, split by vertical bars.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from benchmarks.cleaning.texts import Told
from fw_gear_deid.identity import NOBODY, Identifier, Kind, Subject

HALVES: Final = ("seen", "held out")


def harmless(half: str) -> tuple[str, ...]:
    """Return the descriptions and comments of a half that tell nobody."""
    return tuple(_lines("apart_harmless.txt", half))


def told(half: str) -> tuple[Told, ...]:
    """Return the texts of a half that tell an invented person."""
    return tuple(_told(*line.split("\t")) for line in _lines("apart_telling.tsv", half))


def _lines(name: str, half: str) -> list[str]:
    lines = files(__package__ or "").joinpath(name).read_text(encoding="utf-8").splitlines()
    return lines[HALVES.index(half) :: len(HALVES)]


def _told(text: str, secrets: str, kept: str = "", known: str = "") -> Told:
    return Told(text, tuple(secrets.split(";")), tuple(kept.split(";")) if kept else (), _subject(known))


def _subject(known: str) -> Subject:
    if not known:
        return NOBODY
    values = known.split("|")
    kinds = (Kind.NAME, Kind.ID, Kind.BIRTH_DATE)
    return Subject(values[1], frozenset(Identifier(kind, value) for kind, value in zip(kinds, values, strict=True)))
