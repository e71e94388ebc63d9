"""``fw-deid test --ocr``: words that the copies still show, and rules that blank them."""

from __future__ import annotations

import csv
import io
import shutil

import pydicom
import pytest

from fw_gear_deid.cli import main
from tests.cli.made import profile
from tests.programs import needed
from tests.scan.test_burned_in import NAME, dicom, picture

RULES = """\
dicom:
  fields:
    - {name: PatientName, remove: true}
    - {name: PatientID, remove: true}
"""


def ultrasound(tmp_path):
    dataset = pydicom.dcmread(dicom(picture()))
    dataset.PatientName, dataset.PatientID = "Canary^Zebra", "X1234567"
    dataset.SeriesInstanceUID = "1.2.3.4"
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes(file.getvalue())
    return tmp_path / "in"


def tried(tmp_path, source, rules, results):
    text = profile(tmp_path)
    text.write_text(rules, encoding="utf-8")
    code = main(["test", str(source), str(text), str(tmp_path / results), "--ocr"])
    with (tmp_path / results / "text_in_pixels.csv").open(encoding="utf-8", newline="") as file:
        return code, list(csv.DictReader(file))


@needed("tesseract")
def test_words_in_pixels_are_listed_with_whom_they_tell_and_blanked_by_the_rules_that_are_offered(tmp_path, capsys):
    source = ultrasound(tmp_path)
    code, words = tried(tmp_path, source, RULES, "first")
    assert code == 0
    tells = {row["word"]: row["tells"] for row in words}
    assert {word: tells[word] for word in NAME.split()} == {"CANARY": "certainly name", "ZEBRA": "certainly name"}
    told = "".join(capsys.readouterr())
    assert "telling the subject: 2" in told
    assert "CANARY" not in told

    offered = (tmp_path / "first" / "alter_pixels.yaml").read_text(encoding="utf-8")
    again = RULES + "".join(f"  {line}\n" for line in offered.splitlines())
    code, words = tried(tmp_path, source, again, "second")
    assert code == 0
    assert not {row["word"] for row in words} & set(NAME.split())


def test_without_the_program_nothing_is_begun(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert main(["test", str(ultrasound(tmp_path)), "minimal", str(tmp_path / "results"), "--ocr"]) == 2
    assert "tesseract-ocr" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("option", [[], ["--ocr"]])
def test_only_who_asks_for_it_gets_the_table(tmp_path, option):
    if option and shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed: python3 scripts/system.py")
    assert main(["test", str(ultrasound(tmp_path)), "minimal", str(tmp_path / "results"), *option]) == 0
    assert (tmp_path / "results" / "text_in_pixels.csv").exists() is bool(option)
