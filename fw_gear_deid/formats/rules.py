"""The pass of a section's rules over one document: find the fields, ask the action, write the answer back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from json import dumps
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from fw_gear_deid.actions import REMOVED, InRecord, Occurrence, RegexSub, Scalar, Scrub
from fw_gear_deid.errors import ActionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from fw_gear_deid.actions import Answer
    from fw_gear_deid.formats.base import FileContext
    from fw_gear_deid.problems import Mark
    from fw_gear_deid.profile.model import Rule


class Container(Enum):
    """What stands in for the value of a field that holds other fields (a JSON object, a list)."""

    EMPTY = "empty"
    FILLED = "filled"


Value = Scalar | Container | None
"""A field as an action sees it; None: the field is there but says nothing (``null``)."""

WHOLE: Final = frozenset({"keep", "identity", "remove", "replace-with"})
"""Actions that do not look at the value, and so may act on a field that holds other fields."""

FULL_ONLY: Final = frozenset({"hash", "hashuid", "increment-date", "increment-datetime"})
"""Actions that leave the number 0 and ``false`` as they are, as in Flywheel's engine; the text ``"0"`` is acted on."""

P = TypeVar("P")


class Document(Protocol[P]):
    """The fields of one open file. A place of type ``P`` is one occurrence of a field."""

    def find(self, rule: Rule) -> Sequence[P]:
        """Return every place the rule names, in the order of the file."""
        ...

    def texts(self) -> Iterable[P]:
        """Return every place that holds text and nothing else; those that say how to read the file are left out."""
        ...

    def alive(self, place: P) -> bool:
        """Whether the place is still there (an edit around it may have taken it away)."""
        ...

    def path(self, place: P) -> str:
        """Return the dotted path of a place."""
        ...

    def read(self, place: P) -> Value:
        """Return the value at a place."""
        ...

    def shown(self, place: P) -> str:
        """Return the value at a place as the log shows it."""
        ...

    def write(self, place: P, answer: Scalar | list[str]) -> None:
        """Set the value at a place.

        Raises:
            ActionError: the format cannot hold the value.
        """
        ...

    def remove(self, place: P) -> None:
        """Delete the field at a place, or blank it where the format has no way to delete."""
        ...

    def insert(self, name: str, answer: Scalar | list[str]) -> bool:
        """Create the field of that name, and return whether the format has such a field.

        Raises:
            ActionError: there is no room for it.
        """
        ...

    def transformed(self, name: str) -> str | None:
        """Return the text that a field has now; None for one that is missing.

        Raises:
            ActionError: the name stands for no field of the format, or for no single value.
        """
        ...


@dataclass(frozen=True, slots=True)
class Pass:
    """What the rules did to a document.

    Attributes:
        hits: how many fields each rule changed.
        before: values before, by rule label, when logged.
        after: values after them.
        scrubbed: how many texts that no rule names held identifiers of the subject.
    """

    hits: tuple[int, ...]
    before: Mapping[str, str]
    after: Mapping[str, str]
    scrubbed: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report should say."""
        return scrub_notes(self.scrubbed)


def scrub_notes(count: int) -> tuple[str, ...]:
    """Return what the report says of texts that were scrubbed."""
    return (
        (f"known identifiers removed from {count} text{'' if count == 1 else 's'} that no rule names",) if count else ()
    )


def in_turn(rules: Sequence[Rule]) -> Iterator[tuple[int, Rule]]:
    """Yield rules, with their place, in the order in which they act.

    ``regex-sub`` comes first, the last one before the others, so that it reads what the source holds in other fields.
    """
    numbered = list(enumerate(rules))
    yield from ((place, rule) for place, rule in reversed(numbered) if rule.action.key == RegexSub.key)
    yield from ((place, rule) for place, rule in numbered if rule.action.key != RegexSub.key)


def read_by(rule: Rule) -> Mapping[str, Mark]:
    """Return the other fields that a rule reads, with the places in the profile where they are named."""
    return rule.action.fields if isinstance(rule.action, RegexSub) else {}


def carry_out(rules: Sequence[Rule], document: Document[P], context: FileContext, *, scrubs: bool = False) -> Pass:
    """Apply rules in their turn, each seeing what the earlier ones left.

    Args:
        rules: the section's rules.
        document: the file.
        context: what is told about it.
        scrubs: whether the subject's known identifiers then go from texts that no rule names.

    Raises:
        ActionError: a rule could not be carried out; the message names the rule, not the value.
    """
    before = logged(rules, document) if context.log else {}
    unnamed = _unnamed(rules, document) if scrubs else []
    hits = [0] * len(rules)
    for place, rule in in_turn(rules):
        hits[place] = _hits(rule, document, context)
    scrubbed = sum(_scrubbed(document, place, context) for place in unnamed)
    after = logged(rules, document) if context.log else {}
    return Pass(tuple(hits), before, after, scrubbed)


def _unnamed(rules: Sequence[Rule], document: Document[P]) -> list[P]:
    """Return the places of text that no rule names."""
    named = {document.path(place) for rule in rules for place in document.find(rule)}
    return [place for place in document.texts() if document.path(place) not in named]


def _scrubbed(document: Document[P], place: P, context: FileContext) -> bool:
    """Remove the subject's known identifiers from a text, and return whether there were any."""
    value = document.read(place) if document.alive(place) else None
    if not isinstance(value, str):
        return False
    answer = Scrub().apply(value, Occurrence(context.name, "", subject=context.subject))
    if not isinstance(answer, str):
        return False
    document.write(place, answer)
    return True


def logged(rules: Sequence[Rule], document: Document[P]) -> dict[str, str]:
    """Return what the fields of each rule hold now; several places of one rule as a JSON object by path."""
    values = {}
    for rule in rules:
        places = document.find(rule)
        if rule.regex is None and len(places) <= 1:
            values[rule.label] = printable(document.shown(places[0])) if places else ""
        else:
            shown = {document.path(place): document.shown(place) for place in places}
            values[rule.label] = printable(dumps(shown, ensure_ascii=False))
    return values


def printable(text: str) -> str:
    """Return text that any log can hold: halves of surrogate pairs, which a file can spell, are escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def asked(rule: Rule, value: Value, at: Occurrence) -> Answer:
    """Return the answer of a rule's action for one value.

    Raises:
        ActionError: the value cannot be handled; the message names the rule, not the value.
    """
    if isinstance(value, Container):
        if rule.action.key not in WHOLE:
            if value is Container.EMPTY:
                return None
            raise failed(
                rule,
                f"{rule.action.key} cannot act on a field that holds others; name those within, or end a regex with $",
            )
        value = ""
    elif not isinstance(value, str) and not value and rule.action.key in FULL_ONLY:
        return None
    try:
        if isinstance(value, str) and rule.action.key not in WHOLE:
            _encodable(value)
        return rule.action.apply(value, at)
    except ActionError as error:
        raise failed(rule, str(error)) from None


def failed(rule: Rule, why: str) -> ActionError:
    """Return the error that names a rule and says why it failed."""
    return ActionError(f"rule for {rule.label!r}: {why}")


def met(rule: Rule, context: FileContext, path: str, transformed: Callable[[str], str | None]) -> Occurrence:
    """Return where a rule meets a value, with the other fields of its record if the rule may read them.

    Args:
        rule: the rule.
        context: the file, or the record of its own subject in it.
        path: the field within the file.
        transformed: as of ``Document``.
    """
    if rule.action.key != RegexSub.key:
        return Occurrence(context.name, path, subject=context.subject)
    return InRecord(context.name, path, lambda name: _encodable(transformed(name)), subject=context.subject)


def _encodable(text: str | None) -> str | None:
    """Return text that can be written and hashed.

    Raises:
        ActionError: it is not valid in its encoding.
    """
    if text is not None and not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ActionError("the text is not valid in its encoding; convert the file to UTF-8") from None
    return text


def _hits(rule: Rule, document: Document[P], context: FileContext) -> int:
    places = document.find(rule)
    if not places:
        return _inserted(rule, document, context)
    hits = 0
    for place in places:
        if document.alive(place):
            hits += _acted(rule, document, place, context)
    return hits


def _acted(rule: Rule, document: Document[P], place: P, context: FileContext) -> int:
    at = met(rule, context, document.path(place), document.transformed)
    answer = asked(rule, document.read(place), at)
    if answer is None:
        return 0
    if answer is REMOVED:
        document.remove(place)
    else:
        try:
            document.write(place, answer)
        except ActionError as error:
            raise failed(rule, str(error)) from None
    return 1


def _inserted(rule: Rule, document: Document[P], context: FileContext) -> int:
    if rule.regex is not None or not rule.action.inserts:
        return 0
    answer = asked(rule, None, Occurrence(context.name, rule.name, subject=context.subject))
    if answer is None or answer is REMOVED:
        return 0
    try:
        return int(document.insert(rule.name, answer))
    except ActionError as error:
        raise failed(rule, str(error)) from None
