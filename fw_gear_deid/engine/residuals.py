"""The scan of a finished copy for what its profile removed: what is looked for, and what a certain hit means.

::

    source ─▶ harvest ─┬▶ search of the copy for all of it ─▶ nothing there: clean
                       └▶ else harvest of the copy ─▶ what the profile removed ─▶ search for that ─▶ findings

What a profile left in its own field is no finding there: coverage tells of it. What it removed, replaced or hashed must
be nowhere, neither in this copy nor in those of the same subject. A profile that decrypts puts identifiers back on
purpose; its copies are not searched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fw_gear_deid.scan.findings import told
from fw_gear_deid.scan.harvesting import Harvest, identifiers_of
from fw_gear_deid.scan.searching import holds_any, search, search_text
from fw_gear_deid.scan.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fw_gear_deid.identity import Identifier
    from fw_gear_deid.problems import Finding
    from fw_gear_deid.profile.model import Profile

FAIL, WARN, IGNORE = "fail", "warn", "ignore"
POLICIES: Final = (FAIL, WARN, IGNORE)
"""What a certain hit means: the copy is withheld, it is written and told, nothing is searched."""

BLOCK: Final = 500
"""Identifiers that are looked for at once; their spellings are held in memory."""

WARNED: Final = "it still holds what identifies the subject; see its findings"
DECRYPTING: Final = "decrypt"

Identifiers = frozenset["Identifier"]
NONE: Final[Identifiers] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """What the scan of one copy found out. ``removed`` and ``searched`` are identifying.

    Attributes:
        findings: what stands in the copy, told without values.
        removed: what the profile removed from the source.
        searched: what the copy was searched for.
    """

    findings: tuple[Finding, ...] = ()
    removed: Identifiers = NONE
    searched: Identifiers = NONE

    @property
    def certain(self) -> bool:
        """Whether any finding can be no coincidence."""
        return any(finding.certain for finding in self.findings)

    def also(self, findings: tuple[Finding, ...]) -> Checked:
        """Return the same with findings in other places of the copy."""
        return replace(self, findings=merged((*self.findings, *findings))) if findings else self


UNCHECKED: Final = Checked()


@dataclass(frozen=True, slots=True)
class Residuals:
    """How the copies of a run are searched.

    Attributes:
        policy: one of ``POLICIES``.
    """

    policy: str = FAIL

    @classmethod
    def of(cls, policy: str, profile: Profile) -> Residuals:
        """Return how the copies that a profile makes are searched."""
        decrypts = any(rule.action.key == DECRYPTING for section in profile.sections.values() for rule in section.rules)
        return cls(IGNORE if decrypts else policy)

    @property
    def searches(self) -> bool:
        """Whether anything is searched at all."""
        return self.policy != IGNORE

    def reason(self, findings: Iterable[Finding]) -> str:
        """Return why a copy with these findings is withheld; empty: it is not."""
        return told(findings) if self.policy == FAIL else ""

    def notes(self, findings: Iterable[Finding]) -> tuple[str, ...]:
        """Return what is noted of a copy with these findings."""
        return (WARNED,) if self.policy == WARN and told(findings) else ()

    def check(self, source: bytes | Path, copy: bytes | Path, name: str, sought: Identifiers) -> Checked:
        """Search a finished copy.

        Args:
            source: what it was made from: its bytes, the beginning of them, or the file.
            copy: its bytes, or the file.
            name: the source's base name.
            sought: what is to be gone beside what the profile removed from this source.

        Raises:
            UnreadableError: the copy holds something that cannot be unpacked.
            OSError: a file cannot be read.
        """
        if not self.searches:
            return UNCHECKED
        harvest = identifiers_of(source, name)
        own = harvest.identifiers - sought
        if not any(holds_any(copy, name, block) for block in _blocks(sought, own)):
            return Checked(removed=harvest.identifiers, searched=sought | own if own else sought)
        removed = harvest.removed(identifiers_of(copy, name) if harvest.found else Harvest())
        return Checked(self.search(copy, name, sought, removed - sought), removed, sought | removed)

    def search(
        self, copy: bytes | Path, name: str, sought: Identifiers, more: Identifiers = NONE
    ) -> tuple[Finding, ...]:
        """Return what of these identifiers stands in a copy.

        Raises:
            UnreadableError: the copy holds something that cannot be unpacked.
            OSError: the file cannot be read.
        """
        return merged(finding for block in _blocks(sought, more) for finding in search(copy, name, block))

    def search_text(self, text: str | bytes, where: str, sought: Identifiers) -> tuple[Finding, ...]:
        """Return what of these identifiers stands in a name or a comment."""
        if not self.searches:
            return ()
        return merged(finding for block in _blocks(sought) for finding in search_text(text, where, block))


def _blocks(sought: Identifiers, more: Identifiers = NONE) -> tuple[Vocabulary, ...]:
    """Return the vocabularies of some identifiers, and of more of them that one file tells.

    What is sought of many files is the same for all of them, and so are its vocabularies, which take long to make.
    """
    parts = _parted(sought) + _parted(more) if more else _parted(sought)
    return tuple(map(Vocabulary.of, parts))


@lru_cache(maxsize=16)
def _parted(identifiers: Identifiers) -> tuple[Identifiers, ...]:
    """Return identifiers in blocks."""
    if len(identifiers) <= BLOCK:
        return (identifiers,)
    ordered = sorted(identifiers, key=lambda each: (each.kind, each.value))
    return tuple(frozenset(ordered[at : at + BLOCK]) for at in range(0, len(ordered), BLOCK))


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in a fixed order, one for each place and kind: certain ones take the place of possible ones."""
    best: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = finding.where, finding.kind
        before = best.get(key)
        if before is None or _weight(finding) > _weight(before):
            best[key] = finding
    return tuple(sorted(best.values()))


def _weight(finding: Finding) -> tuple[bool, int, str]:
    return finding.certain, finding.count, finding.context
