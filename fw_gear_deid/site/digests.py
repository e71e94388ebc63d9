"""Whether bytes are those that the site has: by its own hash, as far as its form is known."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

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
    algorithm, digits = _known(file.hash)
    if not algorithm:
        return None
    return _digest(path, algorithm) == digits


def in_the_form_of(text: str, path: Path) -> dict[str, str]:
    """Return the hash of a local file by the function of a site's hash, by its name; nothing where that is not known.

    Raises:
        OSError: it cannot be read.
    """
    algorithm, _ = _known(text)
    return {algorithm: _digest(path, algorithm)} if algorithm else {}


def differs(file: SiteFile, export: Mapping[str, Any]) -> bool:
    """Whether a file on the site is known to be another than the one whose size and hashes are given.

    Its bytes are not read: where the site's hash is by another function than those, the size alone tells.
    """
    algorithm, digits = _known(file.hash)
    return file.size != export.get("size") or export.get(algorithm, digits) != digits


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, algorithm).hexdigest()


def _known(text: str) -> tuple[str, str]:
    """Return the hash function and the digits of a site's hash; ``""`` where its form is not known."""
    match = _HASH.fullmatch(text)
    algorithm = "" if match is None else str(match[1] or _ALGORITHMS.get(len(match[2])))
    return (algorithm, match[2]) if match is not None and algorithm in _ALGORITHMS.values() else ("", "")
