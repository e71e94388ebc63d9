"""What a profile leaves on purpose, so that it can be told apart from what nobody thought of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.standard.private import Disposition, Source, safe_elements

if TYPE_CHECKING:
    from fw_gear_deid.profile.model import Rule, Section

RECURSE: Final = "recurse-sequence"
_KEEPING: Final = {"keep", "identity", "clean"}
_KEEPING_CODES: Final = {"C", "K"}
_DRESS: Final = re.compile(r"^0x|[(),\s]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the ``dicom`` section of a profile names only to leave it, or to leave what is harmless of it.

    Attributes:
        names: keywords, paths and tags of its rules that keep or clean, in small letters and without brackets.
        private: group, creator and number of the private elements that it takes for safe.
        recurses: whether a keyword stands for elements at every depth.
    """

    names: frozenset[str] = frozenset()
    private: frozenset[tuple[int, str, int]] = frozenset()
    recurses: bool = False

    @classmethod
    def of(cls, section: Section | None) -> Self:
        """Return the purpose of a section; None has none."""
        if section is None:
            return cls()
        kept = (rule.name for rule in section.rules if rule.name and _leaves(rule))
        source = section.settings.get("safe-private")
        safe = safe_elements(Source(str(source))) if source else ()
        return cls(
            frozenset(map(_plain, kept)),
            frozenset((each.group, each.creator, each.offset) for each in safe if each.disposition is Disposition.KEEP),
            section.flag(RECURSE),
        )

    def keeps(self, tag: str, path: str, creator: str) -> bool:
        """Return whether an element is left on purpose.

        Args:
            tag: eight hexadecimal digits; a private element's block number is ``xx``.
            path: where it stands, dotted.
            creator: the private creator of a private element.
        """
        if creator:
            group, offset = tag[:4], tag[6:]
            known = (int(group, 16), creator, int(offset, 16)) in self.private
            return known or _plain(f'{group},"{creator}",{offset}') in self.names
        if "." in path and not self.recurses:
            return _plain(path) in self.names
        return not self.names.isdisjoint({_plain(path), _plain(path.rpartition(".")[2]), tag})


def _leaves(rule: Rule) -> bool:
    """Whether a rule leaves a value that holds nothing to be taken away."""
    code = str(rule.written.get("action-code", "")).upper()
    return bool(_KEEPING & rule.written.keys()) or code in _KEEPING_CODES


def _plain(name: str) -> str:
    return _DRESS.sub("", name).casefold()
