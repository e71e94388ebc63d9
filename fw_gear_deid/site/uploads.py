"""The destination on a site: whole copies or none, and nothing old removed before the new is verified.

A copy is verified by its size and by its hash: by the site's own where its form is known, else by reading it back.
What a lost answer left is found again by what its ``info.export`` says, and not sent a second time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from fw_gear_deid.engine.base import Source
from fw_gear_deid.engine.folder import Staging
from fw_gear_deid.errors import DestinationError, SiteError
from fw_gear_deid.site.connection import PAUSES
from fw_gear_deid.site.digests import agrees, differs, in_the_form_of
from fw_gear_deid.site.earlier import Policy, copies_of, exported
from fw_gear_deid.site.exports import Overwrite, Written, file_info, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container, SiteFile
    from fw_gear_deid.site.lineage import Chain
    from fw_gear_deid.site.mirror import Mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSource(Source):
    """A file of a container on the site.

    Attributes:
        file: the file on the site.
        origin_id: the salted hash that stands for it at the destination.
        version_origin_id: the same of its newest version's id, by which Flywheel's own export gear calls its copies.
        chain: where its copy goes; empty for a file of the project itself.
        metadata: what its copy is to have beside its bytes: type, modality, classification, info, tags.
        is_steady: whether that is the same as long as the source is.
        kind: kind of its container.
        notes: what is to be said of its metadata, and of its containers'.
        copy_id: id of its copy on the site, once it is there.
    """

    file: SiteFile
    origin_id: str
    version_origin_id: str = ""
    chain: Chain = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    is_steady: bool = True
    kind: str = ""
    notes: tuple[str, ...] = ()
    copy_id: str = ""

    @property
    def place(self) -> str:
        """The container of its copy: several of one label stay apart."""
        return f"{self.folder}/{self.chain[-1].origin_id}" if self.chain else self.folder

    @property
    def origins(self) -> frozenset[str]:
        """All by which copies of it are known."""
        return frozenset({self.origin_id, self.version_origin_id} - {""})

    def fingerprint(self, filling: str = "") -> str:
        """Return a keyed hash that changes when the copy may have to change.

        Args:
            filling: digest of what the profile's templates were filled with.
        """
        file = self.file
        told = "\0".join([file.name, str(file.version), str(file.size), file.hash, filling])
        if self.metadata and self.is_steady:
            told += json.dumps(_without_results(self.metadata), sort_keys=True, default=str)
        return hmac.new(f"{self.origin_id}{self.file.file_id}".encode(), told.encode(), hashlib.sha256).hexdigest()


class SiteDestination:
    """A project on a site, as an ``engine.base.Destination`` for sources that are ``SiteSource``.

    Args:
        client: writes to the project.
        mirror: the project's containers.
        policy: what happens to earlier copies.
        temporary: a local folder for copies that are not sent yet.
        pause: waits for so many seconds between tries.
    """

    def __init__(
        self,
        client: SiteClient,
        mirror: Mirror,
        policy: Policy,
        temporary: Path,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.client = client
        self.mirror = mirror
        self.policy = policy
        self.staging = Staging(temporary)
        self.pause = pause
        self._made: dict[str, str] = {}

    def told(self, source: SiteSource) -> SiteSource:
        """Return a source that is done, with the id of its copy."""
        return replace(source, copy_id=self._made.pop(source.origin_id, ""))

    def note(self, source: SiteSource, copy: SiteFile) -> None:
        """Remember the copy of a source until it is told."""
        self._made[source.origin_id] = copy.file_id

    def __enter__(self) -> Self:
        """Enter the block in which copies are made."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not sent."""
        self.staging.close()

    def done(self, source: Source) -> str | None:
        """Return why a source need not be done again, or None.

        Raises:
            DestinationError: the site does not answer.
        """
        wanted = _of_site(source)
        try:
            container = self.mirror.find(wanted.chain)
            copies = [] if container is None else copies_of(self.client.container(container.id), wanted.origins)
        except SiteError as error:
            raise DestinationError(str(error)) from None
        if copies and self.policy.overwrite is Overwrite.SKIP:
            self.note(wanted, copies[0])
            return "a copy of it is there already, and overwrite_files is Skip"
        if current := [copy for copy in copies if self._current(copy, wanted)]:
            self.note(wanted, current[0])
            return "its copy is there already, made from the same version by the same profile and gear version"
        return None

    def check_name(self, source: Source, name: str) -> None:
        """Refuse a name that tells who the subject is, or is another file's.

        Raises:
            DestinationError: it is such a name, or the site does not answer.
        """
        wanted = _of_site(source)
        self.policy.check_name(name)
        try:
            container = self.mirror.find(wanted.chain)
            found = None if container is None else self.client.container(container.id)
        except SiteError as error:
            raise DestinationError(str(error)) from None
        if found is not None:
            self.policy.check_free(name, found, copies_of(found, wanted.origins))

    def _current(self, copy: SiteFile, source: SiteSource) -> bool:
        export = exported(copy)
        made = self.policy.made
        same = (export.get("profile"), export.get("gear_version")) == (made.profile, made.version)
        whole = not differs(copy, export)  # one may be left of a job that was killed
        return same and whole and export.get("fingerprint") == source.fingerprint(made.filling)

    def pending(self, source: Source) -> PendingUpload:
        """Open a temporary copy.

        Raises:
            DestinationError: it cannot be opened.
        """
        return PendingUpload(self, _of_site(source))


class PendingUpload:
    """A copy in the staging folder, sent by ``commit``; an ``engine.base.Pending``."""

    def __init__(self, destination: SiteDestination, source: SiteSource) -> None:
        self._destination = destination
        self._source = source
        self.path: Path
        self.file: BinaryIO
        self.path, self.file = destination.staging.file()

    def __enter__(self) -> Self:
        """Enter the block in which the copy is written."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the local file."""
        self.file.close()
        self.path.unlink(missing_ok=True)

    def commit(self, name: str, subject: str = "") -> str:
        """Send the copy, verify it, and clean up as the overwrite policy says.

        Args:
            name: its name.
            subject: the label that a subject map gives its subject, in place of the chain's.

        Raises:
            DestinationError: it could not be sent, or is not what was sent; nothing of it is left.
        """
        self.file.close()
        try:
            return self._commit(name, _labelled(self._source.chain, subject))
        except SiteError as error:
            raise DestinationError(str(error)) from None

    def _commit(self, name: str, chain: Chain) -> str:
        destination, source = self._destination, self._source
        destination.policy.check_name(name)
        container = destination.client.container(destination.mirror.container(chain).id)
        earlier = copies_of(container, source.origins)
        forced = destination.policy.overwrite is Overwrite.CLEANUP_FORCE
        destination.policy.check_free(name, container, earlier)
        made = self._sent(container, name, measure(self.path))
        destination.note(source, made)
        if destination.policy.overwrite in {Overwrite.CLEANUP, Overwrite.CLEANUP_FORCE}:
            reason = destination.policy.delete_reason
            destination.client.delete_earlier_versions(made, reason, force=forced)
            for copy in earlier:
                if copy.file_id != made.file_id:
                    destination.client.delete_earlier_versions(copy, reason, force=forced)
                    destination.client.delete_file(copy, reason, force=forced)
        return "/".join([*(each.label for each in chain), name])

    def _sent(self, container: Container, name: str, written: Written) -> SiteFile:
        """Send the copy, again while the site is only busy, and return it once it is verified."""
        destination, source = self._destination, self._source
        export = file_info(
            destination.policy.made, source.origin_id, source.fingerprint(destination.policy.made.filling), written
        )
        export |= in_the_form_of(source.file.hash, self.path)
        info = {**source.metadata.get("info", {}), "export": export}
        metadata = {**source.metadata, "info": info, "name": name, "size": written.size}
        for pause in (*PAUSES, None):
            try:
                made = destination.client.upload(container, name, self.path, metadata)
            except SiteError as error:
                made_after_all = self._found(container, name, export)
                if made_after_all is None:
                    if pause is None or not error.is_passing:
                        raise
                    destination.pause(pause)
                    continue
                made = made_after_all
            if self._is_whole(made, written):
                return made
            # What arrived is not what was sent: it must not stay.
            destination.client.delete_file(made, destination.policy.delete_reason, only_version=made.version > 1)
            if pause is not None:
                destination.pause(pause)
        raise DestinationError("the site keeps other bytes than were sent, again and again; tell its administrator")

    def _found(self, container: Container, name: str, export: Mapping[str, Any]) -> SiteFile | None:
        """Return the file that an upload left whose answer was lost."""
        for file in self._destination.client.container(container.id).files:
            if file.name == name and exported(file) == export:
                return file
        return None

    def _is_whole(self, made: SiteFile, written: Written) -> bool:
        """Whether the site holds what was sent."""
        whole = agrees(self.path, made)
        if whole is not None:
            return whole
        path, opened = self._destination.staging.file()
        opened.close()
        try:
            self._destination.client.download(made, path)
            return measure(path) == written
        finally:
            path.unlink(missing_ok=True)


def _without_results(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata without the results of gears, which come after the copy they tell of."""
    info = {name: value for name, value in metadata.get("info", {}).items() if name != "qc"}
    return {**metadata, "info": info}


def _labelled(chain: Chain, subject: str) -> Chain:
    """Return a chain with another label for the subject, if there is one."""
    return tuple(replace(each, label=subject) if subject and each.kind == "subject" else each for each in chain)


def _of_site(source: Source) -> SiteSource:
    if not isinstance(source, SiteSource):
        raise TypeError("a site takes files of containers on a site")
    return source
