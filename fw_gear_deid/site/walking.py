"""The files of a container and of all below it, a page at a time: a project may hold more than memory does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_deid.errors import UsageError
from fw_gear_deid.site.lineage import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container, SiteFile


@dataclass(frozen=True, slots=True)
class Place:
    """A source container that holds files, and those above it.

    Attributes:
        containers: from the project down to the container itself.
    """

    containers: tuple[Container, ...]

    @property
    def container(self) -> Container:
        """The container itself."""
        return self.containers[-1]

    @property
    def project(self) -> Container:
        """The project it lies in."""
        return self.containers[0]

    @property
    def files(self) -> tuple[SiteFile, ...]:
        """Its own files."""
        return self.container.files

    def above(self, kind: str) -> Container | None:
        """Return the container of a kind among these; None when there is none."""
        return next((each for each in self.containers if each.kind == kind), None)


def place_of(client: SiteClient, container_id: str) -> Place:
    """Return the place of a container; of an analysis, the one it was started on.

    Raises:
        UsageError: the container is of another kind (a group, a collection).
        SiteError: the site refuses, or does not answer.
    """
    container = client.container(container_id)
    if container.kind == "analysis":
        parent = container.metadata.get("parent") or {}
        container = client.container(str(parent.get("id") or ""))
    if container.kind not in LEVELS:
        raise UsageError(f"a {container.kind} cannot be de-identified; start the gear on a {', '.join(LEVELS)}")
    above = [container.parents[kind] for kind in LEVELS if kind in container.parents and kind != container.kind]
    return Place((*(client.container(each) for each in above), container))


def places(client: SiteClient, root: Place) -> Iterator[Place]:
    """Yield a container and all below it, parents first; analyses are left out.

    Raises:
        SiteError: the site refuses, or does not answer.
    """
    yield root
    level = LEVELS.index(root.container.kind) + 1
    if level < len(LEVELS):
        for child in client.children(root.container, LEVELS[level]):
            yield from places(client, Place((*root.containers, child)))
