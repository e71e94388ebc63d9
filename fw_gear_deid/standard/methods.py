"""How an object says what was done to it: codes of DICOM PS3.16 CID 7050, de-identification methods."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fw_gear_deid.standard.confidentiality import ProfileOption

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEME: Final = "DCM"


@dataclass(frozen=True, slots=True)
class Method:
    """A code of the context group.

    Attributes:
        value: its code value in the scheme DCM.
        meaning: its code meaning.
    """

    value: str
    meaning: str


BASIC_PROFILE: Final = Method("113100", "Basic Application Confidentiality Profile")
CLEAN_PIXEL_DATA: Final = Method("113101", "Clean Pixel Data Option")
OPTION_METHODS: Final[Mapping[ProfileOption, Method]] = MappingProxyType(
    {
        ProfileOption.GRAPHICS: Method("113103", "Clean Graphics Option"),
        ProfileOption.STRUCTURED_CONTENT: Method("113104", "Clean Structured Content Option"),
        ProfileOption.DESCRIPTORS: Method("113105", "Clean Descriptors Option"),
        ProfileOption.FULL_DATES: Method("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
        ProfileOption.MODIFIED_DATES: Method(
            "113107", "Retain Longitudinal Temporal Information Modified Dates Option"
        ),
        ProfileOption.PATIENT: Method("113108", "Retain Patient Characteristics Option"),
        ProfileOption.DEVICE: Method("113109", "Retain Device Identity Option"),
        ProfileOption.UIDS: Method("113110", "Retain UIDs Option"),
        ProfileOption.SAFE_PRIVATE: Method("113111", "Retain Safe Private Option"),
        ProfileOption.INSTITUTION: Method("113112", "Retain Institution Identity Option"),
    }
)
"""The code of each option, in the order of the codes."""
