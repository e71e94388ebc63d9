"""Which paths may stand in an archive."""

from __future__ import annotations

import re
from typing import Final

from fw_gear_deid.errors import UnreadableError

_DRIVE: Final = re.compile(r"[A-Za-z]:")


def checked_path(name: str) -> str:
    """Return a member's path with ``/`` between its parts and none at the end.

    Raises:
        UnreadableError: the path is empty, absolute, or leaves the archive. The message does not hold it.
    """
    path = name.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if path.startswith("/") or _DRIVE.match(path) or ".." in parts or "\0" in path:
        raise UnreadableError("a member's path leads out of the archive; pack it again with relative paths")
    if not parts:
        raise UnreadableError("a member of the archive has no name")
    return "/".join(parts)
