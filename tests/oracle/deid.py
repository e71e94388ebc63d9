"""The pydicom ``deid`` package as an oracle for ``alter_pixels``: its filters, its recipes, its blanking."""

from __future__ import annotations

import io
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import pydicom

from tests.oracle.flywheel import its_warnings

with its_warnings():
    from deid.config import DeidRecipe
    from deid.dicom.pixels import clean_pixel_data, has_burned_pixels
    from deid.logger import bot

if TYPE_CHECKING:
    import numpy as np

bot.level = -5


def detected(recipe: str, data: bytes) -> dict[str, Any]:
    """Return what a recipe finds in an object."""
    with NamedTemporaryFile("w", suffix=".recipe") as file, its_warnings():
        file.write(recipe)
        file.flush()
        found: dict[str, Any] = has_burned_pixels(_opened(data), deid=DeidRecipe([file.name]))
        return found


def holds(condition: str, data: bytes) -> bool:
    """Return whether a condition holds for an object."""
    return bool(detected(f"FORMAT dicom\n%filter test\nLABEL test\n{condition}\n", data)["flagged"])


def cleaned(recipe: str, data: bytes) -> np.ndarray:
    """Return the pixels of an object after a recipe."""
    found = detected(recipe, data)
    with its_warnings():
        return clean_pixel_data(_opened(data), found)


def _opened(data: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(data))
