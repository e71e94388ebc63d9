"""Synthetic data: patients, images, tables and archives that tests, benchmarks and the example are made of."""

from __future__ import annotations

from tests.synthetic.archives import tar_archive, zip_archive
from tests.synthetic.dicom import Series, encoded, image, image_series, mr_series, write_multiframe
from tests.synthetic.nifti import Volume, nifti, nifti_pair
from tests.synthetic.patient import ALICE, BJORN, YUKI, Patient
from tests.synthetic.tables import bids_sidecar, participants_tsv, phenotype_csv

__all__ = [
    "ALICE",
    "BJORN",
    "YUKI",
    "Patient",
    "Series",
    "Volume",
    "bids_sidecar",
    "encoded",
    "image",
    "image_series",
    "mr_series",
    "nifti",
    "nifti_pair",
    "participants_tsv",
    "phenotype_csv",
    "tar_archive",
    "write_multiframe",
    "zip_archive",
]
