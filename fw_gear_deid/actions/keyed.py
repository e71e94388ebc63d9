"""Hashes and reproducible draws, by the salt or the secret key of a section."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.actions.options import OptionError, Options

if TYPE_CHECKING:
    from fw_gear_deid.actions.base import Occurrence

KEYED_METHOD: Final = "hmac-sha256"
HASH_METHODS: Final = ("sha256", KEYED_METHOD)
KEY_SETTING: Final = "secret-key"
NO_KEY: Final = (
    "pseudonym, date-increment: subject and hash-method: hmac-sha256 need a secret-key: give it with --secret-key FILE "
    "(secret_key in the gear), or write it at the top of the profile; to make one: "
    'python3 -c "import secrets; print(secrets.token_hex(16))"'
)


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a section's pseudonyms and draws its own.

    Attributes:
        salt: put before every value that is hashed.
        secret: key of HMAC-SHA256; empty for the salted SHA-256 of Flywheel's engine.
    """

    salt: str = ""
    secret: str = field(default="", repr=False)

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the key that ``hash-method``, ``salt`` and ``secret-key`` ask for.

        Raises:
            OptionError: a keyed method without a secret key.
        """
        salt = options.text("salt")
        return cls(salt, secret_of(options) if options.text("hash-method") == KEYED_METHOD else "")

    def digest(self, text: str) -> bytes:
        """Return the 32 bytes of the salted SHA-256 of a text, or of its HMAC under the secret key."""
        message = (self.salt + text).encode("utf-8", "surrogatepass")
        if self.secret:
            return hmac.digest(self.secret.encode(), message, "sha256")
        return hashlib.sha256(message).digest()

    def draw(self, at: Occurrence, index: int = 0) -> Draw:
        """Return the draw that belongs to a field of an object, and to the value with an index in it.

        The same key, object and field give the same draw on any machine; without the salt it cannot be foretold.
        """
        parts = (self.salt, at.object_id, at.path, str(index))
        # The length before each part keeps ("ab", "c") apart from ("a", "bc").
        message = b"".join(
            len(part).to_bytes(8, "big") + part for part in (text.encode("utf-8", "surrogatepass") for text in parts)
        )
        digest = hmac.digest(self.secret.encode() or self.salt.encode("utf-8", "surrogatepass"), message, "sha256")
        return Draw(int.from_bytes(digest[:16], "big"), -1 if digest[16] & 1 else 1)


def secret_of(options: Options) -> str:
    """Return the secret key of a section.

    Raises:
        OptionError: it has none.
    """
    if not (secret := options.text(KEY_SETTING)):
        raise OptionError(KEY_SETTING, NO_KEY)
    return secret


UNSALTED: Final = Key()


@dataclass(frozen=True, slots=True)
class Draw:
    """Random bits that are fixed by a key and a place.

    Attributes:
        bits: a number below 2**128.
        sign: -1 or 1.
    """

    bits: int
    sign: int

    def whole(self, half_width: int) -> int:
        """Return a whole number other than 0, uniform over -half_width … half_width."""
        return self.sign * (1 + (self.bits * half_width >> 128))

    def real(self, half_width: float) -> float:
        """Return a number other than 0, uniform over ±half_width."""
        return self.sign * half_width * (((self.bits >> 75) + 1) / (1 << 53))
