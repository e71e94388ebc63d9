"""Which images are likely to show writing or a face, told by their coded elements.

Source: DICOM PS3.3 sections C.7.6.1.1.2 (Image Type) and C.7.3.1.1.1 (Modality), PS3.4 annex B for SOP classes; values
of Image Type for pictures of a screen are manufacturers' own.
"""

from __future__ import annotations

import re
from typing import Final

_IMAGE: Final = "1.2.840.10008.5.1.4.1.1"
_PHOTOGRAPHED: Final = tuple(f"{_IMAGE}{root}" for root in (".7", ".7.", ".6.1", ".6.2", ".3.1", ".77.1."))
"""Roots of SOP classes; one that ends with a dot stands for all below it."""
_REPORTS: Final = f"{_IMAGE}.88."
_CAPTURES: Final = ("SCREEN SAVE", "SCREENSHOT", "SCREEN CAPTURE", "SCREENSAVE", "CSA REPORT")
_HEAD: Final = re.compile(
    r"(?<![a-z])(head|brain|skull|face|facial|orbits?|sinus(es)?|iac|pituitary|neuro|cranial|cranium|cerebral|headneck)(?![a-z])"
)
_FACELESS: Final = re.compile(r"deface|skull.?strip|brain.?extract")

LABELLED: Final = frozenset(
    ("CR", "DX", "ES", "GM", "IO", "IVUS", "MG", "OP", "OT", "PX", "RF", "SC", "US", "XA", "XC")
)
"""Modalities whose images often carry text: radiographs, films, photographs, ultrasound."""

HEADS: Final = frozenset(("CT", "MR", "PT"))
"""Modalities from whose images of the head a face can be made."""


def is_photographed(sop_class: str) -> bool:
    """Whether a SOP class is one of secondary capture, ultrasound or visible light, whose devices write text."""
    return any(sop_class == root or (root.endswith(".") and sop_class.startswith(root)) for root in _PHOTOGRAPHED)


def is_report(sop_class: str) -> bool:
    """Whether a SOP class is one of structured reports."""
    return sop_class.startswith(_REPORTS)


def is_capture(image_type: str) -> bool:
    """Whether Image Type, in capitals, says that an image shows a screen."""
    return any(capture in image_type for capture in _CAPTURES)


def shows_head(described: str) -> bool:
    """Whether what is said of an image, in small letters, tells of a head that still has its face."""
    return _FACELESS.search(described) is None and _HEAD.search(described) is not None
