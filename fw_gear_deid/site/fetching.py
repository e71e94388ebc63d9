"""Source files from the site, downloaded ahead of the work on them, within a bound.

Downloads, de-identification and uploads overlap: while one file is worked on, the next ones arrive.
"""

from __future__ import annotations

import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.errors import DestinationError, SiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from fw_gear_deid.engine.base import Outcome, Source
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.uploads import SiteDestination, SiteSource

AHEAD: Final = 8
"""Files that are downloaded, or being downloaded, before they are asked for."""

AHEAD_BYTES: Final = 2 << 30
"""Bytes of such files; one file more than that is still fetched."""

THREADS: Final = 4
SUFFIX: Final = ".source"


@dataclass(frozen=True, slots=True)
class _Coming:
    source: SiteSource
    arrived: Future[str]


class Fetching:
    """Sources whose bytes lie on the site, as the engine's sources: each is there when it is handed out.

    Args:
        client: reads the source project.
        destination: is asked first whether a source needs to be done at all.
        folder: a local folder for the files.
        stopped: says whether the run is to end; what is not fetched by then is left out.
    """

    def __init__(
        self, client: SiteClient, destination: SiteDestination, folder: Path, stopped: Callable[[], bool]
    ) -> None:
        self._client = client
        self._destination = destination
        self._folder = folder
        self._stopped = stopped
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="fetch")

    def __enter__(self) -> Self:
        """Enter the block in which files are fetched."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way, and remove what was not worked on."""
        self._pool.shutdown(cancel_futures=True)
        for path in self._folder.glob(f"*{SUFFIX}"):
            path.unlink()

    def __call__(self, wanted: Iterable[SiteSource]) -> Iterator[SiteSource]:
        """Yield the sources in order, each with its bytes at ``path``, or with the reason why it is skipped."""
        coming: deque[_Coming] = deque()
        for source in wanted:
            if self._stopped():
                return
            # The name on the site may identify, so the local file has another one.
            ready = replace(source, path=self._folder / f"{secrets.token_hex(8)}{SUFFIX}", called=source.file.name)
            coming.append(_Coming(ready, self._pool.submit(self._fetch, ready)))
            while len(coming) > AHEAD or sum(each.source.file.size for each in coming) > AHEAD_BYTES:
                yield _arrived(coming.popleft())
        while coming and not self._stopped():  # whoever cancels a job does not wait for long
            yield _arrived(coming.popleft())

    def _fetch(self, source: SiteSource) -> str:
        """Bring a file here; return why it need not be done, or could not be read."""
        if source.skip or source.fault:
            return source.skip
        if reason := self._destination.done(source):
            return reason
        self._client.download(source.file, source.path)
        return ""

    @staticmethod
    def forget(source: Source, _outcome: Outcome | None = None) -> None:
        """Remove a source's bytes: they were worked on."""
        source.path.unlink(missing_ok=True)


def _arrived(coming: _Coming) -> SiteSource:
    try:
        reason = coming.arrived.result()
    except (SiteError, DestinationError) as error:
        return replace(coming.source, fault=str(error))
    except OSError as error:  # not str(error): it holds the path
        told = error.strerror or type(error).__name__
        return replace(coming.source, fault=f"the file cannot be kept in the work folder: {told}")
    return replace(coming.source, skip=reason)
