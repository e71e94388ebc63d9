"""The files that both engines are given."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pydicom
from pydicom import uid

from tests.synthetic.dicom import Series, image_series

SYNTAXES = {
    "implicit": uid.ImplicitVRLittleEndian,
    "explicit": uid.ExplicitVRLittleEndian,
    "big_endian": uid.ExplicitVRBigEndian,
    "deflated": uid.DeflatedExplicitVRLittleEndian,
    "encapsulated": uid.JPEG2000Lossless,
}


CHOICE = frozenset(
    {
        "693_J2KI.dcm",
        "CT_small.dcm",
        "DICOMDIR-empty.dcm",
        "ExplVR_BigEnd.dcm",
        "J2K_pixelrep_mismatch.dcm",
        "JPEG2000.dcm",
        "MR_small.dcm",
        "MR_small_RLE.dcm",
        "MR_small_implicit.dcm",
        "SC_rgb_dcmtk_+eb+cr.dcm",
        "badVR.dcm",
        "chrH32.dcm",
        "chrJapMulti.dcm",
        "chrKoreanMulti.dcm",
        "chrSQEncoding.dcm",
        "chrX1.dcm",
        "empty_charset_LEI.dcm",
        "examples_overlay.dcm",
        "image_dfl.dcm",
        "liver_1frame.dcm",
        "nested_priv_SQ.dcm",
        "no_meta_group_length.dcm",
        "reportsi_with_empty_number_tags.dcm",
        "rtplan.dcm",
        "test-SR.dcm",
        "waveform_ecg.dcm",
        "winter.dcm",
    }
)
"""pydicom's files that between them have every trait: character sets, nesting, oddities."""


def chosen(*, wide: bool) -> dict[str, bytes]:
    """Return all files, or the choice and those made here."""
    files = dicom_files()
    return files if wide else {name: files[name] for name in files if name in CHOICE or name.startswith("synthetic")}


@cache
def dicom_files() -> dict[str, bytes]:
    """Return pydicom's own test files, which its package holds, and one object in every transfer syntax."""
    folder = Path(pydicom.__file__).parent / "data"
    found = {path.name: path.read_bytes() for path in sorted(folder.rglob("*.dcm"))}
    for name, syntax in SYNTAXES.items():
        ((_, data),) = image_series(series=Series(slices=1, header="full", transfer_syntax=syntax))
        found[f"synthetic_{name}.dcm"] = data
    return found
