"""Take the pictures of pages that the documents show: ``PYTHONPATH=. python scripts/pictures.py``.

The pages are those of runs over the synthetic patients of the tests; Chromium (``scripts/system.py``) takes them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from fw_gear_deid.cli import main as fw_deid
from tests.synthetic import ALICE, BJORN, Series, bids_sidecar, image_series, zip_archive

PICTURES: Final = Path(__file__).parent.parent / "docs" / "images"
LARGEST: Final = 200_000

PROFILE: Final = """\
name: example
scrub: true
gates: {face: warn, burned-in: pass}
dicom:
  date-increment: -17
  remove-private-tags: true
  alter_pixels:
    pixels:
      - {when: contains SeriesDescription BOLD, remove: [0, 0, 128, 20]}
  fields:
    - {name: PatientName, replace-with: ANON}
    - {name: PatientID, hash: true}
    - {name: StudyDate, increment-date: true}
    - {name: SOPInstanceUID, hashuid: true}
    - {name: AccessionNumber, remove: true}
    - {name: OtherPatientNames, remove: true}
zip: {}
json:
  fields: [{name: PatientName, remove: true}]
"""


def main() -> int:
    """Make the pages and take their pictures; return 0 if all of them were taken."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        study = folder / "study"
        lay_out(study)
        profile = folder / "profile.yaml"
        profile.write_text(PROFILE, encoding="utf-8")
        page = folder / "deid_report.html"
        fw_deid(["run", str(profile), str(study), "-o", str(folder / "copies"), "--html", str(page), "--quiet"])
        fw_deid(["test", str(study), str(profile), str(folder / "results")])
        found = folder / "findings.html"
        fw_deid(["check", str(study), "--sample", "3", "--html", str(found), "--quiet"])
        return (
            take(page, "report.png", (1000, 1000))
            + take(folder / "results" / "test.html", "trial.png", (1000, 1250))
            + take(found, "check.png", (1000, 1000))
        )


def lay_out(study: Path) -> None:
    """Write the sessions of two patients; one series was cut off on its way."""
    for number, patient in enumerate((ALICE, BJORN), 1):
        session = study / f"sub-{number:02}" / "ses-01"
        session.mkdir(parents=True)
        for place, name in enumerate(("T1", "FLAIR", "BOLD"), 1):
            series = Series(slices=8, rows=128, columns=128, number=place, description=f"head {name}")
            objects = list(image_series(patient, series))
            if (number, name) == (2, "BOLD"):
                objects[4] = (objects[4][0], objects[4][1][:-900])
            (session / f"{name}.zip").write_bytes(zip_archive(objects))
            (session / f"{name}.json").write_text(bids_sidecar(patient), encoding="utf-8")


def take(page: Path, name: str, size: tuple[int, int]) -> int:
    """Take the picture of a page, and return 0 if it is there and not too large."""
    picture = PICTURES / name
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={size[0]},{size[1]}"]
    command = ["chromium", *options, f"--screenshot={picture}", page.as_uri()]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603  # our own words
    print(f"{name}: {picture.stat().st_size} bytes")
    return 1 if picture.stat().st_size > LARGEST else 0


if __name__ == "__main__":
    sys.exit(main())
