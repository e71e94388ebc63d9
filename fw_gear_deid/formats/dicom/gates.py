"""Gates: DICOM objects that may show or tell a person where no rule reaches, known by their elements.

What an object is, its source says, for rules may take that away; whether a document or an overlay is still inside, its
copy says. Source of attributes and terms: DICOM PS3.3 sections C.7.6.1.1.2 (Image Type), C.8.6.1 (Conversion Type),
C.12.1 (SOP Common), and PS3.4 Annex B for SOP classes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.base import Raised
from fw_gear_deid.formats.dicom.tags import ENCAPSULATED_DOCUMENT, MODALITY, PIXELS, SOP_CLASS_UID
from fw_gear_deid.profile.gates import WORDS, Gate, Policy
from fw_gear_deid.standard.images import HEADS, LABELLED, is_capture, is_photographed, is_report, shows_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fw_gear_deid.formats.dicom.splicing import Splice
    from fw_gear_deid.formats.dicom.texts import Texts

IMAGE_TYPE: Final = 0x00080008
CONVERSION_TYPE: Final = 0x00080064
BODY_PART_EXAMINED: Final = 0x00180015
SEQUENCE_OF_ULTRASOUND_REGIONS: Final = 0x00186011
BURNED_IN_ANNOTATION: Final = 0x00280301
RECOGNIZABLE_VISUAL_FEATURES: Final = 0x00280302
CONTENT_SEQUENCE: Final = 0x0040A730
BY_WRITING: Final = (
    BURNED_IN_ANNOTATION, IMAGE_TYPE, SOP_CLASS_UID, MODALITY, CONVERSION_TYPE, SEQUENCE_OF_ULTRASOUND_REGIONS,
)  # fmt: skip
"""What tells whether writing is likely in the pixels."""
BY_FACE: Final = (RECOGNIZABLE_VISUAL_FEATURES, MODALITY, BODY_PART_EXAMINED, 0x00081030, 0x0008103E, 0x00181030)
"""What tells whether a face is likely; the last ones: StudyDescription, SeriesDescription, ProtocolName."""
KEPT: Final = 256
"""Answers that are kept: the objects of a series have the same values here."""
OVERLAYS: Final = frozenset(range(0x60003000, 0x60203000, 0x00020000))
"""OverlayData of every overlay plane (PS3.3 section C.9.2)."""


def raised(texts: Texts, splices: list[Splice], policies: Mapping[Gate, Policy]) -> tuple[Raised, ...]:
    """Return the gates at which an object is stopped or warned of.

    Args:
        texts: the object as it came.
        splices: what the rules change of it.
        policies: what the profile says of each gate.
    """
    pictured = bool(texts.present(PIXELS))
    doubts = {
        Gate.BURNED_IN: _burned_in(texts.encoded(BY_WRITING)) if pictured else "",
        Gate.FACE: _face(texts.encoded(BY_FACE)) if pictured else "",
        Gate.DOCUMENT: _document(texts, splices),
        Gate.OVERLAY: _overlay(texts, splices),
    }
    found = []
    for gate, why in doubts.items():
        policy = policies.get(gate, Policy.WARN)
        if why and policy is not Policy.PASS:
            found.append(Raised(str(gate), f"{WORDS[gate]}: {why}", withholds=policy is Policy.WITHHOLD))
    return tuple(found)


@lru_cache(maxsize=KEPT)
def _burned_in(encoded: tuple[bytes, ...]) -> str:
    """Return why text is likely in the pixels, by the values of ``BY_WRITING``."""
    said, image_type, sop_class, modality, conversion, regions = encoded
    if _code(said) == "YES":
        return "BurnedInAnnotation says so"
    if is_capture(_code(image_type)):
        return "ImageType says that it shows a screen"
    if _code(said) == "NO":
        return ""
    if is_photographed(_code(sop_class)):
        return "its SOP class is one of secondary capture, ultrasound or photography"
    if _code(modality) in LABELLED:
        return f"images of modality {_code(modality)} often are, and BurnedInAnnotation does not say NO"
    captured = "ConversionType says that it was captured or scanned" if conversion else ""
    return captured or ("it has ultrasound regions" if regions else "")


@lru_cache(maxsize=KEPT)
def _face(encoded: tuple[bytes, ...]) -> str:
    """Return why a face is likely to show, by the values of ``BY_FACE``."""
    said, modality, *descriptions = encoded
    if _code(said) == "YES":
        return "RecognizableVisualFeatures says so"
    if _code(said) == "NO" or _code(modality) not in HEADS:
        return ""
    described = b" ".join(descriptions).lower()
    return "it is a CT, MR or PET image of the head" if shows_head(described.decode("latin-1")) else ""


def _document(texts: Texts, splices: list[Splice]) -> str:
    if _stays(texts, ENCAPSULATED_DOCUMENT, splices):
        return "EncapsulatedDocument"
    told = _stays(texts, CONTENT_SEQUENCE, splices) and is_report(_code(*texts.encoded((SOP_CLASS_UID,))))
    return "ContentSequence of a report" if told else ""


def _overlay(texts: Texts, splices: list[Splice]) -> str:
    return "OverlayData" if any(_stays(texts, tag, splices) for tag in texts.present(OVERLAYS)) else ""


def _stays(texts: Texts, tag: int, splices: list[Splice]) -> bool:
    """Whether an element has a value that no rule takes away or replaces as a whole."""
    element = texts.element(tag)
    if element is None or element[4] <= element[3]:
        return False
    return not any(start <= element[2] and stop >= element[4] for start, stop, _ in splices)


def _code(encoded: bytes) -> str:
    """Return the value of a coded or UID element, in capitals, without padding."""
    return encoded.decode("latin-1").strip(" \0").upper()
