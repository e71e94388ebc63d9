"""What one header costs within a process: this engine's editor beside a read-modify-write through pydicom.

``python -m benchmarks.editor_cost FILE`` writes a JSON object with microseconds a file. Both do what
``profile.yaml`` says to the same objects, in memory, without an archive. Beside them stand built-in profiles, and the
milliseconds that one of them takes to be opened.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pydicom

from benchmarks.datasets import DATA_SETS, HERE
from benchmarks.generating import object_bytes
from fw_gear_deid.formats.base import FileContext
from fw_gear_deid.formats.compiling import compile_profile
from fw_gear_deid.formats.content import MemoryContent
from fw_gear_deid.profile import read_draft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

OBJECTS: Final = 200
ROUNDS: Final = 7

KEY: Final = "a made-up key, for benchmarks alone"
BUILT_IN: Final = ("ps3.15-basic", "ps3.15-basic-clean")

HASHED: Final = frozenset({"PatientID", "AccessionNumber", "DeviceSerialNumber"})
REMOVED: Final = frozenset(
    {
        "OtherPatientIDs", "PatientAddress", "PatientTelephoneNumbers", "PatientComments", "RequestingPhysician",
        "PerformingPhysicianName", "OperatorsName", "InstitutionName", "InstitutionAddress", "StationName",
    }
)  # fmt: skip
SHIFTED: Final = frozenset({"PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"})
MAPPED: Final = frozenset(
    {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID", "ReferencedSOPInstanceUID"}
)
SET: Final = {"PatientName": "SYNTH", "ReferringPhysicianName": ""}


def _change(data_set: Dataset, element: DataElement) -> None:
    """Do to one element about what the profile says; the values need not be right, only as dear."""
    keyword = element.keyword
    if keyword in REMOVED:
        del data_set[element.tag]
    elif keyword in SET:
        element.value = SET[keyword]
    elif keyword in HASHED:
        element.value = sha256(element.value.encode()).hexdigest()[:16]
    elif keyword in SHIFTED:
        element.value = "20230313"
    elif keyword in MAPPED:
        element.value = f"1.2.826.0.{int(sha256(element.value.encode()).hexdigest()[:30], 16)}"


def through_pydicom(data: bytes) -> bytes:
    """De-identify one object by reading it, changing it, and writing it."""
    data_set = pydicom.dcmread(BytesIO(data))
    data_set.remove_private_tags()
    data_set.walk(_change)
    buffer = BytesIO()
    data_set.save_as(buffer)
    return buffer.getvalue()


def editor(profile: str) -> Callable[[bytes], bytes]:
    """Return what de-identifies one object by this engine and a profile."""
    plan = compile_profile(read_draft(profile, secret_key=KEY).profile()).owner("a.dcm", b"")
    if plan is None:
        raise SystemExit("the profile has no dicom section")
    context = FileContext("a.dcm")
    return lambda data: b"".join(plan.apply(MemoryContent(data), context).output.chunks())


def best_of(change: Callable[[bytes], bytes], objects: Sequence[bytes]) -> float:
    """Return microseconds of processor time an object, in the fastest of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for data in objects:
            change(data)
        best = min(best, time.process_time() - start)
    return best / len(objects) * 1e6


def main() -> None:
    """Measure both and print the result."""
    data = replace(next(data for data in DATA_SETS if data.name == "small"), members=OBJECTS)
    objects = list(object_bytes(data))
    start = time.process_time()
    editor(BUILT_IN[-1])
    opening = (time.process_time() - start) * 1e3
    result = {"editor": best_of(editor(str(HERE / "profile.yaml")), objects), "opening": opening}
    result |= {name: best_of(editor(name), objects) for name in BUILT_IN}
    result["pydicom"] = best_of(through_pydicom, objects[:50])
    Path(sys.argv[1]).write_text(json.dumps(result))


if __name__ == "__main__":
    main()
