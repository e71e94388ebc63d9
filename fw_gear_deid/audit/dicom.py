"""What is wrong with one DICOM object, read by pydicom: nothing is shared with the editor."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from fw_gear_deid.audit.concerns import Concern, Sort, possibly, shortened
from fw_gear_deid.audit.telling import TEXT_REPRESENTATIONS, direct_kind, of_row, tells
from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.identity.elements import ELEMENTS
from fw_gear_deid.scan.dicom_bytes import META_LENGTH
from fw_gear_deid.standard.confidentiality import identifying
from fw_gear_deid.standard.images import HEADS, LABELLED, is_capture, is_photographed, is_report, shows_head
from fw_gear_deid.standard.private import Source, safe_elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import Dataset
    from pydicom.tag import BaseTag

_STAMP: Final = re.compile(rb"\x12\x00\x62\x00(?:CS..|....)YES[ \0]", re.DOTALL)
_METHODS: Final = (b"\x12\x00\x63\x00", b"\x12\x00\x64\x00")
_SKIPPED: Final = frozenset({"SQ", "OB", "OW", "OF", "OD", "OL", "OV", "AT"})
_DESCRIPTIONS: Final = ("BodyPartExamined", "StudyDescription", "SeriesDescription", "ProtocolName")
_CREATORS: Final = 0xFF
_OVERLAYS: Final = range(0x60003000, 0x60203000, 0x00020000)
_PIXELS: Final = (0x7FE00010, 0x7FE00008, 0x7FE00009)


def is_stamped(data: bytes) -> bool:
    """Whether an object says that its patient's identity was removed, and how (PS3.3 section C.7.1.1)."""
    head = bytes(data[: META_LENGTH * 4])
    return _STAMP.search(head) is not None and any(tag in head for tag in _METHODS)


def concerns(data: bytes, *, strict: bool) -> Iterator[Concern]:
    """Yield what is wrong with an object by its elements.

    Args:
        data: the whole object.
        strict: whether dates, UIDs, devices, institutions and faces count.

    Raises:
        UnreadableError: pydicom cannot read it.
    """
    from pydicom import dcmread  # noqa: PLC0415  # slow to load

    try:
        dataset = dcmread(io.BytesIO(data), force=True)
        walk = _Walk(strict, is_stamped(data))
        found = [*walk.over(dataset.file_meta, ()), *walk.over(dataset, ()), *walk.private_blocks()]
        found += _doubtful(dataset, strict=strict)
    except Exception as error:  # noqa: BLE001  # pydicom raises any kind on odd objects; the text may hold a value
        raise UnreadableError(f"pydicom cannot read it: {type(error).__name__}") from None
    yield from found


@dataclass(slots=True)
class _Walk:
    """A walk through one object.

    Attributes:
        strict: as of ``concerns``.
        stamped: whether the object says that it is de-identified.
        private: number of unsafe private elements by sequence, group and creator.
    """

    strict: bool
    stamped: bool
    private: Counter[tuple[str, int, str]] = field(default_factory=Counter)

    def over(self, dataset: Dataset, above: tuple[str, ...]) -> Iterator[Concern]:
        """Yield what is wrong with the elements of a data set, at every depth."""
        for tag in list(dataset.keys()):
            raw = dataset.get_item(tag)
            if tag.is_private and tag.element > _CREATORS and raw.value not in (None, "", b""):
                self._count(dataset, tag, above)
            stated = "" if raw.VR in {None, "UN"} else raw.VR
            representation = stated or _representation(int(tag))
            if representation == "SQ" or (tag.is_private and not stated):
                name = _keyword(int(tag))
                element = dataset[tag]
                for number, item in enumerate(element.value if element.VR == "SQ" else ()):
                    yield from self.over(item, (*above, f"{name}[{number}]"))
            elif not tag.is_private and raw.value not in (None, "", b"") and self._counts(int(tag), representation):
                concern = self._of(tag, representation, ".".join((*above, _keyword(int(tag)))), dataset[tag].value)
                if concern is not None:
                    yield concern

    def _counts(self, tag: int, representation: str) -> bool:
        """Whether an element is one that can tell; the others are left encoded, which takes less time."""
        if representation in TEXT_REPRESENTATIONS or tag in ELEMENTS:
            return True
        return self.strict and representation not in _SKIPPED and identifying(tag) is not None

    def _of(self, tag: BaseTag, representation: str, where: str, value: object) -> Concern | None:
        text = _text(value)
        name = where.rpartition(".")[2]
        if direct_kind(name) is not None:
            return tells(name, where, text, strict=self.strict, stamped=self.stamped)
        concern = possibly(Sort.TEXT, where, name, shortened(text))
        return of_row(identifying(int(tag)), representation, concern, strict=self.strict)

    def _count(self, dataset: Dataset, tag: BaseTag, above: tuple[str, ...]) -> None:
        """Count a private element that nobody knows to be safe."""
        named = dataset.get((tag.group, tag.element >> 8))
        creator = str(named.value).strip() if named is not None and named.value else ""
        if (tag.group, creator, tag.element & _CREATORS) not in _safe():
            self.private[".".join(above), tag.group, creator] += 1

    def private_blocks(self) -> Iterator[Concern]:
        """Yield the private blocks that hold unsafe elements."""
        for (above, group, creator), count in self.private.items():
            block = f'({group:04x},"{creator}")' if creator else f"({group:04x}), no creator"
            why = f"{count} private element{'' if count == 1 else 's'} that neither PS3.15 nor TCIA knows to be safe"
            yield possibly(Sort.PRIVATE, f"{above}.{block}" if above else block, why)


@lru_cache(maxsize=1 << 12)
def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag  # noqa: PLC0415  # slow to load

    return keyword_for_tag(tag) or f"({tag >> 16:04x},{tag & 0xFFFF:04x})"


@lru_cache(maxsize=1 << 12)
def _representation(tag: int) -> str:
    from pydicom.datadict import dictionary_has_tag, dictionary_VR  # noqa: PLC0415  # slow to load

    return dictionary_VR(tag) if dictionary_has_tag(tag) else ""


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.rstrip(b"\0 ").decode("latin-1")
    if isinstance(value, list) or type(value).__name__ == "MultiValue":
        return "\\".join(map(str, value))  # type: ignore[call-overload]  # a list of pydicom's own
    return str(value)


@cache
def _safe() -> frozenset[tuple[int, str, int]]:
    return frozenset((each.group, each.creator, each.offset) for source in Source for each in safe_elements(source))


def _doubtful(dataset: Dataset, *, strict: bool) -> Iterator[Concern]:
    """Yield why an object may show or tell a person where elements do not say it."""
    if any(tag in dataset for tag in _PIXELS):
        if why := _writing(dataset):
            yield possibly(Sort.PIXELS, "PixelData", why)
        described = " ".join(str(dataset.get(name, "")) for name in _DESCRIPTIONS).lower()
        shown = _code(dataset, "RecognizableVisualFeatures")
        is_head = shown != "NO" and _code(dataset, "Modality") in HEADS and shows_head(described)
        if strict and (shown == "YES" or is_head):
            yield possibly(Sort.FACE, "PixelData", "a face can likely be made from the image")
    if dataset.get("EncapsulatedDocument"):
        yield possibly(Sort.DOCUMENT, "EncapsulatedDocument", "a document is inside")
    if is_report(_code(dataset, "SOPClassUID")) and dataset.get("ContentSequence"):
        yield possibly(Sort.DOCUMENT, "ContentSequence", "it is a structured report")
    for tag in _OVERLAYS:
        if tag in dataset and dataset[tag].value:
            yield possibly(Sort.OVERLAY, "OverlayData", "an overlay may carry text")


def _writing(dataset: Dataset) -> str:
    said = _code(dataset, "BurnedInAnnotation")
    if said == "YES":
        return "BurnedInAnnotation says so"
    if is_capture(_code(dataset, "ImageType")):
        return "ImageType says that it shows a screen"
    if said == "NO":
        return ""
    if is_photographed(_code(dataset, "SOPClassUID")):
        return "its SOP class is one of secondary capture, ultrasound or photography"
    if _code(dataset, "Modality") in LABELLED:
        return "images of its modality often carry text, and BurnedInAnnotation does not say NO"
    return "ConversionType says that it was captured or scanned" if _code(dataset, "ConversionType") else ""


def _code(dataset: Dataset, keyword: str) -> str:
    return _text(dataset.get(keyword) or "").strip().upper()
