"""Write ``input/alice_mr.zip``, what the example de-identifies: made-up data of a patient who never lived.

``.venv/bin/python example_config/make_archive.py`` writes the same members each time.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.synthetic import (  # noqa: E402  # the path above leads to it
    ALICE,
    Volume,
    bids_sidecar,
    mr_series,
    nifti,
    participants_tsv,
    phenotype_csv,
    zip_archive,
)

ARCHIVE: Final = HERE / "input" / "alice_mr.zip"
COMMENT: Final = f"MR of {ALICE.spoken_name}, {ALICE.patient_id}"


def members() -> list[tuple[str, bytes]]:
    """Return name and bytes of each member, in the archive's order."""
    slices = mr_series(ALICE, slices=4, rows=64, columns=64)
    scores = phenotype_csv(ALICE).replace(",", ";").replace("\r\n", "\n")
    return [
        ("alice_canary/", b""),
        ("alice_canary/dicom/", b""),
        *((f"alice_canary/dicom/{name}", data) for name, data in slices),
        ("alice_canary/sub-001_T1w.json", bids_sidecar(ALICE).encode()),
        ("alice_canary/sub-001_T1w.nii.gz", nifti(ALICE, Volume(size=(32, 32, 16)))),
        ("alice_canary/alice_dwi.bval", b"0 1000 1000 2000\n"),
        ("participants.tsv", participants_tsv(ALICE).encode()),
        ("phenotype.csv", phenotype_csv(ALICE).encode()),
        ("scores.txt", scores.encode()),
    ]


def main() -> None:
    """Write the archive."""
    ARCHIVE.parent.mkdir(exist_ok=True)
    ARCHIVE.write_bytes(zip_archive(members(), COMMENT))


if __name__ == "__main__":
    main()
