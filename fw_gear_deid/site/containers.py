"""Containers and files as the API describes them, in plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file on the site, in its newest version.

    Attributes:
        parent: id of its container.
        hash: as the site writes it.
        metadata: all of its fields, as the API names them.
    """

    file_id: str
    name: str
    parent: str
    version: int = 1
    size: int = 0
    hash: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version_id(self) -> str:
        """Id of its newest version."""
        return str(self.metadata.get("id") or self.metadata.get("_id") or "")

    @property
    def info(self) -> Mapping[str, Any]:
        """Its ``info``."""
        return mapping(self.metadata.get("info"))

    @classmethod
    def of(cls, document: Mapping[str, Any], parent: str) -> Self:
        """Return a file from what the API says of it."""
        return cls(
            str(document.get("file_id") or ""),
            str(document.get("name") or ""),
            parent,
            int(document.get("version") or 1),
            int(document.get("size") or 0),
            str(document.get("hash") or ""),
            document,
        )


@dataclass(frozen=True, slots=True)
class Container:
    """A group, project, subject, session, acquisition or analysis.

    Attributes:
        parents: id of each container above it, by kind.
        metadata: all of its fields, as the API names them.
        files: its files, where they were asked for.
    """

    kind: str
    id: str
    label: str
    parents: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[SiteFile, ...] = ()

    @property
    def info(self) -> Mapping[str, Any]:
        """Its ``info``."""
        return mapping(self.metadata.get("info"))

    @classmethod
    def of(cls, kind: str, document: Mapping[str, Any]) -> Self:
        """Return a container from what the API says of it."""
        own = str(document.get("id") or document.get("_id") or "")
        parents = {name: str(value) for name, value in mapping(document.get("parents")).items() if value}
        files = tuple(SiteFile.of(file, own) for file in document.get("files") or ())
        return cls(kind, own, str(document.get("label") or ""), parents, document, files)


def mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}
