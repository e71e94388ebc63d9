"""Elements written anew in another transfer syntax: what goes into an envelope, and what comes out of it.

Representations and byte order change, values do not (PS3.5 section 7.1, annex A). What is in the wanted syntax already
keeps its bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.scope import Scope
from fw_gear_deid.formats.dicom.syntax import (
    IMPLICIT_LITTLE,
    ITEM,
    MAX_SHORT_LENGTH,
    SPECIFIC_CHARACTER_SET,
    is_private,
    tag_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.formats.dicom.scanner import Element, Item
    from fw_gear_deid.formats.dicom.syntax import Syntax

UNDEFINED: Final = b"\xff\xff\xff\xff"
WIDTHS: Final = {
    "AT": 2, "OW": 2, "SS": 2, "US": 2,
    "FL": 4, "OF": 4, "OL": 4, "SL": 4, "UL": 4,
    "FD": 8, "OD": 8, "OV": 8, "SV": 8, "UV": 8,
}  # fmt: skip
"""Bytes of one number of a representation; other values have no byte order (PS3.5 section 7.3)."""


class Recoder:
    """Writes elements of one buffer in another transfer syntax.

    Args:
        data: the buffer that the elements' offsets refer to.
        target: the wanted syntax.
        source_coding: how text is coded in the buffer.
        target_coding: how it is to be coded.
    """

    def __init__(self, data: bytes, target: Syntax, source_coding: values.Coding, target_coding: values.Coding) -> None:
        self._data = data
        self._target = target
        self._codings = (source_coding, target_coding)
        self._same_letters = source_coding.encodings == target_coding.encodings

    def element(self, element: Element, scope: Scope, tag: int | None = None) -> bytes:
        """Return one element.

        Args:
            element: with every sequence in it entered.
            scope: the data set it is in.
            tag: the tag it is to have, if another.

        Raises:
            ActionError: it cannot be written in the wanted syntax.
        """
        old, vr, start, value, stop, items = element
        tag = old if tag is None else tag
        if tag == old and self._is_done(element, scope.syntax):
            return self._data[start:stop]
        raw = self._data[value:stop]
        named = vr.decode("ascii") or values.implicit_vr(old, self._creator(old, scope))
        if vr == b"UN" or (named == "UN" and scope.syntax == IMPLICIT_LITTLE):
            # UN is implicit little endian in every syntax, items included (PS3.5 section 6.2.2)
            return self._header(tag, b"UN", raw, undefined=self._data[value - 4 : value] == UNDEFINED)
        if items is not None:
            content = b"".join(self._item(item, scope) for item in items)
            return self._target.header(tag, b"SQ", len(content)) + content
        if self._data[value - 4 : value] == UNDEFINED:  # fragments of an icon's pixel data
            if scope.syntax.little != self._target.little:
                raise ActionError(f"{tag_text(tag)}: fragments cannot be written in another byte order")
            return self._header(tag, vr or b"OB", raw, undefined=True)
        raw = self._value(tag, named, raw, scope.syntax)
        stated = named.encode("ascii")
        if len(raw) > MAX_SHORT_LENGTH and not self._target.is_long(stated):
            stated = b"UN"
        return self._header(tag, stated, raw)

    def representation(self, element: Element, scope: Scope) -> str:
        """Return the value representation an element has."""
        if element[5] is not None:
            return "SQ"
        return element[1].decode("ascii") or values.implicit_vr(element[0], self._creator(element[0], scope))

    def _creator(self, tag: int, scope: Scope) -> str | None:
        if not is_private(tag):
            return None
        return scope.blocks(self._data).get((tag >> 16, tag >> 8 & 0xFF), "")

    def _header(self, tag: int, vr: bytes, raw: bytes, *, undefined: bool = False) -> bytes:
        return self._target.header(tag, vr, 0xFFFFFFFF if undefined else len(raw)) + raw

    def _is_done(self, element: Element, syntax: Syntax) -> bool:
        """Whether an element's bytes are right as they are, at every depth."""
        if syntax != self._target:
            return False
        if element[5] is None or element[1] == b"UN":
            return self._same_letters or element[1].decode("ascii") not in values.CHARACTER_SET_VRS
        return self._same_letters and all(
            self._is_done(inner, item.syntax) for item in element[5] for inner in item.elements
        )

    def _item(self, item: Item, outer: Scope) -> bytes:
        scope = Scope(item.syntax, outer.coding, elements=item.elements)
        own = any(element[0] == SPECIFIC_CHARACTER_SET for element in item.elements)
        recoder = Recoder(self._data, self._target, *((self._codings[0],) * 2 if own else self._codings))
        content = b"".join(recoder.elements(item.elements, scope))
        return self._target.tag_length.pack(ITEM >> 16, ITEM & 0xFFFF, len(content)) + content

    def elements(self, elements: Iterable[Element], scope: Scope) -> list[bytes]:
        """Return elements one by one, without group lengths, which would be wrong.

        Raises:
            ActionError: one of them cannot be written in the wanted syntax.
        """
        return [self.element(element, scope) for element in elements if element[0] & 0xFFFF]

    def _value(self, tag: int, vr: str, raw: bytes, syntax: Syntax) -> bytes:
        if vr in values.CHARACTER_SET_VRS and not self._same_letters and not (raw.isascii() and b"\x1b" not in raw):
            return values.respelled(vr, raw, *self._codings)
        width = WIDTHS.get(vr, 1)
        if width == 1 or syntax.little == self._target.little:
            return raw
        if len(raw) % width:
            raise ActionError(f"{tag_text(tag)}: its length is none that {vr} can have")
        return b"".join(raw[place : place + width][::-1] for place in range(0, len(raw), width))
