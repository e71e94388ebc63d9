"""What can be wrong with a profile, and where."""

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
