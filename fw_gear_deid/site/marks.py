"""The mark on a source file: what became of it as ``info.qc``, and a tag if one is asked for.

An input file gets its mark from the platform, by ``.metadata.json`` in the job's output. The files of a container are
marked through the API as they end, beside the work on others.
"""

from __future__ import annotations

import json
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from fw_gear_deid.engine.base import State
from fw_gear_deid.errors import SiteError
from fw_gear_deid.site.connection import NOT_FOUND
from fw_gear_deid.site.containers import mapping
from fw_gear_deid.site.exports import GEAR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from fw_gear_deid.engine.base import Outcome
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import SiteFile

PASS, FAIL = "PASS", "FAIL"
QC: Final = "deidentification"
"""What the result is called in ``info.qc``."""

METADATA: Final = ".metadata.json"
THREADS: Final = 4
WAITING: Final = 64
"""Marks that may wait to be put."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a file.

    Attributes:
        state: ``PASS`` or ``FAIL``.
        reason: why, without values.
        tag: put on it with the state behind it; ``""``: none.
        version: of the gear.
        raised: number of objects that a person should look at, by gate.
    """

    state: str
    reason: str
    tag: str
    version: str
    raised: Mapping[str, int] = field(default_factory=dict)

    @property
    def tags(self) -> frozenset[str]:
        """The tag that the file gets, if any."""
        return frozenset({f"{self.tag}-{self.state}"} if self.tag else ())

    @property
    def outdated(self) -> frozenset[str]:
        """The tag that an earlier job may have put there."""
        return frozenset({f"{self.tag}-{FAIL if self.state == PASS else PASS}"} if self.tag else ())

    def quality(self, described: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``info.qc`` of a file with this result in it, beside those of other gears."""
        result: dict[str, Any] = {"state": self.state}
        if self.reason:
            result["reason"] = self.reason
        if self.raised:
            result["gates"] = dict(self.raised)
        return {**_quality(described), GEAR: {"job_info": {"version": self.version}, QC: result}}

    def stands(self, described: Mapping[str, Any]) -> bool:
        """Whether a file has the state and the tag already."""
        there = mapping(mapping(_quality(described).get(GEAR)).get(QC)).get("state")
        tags = set(described.get("tags") or ())
        return there == self.state and tags >= self.tags and not tags & self.outdated


def write_metadata(path: Path, kind: str, described: Mapping[str, Any], mark: Mark) -> None:
    """Have the platform mark the input file.

    What ``.metadata.json`` says of a file's ``info`` and tags takes the place of what was there, so all of it is
    repeated.

    Args:
        path: of ``.metadata.json``.
        kind: kind of the file's container.
        described: all that the site says of the file.
        mark: what became of it.
    """
    info = {**mapping(described.get("info")), "qc": mark.quality(described)}
    file: dict[str, Any] = {"name": described["name"], "info": info}
    if mark.tag:
        file["tags"] = [
            *(tag for tag in described.get("tags") or () if tag not in mark.tags | mark.outdated),
            *mark.tags,
        ]
    path.write_text(json.dumps({kind: {"files": [file]}}, indent=1) + "\n", encoding="utf-8")


class Marking:
    """Marks the files of a container as they end; used by one thread.

    Args:
        client: writes to the source project.
        tag: put on every file, with ``-PASS`` or ``-FAIL`` behind it; ``""``: none.
        version: of the gear.

    Attributes:
        fault: why files are not marked (any more); empty while they are.
    """

    def __init__(self, client: SiteClient, tag: str, version: str) -> None:
        self._client = client
        self._tag = tag
        self._version = version
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="mark")
        self._waiting: deque[Future[None]] = deque()
        self.fault = ""

    def __enter__(self) -> Self:
        """Enter the block in which files are marked."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until the last mark is put."""
        self._pool.shutdown()
        for put in self._waiting:
            put.result()

    def put(self, file: SiteFile, outcome: Outcome) -> None:
        """Mark a file, soon. One that was skipped and is marked already is left alone."""
        state = PASS if outcome.state in {State.DEIDENTIFIED, State.SKIPPED} else FAIL
        mark = Mark(state, outcome.reason, self._tag, self._version, outcome.raised)
        if outcome.state is State.SKIPPED and mark.stands(file.metadata):
            return
        self._waiting.append(self._pool.submit(self._put, file, mark))
        while len(self._waiting) > WAITING:
            self._waiting.popleft().result()

    def _put(self, file: SiteFile, mark: Mark) -> None:
        """Mark a file unless it is another one by now. Called in a thread."""
        if self.fault:
            return
        try:
            newest = self._client.ask("a file", "get_file", file.file_id)
            if newest.get("version") == file.version:
                self._write(file, newest, mark)
        except SiteError as error:
            if error.status != NOT_FOUND:  # one that is gone needs no mark
                self.fault = self.fault or str(error)

    def _write(self, file: SiteFile, newest: Mapping[str, Any], mark: Mark) -> None:
        """Put the result into ``info.qc``, then the tag, by which gear rules go."""
        ask, tags = self._client.ask, set(newest.get("tags") or ())
        change = {"set": {"qc": mark.quality(newest)}}
        ask("to mark a file", "modify_container_file_info", file.parent, file.name, change)
        if gone := sorted(tags & mark.outdated):
            ask("to mark a file", "delete_file_tags", file.file_id, body=gone)
        if new := sorted(mark.tags - tags):
            ask("to mark a file", "add_file_tags", file.file_id, new)


def _quality(described: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(described.get("info")).get("qc"))
