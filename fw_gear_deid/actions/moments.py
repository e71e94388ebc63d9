"""How a date or a time of day is written: read a value, move it in time, write it the way it was written."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final, Protocol

Move = Callable[[dt.datetime], dt.datetime]

TIMESTAMP: Final = "timestamp"
"""The word that stands for Unix seconds in place of a format."""

_DIRECTIVES: Final = frozenset("aAwdbBmyYHIMSfpzZjUWcxXGuV%")
_ZONE: Final = re.compile(r"[+-]\d\d:?\d\d\Z", re.ASCII)
_SAMPLE: Final = dt.datetime(2001, 2, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


class Form(Protocol):
    """One way of writing moments.

    Attributes:
        format: its name in a profile.
    """

    @property
    def format(self) -> str:
        """Its name in a profile."""
        ...

    def moved(self, text: str, move: Move) -> str | float:
        """Return the text, or the number, for the moved moment.

        Raises:
            ValueError: the text does not have this form.
            OverflowError: the moved moment lies outside the years 1 to 9999.
        """
        ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """A ``strptime`` format.

    Attributes:
        format: the format, in Python's directives.
        zone: a trailing UTC offset that the format does not name is cut off and put back.
    """

    format: str
    zone: bool = False

    def moved(self, text: str, move: Move) -> str:
        """Return the moved moment in the same format."""
        zone = _ZONE.search(text) if self.zone else None
        if zone is None:
            return _written(move(_read(text, self.format)), self.format)
        try:
            moment = _read(text[: zone.start()], self.format)
        except ValueError:  # what looks like an offset may belong to the format: -2020, %z
            return _written(move(_read(text, self.format)), self.format)
        return _written(move(moment), self.format) + zone[0]


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Seconds since 1970-01-01 UTC."""

    format: ClassVar[str] = TIMESTAMP

    def moved(self, text: str, move: Move) -> float:
        """Return the moved moment in seconds."""
        seconds = float(text)
        if not math.isfinite(seconds):
            raise ValueError(TIMESTAMP)
        epoch = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # shifted and counted from, never shown: no zone enters
        return (move(epoch + dt.timedelta(seconds=seconds)) - epoch).total_seconds()


_DICOM: Final = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?([+-]\d\d:?\d\d)?", re.ASCII
)
_DICOM_STARTS: Final = (1, 1, 1, 0, 0, 0)
_DICOM_PARTS: Final = ("%Y", "%m", "%d", "%H", "%M", "%S")


@dataclass(frozen=True, slots=True)
class DicomDateTime:
    """A DICOM DT value (PS3.5 table 6.2-1) at the precision it has: ``2023``, ``202311071422``, with ``&ZZXX`` kept.

    A value of reduced precision stands for its first moment.
    """

    format: ClassVar[str] = "%Y%m%d%H%M%S.%f"

    def moved(self, text: str, move: Move) -> str:
        """Return the moved moment at the same precision, with the same offset."""
        if not (match := _DICOM.fullmatch(text)):
            raise ValueError("DT")
        *parts, fraction, zone = match.groups()
        year, month, day, hour, minute, second = (
            start if part is None else int(part) for part, start in zip(parts, _DICOM_STARTS, strict=True)
        )
        microsecond = int((fraction or "").ljust(6, "0"))
        moment = move(dt.datetime(year, month, day, hour, minute, second, microsecond))  # noqa: DTZ001  # a wall clock's
        given = sum(part is not None for part in parts)
        digits = f".{moment.microsecond:06}"[: len(fraction) + 1] if fraction else ""
        return _written(moment, "".join(_DICOM_PARTS[:given])) + digits + (zone or "")


def form_of(text: str, *, zone: bool = False) -> Form:
    """Return the form that a ``date-format`` or ``datetime-format`` names."""
    return Timestamp() if text == TIMESTAMP else Pattern(text, zone)


def format_problem(text: str) -> str:
    """Return what is wrong with a format; ``""`` when it can be used."""
    if text == TIMESTAMP:
        return ""
    if unknown := [code for code in re.findall(r"%(.?)", text, re.DOTALL) if code not in _DIRECTIVES or not code]:
        return f"%{unknown[0]} is not a strptime code; use codes such as %Y %m %d %H %M %S %f"
    if not re.search(r"%[^%]", text):
        return "a format needs strptime codes such as %Y%m%d (or the word timestamp)"
    try:
        _read(_written(_SAMPLE, text), text)
    except (ValueError, re.error):  # re.error: a code that stands twice
        return "dates in this format cannot be read back; use codes such as %Y-%m-%d %H:%M:%S"
    return ""


def format_doubt(text: str) -> str:
    """Return what is odd about a format that can be used; ``""`` when nothing is."""
    codes = set(re.findall(r"%(.)", text))
    if text == TIMESTAMP or codes & set("cxGV"):
        return ""
    doubts = (
        (
            "I" in codes and "p" not in codes,
            "%I is an hour of twelve, and without %p nobody knows which half of the day is meant; write %H",
        ),
        ("M" in codes and not codes & set("HIXmbBjUW"), "%M is minutes; a month is %m"),
        (
            not codes & set("yY"),
            "without a year a date cannot be moved past the end of its year, and 29 February is no date; add %Y",
        ),
        ("d" in codes and not codes & set("mbB"), "days without a month are taken for days of January; add %m"),
    )
    return next((why for doubtful, why in doubts if doubtful), "")


def date_of(text: str, today: dt.date) -> dt.datetime:
    """Return the start of the day that a limit names: ``YYYYMMDD``, or ``±N`` years, weeks or days from today.

    Raises:
        ValueError: neither.
        OverflowError: a day outside the years 1 to 9999.
    """
    if match := _RELATIVE.fullmatch(text):
        days = float(match[1]) * _DAYS[match[2]]
        return dt.datetime.combine(today, dt.time()) + dt.timedelta(days=days)
    if not _DAY.fullmatch(text):
        raise ValueError("limit")
    return _read(text, "%Y%m%d")


_RELATIVE: Final = re.compile(r"([+-]\d+)(years|weeks|days)", re.ASCII)
_DAY: Final = re.compile(r"\d{8}", re.ASCII)
_DAYS: Final = {"years": 365.25, "weeks": 7.0, "days": 1.0}


def has_fraction_code(text: str) -> bool:
    """Return whether a format ends in a fraction of a second."""
    return text.endswith(".%f")


@lru_cache(maxsize=1 << 12)
def _read(text: str, pattern: str) -> dt.datetime:
    if has_fraction_code(pattern) and "." not in text:
        text += ".0"
    return read_plainly(text, pattern)


def read_plainly(text: str, pattern: str) -> dt.datetime:
    """Return what a text says in a strptime format; raises ValueError."""
    if re.search(r"%[yYGcx]", pattern) is None:
        # Days without a year are read in 1900, said aloud, because Python is giving up its own default.
        return dt.datetime.strptime(f"1900;{text}", f"%Y;{pattern}")  # noqa: DTZ007  # a wall clock's
    return dt.datetime.strptime(text, pattern)  # noqa: DTZ007  # the value's own offset, if any, is in the format


def _written(moment: dt.datetime, pattern: str) -> str:
    if moment.year < 1000:  # noqa: PLR2004  # the C library does not pad these years
        pattern = re.sub(r"%(.)", lambda code: f"{moment.year:04}" if code[1] == "Y" else code[0], pattern)
    return moment.strftime(pattern)
