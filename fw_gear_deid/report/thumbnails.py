"""Small pictures of an image before and after its profile, for the page of a trial."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from pydicom import dcmread

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE: Final = 192
"""Pixels of the longer edge."""

LARGEST: Final = 64 << 20
"""Bytes of an object, and of its decoded frame; of larger ones there is no picture."""

PERCENTILES: Final = (1, 99)
"""The pixel values that become black and white: an image's own window may hide what is burned in."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one image, as addresses that hold them.

    Attributes:
        before: of the source. Identifying.
        after: of the copy.
        same: whether no pixel differs.
        why: why there are none; ``""`` if there are.
    """

    before: str = ""
    after: str = ""
    same: bool = False
    why: str = ""


def pictures(source: BinaryIO, copy: BinaryIO) -> Pictures | None:
    """Return the pictures of an image's first frame; None for an object without pixels."""
    try:
        import numpy as np  # noqa: PLC0415  # slow to load, and an extra
        from PIL import Image  # noqa: F401, PLC0415  # the same
    except ImportError:
        return Pictures(why="Pictures need the extra “pixels”: pip install 'fw-gear-deid[pixels]'.")
    try:
        before, after = _frame(source), _frame(copy)
        if before is None or after is None:
            return None
        low, high = map(float, np.percentile(before, PERCENTILES))
        same = np.array_equal(before, after)
        shown = _address(before, low, high), _address(after, low, high)
    except _TooLargeError:
        return Pictures(why="Too large for a picture here.")
    except Exception:  # noqa: BLE001  # decoders raise any kind on odd pixel data; the page says that it has no picture
        return Pictures(why="The pixel data cannot be decoded here.")
    return Pictures(*shown, same)


class _TooLargeError(Exception):
    """The object is not decoded."""


def _frame(file: BinaryIO) -> NDArray[Any] | None:
    """Return the first frame, small colours as RGB and dark on light turned round."""
    from pydicom.pixels import pixel_array  # noqa: PLC0415  # loads decoders

    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _TooLargeError
    dataset = dcmread(io.BytesIO(data), force=True)
    if "PixelData" not in dataset:
        return None
    if dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * 8 > LARGEST:
        raise _TooLargeError
    frame: NDArray[Any] = pixel_array(dataset, index=0)
    return -frame.astype("int64") if dataset.PhotometricInterpretation == "MONOCHROME1" else frame


def _address(frame: NDArray[Any], low: float, high: float) -> str:
    """Return a frame as PNG within an address (RFC 2397)."""
    import numpy as np  # noqa: PLC0415  # an extra
    from PIL import Image  # noqa: PLC0415  # the same

    step = max(1, max(frame.shape[:2]) // (2 * EDGE))
    scaled = (frame[::step, ::step].astype("float64") - low) * 255 / max(high - low, 1)
    image = Image.fromarray(np.clip(scaled, 0, 255).astype("uint8"))
    image.thumbnail((EDGE, EDGE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
