"""The destination's containers: found by label or by where they come from, made when missing.

Safe when two jobs make the same container at the same moment: after making one, it is looked for again, and of
several with one origin the oldest counts. Whoever made another one removes it.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.errors import SiteError
from fw_gear_deid.site.connection import CONFLICT
from fw_gear_deid.site.containers import mapping
from fw_gear_deid.site.exports import container_info
from fw_gear_deid.site.lineage import LEVELS, Mirrored
from fw_gear_deid.site.oddities import oddity_of
from fw_gear_deid.site.renewing import DIGESTS, kept, renewal_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container
    from fw_gear_deid.site.exports import Provenance
    from fw_gear_deid.site.lineage import Chain

REMEMBERED: Final = 10_000
"""Containers whose place is remembered: a project may have more than memory holds."""

TRIES: Final = 3


class Mirror:
    """The containers of one destination project; used by many threads.

    Args:
        client: writes to the project.
        project: the destination project.
        made: what makes the copies of this run.
        by_id: kinds that are found by their origin alone, whatever their label.
        renews: whether metadata is written again that the source or the profile makes otherwise by now.

    Attributes:
        odd: what somebody should look at, by id of the container at the destination.
    """

    def __init__(
        self,
        client: SiteClient,
        project: Container,
        made: Provenance,
        by_id: frozenset[str],
        *,
        renews: bool = False,
    ) -> None:
        self._client = client
        self._project = project
        self._made = made
        self._by_id = by_id
        self._renews = renews
        self.odd: dict[str, str] = {}
        self._known: OrderedDict[tuple[str, ...], Container] = OrderedDict()
        self._mutex = Lock()
        self._busy: dict[tuple[str, ...], Lock] = {}

    def find(self, chain: Chain) -> Container | None:
        """Return the container of a chain if it is there; nothing is made.

        Raises:
            SiteError: the site refuses, or does not answer.
        """
        here: Container | None = self._project
        for length in range(1, len(chain) + 1):
            key = _key(chain[:length])
            known = self._recalled(key)
            if known is None and here is not None:
                known = self._seen(here, chain[length - 1])
                if known is not None:
                    self._remember(key, known)
            here = known
            if here is None:
                return None
        return here

    def container(self, chain: Chain) -> Container:
        """Return the container of a chain; it and those above it are made when missing.

        Raises:
            SiteError: the site refuses, or does not answer.
        """
        here = self._project
        for length in range(1, len(chain) + 1):
            key = _key(chain[:length])
            with self._alone(key):
                known = self._recalled(key) or self._seen(here, chain[length - 1])
                here = known or self._create(here, chain[length - 1])
                self._remember(key, here)
        return here

    # -- looking

    def _seen(self, parent: Container, wanted: Mirrored) -> Container | None:
        """Return what ``_found`` does, note what is odd about it, and bring its metadata up to date."""
        found = self._found(parent, wanted)
        if found is None:
            return None
        if self._renews and wanted.digests is not None and _origin(found) == wanted.origin_id:
            found = self._renewed(found, wanted, wanted.digests)
        if oddity := oddity_of(found, wanted, self._made.profile):
            self.odd[found.id] = oddity
        return found

    def _renewed(self, found: Container, wanted: Mirrored, digests: Mapping[str, Any]) -> Container:
        renewal = renewal_of(found, wanted.fields, digests)
        if not renewal:
            return found
        # What made the container stays said: what else it holds may be of that profile (``oddities``).
        export = mapping(found.info.get("export"))
        info = {**renewal.info, "export": {**export, DIGESTS: kept(export, digests)}}
        self._client.change(found, renewal.fields, info, renewal.gone)
        return self._client.container(found.id)

    def _export(self, wanted: Mirrored) -> dict[str, Any]:
        export: dict[str, Any] = dict(container_info(self._made, wanted.origin_id))
        return export | ({DIGESTS: wanted.digests} if wanted.fields and wanted.digests else {})

    def _found(self, parent: Container, wanted: Mirrored) -> Container | None:
        """Return the container below a parent that stands for a source container, or None."""
        if wanted.kind in self._by_id:
            return self._of_origin(parent, wanted)
        below = self._client.children(parent, wanted.kind, _label_condition(wanted.label))
        named = sorted((each for each in below if each.label == wanted.label), key=lambda each: each.id)
        own = [each for each in named if _origin(each) == wanted.origin_id]
        if own:
            return own[0]
        # A session made from another session of the same label is not this one; a subject's label is its name.
        free = [each for each in named if not _origin(each) or wanted.kind == "subject"]
        return free[0] if free else None

    def _of_origin(self, parent: Container, wanted: Mirrored) -> Container | None:
        condition = f"info.export.origin_id={wanted.origin_id}"
        any_label = wanted.kind in self._by_id
        found = [
            each
            for each in self._client.children(parent, wanted.kind, condition)
            if any_label or each.label == wanted.label
        ]
        return min(found, key=lambda each: each.id, default=None)

    # -- making

    def _create(self, parent: Container, wanted: Mirrored) -> Container:
        """Make a container, unless it turns out that somebody else just did."""
        fields = {**wanted.fields, "label": wanted.label, parent.kind: parent.id}
        if wanted.kind == "session":
            fields |= {"project": self._project.id, "subject": {"_id": parent.id}}
        fields["info"] = {**fields.get("info", {}), "export": self._export(wanted)}
        for attempt in range(1, TRIES + 1):
            try:
                made = self._client.create(wanted.kind, fields)
            except SiteError as error:
                if error.status != CONFLICT and not error.is_passing:
                    raise
                found = self._found(parent, wanted)  # somebody else's, or ours if only the answer was lost
                if found is not None:
                    return found
                if attempt == TRIES:
                    raise
            else:
                return self._oldest(parent, wanted, made)
        raise AssertionError  # the loop ends by return or raise

    def _oldest(self, parent: Container, wanted: Mirrored, made: Container) -> Container:
        """Return the oldest container of an origin, and remove our own if it is not that."""
        oldest = self._of_origin(parent, wanted)
        if oldest is None or oldest.id >= made.id:
            return made
        if not self._client.container(made.id).files and not self._has_below(made):
            self._client.delete_container(made)
        return oldest

    def _has_below(self, container: Container) -> bool:
        """Whether somebody has put a container into one already."""
        kind = dict(pairwise(LEVELS)).get(container.kind)
        return kind is not None and any(self._client.children(container, kind, with_info=False))

    # -- remembering

    def _recalled(self, key: tuple[str, ...]) -> Container | None:
        with self._mutex:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def _remember(self, key: tuple[str, ...], container: Container) -> None:
        with self._mutex:
            self._known[key] = replace(container, metadata={}, files=())  # these can be large
            self._known.move_to_end(key)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    @contextmanager
    def _alone(self, key: tuple[str, ...]) -> Iterator[None]:
        """Let one thread at a time look for or make a container."""
        with self._mutex:
            lock = self._busy.setdefault(key, Lock())
        with lock:
            yield
        with self._mutex:
            self._busy.pop(key, None)


def _key(chain: Chain) -> tuple[str, ...]:
    return tuple(f"{each.origin_id}/{each.label}" for each in chain)  # a subject map tells subjects of one origin apart


def _label_condition(label: str) -> str:
    """Return the filter for a label; empty for one that the site's filter language has no words for."""
    if '"' in label or "\\" in label:
        return ""
    return 'label="' + label.replace(",", "\\,") + '"'  # a comma separates filters, even in quotes


def _origin(container: Container) -> str:
    export = container.info.get("export")
    return str(export.get("origin_id") or "") if isinstance(export, dict) else ""
