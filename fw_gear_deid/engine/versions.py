"""What had a part in a result: this package, what it reads and packs with, and the editions of the tables."""

from __future__ import annotations

import platform

import isal
import pydicom

from fw_gear_deid import __version__
from fw_gear_deid.standard.confidentiality import EDITION


def versions() -> dict[str, str]:
    """Return versions and editions by name, for reports and ``fw-deid --version``."""
    return {
        "fw-gear-deid": __version__,
        "python": platform.python_version(),
        "pydicom": pydicom.__version__,
        "isal": isal.__version__,
        "DICOM PS3.15 Table E.1-1": EDITION,
    }
