"""The spellings of identifying numbers: of patients, visits, orders, telephones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.identity.spelling import Spelling
from fw_gear_deid.identity.words import is_harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS: Final = ("-", " ", ".", "_", "/", "")
_CERTAIN: Final = 5
"""Characters from which on a number is taken for no coincidence."""

_SUBJECT: Final = "sub-"
_CERTAIN_PART: Final = 6
_POSSIBLE: Final = 3
_FOUR: Final = 4
_WIDEST: Final = 10
"""Digits to which numbers are filled up with zeros."""

_RUNS: Final = re.compile(r"[^\W\d_]+|\d+")
_TELEPHONE, _AREA, _LOCAL = 7, 10, 3
_MANY_DIGITS: Final = 15
"""Digits that a telephone number has at most (ITU-T E.164)."""

_SIZES: Final = frozenset(str(2**power + more) for power in range(13, 20) for more in (-1, 0))


def number_spellings(value: str) -> Iterator[Spelling]:
    """Yield the spellings of a number of any kind, with or without letters, and with or without BIDS' ``sub-``."""
    text = value.strip()
    if text.casefold().startswith(_SUBJECT):
        yield from number_spellings(text[len(_SUBJECT) :])
    runs = _RUNS.findall(text)
    if not runs or is_harmless("".join(runs).casefold()):
        return
    if not any(run.isdigit() for run in runs):
        if len(text) >= _POSSIBLE and not all(is_harmless(run.casefold()) for run in runs):
            yield Spelling(text, len("".join(runs)) >= _CERTAIN)
        return
    certain = _tells(runs)
    if len("".join(runs)) >= _POSSIBLE:
        yield Spelling(text, certain)
        yield from (Spelling(separator.join(runs), certain) for separator in _SEPARATORS)
    for run in runs if len(runs) > 1 else ():
        if run.isdigit() and len(run.lstrip("0")) >= _CERTAIN_PART:
            yield Spelling(run, certain=not _is_round(run))
    digits = "".join(runs)
    if digits.isdigit():
        yield from _padded(digits.lstrip("0"))


def telephone_spellings(value: str) -> Iterator[Spelling]:
    """Yield the spellings of a telephone number; one with too few digits is none."""
    groups = re.findall(r"\d+", re.sub(r"\(0\)", "", value))
    digits = "".join(groups)
    if not _TELEPHONE <= len(digits) <= _MANY_DIGITS:
        return
    yield Spelling(value.strip(), certain=True)
    for separator in _SEPARATORS:
        yield Spelling(separator.join(groups), certain=True)
    yield Spelling(f"0{digits.lstrip('0')}", certain=True)
    if len(digits) >= _AREA:
        local = digits[-_AREA:]
        area, first, last = local[:_LOCAL], local[_LOCAL : 2 * _LOCAL], local[2 * _LOCAL :]
        yield Spelling(f"({area}) {first}-{last}", certain=True)
        yield Spelling(f"({area}){first}-{last}", certain=True)
        for separator in _SEPARATORS:
            yield Spelling(separator.join((area, first, last)), certain=True)
        yield Spelling(f"{first}-{last}", certain=False)


def _tells(runs: list[str]) -> bool:
    """Whether a number is no coincidence: long enough, and no round one or a size in bytes."""
    text = "".join(runs)
    if text.isdigit():
        return len(text.lstrip("0")) >= _CERTAIN and not _is_round(text)
    return len(text) >= _CERTAIN


def is_subjects_number(text: str) -> bool:
    """Whether a short number is seldom anything else: four digits that are no size, or three signs with a letter."""
    signs = [sign for sign in text if sign.isalnum()]
    if not any(map(str.isalpha, signs)):
        return len(signs) >= _FOUR and not _is_round("".join(signs))
    return len(signs) >= _POSSIBLE


def _is_round(digits: str) -> bool:
    number = digits.lstrip("0")
    return len(set(number)) <= 1 or not number[1:].strip("0") or number in _SIZES


def _padded(number: str) -> Iterator[Spelling]:
    """Yield a number of digits alone without leading zeros, and with some."""
    if len(number) >= _CERTAIN and not _is_round(number):
        yield from (Spelling(number.zfill(width), certain=True) for width in range(len(number), _WIDEST + 1))
    elif len(number) >= _POSSIBLE:
        yield Spelling(number, certain=False)


def number_cores(value: str) -> set[str]:
    """Return digits, or letters where there are none, of which each spelling of a number holds some; none if few.

    Letters before digits are mostly the same for all, and a word of its own: ``SUBJECT-0017``.
    """
    text = value.strip()
    while text.casefold().startswith(_SUBJECT):
        text = text[len(_SUBJECT) :].strip()
    runs = _RUNS.findall(text)
    digits = [run.lstrip("0") for run in runs if run.isdigit()]
    longest = max(digits or runs, key=len, default="")
    if not value.isascii() or len(longest) < _POSSIBLE:
        return set()
    return {longest, *(run for run in digits if len(run) >= _CERTAIN_PART)}
