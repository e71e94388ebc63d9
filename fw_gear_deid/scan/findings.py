"""What a search found in a finished copy, told without any value."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fw_gear_deid.problems import Finding

NAME, FOLDER, PATH = "its name", "the name of its folder", "its name or folder"
ARCHIVE_NAME, ARCHIVE_COMMENT, ARCHIVE_FOLDERS = (
    "the archive's name",
    "the archive's comment",
    "a folder of the archive",
)
_NAMES: Final = frozenset({NAME, FOLDER, PATH, ARCHIVE_NAME})
"""Places of findings that make the name of a copy one that no report repeats."""

_RULE: Final = "add a rule for it, or scrub: true"
_ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        NAME: "give the copy another name by 'filenames'",
        FOLDER: "scrub: true takes it out of names of folders, and on a site a rule for 'label' out of labels",
        PATH: "give members other names by 'filenames', and folders by hash-subdirectories: true in the zip section",
        ARCHIVE_NAME: "give archives other names by 'filenames' in the zip section",
        ARCHIVE_COMMENT: "remove the comment by a rule in the zip section",
        ARCHIVE_FOLDERS: "set hash-subdirectories: true in the zip section",
    }
)
"""What to do about places that are no fields."""

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
    """Return the certain findings as the reason why a copy is withheld, and what to do; empty if there are none."""
    certain = [finding for finding in findings if finding.certain]
    places = dict.fromkeys(f"{finding.kind} in {finding.where}" for finding in certain)
    if not places:
        return ""
    advice = "; ".join(dict.fromkeys(_ADVICE.get(finding.where, _RULE) for finding in certain))
    more = f" and {len(places) - TOLD} more places" if len(places) > TOLD else ""
    listed = ", ".join(list(places)[:TOLD])
    return f"the copy still holds what identifies the subject: {listed}{more}; {advice}"
