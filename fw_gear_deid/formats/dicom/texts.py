"""Top-level elements of a file as text, as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_deid.errors import ActionError
from fw_gear_deid.formats.dicom import values
from fw_gear_deid.formats.dicom.character_sets import encodings_of
from fw_gear_deid.formats.dicom.scanner import TAG_OF
from fw_gear_deid.formats.dicom.syntax import SPECIFIC_CHARACTER_SET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fw_gear_deid.formats.dicom.layout import Layout
    from fw_gear_deid.formats.dicom.scanner import Element


class Texts:
    """Reads top-level elements of the source as text.

    Args:
        layout: the source.
        elements: its data set.
        lenient: the profile's ``decode``.
    """

    def __init__(self, layout: Layout, elements: Sequence[Element], *, lenient: bool) -> None:
        self._data = layout.data
        self._by_tag = dict(zip(map(TAG_OF, elements), elements, strict=True))
        self.lenient = lenient
        self.coding = values.Coding(little=layout.syntax.little)
        character_set = self._by_tag.get(SPECIFIC_CHARACTER_SET)
        if character_set is not None and character_set[4] > character_set[3]:
            encodings = encodings_of(self._data[character_set[3] : character_set[4]])
            self.coding = values.Coding(encodings, layout.syntax.little)

    def element(self, tag: int) -> Element | None:
        """Return where an element stands, None when it is missing."""
        return self._by_tag.get(tag)

    def present(self, tags: frozenset[int]) -> frozenset[int]:
        """Return which of some elements are there."""
        return tags & self._by_tag.keys()

    def vr(self, element: Element) -> str:
        """Return an element's value representation."""
        return element[1].decode("ascii") or values.implicit_vr(element[0], None)

    def raw(self, element: Element) -> bytes:
        """Return an element's encoded value."""
        return self._data[element[3] : element[4]]

    def stated(self, tags: Iterable[int]) -> tuple[tuple[int, bytes, bytes], ...]:
        """Return tag, stated representation and encoded value of those of some elements that are there."""
        found = map(self._by_tag.get, tags)
        data = self._data
        return tuple((each[0], each[1], data[each[3] : each[4]]) for each in found if each is not None)

    def encoded(self, tags: Iterable[int]) -> tuple[bytes, ...]:
        """Return the encoded values of some elements, nothing for one that is missing."""
        found = map(self._by_tag.get, tags)
        return tuple(b"" if element is None else self._data[element[3] : element[4]] for element in found)

    def text(self, tag: int) -> str:
        """Return an element's text, ``""`` for one that is missing."""
        return ",".join(self.parts(tag))

    def parts(self, tag: int) -> list[str]:
        """Return an element's values, none for one that is missing.

        Raises:
            ActionError: they cannot be read.
        """
        element = self._by_tag.get(tag)
        if element is None:
            return []
        return values.parts(self.vr(element), self.raw(element), self.coding, lenient=self.lenient)

    def find(self, tag: int) -> str | None:
        """Return an element's text, None for one that is missing or holds no text."""
        element = self._by_tag.get(tag)
        if element is None or (element[3] == element[4] and self.vr(element) in values.NOTHING_WHEN_EMPTY):
            return None
        return self.text(tag)

    def legible(self, tag: int) -> str:
        """Return an element's text for the log, ``""`` for one that cannot be read: no rule may need it."""
        try:
            return self.text(tag)
        except ActionError:
            return ""
