"""What the work on every file of a run shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_deid.formats.base import FileContext

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from fw_gear_deid.engine.base import Listener, RunOptions
    from fw_gear_deid.engine.removals import Removals
    from fw_gear_deid.engine.residuals import Residuals
    from fw_gear_deid.formats.compiling import CompiledProfile
    from fw_gear_deid.identity import Subject


@dataclass(frozen=True, slots=True)
class Bench:
    """What the work on every file of a run shares.

    Attributes:
        compiled: what to do.
        options: how to do it.
        listener: is told what is done.
        pool: the threads.
        residuals: searches copies for what was removed.
        removals: what the profile removes.
    """

    compiled: CompiledProfile
    options: RunOptions
    listener: Listener
    pool: Executor
    residuals: Residuals
    removals: Removals

    def context(self, name: str, subject: Subject, wanted: tuple[str, ...] = ()) -> FileContext:
        """Return what a plan is told about a file of that base name; ``wanted`` as of ``FileContext``."""
        keys = () if self.options.subjects is None else self.options.subjects.tags
        return FileContext(name, self.options.log, wanted, keys, subject)

    def known(self, values: tuple[str, ...]) -> tuple[str, ...]:
        """Return what the subject of a file is known by; empty when subjects are not mapped. Identifying."""
        subjects = self.options.subjects
        return () if subjects is None or not values else subjects.known(values)

    @property
    def share(self) -> int:
        """Bytes up to which a file is held as a whole; a larger one is streamed."""
        return self.options.memory // 4

    @property
    def count(self) -> int:
        """Pieces of work that may be in hand at once."""
        return max(4, 4 * self.options.workers)
