"""The entry of ``fw-deid`` and of ``python -m fw_gear_deid``."""

import gc
import io
import sys


def main() -> int:
    """Carry out the command line of the process and return its exit code.

    Nearly all that is loaded on the way stays to the end: looking through it for garbage again and again would take an
    eighth of the start.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # as Python does with the error stream: no sign stops a line
        sys.stdout.reconfigure(errors="backslashreplace")
    gc.disable()
    from fw_gear_deid.cli import main as command_line  # noqa: PLC0415  # what is not to be looked through

    gc.freeze()
    gc.enable()
    return command_line()


if __name__ == "__main__":
    sys.exit(main())
