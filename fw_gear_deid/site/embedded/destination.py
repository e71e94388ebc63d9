"""The destination without a site: ``<group>/<project>/<subject>/<session>/<acquisition>/<file>`` below a folder.

Beside each file stands ``<file>.metadata.json``, and beside each container's folder ``<label>.metadata.json``: what
would be the object's metadata on a site. A copy counts as there when it is what its metadata says (size and SHA-256).
The metadata is put into place first, so that a run that is killed in between leaves a copy that is made anew.
"""

from __future__ import annotations

import io
import json
import os
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from fw_gear_deid.engine.folder import Staging
from fw_gear_deid.errors import DestinationError
from fw_gear_deid.site.embedded.copies import RECORD, is_of, record_of, recorded
from fw_gear_deid.site.embedded.incoming import MeasuredFile, put_text, verified
from fw_gear_deid.site.exports import (
    FILE_TYPES,
    OCCUPIED,
    ContainerFile,
    Overwrite,
    Provenance,
    container_info,
    file_info,
    measure,
)
from fw_gear_deid.site.metadata import exported

if TYPE_CHECKING:
    from fw_gear_deid.engine.base import Source
    from fw_gear_deid.profile.model import Section
    from fw_gear_deid.site.addresses import ProjectPath
    from fw_gear_deid.site.embedded.copies import Copy
    from fw_gear_deid.site.exports import Written
    from fw_gear_deid.site.lineage import Lineage

_LONGEST_NAME = 255 - len(RECORD)


class EmbeddedDestination:
    """A tree below a folder, as an ``engine.base.Destination`` for sources that are ``ContainerFile``.

    Attributes:
        root: the folder.
        project: the destination project.
        overwrite: what happens to earlier copies.
        made: what makes the copies of this run.
        rules: what the profile exports of a file's metadata; None: nothing.
        staging: where copies lie until they are complete.
    """

    def __init__(
        self,
        root: Path,
        project: ProjectPath,
        overwrite: Overwrite,
        made: Provenance,
        rules: Section | None = None,
    ) -> None:
        self.root = root
        self.project = project
        self.overwrite = overwrite
        self.made = made
        self.rules = rules
        self.staging = Staging(root)

    def __enter__(self) -> Self:
        """Open the staging folder, and remove what a killed run left.

        Raises:
            DestinationError: the root cannot be written.
        """
        path, file = self.staging.file()
        file.close()
        path.unlink()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the staging folder."""
        self.staging.close()

    def folder(self, lineage: Lineage, subject: str = "") -> str:
        """Return the folder of the container that mirrors a source container, below the root.

        Args:
            lineage: the source container.
            subject: the label that a subject map gives its subject, if any.
        """
        return str(PurePosixPath(self.project.folder, *(label for _, label in lineage.labels(subject))))

    def mirrors(self, lineage: Lineage) -> list[Path]:
        """Return the folders that mirror a source container: several where a subject map labelled its files so."""
        own = self.root / self.folder(lineage)
        found = [own] if own.is_dir() else []
        project = self.root / self.project.folder
        if lineage.below_project and project.is_dir():
            below = [label for _, label in lineage.below_project[1:]]
            others = (subject.joinpath(*below) for subject in sorted(project.iterdir()) if subject.is_dir())
            found += [other for other in others if other != own and is_of(other, lineage.origin_id(lineage.kind))]
        return found

    def done(self, source: Source) -> str | None:
        """Return why a source need not be done again, or None."""
        file = _of_container(source)
        copies = [copy for copy in self.copies(file) if copy.path.is_file()]
        if not copies:
            return None
        if self.overwrite is Overwrite.SKIP:
            return "a copy of it is there already, and overwrite_files is Skip"
        if any(self._current(copy, file) for copy in copies):
            return "its copy is there already, made from the same bytes by the same profile and gear version"
        return None

    def _current(self, copy: Copy, file: ContainerFile) -> bool:
        """Return whether a copy is what this run would make."""
        export = copy.export
        if (export.get("profile"), export.get("gear_version")) != (self.made.profile, self.made.version):
            return False
        return copy.intact() and export.get("fingerprint") == file.fingerprint(self.made.filling)

    def pending(self, source: Source) -> PendingCopy:
        """Open a temporary copy.

        Raises:
            DestinationError: it cannot be opened.
        """
        file = _of_container(source)
        path, opened = self.staging.file()
        opened.close()
        return PendingCopy(self, file, path)

    def check_name(self, source: Source, name: str) -> None:
        """Refuse a name that cannot stand in the tree, or is another file's.

        Raises:
            DestinationError: it is such a name.
        """
        file = _of_container(source)
        _check_name(name)
        self.check_free(self.root / file.folder / name, self.copies(file))

    def check_free(self, target: Path, earlier: list[Copy]) -> None:
        """Refuse to overwrite what is none of the earlier copies of a source.

        Raises:
            DestinationError: it would.
        """
        ours = any(copy.path == target for copy in earlier)
        if not ours and os.path.lexists(target) and self.overwrite is not Overwrite.CLEANUP_FORCE:
            raise DestinationError(OCCUPIED)

    def copies(self, file: ContainerFile) -> list[Copy]:
        """Return the earlier copies of a source file, under whatever name."""
        origin = file.origin_id
        found = (copy for folder in self.mirrors(file.lineage) for copy in recorded(folder))
        return [copy for copy in found if copy.export.get("origin_id") == origin]

    def attach(self, lineage: Lineage, name: str, path: Path) -> bool:
        """Put a report into each container that mirrors a source container, in the place of an earlier one.

        Returns:
            Whether there is such a container: none is made for a report alone.

        Raises:
            DestinationError: it cannot be written.
        """
        folders = self.mirrors(lineage)
        try:
            for folder in folders:
                put_text(self.staging, folder / name, path.read_text(encoding="utf-8"))
        except OSError as error:
            raise DestinationError(_unwritable(error)) from None
        return bool(folders)

    def make_containers(self, lineage: Lineage, subject: str) -> None:
        """Make the folders of a source container's mirror and of those above it, with their metadata; see ``folder``.

        Raises:
            OSError: they cannot be made.
        """
        folder = self.root / self.project.folder
        folder.mkdir(parents=True, exist_ok=True)
        for kind, label in lineage.labels(subject):
            folder /= label
            record = record_of(folder)
            if not folder.is_dir() or not record.is_file():
                export = container_info(self.made, lineage.origin_id(kind))
                put_text(self.staging, record, _dumped({"label": label, "type": kind, "info": {"export": export}}))
                folder.mkdir(exist_ok=True)


class PendingCopy:
    """A copy in the staging folder, as an ``engine.base.Pending``."""

    def __init__(self, destination: EmbeddedDestination, source: ContainerFile, path: Path) -> None:
        self._destination = destination
        self._source = source
        self._measured = MeasuredFile(path)
        self.path = path
        self.file: BinaryIO = io.BufferedRandom(self._measured)

    def __enter__(self) -> Self:
        """Enter the block in which the copy is written."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not committed."""
        with suppress(OSError):  # a disk that is full cannot take the rest of a copy that is thrown away
            self.file.close()
        self.path.unlink(missing_ok=True)

    def commit(self, name: str, subject: str = "") -> str:
        """Verify the copy, put it into place, and clean up as the overwrite policy says."""
        _check_name(name)
        try:
            return self._commit(name, subject)
        except OSError as error:
            raise DestinationError(_unwritable(error)) from None

    def _commit(self, name: str, subject: str) -> str:
        self._settle()
        written = verified(self.path, self._measured)
        destination, source = self._destination, self._source
        folder = destination.folder(source.lineage, subject) if subject else source.folder
        target = destination.root / folder / name
        earlier = destination.copies(source)
        previous = next((copy for copy in earlier if copy.path == target), None)
        destination.check_free(target, earlier)
        metadata = exported(destination.rules, source.metadata, source.origin_id, subject=source.subject)
        destination.make_containers(source.lineage, subject)
        export = file_info(destination.made, source.origin_id, source.fingerprint(destination.made.filling), written)
        cleanup = destination.overwrite in {Overwrite.CLEANUP, Overwrite.CLEANUP_FORCE}
        version = 1 if previous is None or cleanup else previous.version + 1
        info = {**metadata.pop("info", {}), "export": export}
        record = {"name": name, "type": _type(source), **metadata, "version": version, "info": info}
        put_text(destination.staging, record_of(target), _dumped(record))
        self.path.replace(target)
        if cleanup:
            _remove_others(earlier, target, written)
        return f"{folder}/{name}"

    def _settle(self) -> None:
        """Bring the bytes to the disk: a copy that is named after a power cut must be whole."""
        self.file.close()
        with self.path.open("rb") as file:
            os.fsync(file.fileno())


def _remove_others(earlier: list[Copy], target: Path, written: Written) -> None:
    """Delete the earlier copies under other names, if the new one reads back as it was written."""
    others = [copy for copy in earlier if copy.path != target]
    if not others:
        return
    if measure(target) != written:
        raise DestinationError("the copy read back is not what was written; its earlier copies were not deleted")
    for copy in others:
        copy.remove()


def _dumped(record: dict[str, Any]) -> str:
    return json.dumps(record, indent=2) + "\n"


def _type(source: ContainerFile) -> str | None:
    return source.type if source.type in FILE_TYPES else None


def _of_container(source: Source) -> ContainerFile:
    if not isinstance(source, ContainerFile):
        raise TypeError("the embedded destination takes files of containers")
    return source


def _check_name(name: str) -> None:
    """Refuse a name that cannot stand in a folder of the tree."""
    if name in {"", ".", ".."} or "/" in name or "\\" in name or "\0" in name:
        raise DestinationError("the copy's name cannot be a file's name; change 'filenames' in the profile")
    if len(os.fsencode(name)) > _LONGEST_NAME:
        raise DestinationError(f"the copy's name is longer than {_LONGEST_NAME} bytes; change 'filenames'")
    if name.endswith(RECORD):
        raise DestinationError(f"names that end in {RECORD} are taken by the destination; change 'filenames'")


def _unwritable(error: OSError) -> str:
    """Say why the system refused, without the path, which may name something."""
    return f"the destination cannot be written: {error.strerror or type(error).__name__}"
