"""Data sets made from paths and texts, and their encoding with all that stands around them."""

from __future__ import annotations

from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Final

from pydicom import config, uid
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataelem import DataElement

PRIVATE_PARTS: Final = 4
TEXT_OF_NUMBERS: Final = {"FL": float, "FD": float, "US": int, "SS": int, "UL": int, "SL": int}


def address(path: str) -> list[str | int]:
    """Return the components of a path; item numbers are numbers."""
    return [int(part) if part.isdecimal() else part for part in path.split(".")]


def place(dataset: Dataset, path: str, text: str) -> None:
    """Put a value where a path leads; sequences and items are made on the way."""
    *way, last = address(path)
    for name, index in zip(way[::2], way[1::2], strict=True):
        dataset = _item(dataset, str(name), int(index))
    tag, vr = _known(dataset, str(last), create=True)
    value: object = text.encode("utf-8") if vr in {"UN", "OB"} else text
    if isinstance(value, bytes) and len(value) % 2:
        value += b" "
    if vr in TEXT_OF_NUMBERS:
        value = TEXT_OF_NUMBERS[vr](text)
    with as_unknown():
        dataset.add_new(tag, vr, value)


@contextmanager
def as_unknown() -> Iterator[None]:
    """Leave UN what is to be UN; pydicom would know better."""
    before = config.replace_un_with_known_vr
    config.replace_un_with_known_vr = False
    try:
        yield
    finally:
        config.replace_un_with_known_vr = before


def found(dataset: Dataset, path: str) -> DataElement | None:
    """Return the element where a path leads, or the one in whose bytes it ends; None: it is not there."""
    *way, last = address(path)
    for name, index in zip(way[::2], way[1::2], strict=True):
        tag, _ = _known(dataset, str(name), create=False)
        if tag not in dataset:
            return None
        if dataset[tag].VR != "SQ":
            return dataset[tag]  # items of a private sequence in implicit VR are bytes, which hold what is looked for
        if len(dataset[tag].value) <= int(index):
            return None
        dataset = dataset[tag].value[int(index)]
    tag, _ = _known(dataset, str(last), create=False)
    return dataset.get(tag)


def _item(dataset: Dataset, name: str, index: int) -> Dataset:
    tag, _ = _known(dataset, name, create=True)
    if tag not in dataset:
        dataset.add_new(tag, "SQ", Sequence())
    items = dataset[tag].value
    while len(items) <= index:
        items.append(Dataset())
    item: Dataset = items[index]
    return item


def _known(dataset: Dataset, name: str, *, create: bool) -> tuple[int, str]:
    """Return tag and VR of a component; tag 0, which no data set has, for a private block that is not there."""
    if "=" in name:
        number, vr = name.split("=")
        return int(number, 16), vr
    parts = name.split(":")
    if len(parts) != PRIVATE_PARTS:
        tag = tag_for_keyword(name)
        if tag is None and name[:2] in {"60", "50"}:
            tag = int(name, 16)
            return tag, {0x3000: "OW", 0x4000: "LT", 0x0022: "LO"}.get(tag & 0xFFFF, "LO")
        if tag is None:
            raise ValueError(f"unknown keyword {name}")
        return tag, dictionary_VR(tag).split(" or ")[0]
    group, creator, element, vr = parts
    try:
        block = dataset.private_block(int(group, 16), creator, create=create)
    except KeyError:
        return 0, vr
    return block.get_tag(int(element, 16)), vr


def encoded(
    dataset: Dataset,
    syntax: uid.UID = uid.ExplicitVRLittleEndian,
    *,
    preamble: bytes = bytes(128),
    meta: dict[str, object] | None = None,
    trailing: bytes = b"",
) -> bytes:
    """Return a data set as a DICOM file.

    Args:
        dataset: the data set, which has its SOP class and instance.
        syntax: an uncompressed or deflated transfer syntax, little endian.
        preamble: the 128 bytes before ``DICM``.
        meta: more elements of the file meta information.
        trailing: what stands after the data set.
    """
    head = FileMetaDataset()
    head.FileMetaInformationVersion = b"\0\1"
    head.MediaStorageSOPClassUID = dataset.SOPClassUID
    head.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    head.TransferSyntaxUID = syntax
    head.ImplementationClassUID = uid.UID("1.2.3.4.5")
    head.ImplementationVersionName = "SYNTHETIC"
    for keyword, value in (meta or {}).items():
        setattr(head, keyword, value)
    copy = FileDataset("", Dataset(), file_meta=head, preamble=preamble.ljust(128, b"\0")[:128])
    copy.update(dataset)
    buffer = BytesIO()
    dcmwrite(buffer, copy, enforce_file_format=True)
    return buffer.getvalue() + trailing
