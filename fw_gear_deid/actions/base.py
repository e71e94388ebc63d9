"""What an action is: a pure function from a value to its replacement.

Actions know values, not files; a format reads a value, asks the action, and writes the answer back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from fw_gear_deid.identity import NOBODY, Subject

if TYPE_CHECKING:
    from collections.abc import Callable


class Removal(Enum):
    """The answer of an action that deletes the field."""

    REMOVED = "removed"


REMOVED: Final = Removal.REMOVED

Scalar = str | int | float
Answer = Scalar | list[str] | Removal | None
"""A new value, several values (a multi-valued field), ``REMOVED``, or None: leave the field as it is."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a value was met. Keyed draws (``jitter``) depend on it and on the salt alone.

    Attributes:
        object_id: what the file is known by: SOPInstanceUID, or the file's base name.
        path: the field within the file, dotted (``RequestAttributesSequence.0.ScheduledProcedureStepID``).
        subject: who the value is about.
    """

    object_id: str
    path: str
    subject: Subject = field(default=NOBODY, kw_only=True)

    def at(self, path: str) -> Occurrence:
        """Return where another field of the same file stands."""
        return Occurrence(self.object_id, path, subject=self.subject)

    def within(self, name: str) -> Occurrence:
        """Return where a part of the value stands."""
        return self.at(f"{self.path}.{name}")

    def field(self, name: str) -> str | None:
        """Return the text of another field of the same record; None where no other field is known, or it is missing."""
        del name
        return None


@dataclass(frozen=True, slots=True)
class InRecord(Occurrence):
    """Where a value was met, for an action that reads other fields of the record.

    Attributes:
        fields: returns the text that another field has now, by its name; None for one that is missing. It raises
            ``ActionError`` when the field cannot be read.
    """

    fields: Callable[[str], str | None]

    def field(self, name: str) -> str | None:
        """Return the text of another field of the same record; None for one that is missing."""
        return self.fields(name)


class Action(Protocol):
    """What happens to a field.

    Attributes:
        key: the action's name in a profile.
        inserts: whether the field is created when it is missing.
        repeats: whether equal values get equal answers, wherever they stand in the files of one subject.
        personal: whether the answer depends on who the value is about.
    """

    key: ClassVar[str]

    @property
    def inserts(self) -> bool:
        """Whether ``apply`` must also be asked when the field is missing."""
        ...

    @property
    def repeats(self) -> bool:
        """Whether an answer may be used again for the same value in another place or file."""
        ...

    @property
    def personal(self) -> bool:
        """Whether the answer depends on ``Occurrence.subject``."""
        ...

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        """Return what the field becomes.

        Args:
            value: the field as text (numbers where the format has numbers); several values of a DICOM element
                are joined with commas; None when the field is missing.
            at: where the value stands.

        Raises:
            ActionError: the value cannot be handled; the message does not hold it.
        """
        ...


def text_of(answer: Answer, value: str | None) -> str | None:
    """Return the text that a value has become by an action's answer; None for one that was removed."""
    if answer is None:
        return value
    if answer is REMOVED:
        return None
    return ",".join(answer) if isinstance(answer, list) else str(answer)
