"""Run a ``dicom`` section over bytes held in memory or read piece by piece."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.formats.dicom.document import DicomFormat
from fw_gear_deid.profile import check_text
from fw_gear_deid.profile.model import FilenameRule, Rule, Section
from tests.formats.dicom.encoding import EXPLICIT, data_set_of, dicom_file, encoded, order_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.formats.base import Content, Edited

DEFAULTS: dict[str, object] = {
    "recurse-sequence": False,
    "remove-private-tags": False,
    "remove-undefined": False,
    "decode": True,
    "patient-age-from-birthdate": False,
    "patient-age-units": None,
    "cap-age": False,
    "keep-preamble": False,
    "date-format": "%Y%m%d",
    "retain": False,
    "stamp": False,
}


@dataclass(frozen=True)
class Streamed:
    """Bytes that may only be read from the front, a few at a time."""

    data: bytes
    step: int = 777
    in_memory = False

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self) -> bytes:
        raise AssertionError("a streamed file is never read whole")

    def prefix(self, length: int) -> bytes:
        return self.data[:length]

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = len(self.data) if stop is None else stop
        for place in range(start, end, self.step):
            yield self.data[place : min(place + self.step, end)]


def section(*rules: Rule, filenames: tuple[FilenameRule, ...] = (), **settings: object) -> Section:
    given = {key.replace("_", "-"): value for key, value in settings.items()}
    return Section("dicom", rules=rules, filenames=filenames, settings={**DEFAULTS, **given})  # type: ignore[arg-type]


def edit(section: Section, content: Content | bytes, name: str = "scan.dcm", *, log: bool = False) -> Edited:
    if isinstance(content, bytes):
        content = MemoryContent(content)
    return DicomFormat().compile(section).apply(content, FileContext(name, log))


def profiled(fields: list[dict[str, Any]], **settings: object) -> Section:
    """Return a section as a profile gives it, with the real actions."""
    given = {key.replace("_", "-"): value for key, value in settings.items()}
    profile, problems = check_text(json.dumps({"name": "test", "version": 1, "dicom": {**given, "fields": fields}}))
    assert profile is not None, [problem.message for problem in problems]
    return profile.sections["dicom"]


def copy_of(section: Section, content: Content | bytes) -> bytes:
    return b"".join(bytes(chunk) for chunk in edit(section, content).output.chunks())


def result(rules: object, *elements: object, syntax: str = EXPLICIT) -> bytes:
    return data_set_of(copy_of(rules, dicom_file(elements, syntax)), syntax)


def expected(*elements: object, syntax: str = EXPLICIT) -> bytes:
    return encoded(elements, order_of(syntax))
