"""Profiles that centres publish, as they are written (comments left out), run unchanged."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile

import pydicom
import pytest

from fw_gear_deid.cli import main
from fw_gear_deid.profile import read_profile
from tests.cli.made import UNSEARCHED, write
from tests.synthetic import ALICE, Series, image_series, zip_archive

GUIDE = """\
deid-log: ./deid_log.csv

dicom:

  date-increment: -17

  patient-age-from-birthdate: true

  patient-age-units: Y

  fields:

    - name: PatientID
      remove: true

    - name: StationName
      replace-with: XXXX

    - name: StudyDate
      increment-date: true

    - name: AccessionNumber
      hash: true

    - name: ConcatenationUID
      hashuid: true
"""
INGEST = """\
template:
  - pattern: "{group}"
  - pattern: "{project}"
  - pattern: "{subject}"
  - pattern: "{session}"
  - pattern: "{acquisition}"
    packfile_type: dicom

deid-profiles:
- name: Anschutz

""" + "".join(f"  {line}\n" if line else "\n" for line in GUIDE.splitlines())
((NAME, IMAGE),) = image_series(ALICE, Series(slices=1))


@pytest.fixture
def place(tmp_path, monkeypatch):
    write(tmp_path / "in" / NAME, IMAGE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def copy_of(place):
    (path,) = (path for path in (place / "out").rglob("*") if path.is_file())
    return pydicom.dcmread(path)


@pytest.mark.parametrize(("text", "options"), [(GUIDE, ()), (INGEST, ()), (INGEST, ("--profile-name", "Anschutz"))])
def test_the_profile_of_a_users_guide_does_what_the_guide_says(place, text, options):
    write(place / "config.yaml", text.encode())
    assert main(["validate", "config.yaml", *options]) == 0
    assert main(["run", *UNSEARCHED, "config.yaml", "in", "-o", "out", *options]) == 0
    before, after = pydicom.dcmread(io.BytesIO(IMAGE)), copy_of(place)
    assert "PatientID" not in after
    assert after.StationName == "XXXX"
    shift = pydicom.valuerep.DA(before.StudyDate) - pydicom.valuerep.DA(after.StudyDate)
    assert shift.days == 17
    assert after.AccessionNumber == hashlib.sha256(str(before.AccessionNumber).encode()).hexdigest()[:16]
    assert after.PatientAge == ALICE.age
    assert after.PixelData == before.PixelData
    with (place / "deid_log.csv").open(newline="") as file:
        logged = {row["type"]: row for row in csv.DictReader(file)}
    assert logged["before"]["PatientID"] == ALICE.patient_id
    assert logged["after"]["StationName"] == "XXXX"


@pytest.mark.parametrize("name", ["penn-bsc-3.0", "penn-bsc-4.0"])
def test_a_centres_site_profile_empties_what_it_lists(place, name):
    source = pydicom.dcmread(io.BytesIO(IMAGE))
    rules = read_profile(name).sections["dicom"].rules
    written = {rule.name: rule.written.get("replace-with") for rule in rules}
    emptied = [keyword for keyword, value in written.items() if value == "" and keyword in source]
    removed = [keyword for keyword, value in written.items() if value is None]
    replaced = {keyword: value for keyword, value in written.items() if value}
    assert {"PatientName", "PatientID", "PatientBirthDate", "AccessionNumber"} <= set(emptied)
    assert main(["run", *UNSEARCHED, name, "in", "-o", "out"]) == 0
    after = copy_of(place)
    assert [keyword for keyword in emptied if after[keyword].value] == []
    assert [keyword for keyword in removed if keyword in after] == []
    assert {keyword: after[keyword].value for keyword in replaced} == replaced
    assert after.PatientAge == ALICE.age
    assert after.PixelData == source.PixelData


def test_the_profile_of_the_command_line_flag_empties_three_elements_of_every_object(place):
    write(place / "zipped" / "a.zip", zip_archive(image_series(ALICE, Series(slices=3))))
    assert main(["run", *UNSEARCHED, "minimal", "zipped", "-o", "out"]) == 0
    with zipfile.ZipFile(place / "out" / "a.zip") as archive:
        copies = [pydicom.dcmread(io.BytesIO(archive.read(name))) for name in archive.namelist()]
    assert len(copies) == 3
    for copy in copies:
        assert [copy[keyword].value for keyword in ("PatientName", "PatientID", "PatientBirthDate")] == ["", "", ""]
