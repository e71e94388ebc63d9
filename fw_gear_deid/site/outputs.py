"""What the gear leaves beside its sources: tables, logs and reports, which are never sources themselves.

``deid_log.csv`` holds the values before de-identification. The platform saves it in the container that a job was
started on, where the next job on that container meets it, and where a gear rule may choose it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.site.containers import mapping

if TYPE_CHECKING:
    from fw_gear_deid.site.containers import SiteFile

GEAR: Final = "fw-gear-deid"
NO_SOURCE: Final = "input-file: was written by this gear, and may hold what it removed; choose another file"
"""What is said of such a file that a job was started on."""

_NAMES: Final = re.compile(
    r"deid_log\.csv|deid_report(?:_[0-9a-f]+)?\.(?:json|html)"
    r"|(?:project|subject|session|acquisition|analysis)-[0-9A-Za-z-]+_export\.csv"
)


def is_output(file: SiteFile, gear: str = GEAR) -> bool:
    """Whether the gear wrote a file, by what the site says of it or by its name; a copy is a file like others."""
    maker = mapping(file.metadata.get("gear_info"))
    written = maker.get("name") == gear and not mapping(file.info.get("export")).get("origin_id")
    return written or _NAMES.fullmatch(file.name) is not None
