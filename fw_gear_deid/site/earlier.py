"""What lies at the destination already, and what happens to it. Copies are known by where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_deid.errors import DestinationError
from fw_gear_deid.site.containers import mapping
from fw_gear_deid.site.exports import OCCUPIED, Overwrite
from fw_gear_deid.site.identifiers import repeated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from typing import Any

    from fw_gear_deid.site.containers import Container, SiteFile
    from fw_gear_deid.site.exports import Provenance


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens at the destination.

    Attributes:
        overwrite: what happens to earlier copies.
        made: what makes the copies of this run.
        delete_reason: passed on where something is deleted.
        identifiers: what identifies the subject; no copy may be called by it.
    """

    overwrite: Overwrite
    made: Provenance
    delete_reason: str = ""
    identifiers: frozenset[str] = frozenset()

    def check_name(self, name: str) -> None:
        """Refuse a name that tells who the subject is.

        Raises:
            DestinationError: it does.
        """
        if repeated(name, self.identifiers):
            raise DestinationError(
                "the copy's name holds a name, number or date that identifies the subject; give it another one with "
                "'filenames' in the profile (for an archive, in its zip section)"
            )

    def check_free(self, name: str, container: Container, earlier: list[SiteFile]) -> None:
        """Refuse to overwrite what is none of the earlier copies of a source.

        Raises:
            DestinationError: it would.
        """
        taken = any(file.name == name and file not in earlier for file in container.files)
        if taken and self.overwrite is not Overwrite.CLEANUP_FORCE:
            raise DestinationError(OCCUPIED)


def copies_of(container: Container, origins: AbstractSet[str]) -> list[SiteFile]:
    """Return the copies in a container, under whatever name, of the source file that some hashes stand for."""
    return [file for file in container.files if exported(file).get("origin_id") in origins]


def exported(file: SiteFile) -> Mapping[str, Any]:
    """Return what a copy's ``info.export`` says."""
    return mapping(file.info.get("export"))
