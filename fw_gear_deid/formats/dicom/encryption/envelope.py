"""The envelope of encrypted attributes: enveloped-data of the Cryptographic Message Syntax (RFC 5652).

A content-encryption key is made for each envelope and enclosed for everyone who may open it: wrapped by a key that both
sides have (RFC 3394, 3565), or encrypted to the RSA key of a certificate (RFC 3370). The content is encrypted by
AES-256 in CBC mode; Triple-DES, which older writers use, is read too. Such an envelope is not authenticated.

Written as PEM, which is what Flywheel's engine reads; read as PEM or DER.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from asn1crypto import algos, cms, core, pem, x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding

from fw_gear_deid.errors import ActionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

    from fw_gear_deid.formats.dicom.encryption.keys import Keys

LABEL: Final = "CMS"
KEY_ID: Final = b"\0"
"""What the common key is called in an envelope; Flywheel's engine calls it so."""

_AES_BITS: Final = 128
_CONTENT_KEY: Final = 32
_CIPHERS: Final = {"aes": algorithms.AES, "tripledes": TripleDES}
_HASHES: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def sealed(content: bytes, keys: Keys) -> bytes:
    """Return an envelope around ``content`` that the holders of ``keys`` can open."""
    content_key, vector = os.urandom(_CONTENT_KEY), os.urandom(_AES_BITS // 8)
    padder = PKCS7(_AES_BITS).padder()
    cipher = Cipher(algorithms.AES(content_key), modes.CBC(vector)).encryptor()
    padded = padder.update(content) + padder.finalize()
    recipients = [_for_certificate(content_key, each) for each in keys.recipients]
    if not recipients:
        recipients = [_for_common_key(content_key, keys.secret)]
    enveloped = cms.EnvelopedData(
        {
            "version": "v0" if keys.recipients else "v2",
            "recipient_infos": recipients,
            "encrypted_content_info": {
                "content_type": "data",
                "content_encryption_algorithm": {
                    "algorithm": "aes256_cbc",
                    "parameters": vector,
                },
                "encrypted_content": cipher.update(padded) + cipher.finalize(),
            },
        }
    )
    whole = cms.ContentInfo({"content_type": "enveloped_data", "content": enveloped})
    return bytes(pem.armor(LABEL, whole.dump()))


def _for_common_key(content_key: bytes, secret: bytes) -> cms.RecipientInfo:
    recipient = cms.KEKRecipientInfo(
        {
            "version": "v4",
            "kekid": {"key_identifier": KEY_ID},
            "key_encryption_algorithm": {"algorithm": f"aes{len(secret) * 8}_wrap"},
            "encrypted_key": keywrap.aes_key_wrap(secret, content_key),
        }
    )
    return cms.RecipientInfo("kekri", recipient)


def _for_certificate(content_key: bytes, certificate: Certificate) -> cms.RecipientInfo:
    named = x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    holder = {"issuer": named.issuer, "serial_number": named.serial_number}
    public_key = certificate.public_key()
    recipient = cms.KeyTransRecipientInfo(
        {
            "version": "v0",
            "rid": cms.RecipientIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber(holder)),
            "key_encryption_algorithm": {"algorithm": "rsaes_pkcs1v15", "parameters": core.Null()},
            "encrypted_key": public_key.encrypt(content_key, rsa_padding.PKCS1v15()),  # type: ignore[union-attr]  # keys.py lets RSA alone pass
        }
    )
    return cms.RecipientInfo("ktri", recipient)


def opened(envelope: bytes, keys: Keys) -> Iterator[bytes]:
    """Yield what the envelope may hold: one content for each of its recipients whose key may be ours.

    A wrong RSA key gives noise rather than an error, so the caller must look whether a content makes sense.

    Raises:
        ActionError: it is no envelope, or is encrypted in a way that is not known.
    """
    try:
        enveloped = _enveloped(envelope)
        info = enveloped["encrypted_content_info"]
        algorithm = info["content_encryption_algorithm"]
        cipher = _CIPHERS[algorithm.encryption_cipher] if algorithm.encryption_mode == "cbc" else None
        vector, text = bytes(algorithm.encryption_iv), bytes(info["encrypted_content"].native or b"")
        recipients = [(each.name, each.chosen) for each in enveloped["recipient_infos"]]
        if cipher is None:
            raise ActionError("the envelope of the encrypted attributes is encrypted in a way that is not known")
        content_keys = [key for kind, each in recipients if (key := _content_key(kind, each, keys)) is not None]
    except (ValueError, TypeError, KeyError, AttributeError):  # what asn1crypto raises on other bytes; may quote them
        raise ActionError("the encrypted attributes are not in a CMS envelope that can be read") from None
    for content_key in content_keys:
        try:
            decryptor = Cipher(cipher(content_key), modes.CBC(vector)).decryptor()
            unpadder = PKCS7(len(vector) * 8).unpadder()
            padded = decryptor.update(text) + decryptor.finalize()
            content = unpadder.update(padded) + unpadder.finalize()
        except ValueError:  # a key of another length, padding that is none: not the right key
            continue
        yield content


def _enveloped(envelope: bytes) -> cms.EnvelopedData:
    der = envelope
    if pem.detect(envelope):
        _, _, der = pem.unarmor(envelope)
    whole = cms.ContentInfo.load(der)
    if whole["content_type"].native != "enveloped_data":
        raise ActionError("the encrypted attributes are in a CMS structure that is no envelope")
    return whole["content"]


def _content_key(kind: str, recipient: cms.KEKRecipientInfo | cms.KeyTransRecipientInfo, keys: Keys) -> bytes | None:
    """Return the content-encryption key that is enclosed for one recipient; None when it is not ours."""
    enclosed = bytes(recipient["encrypted_key"].native) if kind in {"kekri", "ktri"} else b""
    algorithm = recipient["key_encryption_algorithm"] if enclosed else None
    if kind == "kekri" and keys.secret:
        try:
            return keywrap.aes_key_unwrap(keys.secret, enclosed)
        except (keywrap.InvalidUnwrap, ValueError):
            return None
    if kind == "ktri" and keys.private is not None and algorithm is not None:
        return _decrypted(keys.private, enclosed, algorithm)
    return None


def _decrypted(private: RSAPrivateKey, enclosed: bytes, algorithm: algos.KeyEncryptionAlgorithm) -> bytes | None:
    padding: rsa_padding.AsymmetricPadding = rsa_padding.PKCS1v15()
    if algorithm["algorithm"].native == "rsaes_oaep":
        chosen = algorithm["parameters"]
        digest = _HASHES[chosen["hash_algorithm"]["algorithm"].native]()
        mask = _HASHES[chosen["mask_gen_algorithm"]["parameters"]["algorithm"].native]()
        padding = rsa_padding.OAEP(rsa_padding.MGF1(mask), digest, None)
    elif algorithm["algorithm"].native != "rsaes_pkcs1v15":
        return None
    try:
        return private.decrypt(enclosed, padding)
    except (ValueError, UnsupportedAlgorithm):
        return None
