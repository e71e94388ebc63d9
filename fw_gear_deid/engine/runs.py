"""The pass over many sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.engine.base import Destination, Listener, Options, RunResult, Source
    from fw_gear_deid.formats.compiling import CompiledProfile


def run(
    compiled: CompiledProfile,
    sources: Iterable[Source],
    destination: Destination,
    options: Options,
    listener: Listener,
) -> RunResult:
    """De-identify every source into a destination; one outcome for each.

    Args:
        compiled: what to do.
        sources: what to read, grouped by ``folder``: copies of one folder are committed together, when the next
            folder begins, so that two files that want one name are both withheld.
        destination: where copies go.
        options: workers, memory, and what becomes of files that no section owns.
        listener: is told each outcome as soon as it is final.

    Raises:
        DeidError: the run itself cannot go on; an error of one file never gets here.
    """
    raise NotImplementedError
