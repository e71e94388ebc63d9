"""What a regular expression is made of, as Python's own parser reads it."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from re import (  # type: ignore[attr-defined]  # the one way to see what Python sees in an expression
    _constants,
    _parser,
)
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

# Python's parse tree has no types: (operation, argument) pairs, lists of them, and plain values.
# ruff: noqa: ANN401

REPEATS: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT"})
_LOOPS: Final = REPEATS | {"POSSESSIVE_REPEAT"}
_SINGLE: Final = frozenset({"NOT_LITERAL", "ANY", "IN"})
_LONG: Final = 8
"""How many letters in a row may be a name."""

_TEXT: Final = frozenset("by")
"""Letters that whatever matches words has, and what matches units and codes seldom."""

_SAMPLE: Final = "aAzZ059_ -.,:/\\^\n\té中\N{ARABIC-INDIC DIGIT THREE}"


@lru_cache(maxsize=1 << 5)
def parsed(expression: str, flags: int = 0) -> Any:
    """Return the parse tree of a valid regular expression, which is only read: several questions follow one another."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Python may read differently one day
        return _parser.parse(expression, flags)


def admits_text(expression: str, group: str | None = None) -> bool:
    """Return whether an expression, or one named group of it, can match words of any length."""
    tree = parsed(expression)
    if group is None:
        return _admits(tree)
    number = tree.state.groupdict[group]
    return any(
        _admits(argument[3])
        for operation, argument in operations(tree)
        if operation == "SUBPATTERN" and argument[0] == number
    )


def demanded(expression: str) -> frozenset[str]:
    """Return characters without which an expression matches nothing (perhaps not all of them)."""
    return frozenset(_demanded(parsed(expression)))


def named_groups(expression: str) -> tuple[str, ...]:
    """Return the named groups of an expression that the expression itself does not refer to."""
    if "(?P<" not in expression:  # long lists of names have none
        return ()
    tree = parsed(expression)
    referred = {
        argument if operation == "GROUPREF" else argument[0]
        for operation, argument in operations(tree)
        if operation in {"GROUPREF", "GROUPREF_EXISTS"}
    }
    return tuple(name for name, number in tree.state.groupdict.items() if number not in referred)


def _demanded(tree: Any) -> Iterator[str]:
    for operation, argument in tree:
        match str(operation):
            case "LITERAL":
                yield chr(argument)
            case "SUBPATTERN":
                yield from _demanded(argument[3])
            case name if name in _LOOPS and argument[0]:
                yield from _demanded(argument[2])


def _admits(tree: Any) -> bool:
    return any(
        argument[1] >= _LONG and Letters("by").matched(name, value) >= _TEXT
        for operation, argument in operations(tree)
        if operation in _LOOPS
        for name, value in operations(argument[2])
        if name in _SINGLE
    )


def operations(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield every operation of a parse tree with its argument, in no order."""
    left = [tree]
    while left:
        part = left.pop()
        if isinstance(part, _parser.SubPattern):
            left += part.data
        elif isinstance(part, tuple) and len(part) == 2 and isinstance(part[0], _constants._NamedIntConstant):  # noqa: PLR2004, SLF001
            yield str(part[0]), part[1]
            left.append(part[1])
        elif isinstance(part, tuple | list):
            left += part


@dataclass(frozen=True, slots=True)
class Letters:
    """Characters that tell the parts of an expression apart.

    Attributes:
        alphabet: the characters.
        dotall: whether a dot is also a line end.
        folded: whether small and capital letters are the same; the alphabet has small ones then.
    """

    alphabet: str
    dotall: bool = False
    folded: bool = False

    @classmethod
    def of(cls, tree: Any) -> Self:
        """Return the characters of an expression: what it names, the ends of its ranges, some of every category."""
        signs = set(_SAMPLE)
        for operation, argument in operations(tree):
            if operation in {"LITERAL", "NOT_LITERAL"}:
                signs.add(chr(argument))
            elif operation == "RANGE":
                signs |= {chr(code) for end in argument for code in (end - 1, end, end + 1) if 0 <= code <= 0x10FFFF}  # noqa: PLR2004  # the last character
        folded = bool(tree.state.flags & re.IGNORECASE)
        signs = {sign.lower()[0] for sign in signs} if folded else signs
        return cls("".join(sorted(signs)), bool(tree.state.flags & re.DOTALL), folded)

    def matched(self, operation: str, argument: Any) -> frozenset[str]:
        """Return which of the characters a part that stands for one character matches."""
        every = frozenset(self.alphabet)
        match operation:
            case "LITERAL":
                return every & {self._fold(chr(argument))}
            case "NOT_LITERAL":
                return every - {self._fold(chr(argument))}
            case "ANY":
                return every if self.dotall else every - {"\n"}
            case "RANGE":
                low, high = argument
                return frozenset(sign for sign in every if any(low <= ord(each) <= high for each in self._cases(sign)))
            case "CATEGORY":
                return frozenset(sign for sign in every if _in_category(str(argument), sign))
        parts = [(str(name), value) for name, value in argument]  # IN: a set in brackets
        found = frozenset().union(*(self.matched(name, value) for name, value in parts if name != "NEGATE"))
        return every - found if any(name == "NEGATE" for name, _ in parts) else found

    def _fold(self, sign: str) -> str:
        return sign.lower()[0] if self.folded else sign

    def _cases(self, sign: str) -> tuple[str, ...]:
        return (sign, sign.upper()[0]) if self.folded else (sign,)


def _in_category(category: str, sign: str) -> bool:
    kind = category.removeprefix("CATEGORY_")
    belongs = {"DIGIT": sign.isdigit(), "SPACE": sign.isspace(), "WORD": sign.isalnum() or sign == "_"}
    return belongs[kind.removeprefix("NOT_")] != kind.startswith("NOT_")
