"""What rules read beside the value they are for: ``regex-sub`` other elements, ``decrypt`` the object's envelopes.

Elements are passed over once, but rules act in turn: what rules of an earlier turn make of another element is worked
out when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_deid.actions import InRecord, text_of
from fw_gear_deid.formats.dicom.levels import dotted, in_order
from fw_gear_deid.formats.dicom.names import NameProblem, parse_name
from fw_gear_deid.formats.dicom.syntax import META_GROUP
from fw_gear_deid.formats.rules import read_by
from fw_gear_deid.problems import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.actions import Occurrence
    from fw_gear_deid.formats.dicom.encryption.opening import Originals, Restored
    from fw_gear_deid.formats.dicom.levels import Level, Step
    from fw_gear_deid.formats.dicom.rules import DicomRules
    from fw_gear_deid.formats.dicom.scope import Scope
    from fw_gear_deid.formats.dicom.texts import Texts
    from fw_gear_deid.profile.model import Section


class Fields:
    """The elements of one data set, as rules of some turn see them: what settings remove is gone before all rules.

    Args:
        rules: the compiled section.
        root: its rules for this data set.
        texts: what the source holds, in its data set and in its file meta information.
        here: the object, and who it is about.
        originals: what the object's envelopes give back; None when no rule asks.
    """

    def __init__(
        self,
        rules: DicomRules,
        root: Level,
        texts: tuple[Texts, Texts],
        here: Occurrence,
        originals: Originals | None = None,
    ) -> None:
        self._rules = rules
        self._root = root
        self._source, self._meta = texts
        self._here = here
        self._originals = originals
        self._seen: dict[tuple[int, int], str | None] = {}

    def original(self, path: tuple[int, ...], scope: Scope) -> Restored | None:
        """Return the element at a path as it was before it was encrypted; None when no envelope holds it.

        Raises:
            ActionError: it cannot be written in the object's transfer syntax and character set.
        """
        return None if self._originals is None else self._originals.restored(path, scope)

    def seen_by(self, step: Step, path: str) -> InRecord:
        """Return where a step meets a value, with the elements it may read."""
        here = self._here
        return InRecord(
            here.object_id,
            path,
            lambda name: self._seen_in(self._rules.variables[name], step.turn),
            subject=here.subject,
        )

    def _seen_in(self, tag: int, turn: int) -> str | None:
        """Return an element's text before a turn, worked out once: rules that read each other ask many times."""
        if (tag, turn) not in self._seen:
            self._seen[tag, turn] = self._text(tag, turn)
        return self._seen[tag, turn]

    def _text(self, tag: int, turn: int) -> str | None:
        """Return an element's text before a turn; None for one that is missing.

        Raises:
            ActionError: the element is no text, or a rule before cannot be carried out on it.
        """
        steps = self._steps(tag)
        if not steps and self._rules.remove_undefined and tag >> 16 != META_GROUP:
            return None
        text = (self._meta if tag >> 16 == META_GROUP else self._source).find(tag)
        for step in steps:
            if step.turn < turn:
                text = text_of(step.action.apply(text, self.seen_by(step, dotted((tag,))[0])), text)
        return text

    def _steps(self, tag: int) -> tuple[Step, ...]:
        if tag >> 16 == META_GROUP:
            return self._rules.meta.steps.get(tag, ())
        steps = self._root.steps.get(tag, ())
        return steps if self._rules.regexes is None else in_order(steps, self._rules.regexes.matching((tag,)))


def unseen_fields(section: Section) -> Iterator[Problem]:
    """Yield a warning for each element that ``regex-sub`` reads although ``remove-undefined`` removes it before."""
    if not section.flag("remove-undefined") or any(rule.regex is not None for rule in section.rules):
        return
    named = {tag for rule in section.rules for tag in _tags(rule.name)}
    for rule in section.rules:
        for name, mark in read_by(rule).items():
            if not named.issuperset(_tags(name)):
                message = f"remove-undefined removes {name} before it is read here; add an entry that names it"
                yield Problem(message, mark, Severity.WARNING)


def _tags(name: str) -> tuple[int, ...]:
    try:
        target = parse_name(name)
    except NameProblem:
        return ()
    return target.tags if not target.parents else ()
