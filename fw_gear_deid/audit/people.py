"""Who the files of an audit are about, and what tells each person: gathered before anything is searched."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING

from fw_gear_deid.audit.dicom import is_stamped
from fw_gear_deid.audit.telling import direct_kind, is_dummy, is_pseudonym
from fw_gear_deid.identity import Kind, key_of
from fw_gear_deid.scan.dicom_bytes import is_dicom
from fw_gear_deid.scan.harvesting import identifiers_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_deid.identity import Identifier


@dataclass(slots=True)
class People:
    """Everybody whose files are audited; used by many threads. Identifying.

    Attributes:
        codes: labels that a study gives its subjects: IDs of these are no identifiers.
    """

    codes: set[str] = field(default_factory=set, repr=False)
    _of_key: dict[str, set[Identifier]] = field(default_factory=lambda: defaultdict(set), repr=False)
    _keys_in: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set), repr=False)
    _keys_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set), repr=False)
    _pseudonyms: set[str] = field(default_factory=set, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def meet(self, source: str, folder: str, data: bytes, name: str) -> None:
        """Take what an object tells.

        Args:
            source: the source it belongs to.
            folder: the folder that the source lies in.
            data: its bytes, or their beginning.
            name: its base name.
        """
        harvest = identifiers_of(data, name)
        stamped = is_dicom(data) and is_stamped(data)
        told = {
            each.identifier
            for each in harvest.found
            if direct_kind(each.name)
            and not is_dummy(each.value)
            and not is_pseudonym(each.value, each.kind, stamped=stamped)
        }
        key = key_of(harvest.key)
        with self._lock:
            if stamped:
                self._pseudonyms.add(harvest.key)
            # What has no key of its own is taken for the source's own, so that others of the folder are not mixed up.
            mine = key or f"\0{source}"
            self._of_key[mine] |= told
            self._keys_of[source].add(mine)
            for each in _chain(folder) if key else ():
                self._keys_in[each].add(key)

    def add(self, source: str, identifiers: Iterable[Identifier]) -> None:
        """Take what is known otherwise of whoever a source is about."""
        with self._lock:
            self._of_key[f"\0{source}"] |= set(identifiers)
            self._keys_of[source].add(f"\0{source}")

    def identifiers(self, source: str, folder: str) -> frozenset[Identifier]:
        """Return what tells those whom a source is about.

        A source that names nobody is about those whom the files of its folder are about, or else those of the nearest
        folder above that has any.
        """
        with self._lock:
            keys = set(self._keys_of[source])
            if not any(not key.startswith("\0") for key in keys):
                keys |= self._nearest(folder)
            known = {each for key in keys for each in self._of_key[key]}
            pseudonyms = set(self._pseudonyms)
        return frozenset(each for each in known if each.value not in pseudonyms and not self._is_code(each))

    def _is_code(self, identifier: Identifier) -> bool:
        return identifier.kind is Kind.ID and identifier.value in self.codes

    def _nearest(self, folder: str) -> set[str]:
        return next((keys for each in _chain(folder) if (keys := self._keys_in.get(each))), set())


def _chain(folder: str) -> tuple[str, ...]:
    """Return a folder and those above it, the nearest first."""
    path = PurePosixPath(folder)
    return tuple(map(str, (path, *path.parents)))
