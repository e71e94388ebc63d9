"""Reads and writes containers and files of a site. This and ``connection`` alone know the SDK.

What comes back are plain frozen values.
"""

# what the SDK gives has no types

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.errors import NO_ANSWER, SiteError
from fw_gear_deid.formats.base import CHUNK
from fw_gear_deid.site.connection import CONFLICT, FORBIDDEN, NOT_FOUND, Connection, plain
from fw_gear_deid.site.containers import Container, SiteFile, mapping
from fw_gear_deid.site.digests import agrees
from fw_gear_deid.site.identifiers import is_dicom

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PAGE: Final = 250
"""Containers asked for at a time."""

MEMBERS: Final = 5
"""Members of an archive that are looked at for a DICOM file: a text or an index may stand before it."""


PARTIAL: Final = 206
UNSUPPORTED: Final = 501


class SiteClient(Connection):
    """The containers and files of a site."""

    # -- reading

    def lookup(self, *path: str) -> Container | None:
        """Return the container at a path of labels below a group's id; None when there is none that the key may see."""
        try:
            found = self.asked("a path", self.sdk.lookup, list(path))
        except SiteError as error:
            if error.status in {NOT_FOUND, FORBIDDEN}:
                return None
            raise
        return Container.of(str(found.container_type), plain(found))

    def container(self, container_id: str) -> Container:
        """Return a container with all its metadata and files."""
        found = self.asked("a container", self.sdk.get_container, container_id)
        return Container.of(str(found.container_type), plain(found))

    def children(
        self, parent: Container, kind: str, condition: str = "", *, with_info: bool = True
    ) -> Iterator[Container]:
        """Yield the containers of a kind below another one, with metadata and files, a page at a time.

        Args:
            parent: a project, subject or session.
            kind: ``subject``, ``session`` or ``acquisition``; from a project, all levels down.
            condition: a filter in the site's words, such as ``info.export.origin_id=…``.
            with_info: whether ``info`` of containers and files is asked for, which makes pages large.
        """
        method = getattr(self.sdk, f"get_{parent.kind}_{kind}s")
        after = {"filter": condition} if condition else {}
        while True:
            page = self.asked(f"{kind}s", method, parent.id, limit=PAGE, include_all_info=with_info, **after)
            for found in page:
                yield Container.of(kind, plain(found))
            if len(page) < PAGE:
                return
            after["after_id"] = page[-1].id

    def download(self, file: SiteFile, path: Path) -> None:
        """Write a file's bytes to a local path.

        Raises:
            SiteError: the site refuses, or has another version by now, or other bytes came than the file has.
        """
        self.again(lambda: self._download(file, path), file.size)

    def _download(self, file: SiteFile, path: Path) -> None:
        self.call("a file", self.sdk.download_file_from_container, file.parent, file.name, str(path))
        whole = agrees(path, file)
        if whole:
            return
        newest = plain(self.asked("a file", self.sdk.get_file, file.file_id))
        if newest.get("version") != file.version:
            raise SiteError("the site has another version of the file by now; run again", CONFLICT)
        if whole is not None:
            raise SiteError("a file came incomplete or damaged from the site; run again", NO_ANSWER)

    def read_path(self, path: str) -> bytes | None:
        """Return the bytes of the file at a path such as ``group/project/files/name``; None when there is none."""
        try:
            found = self.asked("a path", self.sdk.lookup, path.split("/"))
        except SiteError as error:
            if error.status in {NOT_FOUND, FORBIDDEN}:
                return None
            raise
        if str(found.container_type) != "file":
            return None
        return self.read_file(str(found.parent_ref.id), str(found.name))

    def read_file(self, container_id: str, name: str) -> bytes:
        """Return the bytes of a small file."""
        return bytes(self.asked("a file", self.sdk.download_file_from_container_as_data, container_id, name))

    def first_file(self, kind: str, container_id: str, file_type: str = "") -> SiteFile | None:
        """Return some file in a container or below it, of a type if one is given; None when there is none."""
        wanted = f"parents.{kind}={container_id}" + (f",type={file_type}" if file_type else "")
        found = self.asked("files", self.sdk.get_all_files, filter=wanted, limit=1)
        for file in found.results or ():
            document = plain(file)
            return SiteFile.of(document, str(mapping(document.get("parent_ref")).get("id") or ""))
        return None

    def check_download(self, file: SiteFile) -> None:
        """Ask for leave to download a file; none of its bytes come.

        Raises:
            SiteError: the key may not.
        """
        self.asked("for a download", self.sdk.get_container_download_url, file.parent, file.name)

    def beginning(self, file: SiteFile, length: int) -> bytes:
        """Return the first bytes of a DICOM file, or of the first DICOM file among an archive's first members."""
        if not file.name.lower().endswith(".zip"):
            return self._part(file, length, range=f"bytes=0-{length - 1}")
        members = self.asked("an archive", self.sdk.get_container_file_zip_info, file.parent, file.name).members
        for member in [each for each in members or () if not each.path.endswith("/")][:MEMBERS]:
            data = self._part(file, length, member=member.path)
            if is_dicom(data):
                return data
        return b""

    def bytes_between(self, file: SiteFile, start: int, stop: int) -> bytes:
        """Return a part of a file's bytes, this version's.

        Args:
            file: the file.
            start: where the part begins.
            stop: where it ends; at least one byte behind.

        Raises:
            SiteError: the site refuses, or cannot send parts of files.
        """

        def step() -> bytes:
            answer = self.sdk.containers_api.download_file_from_container_with_http_info(
                file.parent,
                file.name,
                _return_http_data_only=True,
                _preload_content=False,
                range=f"bytes={start}-{stop - 1}",
                version=file.version,
                view=True,
            )
            try:
                if answer.status_code != PARTIAL and (start or stop < file.size):
                    raise SiteError("the site does not send parts of files", UNSUPPORTED)
                return b"".join(answer.iter_content(CHUNK))[: stop - start]
            finally:
                answer.close()

        data = bytes(self.asked("a file", step))
        if len(data) != stop - start:
            raise SiteError("a file came incomplete from the site; run again", NO_ANSWER)
        return data

    def _part(self, file: SiteFile, length: int, **options: str) -> bytes:
        """Return the first bytes of what the site sends, which may be more: a member comes whole."""

        def step() -> bytes:
            answer = self.sdk.containers_api.download_file_from_container_with_http_info(
                file.parent, file.name, _return_http_data_only=True, _preload_content=False, **options
            )
            data = bytearray()
            try:
                for chunk in answer.iter_content(CHUNK):
                    data += chunk
                    if len(data) >= length:
                        break
            finally:
                answer.close()
            return bytes(data[:length])

        return bytes(self.asked("a file", step))

    def settings(self, container: Container | None) -> Mapping[str, Any]:
        """Return the settings of a project or a group; of the site for None."""
        if container is None:
            return plain(self.asked("the site's settings", self.sdk.get_site_settings))
        if container.kind == "project":
            return plain(self.asked("the project's settings", self.sdk.get_project_settings, container.id))
        return mapping(plain(self.asked("the group", self.sdk.get_group, container.id)).get("settings"))

    def actions(self, project: Container) -> frozenset[str] | None:
        """Return what the account may do in a project, in the site's words; None when that cannot be known."""
        account = self.account
        mine = [
            each for each in project.metadata.get("permissions") or () if account.user and _id_of(each) == account.user
        ]
        if not mine and account.is_job:
            return None
        roles = [role for each in mine for role in each.get("role_ids") or ()]
        found = [self.asked("a role", self.sdk.get_role, role) for role in roles]
        return frozenset(str(getattr(action, "value", action)) for role in found for action in role.actions or ())

    # -- writing

    def create(self, kind: str, fields: Mapping[str, Any]) -> Container:
        """Create a container and return it. It is tried once: a second try could make a second one.

        Raises:
            SiteError: the site refuses (409: there is one of that label), or does not answer.
        """
        created = self.call(f"to create a {kind}", getattr(self.sdk, f"add_{kind}"), dict(fields))
        return self.container(str(getattr(created, "id", created)))

    def change(
        self, container: Container, fields: Mapping[str, Any], info: Mapping[str, Any], gone: Sequence[str] = ()
    ) -> None:
        """Change metadata of a container: fields first, then ``info``, in which some keys are set and others go."""
        if fields:
            self.asked("to change metadata", getattr(self.sdk, f"modify_{container.kind}"), container.id, dict(fields))
        change = {"set": dict(info), **({"delete": list(gone)} if gone else {})}
        self.asked("to change metadata", getattr(self.sdk, f"modify_{container.kind}_info"), container.id, change)

    def upload(self, container: Container, name: str, path: Path, metadata: Mapping[str, Any]) -> SiteFile:
        """Upload a file with its metadata and return what the site made of it. It is tried once."""
        import flywheel  # noqa: PLC0415  # loaded already

        with path.open("rb") as opened:
            spec = flywheel.FileSpec(name, opened, "application/octet-stream", path.stat().st_size)
            method = getattr(self.sdk, f"upload_file_to_{container.kind}")
            (made,) = self.call("to upload a file", method, container.id, spec, metadata=dict(metadata))
        return SiteFile.of(plain(made), container.id)

    def upload_anew(self, container: Container, name: str, path: Path) -> None:
        """Upload a file without metadata as a new version, again while the site is busy or keeps other bytes.

        Earlier versions stay, also those that a lost answer or a broken transfer left.
        """

        def sent() -> None:
            made = self.upload(container, name, path, {"name": name, "size": path.stat().st_size})
            if agrees(path, made) is False:
                raise SiteError("a file did not arrive as it was sent; run again", NO_ANSWER)

        self.again(sent, path.stat().st_size)

    def delete_file(self, file: SiteFile, reason: str = "", *, force: bool = False, only_version: bool = False) -> None:
        """Delete a file with all its versions, or this version alone; one that is gone already is no error."""
        options: dict[str, Any] = {"delete_reason": reason} if reason else {}
        if only_version:
            options["version"] = file.version
        if force:
            options["force"] = True
        try:
            self.asked("to delete a file", self.sdk.delete_file, file.file_id, **options)
        except SiteError as error:
            if error.status != NOT_FOUND:
                raise

    def delete_earlier_versions(self, file: SiteFile, reason: str, *, force: bool) -> None:
        """Delete the versions of a file that came before this one."""
        if file.version == 1:
            return
        for each in self.ask("the versions of a file", "get_file_versions", file.file_id):
            if each["version"] < file.version:
                earlier = replace(file, version=each["version"])
                self.delete_file(earlier, reason, force=force, only_version=True)

    def delete_container(self, container: Container) -> None:
        """Delete a container; one that is gone already is no error."""
        try:
            self.asked("to delete a container", self.sdk.delete_container, container.id)
        except SiteError as error:
            if error.status != NOT_FOUND:
                raise


def _id_of(permission: Mapping[str, Any]) -> str:
    return str(permission.get("id") or permission.get("_id") or "")
