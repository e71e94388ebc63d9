"""Values that only the holder of a key can read: ``encrypt`` and ``decrypt`` of single values by AES-EAX.

A value becomes the base64 of its nonce followed by the base64 of its cipher text, as in Flywheel's engine. No tag is
stored, so nothing tells whether a cipher text was changed. DICOM elements go another way
(``formats/dicom/envelope.py``).

Source: Bellare, Rogaway, Wagner, "The EAX Mode of Operation" (2004); NIST SP 800-38B (CMAC), SP 800-38A (counter mode).
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Self

from fw_gear_deid.actions.keyed import KEY_SETTING
from fw_gear_deid.actions.options import EMPTY, Kind, Option, OptionError, is_missing
from fw_gear_deid.errors import ActionError

if TYPE_CHECKING:
    from fw_gear_deid.actions.base import Answer, Occurrence, Scalar
    from fw_gear_deid.actions.options import Options

NONCE_SETTING: Final = "force-nonce"
ENVELOPE_SETTING: Final = "asymmetric-encryption"
"""What a section has whose elements go into an envelope, and whose keys are checked where it is made."""

ENCRYPT_OPTIONS: Final = (Option(NONCE_SETTING, Kind.TEXT, None, "fixed nonce, 12 base64 characters"),)

_KEY_LENGTHS: Final = (16, 24, 32)
_NONCE_LENGTH: Final = 8
_NONCE_TEXT: Final = 12
_BLOCK: Final = 16


@dataclass(frozen=True, slots=True)
class _Ciphering:
    """What encrypt and decrypt have in common.

    Attributes:
        secret: AES key of 16, 24 or 32 bytes.
        nonce: fixed nonce; empty: every value has a nonce of its own, of 8 bytes, which plain text seldom spells.
        missing: spellings of a missing value, which is left alone.
    """

    inserts: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    personal: ClassVar[bool] = False
    secret: bytes = field(repr=False)
    nonce: bytes = b""
    missing: frozenset[str] = EMPTY

    @classmethod
    def of(cls, options: Options) -> Self:
        """Return the action with the parameters of a rule.

        Raises:
            OptionError: the section has no secret key that AES can use, or the nonce cannot be used.
        """
        return cls(_secret(options), fixed_nonce(options.text(NONCE_SETTING)), options.missing)


@dataclass(frozen=True, slots=True)
class Encrypt(_Ciphering):
    """The field becomes a text that the same key turns back."""

    key: ClassVar[str] = "encrypt"

    def apply(self, value: Scalar | None, _at: Occurrence) -> Answer:
        """Return the encrypted value, a number as its text; None for a missing value.

        Raises:
            ActionError: there is no key, or the text is not valid.
        """
        if value is None or is_missing(value, self.missing):
            return None
        nonce = self.nonce or os.urandom(_NONCE_LENGTH)
        try:
            plain = str(value).encode()
        except UnicodeEncodeError:
            raise ActionError("encrypt: the text is not valid in its encoding") from None
        return (base64.b64encode(nonce) + base64.b64encode(_ciphered(self.secret, nonce, plain))).decode("ascii")


@dataclass(frozen=True, slots=True)
class Decrypt(_Ciphering):
    """The field becomes what it was before ``encrypt``."""

    key: ClassVar[str] = "decrypt"

    def apply(self, value: Scalar | None, _at: Occurrence) -> Answer:
        """Return the text; None for a missing value.

        Raises:
            ActionError: there is no key, or the value is not the work of ``encrypt`` with this key.
        """
        if value is None or is_missing(value, self.missing):
            return None
        text = str(value)
        try:
            nonce = base64.b64decode(text[:_NONCE_TEXT], validate=True)
            cipher = base64.b64decode(text[_NONCE_TEXT:], validate=True)
        except (binascii.Error, ValueError):
            nonce = cipher = b""
        if not nonce or len(text) < _NONCE_TEXT or (len(nonce) != _NONCE_LENGTH and nonce != self.nonce):
            raise ActionError("decrypt: the value was not made by encrypt")
        try:
            return _ciphered(self.secret, nonce, cipher).decode()
        except UnicodeDecodeError:
            raise ActionError("decrypt: the value was not encrypted with this secret-key") from None


def secret_problem(secret: str) -> str:
    """Return why a text is no key for single values; ``""`` when it is one."""
    if not secret:
        return "encrypt and decrypt need a secret-key: set it in the section or at the top"
    if len(secret.encode("utf-8", "surrogatepass")) not in _KEY_LENGTHS:
        return "secret-key must be 16, 24 or 32 characters long: they are the bytes of an AES key"
    return ""


def _secret(options: Options) -> bytes:
    """Return the key of a section: the bytes of its text, as Flywheel's engine takes them."""
    secret = options.text(KEY_SETTING)
    if ENVELOPE_SETTING not in options.settings and (problem := secret_problem(secret)):
        raise OptionError(KEY_SETTING, problem)
    return secret.encode("utf-8", "surrogatepass")


def fixed_nonce(text: str) -> bytes:
    """Return the nonce of ``force-nonce``, empty when it is not set.

    Raises:
        OptionError: it is not 12 characters of base64.
    """
    try:
        nonce = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        nonce = b""
    if text and (not nonce or len(text) != _NONCE_TEXT):
        raise OptionError(NONCE_SETTING, "force-nonce must be 12 characters of base64, such as 'AAAAAAAAAAA='")
    return nonce


def _ciphered(secret: bytes, nonce: bytes, text: bytes) -> bytes:
    """Encrypt or decrypt, which are one: EAX counts from the CMAC of the nonce under tweak 0.

    Raises:
        ActionError: the key is none that AES can use.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415  # slow to load
    from cryptography.hazmat.primitives.cmac import CMAC  # noqa: PLC0415  # and few profiles encrypt

    if len(secret) not in _KEY_LENGTHS:
        raise ActionError("secret-key must be 16, 24 or 32 characters long: they are the bytes of an AES key")
    cipher = algorithms.AES(secret)
    mac = CMAC(cipher)
    mac.update(bytes(_BLOCK) + nonce)
    worker = Cipher(cipher, modes.CTR(mac.finalize())).encryptor()
    return worker.update(text) + worker.finalize()
