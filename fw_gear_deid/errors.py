"""The one exception tree of this package.

::

    DeidError
    ├── UsageError              the run cannot start: configuration, input, permission      (exit code 2)
    │   └── ProfileError        the profile is wrong: carries every problem with its place  (exit code 2)
    ├── FileError               this one file cannot be de-identified safely: it is withheld
    │   ├── UnreadableError     not what it says it is, damaged, or truncated
    │   ├── UnmatchedError      no section of the profile owns it
    │   ├── ActionError         a rule could not be carried out on a value
    │   ├── GateError           the profile holds such files back for a person to look at
    │   └── TooLargeError       needs more memory than the run may use
    ├── DestinationError        the copy could not be written; the file has failed
    └── SiteError               the site refused what was asked of it, or did not answer

No message of these holds a value read from a file: say what, where, and what to do next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.problems import Finding, Problem

NO_ANSWER: Final = 0
_PASSING: Final = frozenset({NO_ANSWER, 408, 429, 500, 502, 503, 504})

GOOD, SOME_FAILED, NOTHING_DONE = 0, 1, 2
"""Exit codes: all good; at least one file failed or was withheld; wrong arguments, profile, or permission."""


class DeidError(Exception):
    """Base of every error this package raises on purpose."""


class UsageError(DeidError):
    """The run cannot start; nothing has been read or written."""


class ProfileError(UsageError):
    """A profile that cannot be used.

    Attributes:
        problems: all errors and warnings found, in the order of the profile's lines.
    """

    def __init__(self, problems: Iterable[Problem], source: str = "profile") -> None:
        self.problems = tuple(problems)
        self.source = source
        super().__init__("\n".join(problem.located(source) for problem in self.problems))


class FileError(DeidError):
    """One file cannot be de-identified safely."""


class UnreadableError(FileError):
    """The file is damaged, truncated, or not what its name or profile section says."""


class UnmatchedError(FileError):
    """No section of the profile owns the file."""


class ActionError(FileError):
    """A rule could not be carried out on a value of the file."""


class GateError(FileError):
    """The profile holds back files of this kind for a person to look at."""


class ResidualError(FileError):
    """The finished copy still holds what identifies the subject.

    Attributes:
        findings: what was found, without values.
    """

    def __init__(self, message: str, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(message)


class TooLargeError(FileError):
    """The file, or the part that must be held at once, is larger than the memory limit."""


class DestinationError(DeidError):
    """A de-identified copy could not be written to its destination."""


class SiteError(DeidError):
    """The site refused what was asked of it, or did not answer.

    Attributes:
        status: HTTP status of its answer; ``NO_ANSWER`` when there was none.
    """

    def __init__(self, message: str, status: int = NO_ANSWER) -> None:
        self.status = status
        super().__init__(message)

    @property
    def is_passing(self) -> bool:
        """Whether a later try may meet with another answer."""
        return self.status in _PASSING
