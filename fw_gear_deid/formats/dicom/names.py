"""The names of DICOM elements in a profile, resolved to tags (profile language, section 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from pydicom.datadict import RepeatersDictionary, keyword_dict

from fw_gear_deid.formats.dicom.syntax import tag_text

_HEX: Final = "[0-9A-Fa-f]"
_TAG: Final = re.compile(rf"(?:0[xX])?({_HEX}{{4}})({_HEX}{{4}})|\(\s*({_HEX}{{4}})\s*,\s*({_HEX}{{4}})\s*\)")
_REPEATING: Final = re.compile(
    rf"({_HEX}{{2}})[xX]{{2}}({_HEX}{{4}})|\(\s*({_HEX}{{2}})[xX]{{2}}\s*,\s*({_HEX}{{4}})\s*\)"
)
_FAMILY: Final = re.compile(rf"\(?\s*({_HEX}{{2}})[xX]{{2}}\s*,?\s*[xX]{{4}}\s*\)?")
_PRIVATE: Final = re.compile(
    rf"""\(\s*({_HEX}{{4}})\s*,\s*(?:(["'])(.*?)\2|([^"'()\\]+?))\s*,\s*(?:0[xX])?({_HEX}{{1,2}})\s*\)"""
)
"""A private element; Flywheel's engine takes a creator without quotes too."""
_KEYWORDS: Final = {keyword.lower(): tag for keyword, tag in keyword_dict.items() if keyword}
_REPEATING_KEYWORDS: Final = {entry[4].lower(): mask for mask, entry in RepeatersDictionary.items() if entry[4]}


class NameProblem(ValueError):  # noqa: N818  # a finding about a profile, not an error of the program
    """A name that does not name an element; its text says why."""


@dataclass(frozen=True, slots=True)
class PrivateTag:
    """A private element by its creator, wherever the creator's block is (PS3.5 section 7.8.1).

    Attributes:
        group: odd group number.
        creator: the private creator's identification.
        offset: the element's number within its block, 0 to 255.
    """

    group: int
    creator: str
    offset: int

    def within(self, block: int) -> int:
        """Return its tag in a block (0x10 to 0xFF) reserved by its creator."""
        return self.group << 16 | block << 8 | self.offset


@dataclass(frozen=True, slots=True)
class Target:
    """What a name stands for.

    Attributes:
        parents: enclosing sequences with the item's index, outermost first; index None is every item.
        tags: the element's tag; every tag of a repeating group (``50xx``).
        private: the private element, instead of ``tags``.
        family: instead of ``tags``, the first byte of all elements of repeating groups (``50xx,xxxx``).
        grows: whether the sequences and items that lead to it may be created; not with ``*`` in the name.
    """

    parents: tuple[tuple[int, int | None], ...] = ()
    tags: tuple[int, ...] = ()
    private: PrivateTag | None = None
    family: int | None = None
    grows: bool = True

    @property
    def is_flat(self) -> bool:
        """Whether it stands for at most one element of a data set."""
        return len(self.tags) <= 1 and self.family is None and all(index is not None for _, index in self.parents)


def parse_name(name: str) -> Target:
    """Return what a rule's name stands for.

    Raises:
        NameProblem: it is no keyword, tag, private element, or path of these.
    """
    name = name.strip()
    if match := _PRIVATE.fullmatch(name):
        return Target(private=_private(match))
    if match := _FAMILY.fullmatch(name):
        return Target(family=int(match[1], 16), grows=False)
    if "." not in name:
        return Target(tags=_tags(name))
    *path, last = name.split(".")
    if len(path) % 2:
        raise NameProblem("a nested name alternates sequences and item numbers and ends with an element")
    parents = zip(path[::2], path[1::2], strict=True)
    found = tuple((_only(_tags(part)), _index(index)) for part, index in parents)
    return Target(found, _tags(last), grows=all(index is not None for _, index in found))


def top_level(name: str) -> int:
    """Return the tag of the one element of the data set that a name stands for.

    Raises:
        NameProblem: it stands for none, for several, or for one that is private or in a sequence.
    """
    target = parse_name(name)
    if target.parents or len(target.tags) != 1:
        raise NameProblem(f"“{name}” must be one top-level element")
    return target.tags[0]


def is_keyword(name: str) -> bool:
    """Return whether a name is the keyword of an element, in any case."""
    return name.lower() in _KEYWORDS or name.lower() in _REPEATING_KEYWORDS


def _private(match: re.Match[str]) -> PrivateTag:
    group, creator, offset = int(match[1], 16), (match[3] or match[4] or "").strip(), int(match[5], 16)
    if not group % 2:
        raise NameProblem(f"group {group:04X} is not private: private groups are odd")
    if not creator:
        raise NameProblem("the private creator is empty")
    return PrivateTag(group, creator, offset)


def _tags(name: str) -> tuple[int, ...]:
    name = name.strip()
    if match := _TAG.fullmatch(name):
        return (int("".join(part for part in match.groups() if part), 16),)
    if match := _REPEATING.fullmatch(name):
        base, element = (part for part in match.groups() if part)
        return _repeating(base, element)
    lowered = name.lower()
    if lowered in _KEYWORDS:
        return (_KEYWORDS[lowered],)
    if lowered in _REPEATING_KEYWORDS:
        mask = _REPEATING_KEYWORDS[lowered]
        if mask[2:4].lower() == "xx":
            return _repeating(mask[:2], mask[4:])
    raise NameProblem(f"“{name}” is not a DICOM keyword or tag{_suggestion(lowered)}")


def _repeating(base: str, element: str) -> tuple[int, ...]:
    first = int(base + "00" + element, 16)
    return tuple(first + (step << 16) for step in range(256))


def _only(tags: tuple[int, ...]) -> int:
    if len(tags) != 1:
        raise NameProblem("a repeating group cannot hold items")
    return tags[0]


def _index(text: str) -> int | None:
    if text == "*":
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    raise NameProblem(f"“{text}” is not an item number or *")


def _suggestion(lowered: str) -> str:
    close = get_close_matches(lowered, _KEYWORDS, n=1, cutoff=0.8)
    if not close:
        return ""
    tag = _KEYWORDS[close[0]]
    keyword = next(word for word, number in keyword_dict.items() if number == tag)
    return f"; did you mean {keyword} {tag_text(tag)}?"
