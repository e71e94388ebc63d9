"""The containers a source file lies in, what may be told of them (salted hashes, labels), and how they are mirrored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS = ("project", "subject", "session", "acquisition")
"""Kinds of containers that hold files, from the top down."""

_PREFIXES = {"subject": "sub", "session": "ses", "acquisition": "acq"}
_LABEL_DIGITS = 12


def origin_id(source_id: str, project_id: str) -> str:
    """Return what stands for a source container or file at the destination.

    The SHA-256 of the source's id, salted in front with the id of the source project: the value that Flywheel's own
    export gear computes, so that copies made by either are found by the other. Only someone who knows both ids, that
    is, who can read the source, can compute it.

    Returns:
        64 hexadecimal digits.
    """
    return hashlib.sha256(f"{project_id}{source_id}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Lineage:
    """A source container and those above it, by id.

    Attributes:
        kind: which of ``LEVELS`` the container itself is.
        ids: id by kind; kinds that are not known are missing.
    """

    kind: str
    ids: Mapping[str, str]

    @property
    def id(self) -> str:
        """Id of the container itself; empty when it is not known."""
        return self.ids.get(self.kind, "")

    @property
    def project_id(self) -> str:
        """Id of the source project, the salt; empty when it is not known."""
        return self.ids.get("project", "")

    def origin_id(self, kind: str) -> str:
        """Return the salted hash of the container of a kind; empty when its id is not known."""
        known = self.ids.get(kind, "")
        return origin_id(known, self.project_id) if known else ""

    def label(self, kind: str) -> str:
        """Return a label that tells nothing: of the salted hash, such as ``sub-0123456789ab``, or ``sub-unknown``."""
        return f"{_PREFIXES[kind]}-{self.origin_id(kind)[:_LABEL_DIGITS] or 'unknown'}"

    def labels(self, subject: str) -> tuple[tuple[str, str], ...]:
        """Return the same as ``below_project``, with the subject's own label if it has one."""
        own = {"subject": subject} if subject else {}
        return tuple((kind, own.get(kind, label)) for kind, label in self.below_project)

    @property
    def below_project(self) -> tuple[tuple[str, str], ...]:
        """Kind and label of each container from below the project down to the container itself."""
        return tuple((kind, self.label(kind)) for kind in LEVELS[1 : LEVELS.index(self.kind) + 1])


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A source container as it is to stand at the destination.

    Attributes:
        kind: ``subject``, ``session`` or ``acquisition``.
        origin_id: salted hash of the source container's id.
        label: its label there.
        fields: its other metadata there.
        note: what is to be said of these.
        digests: stand for these (``renewing``); None: they differ from run to run.
    """

    kind: str
    origin_id: str
    label: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    digests: Mapping[str, Any] | None = None


Chain = tuple[Mirrored, ...]
"""Containers from below the project down to the one that is meant."""
