"""What an object's envelope of encrypted attributes gives back (PS3.3 section C.12.1.1.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError, UnreadableError
from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.encryption.recoding import Recoder
from fw_gear_deid.formats.dicom.scanner import Scanner
from fw_gear_deid.formats.dicom.scope import LAST_BLOCK, Scope
from fw_gear_deid.formats.dicom.syntax import DEFLATED_UIDS, is_private, syntax_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.formats.dicom.encryption.keys import Keys
    from fw_gear_deid.formats.dicom.layout import Layout
    from fw_gear_deid.formats.dicom.scanner import Element, Item

ENCRYPTED_ATTRIBUTES_SEQUENCE: Final = 0x04000500
ENCRYPTED_CONTENT_TRANSFER_SYNTAX_UID: Final = 0x04000510
ENCRYPTED_CONTENT: Final = 0x04000520
MODIFIED_ATTRIBUTES_SEQUENCE: Final = 0x04000550


@dataclass(frozen=True, slots=True)
class Restored:
    """An element as it was, in the transfer syntax of the object that gets it back.

    Attributes:
        vr: its value representation.
        raw: its encoded value.
        element: the whole element.
    """

    vr: str
    raw: bytes
    element: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of one envelope.

    Attributes:
        data: the encoded data set.
        item: the item that holds the originals.
        coding: how their text is coded.
    """

    data: bytes
    item: Item
    coding: values.Coding

    def restored(self, path: tuple[int, ...], creator: str, target: Scope) -> Restored | None:
        """Return the element at a path: tag, item, tag, …, tag; None when the envelope does not hold it.

        Args:
            path: as of the object that gets it back.
            creator: who reserved its private block there.
            target: the data set that gets it back.

        Raises:
            ActionError: it cannot be written in the object's transfer syntax and character set.
        """
        within = self._within(path[:-1])
        if within is None:
            return None
        scope = Scope(within.syntax, self.coding, elements=within.elements)
        tag = self._original_tag(path[-1], creator, scope, _holds_creator(target, path[-1]))
        found = next((element for element in within.elements if element[0] == tag), None)
        if found is None:
            return None
        scope.adopt_character_set(self.data)
        recoder = Recoder(self.data, target.syntax, scope.coding, target.coding)
        element = recoder.element(found, scope, path[-1])
        (new,), _ = Scanner(element).data_set(0, len(element), target.syntax)
        return Restored(recoder.representation(found, scope), element[new[3] :], element)

    def _within(self, path: tuple[int, ...]) -> Item | None:
        item = self.item
        for tag, index in zip(path[::2], path[1::2], strict=True):
            items = next((element[5] for element in item.elements if element[0] == tag), None)
            if items is None or index >= len(items):
                return None
            item = items[index]
        return item

    def _original_tag(self, tag: int, creator: str, scope: Scope, is_same_block: bool) -> int | None:  # noqa: FBT001
        """Return the tag an element has in the envelope; its private block may have another number there."""
        if not is_private(tag) or tag & 0xFFFF <= LAST_BLOCK:
            return tag
        blocks = {block: name for (group, block), name in scope.blocks(self.data).items() if group == tag >> 16}
        if not blocks:  # Flywheel's engine leaves the creators out
            return tag if is_same_block else None
        block = next((number for number, name in blocks.items() if name == creator), None)
        return None if block is None else tag & 0xFFFF00FF | block << 8


def _holds_creator(scope: Scope, tag: int) -> bool:
    return any(element[0] == tag & 0xFFFF0000 | tag >> 8 & 0xFF for element in scope.elements)


@dataclass(frozen=True, slots=True)
class Originals:
    """What the envelopes of one object give back, the newest first."""

    envelopes: tuple[Opened, ...]
    data: bytes

    def restored(self, path: tuple[int, ...], scope: Scope) -> Restored | None:
        """Return the element at a path of the object; None when no envelope holds it.

        Raises:
            ActionError: it cannot be written in the object's transfer syntax and character set.
        """
        tag = path[-1]
        creator = scope.blocks(self.data).get((tag >> 16, tag >> 8 & 0xFF), "") if is_private(tag) else ""
        found = (envelope.restored(path, creator, scope) for envelope in self.envelopes)
        return next((element for element in found if element is not None), None)


def opened(layout: Layout, elements: list[Element], keys: Keys) -> Originals:
    """Open the envelopes of an object.

    Raises:
        ActionError: it has none, or the keys open none of them.
    """
    envelopes = [envelope for item in _items(layout, elements) for envelope in _opened(item, keys)]
    if not envelopes:
        raise ActionError(
            "decrypt: no envelope in EncryptedAttributesSequence (0400,0500) opens with the profile's key"
        )
    return Originals(tuple(envelopes), layout.data)


def _items(layout: Layout, elements: list[Element]) -> Iterator[dict[int, bytes]]:
    """Yield the values of each item of EncryptedAttributesSequence, by tag."""
    found = next((element for element in elements if element[0] == ENCRYPTED_ATTRIBUTES_SEQUENCE), None)
    if found is None:
        raise ActionError("decrypt: the object has no EncryptedAttributesSequence (0400,0500)")
    data = layout.data[found[2] : found[4]]
    (sequence,), _ = Scanner(data).data_set(0, len(data), layout.syntax)
    for item in sequence[5] or ():
        yield {element[0]: data[element[3] : element[4]] for element in item.elements}


def _opened(item: dict[int, bytes], keys: Keys) -> Iterator[Opened]:
    """Yield the content of one envelope, if a key of ours opens it."""
    from fw_gear_deid.formats.dicom.encryption import envelope  # noqa: PLC0415  # slow to load, and few profiles need it

    stated = item.get(ENCRYPTED_CONTENT_TRANSFER_SYNTAX_UID, b"").decode("ascii", "replace").rstrip("\0 ")
    if stated in DEFLATED_UIDS:
        raise ActionError("decrypt: the encrypted attributes are deflated, which is not supported")
    syntax = syntax_of(stated)
    for content in envelope.opened(item.get(ENCRYPTED_CONTENT, b""), keys):
        try:
            elements, _ = Scanner(content).data_set(0, len(content), syntax)
        except UnreadableError:  # noise: it was not for our key
            continue
        found = next((element for element in elements if element[0] == MODIFIED_ATTRIBUTES_SEQUENCE), None)
        if found is not None and found[5]:
            scope = Scope(syntax, values.Coding(little=syntax.little), elements=elements)
            scope.adopt_character_set(content)
            yield Opened(content, found[5][0], scope.coding)
            return
