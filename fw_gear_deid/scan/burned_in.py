"""Text burned into the pixels of a DICOM object, read by Tesseract (the extra ``ocr`` and the program itself).

What is found is where words stand. What they say is identifying until somebody has looked, so it goes to files that
hold identifying values, or nowhere. What is not found is no proof: small, slanted or faint text is missed.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from pydicom import dcmread

from fw_gear_deid.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from PIL.Image import Image
    from pydicom import Dataset

MISSING: Final = (
    "text in pixels is read by Tesseract: install the program (Debian: tesseract-ocr) and the extra ocr "
    "(pip install 'fw-gear-deid[ocr]')"
)
FRAMES: Final = 3
"""Frames of an object that are looked at: the first, the middle one, the last; text seldom changes in between."""
ENLARGED: Final = 3
"""How many times images are enlarged: Tesseract wants letters of 20 to 30 pixels, devices write them with 8 to 12."""
MOST_PIXELS: Final = 40_000_000
CONFIDENCE: Final = 40.0
"""Percent below which what Tesseract takes for a word is noise."""
TESSERACT: Final = ("tesseract", "stdin", "stdout", "--psm", "11", "tsv")
"""Reads words that stand anywhere; the picture comes and the table goes through pipes, and never lies on a disk."""
MARGIN: Final = 4
"""Pixels that a box is widened by, so that nothing of its letters stays."""
INK: Final = 75
"""Grey value of 255 up to which a pixel is ink, in an image with dark letters. It is told after enlarging, which leaves
letters whole; without it the noise of an image is read as text."""
BRIGHT: Final = 127
"""Median above which an image is a page: its letters are dark."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of an image in pixels from its upper left corner; ``right`` and ``bottom`` are the first outside of it."""

    left: int
    top: int
    right: int
    bottom: int

    def touches(self, other: Box) -> bool:
        """Whether two boxes have a pixel in common, or an edge."""
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom

    def with_other(self, other: Box) -> Box:
        """Return the smallest box around two."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Word:
    """A word in an image. Identifying.

    Attributes:
        text: what it says, as far as Tesseract can tell.
        box: where it stands.
        confidence: percent.
    """

    text: str = field(repr=False)
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands in an object's pixels.

    Attributes:
        words: every word, in the order of the frames that were looked at.
        rows: height of the image.
        columns: width of the image.
    """

    words: tuple[Word, ...]
    rows: int
    columns: int


def check_available() -> None:
    """Raise ``UsageError`` where text in pixels cannot be read."""
    try:
        import numpy as np  # noqa: F401, PLC0415  # of the extra
        import PIL.Image  # noqa: F401, PLC0415
    except ImportError:
        raise UsageError(MISSING) from None
    if shutil.which("tesseract") is None:
        raise UsageError(MISSING)


def read_text(file: BinaryIO) -> Reading:
    """Return the words in an object's pixels.

    Args:
        file: a DICOM object with pixel data.

    Raises:
        UnreadableError: its pixels cannot be decoded here.
    """
    try:
        dataset = dcmread(file, force=True)
        pictures = list(_pictures(dataset))
    except Exception as error:  # noqa: BLE001  # decoders raise any kind; the text may hold a value
        raise UnreadableError(f"its pixels cannot be decoded: {type(error).__name__}") from None
    words = [word for picture in pictures for word in _words(picture)]
    return Reading(tuple(_distinct(words)), int(dataset.Rows), int(dataset.Columns))


def merged(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Return boxes widened by a margin, those that touch joined, from the top of the image down."""
    found: list[Box] = []
    for box in boxes:
        wide = Box(max(0, box.left - MARGIN), max(0, box.top - MARGIN), box.right + MARGIN, box.bottom + MARGIN)
        while (other := next((each for each in found if each.touches(wide)), None)) is not None:
            found.remove(other)
            wide = wide.with_other(other)
        found.append(wide)
    return tuple(sorted(found, key=lambda box: (box.top, box.left)))


def pixel_rules(boxes: Mapping[tuple[str, int, int], Sequence[Box]]) -> str:
    """Return lines for the ``dicom`` section of a profile that blank boxes.

    Args:
        boxes: what is to be blanked in images of a modality, with so many rows and columns.
    """
    lines = ["# To be pasted under dicom: in the profile, once somebody has looked at the images.", "alter_pixels:"]
    lines.append("  pixels:" if boxes else "  pixels: []")
    for (modality, rows, columns), found in boxes.items():
        lines.append(f"    - when: equals Modality {modality} + equals Rows {rows} + equals Columns {columns}")
        lines.append("      remove:")
        lines += [
            f"        - [{box.left}, {box.top}, {min(box.right, columns)}, {min(box.bottom, rows)}]" for box in found
        ]
    return "\n".join(lines) + "\n"


def _pictures(dataset: Dataset) -> Iterator[Any]:
    """Yield the frames that are looked at, as grey images of 8 bits (rows, columns)."""
    import numpy as np  # noqa: PLC0415  # of the extra
    from pydicom.pixels import pixel_array  # noqa: PLC0415  # loads numpy

    if int(dataset.Rows) * int(dataset.Columns) > MOST_PIXELS:
        raise ValueError("too large")
    count = int(dataset.get("NumberOfFrames") or 1)
    inverted = dataset.PhotometricInterpretation == "MONOCHROME1"
    for index in sorted({0, count // 2, count - 1} if count >= FRAMES else set(range(count))):
        pixels = pixel_array(dataset, index=index).astype(np.float32)
        if pixels.ndim == 3:  # noqa: PLR2004  # rows, columns, samples
            pixels = pixels[..., :3].max(axis=2)
        low, high = float(pixels.min()), float(pixels.max())
        if high > low:
            grey = ((pixels - low) * (255 / (high - low))).astype(np.uint8)
            yield 255 - grey if inverted else grey


def _words(picture: Any) -> Iterator[Word]:  # noqa: ANN401  # a numpy array, of the extra
    """Yield the words of one grey image: bright letters, as devices write them, and dark ones of a page."""
    import numpy as np  # noqa: PLC0415  # of the extra

    yield from _read(255 - picture)
    if np.median(picture) > BRIGHT:
        yield from _read(picture)


def _read(page: Any) -> Iterator[Word]:  # noqa: ANN401  # a numpy array, of the extra
    """Yield the words of dark letters on a bright page."""
    from PIL import Image  # noqa: PLC0415  # of the extra

    rows, columns = page.shape
    scale = max(1, min(ENLARGED, MOST_PIXELS // (rows * columns)))
    large = Image.fromarray(page).resize((columns * scale, rows * scale), Image.Resampling.BICUBIC)
    image = large.point(lambda grey: 0 if grey <= INK else 255)
    for row in _table(image):
        text, confidence = row["text"] or "", float(row["conf"])
        if confidence >= CONFIDENCE and sum(map(str.isalnum, text)) > 1:
            left, top = int(row["left"]) // scale, int(row["top"]) // scale
            width, height = -(-int(row["width"]) // scale), -(-int(row["height"]) // scale)
            yield Word(text, Box(left, top, left + width, top + height), confidence)


def _table(image: Image) -> Iterator[dict[str, str]]:
    """Yield what Tesseract tells of each part of an image, the words among them.

    Raises:
        UnreadableError: it fails.
    """
    file = io.BytesIO()
    image.save(file, "PPM")  # without packing
    try:
        done = subprocess.run(TESSERACT, input=file.getvalue(), capture_output=True, check=True)  # noqa: S603  # our own words
    except (OSError, subprocess.CalledProcessError):
        raise UnreadableError("Tesseract failed on its pixels") from None
    table = done.stdout.decode("utf-8", "replace").split("\n")  # other signs that end lines may be read in a picture
    yield from csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)


def _distinct(words: Iterable[Word]) -> list[Word]:
    """Leave out a word that was read before in nearly the same place."""
    found: list[Word] = []
    for word in words:
        if not any(known.text == word.text and known.box.touches(word.box) for known in found):
            found.append(word)
    return found
