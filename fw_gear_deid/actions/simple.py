"""Actions that do not look at the value: keep, remove, replace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from fw_gear_deid.actions.base import REMOVED, Answer, Occurrence, Scalar
from fw_gear_deid.actions.options import Kind, Option

if TYPE_CHECKING:
    from fw_gear_deid.actions.options import Options

REPLACE_OPTIONS = (
    Option("replace-with-insert", Kind.FLAG, None, "create the field where it is missing; overrides the section"),
)


@dataclass(frozen=True, slots=True)
class Keep:
    """The field stays as it is; the rule protects it from ``remove-undefined`` and ``remove-private-tags``."""

    key: ClassVar[str] = "keep"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = False

    @classmethod
    def of(cls, _options: Options) -> Self:
        """Return the action; it has no parameters."""
        return cls()

    def apply(self, _value: Scalar | None, _at: Occurrence) -> Answer:
        """Return None: no change."""
        return None


@dataclass(frozen=True, slots=True)
class Remove:
    """The field goes."""

    key: ClassVar[str] = "remove"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = False

    @classmethod
    def of(cls, _options: Options) -> Self:
        """Return the action; it has no parameters."""
        return cls()

    def apply(self, _value: Scalar | None, _at: Occurrence) -> Answer:
        """Return ``REMOVED``."""
        return REMOVED


@dataclass(frozen=True, slots=True)
class Replace:
    """The field gets a fixed value.

    Attributes:
        value: the new value; ``""`` empties the field (a DICOM sequence: no items); a tuple: several values.
        insert: whether the field is created where it is missing.
    """

    key: ClassVar[str] = "replace-with"
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = False
    value: Scalar | tuple[str, ...] = ""
    insert: bool = True

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the action with the value of the rule."""
        insert = options.get("replace-with-insert")
        return cls(options.value, insert is None or bool(insert))

    @property
    def inserts(self) -> bool:
        """Whether a missing field is created."""
        return self.insert

    def apply(self, value: Scalar | None, _at: Occurrence) -> Answer:
        """Return the fixed value; None for a missing field that is not to be created."""
        if value is None and not self.insert:
            return None
        return list(self.value) if isinstance(self.value, tuple) else self.value
