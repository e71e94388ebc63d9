"""``jitter``: a number moved by a small amount that is drawn once for each object and field."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self

from fw_gear_deid.actions.keyed import UNSALTED, Key
from fw_gear_deid.actions.options import EMPTY, Kind, Option, OptionError, is_missing
from fw_gear_deid.errors import ActionError

if TYPE_CHECKING:
    from fw_gear_deid.actions.base import Answer, Occurrence, Scalar
    from fw_gear_deid.actions.options import Options

JITTER_TYPES: Final = ("float", "int")

JITTER_OPTIONS = (
    Option("jitter-range", Kind.NUMBER, None, "half-width of the draw; overrides the section"),
    Option("jitter-type", Kind.CHOICE, None, "draw whole numbers or fractions; overrides the section", JITTER_TYPES),
    Option("jitter-min", Kind.NUMBER, None, "smallest result"),
    Option("jitter-max", Kind.NUMBER, None, "largest result"),
)


@dataclass(frozen=True, slots=True)
class Jitter:
    """The field, a number, moves by an amount other than 0.

    Values are ints or floats; a format whose field cannot hold them (DICOM IS, UL, US) rounds and clamps.

    Attributes:
        source: what fixes the draws.
        half_width: the draw lies within ±this.
        whole: draw whole numbers, and cut the value to one first.
        least: smallest result.
        most: largest result; wins over ``least``.
        missing: spellings of a missing value, which is left alone.
    """

    key: ClassVar[str] = "jitter"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    personal: ClassVar[bool] = False
    source: Key = UNSALTED
    half_width: float = 2.0
    whole: bool = False
    least: float | None = None
    most: float | None = None
    missing: frozenset[str] = EMPTY

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the action with the parameters of a rule.

        Raises:
            OptionError: a range that allows no draw, or limits the wrong way round.
        """
        whole = options.text("jitter-type") == "int"
        width = options.number("jitter-range")
        half_width = 2.0 if width is None else float(width)
        check_range(half_width, whole=whole)
        least, most = options.number("jitter-min"), options.number("jitter-max")
        if least is not None and most is not None and least > most:
            raise OptionError("jitter-min", "jitter-min is larger than jitter-max")
        return cls(Key.of(options), half_width, whole, least, most, options.missing)

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        """Return the moved number, or a list of them as text; None for a missing value.

        Raises:
            ActionError: the value is not a number.
        """
        if value is None or is_missing(value, self.missing):
            return None
        if isinstance(value, str) and "," in value:
            parts = value.split(",")
            return [
                "" if is_missing(part, self.missing) else str(self._moved(part, at, index))
                for index, part in enumerate(parts)
            ]
        return self._moved(value, at, 0)

    def _moved(self, value: Scalar, at: Occurrence, index: int) -> int | float:
        number = _number(value)
        draw = self.source.draw(at, index)
        moved: int | float
        moved = int(number) + draw.whole(int(self.half_width)) if self.whole else number + draw.real(self.half_width)
        if self.least is not None:
            moved = max(moved, self.least)
        if self.most is not None:
            moved = min(moved, self.most)
        return int(moved) if self.whole else float(moved)


def check_range(half_width: float, *, whole: bool) -> None:
    """Refuse a jitter range within which nothing can be drawn.

    Raises:
        OptionError: not a finite number above 0, or below 1 for whole numbers.
    """
    if not math.isfinite(half_width) or half_width <= 0:
        raise OptionError("jitter-range", "jitter-range must be larger than 0")
    if whole and half_width < 1:
        raise OptionError("jitter-range", "jitter-range must be at least 1 for whole numbers (jitter-type: int)")


def _number(value: Scalar) -> int | float:
    if not isinstance(value, bool):
        try:
            number = value if isinstance(value, int) else float(value)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
    raise ActionError("jitter: the value is not a number; use another action for this field")
