"""One text with ``{{ … }}`` in it: what it asks for, and what it becomes.

jinja2 in its sandbox, cut down to expressions: no statements, calls, attributes or formats; sizes and numbers are
limited. Values come in as data and are never read as a template, or as YAML. Slow to load: imported when a profile
has a template.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.exceptions import TemplateError, UndefinedError
from jinja2.filters import FILTERS
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Template
    from jinja2.runtime import Context

MAX_TEMPLATE: Final = 2000
"""Characters that the text of one template may have."""

MAX_TEXT: Final = 1 << 16
"""Characters that one filled text may have."""

MAX_NUMBER: Final = 10**15
_MAX_DEPTH: Final = 20
_ANY: Final = "X"
"""What stands for an expression while values are not known."""

_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.Filter, nodes.Keyword, nodes.Test, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Concat,
    nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv,
    nodes.Mod,
)  # fmt: skip
_WHOLE: Final = re.compile(r"\s*([+-]?[0-9]{1,15})(\.0*)?\s*", re.ASCII)
_REAL: Final = re.compile(r"\s*[+-]?[0-9]{1,15}(\.[0-9]{0,15})?\s*", re.ASCII)


class TemplateProblem(ValueError):  # noqa: N818  # a problem of the profile, as in problems.py
    """A template that cannot be read or filled; the message holds no value."""


class ValueMissing(TemplateProblem):
    """There is no value for a name."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A text with templates, ready to be filled.

    Attributes:
        names: what it asks for, such as ``SHIFT`` or ``subject.label``, in order.
        needed: those of them for which there is no ``default``.
        literal: its text outside of ``{{ … }}``.
        sample: the text with a letter in the place of each ``{{ … }}``.
        template: what jinja2 made of it.
    """

    names: tuple[str, ...]
    needed: tuple[str, ...]
    literal: str
    sample: str
    template: Template

    def filled(self, values: Mapping[str, Any]) -> str:
        """Return the text with values in it.

        Args:
            values: by name; ``subject.label`` is the ``label`` of a mapping ``subject``.

        Raises:
            ValueMissing: there is no value for a name.
            TemplateProblem: a value is of no use in this expression.
        """
        try:
            text = self.template.render(values)
        except TemplateProblem:
            raise
        except UndefinedError:
            raise ValueMissing from None
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError):
            raise TemplateProblem("the value cannot be used in this expression") from None
        if len(text) > MAX_TEXT:
            raise TemplateProblem(f"the filled text is longer than {MAX_TEXT} characters")
        return text

    def missing(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names that have no value and need one."""
        return tuple(name for name in self.needed if _at(name, values) is None)

    def values(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what is known of the values it asks for, as texts."""
        return tuple(str(value) for name in self.names if (value := _at(name, values)) is not None)


def _at(name: str, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # metadata is what the site has
    place: Any = values
    for part in name.split("."):
        place = place.get(part) if isinstance(place, Mapping) else None
    return place


@lru_cache(maxsize=1024)
def read_expression(text: str) -> Expression:
    """Read the text of a template.

    Raises:
        TemplateProblem: it is wrong, or asks for more than expressions.
    """
    if len(text) > MAX_TEMPLATE:
        raise TemplateProblem(f"a text with a template in it may have {MAX_TEMPLATE} characters")
    if "\r" in text:
        raise TemplateProblem("a text with a template in it cannot hold a carriage return")  # jinja2 would drop it
    environment = _environment()
    try:
        tree = environment.parse(text)
        _check(tree)
        template = environment.from_string(tree)
    except TemplateProblem:
        raise
    except (TemplateError, SyntaxError, ValueError, RecursionError, MemoryError):
        raise TemplateProblem("this template cannot be read; write it as {{ NAME }}") from None
    parts = [part for output in tree.body if isinstance(output, nodes.Output) for part in output.nodes]
    texts = [part.data if isinstance(part, nodes.TemplateData) else None for part in parts]
    sample = "".join(_ANY if text is None else text for text in texts)
    asked = list(_names(tree))
    return Expression(
        names=tuple(dict.fromkeys(name for name, _ in asked)),
        needed=tuple(dict.fromkeys(name for name, needed in asked if needed)),
        literal="".join(text for text in texts if text),
        sample=sample,
        template=template,
    )


def _check(node: nodes.Node, depth: int = 0) -> None:
    if not isinstance(node, _ALLOWED):
        raise TemplateProblem(
            "a template may hold names, texts, numbers, + - * / // % ~, comparisons, a if b else c, and filters; "
            "nothing else"
        )
    if isinstance(node, nodes.Const) and isinstance(node.value, int | float):
        _bounded(node.value)
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        raise TemplateProblem(f"a template may use these filters only: {', '.join(_FILTERS)}")
    if depth > _MAX_DEPTH:
        raise TemplateProblem("this template is nested too deeply")
    for below in node.iter_child_nodes():
        _check(below, depth + 1)


def _names(node: nodes.Node, *, needed: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield every name that is asked for, with dots, and whether it must have a value."""
    if (name := _dotted(node)) is not None:
        yield name, needed
        return
    optional = (isinstance(node, nodes.Filter) and node.name == "default") or isinstance(node, nodes.Test)
    for below in node.iter_child_nodes():
        yield from _names(below, needed=needed and not optional)


def _dotted(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return node.name
    key: object = None
    if isinstance(node, nodes.Getattr):
        key = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        key = node.arg.value
    if isinstance(node, nodes.Getattr | nodes.Getitem) and isinstance(key, str):
        parent = _dotted(node.node)
        return None if parent is None else f"{parent}.{key}"
    return None


class _Sandbox(SandboxedEnvironment):
    """Names and keys of mappings, never attributes of objects; operators on numbers alone."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%"))

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401  # as in jinja2
        """Return the item of a mapping."""
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, Mapping) and obj.get(attribute) is not None:
            return obj[attribute]
        return self.undefined(name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401  # as in jinja2
        """Return the item of a mapping, a character of a text, or an entry of a list."""
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, str | list | tuple) and isinstance(argument, int):
            return obj[argument]
        return self.undefined(name="item")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401  # as in jinja2
        """Compute with two numbers."""
        for side in (left, right):
            if isinstance(side, Undefined):
                str(side)  # raises what is told of a missing value
            if isinstance(side, bool) or not isinstance(side, int | float):
                raise TemplateProblem(f"{operator} is for numbers; write NAME | int or NAME | float (and ~ for texts)")
        return _bounded(super().call_binop(context, operator, left, right))


def _bounded(number: float) -> float:
    if not math.isfinite(number) or abs(number) > MAX_NUMBER:
        raise TemplateProblem("the number is too large")
    return number


def _final(value: object) -> object:
    """Return what is written for the value of an expression."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(_bounded(value))
    if isinstance(value, str | Undefined):
        return value
    raise TemplateProblem("it is not a single text or number")


def _int(value: object) -> int:
    match = _WHOLE.fullmatch(str(value))  # of a missing value, str raises
    if match is None or isinstance(value, bool):
        raise TemplateProblem("int needs a whole number")
    return int(match[1])


def _float(value: object) -> float:
    if not _REAL.fullmatch(str(value)) or isinstance(value, bool):
        raise TemplateProblem("float needs a number")
    return float(str(value))


def _replace(value: object, old: str, new: str) -> str:
    text, old, new = str(value), str(old), str(new)
    if len(text) + (len(text) + 1) * len(new) > MAX_TEXT * 16:
        raise TemplateProblem("the text is too long for replace")
    return text.replace(old, new)


def _regex_escape(value: object) -> str:
    return re.escape(str(value))


_FILTERS: Final[Mapping[str, Any]] = {
    **{name: FILTERS[name] for name in ("abs", "capitalize", "default", "lower", "round", "string", "trim", "upper")},
    "float": _float,
    "int": _int,  # jinja2's own gives 0 for what is no number: a date would not move
    "replace": _replace,
    "regex_escape": _regex_escape,
}

FILTER_NAMES: Final = tuple(_FILTERS)
"""The filters that a template may use."""


@cache
def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, finalize=_final, keep_trailing_newline=True, optimized=False)
    environment.globals = {}
    environment.filters = dict(_FILTERS)
    environment.tests = {name: TESTS[name] for name in ("defined", "undefined", "in")}
    return environment
