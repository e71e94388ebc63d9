"""``python -m benchmarks.cleaning``: what cleaning takes that it must leave, leaves that it must take, and costs."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Final

from benchmarks.cleaning import apart
from benchmarks.cleaning.rates import changed, leaks, losses
from benchmarks.cleaning.texts import found, harmless, known, mixtures, unknown
from fw_gear_deid.identity import NOBODY, Subject
from fw_gear_deid.identity.cleaning import cleaned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cleaning.texts import Told

ROUNDS: Final = 5


def main() -> None:
    """Print the rates, each text that is wrong, and the cost."""
    for title, texts in (
        ("harmless", harmless()),
        ("harmless, pydicom's test files", found()),
        ("harmless words in any order", tuple(mixtures())),
    ):
        wrong = changed(texts)
        _line(f"{title}: changed", len(wrong), len(texts))
        for text, left in wrong:
            sys.stdout.write(f"    {text!r} became {left!r}\n")
    for title, told in (("known", list(known())), ("nobody told of", list(unknown()))):
        _report(title, told)
    for half in apart.HALVES:
        _half(half)
    _line("microseconds a text, subject known", _cost(harmless(), next(known()).subject), 0)
    _line("microseconds a text, subject not known", _cost(harmless(), NOBODY), 0)


def _report(title: str, told: Sequence[Told]) -> None:
    """Print what is left of texts about invented persons."""
    wrong = leaks(told)
    _line(f"{title}: still told", len(wrong), len(told))
    for text, left in (*wrong, *losses(told)):
        sys.stdout.write(f"    {text!r} became {left!r}\n")
    _line(f"{title}: harmless words gone", len(losses(told)), len(told))


def _half(half: str) -> None:
    """Print the rates of texts written apart, without the texts: those held out are not to be looked at."""
    descriptors, told = apart.harmless(half), apart.told(half)
    _line(f"apart, {half}, harmless: changed", len(changed(descriptors)), len(descriptors))
    _line(f"apart, {half}: still told", len(leaks(told)), len(told))
    _line(f"apart, {half}: harmless words gone", len(losses(told)), len(told))


def _line(what: str, count: float, of: int) -> None:
    sys.stdout.write(f"{what:45} {count:8.1f}\n" if not of else f"{what:45} {count:5} of {of:5} {count / of:9.2%}\n")


def _cost(texts: Sequence[str], subject: Subject) -> float:
    """Return how long a text takes, in microseconds: the best of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        for text in texts:
            cleaned(text, subject)
        times.append(perf_counter() - start)
    return min(times) / len(texts) * 1e6


if __name__ == "__main__":
    main()
