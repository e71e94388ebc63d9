"""The key that a profile is used with: what a key file may hold."""

from __future__ import annotations

from typing import Final

from fw_gear_deid.errors import UsageError

LEAST_KEY: Final = 16
"""Characters of the shortest key: a shorter one can be guessed, and with it every pseudonym."""

MAX_KEY: Final = 4096


def secret_key_of(data: bytes) -> str:
    """Return the secret key that a text file holds, without white space around it.

    Raises:
        UsageError: it holds something else, or too little; the message repeats nothing of it.
    """
    try:
        key = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        key = ""
    if len(data) > MAX_KEY or len(key) < LEAST_KEY or len(key.splitlines()) != 1:
        raise UsageError(
            f"the file must hold one secret key, a line of at least {LEAST_KEY} characters, and nothing else; to make "
            'one: python3 -c "import secrets; print(secrets.token_hex(16))"'
        )
    return key
