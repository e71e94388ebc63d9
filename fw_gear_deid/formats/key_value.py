"""The ``key-value-text-file`` section: MetaImage headers and other text of one key and one value a line."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError, UnreadableError
from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.content import Range, Spliced
from fw_gear_deid.formats.naming import output_name, wanted_fields
from fw_gear_deid.formats.rules import carry_out
from fw_gear_deid.formats.table_text import LINE, UNDECODED, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fw_gear_deid.actions import Scalar
    from fw_gear_deid.formats.base import Content, FileContext
    from fw_gear_deid.formats.rules import Value
    from fw_gear_deid.formats.table_text import Text
    from fw_gear_deid.profile.model import Rule, Section

_BLANKS: Final = " \t"
_LAST: Final = "ElementDataFile"
"""The last key of a MetaImage header: readers stop behind it."""


@dataclass(frozen=True, slots=True)
class KeyValueFormat:
    """Text files of one key and one value a line."""

    section: str = "key-value-text-file"
    signatures: tuple[tuple[int, bytes], ...] = ()

    def compile(self, section: Section) -> KeyValuePlan:
        """Compile a ``key-value-text-file`` section."""
        encoding = codecs.lookup(section.text("encoding")).name
        return KeyValuePlan(section, re.compile(section.text("delimiter")), encoding.removesuffix("-sig"))


@dataclass(frozen=True, slots=True)
class KeyValuePlan:
    """A ``key-value-text-file`` section, compiled.

    Attributes:
        delimiter: what stands between key and value; blanks around it belong to it.
        encoding: of files that begin with no byte order mark; bytes that are not valid in it are kept.
    """

    section: Section
    delimiter: re.Pattern[str]
    encoding: str

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one file.

        Raises:
            FileError: it is no text, a line has no delimiter, a key stands twice, or a rule could not be carried out.
        """
        source = decoded(content.read(), self.encoding)
        document = _Document(source, self.delimiter, list(_lines(source.text, self.delimiter)))
        bad = document.check(lenient=self.section.flag("ignore-bad-lines"))
        document.check_names(self.section.rules)
        done = carry_out(self.section.rules, document, context, scrubs=self.section.scrubs)
        name = output_name(self.section, context, document.transformed)
        output = (source.mark, document.encoded()) if document.touched else (Range(0, content.size),)
        notes = (f"{bad} lines without a delimiter are as they were",) if bad else ()
        fields = wanted_fields(context.wanted, document.transformed)
        notes = (*done.notes, *notes)
        return Edited(Spliced(content, output), name, done.hits, None, done.before, done.after, notes, fields)


@dataclass(slots=True, eq=False)
class _Line:
    """One line.

    Attributes:
        key: its key; None where it has no delimiter.
        start: what stands before the value, delimiter included.
        value: its value, without blanks around it.
        stop: what stands behind the value, the line end included.
    """

    key: str | None
    start: str
    value: str
    stop: str
    number: int
    gone: bool = False

    @property
    def text(self) -> str:
        return self.start + self.value + self.stop

    @property
    def end(self) -> str:
        return self.stop.lstrip(_BLANKS)


def _lines(text: str, delimiter: re.Pattern[str]) -> Iterator[_Line]:
    for number, match in enumerate(LINE.finditer(text), 1):
        if match[0]:
            yield _parted(match[1], match[2], delimiter, number)


def _parted(line: str, end: str, delimiter: re.Pattern[str], number: int = 0) -> _Line:
    """Cut a line at its first delimiter; later ones belong to the value."""
    indent = len(line) - len(line.lstrip(_BLANKS))
    match = delimiter.search(line, indent)
    if match is None:
        return _Line(None, line, "", end, number)
    rest = line[match.end() :]
    value = rest.strip(_BLANKS)
    start = len(line) - len(rest.lstrip(_BLANKS))
    return _Line(
        line[indent : match.start()].rstrip(_BLANKS), line[:start], value, line[start + len(value) :] + end, number
    )


@dataclass(slots=True)
class _Document:
    source: Text
    delimiter: re.Pattern[str]
    lines: list[_Line]
    by_key: dict[str, _Line] = field(default_factory=dict)
    touched: bool = False

    def check(self, *, lenient: bool) -> int:
        """Note the lines by their keys, and return how many have none.

        Raises:
            UnreadableError: a line has no delimiter (unless ``lenient``), no line has one, or a key stands twice.
        """
        bad = [line for line in self.lines if line.key is None and line.text.strip()]
        if bad and not lenient:
            raise UnreadableError(
                f"line {bad[0].number} has no delimiter; correct delimiter, or set ignore-bad-lines: true"
            )
        for line in self.lines:
            if line.key is not None and self.by_key.setdefault(line.key, line) is not line:
                raise UnreadableError(f"line {line.number} has a key that another line has too; repair the file")
        if not self.by_key:
            raise UnreadableError("no line has the delimiter; correct delimiter")
        return len(bad)

    def check_names(self, rules: Sequence[Rule]) -> None:
        """Refuse a file in which a rule's key may stand without being recognised.

        Raises:
            UnreadableError: a key is not valid in the file's encoding.
        """
        missing = any(not rule.name.isascii() and not self.find(rule) for rule in rules)
        if missing and any(UNDECODED.search(key) for key in self.by_key):
            raise UnreadableError(
                "a key is not valid in its encoding, so it may be one that a rule names; set encoding"
            )

    def find(self, rule: Rule) -> Sequence[_Line]:
        line = self.by_key.get(rule.name.strip())
        return () if line is None else (line,)

    def texts(self) -> Sequence[_Line]:
        return list(self.by_key.values())

    def alive(self, place: _Line) -> bool:
        return not place.gone

    def path(self, place: _Line) -> str:
        return place.key or ""

    def read(self, place: _Line) -> Value:
        return place.value

    def shown(self, place: _Line) -> str:
        return place.value

    def write(self, place: _Line, answer: Scalar | list[str]) -> None:
        place.value = self._writable(answer)
        self.touched = True

    def _writable(self, answer: Scalar | list[str]) -> str:
        value = ",".join(answer) if isinstance(answer, list) else str(answer)
        if "\n" in value or "\r" in value:
            raise ActionError("the new value has several lines")
        self.source.check_writable(value)
        return value

    def remove(self, place: _Line) -> None:
        place.gone = self.touched = True
        del self.by_key[place.key or ""]

    def insert(self, name: str, answer: Scalar | list[str]) -> bool:
        """Create a line at the end, in MetaImage headers before the last one, with the delimiter of most lines."""
        name, value = name.strip(), self._writable(answer)
        self.source.check_writable(name)
        keyed = [line for line in self.lines if line.key is not None]
        ends = [line.end for line in self.lines if line.end] or ["\n"]
        between = Counter(line.start.lstrip(_BLANKS).removeprefix(line.key or "") for line in keyed).most_common(1)[0][
            0
        ]
        line = _parted(f"{name}{between}{value}", ends[0], self.delimiter)
        if (line.key, line.value) != (name, value.strip(_BLANKS)):
            raise ActionError("cannot create the field: its name or value would be cut at the delimiter")
        last = self.by_key.get(_LAST)
        if last is not None:
            self.lines.insert(self.lines.index(last), line)
        else:
            if not self.lines[-1].end:
                self.lines[-1].stop += ends[0]
                line.stop = ""
            self.lines.append(line)
        self.by_key[name] = line
        self.touched = True
        return True

    def transformed(self, name: str) -> str | None:
        line = self.by_key.get(name.strip())
        return None if line is None else line.value

    def encoded(self) -> bytes:
        return self.source.encoded("".join(line.text for line in self.lines if not line.gone))
