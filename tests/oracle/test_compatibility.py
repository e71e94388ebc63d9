"""docs/compatibility.md says what the tables of this folder say, and profiles are judged as it says."""

from __future__ import annotations

import pytest

from fw_gear_deid.profile import check_text
from fw_gear_deid.profile.settings import SECTIONS
from tests.oracle.compatibility import DOCUMENT, document
from tests.oracle.decisions import FILES, PIXELS, PROFILE, VALUES
from tests.oracle.differences import DICOM
from tests.oracle.flywheel import DeIdProfile

HEAD = "name: oracle\nversion: 1\n"
RULE = "fields:\n  - name: PatientID\n    remove: true\n"


def dicom(text: str) -> str:
    return HEAD + "dicom:\n" + "".join(f"  {line}\n" for line in text.splitlines())


def test_the_page_is_written_from_the_tables():
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run python -m tests.oracle.compatibility"


def test_every_row_has_a_name_of_its_own():
    names = [row.id for row in (*DICOM, *VALUES, *PIXELS, *PROFILE, *FILES)]
    assert len(names) == len(set(names))


DECIDED = """
    yaml unknown-keys validation boolean-false integer-names absent-dicom no-effect undefined-without-fields
    missing-increment datetime-precision uid-suffix-zero truncated leftovers section-order several-actions
    missing-values missing-in-name unknown-text hash-subdirectories decode encodings folders state unparsable-dates
    regex-once jitter references withheld duplicates meta-instance-uid meta-origin preamble trailing-padding
    private-by-creator tables json nifti images xml limits cap-age allow-unmatched-files hanging-expressions
"""


def test_every_decision_on_the_language_is_on_the_page():
    assert set(DECIDED.split()) <= {row.id for row in (*DICOM, *VALUES, *PROFILE, *FILES)}


@pytest.mark.parametrize("kind", SECTIONS.values(), ids=lambda kind: kind.name)
def test_every_addition_to_the_language_is_on_the_page(kind):
    page = DOCUMENT.read_text(encoding="utf-8").partition("## Additions")[2]
    for option in kind.settings.values():
        assert (f"| {option.name} |" in page) == option.extension


REFUSED = {
    "hanging-expressions": dicom("fields:\n  - regex: (a+)+b\n    remove: true\n"),
    "yaml": dicom(RULE + "fields: []\n"),
    "unknown-keys": dicom(RULE + "remove-privat-tags: true\n"),
    "integer-names": dicom("fields:\n  - name: 00100020\n    remove: true\n"),
    "no-effect": dicom("fields: []\n"),
    "undefined-without-fields": dicom("remove-undefined: true\n"),
    "missing-increment": dicom("fields:\n  - name: StudyDate\n    increment-date: true\n"),
    "several-actions": dicom("fields:\n  - name: PatientID\n    remove: true\n    hash: true\n"),
}


@pytest.mark.parametrize("row", REFUSED)
def test_what_the_page_calls_an_error_is_one(row):
    assert row in {decision.id for decision in PROFILE}
    profile, problems = check_text(REFUSED[row])
    assert profile is None
    assert problems


ACCEPTED = {
    "boolean-false": dicom(RULE + "  - name: PatientName\n    remove: false\n"),
    "names-without-regex": dicom(RULE + "filenames:\n  - output: '{SOPInstanceUID}.dcm'\n"),
}


@pytest.mark.parametrize("row", ACCEPTED)
def test_what_the_page_accepts_is_accepted(row):
    assert row in {decision.id for decision in PROFILE}
    profile, problems = check_text(ACCEPTED[row])
    assert profile is not None, problems


def test_the_oracle_fails_on_names_without_a_regular_expression():
    with pytest.raises(TypeError):
        DeIdProfile().load_config({"name": "oracle", "dicom": {"filenames": [{"output": "x.dcm"}]}})
