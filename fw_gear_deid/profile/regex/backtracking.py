"""Regular expressions that can hang a run: those that try exponentially many ways to match some text.

The expression becomes an automaton of its characters (Glushkov's), as Python's own parser reads it. Matching explodes
when one text leads from a character back to it in two ways, as in ``(a+)+b``, and what follows can fail, so that every
way is tried. Quadratic expressions such as ``.*a.*b`` are fine on the names and values of files, and are not told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from fw_gear_deid.profile.regex.parsing import REPEATS, Letters, operations, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COPIES: Final = 4
"""Repetitions up to this many are written out; longer ones count as loops."""

_MOST: Final = 80
"""Characters in an expression up to which pairs of them are looked at."""

_ATOMIC: Final = {"POSSESSIVE_REPEAT", "ATOMIC_GROUP"}
_CHOICES: Final = {"BRANCH", "GROUPREF_EXISTS"}
_REPEATING: Final = frozenset("*+{")
"""Signs of which one is in every expression that repeats something more than once."""

_FIXED: Final = frozenset(
    {"LITERAL", "NOT_LITERAL", "ANY", "IN", "RANGE", "CATEGORY", "NEGATE", "BRANCH", "SUBPATTERN", "AT"}
)
"""Operations that repeat nothing, and of which it is certain what they match."""

_CONDITIONS: Final = {"AT", "ASSERT", "ASSERT_NOT", "GROUPREF"}

# Python's parse tree has no types.
# ruff: noqa: ANN401


class Hazard(Enum):
    """How sure it is that some text makes an expression hang."""

    NONE = "none"
    SUSPECTED = "suspected"
    CERTAIN = "certain"


@lru_cache(maxsize=1 << 10)
def hazard(expression: str, *, whole: bool = False, flags: int = 0) -> Hazard:
    """Return whether matching an expression can take exponentially long.

    Args:
        expression: a valid regular expression.
        whole: whether it must match a text to its end; it matches the beginning of one otherwise.
        flags: of the module ``re``.
    """
    if _REPEATING.isdisjoint(expression):
        return Hazard.NONE
    tree = parsed(expression, flags)
    automaton = _Automaton(Letters.of(tree))
    part = automaton.sequence(tree)
    safe = frozenset() if whole else part.free_last
    if automaton.explodes(safe):
        return Hazard.SUSPECTED if automaton.guessed else Hazard.CERTAIN
    return Hazard.SUSPECTED if automaton.inner_hazard else Hazard.NONE


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an expression.

    Attributes:
        first: characters it can begin with, and in how many ways.
        last: characters it can end with, and in how many ways.
        nullable: in how many ways it can match nothing.
        free_last: characters after which it can end without anything that may fail (``$``, ``(?=…)``).
        free_nullable: whether it can match nothing without anything that may fail.
    """

    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)
    nullable: int = 1
    free_last: frozenset[int] = frozenset()
    free_nullable: bool = True


_NOTHING: Final = _Part()
_CONDITION: Final = _Part(free_nullable=False)


class _Automaton:
    """The characters of an expression and which can follow which, with the number of ways."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._sets: list[frozenset[str]] = []
        self._follow: list[Counter[int]] = []
        self._loops = 0
        self.guessed = False
        self.inner_hazard = False

    def sequence(self, items: Any) -> _Part:
        """Add parts that stand one after the other."""
        part = _NOTHING
        for operation, argument in items:
            part = self._joined(part, self._part(str(operation), argument))
        return part

    def explodes(self, safe: frozenset[int]) -> bool:
        """Return whether a text leads from a character back to it in two ways, not by characters that are safe."""
        steps = {node: set(following) - safe for node, following in enumerate(self._follow) if node not in safe}
        for component in _components(steps):
            twice = any(self._follow[one][other] > 1 for one in component for other in component)
            if twice or (len(component) <= _MOST and self._has_twins(component)):
                return True
        return False

    def _has_twins(self, component: set[int]) -> bool:
        """Return whether two walks over the same text part within a component and meet again."""
        steps = {
            (one, other): {
                (after, beside)
                for after in self._follow[one]
                for beside in self._follow[other]
                if after in component and beside in component and self._sets[after] & self._sets[beside]
            }
            for one in component
            for other in component
        }
        return any(
            any(one == other for one, other in pairs) and any(one != other for one, other in pairs)
            for pairs in _components(steps)
        )

    def _part(self, operation: str, argument: Any) -> _Part:
        if operation in REPEATS:
            return self._repeat(*argument)
        if operation in _ATOMIC:
            return self._atomic(argument[2] if operation == "POSSESSIVE_REPEAT" else argument, operation)
        if operation in _CONDITIONS:
            return self._condition(operation, argument)
        if operation == "SUBPATTERN":
            return self.sequence(argument[3])
        if operation in _CHOICES:
            return self._choice(argument[1] if operation == "BRANCH" else argument[1:], operation)
        return self._character(self._letters.matched(operation, argument))

    def _choice(self, branches: Any, operation: str) -> _Part:
        """Add branches, of which one is taken."""
        self.guessed |= operation != "BRANCH"
        if operation == "BRANCH" and not self._loops and _is_list(branches):
            return self._character(frozenset())
        return self._either([self.sequence(branch or ()) for branch in branches])

    def _condition(self, operation: str, argument: Any) -> _Part:
        """Add what matches nothing but may fail."""
        self.guessed |= operation != "AT"
        if operation in {"ASSERT", "ASSERT_NOT"}:
            inner = _Automaton(self._letters)
            self.inner_hazard |= inner.explodes(inner.sequence(argument[1]).free_last)
        return _CONDITION

    def _character(self, characters: frozenset[str]) -> _Part:
        number = len(self._sets)
        self._sets.append(characters)
        self._follow.append(Counter())
        return _Part(Counter([number]), Counter([number]), 0, frozenset([number]), free_nullable=False)

    def _joined(self, one: _Part, other: _Part) -> _Part:
        self._link(one.last, other.first)
        return _Part(
            one.first + _times(other.first, one.nullable),
            other.last + _times(one.last, other.nullable),
            one.nullable * other.nullable,
            other.free_last | one.free_last if other.free_nullable else other.free_last,
            one.free_nullable and other.free_nullable,
        )

    def _link(self, before: Counter[int], after: Counter[int]) -> None:
        for one, ways in before.items():
            for other, more in after.items():
                self._follow[one][other] += ways * more

    def _either(self, parts: list[_Part]) -> _Part:
        return _Part(
            sum((part.first for part in parts), Counter()),
            sum((part.last for part in parts), Counter()),
            sum(part.nullable for part in parts),
            frozenset().union(*(part.free_last for part in parts)),
            any(part.free_nullable for part in parts),
        )

    def _repeat(self, least: int, most: int, body: Any) -> _Part:
        if most <= _COPIES:
            tail = _NOTHING
            for _ in range(most - least):
                tail = self._either([self._joined(self.sequence(body), tail), _NOTHING])
            copies = _NOTHING
            for _ in range(least):
                copies = self._joined(copies, self.sequence(body))
            return self._joined(copies, tail)
        self._loops += 1
        part = self.sequence(body)
        self._loops -= 1
        if least < most:
            self._link(part.last, part.first)
            # Python enters a body that matches nothing once more than it needs to.
            part = replace(part, nullable=part.nullable + bool(part.nullable))
        return part if least else self._either([part, _NOTHING])

    def _atomic(self, body: Any, operation: str) -> _Part:
        """Add a part that is never matched in another way once it has matched: it counts as one character."""
        inner = _Automaton(self._letters)
        part = inner.sequence(body)
        self.inner_hazard |= operation == "ATOMIC_GROUP" and inner.explodes(part.free_last)
        self.guessed = True
        characters = frozenset().union(*(inner._sets[number] for number in part.first))
        return self._either([self._character(characters), _NOTHING])


def _is_list(branches: Any) -> bool:
    """Whether branches neither repeat anything nor match nothing, such as a long list of names.

    Where they are in no loop, they count as one character: none of theirs leads back to itself.
    """
    return all(branch.getwidth()[0] and all(name in _FIXED for name, _ in operations(branch)) for branch in branches)


def _times(ways: Counter[int], count: int) -> Counter[int]:
    return Counter({node: number * count for node, number in ways.items() if count})


Node = TypeVar("Node")


def _components(steps: Mapping[Node, set[Node]]) -> Iterator[set[Node]]:
    """Yield the sets of nodes of which each leads to every one of its set (Kosaraju's algorithm)."""
    back: dict[Node, set[Node]] = {node: set() for node in steps}
    for node, following in steps.items():
        for other in following:
            back[other].add(node)
    seen: set[Node] = set()
    left: list[Node] = []
    for node in steps:
        left += _walked(node, steps, seen)
    seen = set()
    for node in reversed(left):
        component = set(_walked(node, back, seen))
        if len(component) > 1 or node in steps[node]:
            yield component


def _walked(start: Node, steps: Mapping[Node, set[Node]], seen: set[Node]) -> list[Node]:
    """Return the nodes that are first met from a node, each behind those that it leads to."""
    if start in seen:
        return []
    seen.add(start)
    done: list[Node] = []
    path = [(start, iter(steps[start]))]
    while path:
        node, ahead = path[-1]
        following = next((other for other in ahead if other not in seen), None)
        if following is None:
            done.append(node)
            path.pop()
        else:
            seen.add(following)
            path.append((following, iter(steps[following])))
    return done
