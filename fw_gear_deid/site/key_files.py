"""Key files on the site, for templates of the profile: ``{{ SECRET_KEY }}``, ``{{ PUBLIC_KEY }}`` and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fw_gear_deid.errors import UsageError
from fw_gear_deid.profile.keys import secret_key_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from fw_gear_deid.site.client import SiteClient

SECRET, CERTIFICATES, PRIVATE = "secret_key", "public_key", "private_key"
OPTIONS: Final = (SECRET, CERTIFICATES, PRIVATE)
"""Options that name key files; templates call them in capitals."""

KEY_VARIABLE: Final = SECRET.upper()
"""The template that stands for the secret key."""


def places(option: str, text: str) -> dict[str, str]:
    """Return where the key files of an option are, by name: several certificates, parted by commas, are numbered."""
    if option != CERTIFICATES:
        return {option: text} if text else {}
    several = [each.strip() for each in text.split(",") if each.strip()]
    return {option if number == 1 else f"{option}_{number}": each for number, each in enumerate(several, 1)}


def fetched(client: SiteClient, wanted: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the values of the templates: the secret itself, and where the other key files were put.

    Args:
        client: reads them.
        wanted: where they are on the site, by name.
        folder: a local folder for them.

    Raises:
        UsageError: one is not where it is said to be, or the secret is none.
        SiteError: the site does not answer.
    """
    values = {}
    for name, place in wanted.items():
        data = client.read_path(place)
        if data is None:
            raise UsageError(f"{name}: there is no such file that the account may read; write group/project/files/name")
        if name == SECRET:
            values[KEY_VARIABLE] = _secret(data)
            continue
        local = folder / name
        local.write_bytes(data)
        values[name.upper()] = str(local)
    return values


def _secret(data: bytes) -> str:
    try:
        return secret_key_of(data)
    except UsageError as error:
        raise UsageError(f"{SECRET}: {error}") from None


def check_used(names: Collection[str], values: Mapping[str, str]) -> None:
    """Refuse a certificate that the profile does not encrypt for: its owner would find nothing to open.

    Args:
        names: of the profile's templates.
        values: what ``fetched`` returned.

    Raises:
        UsageError: there is one.
    """
    several = [name for name in values if name.startswith(f"{CERTIFICATES.upper()}_")]
    if unused := [name for name in several if name not in names]:
        every = ", ".join(f'"{{{{ {name} }}}}"' for name in (CERTIFICATES.upper(), *several))
        raise UsageError(
            f"public_key: names {len(several) + 1} certificates, and the profile does not use {', '.join(unused)}; "
            f"write public-key: [{every}]"
        )
