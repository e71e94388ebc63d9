"""What a batch has queued, in a file that survives the terminal: ids and states, never a label or a name.

The file is an SQLite database: every change is there whole or not at all, and a million rows need not be held.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from fw_gear_deid.errors import UsageError
from fw_gear_deid.site.jobs import CANCELLED, COMPLETE, FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

PROPOSED: Final = "proposed"
"""The batch is prepared; whether it was started has to be asked."""
LOST: Final = "lost"
"""The batch was started, but the site has no job for it, or not any more."""
REFUSED: Final = "failed, retry refused"
"""The job failed, and the site does not run it again."""

_TABLES = """
CREATE TABLE IF NOT EXISTS batch_order (fingerprint TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS work (
  key TEXT PRIMARY KEY, container TEXT NOT NULL, batch TEXT NOT NULL, place INTEGER NOT NULL,
  job TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS work_by_state ON work (state, batch, place);
"""
_OUTSTANDING: Final = "state NOT IN (?, ?, ?, ?, ?) AND NOT (state = ? AND attempts > ?)"
_ENDED: Final = (
    PROPOSED,
    LOST,
    REFUSED,
    COMPLETE,
    CANCELLED,
)  # but for what failed once too often; proposed ones have no job
_SEEN: Final = "CREATE TEMP TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID"  # on disk, and gone with the connection
_COLUMNS: Final = "key, container, batch, job, attempts, state"


@dataclass(frozen=True, slots=True)
class Work:
    """One unit that was queued.

    Attributes:
        key: see ``choosing.Unit.key``.
        container: its id.
        batch: id of its batch.
        job: id of its newest job; empty while it is not known.
        attempts: how many jobs it has had.
        state: of that job, or ``PROPOSED``, ``LOST`` or ``REFUSED``.
    """

    key: str
    container: str
    batch: str
    job: str
    attempts: int
    state: str


class BatchState:
    """The file, held by one process at a time.

    Args:
        path: created if it is not there.
        fingerprint: of the order that all its jobs carry out.
        retries: how often a failed job is run again.
    """

    def __init__(self, path: Path, fingerprint: str, retries: int) -> None:
        self._retries = retries
        with ExitStack() as undoing:
            try:
                self._database = sqlite3.connect(path, timeout=1.0)
                undoing.callback(self._database.close)
                self._open(fingerprint)
            except sqlite3.OperationalError:
                raise UsageError(f"{path}: cannot be written, or another 'fw-deid batch' is working with it") from None
            except sqlite3.DatabaseError:
                raise UsageError(f"{path}: is not a state file of 'fw-deid batch'; name another with --state") from None
            except UsageError as error:
                raise UsageError(f"{path}: {error}") from None
            undoing.pop_all()

    def _open(self, fingerprint: str) -> None:
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.executescript(_TABLES)
        self._database.execute(_SEEN)
        with self._database:
            self._database.execute("BEGIN EXCLUSIVE")
            known = self._database.execute("SELECT fingerprint FROM batch_order").fetchone()
            if known is None:
                self._database.execute("INSERT INTO batch_order VALUES (?)", (fingerprint,))
            elif known[0] != fingerprint:
                raise UsageError(
                    "belongs to a batch with another project, destination, gear version, input or setting; give the "
                    "same arguments as before, or name another file with --state"
                )

    def __enter__(self) -> Self:
        """Enter the block in which it is used."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._database.close()

    # -- what is known

    def has(self, key: str) -> bool:
        """Whether a unit has been queued."""
        return self._database.execute("SELECT 1 FROM work WHERE key = ?", (key,)).fetchone() is not None

    def work(self, key: str) -> Work | None:
        """Return a unit that was queued."""
        return next(self._select("WHERE key = ?", key), None)

    def all(self) -> Iterator[Work]:
        """Yield all units that were queued."""
        return self._select("ORDER BY key")

    def proposed(self) -> tuple[str, ...]:
        """Return the batches that are not known to have been started."""
        found = self._database.execute("SELECT DISTINCT batch FROM work WHERE state = ?", (PROPOSED,))
        return tuple(batch for (batch,) in found.fetchall())

    def of_proposed(self, batch: str) -> tuple[Work, ...]:
        """Return the units of such a batch that have no job yet, in the order of its jobs."""
        return tuple(self._select("WHERE state = ? AND batch = ? ORDER BY place", PROPOSED, batch))

    def outstanding(self) -> tuple[Work, ...]:
        """Return the units whose jobs have not ended, or are to be run again."""
        return tuple(self._select(f"WHERE {_OUTSTANDING} ORDER BY batch, place", *_ENDED, FAILED, self._retries))

    def waiting(self) -> int:
        """Return how many units have not ended."""
        asked = f"SELECT COUNT(*) FROM work WHERE state = ? OR ({_OUTSTANDING})"  # noqa: S608  # our own words
        found: tuple[int] = self._database.execute(asked, (PROPOSED, *_ENDED, FAILED, self._retries)).fetchone()
        return found[0]

    def see(self, key: str) -> Work | None:
        """Return a unit as ``work`` does, and remember until the file is closed that it was asked for here."""
        self._database.execute("INSERT OR IGNORE INTO temp.seen VALUES (?)", (key,))
        return self.work(key)

    def unseen(self) -> Iterator[Work]:
        """Yield the units that were not asked for by ``see``."""
        return self._select("WHERE key NOT IN (SELECT key FROM temp.seen) ORDER BY key")

    def counts(self) -> Mapping[str, int]:
        """Return how many units are in each state."""
        return Counter(dict(self._database.execute("SELECT state, COUNT(*) FROM work GROUP BY state")))

    def _select(self, rest: str, *values: object) -> Iterator[Work]:
        found = self._database.execute(f"SELECT {_COLUMNS} FROM work {rest}", values)  # noqa: S608  # our own words
        return (Work(*row) for row in found)

    # -- what has happened

    def propose(self, batch: str, units: Iterable[tuple[str, str]]) -> None:
        """Note the key and container of each unit of a batch that is about to be started."""
        rows = [(key, container, batch, place, PROPOSED) for place, (key, container) in enumerate(units)]
        with self._database:
            self._database.executemany(
                "INSERT INTO work (key, container, batch, place, state) VALUES (?, ?, ?, ?, ?)", rows
            )

    def update(self, changed: Iterable[Work]) -> None:
        """Note the newest job of units, its state and its number, all at once."""
        rows = [(each.job, each.attempts, each.state, each.key) for each in changed]
        with self._database:
            self._database.executemany("UPDATE work SET job = ?, attempts = ?, state = ? WHERE key = ?", rows)

    def forget_lost(self) -> None:
        """Forget the units without a job, so that they are queued again."""
        with self._database:
            self._database.execute("DELETE FROM work WHERE state = ?", (LOST,))
