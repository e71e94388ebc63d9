"""The pass over a data set: look each element up in the rules, and splice new bytes in where a rule acts.

What no rule touches is never decoded. The lengths of enclosing items and sequences, and the group lengths of the level,
are corrected for what became longer or shorter (PS3.5 sections 7.2 and 7.5).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.coding import is_telling, rules_of_item
from fw_gear_deid.formats.dicom.creating import Creator
from fw_gear_deid.formats.dicom.levels import SCRUBBING, Level, in_order
from fw_gear_deid.formats.dicom.making import Maker
from fw_gear_deid.formats.dicom.memo import LEFT, MAX_SEQUENCE, MAX_VALUE, MadeSequence, keep_element
from fw_gear_deid.formats.dicom.scanner import HEADER_LENGTH, LATER, NO_TAG, Scanner
from fw_gear_deid.formats.dicom.scope import LAST_BLOCK, Scope, creator_of
from fw_gear_deid.formats.dicom.syntax import (
    IMPLICIT_LITTLE,
    PIXEL_DATA_GROUP,
    PRIVATE_BIT,
    SPECIFIC_CHARACTER_SET,
    Syntax,
    is_private,
)

if TYPE_CHECKING:
    from fw_gear_deid.actions import Occurrence
    from fw_gear_deid.formats.dicom.fields import Fields
    from fw_gear_deid.formats.dicom.levels import Step
    from fw_gear_deid.formats.dicom.memo import Elements, Made
    from fw_gear_deid.formats.dicom.record import Record
    from fw_gear_deid.formats.dicom.rules import DicomRules
    from fw_gear_deid.formats.dicom.scanner import Element, Item
    from fw_gear_deid.formats.dicom.splicing import Splice

NOTHING_NAMED: Final = Level(())
UNDEFINED: Final = b"\xff\xff\xff\xff"
LENGTH_FIELD: Final = 4


class Editor:
    """Passes over one file.

    Args:
        rules: the compiled section.
        data: the buffer that the elements' offsets refer to.
        here: the object, and who it is about.
        record: is told what the rules did.
        fields: what rules read of other elements; None when none does.
    """

    def __init__(
        self, rules: DicomRules, data: bytes, here: Occurrence, record: Record, fields: Fields | None = None
    ) -> None:
        self._rules = rules
        self._data = data
        self._record = record
        self._maker = Maker(rules, data, here, record, fields)
        self._creator = Creator(self._maker, data)
        self._slots: list[Splice | None] = []
        self._plain = rules.regexes is None and not rules.remove_undefined
        self._texts = values.SCRUBBED_STATED if rules.scrubs else frozenset[bytes]()
        self._remembers = rules.remembers and not record.log
        self._passes_quickly = rules.regexes is None and not record.log

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
        scope.elements = elements
        scope.adopt_character_set(self._data)
        if level.inserts:
            elements = self._with_empty_sequences(elements, level)
        known = self._known(level, scope)
        creates = level.inserts or level.private_inserts
        pending = self._creator.elements(elements, level, scope, known) if creates else []
        upcoming = pending[-1][0] if pending else NO_TAG
        groups: dict[int, tuple[int, int, int]] = {}
        drops_private = self._plain and self._rules.drops_private
        removed = level.removed if self._passes_quickly else {}
        total = 0
        for element in elements if pending else self._of_interest(elements, level):
            tag = element[0]
            while upcoming < tag:
                total += self._insert(pending, element[2], groups)
                upcoming = pending[-1][0] if pending else NO_TAG
            if tag in removed:
                grown = self._removed(element, removed[tag], scope)
            elif tag in level.steps:
                grown = self._element(element, level, scope, known)
            elif tag & PRIVATE_BIT and drops_private:
                self._slots.append((element[2], element[4], b""))
                grown = element[2] - element[4]
            elif not tag & 0xFFFF:
                grown = self._group_length(element, groups, scope)
            else:
                grown = self._element(element, level, scope, known)
            total += grown
            if groups and grown:
                _grow(groups, tag >> 16, grown)
        while pending:
            total += self._insert(pending, stop, groups)
        self._write_group_lengths(groups, scope)
        return total

    def _known(self, level: Level, scope: Scope) -> Elements | None:
        """Return what became of equal elements in files before; None where that depends on more than their bytes."""
        if scope.path or level is not self._rules.root or not self._passes_quickly:
            return None
        return self._rules.memo.elements((scope.coding.encodings, scope.coding.little, scope.syntax.explicit))

    def _of_interest(self, elements: list[Element], level: Level) -> list[Element]:
        """Return the elements that a rule may concern: most concern none, and are passed over here at little cost."""
        if not self._plain or level.blank is not None:
            return elements
        steps, families, texts = level.steps, level.families, self._texts
        private = PRIVATE_BIT if self._rules.remove_private or level.private else 0
        if families or texts:
            return [
                element
                for element in elements
                if (tag := element[0]) in steps
                or element[5] is not None
                or tag & private
                or tag >> 24 in families
                or element[1] in texts
                or not tag & 0xFFFF
            ]
        return [
            element
            for element in elements
            if (tag := element[0]) in steps or element[5] is not None or tag & private or not tag & 0xFFFF
        ]

    # -- one element

    def _element(self, element: Element, level: Level, scope: Scope, known: Elements | None) -> int:
        """Apply what is named for an element; return by how many bytes it grows."""
        tag, stated, _, value, stop, items = element
        key = None
        if known is not None and items is None and not tag & PRIVATE_BIT and stop - value <= MAX_VALUE:
            key = (tag, stated, self._data[value:stop])
            if (made := known.get(key)) is not None:
                return self._became(element, made, level, scope)
        steps, dropped, creator = self._decision(element, level, scope)
        if self._texts and not dropped and self._maker.may_scrub(element, steps, creator):
            steps = SCRUBBING
        if not steps:
            if dropped:
                return self._drop(element, level, scope)
            if known is not None and key is not None:
                keep_element(known, key, LEFT)
            # A character set or a private creator is nothing without the elements it serves.
            scope.kept += tag != SPECIFIC_CHARACTER_SET and not (is_private(tag) and tag & 0xFFFF <= LAST_BLOCK)
            return self._items(element, level, scope) if items is not None else 0
        if not self._record.log and len(steps) == 1 and steps[0].action.key == "remove":
            return self._removed(element, steps[0], scope)
        made = self._maker.made(element, steps, scope, creator=creator, dropped=dropped)
        if known is not None and key is not None and not dropped:
            keep_element(known, key, made)
        return self._became(element, made, level, scope)

    def _became(self, element: Element, made: Made, level: Level, scope: Scope) -> int:
        """Put what was made in the place of an element; return by how many bytes it grows."""
        tag, _, start, _, stop, items = element
        self._maker.tell(scope, tag, made.steps, made.trace)
        if made.new == b"":
            return self._cut(element)
        scope.kept += 1
        if made.new is None:
            return self._items(element, level, scope) if items is not None else 0
        if made.new != self._data[start:stop]:
            self._slots.append((start, stop, made.new))
        return len(made.new) - (stop - start)

    def _removed(self, element: Element, step: Step, scope: Scope) -> int:
        """Remove an element that one step is for, when nobody asks what it was: the common case, made short."""
        self._record.hit(step)
        if not scope.path:
            self._record.finals[element[0]] = None
        self._slots.append((element[2], element[4], b""))
        return element[2] - element[4]

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
        if level.families:
            steps = in_order(steps, level.families.get(tag >> 24, ()))
        if level.blank is not None and not steps and is_telling(element):
            steps = (level.blank,)
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
            return steps, removing and (group, creator_of(self._data, element)) not in rules.kept_creators, None
        owner = scope.blocks(self._data).get((group, number >> 8))
        key = (group, owner or "", number & 0xFF)
        steps = in_order(steps, level.private.get(key, ()))
        dropped = (rules.remove_private and key not in rules.kept_private) or (rules.remove_undefined and not steps)
        return steps, dropped, owner or ""

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
            places = enumerate(zip(self._record.hits, hits, strict=True))
            more = tuple((place, after - before) for place, (after, before) in places if after != before)
            self._rules.memo.keep_sequence(key, MadeSequence(new if grown or new != key[0] else None, more))
            return grown
        self._record.hit_again(sequence.hits)
        if sequence.new is None:
            return 0
        self._slots.append((start, stop, sequence.new))
        return len(sequence.new) - (stop - start)

    def _items_met(self, element: Element, level: Level, scope: Scope) -> int:
        """Pass over the items of a sequence; return by how many bytes it grows."""
        tag, vr, _, value, stop, items = element
        if items is LATER:
            items = Scanner(self._data, self._rules.enter).items_of(element, scope.syntax)
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
            added = self._creator.items(tag, len(items or ()), level, inner)
            self._slots.append((end, end, added))
            total += len(added)
        if total and defined:
            self._slots[slot] = self._length(value, scope.syntax, total)
        return total

    def _item(self, item: Item, level: Level, path: tuple[int, ...], outer: Scope) -> int:
        """Pass over one item; return by how many bytes its data set grows."""
        if level.blank is not None:
            level = rules_of_item(level, item, self._data)
        elif self._leaves(item, level):
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
        rules = self._rules
        if not self._plain or rules.scrubs or rules.remove_private or level.private or level.inserts or level.families:
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
