"""The spellings of a date of birth."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.spelling import Spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

_READ: Final = (
    "%Y%m%d",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y:%m:%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d-%b-%Y",
    "%d %b %Y",
)
_DATE_LENGTH: Final = {"%Y%m%d": 8}
_SEPARATORS: Final = ("-", "/", ".", ":", "_", " ", "")
_NOBODYS: Final = frozenset({date(1, 1, 1), date(1900, 1, 1), date(1970, 1, 1)})
"""Dates that systems write when they know none."""

MONTHS: Final = (
    "January February March April May June July August September October November December",
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
)
"""The months in English, German, French, Spanish and Italian."""

_ABBREVIATED: Final = 3
_FOUR_DIGITS: Final = 1000


def date_spellings(value: str) -> Iterator[Spelling]:
    """Yield the spellings of a date; a text that is no whole date has none but its own, which is not certain."""
    found = date_of(value.strip())
    if found is None:
        if len(value.strip()) >= max(_DATE_LENGTH.values()):
            yield Spelling(value.strip(), certain=False)
        return
    certain = found not in _NOBODYS
    yield from (Spelling(text, certain) for text in _numeric(found, f"{found.year:04}"))
    yield from (Spelling(text, certain) for text in _worded(found))
    yield from (Spelling(text, certain=False) for text in _numeric(found, f"{found.year % 100:02}"))


def date_of(text: str) -> date | None:
    """Return the date that a text begins with; None when it is none."""
    for form in _READ:
        for length in (8, 10, 11):
            try:
                return datetime.strptime(text[:length], form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
    return None


def _numeric(found: date, year: str) -> Iterator[str]:
    """Yield year, month and day as numbers in every usual order."""
    months = dict.fromkeys((f"{found.month:02}", str(found.month)))
    days = dict.fromkeys((f"{found.day:02}", str(found.day)))
    for month, day, separator in product(months, days, _SEPARATORS):
        if separator or len(month + day) == len("0101"):
            for order in ((year, month, day), (day, month, year), (month, day, year)):
                yield separator.join(order)
    yield f"{year}年{found.month}月{found.day}日"


def _worded(found: date) -> Iterator[str]:
    """Yield a date with the month's name, whole or short."""
    names = dict.fromkeys(months.split()[found.month - 1] for months in MONTHS)
    months = dict.fromkeys(text for name in names for text in (name, name[:_ABBREVIATED]))
    for month, day in product(months, dict.fromkeys((f"{found.day:02}", str(found.day)))):
        for separator in (" ", "-", "", "_", "/"):
            yield separator.join((day, month, str(found.year)))
        yield from (f"{month} {day}, {found.year}", f"{month} {day} {found.year}", f"{month}-{day}-{found.year}")
        yield f"{day}. {month} {found.year}"
        yield f"{found.year}-{month}-{day}"
        yield f"{found.year} {month} {day}"
    for month in months:
        suffix = _ordinal(found.day)
        yield f"{found.day}{suffix} {month} {found.year}"
        yield f"{found.day}{suffix} of {month} {found.year}"
        yield f"{month} {found.day}{suffix}, {found.year}"


def _ordinal(day: int) -> str:
    return {1: "st", 2: "nd", 3: "rd"}.get(day if day in {1, 2, 3} else day % 10 if day > 20 else 0, "th")  # noqa: PLR2004  # 11th, 12th, 13th


def date_cores(value: str) -> set[str]:
    """Return the year, and what dates without a century hold of the rest, one of which is in each spelling of a date.

    None are returned of a text that is no whole date, and of years that are written with fewer than four digits.
    """
    found = date_of(value.strip())
    if found is None or found.year < _FOUR_DIGITS:
        return set()
    year, month, day = f"{found.year % 100:02}", str(found.month), str(found.day)
    months, days = {month, month.zfill(2)}, {day, day.zfill(2)}
    cores = {str(found.year), f"年{month}月"}
    for separator in filter(None, _SEPARATORS):
        cores.update(f"{year}{separator}{each}{separator}" for each in months)
        cores.update(f"{day}{separator}{each}{separator}{year}" for each in months)
        cores.update(f"{month}{separator}{each}{separator}{year}" for each in days)
    month, day = month.zfill(2), day.zfill(2)
    return cores | {year + month + day, day + month + year, month + day + year}
