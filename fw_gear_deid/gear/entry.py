"""The gear: one job from ``config.json`` to the exit code. The only module that knows the gear toolkit."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING

from fw_gear_deid.errors import NOTHING_DONE, SOME_FAILED, DestinationError, SiteError, UsageError
from fw_gear_deid.gear import run
from fw_gear_deid.gear.folders import broken_off, check_output
from fw_gear_deid.gear.job import read_job
from fw_gear_deid.gear.site_job import api_key_of

if TYPE_CHECKING:
    from types import TracebackType

    from flywheel_gear_toolkit import GearToolkitContext


def keep_quiet() -> None:
    """Keep everything that could repeat a value of a file away from the job's log.

    Libraries put values into warnings and exception texts (``Invalid value for VR UI: …``). Warnings are dropped; of
    an exception nobody foresaw, its kind and the places in the code are told, not its text.
    """
    warnings.simplefilter("ignore")
    logging.raiseExceptions = False
    sys.excepthook = _tell_without_text
    threading.excepthook = lambda args: _tell_without_text(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _tell_without_text(args.exc_type, args.exc_value, args.exc_traceback)


def _tell_without_text(kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None) -> None:
    """Write where an error nobody foresaw came from."""
    sys.stderr.write(f"The gear stopped: internal error {kind.__name__}. Please report these lines:\n")
    sys.stderr.writelines(
        f"  {frame.filename}:{frame.lineno} in {frame.name}\n" for frame in traceback.extract_tb(trace)
    )


def set_up_logging(context: GearToolkitContext) -> None:
    """Let this package speak, through the toolkit's handlers, and nobody else.

    Other packages are silenced: pydicom logs values of elements, the toolkit logs inputs and configuration. The
    toolkit's own debug set-up would also write a log file into the gear's output, so its level is set here.
    """
    config = context.config_json.get("config") if isinstance(context.config_json, dict) else None
    debug = isinstance(config, dict) and config.get("debug") is True
    level = "DEBUG" if debug else "INFO"
    handlers = {"level": level}
    context.init_logging(
        "info",
        {
            "handlers": {"gear": handlers, "gear_err": handlers, "silence": {"class": "logging.NullHandler"}},
            "loggers": {
                "": {"handlers": ["silence"], "level": "CRITICAL"},
                "fw_gear_deid": {"handlers": ["gear", "gear_err"], "level": level, "propagate": False},
            },
        },
    )


def refuse(message: str) -> int:
    """Say why nothing is done, a line for each problem, and return the exit code for it."""
    lines = message.splitlines()
    sys.stderr.write(f"Nothing was done: {len(lines)} problem{'s' if len(lines) > 1 else ''} to mend.\n")
    sys.stderr.writelines(f"  {line}\n" for line in lines)
    return NOTHING_DONE


def work(context: GearToolkitContext) -> int:
    """Do the job of a context and return the exit code."""
    if not context.manifest:
        return refuse("manifest.json: missing; run the gear in its own folder")
    try:
        check_output(context.output_dir)
        if api_key_of(context.config_json):
            return _on_site(context)
        job = read_job(context.config_json, context.manifest, context.output_dir.parent)
        return run.do(job, context.output_dir)
    except (UsageError, DestinationError, SiteError) as error:
        return refuse(str(error))
    except OSError as error:
        sys.stderr.write(f"The gear stopped: {broken_off(error)}.\n")
        return SOME_FAILED


def _on_site(context: GearToolkitContext) -> int:
    """Do a job on a site and return the exit code. A job that is cancelled ends what it has begun."""
    from fw_gear_deid.gear import site_run  # noqa: PLC0415  # needs the SDK, which a job without a site does not

    cancelled = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: cancelled.set())
    return site_run.do(context.config_json, context.manifest, context.output_dir, cancelled.is_set)
