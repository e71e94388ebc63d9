"""Which sessions of a project, or files of its acquisitions, get a job each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fw_gear_deid.site.outputs import is_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fw_gear_deid.site.batch.wanted import Wanted
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container, SiteFile

SESSION, ACQUISITION = "session", "acquisition"
OWN = "was written by the gear itself"


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for.

    Attributes:
        level: ``session`` or ``acquisition``.
        filters: in the site's words; all must hold for the session or acquisition.
        tag: of the session, of the acquisition, or of files in it, which are then chosen alone; ``""`` for any.
        wanted: a table that names them; None for all.
    """

    level: str
    filters: tuple[str, ...] = ()
    tag: str = ""
    wanted: Wanted | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What one job works on.

    Attributes:
        kind: ``session`` or ``acquisition``.
        container: its id.
        labels: of its subject, session, acquisition, as far as they were asked for.
        file: the input of a job on an acquisition.
    """

    kind: str
    container: str
    labels: tuple[str, ...] = ()
    file: SiteFile | None = None

    @property
    def key(self) -> str:
        """What it is remembered by: ids only; a new version of a file is another unit."""
        return f"{self.file.file_id}:{self.file.version}" if self.file else self.container


@dataclass(frozen=True, slots=True)
class PassedOver:
    """What gets no job.

    Attributes:
        what: kind and id, or the row of the table.
        reason: why.
        is_mistake: whether something was asked for that is not there.
    """

    what: str
    reason: str
    is_mistake: bool = False


@dataclass(slots=True)
class Choosing:
    """Goes through a project a page at a time; can be gone through again.

    Attributes:
        gear: name of the gear, whose own outputs are no sources.
        with_labels: whether labels of subjects and sessions are asked for; a table of labels needs them anyway.
    """

    client: SiteClient
    project: Container
    selection: Selection
    gear: str
    with_labels: bool = False
    _names: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Unit | PassedOver]:
        """Yield every unit, and what of the selection is passed over.

        Raises:
            SiteError: the site refuses, or does not answer.
        """
        self._ask_names()
        selection = self.selection
        found: set[int] = set()
        condition = ",".join(selection.filters)
        for container in self.client.children(self.project, selection.level, condition, with_info=False):
            labels = self._labels(container)
            if selection.wanted is not None:
                rows = selection.wanted.rows((container.id, *container.parents.values()), labels)
                found |= rows
                if not rows:
                    continue
            yield from self._units(container, labels)
        if selection.wanted is not None:
            for row in sorted(selection.wanted.all_rows - found):
                yield PassedOver(f"row {row} of the table", f"no such {selection.level} is there", is_mistake=True)

    def units(self) -> Iterator[Unit]:
        """Yield the units alone."""
        return (each for each in self if isinstance(each, Unit))

    def _units(self, container: Container, labels: tuple[str, ...]) -> Iterator[Unit | PassedOver]:
        tag = self.selection.tag
        has_tag = not tag or tag in (container.metadata.get("tags") or ())
        if container.kind == SESSION:
            if has_tag:
                yield Unit(SESSION, container.id, labels)
            return
        files = [file for file in container.files if has_tag or tag in (file.metadata.get("tags") or ())]
        if has_tag and not files:
            yield PassedOver(f"acquisition {container.id}", "has no file")
        for file in files:
            if is_output(file, self.gear):
                yield PassedOver(f"file {file.file_id}", OWN)
            else:
                yield Unit(ACQUISITION, container.id, labels, file)

    def _ask_names(self) -> None:
        """Hold the labels of subjects and sessions, by id."""
        wanted = self.selection.wanted
        if self._names or not (self.with_labels or (wanted is not None and wanted.labels)):
            return
        kinds = ("subject",) if self.selection.level == SESSION else ("subject", "session")
        for kind in kinds:
            for each in self.client.children(self.project, kind, with_info=False):
                self._names[each.id] = each.label

    def _labels(self, container: Container) -> tuple[str, ...]:
        if not self._names:
            return ()
        above = ("subject",) if container.kind == SESSION else ("subject", "session")
        return (*(self._names.get(container.parents.get(kind, ""), "") for kind in above), container.label)
