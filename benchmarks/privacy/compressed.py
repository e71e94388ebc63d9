"""Text burned into compressed images."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate

from benchmarks.privacy.images import burned
from benchmarks.privacy.objects import Object
from benchmarks.privacy.plants import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.privacy.persons import Person

SYNTAXES: Final = {
    "jpeg": uid.JPEGBaseline8Bit,
    "jpegls": uid.JPEGLSLossless,
    "jpeg2000": uid.JPEG2000Lossless,
    "rle": uid.RLELossless,
}
"""Names of files and how their pixels are compressed."""


def compressed(person: Person) -> Iterator[Object]:
    """Yield captures with burned-in text, one for each way to compress them."""
    for instance, (name, syntax) in enumerate(SYNTAXES.items(), 1):
        made = Object(person, f"capture_{name}.dcm", uid.SecondaryCaptureImageStorage, "OT", 23, instance)
        made.plant((harmless("SeriesDescription", "Screen Save"),))
        burned(made)
        made.dataset["PixelData"].value = _packed(made.dataset, syntax)
        made.dataset["PixelData"].is_undefined_length = True
        made.syntax = syntax
        yield made


def _packed(dataset: Dataset, syntax: uid.UID) -> bytes:
    if syntax == uid.JPEGBaseline8Bit:
        buffer = io.BytesIO()
        size = dataset.Columns, dataset.Rows
        Image.frombytes("L", size, dataset.PixelData).save(buffer, "JPEG", quality=100)
        return encapsulate([buffer.getvalue()])
    copy = Dataset()
    copy.update(dataset)
    copy.file_meta = FileMetaDataset()
    copy.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    copy.compress(syntax, generate_instance_uid=False)
    return bytes(copy.PixelData)
