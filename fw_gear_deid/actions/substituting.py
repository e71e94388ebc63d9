"""``regex-sub``: text taken apart by regular expressions and put together anew, also from other fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from fw_gear_deid.actions.options import EMPTY, is_missing
from fw_gear_deid.errors import ActionError

if TYPE_CHECKING:
    from fw_gear_deid.actions.base import Answer, Occurrence, Scalar
    from fw_gear_deid.actions.options import Options
    from fw_gear_deid.actions.outputs import Substitution
    from fw_gear_deid.problems import Mark


@dataclass(frozen=True, slots=True)
class RegexSub:
    """The field becomes the output of the first item whose ``input-regex`` matches it.

    Attributes:
        items: in the order of the profile.
        missing: spellings of a missing value, which is left alone where no item matches it.
    """

    key: ClassVar[str] = "regex-sub"
    inserts: ClassVar[bool] = False
    items: tuple[Substitution, ...]
    missing: frozenset[str] = EMPTY

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the action with the items of a rule."""
        return cls(options.substitutions, options.missing)

    @property
    def repeats(self) -> bool:
        """Unless it reads other fields, or a group has its own draw."""
        return all(item.repeats for item in self.items)

    @property
    def personal(self) -> bool:
        """Whether the action of a group depends on who the value is about."""
        return any(item.personal for item in self.items)

    @property
    def fields(self) -> dict[str, Mark]:
        """The other fields that it reads, with the place of the first ``output`` that names each."""
        return {name: item.mark for item in reversed(self.items) for name in item.fields}

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        """Return the new text; None for a field that is missing, or for a missing value that no item matches.

        Raises:
            ActionError: no item matches, or the output cannot be filled in.
        """
        if value is None:
            return None
        for item in self.items:
            if match := item.input_regex.match(str(value)):
                return item.filled(match, at)
        if is_missing(value, self.missing):
            return None
        raise ActionError("regex-sub: no input-regex matches the value; add an item for values such as this one")
