"""The synthetic data is what it claims to be, by the eyes of other libraries."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zipfile

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom import uid

from tests.synthetic import (
    ALICE,
    BJORN,
    YUKI,
    Series,
    Volume,
    bids_sidecar,
    image_series,
    mr_series,
    nifti,
    nifti_pair,
    participants_tsv,
    phenotype_csv,
    tar_archive,
    write_multiframe,
    zip_archive,
)

SYNTAXES = [
    uid.ExplicitVRLittleEndian,
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.JPEG2000Lossless,
]


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize("patient", [ALICE, BJORN, YUKI], ids=lambda patient: patient.patient_id)
def test_an_object_reads_back_in_every_transfer_syntax(syntax, patient):
    objects = list(image_series(patient, Series(slices=2, header="full", transfer_syntax=syntax)))
    read = [pydicom.dcmread(io.BytesIO(data)) for _, data in objects]
    assert [dataset.file_meta.TransferSyntaxUID for dataset in read] == [syntax, syntax]
    assert {str(dataset.PatientName) for dataset in read} == {patient.name}
    assert len({dataset.SOPInstanceUID for dataset in read}) == 2
    assert all(dataset.SOPInstanceUID.is_valid for dataset in read)
    step = read[0].RequestAttributesSequence[0].ScheduledProtocolCodeSequence[0].ProtocolContextSequence[0]
    assert str(step.PersonName) == patient.name


def test_a_full_header_is_as_long_as_a_scanners():
    dataset = pydicom.dcmread(io.BytesIO(mr_series(slices=1)[0][1]))
    assert 140 <= len(dataset) <= 180
    assert sum(1 for element in dataset if element.tag.is_private) > 25
    assert sum(1 for element in dataset.iterall()) > len(dataset) + 40
    assert dataset.get_private_item(0x0029, 0x10, "SIEMENS CSA HEADER").value.startswith(b"SV10")


def test_pixels_are_the_same_in_every_uncompressed_syntax():
    arrays = [
        pydicom.dcmread(io.BytesIO(next(image_series(series=Series(transfer_syntax=syntax)))[1])).pixel_array
        for syntax in SYNTAXES[:4]
    ]
    assert arrays[0].max() > 500
    assert all((array == arrays[0]).all() for array in arrays)


def test_series_are_the_same_each_time():
    assert mr_series() == mr_series()
    assert mr_series(BJORN)[0] != mr_series(ALICE)[0]


def test_a_multiframe_object_can_be_written_frame_by_frame():
    file = io.BytesIO()
    write_multiframe(file, 5, Series(rows=4, columns=8))
    file.seek(0)
    assert pydicom.dcmread(file).pixel_array.shape == (5, 4, 8)


@pytest.mark.parametrize("volume", [Volume(), Volume(little_endian=False), Volume(extension=False)])
def test_nibabel_reads_the_nifti(volume):
    read = nibabel.Nifti1Image.from_bytes(nifti(volume=volume, gz=False))
    assert read.shape == (8, 6, 4)
    assert b"Alice Canary" in read.header["descrip"].item()
    assert b"Alice" in read.header["db_name"].item()
    assert len(read.header.extensions) == int(volume.extension)
    assert np.asarray(read.dataobj)[1, 0, 0] == (37 - 1024) * 0.5 - 10
    assert read.affine[1].tolist() == [0, 1.25, 0, -3.75]


def test_nibabel_reads_the_pair(tmp_path):
    for suffix, data in zip((".hdr", ".img"), nifti_pair(), strict=True):
        (tmp_path / f"a{suffix}").write_bytes(data)
    whole = nibabel.Nifti1Image.from_bytes(gzip.decompress(nifti()))
    pair = nibabel.load(tmp_path / "a.img")
    assert (np.asarray(pair.dataobj) == np.asarray(whole.dataobj)).all()


def test_tables_hold_what_a_careless_rewrite_loses():
    sidecar = bids_sidecar(YUKI)
    assert json.loads(sidecar)["global"]["const"]["PatientName"] == YUKI.name
    assert "1.0e-3" in sidecar
    tsv = participants_tsv()
    assert tsv.splitlines()[1].split("\t")[4] == "007"
    assert "\r" not in tsv
    rows = list(csv.reader(io.StringIO(phenotype_csv(), newline="")))
    assert rows[1][-1] == 'sings "Bird, Bird"'
    assert rows[2][-1] == "two\r\nlines"
    assert {len(row) for row in rows} == {8}


def test_archives_hold_their_members_in_order():
    members = [("b/", b""), ("b/x.txt", b"x"), ("a.txt", b"a" * 500)]
    with zipfile.ZipFile(io.BytesIO(zip_archive(members, "of Alice"))) as archive:
        assert [(entry.filename, archive.read(entry)) for entry in archive.infolist()] == members
        assert archive.comment == b"of Alice"
    with tarfile.open(fileobj=io.BytesIO(tar_archive(members, gz=True))) as archive:
        assert archive.getnames() == ["b", "b/x.txt", "a.txt"]
        assert archive.extractfile("a.txt").read() == b"a" * 500
