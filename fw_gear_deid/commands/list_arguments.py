"""The arguments of ``fw-deid profile from-csv``."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import argparse

EXAMPLES: Final = """\
examples:
  fw-deid profile from-csv --remove remove.csv --empty names.csv --replace values.csv -o profile.yaml
  fw-deid profile from-csv --hash ids.csv --salt "a long secret text" --increment-date dates.csv --date-increment -35

A list has the columns Tag,Keyword, or Tag,Keyword,Replacement for --replace; one of tag and keyword may be blank. Tags
are written (0010,0010), 00100010, (50xx,0010), or (0029,"CREATOR",10) for private elements. What is wrong with the
lists is told at once, as file:line: message; nothing is written then.
"""

PURPOSES: Final = {
    "remove": "elements to remove",
    "empty": "elements to empty where they are",
    "replace": "elements with a new value (Tag,Keyword,Replacement)",
    "hash": "elements to hash",
    "hashuid": "UIDs to hash",
    "increment-date": "dates to move",
}
"""Every option that takes lists, and what ``--help`` says of it."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of ``fw-deid profile from-csv``."""
    for option, purpose in PURPOSES.items():
        command.add_argument(
            f"--{option}", metavar="CSV", type=Path, nargs="+", action="extend", default=[], help=purpose
        )
    command.add_argument("--date-increment", metavar="DAYS", type=_days, help="days by which dates move")
    command.add_argument("--salt", metavar="TEXT", help="secret text put before every value that is hashed")
    command.add_argument("--recurse-sequence", action="store_true", help="act inside sequences, too")
    command.add_argument("--remove-private-tags", action="store_true", help="remove private elements not listed")
    command.add_argument("--name", metavar="NAME", help="name of the profile (default: that of the file)")
    command.add_argument("-o", "--output", metavar="FILE", type=Path, help="write it here rather than on the screen")


def _days(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ArgumentTypeError("must be a number")
    return int(number) if number.is_integer() else number
