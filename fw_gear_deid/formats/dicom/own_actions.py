"""Actions that no profile names: what the engine itself does to elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fw_gear_deid.actions import REMOVED

if TYPE_CHECKING:
    from fw_gear_deid.actions import Answer, Occurrence, Scalar


@dataclass(frozen=True, slots=True)
class Constant:
    """An element's value that the engine itself sets.

    Attributes:
        value: the new value; None removes the element.
        inserts: whether the element is created when it is missing.
    """

    key: ClassVar[str] = "replace-with"
    value: str | None
    inserts: bool = False
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = False

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        """Return the value, for an element that is there or may be created."""
        del at
        if value is None and not self.inserts:
            return None
        return REMOVED if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class OwnInstance:
    """MediaStorageSOPInstanceUID becomes the SOPInstanceUID that the object has got (PS3.10 section 7.1)."""

    key: ClassVar[str] = "replace-with"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    personal: ClassVar[bool] = False

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        """Return None: ``making`` asks the record instead."""
        del value, at
        return None
