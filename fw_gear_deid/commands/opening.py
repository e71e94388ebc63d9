"""What commands have to open before any data is read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from fw_gear_deid.errors import UsageError
from fw_gear_deid.formats.compiling import open_profile

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from fw_gear_deid.formats.compiling import CompiledProfile


def compiled_profile(arguments: argparse.Namespace) -> CompiledProfile:
    """Read and compile the profile that a command line names.

    Args:
        arguments: ``profile`` (path of a file, or name of a built-in profile), ``profile_name`` (which profile of an
            ingest config), and ``allow_no_deid`` (whether it may change nothing).

    Raises:
        UsageError: it cannot be used.
    """
    return open_profile(arguments.profile, name=arguments.profile_name, allow_no_deid=arguments.allow_no_deid)


@contextmanager
def creating(path: Path) -> Iterator[None]:
    """Turn a failure to create a file into a usage error.

    Raises:
        UsageError: the file cannot be created.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
