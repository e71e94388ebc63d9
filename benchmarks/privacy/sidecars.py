"""What lies beside DICOM: BIDS sidecars and tables, NIfTI, XML, pictures."""

from __future__ import annotations

import gzip
import io
import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from PIL import Image, PngImagePlugin

from benchmarks.privacy.key import Action, Check
from benchmarks.privacy.plants import CLEAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.privacy.persons import Person

JSON: Final = "JSON sidecar"
TABLE: Final = "table"
NIFTI: Final = "NIfTI header"
EXTENSION: Final = "NIfTI extension"
XML: Final = "XML"
PICTURE: Final = "picture metadata"
NAME: Final = "file and folder names"

RETAINING: Final = frozenset(
    {Action.VALUE_RETAINED, Action.CELL_RETAINED, Action.HEADER_TEXT_RETAINED, Action.METADATA_RETAINED}
)
_DESCRIPTIONS: Final = frozenset(
    {
        "SeriesDescription",
        "0008103E.Value.0",
        "ProtocolName",
        "ImageComments",
        "descrip",
        "0:comment",
        "axial slices of",
        "repeated",
    }
)

Row = tuple[str, str, Action, str]
"""Place, address, action, value."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A file beside DICOM; ``path`` is relative to the patient's folder."""

    path: str
    content: bytes
    rows: Sequence[Row] = field(repr=False)

    def checks(self, person: Person, folder: str) -> Iterator[Check]:
        """Yield the rows of the answer key."""
        file = f"{folder}/{self.path}"
        for kind, where, action, value in self.rows:
            yield Check(file, kind, where, action, value, person.number, _needed(where, action, value))
        yield Check(file, NAME, "path", Action.NAME_CHANGED, person.patient_id, person.number)


def _needed(where: str, action: Action, value: str) -> str:
    """Return the option of PS3.15 that a text needs to be retained: descriptions are cleaned, not kept as they are."""
    described = where in _DESCRIPTIONS or value in _DESCRIPTIONS
    return CLEAN if action in RETAINING and described else ""


def sidecars(person: Person) -> Iterator[Sidecar]:
    """Yield all files beside DICOM of one patient; folder and file names hold the patient's ID, as BIDS does."""
    label = f"sub-{person.patient_id}"
    anat = f"ses-01/anat/{label}_ses-01_T1w"
    yield Sidecar(f"{anat}.json", *_json(person))
    yield Sidecar(f"{anat}.nii.gz", *_nifti(person))
    yield Sidecar(f"ses-01/{label}_ses-01_scans.tsv", *_scans(person, label))
    yield Sidecar(f"{label}_sessions.tsv", *_sessions(person))
    yield Sidecar("ses-01/docs/visit.csv", *_visit(person))
    yield Sidecar("ses-01/docs/visit.xml", *_xml(person))
    yield Sidecar("ses-01/docs/screen.png", *_png(person))
    yield Sidecar("ses-01/docs/photo.jpg", *_jpeg(person))
    yield Sidecar("ses-01/docs/paper.tiff", *_tiff(person))


def _removed(kind: str, action: Action, person: Person, rows: Iterable[tuple[str, str]]) -> list[Row]:
    return [(kind, where, action, person.say(template)) for where, template in rows]


def _json(person: Person) -> tuple[bytes, list[Row]]:
    say = person.say
    quoted = {"ascii": json.dumps(person.family)[1:-1]}
    tree = {
        "Modality": "MR",
        "MagneticFieldStrength": 3,
        "Manufacturer": "Siemens",
        "PatientName": say("{pn}"),
        "PatientID": person.patient_id,
        "PatientBirthDate": say("{dob_iso}"),
        "InstitutionName": "Canary General Hospital",
        "InstitutionAddress": say("{street}, {city}"),
        "ReferringPhysicianName": person.physician,
        "AccessionNumber": person.accession,
        "StudyInstanceUID": person.uid("study"),
        "SeriesInstanceUID": person.uid("series", 1),
        "SeriesDescription": "t1_mprage_sag_p2_iso",
        "ProtocolName": "t1_mprage_sag_p2_iso",
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
        "AcquisitionDate": say("{day_iso}"),
        "AcquisitionDateTime": say("{day_iso}T{time_iso}.250000"),
        "EchoTime": 0.00298,
        "ImageComments": say("{spoken} moved, frontal lobe blurred"),
        "global": {
            "const": {"PatientName": {"Alphabetic": say("{pn}")}, "OperatorsName": person.operator},
            "slices": [{"AcquisitionDate": say("{day_iso}"), "Comment": say("call {phone}")}],
        },
        "ConversionSoftware": "dcm2niix",
    }
    gone = (
        ("PatientName", "{family}"),
        ("PatientBirthDate", "{dob_iso}"),
        ("InstitutionName", "Canary General"),
        ("InstitutionAddress", "{street}"),
        ("ReferringPhysicianName", "{physician_family}"),
        ("AccessionNumber", "{accession}"),
        ("ImageComments", "{family}"),
        ("global.const.PatientName.Alphabetic", "{family}"),
        ("global.const.OperatorsName", "{operator_family}"),
        ("global.slices.0.Comment", "{phone}"),
    )
    kept = (
        ("Modality", "MR"),
        ("Manufacturer", "Siemens"),
        ("SeriesDescription", "t1_mprage_sag_p2_iso"),
        ("ProtocolName", "t1_mprage_sag_p2_iso"),
        ("ImageType.1", "PRIMARY"),
        ("EchoTime", "0.00298"),
        ("MagneticFieldStrength", "3"),
        ("ImageComments", "frontal lobe blurred"),
        ("ConversionSoftware", "dcm2niix"),
    )
    rows = _removed(JSON, Action.VALUE_REMOVED, person, gone) + [
        (JSON, where, Action.VALUE_RETAINED, value) for where, value in kept
    ]
    rows += [
        (JSON, "PatientID", Action.PATID_CONSISTENT, person.patient_id),
        (JSON, "StudyInstanceUID", Action.UID_CONSISTENT, person.uid("study")),
        (JSON, "SeriesInstanceUID", Action.UID_CONSISTENT, person.uid("series", 1)),
        (JSON, "AcquisitionDate", Action.VALUE_SHIFTED, say("{day_iso}")),
        (JSON, "AcquisitionDateTime", Action.VALUE_SHIFTED, say("{day_iso}T{time_iso}.250000")),
        (JSON, "global.slices.0.AcquisitionDate", Action.VALUE_SHIFTED, say("{day_iso}")),
        (JSON, "whole file", Action.BYTES_REMOVED, quoted["ascii"]),
    ]
    return json.dumps(tree, indent="\t", ensure_ascii=person.number % 2 == 0).encode(), rows


def _nifti(person: Person) -> tuple[bytes, list[Row]]:
    words = person.words
    texts = {
        "descrip": f"T1 of {words['plain_given']} {words['plain_family']}",
        "aux_file": f"{person.patient_id}.aux"[:24],
        "db_name": words["plain_family"][:18],
        "intent_name": words["plain_given"][:16],
    }
    told = f"Acquired from {person.words['pn']}, {person.patient_id}".encode()
    size = -(-(len(told) + 8) // 16) * 16
    extension = b"\1\0\0\0" + struct.pack("<ii", size, 6) + told.ljust(size - 8, b"\0")
    header = nifti_header(texts, 348.0 + len(extension), b"n+1\0")
    voxels = struct.pack("<192h", *(position * 37 % 4096 for position in range(192)))
    rows: list[Row] = [
        (NIFTI, "descrip", Action.HEADER_TEXT_REMOVED, words["plain_family"]),
        (NIFTI, "descrip", Action.HEADER_TEXT_RETAINED, "T1"),
        (NIFTI, "aux_file", Action.HEADER_TEXT_REMOVED, person.patient_id),
        (NIFTI, "db_name", Action.HEADER_TEXT_REMOVED, words["plain_family"]),
        (NIFTI, "intent_name", Action.HEADER_TEXT_REMOVED, words["plain_given"]),
        (EXTENSION, "whole file", Action.BYTES_REMOVED, words["family"]),
        (EXTENSION, "whole file", Action.BYTES_REMOVED, person.patient_id),
        (NIFTI, "voxels", Action.VOXELS_RETAINED, ""),
    ]
    return gzip.compress(header + extension + voxels, mtime=0), rows


def nifti_header(texts: dict[str, str], offset: float, magic: bytes) -> bytes:
    """Return a header with some texts; ``offset``: where the voxels begin in their file."""
    said = {name: text.encode() for name, text in texts.items()}
    return struct.pack(
        "<i10s18sihcB8h3f4h8f3fhBB4f2i80s24s2h6f4f4f4f16s4s",
        *(348, b"", said["db_name"], 0, 0, b"r", 0, 3, 8, 6, 4, 1, 1, 1, 1, 0.0, 0.0, 0.0, 0, 4, 16, 0),
        *(-1.0, 1.0, 1.25, 1.5, 2.3, 0.0, 0.0, 0.0, offset, 1.0, 0.0, 0, 0, 10),
        *(0.0, 0.0, 0.0, 0.0, 0, 0, said["descrip"], said["aux_file"], 1, 0),
        *(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.25, 0.0, 0.0, 0.0, 0.0, 1.5, 0.0),
        *(said.get("intent_name", b""), magic),
    )


def table(head: Sequence[str], lines: Sequence[Sequence[str]], delimiter: str = "\t") -> bytes:
    """Return a table of text without quotes."""
    return "".join(delimiter.join(line) + "\n" for line in (head, *lines)).encode()


def _scans(person: Person, label: str) -> tuple[bytes, list[Row]]:
    time = person.say("{day_iso}T{time_iso}")
    names = (f"anat/{label}_ses-01_T1w.nii.gz",)
    content = table(("filename", "acq_time", "quality"), [(name, time, "good") for name in names])
    return content, [
        (TABLE, "0:filename", Action.NAME_CONSISTENT, names[0]),
        (TABLE, "0:filename", Action.CELL_REMOVED, person.patient_id),
        (TABLE, "0:acq_time", Action.CELL_SHIFTED, time),
        (TABLE, "0:quality", Action.CELL_RETAINED, "good"),
    ]


def _sessions(person: Person) -> tuple[bytes, list[Row]]:
    time = person.say("{day_iso}T{time_iso}")
    return table(("session_id", "acq_time", "systolic"), [("ses-01", time, "121")]), [
        (TABLE, "0:session_id", Action.CELL_RETAINED, "ses-01"),
        (TABLE, "0:acq_time", Action.CELL_SHIFTED, time),
        (TABLE, "0:systolic", Action.CELL_RETAINED, "121"),
    ]


def _visit(person: Person) -> tuple[bytes, list[Row]]:
    say = person.say
    head = ("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "score", "comment")
    line = (say("{pn}"), person.patient_id, say("{dob}"), say("{day}"), "007", say("{spoken} was calm"))
    return table(head, [line], ","), [
        (TABLE, "0:PatientName", Action.CELL_REMOVED, person.family),
        (TABLE, "0:PatientID", Action.PATID_CONSISTENT, person.patient_id),
        (TABLE, "0:PatientBirthDate", Action.CELL_REMOVED, say("{dob}")),
        (TABLE, "0:StudyDate", Action.CELL_SHIFTED, say("{day}")),
        (TABLE, "0:score", Action.CELL_RETAINED, "007"),
        (TABLE, "0:comment", Action.CELL_REMOVED, person.family),
        (TABLE, "0:comment", Action.CELL_RETAINED, "was calm"),
    ]


def participants(patients: Sequence[Person]) -> tuple[bytes, list[Check]]:
    """Return ``participants.tsv`` of all patients, and what is asked of it."""
    head = ("participant_id", "name", "date_of_birth", "sex", "handedness", "iq", "notes")
    lines, checks = [], []
    for number, person in enumerate(patients):
        say = person.say
        notes = say("lives in {street}; good cooperation")
        lines.append((f"sub-{person.patient_id}", say("{spoken}"), say("{dob_iso}"), person.sex, "right", "101", notes))
        for column, action, value in (
            ("participant_id", Action.PATID_CONSISTENT, person.patient_id),
            ("name", Action.CELL_REMOVED, person.family),
            ("date_of_birth", Action.CELL_REMOVED, say("{dob_iso}")),
            ("handedness", Action.CELL_RETAINED, "right"),
            ("iq", Action.CELL_RETAINED, "101"),
            ("notes", Action.CELL_REMOVED, person.street),
            ("notes", Action.CELL_RETAINED, "good cooperation"),
        ):
            needs = CLEAN if (column, action) == ("notes", Action.CELL_RETAINED) else ""
            checks.append(Check("participants.tsv", TABLE, f"{number}:{column}", action, value, person.number, needs))
    return table(head, lines), checks


def _xml(person: Person) -> tuple[bytes, list[Row]]:
    say = person.say
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<visit id="{accession}">\n'
        "  <PatientName>{pn}</PatientName>\n  <PatientID>{patient_id}</PatientID>\n"
        "  <PatientBirthDate>{dob_iso}</PatientBirthDate>\n  <StudyDate>{day}</StudyDate>\n"
        "  <note>axial slices of {spoken} repeated</note>\n  <Manufacturer>SIEMENS</Manufacturer>\n"
        "  <!-- exported for {physician_family} -->\n</visit>\n"
    )
    gone = ("{family}", "{patient_id}", "{dob_iso}", "{accession}", "{physician_family}", ">{day}<")
    rows: list[Row] = [(XML, "whole file", Action.METADATA_REMOVED, say(part)) for part in gone]
    kept = ("axial slices of", "repeated", "SIEMENS")
    return say(content).encode(), [*rows, *((XML, "whole file", Action.METADATA_RETAINED, part) for part in kept)]


def _picture(person: Person) -> Image.Image:
    picture = Image.new("L", (16, 16))
    picture.putdata([(value * 37 + person.number) % 256 for value in range(256)])
    return picture


def _picture_rows(person: Person, *parts: str) -> list[Row]:
    rows: list[Row] = [(PICTURE, "whole file", Action.METADATA_REMOVED, person.say(part)) for part in parts]
    return [*rows, (PICTURE, "pixels", Action.PIXELS_RETAINED, "")]


def _png(person: Person) -> tuple[bytes, list[Row]]:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Author", person.say("{plain_given} {plain_family}"))
    chunks.add_text("Comment", person.say("MRN {patient_id}"), zip=True)
    chunks.add_itxt("Description", person.say("born {dob_iso}"), zip=True)
    buffer = io.BytesIO()
    _picture(person).save(buffer, "PNG", pnginfo=chunks)
    return buffer.getvalue(), _picture_rows(person, "{plain_family}", "{patient_id}", "{dob_iso}")


def _jpeg(person: Person) -> tuple[bytes, list[Row]]:
    exif = Image.Exif()
    exif[0x010E] = person.say("Portrait of {plain_family}")  # ImageDescription
    exif[0x013B] = person.say("{operator_family}")  # Artist
    exif[0x0132] = f"{person.visit:%Y:%m:%d %H:%M:%S}"  # DateTime
    buffer = io.BytesIO()
    comment = person.say("MRN {patient_id}")
    xmp = person.say("<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>{accession}</creator></x:xmpmeta>")
    _picture(person).save(buffer, "JPEG", exif=exif, comment=comment, xmp=xmp.encode(), quality=95)
    return buffer.getvalue(), _picture_rows(
        person, "{plain_family}", "{operator_family}", "{patient_id}", "{accession}"
    )


def _tiff(person: Person) -> tuple[bytes, list[Row]]:
    buffer = io.BytesIO()
    tags = {270: person.say("Scan of {plain_family}"), 315: person.say("{operator_family}"), 305: "ScanSoft 4"}
    _picture(person).save(buffer, "TIFF", tiffinfo=tags)
    return buffer.getvalue(), _picture_rows(person, "{plain_family}", "{operator_family}")
