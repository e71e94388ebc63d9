"""How arguments are read: mistakes are told in one line, and paths begin at home where they say so."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn

from fw_gear_deid.errors import NOTHING_DONE


def _place(text: str) -> Path:
    """Return a path, with the home folder for a ``~`` that no shell has replaced (``--log=~/log.csv``).

    Raises:
        ArgumentTypeError: there is none, as from a variable that is not set.
    """
    if not text:
        raise argparse.ArgumentTypeError("a path is blank")
    try:
        return Path(text).expanduser()
    except RuntimeError:  # nobody of that name
        return Path(text)


class Parser(argparse.ArgumentParser):
    """Tells what is wrong in one line; its arguments of type ``Path`` are places as shells have them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # as argparse has them
        super().__init__(*arguments, **options)
        self.register("type", Path, _place)

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong in one line."""
        self.exit(NOTHING_DONE, f"{self.prog}: {message}; see {self.prog} --help\n")
