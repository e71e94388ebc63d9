from __future__ import annotations

import pytest

from fw_gear_deid.formats.compiling import ARCHIVE_SECTION, FORMATS, compile_profile, format_of
from fw_gear_deid.profile import check_text
from fw_gear_deid.profile.settings import SECTIONS

DICOM = bytes(128) + b"DICM"


def owner(text: str, name: str, head: bytes) -> str | None:
    profile, problems = check_text(text)
    assert profile is not None, problems
    plan = compile_profile(profile).owner(name, head)
    return None if plan is None else plan.section.name


FIELDS = "fields: [{name: PatientName, remove: true}]"
FILENAME = "filename: {filenames: [{output: copy.bin}]}"


@pytest.mark.parametrize(
    ("sections", "name", "head", "expected"),
    [
        (f"dicom: {{{FIELDS}}}\n{FILENAME}", "IM0001", DICOM, "dicom"),
        (f"dicom: {{{FIELDS}}}\n{FILENAME}", "note.txt", b"text", "filename"),
        (f"dicom: {{{FIELDS}, enforce-file-filter: true}}\n{FILENAME}", "IM0001", DICOM, None),
        (f"dicom: {{{FIELDS}}}\njson: {{{FIELDS}}}\n{FILENAME}", "a.json", DICOM, "json"),
        (f"json: {{{FIELDS}}}\n{FILENAME}", "IM0001", DICOM, None),
        (f"json: {{{FIELDS}}}\n{FILENAME}", "a.dcm", bytes(200), None),
        (f"jpg: {{}}\npng: {{}}\n{FILENAME}", "photo", b"\xff\xd8\xff\xe0", "jpg"),
        (f"jpg: {{}}\npng: {{}}\n{FILENAME}", "photo.jpg", b"\x89PNG\r\n\x1a\n", "jpg"),
        (f"png: {{}}\ntiff: {{}}\n{FILENAME}", "slide.svs", b"MM\0+\0\x08", "tiff"),
        (f"png: {{}}\ntiff: {{}}\n{FILENAME}", "slide", b"\x89PNG\r\n\x1a\n", "png"),
        (f"dicom: {{{FIELDS}}}", "note.txt", b"text", None),
    ],
    ids=[
        *("signature", "any name", "filter enforced", "name", "no dicom section", "no preamble"),
        *("JPEG", "name before bytes", "BigTIFF", "PNG", "nobody"),
    ],
)
def test_filename_owns_only_what_no_other_section_knows(sections, name, head, expected):
    assert owner(f"version: 1\nname: x\n{sections}\n", name, head) == expected


IMPLICIT, LITTLE, BIG = b"\x08\0\x16\0\x1a\0\0\0", b"\x08\0\x05\0CS\x0a\0", b"\0\x08\0\x05CS\0\x0a"


@pytest.mark.parametrize("head", [IMPLICIT, LITTLE, BIG, b"\x08\0\0\0\4\0\0\0", b"\2\0\0\0UL\4\0"])
def test_filename_does_not_copy_dicom_without_its_preamble(head):
    text = f"version: 1\nname: x\ndicom: {{{FIELDS}}}\n{FILENAME}\n"
    assert owner(text, "IM0001", head + b"1.2.840.10008") is None
    assert owner(text, "IM0001.dcm", head + b"1.2.840.10008") == "dicom"


@pytest.mark.parametrize(
    "head", [b"", b"\x08", b"\x08\0\xff\xff\4\0\0\0", b"\2\0\0\1UL", b"The UN ", b"\0\x08no element"]
)
def test_filename_copies_what_only_resembles_dicom(head):
    assert owner(f"version: 1\nname: x\n{FILENAME}\n", "IM0001", head) == "filename"


def test_every_section_of_the_language_has_a_format_of_its_own():
    assert {name: format_of(name).section for name in FORMATS} == {name: name for name in FORMATS}
    assert set(SECTIONS) - {ARCHIVE_SECTION} == set(FORMATS)
