"""What to do: YAML becomes immutable, typed, line-numbered values.

::

    text ─▶ loading (nodes) ─▶ choosing (one profile) ─▶ draft (templates/ filled) ─▶ checking ─▶ model

``checking`` reads the whole, ``sections`` a file section, ``containers`` the ``flywheel`` section (by
``container_types``), ``gates`` the gates. In a section, ``rules`` and ``filenames`` read ``entries``: ``deeds`` the
action of one (``replacing``: the value of ``replace-with``), ``outputs`` what puts text together, ``pixels/`` its
``alter_pixels``, ``typed`` every single value. What may be written is in ``settings``, with ``examples``.

What is wrong goes to ``findings``: ``regex/`` finds regular expressions that hang, ``advice`` what is seldom meant.
``builtin/`` holds the profiles that come with the package. ``showing`` writes a profile again, ``describing`` sums it
up, ``generating`` writes a new one; ``keys`` reads its key.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003  # public signatures are read at run time by documentation tools
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_deid.errors import ProfileError
from fw_gear_deid.problems import Mark, Problem
from fw_gear_deid.profile.builtin.catalogue import builtin_description, builtin_names, builtin_text, is_builtin
from fw_gear_deid.profile.checking import Choice
from fw_gear_deid.profile.draft import NO_VALUES, Draft
from fw_gear_deid.profile.findings import did_you_mean
from fw_gear_deid.profile.showing import show, show_hidden
from fw_gear_deid.profile.templates.variables import Variables

if TYPE_CHECKING:
    from fw_gear_deid.profile.model import Profile

__all__ = [
    "NO_VALUES",
    "Draft",
    "Variables",
    "builtin_description",
    "builtin_names",
    "builtin_text",
    "check_text",
    "is_builtin",
    "read_draft",
    "read_profile",
    "show",
    "show_hidden",
]


def read_profile(source: str | Path, *, allow_no_deid: bool = False, today: dt.date | None = None) -> Profile:
    """Read and check a profile that needs no values from outside; arguments as of ``read_draft``.

    Returns:
        The profile; its ``warnings`` are worth showing.

    Raises:
        ProfileError: it cannot be read, or has errors; carries all of them, and the warnings.
    """
    return read_draft(source, allow_no_deid=allow_no_deid, today=today).profile()


def read_draft(
    source: str | Path,
    *,
    name: str | None = None,
    allow_no_deid: bool = False,
    today: dt.date | None = None,
    secret_key: str = "",
) -> Draft:
    """Read a profile whose templates are still to be filled.

    Args:
        source: path of a YAML or JSON file, or the name of a built-in profile (as ``str``).
        name: which entry of an ingest config; None or ``""``: the one it names itself, or its only one.
        allow_no_deid: accept a profile that changes nothing, with a warning.
        today: what limits such as ``-89years`` count from; None: the day it is now in UTC.
        secret_key: the ``secret-key`` of a profile that has none of its own.

    Raises:
        ProfileError: there is no such file, or it cannot be opened.
    """
    is_own = isinstance(source, str) and is_builtin(source)
    text = builtin_text(str(source)) if is_own else _text(source)
    return Draft.of(text, Choice(str(source), name or "", allow_no_deid, today, secret_key), is_own=is_own)


def check_text(
    text: str | bytes, source: str = "profile", *, name: str = "", allow_no_deid: bool = False
) -> tuple[Profile | None, tuple[Problem, ...]]:
    """Check the text of a profile; return it (None when it has errors), and all problems in the order of its lines.

    Args:
        text: the profile; bytes must be UTF-8.
        source: what it is called in reports.
        name: which entry of an ingest config.
        allow_no_deid: accept a profile that changes nothing, with a warning.
    """
    return Draft.of(text, Choice(source, name, allow_no_deid)).checked(NO_VALUES)


def _text(source: str | Path) -> str | bytes:
    try:
        return Path(source).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        names = builtin_names()
        hint = did_you_mean(str(source), names)
        message = f"there is no such file, and no built-in profile of that name ({', '.join(names)}){hint}"
    except IsADirectoryError:
        message = "this is a folder; name the profile's file"
    except (OSError, ValueError) as error:
        message = f"the file cannot be read: {error.strerror if isinstance(error, OSError) else 'bad name'}"
    raise ProfileError([Problem(message, Mark())], str(source))
