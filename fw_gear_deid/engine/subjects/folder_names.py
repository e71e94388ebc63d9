"""Names of folders without what is known of the subjects whose files they hold, and without dates, UIDs and numbers."""

from __future__ import annotations

import hmac
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.naming import scrubbed_folder
from fw_gear_deid.identity import NOBODY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_deid.engine.base import Source


_OF_BIDS: Final = re.compile("(?:sub|ses)-[0-9A-Za-z]+")
"""Folders whose names stand in the names of files, too, and in tables."""


def scrubbed_folders(sources: Sequence[Source], key: str = "") -> list[Source]:
    """Return sources whose folders have lost known identifiers; each keeps its place in the order.

    A folder is renamed by what is known of every subject that has a file in it or below, so that it has one name for
    all its files.

    Args:
        sources: the sources.
        key: secret key of hashes, which take the place of names with a date, a UID or the like; ``""``: these stay.
    """
    names: dict[PurePosixPath, str] = {}
    told = {(source.folder, source.subject): None for source in sources}
    for folder, subject in told:
        for path in _ways(folder):
            names[path] = scrubbed_folder(names.get(path, path.name), subject)
    if key:
        names = {path: name if is_harmless(name) else digest_of(name, key) for path, name in names.items()}
    new = {folder: "/".join(names[path] for path in _ways(folder)) for folder, _ in told}
    return [replace(source, folder=new[source.folder]) for source in sources]


def is_harmless(name: str) -> bool:
    """Whether the name of a folder or container holds no date, UID or the like, or is one that BIDS gives."""
    from fw_gear_deid.identity.cleaning import cleaned  # noqa: PLC0415  # few runs need its word lists

    return _OF_BIDS.fullmatch(name) is not None or cleaned(name, NOBODY) == name


def digest_of(name: str, key: str) -> str:
    """Return 16 digits that stand for the name of a folder or container, everywhere under one key."""
    return hmac.digest(key.encode(), f"folder\0{name}".encode("utf-8", "surrogatepass"), "sha256").hex()[:16]


def _ways(folder: str) -> tuple[PurePosixPath, ...]:
    """Return a folder and those above it, from the top."""
    path = PurePosixPath(folder)
    return (*reversed(path.parents[:-1]), path) if folder else ()
