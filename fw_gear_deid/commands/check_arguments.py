"""The arguments of ``fw-deid check``."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

PURPOSE = "audit data that is already there: what identifies someone in files, archives and on a site"

EXAMPLES = """\
examples:
  fw-deid check study/ --csv private/findings.csv --html private/findings.html
  fw-deid check shared/ --profile ps3.15-basic-clean --secret-key key.txt --strict
  fw-deid check fw://lab/Project --sample 3 --state private/audit.jsonl --csv private/findings.csv
  fw-deid check fw://lab/Project/S01 --profile profile.yaml
  fw-deid check scan.dicom.zip --csv private/findings.csv --show-values

A source is a file, a folder, an archive, or a place on a site: fw://group/project[/subject[/session[/acquisition]]],
read with the key in FW_KEY or ~/.config/flywheel/user.json. Without --profile the data are held against DICOM PS3.15;
with it, also against what the profile would still remove or replace. A finding is certain or possible: possible ones
are for a person to look at. --sample N reads so many members of each archive, the first and the last among them.
With --state the same command goes on where it was stopped, and later looks at what is new or changed only.
Values are masked (letters x, digits 9), file names too as far as they repeat what identifies someone.

exit codes:
  0  nothing was found
  1  something was found, or an object could not be read
  2  nothing could be looked at: wrong arguments, no permission, no data
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    command.add_argument("source", metavar="SOURCE", nargs="+", help="file, folder, archive, or fw://group/project/…")
    command.add_argument("--sample", metavar="N", type=_positive, default=0, help="members read of each archive")
    command.add_argument("--strict", action="store_true", help="count dates, UIDs, devices, institutions, faces, too")
    command.add_argument(
        "--ocr", action="store_true", help="read pixels that are likely to hold text (Tesseract, and the extra ocr)"
    )
    command.add_argument("--csv", metavar="FILE", type=Path, help="write all findings as a table")
    command.add_argument("--html", metavar="FILE", type=Path, help="write them as a page for people")
    command.add_argument(
        "--show-values", action="store_true", help="do not mask values in these files, which identify someone then"
    )
    command.add_argument("--state", metavar="FILE", type=Path, help="note what was done, and go on from there")
    command.add_argument("--quiet", action="store_true", help="tell problems only")


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)
