"""Lists of DICOM elements that people keep in tables: ``Tag,Keyword`` and ``Tag,Keyword,Replacement``, as CSV.

Tags may be written in any common way: ``(0010,0010)``, ``0010,0010``, ``00100010``, ``0x00100010``, ``(50xx,0010)``,
``(0029,"CREATOR",10)``. The other of tag and keyword may be blank. Blank lines and lines that begin with ``#`` are
left out; the columns are those of the header line, or these in this order.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pydicom.datadict import RepeatersDictionary, dictionary_description, dictionary_is_retired, keyword_for_tag

from fw_gear_deid.formats.dicom.names import NameProblem, Target, parse_name
from fw_gear_deid.formats.dicom.syntax import known_vr, tag_text
from fw_gear_deid.formats.dicom.values import AMBIGUOUS, implicit_vr
from fw_gear_deid.profile.loading import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

TAG, KEYWORD, REPLACEMENT = "tag", "keyword", "replacement"
COLUMNS: Final = (TAG, KEYWORD, REPLACEMENT)

_HEX: Final = "[0-9A-Fa-f]"
_TAG: Final = re.compile(rf"\(?\s*(?:0[xX])?({_HEX}{{4}}|{_HEX}{{2}}[xX]{{2}})\s*,?\s*(?:0[xX])?({_HEX}{{4}})\s*\)?")
_PRIVATE: Final = re.compile(
    rf"""\(?\s*({_HEX}{{4}})\s*,\s*(["']?)([^"']*?)\2\s*,\s*(?:0[xX]|[xX]{{2}})?({_HEX}{{1,2}})\s*\)?"""
)
_HALF: Final = re.compile(rf"{_HEX}{{4}}|{_HEX}{{2}}[xX]{{2}}")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is listed.

    Attributes:
        source: the list's name.
        line: its line, counted from 1.
    """

    source: str
    line: int

    def __str__(self) -> str:
        """Return ``source:line``."""
        return f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a line of a list."""

    place: Place
    message: str

    def __str__(self) -> str:
        """Return ``source:line: message``."""
        return f"{self.place}: {self.message}"


class _LineProblem(ValueError):  # noqa: N818  # a finding about a list, not an error of the program
    """A line that names no element; its text says why."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One element of a list.

    Attributes:
        name: how a profile names it.
        about: tag, name, and whether it is retired, for people.
        vr: its value representation by the dictionary, ``""`` when it is in none.
        target: what the name stands for.
        place: where it is listed.
        replacement: the text of the third column; None when the list has none.
    """

    name: str
    about: str
    vr: str
    target: Target
    place: Place
    replacement: str | None = None

    @property
    def order(self) -> tuple[int, str, int]:
        """What lists are sorted by: group, private creator, element."""
        if self.target.private is not None:
            return self.target.private.group, self.target.private.creator, self.target.private.offset
        return self.target.tags[0] >> 16, "", self.target.tags[0] & 0xFFFF


@dataclass(slots=True)
class ListReader:
    """Reads lists and collects what is wrong with them.

    Attributes:
        further: keywords of elements that pydicom's dictionary does not have, by tag.
        mistakes: what is wrong, in the order of reading.
    """

    further: Mapping[int, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def read(self, data: bytes, source: str, *, replaces: bool = False) -> list[Listed]:
        """Return the elements of one list; lines that are wrong are noted and left out.

        Args:
            data: the list, UTF-8 with or without a byte order mark.
            source: what it is called.
            replaces: whether it has replacements.
        """
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self.mistakes.append(Mistake(Place(source, line), "this is not UTF-8 text; save the list as CSV in UTF-8"))
            return []
        before = len(self.mistakes)
        listed = list(self._read_lines(text.splitlines(), source, replaces=replaces))
        if not listed and len(self.mistakes) == before:
            self.mistakes.append(Mistake(Place(source, 1), "the list names no element"))
        return listed

    def _read_lines(self, lines: Sequence[str], source: str, *, replaces: bool) -> Iterator[Listed]:
        delimiter = ""
        columns: Sequence[str] = ()
        for number, line in enumerate(lines, 1):
            if not line.strip(" ,;\t") or line.lstrip().startswith("#"):
                continue
            delimiter = delimiter or _delimiter(line)
            try:
                cells = _cells(line, delimiter)
                if not columns:
                    columns, is_header = _columns(cells, replaces=replaces)
                    if is_header:
                        continue
                yield self._listed(_row(cells, columns), Place(source, number), replaces=replaces)
            except (_LineProblem, NameProblem) as problem:
                self.mistakes.append(Mistake(Place(source, number), str(problem)))
                columns = columns or COLUMNS

    def _listed(self, row: Mapping[str, str], place: Place, *, replaces: bool) -> Listed:
        tag, keyword, replacement = (row.get(column, "") for column in COLUMNS)
        if replacement and not replaces:
            raise _LineProblem("a replacement in a list that replaces nothing; give the list to --replace")
        if not tag and not keyword:
            raise _LineProblem("the line names no element: tag and keyword are blank")
        target = _target(tag) if tag else self._named(keyword)
        if target.family is not None:
            raise _LineProblem("whole groups are not listed; write each element, such as (60xx,3000)")
        about = _private_about(target, keyword) if target.private is not None else self._about(target, keyword)
        return Listed(self._name(target), about, _vr(target), target, place, replacement if replaces else None)

    def _named(self, keyword: str) -> Target:
        if not _WORD.fullmatch(keyword):
            raise _LineProblem(f"“{shown(keyword)}” is not a DICOM keyword; write its tag")
        tag = next((tag for tag, word in self.further.items() if word.lower() == keyword.lower()), None)
        return parse_name(keyword) if tag is None else Target(tags=(tag,))

    def _keyword(self, target: Target) -> str:
        return keyword_for_tag(target.tags[0]) or self.further.get(target.tags[0], "")

    def _name(self, target: Target) -> str:
        if target.private is not None:
            return f'({target.private.group:04X}, "{target.private.creator}", {target.private.offset:02X})'
        if len(target.tags) > 1:
            return _repeating_text(target)
        return keyword_for_tag(target.tags[0]) or tag_text(target.tags[0])

    def _about(self, target: Target, keyword: str) -> str:
        """Return what is known of a standard element, after making sure that its keyword is the one that is written."""
        tag, known = target.tags[0], self._keyword(target)
        written = _repeating_text(target) if len(target.tags) > 1 else tag_text(tag)
        if tag >> 16 & 1:
            raise _LineProblem(f'{written} is private: write it with its creator, such as (0029,"CREATOR",10)')
        if len(target.tags) > 1 and f"{tag >> 24:02X}xx{tag & 0xFFFF:04X}" not in RepeatersDictionary:
            raise _LineProblem(f"{written} is no repeating group that the dictionary knows")
        if not known and not known_vr(tag):
            raise _LineProblem(f"{written} is no element that the dictionary knows")
        name = dictionary_description(tag) if known_vr(tag) else ""
        if keyword and known and _letters(keyword) not in {_letters(known), _letters(name)}:
            raise _LineProblem(f"the tag {written} is {known}, but the keyword says {shown(keyword)}")
        retired = ", retired" if known_vr(tag) and dictionary_is_retired(tag) else ""
        word = known if self._name(target) != known else ""
        return f"{written} {': '.join(filter(None, (word, name))) or 'without a name'}{retired}"


def overlapping(lists: Iterable[tuple[str, Listed]]) -> Iterator[Mistake]:
    """Yield a mistake for each element that is listed twice.

    Args:
        lists: elements in order, each with what is to happen to it (the word of its list).
    """
    seen: dict[object, tuple[str, Listed]] = {}
    for what, listed in lists:
        keys: Sequence[object] = listed.target.tags or (listed.target.private,)
        earlier = next((seen[key] for key in keys if key in seen), None)
        if earlier is not None:
            before, first = earlier
            again = "is listed twice" if before == what else f"is in the lists {before} and {what}"
            yield Mistake(listed.place, f"{listed.name} {again}; the first is {first.place}")
        seen |= {key: (what, listed) for key in keys if key not in seen}


def _delimiter(line: str) -> str:
    """Return what divides the cells of a list, by its first line: some spreadsheets export other signs than commas."""
    first = re.split("[\t;]", line)[0].strip('" \t').lower()
    divided = first in COLUMNS or _TAG.fullmatch(first) or _PRIVATE.fullmatch(first)
    return next((sign for sign in "\t;" if sign in line and divided), ",")


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line without the blanks around them."""
    line = re.sub(r'(?<!")"[ \t]+(?=[,;\t])', '"', line)  # blanks behind a quoted cell
    try:
        row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True), [])
    except csv.Error:
        raise _LineProblem("the quotes of the line do not fit together; a quote within quotes is doubled") from None
    return [cell.strip() for cell in row]


def _columns(cells: Sequence[str], *, replaces: bool) -> tuple[tuple[str, ...], bool]:
    """Return the names of the columns, and whether the line is the header that names them."""
    small = tuple(cell.lower() for cell in cells)
    if not set(small) & set(COLUMNS):
        return COLUMNS, False
    if len({*small} & {TAG, KEYWORD}) == 0 or any(small.count(name) > 1 for name in COLUMNS):
        raise _LineProblem("the header names each column once: Tag, Keyword" + (", Replacement" if replaces else ""))
    if replaces and REPLACEMENT not in small:
        raise _LineProblem("the list has no column Replacement")
    return small, True


def _row(cells: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Return the cells of a line by column; a tag that was divided at its commas is put together again."""
    start = columns.index(TAG) if TAG in columns else len(columns)
    whole = [*cells[:start], *_rejoined(cells[start:])]
    if any(whole[len(columns) :]):
        raise _LineProblem("the line has more cells than there are columns; put what holds commas in quotes")
    return dict(zip(columns, whole, strict=False))


def _rejoined(cells: Sequence[str]) -> list[str]:
    halves = 2
    if len(cells) >= halves and all(_HALF.fullmatch(cell) for cell in cells[:halves]):
        return [",".join(cells[:halves]), *cells[halves:]]
    if cells and cells[0].startswith("(") and not cells[0].endswith(")"):
        stop = next((place for place, cell in enumerate(cells) if cell.endswith(")")), 0) + 1
        return [",".join(cells[:stop]), *cells[stop:]]
    return list(cells)


def _target(tag: str) -> Target:
    if match := _TAG.fullmatch(tag):
        return parse_name(f"({match[1]},{match[2]})")
    if match := _PRIVATE.fullmatch(tag):
        return parse_name(f'({match[1]},"{match[3]}",{match[4]})')
    raise _LineProblem(f"“{shown(tag)}” is no tag such as (0010,0010)")


def _private_about(target: Target, name: str) -> str:
    """Return what a list says of a private element, after making sure that it is not the keyword of another one."""
    try:
        standard = bool(_WORD.fullmatch(name)) and bool(parse_name(name))
    except NameProblem:
        standard = False
    if standard:
        raise _LineProblem(f"the tag is private, but the keyword {shown(name)} is that of a standard element")
    return (
        f"private: {shown(name)}" if name else f"private to {shown(target.private.creator if target.private else '')}"
    )


def _vr(target: Target) -> str:
    if target.private is not None:
        tag = target.private.group << 16 | 0x1000 | target.private.offset
        vr = implicit_vr(tag, target.private.creator)
        return "" if vr == "UN" else vr
    vr = known_vr(target.tags[0])
    return AMBIGUOUS.get(vr, vr)


def _repeating_text(target: Target) -> str:
    text = tag_text(target.tags[0])
    return f"{text[:3]}xx{text[5:]}"


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
