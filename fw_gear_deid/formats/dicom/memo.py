"""What the rules made of an encoded value, kept for the next file: a series repeats most of its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Scrub

if TYPE_CHECKING:
    from fw_gear_deid.formats.dicom.levels import Step
    from fw_gear_deid.identity import Subject

MAX_VALUE: Final = 128
"""Bytes of the longest value that is kept."""

MAX_SEQUENCE: Final = 1 << 12
"""Bytes of the longest sequence that is kept."""

MAX_ENTRIES: Final = 1 << 13
MAX_SEQUENCES: Final = 1 << 10
MAX_SUBJECTS: Final = 16


@dataclass(frozen=True, slots=True)
class Trace:
    """What the steps did to one element.

    Attributes:
        hits: the steps that changed it.
        before: its text for the log; None when there is none.
        after: its text after the steps; None for one that is missing or was not looked at.
        is_known: whether ``after`` says what became of it.
    """

    hits: tuple[Step, ...]
    before: str | None
    after: str | None
    is_known: bool


@dataclass(frozen=True, slots=True)
class Made:
    """What an element became.

    Attributes:
        new: the whole element; ``b""`` for one that was removed, None for one left as it is.
        trace: how.
        steps: whose work it is; held so that no other chain of steps takes their identity.
    """

    new: bytes | None
    trace: Trace
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class MadeSequence:
    """What a sequence of the data set became.

    Attributes:
        new: the whole element; None for one left as it is.
        hits: how many elements each rule changed in it.
    """

    new: bytes | None
    hits: list[int]


@dataclass(frozen=True, slots=True)
class Memo:
    """A bounded memory, shared by threads; losing an entry costs time, nothing else."""

    _made: dict[tuple[object, ...], Made] = field(default_factory=dict)
    _sequences: dict[tuple[object, ...], MadeSequence] = field(default_factory=dict)
    _subjects: dict[Subject, Memo] = field(default_factory=dict)

    def of(self, subject: Subject) -> Memo:
        """Return the memory for one subject, where answers depend on who a file is about."""
        memo = self._subjects.get(subject)
        if memo is None:
            if len(self._subjects) >= MAX_SUBJECTS:
                self._subjects.clear()
            memo = self._subjects[subject] = Memo()
        return memo

    def sequence(self, key: tuple[object, ...]) -> MadeSequence | None:
        """Return what became of an equal sequence."""
        return self._sequences.get(key)

    def keep_sequence(self, key: tuple[object, ...], sequence: MadeSequence) -> None:
        """Keep what became of a sequence; to be asked only of rules that all repeat."""
        if len(self._sequences) >= MAX_SEQUENCES:
            self._sequences.clear()
        self._sequences[key] = sequence

    def recall(self, key: tuple[object, ...]) -> Made | None:
        """Return what was made under a key."""
        return self._made.get(key)

    def keep(self, key: tuple[object, ...], made: Made) -> None:
        """Keep what was made, if it would be made again from the same value."""
        if all((step.rule >= 0 or step.action.key == Scrub.key) and step.action.repeats for step in made.steps):
            if len(self._made) >= MAX_ENTRIES:
                self._made.clear()
            self._made[key] = made
