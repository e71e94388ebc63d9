"""Whether bytes are those that the site has: by its own hash, as far as its form is known."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.base import CHUNK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fw_gear_deid.site.containers import SiteFile

_HASH: Final = re.compile(r"(?:v0-)?(?:(sha\d+)-)?([0-9a-f]{64,128})")
_ALGORITHMS: Final[Mapping[int, str]] = {64: "sha256", 96: "sha384", 128: "sha512"}
"""Hash functions by the number of their hexadecimal digits."""


def agrees(path: Path, file: SiteFile) -> bool | None:
    """Return whether a local file has the size and hash of one on the site; None when its hash is in no known form.

    Raises:
        OSError: it cannot be read.
    """
    if path.stat().st_size != file.size:
        return False
    match = _HASH.fullmatch(file.hash)
    algorithm = "" if match is None else str(match[1] or _ALGORITHMS.get(len(match[2])))
    if match is None or algorithm not in _ALGORITHMS.values():
        return None
    digest = hashlib.new(algorithm)
    with path.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == match[2]
