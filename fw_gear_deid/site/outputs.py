"""What the gear leaves beside its sources: tables, logs and reports, which are never sources themselves.

``deid_log.csv`` holds the values before de-identification. The platform saves it in the container that a job was
started on, where the next job on that container meets it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fw_gear_deid.site.containers import SiteFile

GEAR: Final = "fw-gear-deid"
_NAMES: Final = re.compile(
    r"deid_log\.csv|deid_report(?:_[0-9a-f]+)?\.(?:json|html)"
    r"|(?:project|subject|session|acquisition|analysis)-[0-9A-Za-z-]+_export\.csv"
)


def is_output(file: SiteFile, gear: str = GEAR) -> bool:
    """Whether a file was written by the gear, by what the site says of it or by its name."""
    maker = file.metadata.get("gear_info") or {}
    return maker.get("name") == gear or _NAMES.fullmatch(file.name) is not None
