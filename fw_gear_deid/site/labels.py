"""What the copies of sessions and acquisitions are called where no rule names their label.

Labels are often the date of an examination, or what somebody typed at the scanner. Under ``scrub: true`` they are
treated as folders are on the command line: with a key, one that holds anything harmful becomes a hash, always the same
one whatever a job knows of the subject; without a key it loses what is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Occurrence, Scrub
from fw_gear_deid.engine.subjects.folder_names import digest_of, is_harmless
from fw_gear_deid.formats.naming import MISSING
from fw_gear_deid.site.identifiers import repeated

if TYPE_CHECKING:
    from fw_gear_deid.identity import Subject

OF_NOBODY: Final = frozenset({"subject"})
"""Containers whose labels stay: without what tells them apart, two subjects might become one."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What becomes of labels that no rule names.

    Attributes:
        scrubs: whether anything does.
        key: secret key of hashes; ``""``: none.
    """

    scrubs: bool = False
    key: str = field(default="", repr=False)

    def of(self, kind: str, label: str, subject: Subject, identifiers: frozenset[str]) -> str:
        """Return the label of a copy.

        Args:
            kind: of container.
            label: the source's.
            subject: who it is about, and what is known to tell that person.
            identifiers: the same in letters and digits alone.
        """
        if not self.scrubs or kind in OF_NOBODY:
            return label
        answer = Scrub().apply(label, Occurrence("", "", subject=subject))
        if not self.key:
            return label if answer is None else str(answer) or MISSING
        harmless = answer is None and is_harmless(label) and not repeated(label, identifiers)
        return label if harmless else digest_of(label, self.key)


AS_THEY_ARE: Final = Labels()
