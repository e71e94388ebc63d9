"""The pass over a data set: look each element up in the rules, and splice new bytes in where a rule acts.

What no rule touches is never decoded. The lengths of enclosing items and sequences, and the group lengths of the level,
are corrected for what became longer or shorter (PS3.5 sections 7.2 and 7.5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions import REMOVED, Occurrence
from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.levels import Level, dotted, in_order
from fw_gear_deid.formats.dicom.memo import MAX_SEQUENCE, MAX_VALUE, Made, MadeSequence, Trace
from fw_gear_deid.formats.dicom.rules import SPECIFIC_CHARACTER_SET, private_tag
from fw_gear_deid.formats.dicom.scanner import HEADER_LENGTH, NO_TAG
from fw_gear_deid.formats.dicom.syntax import (
    IMPLICIT_LITTLE,
    ITEM,
    MAX_SHORT_LENGTH,
    PIXEL_DATA_GROUP,
    Syntax,
    is_private,
    known_vr,
    tag_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_deid.actions import Answer
    from fw_gear_deid.formats.dicom.levels import Step
    from fw_gear_deid.formats.dicom.names import PrivateTag
    from fw_gear_deid.formats.dicom.record import Record
    from fw_gear_deid.formats.dicom.rules import DicomRules
    from fw_gear_deid.formats.dicom.scanner import Element, Item

Splice = tuple[int, int, bytes]
"""``(start, stop, new)``: what replaces the buffer's bytes between two offsets."""

NOT_READ: Final = frozenset({"keep", "identity", "remove", "replace-with"})
"""Actions that do not look at the value, so that one that cannot be decoded does not stop them."""

NOTHING_NAMED: Final = Level(())
UNDEFINED: Final = b"\xff\xff\xff\xff"
PRIVATE_BIT: Final = 0x10000
"""Set in the tag of every element of an odd group."""

LENGTH_FIELD: Final = 4
FIRST_BLOCK: Final = 0x10
LAST_BLOCK: Final = 0xFF
"""(gggg,0010) to (gggg,00FF) reserve blocks of private elements (PS3.5 section 7.8.1)."""


@dataclass(slots=True)
class Scope:
    """What is known about the data set being passed over.

    Attributes:
        syntax: how it is encoded.
        coding: how its values are encoded.
        path: tags and item numbers that lead to it.
        elements: its elements.
        creators: its private creators by group and block; None until they are asked for.
        kept: how many of its elements stay, counted when undefined ones are removed.
    """

    syntax: Syntax
    coding: values.Coding
    path: tuple[int, ...] = ()
    elements: Sequence[Element] = ()
    creators: dict[tuple[int, int], str] | None = None
    kept: int = 0


class Editor:
    """Passes over one file.

    Args:
        rules: the compiled section.
        data: the buffer that the elements' offsets refer to.
        object_id: what keyed draws know the object by.
        record: is told what the rules did.
    """

    def __init__(self, rules: DicomRules, data: bytes, object_id: str, record: Record) -> None:
        self._rules = rules
        self._data = data
        self._object_id = object_id
        self._record = record
        self._slots: list[Splice | None] = []
        self._plain = rules.regexes is None and not rules.remove_undefined
        self._remembers = self._plain and rules.repeats and not record.log

    def splices(self) -> list[Splice]:
        """Return the changes made so far, in ascending order, and forget them."""
        found = [splice for splice in self._slots if splice is not None]
        self._slots.clear()
        return found

    def data_set(self, elements: list[Element], stop: int, level: Level, scope: Scope) -> int:
        """Pass over a data set that ends at ``stop``; return by how many bytes it grows.

        Raises:
            ActionError: a rule cannot be carried out.
        """
        self._adopt_character_set(elements, scope)
        scope.elements = elements
        if level.inserts:
            elements = self._with_empty_sequences(elements, level)
        pending = self._created(elements, level, scope) if level.inserts or level.private_inserts else []
        upcoming = pending[-1][0] if pending else NO_TAG
        groups: dict[int, tuple[int, int, int]] = {}
        drops_private = self._plain and self._rules.drops_private
        total = 0
        for element in elements if pending else self._of_interest(elements, level):
            tag = element[0]
            while upcoming < tag:
                total += self._insert(pending, element[2], groups)
                upcoming = pending[-1][0] if pending else NO_TAG
            if tag in level.steps:
                grown = self._element(element, level, scope)
            elif tag & PRIVATE_BIT and drops_private:
                grown = self._cut(element)
            elif not tag & 0xFFFF:
                grown = self._group_length(element, groups, scope)
            else:
                grown = self._element(element, level, scope)
            if grown:
                total += grown
                _grow(groups, tag >> 16, grown)
        while pending:
            total += self._insert(pending, stop, groups)
        self._write_group_lengths(groups, scope)
        return total

    def _of_interest(self, elements: list[Element], level: Level) -> list[Element]:
        """Return the elements that a rule may concern: most concern none, and are passed over here at little cost."""
        if not self._plain:
            return elements
        steps = level.steps
        private = PRIVATE_BIT if self._rules.remove_private or level.private else 0
        return [
            element
            for element in elements
            if element[0] in steps or element[5] is not None or element[0] & private or not element[0] & 0xFFFF
        ]

    # -- one element

    def _element(self, element: Element, level: Level, scope: Scope) -> int:
        """Apply what is named for an element; return by how many bytes it grows."""
        tag, _, start, _, stop, items = element
        steps, dropped, creator = self._decision(element, level, scope)
        if not steps:
            if dropped:
                return self._drop(element, level, scope)
            # A character set or a private creator is nothing without the elements it serves.
            scope.kept += tag != SPECIFIC_CHARACTER_SET and not (is_private(tag) and tag & 0xFFFF <= LAST_BLOCK)
            return self._items(element, level, scope) if items is not None else 0
        if self._only_removes(element, steps, scope):
            return self._cut(element)
        made = self._made(element, steps, scope, creator=creator, dropped=dropped)
        self._tell(scope, tag, steps, made.trace)
        if made.new == b"":
            return self._cut(element)
        scope.kept += 1
        if made.new is None:
            return self._items(element, level, scope) if items is not None else 0
        if made.new != self._data[start:stop]:
            self._slots.append((start, stop, made.new))
        return len(made.new) - (stop - start)

    def _made(
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
        answer, trace = self._answer(None if dropped else element, element[0], vr, steps, scope)
        if answer is REMOVED or (answer is None and dropped):
            return Made(b"", trace, steps)
        return Made(None if answer is None else self._encoded(element, vr, answer, scope), trace, steps)

    def _tell(self, scope: Scope, tag: int, steps: tuple[Step, ...], trace: Trace) -> None:
        """Have what the steps did recorded."""
        for step in trace.hits:
            self._record.hit(step)
        if self._record.log or trace.is_known:
            self._record.note((*scope.path, tag), steps, trace.before, trace.after)

    def _only_removes(self, element: Element, steps: tuple[Step, ...], scope: Scope) -> bool:
        """Whether the one step of an element removes it and nobody asks what it was: the common case, made short."""
        if len(steps) > 1 or steps[0].action.key != "remove" or self._record.log:
            return False
        self._record.hit(steps[0])
        if not scope.path:
            self._record.finals[element[0]] = None
        return True

    def _cut(self, element: Element) -> int:
        self._slots.append((element[2], element[4], b""))
        return element[2] - element[4]

    def _drop(self, element: Element, level: Level, scope: Scope) -> int:
        """Remove what a setting removes."""
        tag, _, _, _, _, items = element
        if items and not is_private(tag):
            return self._without(element, level, scope)
        if not scope.path:
            self._record.dropped(tag)
        return self._cut(element)

    def _without(self, element: Element, level: Level, scope: Scope) -> int:
        """Remove a sequence nothing of which is named; leave one that holds a named element, cleared of the rest."""
        mark, kept = len(self._slots), scope.kept
        grown = self._items(element, level, scope)
        if scope.kept > kept:
            return grown
        del self._slots[mark:]
        return self._cut(element)

    def _decision(self, element: Element, level: Level, scope: Scope) -> tuple[tuple[Step, ...], bool, str | None]:
        """Return the steps for an element, whether a setting removes it, and its private creator."""
        tag, rules = element[0], self._rules
        steps = level.steps.get(tag, ())
        if self._plain and not tag & PRIVATE_BIT:
            return steps, False, None
        if rules.regexes is not None:
            steps = in_order(steps, rules.regexes.matching((*scope.path, tag)))
        if not is_private(tag):
            # An item's text is read by its own character set, so that stays where text may stay.
            return steps, rules.remove_undefined and not steps and tag != SPECIFIC_CHARACTER_SET, None
        group, number = tag >> 16, tag & 0xFFFF
        if number <= LAST_BLOCK:
            removing = rules.remove_private or (rules.remove_undefined and not steps)
            return steps, removing and (group, self._creator(element)) not in rules.kept_creators, None
        owner = self._creators(scope).get((group, number >> 8))
        key = (group, owner or "", number & 0xFF)
        steps = in_order(steps, level.private.get(key, ()))
        dropped = (rules.remove_private and key not in rules.kept_private) or (rules.remove_undefined and not steps)
        return steps, dropped, owner or ""

    def _creator(self, element: Element) -> str:
        return self._data[element[3] : element[4]].decode("latin-1").strip("\0 ")

    def _creators(self, scope: Scope) -> dict[tuple[int, int], str]:
        """Return who reserved the private blocks, wherever in the data set the creators stand."""
        if scope.creators is None:
            scope.creators = {
                (element[0] >> 16, element[0] & 0xFF): self._creator(element)
                for element in scope.elements
                if element[0] & PRIVATE_BIT and FIRST_BLOCK <= element[0] & 0xFFFF <= LAST_BLOCK
            }
        return scope.creators

    def _vr(self, element: Element, creator: str | None) -> str:
        """Return the value representation to read and write an element in."""
        tag, vr, _, _, _, items = element
        if items is not None:
            return "SQ"
        if not vr or (vr == b"UN" and self._rules.lenient):
            return values.implicit_vr(tag, creator)
        return vr.decode("ascii")

    def _answer(
        self, element: Element | None, tag: int, vr: str, steps: tuple[Step, ...], scope: Scope
    ) -> tuple[Answer, Trace]:
        """Run the steps of one element in order, each on the result of the one before.

        Returns:
            what the element becomes, None when no step changed it; and what the steps did.
        """
        path = (*scope.path, tag)
        original = self._data[element[3] : element[4]] if element is not None else None
        coding = _coding_of(element[1] if element is not None else b"", scope)
        value = _Value(original, vr, coding, lenient=self._rules.lenient)
        answer: Answer = None
        hits = []
        before = value.shown() if self._record.log else None
        for step in steps:
            try:
                reads = step.action.key not in NOT_READ
                seen = value.text() if reads else value.presence()
                result = step.action.apply(seen, Occurrence(self._object_id, dotted(path)[0] if reads else ""))
            except ActionError as error:
                raise ActionError(f"{step.label} {tag_text(tag)}: {error}") from error
            if result is not None:
                answer = values.fitted(vr, result) if isinstance(result, int | float) else result
                value.become(answer)
                hits.append(step)
        after = value.shown() if self._record.log else value.text() if value.is_known else None
        return answer, Trace(tuple(hits), before, after, value.is_known)

    def _encoded(self, element: Element, vr: str, answer: Answer, scope: Scope) -> bytes:
        """Return an element with a new value, in the representation it has."""
        tag, stated = element[0], element[1]
        if vr == "SQ" and answer != "":
            raise ActionError(f"{tag_text(tag)}: a sequence can only be removed or emptied")
        return self._built(tag, stated or vr.encode("ascii"), vr, answer, scope)

    def _built(self, tag: int, stated: bytes, vr: str, answer: Answer, scope: Scope) -> bytes:
        """Return a whole element."""
        assert answer is not None  # noqa: S101  # for the type checker
        assert answer is not REMOVED  # noqa: S101  # for the type checker
        try:
            raw = values.write(vr, answer, _coding_of(stated, scope))
        except ActionError as error:
            raise ActionError(f"{tag_text(tag)}: {error}") from error
        if tag == SPECIFIC_CHARACTER_SET and raw and not values.same_letters(raw, scope.coding):
            raise ActionError(f"{tag_text(tag)}: text is not written anew, so its character set cannot be changed")
        if scope.syntax.explicit and len(raw) > MAX_SHORT_LENGTH and not scope.syntax.is_long(stated):
            raise ActionError(f"{tag_text(tag)}: the new value is too long for {vr}")
        return scope.syntax.header(tag, stated, len(raw)) + raw

    # -- sequences and lengths

    def _items(self, element: Element, level: Level, scope: Scope) -> int:
        """Pass over the items of a sequence, unless an equal one was met before; return by how many bytes it grows."""
        tag, _, start, _, stop, _ = element
        if not self._rules.everywhere and tag not in level.parents:
            return 0
        if scope.path or stop - start > MAX_SEQUENCE or not self._remembers or level is not self._rules.root:
            return self._items_met(element, level, scope)
        key = (self._data[start:stop], scope.coding.encodings, scope.coding.little, scope.syntax.explicit)
        sequence = self._rules.memo.sequence(key)
        if sequence is None:
            mark, hits = len(self._slots), list(self._record.hits)
            grown = self._items_met(element, level, scope)
            new = _spliced(self._data, start, stop, self._slots[mark:])
            counts = [after - before for after, before in zip(self._record.hits, hits, strict=True)]
            self._rules.memo.keep_sequence(key, MadeSequence(new if grown or new != key[0] else None, counts))
            return grown
        self._record.hit_again(sequence.hits)
        if sequence.new is None:
            return 0
        self._slots.append((start, stop, sequence.new))
        return len(sequence.new) - (stop - start)

    def _items_met(self, element: Element, level: Level, scope: Scope) -> int:
        """Pass over the items of a sequence; return by how many bytes it grows."""
        tag, vr, _, value, stop, items = element
        defined = self._data[value - LENGTH_FIELD : value] != UNDEFINED
        slot = self._reserve()
        total = 0
        for index, item in enumerate(items or ()):
            below = level.item(tag, index)
            if below is not None or self._rules.everywhere:
                total += self._item(item, below or NOTHING_NAMED, (*scope.path, tag, index), scope)
        end = stop if defined else stop - HEADER_LENGTH
        if level.items_created(tag) > len(items or ()):
            inner = replace(scope, syntax=IMPLICIT_LITTLE) if vr == b"UN" else scope
            added = self._new_items(tag, len(items or ()), level, inner)
            self._slots.append((end, end, added))
            total += len(added)
        if total and defined:
            self._slots[slot] = self._length(value, scope.syntax, total)
        return total

    def _item(self, item: Item, level: Level, path: tuple[int, ...], outer: Scope) -> int:
        """Pass over one item; return by how many bytes its data set grows."""
        if self._leaves(item, level):
            return 0
        slot = self._reserve()
        coding = outer.coding
        if coding.little != item.syntax.little:
            coding = values.Coding(coding.encodings, item.syntax.little)
        scope = Scope(item.syntax, coding, path)
        total = self.data_set(item.elements, item.stop, level, scope)
        outer.kept += scope.kept
        if total and self._data[item.value - LENGTH_FIELD : item.value] != UNDEFINED:
            self._slots[slot] = self._length(item.value, item.syntax, total)
        return total

    def _leaves(self, item: Item, level: Level) -> bool:
        """Whether nothing in an item can be named: the common case, found out without passing over it."""
        if not self._plain or self._rules.remove_private or level.private or level.inserts:
            return False
        steps = level.steps
        return not any(items is not None or tag in steps for tag, _, _, _, _, items in item.elements)

    def _reserve(self) -> int:
        """Keep a place, in ascending order, for a length that is known only after what follows."""
        self._slots.append(None)
        return len(self._slots) - 1

    def _length(self, value: int, syntax: Syntax, grown: int) -> Splice:
        start = value - LENGTH_FIELD
        (length,) = syntax.length.unpack_from(self._data, start)
        return start, value, syntax.length.pack(length + grown)

    def _group_length(self, element: Element, groups: dict[int, tuple[int, int, int]], scope: Scope) -> int:
        """Note where a group's length stands (PS3.5 section 7.2), or remove it with its private group."""
        group = element[0] >> 16
        if (self._rules.remove_private and group % 2) or self._rules.remove_undefined:
            return self._cut(element)
        scope.kept += 1
        if element[4] - element[3] == LENGTH_FIELD:
            groups[group] = (self._reserve(), element[3], 0)
        return 0

    def _write_group_lengths(self, groups: dict[int, tuple[int, int, int]], scope: Scope) -> None:
        for group, (slot, value, grown) in groups.items():
            if grown:
                # Counted, for what is stated may be wrong; but a streamed object's pixel data is not all in the buffer.
                if group == PIXEL_DATA_GROUP:
                    (length,) = scope.syntax.length.unpack_from(self._data, value)
                else:
                    length = sum(
                        element[4] - element[2]
                        for element in scope.elements
                        if element[0] >> 16 == group and element[2] > value
                    )
                self._slots[slot] = (value, value + LENGTH_FIELD, scope.syntax.length.pack(max(0, length + grown)))

    # -- what is created

    def _adopt_character_set(self, elements: list[Element], scope: Scope) -> None:
        for element in elements:
            if element[0] >= SPECIFIC_CHARACTER_SET:
                if element[0] == SPECIFIC_CHARACTER_SET and element[4] > element[3]:
                    encodings = values.encodings_of(self._data[element[3] : element[4]])
                    scope.coding = values.Coding(encodings, scope.syntax.little)
                return

    def _with_empty_sequences(self, elements: list[Element], level: Level) -> list[Element]:
        """Mark the sequences of no length in which nested rules create items; the scanner tells them by nothing."""
        fillable = level.parents.intersection(level.inserts)
        if not fillable:
            return elements
        return [
            (*element[:5], []) if element[0] in fillable and element[3] == element[4] else element
            for element in elements
        ]

    def _insert(self, pending: list[tuple[int, bytes]], place: int, groups: dict[int, tuple[int, int, int]]) -> int:
        tag, new = pending.pop()
        self._slots.append((place, place, new))
        _grow(groups, tag >> 16, len(new))
        return len(new)

    def _created(self, elements: list[Element], level: Level, scope: Scope) -> list[tuple[int, bytes]]:
        """Return the elements that rules create in a data set, by descending tag."""
        present = {element[0] for element in elements}
        created = [(tag, self._new_element(tag, level, scope)) for tag in level.inserts if tag not in present]
        for private in level.private_inserts:
            created += self._new_private(private, elements, level, scope)
        return sorted((pair for pair in created if pair[1]), reverse=True)

    def _new_element(self, tag: int, level: Level, scope: Scope) -> bytes:
        """Return a missing element, or a missing sequence with the items that nested rules name."""
        vr = known_vr(tag)
        vr = values.AMBIGUOUS.get(vr, vr) or "UN"
        steps = level.steps.get(tag, ())
        answer = self._created_answer(tag, vr, steps, scope)
        if answer is not None and answer is not REMOVED:
            return self._built(tag, vr.encode("ascii"), vr, answer, scope)
        if items := self._new_items(tag, 0, level, scope):
            return scope.syntax.header(tag, b"SQ", len(items)) + items
        return b""

    def _created_answer(self, tag: int, vr: str, steps: tuple[Step, ...], scope: Scope) -> Answer:
        """Return what the steps put where nothing is."""
        answer, trace = self._answer(None, tag, vr, steps, scope)
        if steps:
            self._tell(scope, tag, steps, trace)
        return answer

    def _new_items(self, tag: int, first: int, level: Level, scope: Scope) -> bytes:
        """Return the items from number ``first`` on that nested rules create elements in."""
        result = b""
        for index in range(first, level.items_created(tag)):
            below = level.item(tag, index)
            coding = values.Coding(scope.coding.encodings, scope.syntax.little)
            inner = Scope(scope.syntax, coding, (*scope.path, tag, index))
            pending = self._created([], below, inner) if below is not None else []
            content = b"".join(new for _, new in reversed(pending))
            result += scope.syntax.tag_length.pack(ITEM >> 16, ITEM & 0xFFFF, len(content)) + content
        return result

    def _new_private(
        self, private: PrivateTag, elements: list[Element], level: Level, scope: Scope
    ) -> list[tuple[int, bytes]]:
        """Return a missing private element, with its creator where the block is new (PS3.5 section 7.8.1)."""
        blocks = {block: name for (group, block), name in self._creators(scope).items() if group == private.group}
        block = next((number for number, creator in blocks.items() if creator == private.creator), None)
        if block is not None and any(element[0] == private_tag(private, block) for element in elements):
            return []
        created: list[tuple[int, bytes]] = []
        if block is None:
            block = next(number for number in range(FIRST_BLOCK, LAST_BLOCK + 1) if number not in blocks)
            creator_tag = private.group << 16 | block
            created.append((creator_tag, self._built(creator_tag, b"LO", "LO", private.creator, scope)))
        tag = private_tag(private, block)
        vr = values.implicit_vr(tag, private.creator)
        steps = level.private[private.group, private.creator, private.offset]
        answer = self._created_answer(tag, vr, steps, scope)
        if answer is None or answer is REMOVED:
            return []
        return [*created, (tag, self._built(tag, vr.encode("ascii"), vr, answer, scope))]


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

    def become(self, answer: Answer) -> None:
        """Take a step's answer as the value."""
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


def _coding_of(stated: bytes, scope: Scope) -> values.Coding:
    """Return how a value is coded; what is stated as UN is little endian everywhere (PS3.5 section 6.2.2)."""
    return scope.coding if stated != b"UN" else values.Coding(scope.coding.encodings, little=True)


def _spliced(data: bytes, start: int, stop: int, slots: list[Splice | None]) -> bytes:
    """Return the bytes between two offsets with splices put in."""
    pieces = []
    for splice in slots:
        if splice is not None:
            pieces += [data[start : splice[0]], splice[2]]
            start = splice[1]
    return b"".join([*pieces, data[start:stop]])


def _grow(groups: dict[int, tuple[int, int, int]], group: int, grown: int) -> None:
    if group in groups:
        slot, value, before = groups[group]
        groups[group] = (slot, value, before + grown)
