"""Gates: DICOM objects that may show or tell a person where no rule reaches, known by their elements.

What an object is, its source says, for rules may take that away; whether a document or an overlay is still inside, its
copy says. Source of attributes and terms: DICOM PS3.3 sections C.7.6.1.1.2 (Image Type), C.8.6.1 (Conversion Type),
C.12.1 (SOP Common), and PS3.4 Annex B for SOP classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.base import Raised
from fw_gear_deid.profile.gates import WORDS, Gate, Policy
from fw_gear_deid.standard.images import HEADS, LABELLED, is_capture, is_photographed, is_report, shows_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fw_gear_deid.formats.dicom.editor import Splice
    from fw_gear_deid.formats.dicom.texts import Texts

IMAGE_TYPE: Final = 0x00080008
SOP_CLASS_UID: Final = 0x00080016
MODALITY: Final = 0x00080060
CONVERSION_TYPE: Final = 0x00080064
BODY_PART_EXAMINED: Final = 0x00180015
SEQUENCE_OF_ULTRASOUND_REGIONS: Final = 0x00186011
BURNED_IN_ANNOTATION: Final = 0x00280301
RECOGNIZABLE_VISUAL_FEATURES: Final = 0x00280302
CONTENT_SEQUENCE: Final = 0x0040A730
ENCAPSULATED_DOCUMENT: Final = 0x00420011
DESCRIPTIONS: Final = (BODY_PART_EXAMINED, 0x00081030, 0x0008103E, 0x00181030)
"""Where the region of the body may stand: also StudyDescription, SeriesDescription, ProtocolName."""
PIXELS: Final = frozenset({0x7FE00010, 0x7FE00008, 0x7FE00009})
OVERLAYS: Final = frozenset(range(0x60003000, 0x60203000, 0x00020000))
"""OverlayData of every overlay plane (PS3.3 section C.9.2)."""


def raised(texts: Texts, splices: list[Splice], policies: Mapping[Gate, Policy]) -> tuple[Raised, ...]:
    """Return the gates at which an object is stopped or warned of.

    Args:
        texts: the object as it came.
        splices: what the rules change of it.
        policies: what the profile says of each gate.
    """
    found = []
    for gate, doubt in _DOUBTS.items():
        policy = policies.get(gate, Policy.WARN)
        if policy is not Policy.PASS and (why := doubt(texts, splices)):
            found.append(Raised(str(gate), f"{WORDS[gate]}: {why}", withholds=policy is Policy.WITHHOLD))
    return tuple(found)


def _burned_in(texts: Texts, _: list[Splice]) -> str:
    if not texts.present(PIXELS):
        return ""
    said = _code(texts, BURNED_IN_ANNOTATION)
    if said == "YES":
        return "BurnedInAnnotation says so"
    if is_capture(_code(texts, IMAGE_TYPE)):
        return "ImageType says that it shows a screen"
    return "" if said == "NO" else next(_likely_burned_in(texts), "")


def _likely_burned_in(texts: Texts) -> Iterator[str]:
    if is_photographed(_code(texts, SOP_CLASS_UID)):
        yield "its SOP class is one of secondary capture, ultrasound or photography"
    modality = _code(texts, MODALITY)
    if modality in LABELLED:
        yield f"images of modality {modality} often are, and BurnedInAnnotation does not say NO"
    if _has(texts, CONVERSION_TYPE):
        yield "ConversionType says that it was captured or scanned"
    if _has(texts, SEQUENCE_OF_ULTRASOUND_REGIONS):
        yield "it has ultrasound regions"


def _face(texts: Texts, _: list[Splice]) -> str:
    if not texts.present(PIXELS):
        return ""
    said = _code(texts, RECOGNIZABLE_VISUAL_FEATURES)
    if said == "YES":
        return "RecognizableVisualFeatures says so"
    if said == "NO" or _code(texts, MODALITY) not in HEADS:
        return ""
    described = b" ".join(texts.raw(element) for tag in DESCRIPTIONS if (element := texts.element(tag))).lower()
    return "it is a CT, MR or PET image of the head" if shows_head(described.decode("latin-1")) else ""


def _document(texts: Texts, splices: list[Splice]) -> str:
    if _stays(texts, ENCAPSULATED_DOCUMENT, splices):
        return "EncapsulatedDocument"
    told = is_report(_code(texts, SOP_CLASS_UID))
    return "ContentSequence of a report" if told and _stays(texts, CONTENT_SEQUENCE, splices) else ""


def _overlay(texts: Texts, splices: list[Splice]) -> str:
    return "OverlayData" if any(_stays(texts, tag, splices) for tag in texts.present(OVERLAYS)) else ""


_DOUBTS: Final = {
    Gate.BURNED_IN: _burned_in,
    Gate.FACE: _face,
    Gate.DOCUMENT: _document,
    Gate.OVERLAY: _overlay,
}


def _has(texts: Texts, tag: int) -> bool:
    element = texts.element(tag)
    return element is not None and element[4] > element[3]


def _stays(texts: Texts, tag: int, splices: list[Splice]) -> bool:
    """Whether an element has a value that no rule takes away or replaces as a whole."""
    element = texts.element(tag)
    if element is None or element[4] <= element[3]:
        return False
    return not any(start <= element[2] and stop >= element[4] for start, stop, _ in splices)


def _code(texts: Texts, tag: int) -> str:
    """Return the value of a coded or UID element, in capitals, without padding."""
    element = texts.element(tag)
    return "" if element is None else texts.raw(element).decode("latin-1").strip(" \0").upper()
