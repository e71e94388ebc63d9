"""The profiles that come with this package."""

from __future__ import annotations

from importlib import resources
from typing import Final

from fw_gear_deid.profile.builtin.ps3_15 import BASIC, CLEAN, is_standard, standard_text

_SUFFIX: Final = ".yaml"


def builtin_names() -> tuple[str, ...]:
    """Return the names of the built-in profiles, in alphabetical order; modifiers of the standard's are not listed."""
    folder = resources.files(__package__)
    written = [file.name.removesuffix(_SUFFIX) for file in folder.iterdir() if file.name.endswith(_SUFFIX)]
    return tuple(sorted((*written, BASIC, CLEAN)))


def is_builtin(name: str) -> bool:
    """Whether a name is that of a built-in profile, with or without modifiers."""
    return name in builtin_names() or is_standard(name)


def builtin_description(name: str) -> str:
    """Return the line that a built-in profile describes itself by; reading all of it may need a key."""
    lines = builtin_text(name).splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("description: ")), "")


def builtin_text(name: str) -> str:
    """Return the text of a built-in profile.

    Raises:
        KeyError: there is none of that name.
        ProfileError: a modifier of the name is not known, or contradicts another.
    """
    if is_standard(name):
        return standard_text(name)
    if name not in builtin_names():
        raise KeyError(name)
    return resources.files(__package__).joinpath(name + _SUFFIX).read_text(encoding="utf-8")
