"""Sections that no file can reach, because earlier ones take every name that they ask for."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Final

from fw_gear_deid.problems import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fw_gear_deid.profile.model import Section

_SPANS: Final = ("", "\x01" * 17)
"""What a ``*`` may stand for, in signs that no pattern names."""


def unreachable(sections: Iterable[Section], has_signature: Callable[[Section], bool]) -> Iterator[Problem]:
    """Yield a warning for each section whose patterns earlier sections cover.

    Args:
        sections: the sections that compete by name, in the order in which they may own a file.
        has_signature: whether a section also takes files by their first bytes.
    """
    earlier: list[Section] = []
    for section in sections:
        covering = [_covering(pattern, earlier) for pattern in section.filters]
        if all(covering) and not has_signature(section):
            first = next(other for other in covering if other is not None)
            message = (
                f"no file can reach this section: {first.name} comes before it and takes the same names; narrow the "
                f"file-filter of {first.name}"
            )
            yield Problem(message, section.mark, Severity.WARNING)
        earlier.append(section)


def _covering(pattern: str, sections: Iterable[Section]) -> Section | None:
    return next((section for section in sections if any(covers(other, pattern) for other in section.filters)), None)


def covers(pattern: str, other: str) -> bool:
    """Return whether every name that matches ``other`` matches ``pattern``; False where that is hard to say."""
    if pattern == other:
        return True
    if pattern.startswith("r!") or other.startswith("r!") or "[" in pattern + other:
        return False
    names = (other.replace("?", "\x02").replace("*", span) for span in _SPANS)
    return all(fnmatch.fnmatchcase(name, pattern) for name in names)
