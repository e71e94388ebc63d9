"""More of what lies beside DICOM: pairs of NIfTI files, gradients, events, channels, DICOM JSON, data dictionaries."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Final

from benchmarks.privacy.key import Action, Check
from benchmarks.privacy.plants import CLEAN
from benchmarks.privacy.sidecars import JSON, NIFTI, TABLE, Sidecar, nifti_header, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.privacy.persons import Person
    from benchmarks.privacy.sidecars import Row

KEY_VALUE: Final = "keys and values"
SAME: Final = "files without persons"


def more_sidecars(person: Person) -> Iterator[Sidecar]:
    """Yield files of one patient."""
    label = f"sub-{person.patient_id}"
    for name, pack in (("T2w", bytes), ("PDw", _gzipped)):
        header, rows = _pair(person)
        yield Sidecar(f"ses-01/anat/{label}_ses-01_{name}.hdr{'.gz' * (pack is _gzipped)}", pack(header), rows)
        yield _same(f"ses-01/anat/{label}_ses-01_{name}.img{'.gz' * (pack is _gzipped)}", pack(bytes(range(192)) * 2))
    yield _same(f"ses-01/dwi/{label}_ses-01_dwi.bval", b"0 1000 20230417\n")
    yield _same(f"ses-01/dwi/{label}_ses-01_dwi.bvec", b"0 1 0\n0 0 -0.707107\n0 0  7.07107e-01\n")
    events = table(
        ("onset", "duration", "trial_type"), [("0.5", "2", "White"), ("12.25", "2", "May"), ("20", "2", "n/a")]
    )
    yield _same(f"ses-01/func/{label}_ses-01_task-nback_events.tsv", events)
    channels = table(("name", "type", "units"), [("Fp1", "EEG", "uV"), ("Cz", "EEG", "uV"), ("Grant", "MISC", "n/a")])
    yield _same(f"ses-01/eeg/{label}_ses-01_task-rest_channels.tsv", channels)
    yield Sidecar("ses-01/docs/study.json", *_dicom_json(person))
    yield Sidecar("ses-01/docs/volume.mhd", *_key_value(person))


def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _same(path: str, content: bytes) -> Sidecar:
    return Sidecar(path, content, [(SAME, "whole file", Action.BYTES_RETAINED, "")])


def _pair(person: Person) -> tuple[bytes, list[Row]]:
    family = person.words["plain_family"]
    header = nifti_header({"descrip": f"T2 of {family}", "aux_file": "", "db_name": family[:18]}, 0.0, b"ni1\0")
    return header + bytes(4), [
        (NIFTI, "descrip", Action.HEADER_TEXT_REMOVED, family),
        (NIFTI, "descrip", Action.HEADER_TEXT_RETAINED, "T2"),
        (NIFTI, "db_name", Action.HEADER_TEXT_REMOVED, family),
    ]


def _key_value(person: Person) -> tuple[bytes, list[Row]]:
    content = person.say(
        "ObjectType = Image\nNDims = 3\nPatientName = {pn}\nPatientID = {patient_id}\n"
        "Comment = {spoken} moved, volume ok\nOrigin = made for {family}\nElementDataFile = volume.raw\n"
    )
    removed = (person.family, person.patient_id)
    kept = ("ObjectType = Image", "moved, volume ok", "made for", "ElementDataFile = volume.raw")
    return content.encode(), [
        *((KEY_VALUE, "whole file", Action.METADATA_REMOVED, part) for part in removed),
        *((KEY_VALUE, "whole file", Action.METADATA_RETAINED, part) for part in kept),
    ]


def _dicom_json(person: Person) -> tuple[bytes, list[Row]]:
    say = person.say
    tree = {
        "00080020": {"vr": "DA", "Value": [say("{day}")]},
        "00080050": {"vr": "SH", "Value": [person.accession]},
        "00080060": {"vr": "CS", "Value": ["MR"]},
        "00080090": {"vr": "PN", "Value": [{"Alphabetic": person.physician}]},
        "0008103E": {"vr": "LO", "Value": ["t1_mprage_sag_p2_iso"]},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": say("{pn}")}]},
        "00100020": {"vr": "LO", "Value": [person.patient_id]},
        "00100030": {"vr": "DA", "Value": [say("{dob}")]},
        "0020000D": {"vr": "UI", "Value": [person.uid("study")]},
        "00280010": {"vr": "US", "Value": [512]},
    }
    gone = (
        ("00080050.Value.0", person.accession),
        ("00080090.Value.0.Alphabetic", person.words["physician_family"]),
        ("00100010.Value.0.Alphabetic", person.family),
        ("00100030.Value.0", say("{dob}")),
    )
    kept = (("00080060.Value.0", "MR"), ("0008103E.Value.0", "t1_mprage_sag_p2_iso"), ("00280010.Value.0", "512"))
    rows: list[Row] = [(JSON, where, Action.VALUE_REMOVED, value) for where, value in gone]
    rows += [(JSON, where, Action.VALUE_RETAINED, value) for where, value in kept]
    rows += [
        (JSON, "00100020.Value.0", Action.PATID_CONSISTENT, person.patient_id),
        (JSON, "00080020.Value.0", Action.VALUE_SHIFTED, say("{day}")),
        (JSON, "0020000D.Value.0", Action.UID_CONSISTENT, person.uid("study")),
    ]
    return json.dumps(tree).encode(), rows


def of_study(patients: Sequence[Person]) -> Iterator[tuple[str, bytes, list[Check]]]:
    """Yield path, bytes and rows of the files of all patients that describe the study."""
    description = {
        "Name": "Canary study",
        "BIDSVersion": "1.9.0",
        "Authors": ["Investigatorova, Ines", "Robert Johnson"],
        "Acknowledgements": "Thanks to all participants",
    }
    wanted = [("Name", "Canary study"), ("Authors.0", "Investigatorova, Ines"), ("Authors.1", "Robert Johnson")]
    yield _described("dataset_description.json", description, wanted)
    dictionary = {
        "score": {"Description": "Total of May and Head items", "Levels": {"1": "White matter", "2": "other"}}
    }
    wanted = [("score.Description", "Total of May and Head items"), ("score.Levels.1", "White matter")]
    yield _described("phenotype/memory.json", dictionary, wanted)
    yield _phenotype(patients)


def _described(path: str, tree: dict[str, object], wanted: list[tuple[str, str]]) -> tuple[str, bytes, list[Check]]:
    checks = [Check(path, JSON, where, Action.VALUE_RETAINED, value, 0) for where, value in wanted]
    return path, json.dumps(tree, indent=2).encode(), checks


def _phenotype(patients: Sequence[Person]) -> tuple[str, bytes, list[Check]]:
    path, lines, checks = "phenotype/memory.tsv", [], []
    for number, person in enumerate(patients):
        lines.append((f"sub-{person.patient_id}", "17", person.say("{spoken} was tired, {phone}; finished")))
        asked = (
            ("participant_id", Action.PATID_CONSISTENT, person.patient_id, ""),
            ("score", Action.CELL_RETAINED, "17", ""),
            ("comments", Action.CELL_REMOVED, person.family, ""),
            ("comments", Action.CELL_REMOVED, person.phone, ""),
            ("comments", Action.CELL_RETAINED, "finished", CLEAN),
        )
        checks += [
            Check(path, TABLE, f"{number}:{where}", *rest, person.number, needs) for where, *rest, needs in asked
        ]
    return path, table(("participant_id", "score", "comments"), lines), checks
