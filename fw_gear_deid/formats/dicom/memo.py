"""What the rules made of an encoded value, kept for the next file: a series repeats most of its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Scrub

if TYPE_CHECKING:
    from fw_gear_deid.formats.dicom.levels import Step

MAX_VALUE: Final = 128
"""Bytes of the longest value that is kept."""

MAX_SEQUENCE: Final = 1 << 12
"""Bytes of the longest sequence that is kept."""

MAX_ENTRIES: Final = 1 << 13
MAX_SEQUENCES: Final = 1 << 10
MAX_CODINGS: Final = 16


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
        hits: how many elements rules changed in it: places in ``Record.hits``, and how many each.
    """

    new: bytes | None
    hits: tuple[tuple[int, int], ...]


LEFT: Final = Made(None, Trace((), None, None, is_known=False), ())
"""An element that no rule is for."""

Elements = dict[tuple[int, bytes | None, bytes], Made]
"""By tag, stated representation (None for one that was missing) and encoded value."""


@dataclass(frozen=True, slots=True)
class Memo:
    """The bounded memory of one set of rules, shared by threads; losing an entry costs time, nothing else."""

    _made: dict[tuple[object, ...], Made] = field(default_factory=dict)
    _elements: dict[tuple[tuple[str, ...], bool, bool], Elements] = field(default_factory=dict)
    _sequences: dict[tuple[object, ...], MadeSequence] = field(default_factory=dict)

    def elements(self, coding: tuple[tuple[str, ...], bool, bool]) -> Elements:
        """Return what became of the data sets' own elements.

        Args:
            coding: how they are encoded: character sets, byte order, whether representations are stated.
        """
        elements = self._elements.get(coding)
        if elements is None:
            if len(self._elements) >= MAX_CODINGS:
                self._elements.clear()
            elements = self._elements[coding] = {}
        return elements

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


def keep_element(elements: Elements, key: tuple[int, bytes | None, bytes], made: Made) -> None:
    """Keep what became of an element of the data set, if it would become the same again."""
    if all(step.action.repeats for step in made.steps):
        if len(elements) >= MAX_ENTRIES:
            elements.clear()
        elements[key] = made
