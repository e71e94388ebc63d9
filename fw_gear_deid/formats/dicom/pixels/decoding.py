"""Compressed pixels are decoded by pydicom's plug-ins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.errors import ActionError, TooLargeError
from fw_gear_deid.formats.content import TOO_LARGE
from fw_gear_deid.formats.dicom.pixels.picture import BYTE

if TYPE_CHECKING:
    from fw_gear_deid.formats.dicom.pixels.picture import Picture

MAX_DECODED: Final = 1 << 29
"""How many bytes the pixels of one object may have once they are decoded."""

ALWAYS_LOSSY: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
"""JPEG Baseline and Extended, which cannot be lossless."""

EXTRA: Final = "pip install 'fw-gear-deid[pixels]'"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Compressed pixel data.

    Attributes:
        transfer_syntax: how it is compressed.
        fragments: the value of the pixel data, its delimiter left off.
        offsets: values of the extended offset table and its lengths, None when there are none.
    """

    transfer_syntax: str
    fragments: bytes
    offsets: tuple[bytes, bytes] | None


@dataclass(frozen=True, slots=True)
class Decoded:
    """Pixels without compression.

    Attributes:
        picture: how they are stored now: samples of a pixel side by side, little endian.
        pixels: all frames.
    """

    picture: Picture
    pixels: bytes


def decoded(encoded: Encoded, picture: Picture) -> Decoded:
    """Decode every frame. Colours stay in the colour space that the codec gives: no second rounding.

    Args:
        encoded: the compressed pixels.
        picture: what the object says of them.

    Raises:
        ActionError: no decoder for them is installed, or none can read them.
        TooLargeError: the decoded pixels are larger than may be held.
    """
    if picture.rows * picture.columns * picture.samples * picture.bits // BYTE * picture.frames > MAX_DECODED:
        raise TooLargeError(TOO_LARGE)
    decoder = _decoder(encoded.transfer_syntax)
    try:
        array, found = decoder.as_array(encoded.fragments, raw=True, **_options(encoded, picture))
        pixels = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        now = _as_found(picture, found)
    except Exception:  # noqa: BLE001  # decoders raise anything; whatever it is, this file is withheld
        raise ActionError(
            f"alter_pixels: the compressed pixel data cannot be decoded: damaged, or more decoders are needed ({EXTRA})"
        ) from None
    same = (now.rows, now.columns, now.frames) == (picture.rows, picture.columns, picture.frames)
    if not same or len(pixels) * BYTE != now.frame_bits * now.frames:
        raise ActionError("alter_pixels: the compressed pixel data holds other frames than its attributes say")
    return Decoded(now, pixels)


def _decoder(transfer_syntax: str) -> Any:  # noqa: ANN401  # pydicom's, imported where it is needed
    from pydicom.pixels import get_decoder  # noqa: PLC0415  # slow to load, and few objects need it

    try:
        decoder = get_decoder(transfer_syntax)
    except NotImplementedError:
        raise ActionError(
            "alter_pixels: the pixel data is compressed in a way that cannot be decoded (a video, or an unknown one)"
        ) from None
    if not decoder.is_available:
        raise ActionError(f"alter_pixels: no decoder for the compressed pixel data is installed; {EXTRA}")
    return decoder


def _options(encoded: Encoded, picture: Picture) -> dict[str, Any]:
    options: dict[str, Any] = {
        "pixel_keyword": "PixelData",
        "rows": picture.rows,
        "columns": picture.columns,
        "number_of_frames": picture.frames,
        "samples_per_pixel": picture.samples,
        "photometric_interpretation": picture.photometric,
        "bits_allocated": picture.bits,
        "bits_stored": picture.stored,
        "pixel_representation": int(picture.signed),
    }
    if picture.samples > 1:
        options["planar_configuration"] = int(picture.planar)
    if encoded.offsets is not None:
        options["extended_offsets"] = encoded.offsets
    return options


def _as_found(picture: Picture, found: dict[str, Any]) -> Picture:
    """Return how a decoded frame is stored."""
    photometric, bits = str(found["photometric_interpretation"]), int(found["bits_allocated"])
    if photometric.endswith(("_422", "_420")):  # decoders put the colours that pixels shared back into each
        photometric = "YBR_FULL"
    elif photometric in {"YBR_RCT", "YBR_ICT"}:  # names of transforms that JPEG 2000 decoders undo
        photometric = "RGB"
    return replace(
        picture,
        rows=int(found["rows"]),
        columns=int(found["columns"]),
        frames=int(found["number_of_frames"]),
        samples=int(found["samples_per_pixel"]),
        bits=bits,
        stored=min(bits, int(found["bits_stored"])),
        signed=int(found["pixel_representation"]) == 1,
        planar=False,
        photometric=photometric,
    )
