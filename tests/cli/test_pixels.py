"""``alter_pixels`` from the command line: files and archives, what is withheld, and what the report says."""

from __future__ import annotations

import io
import json
import zipfile

import imagecodecs
import pydicom
from pydicom import uid

from tests.cli.made import fw_deid, profile, write
from tests.formats.dicom.pixels.images import compressed, file_of, image, noise
from tests.synthetic import zip_archive

PROFILE = """\
version: 1
name: banners
dicom:
  alter_pixels:
    pixels:
      - when: contains Manufacturer Sonics + equals Rows 16
        remove: [0, 0, 20, 4]
  fields:
    - {name: PatientName, remove: true}
  filenames:
    - {output: "{name}", input-regex: "^(?P<name>.*)$"}
"""
ARRAY = noise(16, 20)
BLANKED = ARRAY.copy()
BLANKED[:4] = 0


def run(tmp_path):
    arguments = ("-o", tmp_path / "out", "--report", tmp_path / "report.json", "--log", tmp_path / "log.csv")
    result = fw_deid("run", profile(tmp_path, PROFILE), tmp_path / "in", *arguments)
    report = json.loads((tmp_path / "report.json").read_text())
    return result, report


def pixels(data):
    return pydicom.dcmread(io.BytesIO(data)).pixel_array


def test_images_are_blanked_wherever_they_come_from(tmp_path):
    native = file_of(image(ARRAY))
    packed = compressed(image(ARRAY), [imagecodecs.jpegls_encode(ARRAY)], uid.JPEGLSLossless)
    write(tmp_path / "in" / "native.dcm", native)
    write(tmp_path / "in" / "packed.dcm", packed)
    other = image(ARRAY, SOPInstanceUID="1.2.3.9", Manufacturer="Synthetic Scanners")
    members = [("native.dcm", native), ("other.dcm", file_of(other))]
    write(tmp_path / "in" / "study.dicom.zip", zip_archive(members))
    result, report = run(tmp_path)
    assert result.returncode == 0, result.stderr
    out = tmp_path / "out"
    with zipfile.ZipFile(out / "study.dicom.zip") as archive:
        inside, left = (archive.read(name) for name in ("native.dcm", "other.dcm"))
    copies = [(out / "native.dcm").read_bytes(), (out / "packed.dcm").read_bytes(), inside]
    assert all((pixels(copy) == BLANKED).all() for copy in copies)
    assert (pixels(left) == ARRAY).all()
    assert all(b"Canary" not in copy for copy in (*copies, left))
    told = json.dumps(report)
    assert "alter_pixels: 1 rule blanked regions of 1 frame, decompressed" in told
    assert "Canary" not in told + result.stdout + result.stderr


def test_an_image_that_cannot_be_decoded_has_no_copy(tmp_path):
    write(tmp_path / "in" / "bad.dcm", compressed(image(ARRAY), [b"Canary^Zebra" * 9], uid.JPEGLSLossless))
    result, report = run(tmp_path)
    assert result.returncode == 1
    assert not any((tmp_path / "out").rglob("*.dcm"))
    assert "pip install 'fw-gear-deid[pixels]'" in result.stderr
    assert "Canary" not in result.stdout + result.stderr + json.dumps(report)
