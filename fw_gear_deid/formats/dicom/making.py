"""What an element becomes: its steps run on its value, and the whole element encoded anew."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import REMOVED, Clean, RegexSub, Scrub
from fw_gear_deid.actions.coded import Dummy
from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.character_sets import same_letters
from fw_gear_deid.formats.dicom.dummies import dummy
from fw_gear_deid.formats.dicom.encryption.opening import Restored
from fw_gear_deid.formats.dicom.levels import dotted
from fw_gear_deid.formats.dicom.memo import MAX_VALUE, Made, Trace
from fw_gear_deid.formats.dicom.own_actions import OwnInstance
from fw_gear_deid.formats.dicom.scope import LAST_BLOCK
from fw_gear_deid.formats.dicom.stamping import Stamped
from fw_gear_deid.formats.dicom.syntax import MAX_SHORT_LENGTH, SPECIFIC_CHARACTER_SET, is_private, tag_text
from fw_gear_deid.standard.confidentiality import identifying

if TYPE_CHECKING:
    from fw_gear_deid.actions import Answer, Occurrence
    from fw_gear_deid.formats.dicom.fields import Fields
    from fw_gear_deid.formats.dicom.levels import Step
    from fw_gear_deid.formats.dicom.record import Record
    from fw_gear_deid.formats.dicom.rules import DicomRules
    from fw_gear_deid.formats.dicom.scanner import Element
    from fw_gear_deid.formats.dicom.scope import Scope

SCRUBBED: Final = "REMOVED"
"""What is put where scrubbing leaves nothing of an element that PS3.15 does not name: it may be of type 1.

Those that PS3.15 names are emptied: equal texts in a PatientID would make one patient of several.
"""
NOT_READ: Final = frozenset(
    {"keep", "identity", "remove", "replace-with", "encrypt", "decrypt", Dummy.key, Clean.key, Scrub.key}
)
"""Actions that do not look at the value, so that one that cannot be decoded does not stop them, or do so themselves."""


class Maker:
    """Makes the new elements of one file.

    Args:
        rules: the compiled section.
        data: the buffer that the elements' offsets refer to.
        here: the object, and who it is about.
        record: is told what the steps did.
        fields: what ``regex-sub`` reads of other elements; None when no rule does.
    """

    def __init__(
        self, rules: DicomRules, data: bytes, here: Occurrence, record: Record, fields: Fields | None = None
    ) -> None:
        self._rules = rules
        self._data = data
        self._here = here
        self._record = record
        self._fields = fields

    def made(
        self, element: Element, steps: tuple[Step, ...], scope: Scope, *, creator: str | None, dropped: bool
    ) -> Made:
        """Return what the steps make of an element, from memory where its value was met before."""
        tag, stated, _, value, stop, items = element
        if dropped or items is not None or stop - value > MAX_VALUE:
            return self._newly_made(element, steps, scope, creator=creator, dropped=dropped)
        coding, log = scope.coding, self._record.log
        raw = self._data[value:stop]
        key = (id(steps), raw, tag, stated, creator, coding.encodings, coding.little, scope.syntax.explicit, log)
        made = self._rules.memo.recall(key)
        if made is None:
            made = self._newly_made(element, steps, scope, creator=creator, dropped=False)
            self._rules.memo.keep(key, made)
        return made

    def _newly_made(
        self, element: Element, steps: tuple[Step, ...], scope: Scope, *, creator: str | None, dropped: bool
    ) -> Made:
        vr = self._vr(element, creator)
        answer, trace = self.answer(None if dropped else element, element[0], vr, steps, scope)
        if answer is REMOVED or (answer is None and dropped):
            return Made(b"", trace, steps)
        return Made(None if answer is None else self._encoded(element, vr, answer, scope), trace, steps)

    def tell(self, scope: Scope, tag: int, steps: tuple[Step, ...], trace: Trace) -> None:
        """Have what the steps did recorded."""
        for step in trace.hits:
            self._record.hit(step)
            if step.action.key == "encrypt":
                self._record.sealed.add((*scope.path, tag)[0])
        if self._record.log or trace.is_known:
            self._record.note((*scope.path, tag), steps, trace.before, trace.after)

    def may_scrub(self, element: Element, steps: tuple[Step, ...], creator: str | None) -> bool:
        """Whether an element is text that no rule of the profile names."""
        tag, stated, _, value, stop, _ = element
        if value == stop or stated not in values.SCRUBBED_STATED:
            return False
        if steps and any(step.rule >= 0 or step.action.key != "keep" for step in steps):
            return False
        is_creator = is_private(tag) and tag & 0xFFFF <= LAST_BLOCK
        is_text = self._vr(element, creator) in values.SCRUBBED_VRS
        return is_text and not is_creator and tag not in values.CODES

    def _vr(self, element: Element, creator: str | None) -> str:
        """Return the value representation to read and write an element in."""
        tag, vr, _, _, _, items = element
        if items is not None:
            return "SQ"
        if not vr or (vr == b"UN" and self._rules.lenient):
            return values.implicit_vr(tag, creator)
        return vr.decode("ascii")

    def answer(
        self, element: Element | None, tag: int, vr: str, steps: tuple[Step, ...], scope: Scope
    ) -> tuple[Answer | Restored, Trace]:
        """Run the steps of one element in order, each on the result of the one before.

        Returns:
            what the element becomes, None when no step changed it; and what the steps did.
        """
        path = (*scope.path, tag)
        original = self._data[element[3] : element[4]] if element is not None else None
        coding = scope.coding_of(element[1] if element is not None else b"")
        value = _Value(original, vr, coding, lenient=self._rules.lenient)
        answer: Answer | Restored = None
        hits = []
        before = value.shown() if self._record.log else None
        for step in steps:
            try:
                reads = step.action.key not in NOT_READ
                seen = value.text() if reads else value.presence()
                if seen == "" and vr in values.NOTHING_WHEN_EMPTY and step.action.key == RegexSub.key:
                    continue
                where = dotted(path)[0] if reads else ""
                at = self._here.at(where) if self._fields is None else self._fields.seen_by(step, where)
                result: Answer | Restored
                if isinstance(step.action, Clean | Scrub):
                    result = _never_void(value.cleaned(step.action, at), step.action, tag)
                elif isinstance(step.action, Dummy):
                    stated = element[1] if element is not None else b""
                    result = None if step.action.when_empty and value.text() else dummy(tag, stated, vr, scope)
                elif isinstance(step.action, Stamped | OwnInstance):
                    result = self._own(step.action, seen, tag, scope)
                elif step.action.key == "decrypt" and self._fields is not None:
                    result = self._fields.original(path, scope)
                else:
                    result = step.action.apply(seen, at)
            except ActionError as error:
                if not step.or_removed:
                    raise ActionError(f"{step.label} {tag_text(tag)}: {error}") from error
                result = REMOVED
            if result is not None:
                answer = values.fitted(vr, result) if isinstance(result, int | float) else result
                value.become(answer)
                hits.append(step)
        after = value.shown() if self._record.log else value.text() if value.is_known else None
        return answer, Trace(tuple(hits), before, after, value.is_known)

    def _own(self, action: Stamped | OwnInstance, seen: str | None, tag: int, scope: Scope) -> Answer | Restored:
        """Return what the engine itself writes into every copy."""
        if isinstance(action, OwnInstance):
            return None if seen is None else self._record.instance
        return action.sequence(tag, scope) if action.codes else list(action.values)

    def _encoded(self, element: Element, vr: str, answer: Answer | Restored, scope: Scope) -> bytes:
        """Return an element with a new value, in the representation it has."""
        tag, stated = element[0], element[1]
        if vr == "SQ" and answer != "" and not isinstance(answer, Restored):
            raise ActionError(f"{tag_text(tag)}: a sequence can only be removed or emptied")
        return self.built(tag, stated or vr.encode("ascii"), vr, answer, scope)

    def built(self, tag: int, stated: bytes, vr: str, answer: Answer | Restored, scope: Scope) -> bytes:
        """Return a whole element."""
        if isinstance(answer, Restored):
            return answer.element
        assert answer is not None  # noqa: S101  # for the type checker
        assert answer is not REMOVED  # noqa: S101  # for the type checker
        try:
            raw = values.write(vr, answer, scope.coding_of(stated))
        except ActionError as error:
            raise ActionError(f"{tag_text(tag)}: {error}") from error
        if tag == SPECIFIC_CHARACTER_SET and raw and not same_letters(raw, scope.coding.encodings):
            raise ActionError(f"{tag_text(tag)}: text is not written anew, so its character set cannot be changed")
        if scope.syntax.explicit and len(raw) > MAX_SHORT_LENGTH and not scope.syntax.is_long(stated):
            raise ActionError(f"{tag_text(tag)}: the new value is too long for {vr}")
        return scope.syntax.header(tag, stated, len(raw)) + raw


class _Value:
    """An element's value on its way through the steps: decoded only when a step reads it."""

    __slots__ = ("_coding", "_lenient", "_raw", "_text", "_vr", "is_known")

    def __init__(self, raw: bytes | None, vr: str, coding: values.Coding, *, lenient: bool) -> None:
        self._raw = raw
        self._vr = vr
        self._coding = coding
        self._lenient = lenient
        self._text: str | None = None
        self.is_known = raw is None

    def presence(self) -> str | None:
        """Return None for a missing element, something else for one that is there."""
        return None if self._raw is None and self._text is None else ""

    def text(self) -> str | None:
        """Return the value as text; None for a missing element."""
        if not self.is_known and self._raw is not None:
            self._text = values.read(self._vr, self._raw, self._coding, lenient=self._lenient)
            self.is_known = True
        return self._text

    def cleaned(self, action: Clean | Scrub, at: Occurrence) -> Answer:
        """Return what cleaning makes of the value, each of several by itself.

        Raises:
            ActionError: it is no text.
        """
        if self._raw is None:
            return action.apply(self._text, at)
        scrubs = isinstance(action, Scrub)
        if scrubs and (self._vr not in values.SCRUBBED_VRS or (self._vr == "UN" and not values.is_text(self._raw))):
            return None
        if self._raw and not scrubs and self._vr not in values.CLEANABLE_VRS:
            raise ActionError(f"an element of {self._vr} holds no words to be cleaned; remove or empty it")
        parts = values.parts(self._vr, self._raw, self._coding, lenient=self._lenient)
        answer = action.apply_each(parts, at)
        return answer[0] if isinstance(answer, list) and len(answer) == 1 else answer

    def become(self, answer: Answer | Restored) -> None:
        """Take a step's answer as the value."""
        if isinstance(answer, Restored):
            self._raw, self._vr, self.is_known = answer.raw, answer.vr, False
            with suppress(ActionError):  # a step that reads it will say so; a file name may ask for it
                self.text()
            return
        self._raw = None
        self._text = values.joined(None if answer is REMOVED else answer)
        self.is_known = True

    def shown(self) -> str | None:
        """Return the value for the log; what is no text is described; None for a missing element."""
        if not self.is_known and self._raw is not None and self._vr not in values.LEGIBLE_VRS:
            return f"<{self._vr}, {len(self._raw)} bytes>"
        try:
            return self.text()
        except ActionError:
            return f"<{self._vr}, not legible>"


def _never_void(answer: Answer, action: Clean | Scrub, tag: int) -> Answer:
    """Return what cleaning made of an element, or a text where scrubbing left nothing of one that may need a value."""
    nothing = answer == "" or (isinstance(answer, list) and not any(answer))
    return SCRUBBED if nothing and isinstance(action, Scrub) and identifying(tag) is None else answer
