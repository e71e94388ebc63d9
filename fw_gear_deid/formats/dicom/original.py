"""A DICOM object as it came, once its elements were found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fw_gear_deid.formats.base import Content
    from fw_gear_deid.formats.dicom.layout import Layout
    from fw_gear_deid.formats.dicom.scanner import Element
    from fw_gear_deid.formats.dicom.texts import Texts


@dataclass(frozen=True, slots=True)
class Original:
    """An object before its rules.

    Attributes:
        content: its bytes.
        layout: its parts.
        elements: its data set.
        end: where the data set ends.
        texts: reads its elements.
    """

    content: Content
    layout: Layout
    elements: list[Element]
    end: int
    texts: Texts
