"""The address of a destination project: ``group/Project Label``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from fw_gear_deid.errors import UsageError

LABEL_LENGTH = 64
"""Longest label of a container, in characters."""

_GROUP = re.compile(r"[0-9a-z][0-9a-z.@_-]{0,62}[0-9a-z]|[0-9a-z]")


@dataclass(frozen=True, slots=True)
class ProjectPath:
    """A project by its group's id and its own label."""

    group: str
    label: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``group/Project Label``.

        Raises:
            UsageError: it is not of that form, or a part cannot name a group or a project.
        """
        parts = text.split("/")
        if len(parts) != 2:  # noqa: PLR2004  # a group and a label
            raise UsageError("must be 'group/Project Label': a group id and a project label with one '/' between them")
        group, label = parts
        if not _GROUP.fullmatch(group):
            raise UsageError("the group id before the '/' may hold only a-z, 0-9 and, inside, '.', '_', '-' and '@'")
        if fault := label_fault(label):
            raise UsageError(f"the project label after the '/' {fault}")
        return cls(group, label)

    @property
    def folder(self) -> str:
        """The project's folder below the root of the embedded tree."""
        return f"{self.group}/{self.label}"


def label_fault(label: str) -> str:
    """Return what is wrong with a container's label, as the end of a sentence; empty when it is fine."""
    if not label.strip():
        return "is empty"
    if label != label.strip():
        return "begins or ends with white space"
    if label.strip(".") == "":
        return "consists of dots"
    if len(label) > LABEL_LENGTH:
        return f"is longer than {LABEL_LENGTH} characters"
    if "/" in label or "\\" in label or not label.isprintable():
        return "holds a slash, a backslash or a character that cannot be printed"
    return ""
