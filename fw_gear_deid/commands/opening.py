"""What commands have to open before any data is read."""

from __future__ import annotations

import errno
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fw_gear_deid.commands.screen import warn
from fw_gear_deid.errors import UsageError
from fw_gear_deid.formats.compiling import open_draft
from fw_gear_deid.profile import Variables, read_draft
from fw_gear_deid.profile.keys import MAX_KEY, secret_key_of
from fw_gear_deid.profile.templates.mapping import read_mapping
from fw_gear_deid.profile.templates.variables import LABELS, SESSION, SUBJECT

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from fw_gear_deid.formats.compiling import CompiledProfile
    from fw_gear_deid.profile import Draft

KEY_VARIABLE: Final = "FW_KEY"
KEY_FILE: Final = ".config/flywheel/user.json"


def compiled_profile(arguments: argparse.Namespace, *, quiet: bool = False) -> CompiledProfile:
    """Read and compile the profile that a command names, filled for the subject that it names.

    Raises:
        UsageError: it, or the mapping it is filled from, cannot be used.
    """
    draft = draft_of(arguments)
    return open_draft(draft, _variables(arguments, draft, quiet=quiet))


def draft_of(arguments: argparse.Namespace, *, key: str = "") -> Draft:
    """Read the profile that a command names.

    Args:
        arguments: those of the command.
        key: secret key for a profile that has none, if the command is given none.

    Raises:
        UsageError: it, or the key it is to be used with, cannot be read.
    """
    return read_draft(
        arguments.profile,
        name=arguments.profile_name,
        allow_no_deid=arguments.allow_no_deid,
        secret_key=key if arguments.secret_key is None else secret_key_in(arguments.secret_key),
    )


def secret_key_in(path: Path) -> str:
    """Return the secret key that a text file holds.

    Raises:
        UsageError: it cannot be read, or holds no key.
    """
    try:
        with path.open("rb") as file:
            return secret_key_of(file.read(MAX_KEY + 1))
    except OSError as error:
        raise UsageError(f"{path}: the secret key cannot be read: {error.strerror}") from None
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _variables(arguments: argparse.Namespace, draft: Draft, *, quiet: bool) -> Variables:
    """Return what a command gives for the templates of a profile."""
    labels = {SUBJECT: arguments.subject, SESSION: arguments.session}
    known = {name: label for name, label in labels.items() if label}
    containers = {LABELS[name]: {"label": label} for name, label in known.items()}
    if arguments.mapping is None:
        return Variables(None, containers)
    if SUBJECT not in known:
        raise UsageError("--mapping needs --subject LABEL, which says whose row of it is meant")
    table = read_mapping(arguments.mapping, None if SESSION in known else (SUBJECT,))
    row = table.row(known)
    for problem in () if quiet else table.unused(draft.names):
        warn(problem.located(table.source))
    return Variables(row.cells, containers)


@contextmanager
def creating(path: Path, named: Path | None = None) -> Iterator[None]:
    """Turn a failure to create a file into a usage error.

    Args:
        path: the file; the folder it lies in is made.
        named: what the user has named, if that is not the file.

    Raises:
        UsageError: the file cannot be created.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UsageError(f"{named or path}: cannot be written: {error.strerror}") from None


def check_file(path: Path) -> None:
    """Refuse a place for a file that is to be written in the end, as long as nothing has been done.

    Raises:
        UsageError: it is a folder, or nothing may be written there.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file in it")
    with creating(path):
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def api_key() -> str:
    """Return the API key: from the environment, or as ``fw login`` has left it.

    Raises:
        UsageError: there is none.
    """
    if key := os.environ.get(KEY_VARIABLE):
        return key
    try:
        key = json.loads((Path.home() / KEY_FILE).read_text(encoding="utf-8")).get("key")
    except (OSError, ValueError, AttributeError):
        key = None
    if not isinstance(key, str) or not key:
        raise UsageError(f"no API key: put it into the environment variable {KEY_VARIABLE}, or into ~/{KEY_FILE}")
    return key
