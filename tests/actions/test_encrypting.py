"""encrypt and decrypt of single values."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fw_gear_deid.actions import EMPTY_CELL, Decrypt, Encrypt, Occurrence, OptionError, Options
from fw_gear_deid.actions.encrypting import ENVELOPE_SETTING
from fw_gear_deid.errors import ActionError

KEY = "SYNTHETIC-KEY-16"
NAME = "CANARY^ZEBRA"
AT = Occurrence("a.json", "v")

# Bellare, Rogaway, Wagner, "The EAX Mode of Operation", test vectors: the cipher text of EAX does not depend on the
# header, which goes into the tag alone.
VECTORS = [
    ("91945D3F4DCBEE0BF45EF52255F095A4", "BECAF043B0A23D843194BA972C66DEBD", "F7FB", "19DD"),
    ("01F74AD64077F2E704C0F60ADA3DD523", "70C3DB4F0D26368400A10ED05D2BFF5E", "1A47CB4933", "D851D5BAE0"),
]


def options(secret=KEY, **rule):
    return Options(dt.date(2024, 1, 1), {"secret-key": secret}, {key.replace("_", "-"): v for key, v in rule.items()})


def encrypted(value, **rule):
    return Encrypt.of(options(**rule)).apply(value, AT)


def decrypted(value, secret=KEY):
    return Decrypt.of(options(secret)).apply(value, AT)


@pytest.mark.parametrize(("key", "nonce", "plain", "cipher"), VECTORS)
def test_the_cipher_text_is_that_of_the_published_vectors(key, nonce, plain, cipher):
    # those of the paper have nonces of 16 bytes and plain texts that are no UTF-8: the mode alone is compared
    from fw_gear_deid.actions.encrypting import _ciphered  # noqa: PLC0415

    assert _ciphered(bytes.fromhex(key), bytes.fromhex(nonce), bytes.fromhex(plain)) == bytes.fromhex(cipher)


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip), st.sampled_from([16, 24, 32]))
def test_what_is_encrypted_comes_back(value, length):
    secret = "k" * length
    hidden = Encrypt.of(options(secret)).apply(value, AT)
    assert hidden != value
    assert len(base64.b64decode(hidden[:12])) == 8
    assert len(base64.b64decode(hidden[12:])) == len(value.encode())
    assert decrypted(hidden, secret) == value


def test_equal_values_do_not_look_alike():
    assert encrypted(NAME) != encrypted(NAME)


def test_with_a_fixed_nonce_they_do():
    assert encrypted(NAME, force_nonce="AAAAAAAAAAA=") == encrypted(NAME, force_nonce="AAAAAAAAAAA=")
    assert encrypted(NAME, force_nonce="AAAAAAAAAAA=").startswith("AAAAAAAAAAA=")


def test_a_fixed_nonce_of_another_length_is_known_by_the_profile():
    hidden = encrypted(NAME, force_nonce="c3ludGhldGlj")
    assert Decrypt.of(options(force_nonce="c3ludGhldGlj")).apply(hidden, AT) == NAME
    with pytest.raises(ActionError, match="not made by encrypt"):
        decrypted(hidden)


def test_numbers_come_back_as_text():
    assert decrypted(encrypted(37)) == "37"
    assert decrypted(encrypted(0)) == "0"
    assert decrypted(encrypted(1.50)) == "1.5"


@pytest.mark.parametrize("value", [None, "", "  ", float("nan")])
def test_a_missing_value_is_left_alone(value):
    assert encrypted(value) is None
    assert decrypted(value) is None


def test_what_a_table_calls_missing_is_too():
    for action in (Encrypt(KEY.encode(), missing=EMPTY_CELL), Decrypt(KEY.encode(), missing=EMPTY_CELL)):
        assert action.apply("n/a", AT) is None


@pytest.mark.parametrize(
    "value",
    [
        NAME,
        "short",
        "AAAAAAAAAAA=CANARY^ZEBRA",
        "AAAAAAAAAA===",
        "AAAAAAAAAAA",
        "CANARYZEBRA1",
        "CANARYZEBRA1WXYZ",
        7,
        "é" * 12,
    ],
)
def test_a_value_that_was_never_encrypted_is_refused_without_saying_it(value):
    with pytest.raises(ActionError) as caught:
        decrypted(value)
    assert str(caught.value) == "decrypt: the value was not made by encrypt"
    assert "CANARY" not in "".join(map(str, (caught.value, caught.value.__context__)))


def test_another_key_is_refused_when_its_answer_is_no_text():
    hidden = encrypted("é" * 40)
    with pytest.raises(ActionError, match="not encrypted with this secret-key") as caught:
        decrypted(hidden, "ANOTHER-KEY-0016")
    assert caught.value.__suppress_context__


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(ActionError, match="not valid in its encoding"):
        encrypted("\ud800")


@pytest.mark.parametrize("secret", ["", "too short", "k" * 17, "é" * 13])
def test_a_key_that_aes_cannot_use_is_refused(secret):
    for action in (Encrypt, Decrypt):
        with pytest.raises(OptionError) as caught:
            action.of(options(secret))
        assert caught.value.option == "secret-key"
        assert not secret or secret not in str(caught.value)


def test_a_key_of_letters_counts_its_bytes():
    assert decrypted(Encrypt.of(options("é" * 8)).apply(NAME, AT), "é" * 8) == NAME


@pytest.mark.parametrize("nonce", ["abc", "AAAAAAAAAAAA=", "AAAA AAAAAA=", "é" * 12, "============"])
def test_a_nonce_of_another_form_is_refused(nonce):
    with pytest.raises(OptionError) as caught:
        encrypted(NAME, force_nonce=nonce)
    assert caught.value.option == "force-nonce"


def test_where_an_envelope_is_made_the_key_is_checked_when_a_single_value_needs_it():
    settings = {"secret-key": "0011", ENVELOPE_SETTING: False}
    action = Encrypt.of(Options(dt.date(2024, 1, 1), settings))
    with pytest.raises(ActionError, match="16, 24 or 32 characters"):
        action.apply(NAME, AT)


def test_the_key_shows_in_no_representation():
    assert KEY not in repr(Encrypt.of(options())) + repr(Decrypt.of(options()))
