"""Libraries put values of files into warnings and log lines; while files are read, nobody hears them."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TALKATIVE = ("pydicom", "nibabel")


@contextmanager
def silenced() -> Iterator[None]:
    """Drop warnings, and the log lines of libraries that read files, until the block ends."""
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    before = [logger.disabled for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.disabled = True
        try:
            yield
        finally:
            for logger, disabled in zip(loggers, before, strict=True):
                logger.disabled = disabled
