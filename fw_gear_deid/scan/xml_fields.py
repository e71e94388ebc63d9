"""The fields of XML documents, read without a parser: names and texts of elements and attributes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME: Final = "name"
PERSONS: Final = frozenset({"patient", "subject", "participant", "person"})
"""What an element or object is called whose ``name`` is a person's; other things have names, too."""

_FIELD: Final = re.compile(
    r"<(?:[\w.-]+:)?(?P<tag>\w+)(?:\s[^<>]*)?>(?P<text>[^<>]{2,400})</|\b(?P<name>\w+)\s*[=:]\s*\"(?P<value>[^\"<>]{2,400})\""
)
_PERSON_BEFORE: Final = re.compile(
    rf"<(?:[\w.-]+:)?(?:{'|'.join(sorted(PERSONS))})(?:\s[^<>]*)?>\s*(?:<(?P<tag>[\w:.-]+)[^<>]*>[^<>]*</(?P=tag)>\s*)*\Z",
    re.IGNORECASE,
)
"""The element around one with a name; elements of text before it are passed over."""

_BEFORE: Final = 1000
"""Characters before an element that are looked at for the one around it."""


def xml_fields(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield names and texts of the elements and attributes of an XML document."""
    for _, name, value in _fields(data.decode("utf-8", "replace")):
        yield name, value


def fields_of_persons(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the same without those called ``name`` that name no person, but a parameter or a region."""
    text = data.decode("utf-8", "replace")
    for match, name, value in _fields(text):
        if name.casefold() != NAME or _is_persons(match, text):
            yield name, value


def _fields(text: str) -> Iterator[tuple[re.Match[str], str, str]]:
    for match in _FIELD.finditer(text):
        name, value = (match["tag"], match["text"]) if match["tag"] else (match["name"], match["value"])
        yield match, name, value


def _is_persons(match: re.Match[str], text: str) -> bool:
    before = text[max(0, match.start() - _BEFORE) : match.start()]
    if match["tag"]:
        return bool(_PERSON_BEFORE.search(before))
    tag = before.rpartition("<")[2].split(maxsplit=1)
    return bool(tag) and tag[0].rpartition(":")[2].casefold() in PERSONS
