"""Elements that are not there and that rules create: ``replace-with`` inserts, also below missing sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_deid.actions import REMOVED
from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.encryption.opening import Restored
from fw_gear_deid.formats.dicom.memo import Made, keep_element
from fw_gear_deid.formats.dicom.scanner import TAG_OF
from fw_gear_deid.formats.dicom.scope import FIRST_BLOCK, LAST_BLOCK, Scope
from fw_gear_deid.formats.dicom.syntax import ITEM, known_vr, tag_text

if TYPE_CHECKING:
    from fw_gear_deid.actions import Answer
    from fw_gear_deid.formats.dicom.levels import Level, Step
    from fw_gear_deid.formats.dicom.making import Maker
    from fw_gear_deid.formats.dicom.memo import Elements
    from fw_gear_deid.formats.dicom.names import PrivateTag
    from fw_gear_deid.formats.dicom.scanner import Element


class Creator:
    """Creates missing elements of one file.

    Args:
        maker: runs steps and encodes elements.
        data: the buffer that the elements' offsets refer to.
    """

    def __init__(self, maker: Maker, data: bytes) -> None:
        self._maker = maker
        self._data = data

    def elements(
        self, elements: list[Element], level: Level, scope: Scope, known: Elements | None = None
    ) -> list[tuple[int, bytes]]:
        """Return the elements that rules create in a data set, by descending tag.

        Args:
            elements: those that are there.
            level: the rules.
            scope: the data set.
            known: what was created in files before; None: that depends on more than the rules.
        """
        present = set(map(TAG_OF, elements))
        created = [(tag, self._new_element(tag, level, scope, known)) for tag in level.inserts if tag not in present]
        for private in level.private_inserts:
            created += self._new_private(private, elements, level, scope)
        return sorted((pair for pair in created if pair[1]), reverse=True)

    def _new_element(self, tag: int, level: Level, scope: Scope, known: Elements | None) -> bytes:
        """Return a missing element, or a missing sequence with the items that nested rules name."""
        key = (tag, None, b"")
        made = None if known is None else known.get(key)
        if made is None:
            made = self._made(tag, level.steps.get(tag, ()), scope)
            if known is not None and made.new is not None:
                keep_element(known, key, made)
        if made.steps:
            self._maker.tell(scope, tag, made.steps, made.trace)
        if made.new is not None:
            return made.new
        if items := self.items(tag, 0, level, scope):
            return scope.syntax.header(tag, b"SQ", len(items)) + items
        return b""

    def _made(self, tag: int, steps: tuple[Step, ...], scope: Scope) -> Made:
        """Return what the steps put where nothing is; its ``new`` is None for nothing."""
        stated = known_vr(tag)
        vr = values.AMBIGUOUS.get(stated, stated) or "UN"
        answer, trace = self._maker.answer(None, tag, vr, steps, scope)
        if answer is None or answer is REMOVED:
            return Made(None, trace, steps)
        if not stated:
            _check_known(tag, answer, steps)
        return Made(self._maker.built(tag, vr.encode("ascii"), vr, answer, scope), trace, steps)

    def items(self, tag: int, first: int, level: Level, scope: Scope) -> bytes:
        """Return the items from number ``first`` on that nested rules create elements in."""
        contents = []
        for index in range(first, level.items_created(tag)):
            below = level.item(tag, index)
            coding = values.Coding(scope.coding.encodings, scope.syntax.little)
            inner = Scope(scope.syntax, coding, (*scope.path, tag, index))
            pending = self.elements([], below, inner) if below is not None else []
            contents.append(b"".join(new for _, new in reversed(pending)))
        while contents and not contents[-1]:  # decrypt may have nothing to put there
            contents.pop()
        return b"".join(
            scope.syntax.tag_length.pack(ITEM >> 16, ITEM & 0xFFFF, len(content)) + content for content in contents
        )

    def _new_private(
        self, private: PrivateTag, elements: list[Element], level: Level, scope: Scope
    ) -> list[tuple[int, bytes]]:
        """Return a missing private element, with its creator where the block is new (PS3.5 section 7.8.1)."""
        blocks = {block: name for (group, block), name in scope.blocks(self._data).items() if group == private.group}
        block = next((number for number, creator in blocks.items() if creator == private.creator), None)
        if block is not None and any(element[0] == private.within(block) for element in elements):
            return []
        created: list[tuple[int, bytes]] = []
        if block is None:
            block = next(number for number in range(FIRST_BLOCK, LAST_BLOCK + 1) if number not in blocks)
            creator_tag = private.group << 16 | block
            created.append((creator_tag, self._maker.built(creator_tag, b"LO", "LO", private.creator, scope)))
            scope.blocks(self._data)[private.group, block] = private.creator
        tag = private.within(block)
        vr = values.implicit_vr(tag, private.creator)
        steps = level.private[private.group, private.creator, private.offset]
        answer, trace = self._maker.answer(None, tag, vr, steps, scope)
        self._maker.tell(scope, tag, steps, trace)
        if answer is None or answer is REMOVED:
            if created:
                del scope.blocks(self._data)[private.group, block]
            return []
        if vr == "UN":
            _check_known(tag, answer, steps)
        return [*created, (tag, self._maker.built(tag, vr.encode("ascii"), vr, answer, scope))]


def _check_known(tag: int, answer: Answer | Restored, steps: tuple[Step, ...]) -> None:
    """Refuse to make up an element of which nobody knows how its value is written.

    Raises:
        ActionError: the element is not one that ``decrypt`` gives back with its representation.
    """
    if not isinstance(answer, Restored):
        label = f"{steps[-1].label} " if steps else ""
        raise ActionError(
            f"{label}{tag_text(tag)}: the element is missing and cannot be created, for its value representation is in "
            "no dictionary; add replace-with-insert: false"
        )
