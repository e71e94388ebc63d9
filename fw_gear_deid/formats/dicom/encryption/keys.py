"""The keys of a ``dicom`` section: what seals the envelope of encrypted attributes, and what opens it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fw_gear_deid.actions.encrypting import ENVELOPE_SETTING
from fw_gear_deid.actions.keyed import KEY_SETTING
from fw_gear_deid.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

    from fw_gear_deid.profile.model import Section

PUBLIC: Final = "public-key"
PRIVATE: Final = "private-key"

_WRAPPING_KEYS: Final = (16, 24, 32)
_PEM: Final = b"-----BEGIN "
_FEWEST_BITS: Final = 1024


class KeyProblem(ValueError):  # noqa: N818  # a finding about a profile, not an error of the program
    """A key that cannot be used; its text says why.

    Attributes:
        setting: the setting that gives it.
    """

    def __init__(self, setting: str, message: str) -> None:
        self.setting = setting
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a section seals envelopes for and opens them with.

    Attributes:
        secret: AES key that both sides have, of 16, 24 or 32 bytes; empty when certificates are used.
        recipients: certificates of those who may open what is sealed here.
        private: the key that opens what was sealed for its certificate.
    """

    secret: bytes = field(default=b"", repr=False)
    recipients: tuple[Certificate, ...] = ()
    private: RSAPrivateKey | None = field(default=None, repr=False)


def read_keys(section: Section, *, seals: bool, opens: bool) -> tuple[Keys, list[Problem]]:
    """Return the keys of a section, and what is wrong with those it needs.

    Args:
        section: the section.
        seals: whether it encrypts.
        opens: whether it decrypts.
    """
    try:
        if not section.flag(ENVELOPE_SETTING):
            return Keys(secret=_secret(section)), []
        recipients = tuple(_certificates(section)) if seals else ()
        return Keys(recipients=recipients, private=_private(section) if opens else None), []
    except KeyProblem as problem:
        return Keys(), [Problem(str(problem), section.marks.get(problem.setting, section.mark))]


def _secret(section: Section) -> bytes:
    text = section.text(KEY_SETTING)
    if not text:
        other = f"; {PUBLIC} and {PRIVATE} count when {ENVELOPE_SETTING}: true" if _names_files(section) else ""
        raise KeyProblem(
            KEY_SETTING,
            f"encrypt, decrypt and retain need a {KEY_SETTING} of 32, 48 or 64 hexadecimal digits, "
            f"or {ENVELOPE_SETTING}: true and key files{other}",
        )
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) not in _WRAPPING_KEYS or len(text) != len(secret) * 2:
        raise KeyProblem(KEY_SETTING, f"the {KEY_SETTING} for DICOM elements must be 32, 48 or 64 hexadecimal digits")
    return secret


def _names_files(section: Section) -> bool:
    return section.settings[PUBLIC] is not None or section.settings[PRIVATE] is not None


def _certificates(section: Section) -> Iterator[Certificate]:
    """Yield the certificates of those who may open what is sealed."""
    from cryptography import x509  # noqa: PLC0415  # slow to load, and few profiles need it
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # the same
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415  # the same

    paths = section.settings[PUBLIC]
    if not isinstance(paths, tuple):
        raise KeyProblem(PUBLIC, f"{ENVELOPE_SETTING} needs {PUBLIC}: the certificate files of those who may decrypt")
    for path in paths:
        data = _file(PUBLIC, path)
        try:
            read = x509.load_pem_x509_certificate if _PEM in data else x509.load_der_x509_certificate
            certificate = read(data)
            public_key = certificate.public_key()
        except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
            raise KeyProblem(PUBLIC, f"{PUBLIC} names a file that holds no X.509 certificate (PEM or DER)") from None
        if not isinstance(public_key, RSAPublicKey) or public_key.key_size < _FEWEST_BITS:
            raise KeyProblem(PUBLIC, f"{PUBLIC} names a certificate whose key is not RSA of at least 1024 bits")
        yield certificate


def _private(section: Section) -> RSAPrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # slow to load, and few profiles need it
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # the same
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415  # the same

    path = section.text(PRIVATE)
    if not path:
        raise KeyProblem(PRIVATE, f"decrypt with {ENVELOPE_SETTING} needs {PRIVATE}: the file of the key")
    data = _file(PRIVATE, path)
    try:
        read = serialization.load_pem_private_key if _PEM in data else serialization.load_der_private_key
        private = read(data, password=None)
    except TypeError:
        raise KeyProblem(PRIVATE, f"{PRIVATE} names a key that is protected by a password; store it without") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyProblem(PRIVATE, f"{PRIVATE} names a file that holds no private key (PEM or DER)") from None
    if not isinstance(private, RSAPrivateKey):
        raise KeyProblem(PRIVATE, f"{PRIVATE} names a key that is not RSA")
    return private


def _file(setting: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError):
        raise KeyProblem(setting, f"{setting} names a file that cannot be read") from None
