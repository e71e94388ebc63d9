"""Which paths of members are taken: relative ones that stay within the archive, each once."""

from __future__ import annotations

import posixpath
import re

from fw_gear_deid.errors import UnreadableError

DRIVE = re.compile(r"[A-Za-z]:")


class Paths:
    """The paths of an archive's members, seen in order.

    Messages give a member's number in place of its path, which may identify a person.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def add(self, name: str, *, is_folder: bool) -> None:
        """Take one more path.

        Raises:
            UnreadableError: it is empty, absolute, leads out of the archive, or was there before.
        """
        number = len(self._seen) + 1
        if problem := _problem(name, is_folder=is_folder):
            raise UnreadableError(f"member {number} has a path that {problem}; pack the archive again")
        key = posixpath.normpath(name)
        if key in self._seen:
            raise UnreadableError(f"member {number} has the path of an earlier member; pack the archive again")
        self._seen.add(key)


def _problem(name: str, *, is_folder: bool) -> str:
    path = name.replace("\\", "/")
    parts = path.split("/")
    if "\0" in path:
        return "holds a zero byte"
    if path.startswith("/"):
        return "is absolute"
    if DRIVE.match(path):
        return "names a drive"
    if ".." in parts:
        return "leads out of the archive"
    if not path or (not is_folder and parts[-1] in {"", "."}):
        return "is empty"
    return ""
