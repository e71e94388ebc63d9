"""Where copies lie: folders that BIDS names after a subject, named after the pseudonym."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions.subjects import pseudonym
from fw_gear_deid.identity.keys import BIDS_PREFIX, key_of

if TYPE_CHECKING:
    from fw_gear_deid.identity import Subject
    from fw_gear_deid.profile.model import Profile

_FOLDER: Final = re.compile(r"sub-[0-9A-Za-z]+")


def renamed(folder: str, profile: Profile, subject: Subject) -> str:
    """Return the folder of a file's copy.

    Args:
        folder: that of the file (POSIX).
        profile: says whether folders are renamed.
        subject: who the file is about; where that is not known, each folder tells.
    """
    if not profile.folder_key:
        return folder
    return "/".join(_renamed(part, profile.folder_key, subject.key) for part in folder.split("/"))


def _renamed(part: str, secret: str, key: str) -> str:
    return BIDS_PREFIX + pseudonym(secret, key or key_of(part)) if _FOLDER.fullmatch(part) else part
