"""What can be wrong with a profile, or with a copy, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters: an error stops the run, a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in the profile's text; both numbers count from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong or doubtful in a profile, and where."""

    message: str
    mark: Mark
    severity: Severity = Severity.ERROR

    def located(self, source: str) -> str:
        """Return ``source:line:column: message``, with ``warning:`` before the message of a warning."""
        prefix = "" if self.severity is Severity.ERROR else "warning: "
        return f"{source}:{self.mark.line}:{self.mark.column}: {prefix}{self.message}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """An identifier that was met in a copy. Holds no identifying value.

    Attributes:
        where: the place: a DICOM path of keywords, a line, a file name.
        kind: what the identifier is, in words (``identity.Kind``).
        certain: whether it can be no coincidence.
        context: what stands around it, with ``x`` for letters and ``9`` for digits, the identifier in brackets.
        count: how often it stands there.
    """

    where: str
    kind: str
    certain: bool
    context: str = ""
    count: int = 1
