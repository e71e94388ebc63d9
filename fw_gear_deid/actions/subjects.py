"""What is derived from who a value is about: ``pseudonym``, and by how many days dates move."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, Self

from fw_gear_deid.actions.keyed import secret_of
from fw_gear_deid.actions.options import EMPTY, is_missing
from fw_gear_deid.errors import ActionError
from fw_gear_deid.identity.keys import BIDS_PREFIX

if TYPE_CHECKING:
    from fw_gear_deid.actions.base import Answer, Occurrence, Scalar
    from fw_gear_deid.actions.options import Options

LETTERS: Final = 16
"""Letters and digits of a pseudonym: as many as a DICOM SH value and every other identifier can hold, 80 bits."""

BY_SUBJECT: Final = "subject"
"""The word that stands in place of a number of days."""

MOST_DAYS: Final = 3650
"""How far back dates move at most, unless ``date-increment-range`` says otherwise."""

UNKNOWN: Final = (
    "whose file it is cannot be told; put it into a folder with the DICOM files of its one patient, or name the "
    "subject with --subject"
)


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """The field becomes a name for the subject: the same in every format and run with one secret key.

    ``sub-`` before the value, as BIDS writes it, stays.

    Attributes:
        secret: the section's secret key.
        missing: spellings of a missing value, which is left alone.
    """

    key: ClassVar[str] = "pseudonym"
    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = True
    personal: ClassVar[bool] = True
    secret: str = field(repr=False)
    missing: frozenset[str] = EMPTY

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the action with the parameters of a rule.

        Raises:
            OptionError: there is no secret key.
        """
        return cls(secret_of(options), options.missing)

    def apply(self, value: Scalar | None, at: Occurrence) -> Answer:
        """Return the subject's pseudonym; None for a missing value.

        Raises:
            ActionError: who the value is about is not known.
        """
        if value is None or is_missing(value, self.missing):
            return None
        prefix = BIDS_PREFIX if str(value).startswith(BIDS_PREFIX) else ""
        return prefix + pseudonym(self.secret, key_at(at, self.key))


@dataclass(frozen=True, slots=True)
class SubjectShift:
    """By how many days the dates of a subject move: always back, and never by nothing.

    Attributes:
        secret: the section's secret key.
        most: how many days at most.
    """

    secret: str = field(repr=False)
    most: int = MOST_DAYS

    def days(self, at: Occurrence, action: str) -> int:
        """Return the days by which dates of the subject move.

        Raises:
            ActionError: who the value is about is not known.
        """
        return shift(self.secret, key_at(at, action), self.most)


def key_at(at: Occurrence, action: str) -> str:
    """Return the key of the subject that a value is about.

    Raises:
        ActionError: it is not known.
    """
    if not at.subject.key:
        raise ActionError(f"{action}: {UNKNOWN}")
    return at.subject.key


@lru_cache(maxsize=1 << 12)
def pseudonym(secret: str, key: str) -> str:
    """Return the pseudonym of a subject: capitals and digits of its HMAC-SHA256 (RFC 4648 base32)."""
    return base64.b32encode(_digest(secret, "subject", key)).decode("ascii")[:LETTERS]


@lru_cache(maxsize=1 << 12)
def shift(secret: str, key: str, most: int = MOST_DAYS) -> int:
    """Return the days by which the dates of a subject move, uniform over -most … -1."""
    bits = int.from_bytes(_digest(secret, "shift", key)[:16], "big")
    return -1 - (bits * most >> 128)


def _digest(secret: str, purpose: str, key: str) -> bytes:
    # The zero byte keeps what is derived for one purpose apart from what is derived for another.
    message = f"{purpose}\0{key}".encode("utf-8", "surrogatepass")
    return hmac.digest(secret.encode(), message, "sha256")
