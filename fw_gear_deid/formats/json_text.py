"""JSON as text: what encodes it, whether it is JSON at all (RFC 8259), and where its members stand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from fw_gear_deid.errors import ActionError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH: Final = 200
"""How deep objects and lists may nest."""

_BOMS: Final = (  # longest first: UTF-32 LE begins like UTF-16 LE
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)
_WITHOUT_BOM: Final = {  # which of the first four bytes are zero, RFC 4627 section 3
    (True, True, True, False): "utf-32-be",
    (False, True, True, True): "utf-32-le",
    (True, False, True, False): "utf-16-be",
    (False, True, False, True): "utf-16-le",
}
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BARE = re.compile(r"[^ \t\r\n,\]}]+")
_BRACKET_OR_STRING = re.compile(rf"[\[\]{{}}]|{_STRING.pattern}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded JSON file.

    Attributes:
        text: the characters after the byte order mark.
        mark: the byte order mark, or ``b""``.
        encoding: name of the codec.
    """

    text: str
    mark: bytes
    encoding: str

    def encoded(self, text: str) -> bytes:
        """Return other text in the encoding of this file, byte order mark included.

        Raises:
            ActionError: a rule put in what the encoding cannot hold.
        """
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError:
            raise ActionError(f"a new value cannot be written in {self.encoding.upper()}") from None


class Member(NamedTuple):
    """Where a member of an object, or an element of a list, stands: ``item`` is where it (its key) begins."""

    key: str | None
    item: int
    start: int
    stop: int


def decoded(data: bytes) -> Text:
    """Decode a JSON file and check it.

    Raises:
        UnreadableError: it is not valid in its encoding, not JSON, nested too deeply, or holds no fields.
    """
    mark, encoding = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), (b"", ""))
    encoding = encoding or _WITHOUT_BOM.get(tuple(not byte for byte in data[:4]), "utf-8")  # type: ignore[arg-type]
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableError(f"JSON that is not valid {encoding.upper()}; convert the file to UTF-8") from None
    _check(text)
    return Text(text, mark, encoding)


def _check(text: str) -> None:
    if _depth(text) > DEPTH:
        raise UnreadableError(f"JSON nested deeper than {DEPTH} levels")
    try:
        # Only the check is wanted: len and bool keep the parser from building numbers and objects.
        json.loads(text, object_pairs_hook=bool, parse_int=len, parse_float=len, parse_constant=len)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    if text[blank(text, 0)] not in "[{":
        raise UnreadableError("JSON without any field: neither an object nor a list")


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in _BRACKET_OR_STRING.finditer(text):
        sign = text[match.start()]
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign != '"':
            depth -= 1
    return deepest


def blank(text: str, start: int) -> int:
    """Return where the white space that begins at ``start`` ends."""
    match = _SPACE.match(text, start)
    return match.end() if match else start


def value_end(text: str, start: int) -> int:
    """Return where the value that begins at ``start`` ends; the text is known to be JSON."""
    sign = text[start]
    if sign not in "[{":
        match = (_STRING if sign == '"' else _BARE).match(text, start)
        return match.end() if match else start
    depth = 0
    for match in _BRACKET_OR_STRING.finditer(text, start):
        sign = text[match.start()]
        if sign in "[{":
            depth += 1
        elif sign != '"':
            depth -= 1
            if not depth:
                return match.end()
    return len(text)


def members(text: str, start: int) -> Iterator[Member]:
    """Yield the members of the object, or the elements of the list, that begins at ``start``."""
    is_object = text[start] == "{"
    item = blank(text, start + 1)
    while text[item] not in "]}":
        key = None
        value = item
        if is_object:
            end = value_end(text, item)
            key = scalar(text[item:end])
            value = blank(text, blank(text, end) + 1)
        stop = value_end(text, value)
        yield Member(key if isinstance(key, str) else None, item, value, stop)
        item = blank(text, stop)
        if text[item] == ",":
            item = blank(text, item + 1)


def scalar(token: str) -> str | float | None:
    """Return what a string, number or literal means; None for ``null`` and for what is not a number (``NaN``).

    Raises:
        UnreadableError: a whole number of thousands of digits.
    """
    if token[0] == '"' and "\\" not in token:
        return token[1:-1]
    try:
        value: str | float | None = json.loads(token, parse_constant=_nothing)
    except ValueError:
        raise UnreadableError("JSON with a number too long to read") from None
    return value


def _nothing(_constant: str) -> None:
    return None
