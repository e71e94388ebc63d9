"""Delimited text (RFC 4180, as Python's ``csv`` reads it) cut into cells that keep their spelling."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
"""A line and its end."""

UNDECODED: Final = re.compile("[\udc80-\udcff]")
"""What stands for a byte that is not valid in the encoding."""

_LINE_END: Final = re.compile(r"\r\n|\n|\r|\Z")


@dataclass(slots=True)
class Row:
    """One record.

    Attributes:
        cells: the cells as they are spelled, quotes included; one that was removed is None.
        end: the line end behind them, ``""`` at the end of a file that has none.
        line: number of its first line, from 1.
    """

    cells: list[str | None]
    end: str
    line: int

    @property
    def is_blank(self) -> bool:
        """Whether the line holds nothing but white space; readers of tables pass over it."""
        return len(self.cells) == 1 and not (self.cells[0] or "").strip(" \t")

    def joined(self, delimiter: str) -> str:
        """Return the record as text, without removed cells."""
        cells = [cell for cell in self.cells if cell is not None]
        if len(cells) == 1 < len(self.cells) and not cells[0].strip(" \t"):
            cells = [f'"{cells[0]}"']  # or the row would be a blank line
        return delimiter.join(cells) + self.end


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded table.

    Attributes:
        text: the characters after the byte order mark. Bytes that are not valid UTF-8 stand in it as lone surrogates,
            from which they come back as they were.
        mark: the byte order mark, or ``b""``.
        encoding: name of the codec.
        is_valid: whether all of it is valid in its encoding.
    """

    text: str
    mark: bytes
    encoding: str
    is_valid: bool

    def encoded(self, text: str) -> bytes:
        """Return other text in the encoding of this file, without a byte order mark."""
        return text.encode(self.encoding, "surrogateescape")

    def check_writable(self, text: str) -> None:
        """Refuse new text that would not be in one encoding with the rest.

        Raises:
            ActionError: it is not ASCII, and the file's encoding is not known; or the encoding does not have it.
        """
        if not self.is_valid and not text.isascii():
            raise ActionError("the new value is not ASCII and the file is not UTF-8; convert the file to UTF-8")
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            raise ActionError(f"the new value cannot be written in {self.encoding.upper()}") from None


def decoded(data: bytes, encoding: str = "") -> Text:
    """Decode text: by its byte order mark, else as named, else as UTF-8; bytes that are not valid are kept.

    Raises:
        UnreadableError: it is no text, or cannot be read in a way that gives the same bytes back.
    """
    marked = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), None)
    mark, encoding = marked or (b"", encoding or "utf-8")
    body = data[len(mark) :]
    is_valid = True
    try:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            text = "" if encoding.startswith("utf-16") else body.decode(encoding, "surrogateescape")
            is_valid = False
        same = encoding == "utf-8" or text.encode(encoding, "surrogateescape") == body
    except UnicodeError:
        same = False
    if not same:
        raise UnreadableError(f"text that is not valid {encoding.upper()}; convert the file to UTF-8")
    if "\0" in text:
        raise UnreadableError("not text: it holds zero bytes; convert the file to UTF-8")
    return Text(text, mark, encoding, is_valid)


def rows(text: str, delimiter: str) -> Iterator[Row]:
    """Yield the records in order; a blank line is a record of one empty cell.

    Raises:
        UnreadableError: a quoted cell has no end.
    """
    # Possessive: a doubled quote must not be taken for an end when the real end is missing.
    pattern = re.compile(rf'"[^"]*+(?:""[^"]*+)*+"[^{re.escape(delimiter)}\r\n]*|(?!")[^{re.escape(delimiter)}\r\n]*')
    position, line = 0, 1
    while position < len(text):
        match = LINE.match(text, position)
        if match is None:  # pragma: no cover  # the pattern matches everywhere
            break
        start = position
        cells: list[str | None]
        if '"' in match[1]:
            cells, position = _quoted(text, position, pattern, delimiter)
            end = _LINE_END.match(text, position)
            terminator = end[0] if end else ""
        else:
            cells = [*match[1].split(delimiter)]
            terminator = match[2]
            position = match.end(1)
        row = Row(cells, terminator, line)
        line += 1 + text.count("\n", start, position)
        position += len(terminator)
        yield row


def _quoted(text: str, position: int, pattern: re.Pattern[str], delimiter: str) -> tuple[list[str | None], int]:
    cells: list[str | None] = []
    while True:
        match = pattern.match(text, position)
        if match is None:
            raise UnreadableError("a table with a quoted cell that has no end; repair the quotes")
        cells.append(match[0])
        position = match.end()
        if not text.startswith(delimiter, position):
            return cells, position
        position += len(delimiter)


def meaning(cell: str) -> str:
    """Return what a cell says: without its quotes, doubled quotes made single."""
    if not cell.startswith('"'):
        return cell
    end = 1
    while True:
        end = cell.index('"', end)
        if cell[end : end + 2] != '""':
            return cell[1:end].replace('""', '"') + cell[end + 1 :]
        end += 2


def spelled(value: str, delimiter: str, old: str) -> str:
    """Return the spelling of a new value: quoted where it must be, or where the old one was."""
    if old.startswith('"') or any(sign in value for sign in (delimiter, '"', "\r", "\n")):
        return '"' + value.replace('"', '""') + '"'
    return value
