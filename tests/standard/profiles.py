"""Built-in profiles, those of the standard with a key, compiled and run."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import pydicom

from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.dicom.document import DicomFormat, DicomPlan
from fw_gear_deid.profile import builtin_text, check_text
from fw_gear_deid.profile.builtin.ps3_15 import BASIC, MODIFIERS, is_standard

KEY = "0123456789abcdef0123456789abcdef"
OPTIONS = tuple(str(option) for option in MODIFIERS)
PROFILES = (BASIC, *(f"{BASIC}+{option}" for option in OPTIONS))


@cache
def plan_of(name: str) -> DicomPlan:
    """Return the compiled ``dicom`` section of a built-in profile."""
    key = f"secret-key: {KEY}\n" if is_standard(name) else ""
    profile, problems = check_text(key + builtin_text(name), name)
    assert profile is not None, [problem.message for problem in problems]
    assert problems == ()
    return DicomFormat().compile(profile.sections["dicom"])


def copy_of(name: str, data: bytes) -> bytes:
    """Return the copy that a built-in profile makes of a file."""
    edited = plan_of(name).apply(MemoryContent(data), FileContext("file.dcm"))
    return b"".join(bytes(chunk) for chunk in edited.output.chunks())


def read(data: bytes) -> pydicom.Dataset:
    """Read a file with pydicom."""
    return pydicom.dcmread(BytesIO(data), force=True)
