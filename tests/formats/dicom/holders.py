"""Holders of keys: made-up people with an RSA key and a certificate, kept in files."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

KEY = "00112233445566778899aabbccddeeff"
OTHER_KEY = "ffeeddccbbaa99887766554433221100"


@dataclass(frozen=True)
class Holder:
    """The files of one holder."""

    certificate: Path
    key: Path


@lru_cache(maxsize=8)
def _made(name: str) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Synthetic {name}")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), len(name) + 1)
    lasting = builder.not_valid_before(start).not_valid_after(start + dt.timedelta(36500))
    return lasting.sign(key, hashes.SHA256()), key


def holder(folder: Path, name: str, encoding: Encoding = Encoding.PEM) -> Holder:
    """Write the files of a holder; the same name is the same holder."""
    certificate, key = _made(name)
    made = Holder(folder / f"{name}.crt", folder / f"{name}.key")
    made.certificate.write_bytes(certificate.public_bytes(encoding))
    made.key.write_bytes(key.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption()))
    return made
