"""``increment-date`` and ``increment-datetime``: dates moved by a number of days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, Self

from fw_gear_deid.actions.base import REMOVED, Answer, Occurrence, Scalar
from fw_gear_deid.actions.jitter import check_range
from fw_gear_deid.actions.keyed import Key, secret_of
from fw_gear_deid.actions.moments import DicomDateTime, Form, Pattern, date_of, form_of
from fw_gear_deid.actions.options import EMPTY, Kind, Option, OptionError, is_missing
from fw_gear_deid.actions.subjects import BY_SUBJECT, MOST_DAYS, SubjectShift
from fw_gear_deid.errors import ActionError

if TYPE_CHECKING:
    from fw_gear_deid.actions.options import Options

DICOM_DATE: Final = "%Y%m%d"
DICOM_DATETIME: Final = "%Y%m%d%H%M%S.%f"
UNPARSABLE: Final = ("fail", "remove", "empty")

UNIT_DAYS: Final = {
    "microseconds": 1 / 86_400_000_000,
    "milliseconds": 1 / 86_400_000,
    "seconds": 1 / 86_400,
    "minutes": 1 / 1440,
    "hours": 1 / 24,
    "days": 1.0,
    "weeks": 7.0,
    "years": 365.25,
}
"""Length of each ``jitter-unit`` in days."""

_COMMON_OPTIONS: Final = (
    Option("date-increment-override", Kind.NUMBER, None, "days, in place of the section's date-increment"),
    Option("jitter-date", Kind.FLAG, default=False, doc="also move by a draw for each object and field"),
    Option("jitter-range", Kind.INTEGER, 10, "half-width of that draw, in its unit", least=1),
    Option("jitter-unit", Kind.CHOICE, "days", "unit of that draw", tuple(UNIT_DAYS)),
    Option("datetime-min", Kind.LIMIT, None, "earliest result: YYYYMMDD, or a distance from today such as -89years"),
    Option("datetime-max", Kind.LIMIT, None, "latest result: YYYYMMDD, or a distance from today such as -30days"),
    Option(
        "on-unparsable",
        Kind.CHOICE,
        None,
        "what a value that is no date becomes; overrides the section",
        UNPARSABLE,
        extension=True,
    ),
)
DATE_OPTIONS = (
    Option("date-format", Kind.FORMAT, None, "strptime format of the value; overrides the section"),
    *_COMMON_OPTIONS,
)
DATETIME_OPTIONS = (
    Option("datetime-format", Kind.FORMAT, None, "strptime format of the value; overrides the section"),
    *_COMMON_OPTIONS,
)


@dataclass(frozen=True, slots=True)
class DateJitter:
    """A draw that is added to the increment of a date.

    Attributes:
        source: what fixes the draws.
        half_width: a whole number of units; the draw is never 0.
        unit: a key of ``UNIT_DAYS``.
    """

    source: Key
    half_width: int = 10
    unit: str = "days"

    def draw(self, at: Occurrence, index: int) -> dt.timedelta:
        """Return the draw for a value of a field."""
        return dt.timedelta(days=self.source.draw(at, index).whole(self.half_width) * UNIT_DAYS[self.unit])


@dataclass(frozen=True, slots=True)
class IncrementDate:
    """The field, a date, moves by days; several values, joined by commas, move each.

    Attributes:
        days: how far, in days; may be negative, and fractional where there is a time of day. Or what says how far,
            for each subject.
        form: how the value is written.
        jitter: a further draw.
        limits: earliest and latest result; the latest wins.
        on_unparsable: ``fail``, or what the whole field becomes: ``remove`` it, or make it ``empty``.
        missing: spellings of a missing value, which is left alone.
    """

    key: ClassVar[str] = "increment-date"
    inserts: ClassVar[bool] = False
    days: float | SubjectShift
    form: Form = Pattern(DICOM_DATE)  # noqa: RUF009  # frozen
    jitter: DateJitter | None = None
    limits: tuple[dt.datetime | None, dt.datetime | None] = (None, None)
    on_unparsable: str = "fail"
    missing: frozenset[str] = EMPTY

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the action with the parameters of a rule.

        Raises:
            OptionError: no increment is set, or a limit or jitter makes no sense.
        """
        return cls(
            days=_days(options),
            form=cls._form(options),
            jitter=_jitter(options),
            limits=(_limit(options, "datetime-min"), _limit(options, "datetime-max")),
            on_unparsable=options.text("on-unparsable") or "fail",
            missing=options.missing,
        )

    @staticmethod
    def _form(options: Options) -> Form:
        return form_of(options.text("date-format") or DICOM_DATE)

    @property
    def format(self) -> str:
        """How the value is written: a strptime format, or ``timestamp``."""
        return self.form.format

    @property
    def repeats(self) -> bool:
        """Unless each place has its own draw."""
        return self.jitter is None

    @property
    def personal(self) -> bool:
        """Where each subject has a shift of its own."""
        return isinstance(self.days, SubjectShift)

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        """Return the moved date, or a list of them; None for a missing value.

        Raises:
            ActionError: the value is no date of this form (unless ``on_unparsable`` says what to do), the moved date
                lies outside the years 1 to 9999, or the shift is by subject and who it is about is not known.
        """
        if value is None or is_missing(value, self.missing):
            return None
        try:
            if isinstance(value, str) and "," in value:
                return [
                    "" if is_missing(part, self.missing) else str(self._moved(part, at, index))
                    for index, part in enumerate(value.split(","))
                ]
            moved = self._moved(str(value), at, 0)
            return int(moved) if isinstance(value, int) and isinstance(moved, str) and moved.isdecimal() else moved
        except ValueError:
            if self.on_unparsable == "remove":
                return REMOVED
            if self.on_unparsable == "empty":
                return ""
        except OverflowError:
            raise ActionError(f"{self.key}: the moved date is outside the years 1 to 9999") from None
        raise ActionError(
            f"{self.key}: the value does not have the form that the profile names; "
            "correct the format, or set on-unparsable"
        )

    def _moved(self, text: str, at: Occurrence, index: int) -> str | float:
        if self._is_plain and (moved := _moved_day(text, self._days(at))):
            return moved
        return self.form.moved(text, lambda moment: self._later(moment, at, index))

    def _days(self, at: Occurrence) -> float:
        return self.days.days(at, self.key) if isinstance(self.days, SubjectShift) else self.days

    @property
    def _is_plain(self) -> bool:
        return self.jitter is None and self.limits == (None, None) and self.form == Pattern(DICOM_DATE)

    def _later(self, moment: dt.datetime, at: Occurrence, index: int) -> dt.datetime:
        moment += dt.timedelta(days=self._days(at))
        if self.jitter is not None:
            moment += self.jitter.draw(at, index)
        earliest, latest = (limit and limit.replace(tzinfo=moment.tzinfo) for limit in self.limits)
        if earliest is not None:
            moment = max(moment, earliest)
        return moment if latest is None else min(moment, latest)


class IncrementDateTime(IncrementDate):
    """The field, a date with a time of day, moves by days.

    A trailing offset from UTC stays as it is. A DICOM DT value keeps its precision.
    """

    __slots__ = ()
    key: ClassVar[str] = "increment-datetime"

    @staticmethod
    def _form(options: Options) -> Form:
        written = options.text("datetime-format") or DICOM_DATETIME
        if options.dicom_datetimes and written == DICOM_DATETIME:
            return DicomDateTime()
        return form_of(written, zone=True)


@lru_cache(maxsize=1 << 12)
def _moved_day(text: str, days: float) -> str:
    """Return an eight-digit date moved; ``""`` when it has another form."""
    if len(text) != len("YYYYMMDD") or not (text.isascii() and text.isdigit()):
        return ""
    day = dt.datetime(int(text[:4]), int(text[4:6]), int(text[6:]))  # noqa: DTZ001  # a day has no zone
    day += dt.timedelta(days=days)
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _days(options: Options) -> float | SubjectShift:
    days = options.number("date-increment-override")
    if days is None and options.text("date-increment") == BY_SUBJECT:
        return SubjectShift(secret_of(options), options.integer("date-increment-range", MOST_DAYS))
    days = options.number("date-increment") if days is None else days
    if days is None:
        raise OptionError("", "no increment is set: set date-increment in the section or date-increment-override here")
    try:
        dt.timedelta(days=days)
    except (OverflowError, ValueError):
        raise OptionError("", "the increment is too large for a date") from None
    return float(days)


def _jitter(options: Options) -> DateJitter | None:
    if not options.rule.get("jitter-date"):
        return None
    # The section's jitter-range is for numbers; dates have their own default.
    width = options.rule.get("jitter-range")
    half_width = 10 if width is None else int(width) if isinstance(width, int | float) else 0
    check_range(half_width, whole=True)
    return DateJitter(Key.of(options), half_width, options.text("jitter-unit") or "days")


def _limit(options: Options, name: str) -> dt.datetime | None:
    text = options.text(name)
    if not text:
        return None
    try:
        return date_of(text, options.today)
    except (ValueError, OverflowError):
        raise OptionError(
            name, f"{name} must be a day YYYYMMDD or a distance from today such as -89years, +2weeks, -30days"
        ) from None
