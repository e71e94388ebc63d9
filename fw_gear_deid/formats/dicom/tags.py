"""Tags of elements that several modules ask for; those that structure a data set are in ``syntax``."""

from __future__ import annotations

from typing import Final

TRANSFER_SYNTAX_UID: Final = 0x00020010
SOP_CLASS_UID: Final = 0x00080016
SOP_INSTANCE_UID: Final = 0x00080018
MODALITY: Final = 0x00080060
CODE_VALUE: Final = 0x00080100
CODING_SCHEME_DESIGNATOR: Final = 0x00080102
CODING_SCHEME_VERSION: Final = 0x00080103
CODE_MEANING: Final = 0x00080104
LONG_CODE_VALUE: Final = 0x00080119
URN_CODE_VALUE: Final = 0x00080120
ENCAPSULATED_DOCUMENT: Final = 0x00420011
FLOAT_PIXEL_DATA: Final = 0x7FE00008
DOUBLE_FLOAT_PIXEL_DATA: Final = 0x7FE00009
PIXEL_DATA: Final = 0x7FE00010
DATA_SET_TRAILING_PADDING: Final = 0xFFFCFFFC

PIXELS: Final = frozenset({FLOAT_PIXEL_DATA, DOUBLE_FLOAT_PIXEL_DATA, PIXEL_DATA})
"""What may hold the pixels of an object."""
