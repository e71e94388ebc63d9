"""The arguments of ``fw-deid batch``."""

from __future__ import annotations

import time
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

PURPOSE = "run the gear on many sessions or acquisitions of a project on a site"

EXAMPLES = """\
examples:
  export FW_KEY=...             # or ~/.config/flywheel/user.json; a key is never an argument
  fw-deid batch lab/Source --to research/Copy --dry-run
  fw-deid batch lab/Source --to research/Copy --tag ready --at-once 50
  fw-deid batch lab/Source --to research/Copy --level session --csv sessions.csv
  fw-deid batch lab/Source --to research/Copy --filter 'created>2026-01-01' --filter 'files.type=dicom' \\
      --profile lab/Source/files/profile.yaml --mapping lab/Source/files/mapping.csv --config overwrite_files=Skip

A job is queued for each session, or for each file of each acquisition. The same command goes on where it was stopped,
and later queues what is new: the state file knows what has been queued, by ids. Jobs go on while nobody watches.
--filter takes the site's own filters, for the sessions or acquisitions. --tag chooses those with the tag, and of the
others their files with it.
--csv names them by the column id, or by subject.label, session.label and acquisition.label; a row with fewer labels
stands for all below. The table of results holds labels: keep it where the sources are.

exit codes:
  0  every job is complete
  1  at least one job failed, was cancelled or is not there, or a row of the table names nothing
  2  nothing was queued: wrong arguments, no permission, or nobody said yes
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    command.add_argument("project", metavar="PROJECT", help="the source project, as group/Project")
    command.add_argument("--to", metavar="group/Project", required=True, help="the destination project")
    command.add_argument(
        "--level",
        choices=("session", "acquisition"),
        default="acquisition",
        help="a job for each session, or for each file of an acquisition (default: acquisition)",
    )
    command.add_argument(
        "--filter", metavar="EXPR", action="append", default=[], help="a filter of the site; repeatable"
    )
    command.add_argument("--tag", metavar="TAG", default="", help="only what has this tag")
    command.add_argument("--csv", metavar="FILE", type=Path, help="only what this table names")
    _add_job(command)
    _add_pace(command)
    command.set_defaults(command=_command, pause=time.sleep)


def _add_job(command: argparse.ArgumentParser) -> None:
    at = "group/Project/files/NAME"
    command.add_argument("--profile", metavar=at, help="the gear's deid_profile, a file of a project on the site")
    command.add_argument("--mapping", metavar=at, help="the gear's mapping_csv, a file of a project on the site")
    command.add_argument(
        "--config", metavar="KEY=VALUE", action="append", default=[], help="a setting of the gear; repeatable"
    )
    command.add_argument(
        "--gear", metavar="NAME[/VERSION]", default="fw-gear-deid", help="the gear (default: %(default)s, the newest)"
    )


def _add_pace(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--at-once",
        metavar="N",
        type=_number(1),
        default=100,
        help="most jobs waiting or running (default: %(default)s)",
    )
    command.add_argument(
        "--retries", metavar="N", type=_number(0), default=1, help="how often a failed job runs again (default: 1)"
    )
    command.add_argument(
        "--every", metavar="SECONDS", type=_number(1), default=15, help="how often the site is asked (default: 15)"
    )
    command.add_argument("--dry-run", action="store_true", help="tell what would be queued and what not, and why")
    command.add_argument("--yes", action="store_true", help="queue without asking")
    command.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        default=Path("fw-deid-batch.state"),
        help="what has been queued (default: %(default)s)",
    )
    command.add_argument(
        "--results", metavar="CSV", type=Path, help="the table of results (default: as the state, ending in .csv)"
    )


def _number(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers."""

    def number(text: str) -> int:
        found = int(text) if text.isascii() and text.isdigit() else -1
        if found < least:
            raise ArgumentTypeError(f"must be a whole number, {least} or more")
        return found

    return number


def _command(arguments: argparse.Namespace) -> int:
    from fw_gear_deid.commands import batch  # noqa: PLC0415  # it loads what no other command needs

    return batch.command(arguments)
