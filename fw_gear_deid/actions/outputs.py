"""Outputs: text put together from literal parts and variables, which groups of a regular expression or fields fill."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fw_gear_deid.actions.base import text_of
from fw_gear_deid.errors import ActionError
from fw_gear_deid.problems import Mark

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from fw_gear_deid.actions.base import Action, Occurrence


@dataclass(frozen=True, slots=True)
class Variable:
    """A ``{name}`` of an output template."""

    name: str


Template = tuple[str | Variable, ...]
"""An ``output``: literal text and variables, in order."""


def variables(template: Template) -> tuple[str, ...]:
    """Return the names that a template holds, each once, in order."""
    return tuple(dict.fromkeys(part.name for part in template if isinstance(part, Variable)))


def fields_of(template: Template, regex: re.Pattern[str] | None) -> tuple[str, ...]:
    """Return the fields of the record that a template names: its variables that are no group of the expression."""
    groups = {} if regex is None else regex.groupindex
    return tuple(name for name in variables(template) if name not in groups)


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
        """The other fields of the record that ``output`` names."""
        return fields_of(self.output, self.input_regex)

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
