"""Names of folders without what is known of the subjects whose files they hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fw_gear_deid.formats.naming import scrubbed_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_deid.engine.base import Source


def scrubbed_folders(sources: Sequence[Source]) -> list[Source]:
    """Return sources whose folders have lost known identifiers; each keeps its place in the order.

    A folder is renamed by what is known of every subject that has a file in it or below, so that it has one name for
    all its files.
    """
    names: dict[PurePosixPath, str] = {}
    told = {(source.folder, source.subject): None for source in sources}
    for folder, subject in told:
        for path in _ways(folder):
            names[path] = scrubbed_name(names.get(path, path.name), subject)
    new = {folder: "/".join(names[path] for path in _ways(folder)) for folder, _ in told}
    return [replace(source, folder=new[source.folder]) for source in sources]


def _ways(folder: str) -> tuple[PurePosixPath, ...]:
    """Return a folder and those above it, from the top."""
    path = PurePosixPath(folder)
    return (*reversed(path.parents[:-1]), path) if folder else ()
