"""The profiles that come with this package."""

from __future__ import annotations

from importlib import resources
from typing import Final

_SUFFIX: Final = ".yaml"


def builtin_names() -> tuple[str, ...]:
    """Return the names of the built-in profiles, in alphabetical order."""
    folder = resources.files(__package__).joinpath("builtin")
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in folder.iterdir() if file.name.endswith(_SUFFIX)))


def builtin_text(name: str) -> str:
    """Return the text of a built-in profile.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in builtin_names():
        raise KeyError(name)
    return resources.files(__package__).joinpath("builtin", name + _SUFFIX).read_text(encoding="utf-8")
