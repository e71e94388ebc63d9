"""The ``xml`` section: elements, attributes and comments by XPath; every other character stays as it was."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import IncrementDate, IncrementDateTime
from fw_gear_deid.actions.moments import TIMESTAMP, has_fraction_code
from fw_gear_deid.errors import ActionError, ProfileError
from fw_gear_deid.formats.base import Edited
from fw_gear_deid.formats.content import Range, Spliced
from fw_gear_deid.formats.naming import guessed, output_name, wanted_fields
from fw_gear_deid.formats.rules import Container, carry_out, failed, read_by
from fw_gear_deid.formats.xml_text import decoded
from fw_gear_deid.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fw_gear_deid.actions import Action, Answer, Occurrence, Scalar
    from fw_gear_deid.actions.moments import Form
    from fw_gear_deid.formats.base import Content, FileContext
    from fw_gear_deid.formats.rules import Value
    from fw_gear_deid.formats.xml_tree import Place, Tree
    from fw_gear_deid.problems import Mark
    from fw_gear_deid.profile.model import Rule, Section

_START: Final = "<?xml "
_HIDDEN: Final = (
    "the XPath finds nothing, because the elements it seems to name are in a namespace (xmlns); "
    "name each as *[local-name()='name']"
)
_NO_DATE: Final = "\0"
"""What no form reads, so that the action does what it is to do with a value that is no date."""


@dataclass(frozen=True, slots=True)
class XmlFormat:
    """XML files of any vocabulary."""

    section: str = "xml"
    signatures: tuple[tuple[int, bytes], ...] = (
        (0, _START.encode()),
        (0, codecs.BOM_UTF8 + _START.encode()),
        (0, codecs.BOM_UTF16_LE + _START.encode("utf-16-le")),
        (0, codecs.BOM_UTF16_BE + _START.encode("utf-16-be")),
    )

    def compile(self, section: Section) -> XmlPlan:
        """Compile an ``xml`` section.

        Raises:
            ProfileError: the name of a field is no XPath that can be searched for.
        """
        from fw_gear_deid.formats.xml_tree import problem_of  # noqa: PLC0415  # slow to load, and few profiles need it

        problems = [Problem(problem, mark) for name, mark in _names(section) if (problem := problem_of(name))]
        if problems:
            raise ProfileError(problems)
        return XmlPlan(section, tuple(replace(rule, action=_reading_dates(rule.action)) for rule in section.rules))


def _names(section: Section) -> Iterator[tuple[str, Mark]]:
    for rule in section.rules:
        yield rule.name, rule.mark
        yield from read_by(rule).items()
    for named in section.filenames:
        yield from ((name, named.mark) for name in named.fields)


@dataclass(frozen=True, slots=True)
class XmlPlan:
    """An ``xml`` section, compiled.

    Attributes:
        rules: the section's rules, with actions that also read dates of other spellings than their format's.
    """

    section: Section
    rules: tuple[Rule, ...]

    def apply(self, content: Content, context: FileContext) -> Edited:
        """De-identify one XML file.

        Raises:
            FileError: it is not well-formed, too large, or a rule could not be carried out.
        """
        from fw_gear_deid.formats.xml_tree import Tree, problem_of  # noqa: PLC0415  # slow to load, few profiles need it

        source = decoded(content.read())
        document = _Document(Tree(source))
        _check_namespaces(self.rules, document)
        done = carry_out(self.rules, document, context, scrubs=self.section.scrubs)
        name = output_name(self.section, context, document.transformed)
        tree = document.tree
        output = (source.encoded(tree.rendered()),) if tree.touched else (Range(0, content.size),)
        fields = wanted_fields((each for each in context.wanted if not problem_of(each)), document.transformed)
        return Edited(
            Spliced(content, output), name, done.hits, None, done.before, done.after, done.notes, fields=fields
        )


def _check_namespaces(rules: Sequence[Rule], document: _Document) -> None:
    """Refuse a file that a rule would leave as it is only because of a default namespace.

    Raises:
        ActionError: it would.
    """
    for rule in rules:
        acts = rule.action.key not in {"keep", "identity"}
        if acts and document.tree.looks_named(rule.name) and not document.find(rule):
            raise failed(rule, _HIDDEN)


class _AnyDate(IncrementDate):
    """``increment-date`` that takes any common spelling of a date; Flywheel's engine does so in XML alone."""

    __slots__ = ()

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        return super().apply(_spelled(value, self.form), at)


class _AnyDateTime(IncrementDateTime):
    """``increment-datetime`` that does the same."""

    __slots__ = ()

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        return super().apply(_spelled(value, self.form), at)


def _reading_dates(action: Action) -> Action:
    if not isinstance(action, IncrementDate):
        return action
    kind = _AnyDateTime if isinstance(action, IncrementDateTime) else _AnyDate
    return kind(*(getattr(action, each.name) for each in fields(action)))


def _spelled(value: Scalar | None, form: Form) -> Scalar | None:
    """Return a date in the form that the action reads: as it is, when it is so already, or has no value."""
    if not isinstance(value, str) or form.format == TIMESTAMP:
        return value
    if all(_reads(part, form) for part in value.split(",") if part.strip()):
        return value
    try:
        return guessed(value).strftime(form.format)
    except ActionError:
        return _NO_DATE


def _reads(text: str, form: Form) -> bool:
    """Whether a text has a form by itself; the action would also read some numbers with a fraction put behind them."""
    if has_fraction_code(form.format) and "." not in text:
        return False
    try:
        form.moved(text, lambda moment: moment)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Document:
    tree: Tree

    def find(self, rule: Rule) -> Sequence[Place]:
        try:
            return self.tree.find(rule.name)
        except ActionError as error:
            raise failed(rule, str(error)) from None

    def texts(self) -> Sequence[Place]:
        return self.tree.find("//*[not(*)] | //@* | //comment()")

    def alive(self, place: Place) -> bool:
        return self.tree.alive(place)

    def path(self, place: Place) -> str:
        return self.tree.path(place)

    def read(self, place: Place) -> Value:
        return Container.FILLED if self.tree.holds_elements(place) else self.tree.text(place)

    def shown(self, place: Place) -> str:
        return self.tree.text(place)

    def write(self, place: Place, answer: Scalar | list[str]) -> None:
        self.tree.write(place, ",".join(answer) if isinstance(answer, list) else str(answer))

    def remove(self, place: Place) -> None:
        self.tree.remove(place)

    def insert(self, name: str, answer: Scalar | list[str]) -> bool:  # noqa: ARG002  # an XPath does not say what to create
        return False

    def transformed(self, name: str) -> str | None:
        places = self.tree.find(name)
        if len(places) > 1 or any(self.tree.holds_elements(place) for place in places):
            raise ActionError("output names several elements, or one that holds others; name one without")
        return self.tree.text(places[0]) if places else None
