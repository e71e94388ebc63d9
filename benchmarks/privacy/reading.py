"""Reads outputs with pydicom, json, csv, nibabel and Pillow, never with the product."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
import pydicom
from PIL import Image

from benchmarks.privacy.writing import found

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

    from benchmarks.privacy.running import Output


class File:
    """An output, read once."""

    def __init__(self, output: Output) -> None:
        self.name = output.name
        self.content: bytes = output.content or b""
        self._dicom: FileDataset | None = None

    @property
    def is_dicom(self) -> bool:
        """Whether this is a DICOM object."""
        return self.content[128:132] == b"DICM"

    @property
    def dicom(self) -> FileDataset:
        """The data set."""
        if self._dicom is None:
            self._dicom = pydicom.dcmread(io.BytesIO(self.content))
        return self._dicom

    def text(self, where: str) -> str | None:
        """Return the value at an address as text; None: it is not there."""
        if self.is_dicom:
            element = found(self.dicom, where)
            return None if element is None else _shown(element.value)
        if ":" in where:
            return self._cell(where)
        if self.name.endswith((".nii", ".nii.gz", ".hdr", ".hdr.gz")):
            return self._header(where)
        return self._json(where)

    def _cell(self, where: str) -> str | None:
        row, column = where.split(":")
        delimiter = "," if self.name.endswith(".csv") else "\t"
        rows = list(csv.DictReader(io.StringIO(self.content.decode("utf-8")), delimiter=delimiter))
        return rows[int(row)].get(column)

    def _header(self, where: str) -> str:
        header = nibabel.Nifti1Header.from_fileobj(io.BytesIO(self.unpacked), check=False)
        return bytes(header[where].item()).rstrip(b"\0").decode("latin-1")

    @property
    def unpacked(self) -> bytes:
        """The bytes without gzip."""
        return unpacked(self.content)

    def _json(self, where: str) -> str | None:
        node: Any = json.loads(self.content)
        for part in where.split("."):
            if isinstance(node, list) and part.isdecimal() and int(part) < len(node):
                node = node[int(part)]
            elif isinstance(node, dict) and part in node:
                node = node[part]
            else:
                return None
        return _shown(node)


def unpacked(content: bytes) -> bytes:
    """Return bytes without gzip."""
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    if isinstance(value, pydicom.multival.MultiValue | list | tuple):
        return "\\".join(map(_shown, value))
    return str(value)


def pixels(content: bytes) -> np.ndarray[Any, Any]:
    """Return the pixels of an object or picture."""
    if content[128:132] == b"DICM":
        return pydicom.dcmread(io.BytesIO(content)).pixel_array
    return np.asarray(Image.open(io.BytesIO(content)))
