"""``clean``: a text keeps its harmless words and loses what tells a person; ``scrub``: it loses known identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from fw_gear_deid.actions.base import Answer, Occurrence, Scalar
    from fw_gear_deid.actions.options import Options
    from fw_gear_deid.identity import Subject


class _OfText:
    """What acts on text alone, and on each of several values by itself."""

    __slots__ = ()
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = True

    def left(self, text: str, subject: Subject) -> str:
        """Return what is left of a text."""
        raise NotImplementedError

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        """Return the text that is left, ``""`` when nothing is; None when nothing went."""
        if not isinstance(value, str) or not value:
            return None
        left = self.left(value, at.subject)
        return None if left == value else left

    def apply_each(self, values: list[str], at: Occurrence) -> Answer:
        """Return what is left of several values of one field; None when nothing went from any."""
        answers = [self.apply(value, at) for value in values]
        if all(answer is None for answer in answers):
            return None
        return [value if answer is None else str(answer) for value, answer in zip(values, answers, strict=True)]


@dataclass(frozen=True, slots=True)
class Clean(_OfText):
    """The text loses known identifiers, what looks like a date, number or contact of a person, and names.

    Numbers of formats that have numbers stay: they are sizes and times, not text.
    """

    key: ClassVar[str] = "clean"

    @classmethod
    def of(cls, _options: Options) -> Self:
        """Return the action; it has no parameters."""
        return cls()

    def left(self, text: str, subject: Subject) -> str:
        """Return a text without what tells a person."""
        from fw_gear_deid.identity.cleaning import cleaned  # noqa: PLC0415  # few profiles need its word lists

        return cleaned(text, subject)


@dataclass(frozen=True, slots=True)
class Scrub(_OfText):
    """The text loses the subject's known identifiers; what ``scrub: true`` does where no rule acts."""

    key: ClassVar[str] = "scrub"

    def left(self, text: str, subject: Subject) -> str:
        """Return a text without the certain spellings of the subject's identifiers."""
        if not (subject.identifiers or subject.others):
            return text
        from fw_gear_deid.identity.cleaning import scrubbed  # noqa: PLC0415  # few profiles need its word lists

        return scrubbed(text, subject)
