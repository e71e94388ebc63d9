"""The tags of an image as the fields of a document, and what repeats their values in other words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import Replace
from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.ifd.layout import within
from fw_gear_deid.formats.ifd.names import IPTC, MAKER_NOTE, PHOTOSHOP, TIFF_FIELDS, XMP, Kind, Role, name_of, space
from fw_gear_deid.formats.ifd.repeats import Repeats
from fw_gear_deid.formats.ifd.value_types import FLOATS, RATIONALS, SIZES, Type
from fw_gear_deid.formats.ifd.values import encoded_numbers, encoded_text, is_text, numbers_of, text_of
from fw_gear_deid.formats.rules import read_by
from fw_gear_deid.problems import Problem
from fw_gear_deid.profile.findings import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from fw_gear_deid.actions import Scalar
    from fw_gear_deid.formats.ifd.editor import Editor
    from fw_gear_deid.formats.ifd.layout import Directory, Entry
    from fw_gear_deid.formats.ifd.names import Field
    from fw_gear_deid.formats.rules import Value
    from fw_gear_deid.profile.model import Rule, Section

_HARMLESS: Final = frozenset({"keep", "identity"})
_FOR_BYTES: Final = _HARMLESS | {"remove", "replace-with"}
_ALLOWED: Final[Mapping[Role, frozenset[str]]] = {
    Role.BYTES: _FOR_BYTES,
    Role.NUMBER: _FOR_BYTES | {"jitter"},
    Role.DIRECTORY: _HARMLESS | {"remove"},
}
_BYTES: Final = frozenset({Type.BYTE, Type.UNDEFINED})
_OTHERS: Final = {(Kind.IMAGE, XMP), (Kind.IMAGE, IPTC), (Kind.IMAGE, PHOTOSHOP), (Kind.EXIF, MAKER_NOTE)}
"""Tags that hold metadata of another standard, or of a vendor, in which values of tags may be repeated."""


@dataclass(frozen=True, slots=True)
class Place:
    """One tag of one directory."""

    editor: Editor
    directory: Directory
    entry: Entry


@dataclass(slots=True)
class TagDocument:
    """The tags of one file.

    Attributes:
        editors: the TIFF, or the Exif blocks of a JPEG.
        fields: what names mean.
        blank: makes an editor for the first tag of a file that has none.
        gone: texts that rules have changed or removed.
    """

    editors: list[Editor]
    fields: Mapping[str, Field]
    blank: Callable[[], Editor] | None = None
    gone: Repeats = field(default_factory=Repeats)

    def places(self) -> Iterator[Place]:
        """Yield every tag."""
        for editor in self.editors:
            for directory in list(editor.layout.directories()):
                for entry in list(directory.entries):
                    yield Place(editor, directory, entry)

    def _named(self, name: str) -> list[Place]:
        wanted = self.fields[name.lower()]
        return [
            Place(editor, directory, entry)
            for editor in self.editors
            for directory in editor.layout.directories()
            if space(directory.kind) is space(wanted.kind)
            for entry in directory.entries
            if entry.tag in wanted.tags
        ]

    def find(self, rule: Rule) -> Sequence[Place]:
        """Return every tag that the rule names, in the order of the file."""
        return self._named(rule.name)

    def texts(self) -> Iterator[Place]:
        """Yield every tag that holds text."""
        for place in self.places():
            if is_text(place.entry.tag, place.entry.type) and not place.entry.children and not self._is_bytes(place):
                yield place

    def alive(self, place: Place) -> bool:
        """Whether the tag is still there."""
        return place.entry in place.directory.entries

    def path(self, place: Place) -> str:
        """Return the directory and the name of a tag."""
        return f"{place.directory.label}.{name_of(place.directory.kind, place.entry.tag)}"

    def read(self, place: Place) -> Value:
        """Return text, a number, or numbers joined by commas; nothing of bytes and of other tags."""
        kind, entry = place.directory.kind, place.entry
        if entry.children or self._is_bytes(place):
            return ""
        layout = place.editor.layout
        data = layout.value(entry)
        if is_text(entry.tag, entry.type):
            return text_of(kind, entry.tag, data, layout.form.order)
        numbers = numbers_of(entry.type, data, layout.form.order)
        if len(numbers) == 1:
            return None if math.isnan(numbers[0]) else _shortest(numbers[0])
        return ",".join("" if math.isnan(number) else str(_shortest(number)) for number in numbers)

    def shown(self, place: Place) -> str:
        """Return the value as the log shows it; of bytes their number."""
        entry = place.entry
        if entry.children:
            return "<tags>"
        if self._is_bytes(place):
            return f"<{entry.type.name} {len(place.editor.layout.value(entry))} bytes>"
        value = self.read(place)
        return "" if value is None else str(value)

    @staticmethod
    def _is_bytes(place: Place) -> bool:
        known = TIFF_FIELDS.get(name_of(place.directory.kind, place.entry.tag).lower())
        return place.entry.type in _BYTES if known is None else known.role is Role.BYTES

    def write(self, place: Place, answer: Scalar | list[str]) -> None:
        """Set the value of a tag; it keeps its type.

        Raises:
            ActionError: the tag cannot hold the value.
        """
        entry, directory = place.entry, place.directory
        self._note(place)
        order = place.editor.layout.form.order
        if is_text(entry.tag, entry.type) or (self._is_bytes(place) and SIZES[entry.type] == 1):
            data = encoded_text(directory.kind, entry.tag, entry.type, _joined(answer))
        else:
            data = encoded_numbers(entry.type, _several(answer), order)
        place.editor.write(directory, entry, data)

    def remove(self, place: Place) -> None:
        """Take a tag away, and with it the tags it leads to."""
        self._note(place)
        for child in place.entry.children:
            for directory in within(child):
                for entry in directory.entries:
                    self._note(Place(place.editor, directory, entry))
        place.editor.remove(place.directory, place.entry)

    def remove_tags(self, unwanted: Callable[[Directory, Entry], bool], rules: Sequence[Rule]) -> bool:
        """Take away every tag that is not wanted, and return whether there was one.

        What repeats their values is looked for only where one of the rules, which are yet to act, names them too: rules
        name values, settings name kinds of tags.
        """
        for place in [place for rule in rules if rule.action.key not in _HARMLESS for place in self.find(rule)]:
            self._note(place)
        found = [place for place in self.places() if unwanted(place.directory, place.entry)]
        for place in found:
            if self.alive(place):
                place.editor.remove(place.directory, place.entry)
        return bool(found)

    def _note(self, place: Place) -> None:
        """Keep the text that is about to go."""
        if is_text(place.entry.tag, place.entry.type) and not self._is_bytes(place):
            self.gone.add(str(self.read(place)))

    def insert(self, name: str, answer: Scalar | list[str]) -> bool:
        """Create the tag in its own directory.

        Raises:
            ActionError: the tag cannot hold the value.
        """
        wanted = self.fields[name.lower()]
        if not self.editors and self.blank is not None:
            self.editors.append(self.blank())
        editor = self.editors[0]
        directory = editor.ensure(wanted.kind)
        tag = wanted.tags[0]
        if wanted.role is Role.NUMBER:
            data = encoded_numbers(wanted.type, _several(answer), editor.layout.form.order)
        else:
            data = encoded_text(wanted.kind, tag, wanted.type, _joined(answer))
        editor.insert(directory, tag, wanted.type, data)
        return True

    def transformed(self, name: str) -> str | None:
        """Return the first value of a tag after the rules; None of bytes.

        Raises:
            ActionError: no tag has this name.
        """
        if name.lower() not in self.fields:
            raise ActionError("output names what is neither a group nor a tag")
        values = (self.read(place) for place in self._named(name))
        return next((str(value) for value in values if value not in {None, ""}), None)

    def drop_repeats(self, rules: Sequence[Rule]) -> tuple[str, ...]:
        """Remove XMP, IPTC, Photoshop and MakerNote that repeat what a rule has taken away, unless one names them."""
        named = {tag for rule in rules for tag in self.fields[rule.name.lower()].tags}
        dropped = False
        for place in self.places() if self.gone else ():
            entry, directory = place.entry, place.directory
            if (directory.kind, entry.tag) not in _OTHERS or entry.tag in named:
                continue
            if self.gone.stand_in(place.editor.layout.value(entry)):
                place.editor.remove(directory, entry)
                dropped = True
        return ("XMP, IPTC, Photoshop or MakerNote tags left out that repeat what a rule changes",) if dropped else ()


def _shortest(number: float) -> int | float:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _joined(answer: Scalar | list[str]) -> str:
    return ",".join(answer) if isinstance(answer, list) else str(answer)


def _several(answer: Scalar | list[str]) -> Sequence[Scalar]:
    if isinstance(answer, str):
        return answer.split(",")
    return answer if isinstance(answer, list) else [answer]


def objections(section: Section, fields: Mapping[str, Field], fixed: Collection[int]) -> list[Problem]:
    """Return what is wrong with the rules of a section.

    Args:
        section: the section.
        fields: what names mean.
        fixed: tags that say how to read the image.
    """
    wrong = [Problem(why, rule.mark) for rule in section.rules if (why := _objection(rule, fields, fixed))]
    for rule in section.rules:
        for name, mark in read_by(rule).items():
            known = fields.get(name.lower())
            if known is None:
                wrong.append(Problem(f"{rule.label}: output names {name}, which is neither a group nor a tag", mark))
            elif known.role in {Role.BYTES, Role.DIRECTORY}:
                wrong.append(Problem(f"{rule.label}: {name} holds {_WHAT[known.role]}, which are no text", mark))
    return wrong


def _objection(rule: Rule, fields: Mapping[str, Field], fixed: Collection[int]) -> str:
    wanted, key = fields.get(rule.name.lower()), rule.action.key
    if wanted is None:
        names = [known.name for known in fields.values()]
        return f"{rule.label}: not the name of a tag{did_you_mean(rule.label, names)}"
    if key not in _HARMLESS and any(tag in fixed for tag in wanted.tags) and wanted.kind is Kind.IMAGE:
        return f"{rule.label}: says how to read the image; only keep is possible"
    allowed = _ALLOWED.get(wanted.role)
    if allowed is not None and key not in allowed:
        return f"{rule.label}: holds {_WHAT[wanted.role]}; {key} is not possible, only {', '.join(sorted(allowed))}"
    return _unfit(rule, wanted) if wanted.role is Role.NUMBER else ""


_WHAT: Final = {Role.BYTES: "bytes", Role.NUMBER: "numbers", Role.DIRECTORY: "other tags"}


def _unfit(rule: Rule, wanted: Field) -> str:
    """Return why a fixed value cannot stand in a tag of numbers."""
    if not isinstance(rule.action, Replace):
        return ""
    values = _several(rule.action.value if isinstance(rule.action.value, str | int | float) else "")
    try:
        numbers = numbers_of(wanted.type, encoded_numbers(wanted.type, values, "<"), "<")
    except ActionError:
        numbers = ()
    tolerance = 1e-6 if wanted.type in RATIONALS | FLOATS else 0.0
    fits = len(numbers) == len(values) and all(
        math.isclose(Fraction(value), number, rel_tol=tolerance, abs_tol=tolerance)
        for value, number in zip(values, numbers, strict=True)
    )
    return (
        ""
        if fits
        else f"{rule.label}: the new value does not fit, for this tag holds numbers of type {wanted.type.name}"
    )
