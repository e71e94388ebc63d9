"""What a search found in a finished copy, told without any value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.problems import Finding

NAME, FOLDER, PATH = "its name", "the name of its folder", "its name or folder"
ARCHIVE_NAME, ARCHIVE_COMMENT, ARCHIVE_FOLDERS = (
    "the archive's name",
    "the archive's comment",
    "a folder of the archive",
)
_NAMES: Final = frozenset({NAME, FOLDER, PATH, ARCHIVE_NAME})
"""Places of findings that make the name of a copy one that no report repeats."""

_CONTEXT: Final = 24
"""Characters shown on each side."""

TOLD: Final = 3


def is_named_after(findings: Iterable[Finding]) -> bool:
    """Whether the name of a copy, or of its folder, certainly identifies someone."""
    return any(finding.certain and finding.where in _NAMES for finding in findings)


def masked(before: str, kind: str, after: str) -> str:
    """Return the surroundings of an identifier without any letter or digit of theirs."""
    return f"{hidden(before[-_CONTEXT:])}[{kind}]{hidden(after[:_CONTEXT])}"


def hidden(text: str) -> str:
    """Return a text with ``x`` for each letter and ``9`` for each digit."""
    return "".join(map(_sign, text))


def _sign(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha() or ord(character) > 0x7F:  # noqa: PLR2004  # whatever is no ASCII is taken for a letter
        return "x"
    return character if character.isprintable() else " "


def told(findings: Iterable[Finding]) -> str:
    """Return the certain findings as the reason why a copy is withheld; empty if there are none."""
    places = dict.fromkeys(f"{finding.kind} in {finding.where}" for finding in findings if finding.certain)
    if not places:
        return ""
    more = f" and {len(places) - TOLD} more places" if len(places) > TOLD else ""
    listed = ", ".join(list(places)[:TOLD])
    return f"the copy still holds what identifies the subject: {listed}{more}; add a rule for it"
