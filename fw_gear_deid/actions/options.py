"""What can be set on an action, and how the settings of a section and of one rule become parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from fw_gear_deid.actions.base import Scalar
    from fw_gear_deid.actions.outputs import Substitution

Setting = str | int | float | bool | tuple[str, ...] | None
"""The value of a setting of a section, or of an option of a rule."""


class Kind(StrEnum):
    """What values a setting may have."""

    FLAG = "true or false"
    TEXT = "text"
    INTEGER = "whole number"
    NUMBER = "number"
    CHOICE = "one of its choices"
    PATTERNS = "pattern or list of patterns"
    REGEX = "regular expression"
    PATHS = "path or list of paths"
    FORMAT = "strptime format, or timestamp"
    DAYS = "number, or subject"
    LIMIT = "YYYYMMDD, or a distance from today such as -89years"
    RULES = "list"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a section, or option of a rule.

    Attributes:
        name: as written in a profile.
        kind: what values it may have.
        default: its value when it is not written.
        doc: one line for people.
        choices: the values a choice may have.
        least: the smallest number allowed; None for no bound.
        most: the largest number allowed; None for no bound.
        extension: whether Flywheel's own engine does not know it.
    """

    name: str
    kind: Kind
    default: Setting = None
    doc: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    extension: bool = False


class OptionError(ValueError):
    """A parameter that makes no sense.

    Attributes:
        option: the setting or rule option to blame; ``""`` for the rule as a whole.
    """

    def __init__(self, option: str, message: str) -> None:
        self.option = option
        super().__init__(message)


EMPTY: Final = frozenset({""})
"""The spellings of a missing value where only an empty field is one (DICOM, NIfTI, file names)."""

EMPTY_CELL: Final = frozenset({"", "n/a", "nan"})
"""The spellings of a missing value, in small letters, in tables and JSON (BIDS writes ``n/a``)."""


def is_missing(value: Scalar | None, spellings: frozenset[str]) -> bool:
    """Return whether a field has no value: None, NaN, or blank, or one of the section's spellings of it."""
    if isinstance(value, str):
        return value.strip().casefold() in spellings
    return value is None or (isinstance(value, float) and math.isnan(value))


@dataclass(frozen=True, slots=True)
class Options:
    """The parameters of one rule: its own options over the settings of its section. Values have their kind's type.

    Attributes:
        today: what limits such as ``-89years`` count from.
        settings: every setting of the section, defaults included.
        rule: the options written in the rule.
        missing: how a missing value is spelled (``EMPTY``, ``EMPTY_CELL``).
        dicom_datetimes: keep a DICOM DT value at the precision it has while the format is the default one.
        value: what ``replace-with`` puts in.
        substitutions: the items of ``regex-sub``.
    """

    today: dt.date
    settings: Mapping[str, Setting] = field(default_factory=dict)
    rule: Mapping[str, Setting] = field(default_factory=dict)
    missing: frozenset[str] = EMPTY
    dicom_datetimes: bool = False
    value: Scalar | tuple[str, ...] = ""
    substitutions: tuple[Substitution, ...] = ()

    def get(self, name: str) -> Setting:
        """Return the rule's option, else the section's setting, else None."""
        own = self.rule.get(name)
        return self.settings.get(name) if own is None else own

    def text(self, name: str) -> str:
        """Return a text parameter, ``""`` when it is not set."""
        value = self.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return a boolean parameter, false when it is not set."""
        return bool(self.get(name))

    def number(self, name: str) -> float | None:
        """Return a number, None when it is not set."""
        value = self.get(name)
        return value if isinstance(value, int | float) else None

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number, ``default`` when it is not set."""
        value = self.get(name)
        return int(value) if isinstance(value, int | float) else default
