"""Text in pixels as findings of an audit: whose it is, and where to blank it."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from fw_gear_deid.audit.concerns import Sort
from fw_gear_deid.audit.objects import audit
from fw_gear_deid.audit.pixels import read
from fw_gear_deid.cli import main
from fw_gear_deid.identity import Identifier, Kind
from fw_gear_deid.scan.vocabulary import Vocabulary
from tests.programs import needed
from tests.scan.test_burned_in import dicom, picture

pytestmark = needed("tesseract")
ZEBRA = Vocabulary.of([Identifier(Kind.NAME, "Canary^Zebra")])
NOBODY = Vocabulary.of(())


def pixels(data, vocabulary):
    found = audit(data, "x.dcm", vocabulary, strict=False)
    (concern,) = [each for each in read(data, found, vocabulary) if each.sort is Sort.PIXELS]
    return concern


def test_the_subjects_name_in_pixels_is_certain_and_tells_where_to_blank_it():
    concern = pixels(dicom(picture()).getvalue(), ZEBRA)
    assert concern.certain
    assert concern.why.startswith("the subject's name is burned in; alter_pixels: remove [")
    assert concern.why.endswith("of 320 x 240 pixels")
    assert "CANARY" not in concern.why


def test_other_words_are_possible():
    concern = pixels(dicom(picture()).getvalue(), NOBODY)
    assert not concern.certain
    assert concern.why.startswith("2 words in it; alter_pixels: remove [")
    assert concern.value == "CANARY ZEBRA"


def test_no_word_is_no_proof():
    concern = pixels(dicom(np.zeros((64, 64), np.uint8)).getvalue(), ZEBRA)
    assert not concern.certain
    assert concern.why.endswith("Tesseract reads no word, which is no proof")


def test_pixels_that_cannot_be_decoded_stay_possible():
    data = dicom(picture()).getvalue().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.9\0")
    assert "its pixels cannot be decoded" in pixels(data, ZEBRA).why


@pytest.mark.parametrize("options", [(), ("--ocr",)])
def test_the_command_reads_pixels_on_demand(tmp_path, options):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes(dicom(picture()).getvalue())
    (tmp_path / "in" / "a.json").write_text('{"PatientName": "Canary^Zebra"}')
    assert main(["check", str(tmp_path / "in"), "--csv", str(tmp_path / "f.csv"), *options]) == 1
    text = (tmp_path / "f.csv").read_text()
    assert "CANARY" not in text
    (row,) = [row for row in csv.DictReader(text.splitlines()) if row["kind"] == "text in pixels"]
    assert ("burned in;" in row["why"] or "words in it;" in row["why"]) is bool(options)
