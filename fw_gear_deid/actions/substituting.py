"""``regex-sub``: text taken apart by regular expressions and put together anew, also from other fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

from fw_gear_deid.actions.base import text_of
from fw_gear_deid.actions.options import EMPTY, is_missing
from fw_gear_deid.errors import ActionError
from fw_gear_deid.problems import Mark

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from fw_gear_deid.actions.base import Action, Answer, Occurrence, Scalar
    from fw_gear_deid.actions.options import Options


@dataclass(frozen=True, slots=True)
class Variable:
    """A ``{name}`` of an output template."""

    name: str


Template = tuple[str | Variable, ...]
"""An ``output``: literal text and variables, in order."""


@dataclass(frozen=True, slots=True)
class Substitution:
    """One item of a ``regex-sub`` list.

    Attributes:
        input_regex: matched at the start of the value.
        output: what the whole value becomes.
        groups: what happens to the variables of ``output``, by name; a group without an action is kept.
        mark: where ``output`` is written.
    """

    input_regex: re.Pattern[str]
    output: Template
    groups: Mapping[str, Action] = field(default_factory=dict)
    mark: Mark = field(default=Mark(), compare=False)

    @property
    def fields(self) -> tuple[str, ...]:
        """The other fields of the record that ``output`` names: its variables that are no group of the regex."""
        names = (part.name for part in self.output if isinstance(part, Variable))
        return tuple(name for name in names if name not in self.input_regex.groupindex)

    @property
    def repeats(self) -> bool:
        """Whether equal values become equal text wherever they stand."""
        return not self.fields and all(action.repeats for action in self.groups.values())

    @property
    def personal(self) -> bool:
        """Whether the output depends on who the value is about."""
        return any(action.personal for action in self.groups.values())

    def filled(self, match: re.Match[str], at: Occurrence) -> str:
        """Return the output for a value that matches.

        Raises:
            ActionError: a group took no part in the match and has no action, or an action cannot be carried out.
        """
        return "".join(part if isinstance(part, str) else self._filled(part.name, match, at) for part in self.output)

    def _filled(self, name: str, match: re.Match[str], at: Occurrence) -> str:
        value = match[name] if name in self.input_regex.groupindex else at.field(name)
        action = self.groups.get(name)
        if action is not None:
            answer = action.apply(value, at.within(name))
            return text_of(answer, value) or ""
        if value is None:
            raise ActionError(
                f"group {name} of input-regex took no part in the match; "
                "say in groups what becomes of it (keep leaves it empty), or let it match the empty text"
            )
        return value


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
