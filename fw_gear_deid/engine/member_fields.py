"""What an archive's new name may ask for: fields of its members after their rules."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.multival import MultiValue

from fw_gear_deid.profile.settings import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

DICOM = "dicom"


class MemberFields:
    """The fields of the first member of each section that has a copy.

    Args:
        names: the fields that are asked for at all.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._found: dict[str, Callable[[str], str | None]] = {}

    def wants(self, section: str) -> bool:
        """Whether a member of this section is to be looked into."""
        return bool(self._names) and section not in self._found

    def add(self, section: str, field: Callable[[str], str | None]) -> None:
        """Take the fields of a member."""
        self._found[section] = field

    def get(self, name: str) -> str | None:
        """Return a field of the first section, in their fixed order, whose member has it; None when none has."""
        values = (self._found[section](name) for section in SECTIONS if section in self._found)
        return next((value for value in values if value), None)


def dicom_fields(head: bytes) -> Callable[[str], str | None]:
    """Return a look-up of the fields of a de-identified DICOM object, by keyword.

    Args:
        head: the object's bytes, at least up to its pixel data.
    """
    dataset = dcmread(io.BytesIO(head), stop_before_pixels=True, force=True)

    def field(keyword: str) -> str | None:
        value = dataset.get(keyword)
        if isinstance(value, MultiValue):
            return ",".join(str(part) for part in value)
        return None if value is None else str(value)

    return field
