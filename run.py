"""Entry of the gear: opens its context, sets up logging, does the job, exits with its code."""

import sys

from flywheel_gear_toolkit import GearToolkitContext

from fw_gear_deid.gear import entry


def main() -> int:
    """Do the job in the current folder and return the exit code."""
    entry.keep_quiet()
    try:
        # Not as a context manager: on leaving, that would list every zip below output/ as a file of the source.
        context = GearToolkitContext(log_metadata=False)
    except (RuntimeError, UnicodeDecodeError):
        return entry.refuse("config.json or manifest.json cannot be read as JSON; launch the gear again")
    entry.set_up_logging(context)
    return entry.work(context)


if __name__ == "__main__":
    sys.exit(main())
