"""How the pixels of an image are stored: the Image Pixel module (PS3.3 section C.7.6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import ActionError

if TYPE_CHECKING:
    from fw_gear_deid.formats.dicom.texts import Texts

NUMBER_OF_FRAMES: Final = 0x00280008
SAMPLES_PER_PIXEL: Final = 0x00280002
PHOTOMETRIC_INTERPRETATION: Final = 0x00280004
PLANAR_CONFIGURATION: Final = 0x00280006
ROWS: Final = 0x00280010
COLUMNS: Final = 0x00280011
BITS_ALLOCATED: Final = 0x00280100
BITS_STORED: Final = 0x00280101
HIGH_BIT: Final = 0x00280102
PIXEL_REPRESENTATION: Final = 0x00280103

BYTE: Final = 8
WHOLE_BYTES: Final = frozenset({8, 16, 32, 64})
PAIR: Final = 2
COLOURS: Final = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """The shape and encoding of an image.

    Attributes:
        rows: height in pixels.
        columns: width.
        frames: how many images there are.
        samples: values per pixel.
        bits: bits allocated to a value.
        stored: bits of them that are used.
        signed: whether values are signed.
        planar: whether each frame holds its samples plane by plane.
        photometric: PhotometricInterpretation, what the samples mean.
    """

    rows: int
    columns: int
    frames: int
    samples: int
    bits: int
    stored: int
    signed: bool
    planar: bool
    photometric: str

    @property
    def subsampled(self) -> bool:
        """Whether two pixels of a row share their colour: two luminances, then one Cb and one Cr."""
        return self.photometric.endswith("_422")

    @property
    def width(self) -> int:
        """Bytes of one value."""
        return self.bits // BYTE

    @property
    def frame_bits(self) -> int:
        """Bits of one frame, uncompressed."""
        samples = PAIR if self.subsampled else self.samples
        return self.rows * self.columns * samples * self.bits

    def blacks(self) -> tuple[int, ...]:
        """Return the value of each sample that a blanked pixel takes.

        It is 0, as in Flywheel's engine, but for the colour differences of YBR, where the middle means no colour.
        """
        middle = 1 << self.stored - 1 if self.photometric.startswith("YBR") else 0
        return (0, *(middle for _ in range(self.samples - 1)))

    def attributes(self) -> dict[int, str]:
        """Return the elements that say how the samples are stored; each stands in the lowest bits of its cell."""
        planar = {PLANAR_CONFIGURATION: str(int(self.planar))} if self.samples > 1 else {}
        return planar | {
            SAMPLES_PER_PIXEL: str(self.samples),
            PHOTOMETRIC_INTERPRETATION: self.photometric,
            BITS_ALLOCATED: str(self.bits),
            BITS_STORED: str(self.stored),
            HIGH_BIT: str(self.stored - 1),
            PIXEL_REPRESENTATION: str(int(self.signed)),
        }


def picture_of(texts: Texts) -> Picture:
    """Return how an object's pixels are stored.

    Raises:
        ActionError: an attribute is missing or makes no sense.
    """
    bits = _number(texts, BITS_ALLOCATED)
    samples = _number(texts, SAMPLES_PER_PIXEL, default=1)
    picture = Picture(
        rows=_number(texts, ROWS),
        columns=_number(texts, COLUMNS),
        frames=_number(texts, NUMBER_OF_FRAMES, default=1),
        samples=samples,
        bits=bits,
        stored=_number(texts, BITS_STORED, default=bits),
        signed=_number(texts, PIXEL_REPRESENTATION, default=0) == 1,
        planar=samples > 1 and _number(texts, PLANAR_CONFIGURATION, default=0) == 1,
        photometric=texts.text(PHOTOMETRIC_INTERPRETATION).strip().upper(),
    )
    sizes = (picture.rows, picture.columns, picture.frames, picture.samples, picture.bits, picture.stored)
    if min(sizes) < 1 or picture.stored > picture.bits:
        raise ActionError("alter_pixels: the attributes of the image (group 0028) contradict each other")
    if picture.subsampled and (picture.samples != COLOURS or picture.planar):
        raise ActionError("alter_pixels: subsampled colours are stored in a way that is not in the standard")
    return picture


def _number(texts: Texts, tag: int, default: int | None = None) -> int:
    values = texts.parts(tag)
    text = values[0].strip() if values else ""
    if not text and default is not None:
        return default
    try:
        return int(text)
    except ValueError:
        raise ActionError(
            f"alter_pixels: element ({tag >> 16:04X},{tag & 0xFFFF:04X}) is missing or no number"
        ) from None
