"""Conditions on the elements of an object: the filters of the pydicom ``deid`` recipes, which ``when`` is written in.

::

    condition  = line { newline line }
    line       = [ "+" | "||" ] comparison { ( "+" | "||" ) comparison }
    comparison = ( "contains" | "notcontains" | "equals" | "notequals" | "greater" | "less" ) field value
               | ( "missing" | "present" | "empty" ) field

``+`` is *and*, ``||`` is *or*. A line is worked out by itself, from left to right, and so are then the lines: what
stands on one line is in parentheses. ``+`` and ``||`` divide comparisons only where another comparison follows;
elsewhere they are part of the value. Capital letters count as small ones; lines that begin with ``#`` are remarks.

Source: the documentation of deid's recipe filters (pydicom.github.io/deid/user-docs/recipe-filters); ``greater`` and
``less`` are ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.regex.backtracking import Hazard, hazard
from fw_gear_deid.profile.regex.compiling import ENDLESS, PatternError, pattern_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

WITH_VALUE: Final = ("contains", "notcontains", "equals", "notequals", "greater", "less")
WITHOUT_VALUE: Final = ("missing", "present", "empty")
WORDS: Final = (*WITH_VALUE, *WITHOUT_VALUE)
AND: Final = "+"
OR: Final = "||"
REMARK: Final = "#"
_DIVIDER: Final = re.compile(rf"\s*(\+|\|\|)\s*(?=(?:{'|'.join(WORDS)})\s+\S)", re.IGNORECASE)
_MISTAKEN: Final = re.compile(rf"\s(and|or|&&?|\|)\s+(?=(?:{'|'.join(WORDS)})\s+\S)", re.IGNORECASE)
"""What people write for ``+`` and ``||``: to deid, part of a value that no image has."""
_FOLLOWED: Final = re.compile(r"\s(?:\+|\|\|)\s+(\w+)\s+\S")

_COORDINATES: Final = re.compile(r"\s(?:ctp)?(?:keep)?coordinates\s+(?:all$|from:|[0-9])", re.IGNORECASE)
_QUOTED: Final = re.compile(r"([\"'])[^\"']*\1")


class ConditionError(ValueError):
    """A condition that cannot be read; its text says why.

    Attributes:
        line: which line of the condition is wrong, counted from 1.
    """

    def __init__(self, message: str, line: int = 1) -> None:
        self.line = line
        super().__init__(message)


class Fields(Protocol):
    """The object that a condition is about. Each method takes a field as the condition names it."""

    def has(self, field: str) -> bool:
        """Whether the element is there."""
        ...

    def is_empty(self, field: str) -> bool:
        """Whether the element is there and has no value."""
        ...

    def values(self, field: str) -> Sequence[str]:
        """Return the element's values as text; none when it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question about one element.

    Attributes:
        word: what is asked, one of ``WORDS``.
        field: keyword or tag of the element.
        value: what it is compared with.
        pattern: the value as a regular expression, of ``contains`` and ``notcontains``.
    """

    word: str
    field: str
    value: str = ""
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Both:
    """True when both parts are."""

    first: Condition
    second: Condition


@dataclass(frozen=True, slots=True)
class Either:
    """True when one of the parts is."""

    first: Condition
    second: Condition


Condition = Comparison | Both | Either


def parse_condition(text: str) -> Condition:
    """Return what a ``when`` stands for.

    Raises:
        ConditionError: it cannot be read, or a line after the first begins with neither ``+`` nor ``||``.
    """
    lines = [(place, line) for place, line in enumerate(text.splitlines(), 1) if is_meant(line)]
    for place, line in lines[1:]:
        if not line.strip().startswith((AND, OR)):
            raise ConditionError("begin this line with + (and) or || (or)", place)
    checks = parse_checks(lines)
    if checks is None:
        raise ConditionError("the condition is empty; write for example: contains Modality US")
    return checks


def is_meant(line: str) -> bool:
    """Whether a line says anything: it is neither blank nor a remark."""
    return bool(line.strip()) and not line.strip().startswith(REMARK)


def parse_checks(lines: Iterable[tuple[int, str]]) -> Condition | None:
    """Return what the numbered lines of a recipe's label stand for, None for no lines.

    A line that begins with neither ``+`` nor ``||`` begins another check; it is enough that one of them holds.

    Raises:
        ConditionError: a line cannot be read.
    """
    checks: list[Condition] = []
    for place, line in lines:
        operator, comparison = _line(line.strip(), place)
        if checks and operator:
            checks[-1] = _joined(operator, checks[-1], comparison)
        else:
            checks.append(comparison)
    if not checks:
        return None
    whole = checks[0]
    for check in checks[1:]:
        whole = Either(whole, check)
    return whole


def _joined(operator: str, first: Condition, second: Condition) -> Condition:
    return Both(first, second) if operator == AND else Either(first, second)


def _line(line: str, place: int) -> tuple[str, Condition]:
    """Return how a line is joined to those before it, and what it says."""
    lead = next((operator for operator in (OR, AND) if line.startswith(operator)), "")
    first, *rest = _DIVIDER.split(line.removeprefix(lead).strip())
    condition = _comparison(first, place)
    for operator, part in zip(rest[::2], rest[1::2], strict=True):
        condition = _joined(operator, condition, _comparison(part, place))
    return lead, condition


def _comparison(text: str, place: int) -> Condition:
    word, _, rest = text.partition(" ")
    word = word.lower()
    field, _, value = rest.strip().partition(" ")
    value = value.strip()
    if word not in WORDS:
        raise ConditionError(f"a comparison begins with one of: {', '.join(WORDS)}{did_you_mean(word, WORDS)}", place)
    if not field:
        raise ConditionError(f"{word} needs a field, such as Modality", place)
    if word in WITHOUT_VALUE:
        if value:
            raise ConditionError(f"{word} takes a field and nothing else", place)
        return Comparison(word, field)
    if not value:
        raise ConditionError(f"{word} needs a field and a value, such as {word} Rows 512", place)
    _check_sign(value, place)
    if word in {"equals", "notequals"} and _QUOTED.fullmatch(value):
        raise ConditionError(f"quotes would be part of the value; write {word} {field} {value[1:-1]}", place)
    return _with_value(word, field, value, place)


def _check_sign(value: str, place: int) -> None:
    """Refuse a value that is meant to hold another comparison: it would never be met, in silence."""
    if sign := _MISTAKEN.search(f" {value}"):
        raise ConditionError(f"write + (and) or || (or) in place of “{sign[1]}”", place)
    if (found := _FOLLOWED.search(f" {value}")) and (hint := did_you_mean(found[1].lower(), WORDS)):
        raise ConditionError(f"“{found[1]}” begins no comparison{hint}", place)
    if _COORDINATES.search(value):
        raise ConditionError("coordinates need a line of their own", place)


def _with_value(word: str, field: str, value: str, place: int) -> Condition:
    if word in {"contains", "notcontains"}:
        try:
            pattern = pattern_of(value, re.IGNORECASE)
        except PatternError as error:
            raise ConditionError(f"the value of {word} is not a valid regular expression: {error}", place) from None
        if hazard(value, flags=re.IGNORECASE) is Hazard.CERTAIN:
            raise ConditionError(f"the value of {word} hangs on some texts: {ENDLESS}", place)
        return Comparison(word, field, value, pattern)
    if word in {"greater", "less"} and _number(value) is None:
        raise ConditionError(f"{word} compares numbers, such as {word} Rows 512", place)
    return Comparison(word, field, value)


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield every comparison of a condition."""
    if isinstance(condition, Comparison):
        yield condition
    else:
        yield from comparisons(condition.first)
        yield from comparisons(condition.second)


def holds(condition: Condition, fields: Fields) -> bool:
    """Return whether a condition holds for an object.

    Raises:
        ActionError: a value that it asks for cannot be read.
    """
    if isinstance(condition, Both):
        return holds(condition.first, fields) and holds(condition.second, fields)
    if isinstance(condition, Either):
        return holds(condition.first, fields) or holds(condition.second, fields)
    return _TESTS[condition.word](condition, fields)


def _contains(asked: Comparison, fields: Fields) -> bool:
    texts = [text.strip() for text in fields.values(asked.field)]
    if len(texts) > 1:  # deid searches several values in the spelling of a list
        joined = ", ".join(texts), "', '".join(texts)
        texts += (f"[{joined[0]}]", f"['{joined[1]}']")
    return asked.pattern is not None and any(map(asked.pattern.search, texts))


def _equals(asked: Comparison, fields: Fields) -> bool:
    """Whether one of the values is the one asked for, or one of several divided by ``|``."""
    wanted = {asked.value.lower(), *(part.strip().lower() for part in asked.value.split("|"))}
    return any(text.strip().lower() in wanted for text in fields.values(asked.field))


def _greater(asked: Comparison, fields: Fields) -> bool:
    return any(number > float(asked.value) for number in _numbers(asked, fields))


def _less(asked: Comparison, fields: Fields) -> bool:
    return any(number < float(asked.value) for number in _numbers(asked, fields))


def _numbers(asked: Comparison, fields: Fields) -> Iterator[float]:
    for text in fields.values(asked.field):
        if (number := _number(text)) is not None:
            yield number


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


_TESTS: Final[dict[str, Callable[[Comparison, Fields], bool]]] = {
    "contains": _contains,
    "notcontains": lambda asked, fields: not _contains(asked, fields),
    "equals": _equals,
    "notequals": lambda asked, fields: not _equals(asked, fields),
    "greater": _greater,
    "less": _less,
    "missing": lambda asked, fields: not fields.has(asked.field),
    "present": lambda asked, fields: fields.has(asked.field),
    "empty": lambda asked, fields: fields.is_empty(asked.field),
}
