"""The command line ``fw-deid``: arguments in, exit code out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from fw_gear_deid.commands import batch_arguments, check_arguments, examples, list_arguments, profiles
from fw_gear_deid.commands import run as running
from fw_gear_deid.commands.parser import Parser
from fw_gear_deid.commands.screen import warn
from fw_gear_deid.engine.base import RunOptions
from fw_gear_deid.engine.files import place_of
from fw_gear_deid.engine.residuals import FAIL, POLICIES, WARN
from fw_gear_deid.engine.silence import silenced
from fw_gear_deid.engine.versions import versions
from fw_gear_deid.errors import GOOD, NOTHING_DONE, SOME_FAILED, DeidError, ProfileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

INTERRUPTED = 130

EXIT_CODES = """\
exit codes:
  0  all good
  1  at least one file failed or was withheld
  2  nothing done: wrong arguments, profile, or permission
"""


def _try(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid test``."""
    from fw_gear_deid.commands import trial  # noqa: PLC0415  # it loads what no other command needs

    return trial.command(arguments)


def _check(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid check``."""
    from fw_gear_deid.commands import check  # noqa: PLC0415  # it loads what no other command needs

    return check.command(arguments)


def _from_csv(arguments: argparse.Namespace) -> int:
    """Carry out ``fw-deid profile from-csv``."""
    from fw_gear_deid.commands import lists  # noqa: PLC0415  # it loads what no other command needs

    return lists.from_csv(arguments)


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit code.

    Args:
        argv: the arguments; those of the process if not given.
    """
    try:
        arguments = parser().parse_args(argv)
    except SystemExit as stop:  # argparse has told why
        return stop.code if isinstance(stop.code, int) else NOTHING_DONE
    try:
        with silenced(), _interruptible():
            code: int = arguments.command(arguments)
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = GOOD
    except KeyboardInterrupt:
        warn("fw-deid: stopped; nothing half-written was left, and the same command starts again")
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the last boundary: nothing is kept because of it; its text may hold a value
        warn(_told(error))
        code = NOTHING_DONE if isinstance(error, UsageError) else SOME_FAILED
    return code


def _told(error: Exception) -> str:
    """Return what may be told of an error."""
    match error:
        case ProfileError():
            return str(error)  # each line begins with its place
        case DeidError():
            return f"fw-deid: {error}"
        case OSError():
            return f"fw-deid: {error.strerror or type(error).__name__}; some files may not have been done"
        case _:
            return f"fw-deid: internal error: {type(error).__name__} in {place_of(error)}; please report it"


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    whole = Parser(
        prog="fw-deid",
        description="De-identify imaging files by Flywheel profiles, byte by byte.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=_version())
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_test(commands)
    _add_validate(commands)
    _add_profile(commands)
    _add_check(commands)
    batching = _command(commands, "batch", batch_arguments.PURPOSE, batch_arguments.EXAMPLES)
    batch_arguments.add_arguments(batching)
    return whole


_Commands = argparse._SubParsersAction  # noqa: SLF001  # argparse gives its type no public name


def _add_run(commands: _Commands[Parser]) -> None:
    command = _command(commands, "run", "de-identify files, folders and archives into a folder", examples.RUN)
    command.add_argument("profile", metavar="PROFILE", help="profile file (YAML or JSON), or name of a built-in one")
    command.add_argument("source", metavar="SOURCE", nargs="+", type=Path, help="file, archive or folder")
    command.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="folder for the copies")
    command.add_argument(
        "--log",
        metavar="CSV",
        type=Path,
        help="write every value before and after (identifying); else the profile's deid-log says where, if it does",
    )
    command.add_argument("--report", metavar="JSON", type=Path, help="write what was done, without any value")
    command.add_argument("--html", metavar="HTML", type=Path, help="write the same as a page for people")
    command.add_argument("--table", metavar="CSV", type=Path, help="write where each source went, by name, and why not")
    command.add_argument(
        "--uid-map", metavar="CSV", type=Path, help="write which UID became which: id_old,id_new (identifying)"
    )
    command.add_argument(
        "--subject-map", metavar="CSV", type=Path, help="write which subject became which: id_old,id_new (identifying)"
    )
    command.add_argument(
        "--unmatched", choices=("skip", "fail"), default="skip", help="files that no section owns (default: skip)"
    )
    _add_residual(command, FAIL)
    command.add_argument(
        "--memory",
        metavar="MB",
        type=_positive,
        default=RunOptions().memory // running.MEGABYTE,
        help="megabytes of files held at once; larger files are streamed (default: %(default)s)",
    )
    _add_mapping(command, "whose files they are: the row of the mapping, and {{ subject.label }}", _said)
    _add_common(command)
    command.add_argument("--quiet", action="store_true", help="tell problems only")
    command.set_defaults(command=running.command)


def _add_test(commands: _Commands[Parser]) -> None:
    command = _command(commands, "test", "try a profile: copies, log, and what it left", examples.TEST)
    command.add_argument("source", metavar="SOURCE", type=Path, help="file, archive or folder")
    command.add_argument("profile", metavar="PROFILE", help="profile file (YAML or JSON), or name of a built-in one")
    command.add_argument("results", metavar="RESULTS", type=Path, help="folder for the results")
    _add_residual(command, WARN)
    _add_mapping(command, "whose files they are, as for run; the copies lie in a folder of this name", _label)
    _add_common(command)
    command.add_argument(
        "--ocr", action="store_true", help="read the text in the pixels of copies too (needs Tesseract; slow)"
    )
    command.set_defaults(command=_try)


def _add_check(commands: _Commands[Parser]) -> None:
    command = _command(commands, "check", check_arguments.PURPOSE, check_arguments.EXAMPLES)
    check_arguments.add_arguments(command)
    command.add_argument("--profile", metavar="PROFILE", help="hold the data against this profile, too")
    _add_common(command)
    command.set_defaults(command=_check)


def _add_validate(commands: _Commands[Parser]) -> None:
    command = _command(commands, "validate", "show everything that is wrong with a profile", examples.VALIDATE)
    command.add_argument("profile", metavar="PROFILE", help="profile file (YAML or JSON), or name of a built-in one")
    _add_profile_name(command)
    command.add_argument("--strict", action="store_true", help="count warnings as errors")
    command.add_argument("--mapping", metavar="CSV", type=Path, help="fill it from every row of this table too")
    command.set_defaults(command=profiles.validate)


def _add_profile(commands: _Commands[Parser]) -> None:
    command = _command(commands, "profile", "built-in profiles", examples.PROFILE)
    actions = command.add_subparsers(title="commands", metavar="COMMAND", required=True)
    naming = actions.add_parser("list", help="names of the built-in profiles, and options of those of DICOM PS3.15")
    naming.set_defaults(command=profiles.show_list)
    showing = _command(actions, "show", "write a profile in normal form", examples.SHOW)
    showing.add_argument("profile", metavar="PROFILE", help="profile file (YAML or JSON), or name of a built-in one")
    _add_profile_name(showing)
    _add_mapping(showing, "whose values are put in: the row of the mapping, and {{ subject.label }}", _said)
    showing.add_argument("--secrets", action="store_true", help="show salts and keys, too")
    showing.set_defaults(command=profiles.show_text)
    listing = _command(actions, "from-csv", "write a profile from lists of DICOM elements", list_arguments.EXAMPLES)
    list_arguments.add_arguments(listing)
    listing.set_defaults(command=_from_csv)


def _command(
    commands: _Commands[Parser] | _Commands[argparse.ArgumentParser], name: str, purpose: str, epilog: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=purpose,
        description=f"{purpose[0].upper()}{purpose[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_mapping(command: argparse.ArgumentParser, subject: str, label: Callable[[str], str]) -> None:
    command.add_argument("--mapping", metavar="CSV", type=Path, help="values for {{ NAME }} in the profile, by subject")
    command.add_argument("--subject", metavar="LABEL", type=label, help=subject)
    command.add_argument("--session", metavar="LABEL", type=label, help="the same for the session")


def _add_residual(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument(
        "--residual",
        choices=POLICIES,
        default=default,
        help="copies that still hold what the profile removed elsewhere: withhold, write and tell, or do not search "
        "(default: %(default)s)",
    )


def _add_common(command: argparse.ArgumentParser) -> None:
    _add_profile_name(command)
    command.add_argument(
        "--workers", metavar="N", type=_count, default=0, help="threads; 0 means one per core (default: 0)"
    )


def _add_profile_name(command: argparse.ArgumentParser) -> None:
    command.add_argument("--profile-name", metavar="NAME", help="which profile of an ingest config")
    command.add_argument(
        "--allow-no-deid", action="store_true", help="accept a profile that changes nothing, such as none"
    )
    command.add_argument(
        "--secret-key", metavar="FILE", type=Path, help="text file with the key of a profile that has no secret-key"
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError("must be a whole number, 0 or more")
    return int(text)


def _positive(text: str) -> int:
    if (number := _count(text)) == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _said(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _label(text: str) -> str:
    if not text.strip(". ") or set(text) & set('/\\:*?"<>|\0'):
        raise argparse.ArgumentTypeError("must be usable as the name of a folder")
    return text


def _version() -> str:
    found = versions()
    name = "fw-gear-deid"
    others = ", ".join(f"{what} {version}" for what, version in found.items() if what != name)
    return f"fw-deid {found[name]} ({others})"


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a request to end (SIGTERM) clean up as an interrupt from the keyboard does."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
