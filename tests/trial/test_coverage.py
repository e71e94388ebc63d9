from __future__ import annotations

import csv
import io
import re

import pydicom
import pytest
from pydicom.datadict import dictionary_has_tag

from fw_gear_deid.standard.confidentiality import identifying, table
from fw_gear_deid.trial.coverage import Coverage
from tests.synthetic import ALICE, Series, encoded, image

FULL = Series(header="full")


def compared(change=None):
    source = image(ALICE, FULL)
    before = encoded(source)
    copy = pydicom.dcmread(io.BytesIO(before))
    if change is not None:
        change(copy)
    buffer = io.BytesIO()
    copy.save_as(buffer)
    coverage = Coverage()
    coverage.compare(io.BytesIO(before), io.BytesIO(buffer.getvalue()))
    assert coverage.files == 1
    return coverage


def paths(coverage):
    return {element.path: element for element in coverage.remaining}


def test_the_table_is_the_standards():
    assert len(table()) == 649
    assert identifying(0x00100010).action == "Z"
    assert identifying(0x00080018).keyword == "SOPInstanceUID"
    assert identifying(0x00280010) is None
    assert identifying(0x60020010) is None
    for tag in (0x60023000, 0x60FE4000, 0x50020010):
        assert identifying(tag) is not None
    assert identifying(0x00290010) is None, "a private creator names a vendor"
    assert identifying(0x00291010).keyword == "PrivateAttributes"
    tags = [int(tag, 16) for tag in table() if re.fullmatch("[0-9a-f]{8}", tag)]
    unknown = [tag for tag in tags if not dictionary_has_tag(tag)]
    assert len(unknown) < 30, "what pydicom's older dictionary does not know"


def test_an_unchanged_copy_shows_every_identifying_element_at_any_depth():
    left = paths(compared())
    for path in ("PatientName", "PatientID", "StudyInstanceUID", "PatientBirthDate", "MediaStorageSOPInstanceUID"):
        assert path in left
    assert any(".*." in path for path in left)
    assert any(element.keyword == "PrivateAttributes" and "xx" in element.tag for element in left.values())
    assert not any(path in left for path in ("Rows", "Modality", "SOPClassUID"))


def test_what_was_changed_emptied_or_removed_is_not_left():
    def change(copy):
        copy.PatientName = "anonymous"
        copy.PatientID = ""
        del copy.PatientBirthDate
        copy.remove_private_tags()

    coverage = compared(change)
    done = {element.path: element.done for element in coverage.elements}
    assert (done["PatientName"], done["PatientID"], done["PatientBirthDate"]) == ("replaced", "emptied", "removed")
    left = paths(coverage)
    assert not {"PatientName", "PatientID", "PatientBirthDate"} & left.keys()
    assert not any(element.keyword == "PrivateAttributes" for element in left.values())
    assert "StudyInstanceUID" in left


def test_a_sequence_that_was_changed_within_is_not_left_as_it_was():
    sequence = next(
        element.keyword for element in image(ALICE, FULL) if element.VR == "SQ" and element.keyword in paths(compared())
    )

    def change(copy):
        item = copy[sequence].value[0]
        first = next(iter(item))
        del item[first.tag]

    coverage = compared(change)
    assert sequence not in paths(coverage)
    assert {element.done for element in coverage.elements if element.path == sequence} == {"changed within"}


def test_the_csv_holds_no_value(tmp_path):
    coverage = compared()
    coverage.write(tmp_path / "coverage.csv")
    text = (tmp_path / "coverage.csv").read_text(encoding="utf-8")
    assert not [value for value in ALICE.identifiers if value in text]
    rows = list(csv.DictReader(text.splitlines()))
    assert {
        "tag": "00100010",
        "keyword": "PatientName",
        "path": "PatientName",
        "basic_profile": "Z",
        "done": "kept",
        "files": "1",
    } in rows
    assert len(rows) == len(coverage.elements)
    private = [row["keyword"] == "PrivateAttributes" for row in rows]
    assert any(private)
    assert private == sorted(private)


@pytest.mark.parametrize("data", [b"", b"\xff" * 600])
def test_what_cannot_be_read_is_counted(data):
    coverage = Coverage()
    coverage.compare(io.BytesIO(data), io.BytesIO(data))
    assert not coverage.remaining
