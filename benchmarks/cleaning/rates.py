"""What cleaning gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_deid.identity import NOBODY
from fw_gear_deid.identity.cleaning import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.cleaning.texts import Told


def changed(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Return harmless texts that do not come through as they are, with what they become."""
    pairs = ((text, cleaned(text, NOBODY)) for text in texts)
    return [(text, left) for text, left in pairs if left != text]


def leaks(told: Iterable[Told]) -> list[tuple[str, str]]:
    """Return texts that still tell the person, with what they become."""
    pairs = ((each, cleaned(each.text, each.subject)) for each in told)
    return [(each.text, left) for each, left in pairs if any(_holds(left, secret) for secret in each.secrets)]


def losses(told: Iterable[Told]) -> list[tuple[str, str]]:
    """Return texts that lose harmless words beside what tells the person, with what they become."""
    pairs = ((each, cleaned(each.text, each.subject)) for each in told)
    return [(each.text, left) for each, left in pairs if not all(_holds(left, word) for word in each.harmless)]


def _holds(text: str, words: str) -> bool:
    return words.casefold() in text.casefold()
