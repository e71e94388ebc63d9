"""A source file of a container, what is recorded of its copy, and what happens to copies that are there already."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from fw_gear_deid.engine.base import Source
from fw_gear_deid.formats.base import CHUNK
from fw_gear_deid.site.lineage import origin_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fw_gear_deid.site.lineage import Lineage

GEAR = "fw-gear-deid"
"""Name of the gear, as in its manifest."""

FILE_TYPES = frozenset({"archive", "dicom", "image", "nifti", "source code", "tabular data", "text"})
"""Types of files that are passed on. A closed list, because a type is free text on a site."""


OCCUPIED = (
    "a file of that name is there that is not a copy of this source; give the copies different names with 'filenames' "
    "in the profile, or set overwrite_files to Cleanup_force"
)
"""Why a copy is not written."""


class Overwrite(StrEnum):
    """What happens to earlier copies; nothing old is deleted before the new copy is verified."""

    REPLACE = "Replace"  # the new copy takes the place of the one with its name
    SKIP = "Skip"  # a source file that has a copy is skipped
    CLEANUP = "Cleanup"  # all earlier copies of the source file are deleted after the new one is verified
    CLEANUP_FORCE = "Cleanup_force"  # the same, and a file of that name that is not its copy is replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerFile(Source):
    """A source file that lies in a container.

    Attributes:
        lineage: the containers it lies in.
        file_id: its own id on the site; empty when it is not known.
        type: its type on the site (``dicom``, ``nifti``, …); empty when it is not known.
        metadata: what the site says of it, where the profile has rules for that. Identifying.
    """

    lineage: Lineage
    file_id: str = ""
    type: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def known_as(self) -> str:
        """Its id, or what comes nearest to one: the id of its container and its own name."""
        return self.file_id or f"{self.lineage.id}/{self.name}"

    @property
    def origin_id(self) -> str:
        """The salted hash that stands for it at the destination."""
        return origin_id(self.known_as, self.lineage.project_id)

    def fingerprint(self, filling: str = "") -> str:
        """Return a keyed hash of its name, metadata and content: it changes when the copy may have to change.

        The key is made of ids that only a reader of the source knows, so the content cannot be guessed from it.

        Args:
            filling: what stands for the values that the profile was filled with.

        Returns:
            64 hexadecimal digits.

        Raises:
            OSError: it cannot be read.
        """
        key = f"{self.lineage.project_id}{self.known_as}".encode()
        name = self.name.encode(errors="surrogateescape")
        keyed = hmac.new(key, filling.encode() + name + b"\0", hashlib.sha256)
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                keyed.update(chunk)
        if self.metadata:
            keyed.update(json.dumps(self.metadata, sort_keys=True, default=str).encode())
        return keyed.hexdigest()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made the copies of a run; a copy made by anything else is made anew.

    Attributes:
        profile: SHA-256 of the profile's text, hexadecimal.
        version: version of this gear.
        filling: ``Profile.filling``, which is never written but under a key.
    """

    profile: str
    version: str
    filling: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The bytes of a copy.

    Attributes:
        size: number of bytes.
        sha256: their SHA-256, hexadecimal.
    """

    size: int
    sha256: str


def measure(path: Path) -> Written:
    """Read a file back.

    Raises:
        OSError: it cannot be read.
    """
    sha256 = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sha256.update(chunk)
            size += len(chunk)
    return Written(size, sha256.hexdigest())


def container_info(made: Provenance, origin: str) -> dict[str, str]:
    """Return ``info.export`` of a destination container; nothing in it identifies. Its origin may not be known."""
    known = {"origin_id": origin} if origin else {}
    return known | {"profile": made.profile, "gear": GEAR, "gear_version": made.version}


def file_info(made: Provenance, origin: str, fingerprint: str, written: Written) -> dict[str, str | int]:
    """Return ``info.export`` of a copy; nothing in it identifies."""
    sums: dict[str, str | int] = {"fingerprint": fingerprint, "sha256": written.sha256, "size": written.size}
    return container_info(made, origin) | sums
