"""An audit of many sources: first whom they are about, then what is wrong with each, several at a time.

What tells a person may stand in one file and be out of place in another, and may turn up late; a source that was
looked at before all was known is looked at again.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Final

from fw_gear_deid.audit.base import Result
from fw_gear_deid.audit.looking import Look, base_name
from fw_gear_deid.audit.members import Item, Reading, items
from fw_gear_deid.engine.files import guarded
from fw_gear_deid.errors import SiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fw_gear_deid.audit.base import Audited, Settings
    from fw_gear_deid.audit.people import People
    from fw_gear_deid.audit.state import AuditState

ROUNDS: Final = 3
"""How often a source is looked at, at most."""

HEAD: Final = 1 << 20
"""Bytes of an object in which it is looked for whom it is about."""

FIRST_AND_LAST: Final = 2


class Audit:
    """The audit of some sources.

    Args:
        settings: how it works.
        people: takes whom the sources are about.
        state: what was done before; takes each result.
        progress: is told what is done, how many of it, of how many.

    Attributes:
        looked_at: number of objects that were looked at, and not known from before.
    """

    def __init__(
        self, settings: Settings, people: People, state: AuditState, progress: Callable[[str, int, int], None]
    ) -> None:
        self._settings = settings
        self._people = people
        self._state = state
        self._progress = progress
        self.looked_at = 0

    def run(self, sources: Sequence[Audited]) -> list[Result]:
        """Look at every source that is new or changed, and return the results of all."""
        whole = self._of_all(sources)
        if self._state.get(whole.key) == whole:
            return self._results(sources)
        with ThreadPoolExecutor(self._settings.workers or os.cpu_count()) as pool:
            try:
                self._gather(pool, sources)
                for _ in range(ROUNDS):
                    if not self._look(pool, [each for each in sources if not self._is_done(each)]):
                        break
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        self._state.put(whole)
        return self._results(sources)

    def _results(self, sources: Sequence[Audited]) -> list[Result]:
        return [result for each in sources if (result := self._state.get(self._key(each))) is not None]

    def _of_all(self, sources: Sequence[Audited]) -> Result:
        """Return what is noted when all of the sources are done; nothing has to be read as long as it holds."""
        names = (each.name for each in sources)
        versions = (f"{each.name}\0{each.version}" for each in sources)
        return Result(self._digest("all", *names), self._digest(self._settings.told, *versions), 0, ())

    def _gather(self, pool: ThreadPoolExecutor, sources: Sequence[Audited]) -> None:
        waiting = [pool.submit(self._meet, each) for each in sources]
        for number, each in enumerate(as_completed(waiting), start=1):
            each.result()
            self._progress("gathering", number, len(sources))

    def _look(self, pool: ThreadPoolExecutor, sources: Sequence[Audited]) -> bool:
        """Look at some sources; whether there were any."""
        waiting = [pool.submit(self._result, each) for each in sources]
        for number, each in enumerate(as_completed(waiting), start=1):
            result = each.result()
            self.looked_at += result.objects
            self._state.put(result)
            self._progress("looking", number, len(sources))
        return bool(sources)

    def _is_done(self, source: Audited) -> bool:
        known = self._state.get(self._key(source))
        return known is not None and known.fingerprint == self._fingerprint(source)

    def _key(self, source: Audited) -> str:
        return self._digest("source", source.name)

    def _fingerprint(self, source: Audited) -> str:
        told = sorted(f"{each.kind}\0{each.value}" for each in self._people.identifiers(source.name, source.folder))
        return self._digest(source.version, self._settings.told, *told)

    def _digest(self, *texts: str) -> str:
        return hashlib.sha256("\0".join((self._state.salt, *texts)).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    # -- one source

    def _meet(self, source: Audited) -> None:
        """Take whom a source is about; of an archive by its first and last member."""
        self._people.add(source.name, source.identifiers)
        reading = Reading(min(self._settings.sample or FIRST_AND_LAST, FIRST_AND_LAST), HEAD)
        for item in self._items(source, reading):
            self._hear(source, item)

    def _hear(self, source: Audited, item: Item) -> None:
        """Take whom an object is about; what cannot be read here is told of when it is looked at."""
        if item.data:
            name = base_name(item.member or source.name)
            guarded(lambda: self._people.meet(source.name, source.folder, item.data, name))

    def _result(self, source: Audited) -> Result:
        fingerprint = self._fingerprint(source)
        known = self._people.identifiers(source.name, source.folder)
        look = Look(source, self._settings, known, self._people.codes)
        for item in self._items(source, Reading(self._settings.sample, source.longest)):
            self._hear(source, item)
            look.at(item)
        return Result(self._key(source), fingerprint, look.objects, look.rows())

    @staticmethod
    def _items(source: Audited, reading: Reading) -> Iterator[Item]:
        if source.fault:
            yield Item("", fault=source.fault)
        if source.fault or source.open is None:
            return
        try:
            with source.open() as file:
                yield from items(file, source.name, reading)
        except OSError as error:
            yield Item("", fault=f"it cannot be read: {error.strerror or type(error).__name__}")
        except SiteError as error:
            yield Item("", fault=str(error))
