"""The originals of elements, sealed in an envelope within the object itself (PS3.15 section E.1, PS3.3 C.12.1.1.4).

An original is a whole element of the data set as it came: of a nested element, the sequence that it is in. Originals go
into one item of ModifiedAttributesSequence, in explicit little endian, and that into an item of
EncryptedAttributesSequence, before the items that are there already.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from fw_gear_deid.actions import REMOVED, Answer, Occurrence, Scalar
from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.dicom.encryption.keys import Keys, read_keys
from fw_gear_deid.formats.dicom.encryption.opening import (
    ENCRYPTED_ATTRIBUTES_SEQUENCE,
    ENCRYPTED_CONTENT,
    ENCRYPTED_CONTENT_TRANSFER_SYNTAX_UID,
    MODIFIED_ATTRIBUTES_SEQUENCE,
    opened,
)
from fw_gear_deid.formats.dicom.encryption.recoding import UNDEFINED, Recoder
from fw_gear_deid.formats.dicom.scanner import Scanner
from fw_gear_deid.formats.dicom.scope import LAST_BLOCK, Scope
from fw_gear_deid.formats.dicom.syntax import (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    ITEM,
    PIXEL_DATA_GROUP,
    SPECIFIC_CHARACTER_SET,
    is_private,
)
from fw_gear_deid.formats.dicom.tags import DATA_SET_TRAILING_PADDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.actions import Action
    from fw_gear_deid.formats.dicom import values
    from fw_gear_deid.formats.dicom.encryption.opening import Originals
    from fw_gear_deid.formats.dicom.layout import Layout
    from fw_gear_deid.formats.dicom.scanner import Element
    from fw_gear_deid.formats.dicom.splicing import Splice
    from fw_gear_deid.formats.dicom.syntax import Syntax
    from fw_gear_deid.problems import Problem
    from fw_gear_deid.profile.model import Section

EXPLICIT_LITTLE_UID: Final = b"1.2.840.10008.1.2.1\0"
GROUP_LENGTH: Final = ENCRYPTED_ATTRIBUTES_SEQUENCE & 0xFFFF0000
LENGTH_FIELD: Final = 4


@dataclass(frozen=True, slots=True)
class Seal:
    """``encrypt`` of an element: it goes, and its original goes into the envelope."""

    key: ClassVar[str] = "encrypt"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    personal: ClassVar[bool] = False

    def apply(self, value: Scalar | None, _at: Occurrence) -> Answer:
        """Return ``REMOVED`` for an element that is there."""
        return None if value is None else REMOVED


@dataclass(frozen=True, slots=True)
class Restore:
    """``decrypt`` of an element: it becomes what the envelope holds of it, which whoever runs the step looks up."""

    key: ClassVar[str] = "decrypt"
    inserts: ClassVar[bool] = True
    repeats: ClassVar[bool] = False
    personal: ClassVar[bool] = False

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        """Return None."""
        del value, at
        return None


SEALED: Final[Mapping[str, Action]] = {Seal.key: Seal(), Restore.key: Restore()}
"""What stands for the actions that work through an envelope."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What a section does with originals.

    Attributes:
        keys: what seals and opens envelopes.
        retains: whether the originals of all elements that change are kept.
        opens: whether a rule decrypts.
    """

    keys: Keys
    retains: bool
    opens: bool

    def opened(self, layout: Layout, elements: list[Element]) -> Originals | None:
        """Return what the object's envelopes hold; None when no rule asks for it.

        Raises:
            ActionError: it has none, or the keys open none of them.
        """
        return opened(layout, elements, self.keys) if self.opens else None

    def with_envelope(
        self,
        layout: Layout,
        elements: list[Element],
        splices: list[Splice],
        named: set[int],
        coding: values.Coding,
    ) -> list[Splice]:
        """Return the changes to a data set and the envelope with its originals among them.

        Args:
            layout: the object.
            elements: its data set.
            splices: what changes in it.
            named: tags of the elements, or of the sequences around them, that a rule encrypts.
            coding: how its text is coded.

        Raises:
            ActionError: an original cannot be kept.
        """
        tags = named | (_touched(elements, splices) if self.retains else set())
        chosen = _chosen(elements, tags)
        if not chosen:
            return splices
        from fw_gear_deid.formats.dicom.encryption import envelope  # noqa: PLC0415  # slow to load, and few profiles need it

        content = _content(layout, elements, chosen, coding)
        return _placed(layout, elements, splices, envelope.sealed(content, self.keys))


def read_sealing(section: Section) -> tuple[Sealing | None, list[Problem]]:
    """Return what a section does with originals, None for nothing, and what is wrong with its keys."""
    asked = {rule.action.key for rule in section.rules}
    retains, opens = section.flag("retain"), Restore.key in asked
    seals = retains or Seal.key in asked
    if not seals and not opens:
        return None, []
    keys, problems = read_keys(section, seals=seals, opens=opens)
    return Sealing(keys, retains, opens), problems


def _touched(elements: list[Element], splices: list[Splice]) -> set[int]:
    """Return the tags of elements that splices change, and not of those they only stand between."""
    starts = [element[2] for element in elements]
    tags = set()
    for start, stop, _ in splices:
        element = elements[max(0, bisect_right(starts, start) - 1)] if elements else None
        if element is not None and (start < stop or element[2] < start < element[4]):
            tags.add(element[0])
    return tags


def _chosen(elements: list[Element], tags: set[int]) -> list[Element]:
    """Return the elements to keep, and the private creators without which they mean nothing (PS3.5 section 7.8.1)."""
    creators = {tag & 0xFFFF0000 | tag >> 8 & 0xFF for tag in tags if is_private(tag) and tag & 0xFFFF > LAST_BLOCK}
    wanted = {tag for tag in tags | creators if tag & 0xFFFF and tag != DATA_SET_TRAILING_PADDING}
    if any(tag >> 16 == PIXEL_DATA_GROUP for tag in wanted):
        raise ActionError("pixel data cannot be kept in the envelope of encrypted attributes; leave it as it is")
    return [element for element in elements if element[0] in wanted]


def _content(layout: Layout, elements: list[Element], chosen: list[Element], coding: values.Coding) -> bytes:
    """Return the data set that is sealed: the character set of the originals, and the originals."""
    character_sets = [element for element in elements if element[0] == SPECIFIC_CHARACTER_SET]
    data = b"".join(layout.data[element[2] : element[4]] for element in chosen)
    entered, _ = Scanner(data).data_set(0, len(data), layout.syntax)
    creators = Scope(layout.syntax, coding, elements=elements).blocks(layout.data)
    scope = Scope(layout.syntax, coding, elements=entered, creators=creators)
    item = b"".join(Recoder(data, EXPLICIT_LITTLE, coding, coding).elements(entered, scope))
    outer = b"".join(
        EXPLICIT_LITTLE.header(SPECIFIC_CHARACTER_SET, b"CS", stop - value) + layout.data[value:stop]
        for _, _, _, value, stop, _ in character_sets[:1]
    )
    header = EXPLICIT_LITTLE.header(MODIFIED_ATTRIBUTES_SEQUENCE, b"SQ", len(item) + len(_item(b"", EXPLICIT_LITTLE)))
    return outer + header + _item(item, EXPLICIT_LITTLE)


def _item(content: bytes, syntax: Syntax) -> bytes:
    return syntax.tag_length.pack(ITEM >> 16, ITEM & 0xFFFF, len(content)) + content


def _envelope_item(sealed: bytes, syntax: Syntax) -> bytes:
    padded = sealed + b"\0" * (len(sealed) % 2)
    return _item(
        syntax.header(ENCRYPTED_CONTENT_TRANSFER_SYNTAX_UID, b"UI", len(EXPLICIT_LITTLE_UID))
        + EXPLICIT_LITTLE_UID
        + syntax.header(ENCRYPTED_CONTENT, b"OB", len(padded))
        + padded,
        syntax,
    )


def _placed(layout: Layout, elements: list[Element], splices: list[Splice], sealed: bytes) -> list[Splice]:
    """Return splices with the envelope put in: first in the sequence that is there, else in a new one."""
    lengths = [element for element in elements if element[0] == GROUP_LENGTH]
    for _, _, start, _, stop, _ in lengths:  # retired, and no longer right
        others = [splice for splice in splices if not start <= splice[0] < stop]
        splices = _merged(others, (start, stop, b""), layout.syntax)
    old = next((element for element in elements if element[0] == ENCRYPTED_ATTRIBUTES_SEQUENCE), None)
    if old is None or (old[2], old[4], b"") in splices:
        item = _envelope_item(sealed, layout.syntax)
        new = layout.syntax.header(ENCRYPTED_ATTRIBUTES_SEQUENCE, b"SQ", len(item)) + item
        place = next((element[2] for element in elements if element[0] > ENCRYPTED_ATTRIBUTES_SEQUENCE), None)
        place = place if place is not None else elements[-1][4]
        return _merged(splices, (place, place, new), layout.syntax)
    return _merged(splices, _prepended(layout, old, splices, sealed), layout.syntax)


def _prepended(layout: Layout, old: Element, splices: list[Splice], sealed: bytes) -> Splice:
    """Return the splice that puts the envelope before those that are there."""
    _, vr, start, value, stop, _ = old
    if any(start < splice[1] and splice[0] < stop for splice in splices):
        raise ActionError("no rule may act inside EncryptedAttributesSequence (0400,0500) when others encrypt")
    item = _envelope_item(sealed, IMPLICIT_LITTLE if vr == b"UN" else layout.syntax)
    if layout.data[value - LENGTH_FIELD : value] == UNDEFINED:
        return value, value, item
    length = layout.syntax.length.pack(len(item) + stop - value)
    return value - LENGTH_FIELD, value, length + item


def _merged(splices: list[Splice], new: Splice, syntax: Syntax) -> list[Splice]:
    """Return splices with one more in its place: by offset, and between elements created at one offset by tag."""
    at = next((place for place, splice in enumerate(splices) if _comes_after(splice, new, syntax)), len(splices))
    return [*splices[:at], new, *splices[at:]]


def _comes_after(splice: Splice, new: Splice, syntax: Syntax) -> bool:
    start, stop, content = splice
    if start != new[0] or start < stop:
        return start >= new[0]
    if len(content) < syntax.tag_length.size:
        return False
    group, number, _ = syntax.tag_length.unpack_from(content)
    tag = group << 16 | number
    return bool(ENCRYPTED_ATTRIBUTES_SEQUENCE < tag != ITEM)
