"""Values that say nothing: what action code D puts in an element, by its value representation (PS3.15 section E.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.dicom.encryption.opening import Restored
from fw_gear_deid.formats.dicom.values import NUMBER_FORMATS

if TYPE_CHECKING:
    from fw_gear_deid.actions import Scalar
    from fw_gear_deid.formats.dicom.scope import Scope

WORD: Final = "ANONYMIZED"
DAY: Final = "19000101"

_TEXTS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT", "UN"), WORD),
    **dict.fromkeys(NUMBER_FORMATS, 0),
    "AS": "000Y",
    "AT": "",
    "DA": DAY,
    "DS": "0",
    "DT": DAY + "000000",
    "IS": "0",
    "TM": "000000",
    "UI": "2.25.0",
    "UR": "urn:anonymized",
}
_NOTHING: Final = bytes(8)
"""A binary value; of the length of the longest item that a binary representation has."""

TELLING_VRS: Final = frozenset(
    ("AE", "AS", "DA", "DT", "LO", "LT", "OB", "PN", "SH", "ST", "TM", "UC", "UN", "UR", "UT")
)
"""Representations of values that can tell a person, where nothing says what they are: no coded words, no numbers."""


def dummy(tag: int, stated: bytes, vr: str, scope: Scope) -> Scalar | Restored | None:
    """Return the value that stands in for any other; None for a sequence, whose items stay.

    Args:
        tag: the element.
        stated: its representation as the object states it, empty if it does not.
        vr: its representation.
        scope: the data set that it stands in.
    """
    if vr == "SQ":
        return None
    if vr in _TEXTS:
        return _TEXTS[vr]
    header = scope.syntax.header(tag, stated or vr.encode("ascii"), len(_NOTHING))
    return Restored(vr, _NOTHING, header + _NOTHING)
