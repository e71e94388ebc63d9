"""Filters, sorting and paging of lists, in the platform's words (``label=a,created>2018-09-22``)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tests.flywheel_site.site import Document

DEFAULT_LIMIT = 100
_TERM = re.compile(r"\s*([\w.\-]+)\s*(!=|>=|<=|=~|!~|=\||=|>|<)\s*(.*)", re.DOTALL)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def selected(documents: Iterable[Document], query: Mapping[str, str]) -> list[Document]:
    """Return the page of a list that a query asks for."""
    sort, after = query.get("sort", ""), query.get("after_id", "")
    if after and (sort or query.get("skip") or query.get("page")):
        raise InvalidError("after_id cannot be used with sort, skip or page")
    conditions = terms(query.get("filter", ""))
    found = [each for each in documents if identity(each) > after and all(holds(each) for holds in conditions)]
    for part in reversed([part for part in sort.split(",") if part]):
        name, _, order = part.partition(":")
        found.sort(key=lambda each: str(value_of(each, name)), reverse=order == "desc")
    if not sort:
        found.sort(key=identity)
    limit = _number(query, "limit") or (DEFAULT_LIMIT if "limit" not in query else len(found))
    start = _number(query, "skip") + max(0, _number(query, "page") - 1) * limit
    return found[start : start + limit]


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "0")
    if not text.isdigit():
        raise InvalidError(f"{name} must be a whole number")
    return int(text)


def identity(document: Document) -> str:
    """Return what pages go by."""
    return str(document.get("file_id") or document["_id"])


def terms(text: str) -> list[Callable[[Document], bool]]:
    """Return a test for each term of a filter."""
    return [_term(part) for part in _parts(text)]


def _parts(text: str) -> Iterator[str]:
    """Yield the terms between commas; one after a backslash, or in the list after ``=|``, is part of a value."""
    for match in re.finditer(r"(?:=\|\[[^\]]*\]|\\.|[^,])+", text, re.DOTALL):
        yield match[0].replace("\\,", ",")


def _term(text: str) -> Callable[[Document], bool]:
    match = _TERM.fullmatch(text)
    if match is None:
        raise InvalidError(f"Invalid filter: {text}")
    name, operator, written = match.groups()
    value = _unquoted(written.strip())
    if operator == "=~":
        return lambda document: any(re.search(value, str(each)) for each in _values(document, name))
    if operator == "!~":
        return lambda document: not any(re.search(value, str(each)) for each in _values(document, name))
    if operator == "=|":
        wanted = [part.strip().strip("\"'") for part in value.strip("[]").split(",")]
        return lambda document: any(_text(each) in wanted for each in _values(document, name))
    if operator == "=":
        return lambda document: any(_same(each, value) for each in _values(document, name))
    if operator == "!=":
        return lambda document: not any(_same(each, value) for each in _values(document, name))
    return lambda document: any(_compared(each, operator, value) for each in _values(document, name))


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _same(found: Any, value: str) -> bool:
    if _DAY.fullmatch(value) and isinstance(found, str) and found.startswith(value):
        return True
    return _text(found) == value


def _text(found: Any) -> str:
    if found is None:
        return "null"
    return str(found).lower() if isinstance(found, bool) else str(found)


def _compared(found: Any, operator: str, value: str) -> bool:
    if found is None:
        return False
    if isinstance(found, int | float):
        try:
            left, right = float(found), float(value)
        except ValueError:
            return False
        return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[operator]
    try:
        first, second = _moment(str(found)), _moment(value)
    except ValueError:
        first, second = str(found), value
    return {">": first > second, "<": first < second, ">=": first >= second, "<=": first <= second}[operator]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _values(document: Document, name: str) -> list[Any]:
    """Return what a dotted name stands for; ``[None]`` when it is missing, each item of a list."""
    found: list[Any] = [document]
    for key in name.split("."):
        found = [
            each.get("_id" if key == "id" and "id" not in each else key) for each in found if isinstance(each, dict)
        ]
        found = [item for each in found for item in (each if isinstance(each, list) else [each])]
    return found or [None]


def value_of(document: Document, name: str) -> Any:
    """Return the first value that a dotted name stands for."""
    return _values(document, name)[0]
