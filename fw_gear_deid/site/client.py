"""A Flywheel site through ``flywheel-sdk``. The only module that knows the SDK.

What comes back are plain frozen values. What fails is a ``SiteError`` whose message says what was asked and what to
do, never what the site wrote: that could repeat a label.
"""

# ruff: noqa: ANN401  # what the SDK gives has no types

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from fw_gear_deid.errors import NO_ANSWER, SiteError
from fw_gear_deid.site.identifiers import is_dicom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PAGE: Final = 250
"""Containers asked for at a time."""

MEMBERS: Final = 5
"""Members of an archive that are looked at for a DICOM file: a text or an index may stand before it."""

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try; a random part of up to as much again is added."""

CONFLICT: Final = 409
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
_WHAT_TO_DO: Final[Mapping[int, str]] = {
    NO_ANSWER: "the site did not answer; check the connection and run again",
    UNAUTHORIZED: "the API key is not valid (any more); make a new one in the profile page of the site",
    FORBIDDEN: "the API key has no right to do this; ask the project's administrator for it",
    NOT_FOUND: "there is no such thing, or the API key may not see it",
    CONFLICT: "there is one already",
    413: "it is larger than the site takes",
    422: "the site does not take these values",
    429: "the site is busy; run again later",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose key it is.

    Attributes:
        user: id of the user; empty for a job that a gear rule started.
        is_admin: whether it is a site administrator's.
    """

    user: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file on the site, in its newest version.

    Attributes:
        parent: id of its container.
        hash: as the site writes it.
        metadata: all of its fields, as the API names them.
    """

    file_id: str
    name: str
    parent: str
    version: int = 1
    size: int = 0
    hash: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version_id(self) -> str:
        """Id of its newest version."""
        return str(self.metadata.get("id") or self.metadata.get("_id") or "")

    @property
    def info(self) -> Mapping[str, Any]:
        """Its ``info``."""
        return _mapping(self.metadata.get("info"))

    @classmethod
    def of(cls, document: Mapping[str, Any], parent: str) -> Self:
        """Return a file from what the API says of it."""
        return cls(
            str(document.get("file_id") or ""),
            str(document.get("name") or ""),
            parent,
            int(document.get("version") or 1),
            int(document.get("size") or 0),
            str(document.get("hash") or ""),
            document,
        )


@dataclass(frozen=True, slots=True)
class Container:
    """A group, project, subject, session, acquisition or analysis.

    Attributes:
        parents: id of each container above it, by kind.
        metadata: all of its fields, as the API names them.
        files: its files, where they were asked for.
    """

    kind: str
    id: str
    label: str
    parents: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[SiteFile, ...] = ()

    @property
    def info(self) -> Mapping[str, Any]:
        """Its ``info``."""
        return _mapping(self.metadata.get("info"))

    @classmethod
    def of(cls, kind: str, document: Mapping[str, Any]) -> Self:
        """Return a container from what the API says of it."""
        own = str(document.get("id") or document.get("_id") or "")
        parents = {name: str(value) for name, value in _mapping(document.get("parents")).items() if value}
        files = tuple(SiteFile.of(file, own) for file in document.get("files") or ())
        return cls(kind, own, str(document.get("label") or ""), parents, document, files)


class SiteClient:
    """One connection with one key; used by many threads.

    Args:
        api_key: ``host:key``. It is not kept, and stands in no message.
        pause: waits for so many seconds between tries.
    """

    def __init__(self, api_key: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._pause = pause
        import flywheel  # noqa: PLC0415  # slow to load, and needed on a site alone

        try:
            self._sdk = flywheel.Client(api_key, disable_auth_check=True)
        except Exception as error:  # noqa: BLE001  # raised again
            # The SDK raises bare exceptions for a key it cannot read; their text may hold the key.
            raise SiteError(f"the API key cannot be read ({type(error).__name__}); it looks like host:key") from None
        try:
            self.account = self._account()
        except SiteError:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Enter the block in which the connection is used."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._sdk.shutdown()
        self._sdk.api_client.rest_client.client.close()  # the SDK leaves its connections open

    def _account(self) -> Account:
        status = self._ask("whose key it is", self._sdk.get_auth_status)
        origin = _plain(status.origin)
        is_user = str(origin.get("type")) in {"user", "OriginType.USER"} or bool(status.user_is_admin)
        return Account(str(status.user_id or "") if is_user else "", bool(status.user_is_admin))

    # -- reading

    def lookup(self, *path: str) -> Container | None:
        """Return the container at a path of labels below a group's id; None when there is none that the key may see."""
        try:
            found = self._ask("a path", self._sdk.lookup, list(path))
        except SiteError as error:
            if error.status in {NOT_FOUND, FORBIDDEN}:
                return None
            raise
        return Container.of(str(found.container_type), _plain(found))

    def container(self, container_id: str) -> Container:
        """Return a container with all its metadata and files."""
        found = self._ask("a container", self._sdk.get_container, container_id)
        return Container.of(str(found.container_type), _plain(found))

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
        method = getattr(self._sdk, f"get_{parent.kind}_{kind}s")
        after = {"filter": condition} if condition else {}
        while True:
            page = self._ask(f"{kind}s", method, parent.id, limit=PAGE, include_all_info=with_info, **after)
            for found in page:
                yield Container.of(kind, _plain(found))
            if len(page) < PAGE:
                return
            after["after_id"] = page[-1].id

    def download(self, file: SiteFile, path: Path) -> None:
        """Write a file's bytes to a local path.

        Raises:
            SiteError: the site refuses, or fewer bytes came than the file has.
        """
        self._again(lambda: self._download(file, path))

    def _download(self, file: SiteFile, path: Path) -> None:
        self._call("a file", self._sdk.download_file_from_container, file.parent, file.name, str(path))
        if path.stat().st_size != file.size:
            raise SiteError("a file came incomplete from the site; run again", NO_ANSWER)

    def read_path(self, path: str) -> bytes | None:
        """Return the bytes of the file at a path such as ``group/project/files/name``; None when there is none."""
        try:
            found = self._ask("a path", self._sdk.lookup, path.split("/"))
        except SiteError as error:
            if error.status in {NOT_FOUND, 403}:
                return None
            raise
        if str(found.container_type) != "file":
            return None
        return self.read_file(str(found.parent_ref.id), str(found.name))

    def read_file(self, container_id: str, name: str) -> bytes:
        """Return the bytes of a small file."""
        return bytes(self._ask("a file", self._sdk.download_file_from_container_as_data, container_id, name))

    def first_file(self, kind: str, container_id: str, file_type: str) -> SiteFile | None:
        """Return some file of a type in a container or below it; None when there is none."""
        found = self._ask(
            "files", self._sdk.get_all_files, filter=f"parents.{kind}={container_id},type={file_type}", limit=1
        )
        for file in found.results or ():
            document = _plain(file)
            return SiteFile.of(document, str(_mapping(document.get("parent_ref")).get("id") or ""))
        return None

    def beginning(self, file: SiteFile, length: int) -> bytes:
        """Return the first bytes of a DICOM file, or the first DICOM file of an archive's first members."""
        if not file.name.lower().endswith(".zip"):
            return self._part(file, range=f"bytes=0-{length - 1}")
        members = self._ask("an archive", self._sdk.get_container_file_zip_info, file.parent, file.name).members
        for member in [each for each in members or () if not each.path.endswith("/")][:MEMBERS]:
            data = self._part(file, member=member.path)
            if is_dicom(data):
                return data
        return b""

    def _part(self, file: SiteFile, **options: str) -> bytes:
        call = self._sdk.download_file_from_container_as_data
        return bytes(self._ask("a file", call, file.parent, file.name, **options))

    def settings(self, container: Container | None) -> Mapping[str, Any]:
        """Return the settings of a project or a group; of the site for None."""
        if container is None:
            return _plain(self._ask("the site's settings", self._sdk.get_site_settings))
        if container.kind == "project":
            return _plain(self._ask("the project's settings", self._sdk.get_project_settings, container.id))
        return _mapping(_plain(self._ask("the group", self._sdk.get_group, container.id)).get("settings"))

    def actions(self, project: Container) -> frozenset[str] | None:
        """Return what the account may do in a project, in the site's words; None when that cannot be known."""
        if not self.account.user:
            return None
        mine = [each for each in project.metadata.get("permissions") or () if _id_of(each) == self.account.user]
        roles = [role for each in mine for role in each.get("role_ids") or ()]
        found = [self._ask("a role", self._sdk.get_role, role) for role in roles]
        return frozenset(str(getattr(action, "value", action)) for role in found for action in role.actions or ())

    # -- writing

    def create(self, kind: str, fields: Mapping[str, Any]) -> Container:
        """Create a container and return it. It is tried once: a second try could make a second one.

        Raises:
            SiteError: the site refuses (409: there is one of that label), or does not answer.
        """
        created = self._call(f"to create a {kind}", getattr(self._sdk, f"add_{kind}"), dict(fields))
        return self.container(str(getattr(created, "id", created)))

    def upload(self, container: Container, name: str, path: Path, metadata: Mapping[str, Any]) -> SiteFile:
        """Upload a file with its metadata and return what the site made of it. It is tried once."""
        import flywheel  # noqa: PLC0415  # loaded already

        with path.open("rb") as opened:
            spec = flywheel.FileSpec(name, opened, "application/octet-stream", path.stat().st_size)
            method = getattr(self._sdk, f"upload_file_to_{container.kind}")
            (made,) = self._call("to upload a file", method, container.id, spec, metadata=dict(metadata))
        return SiteFile.of(_plain(made), container.id)

    def upload_anew(self, container: Container, name: str, path: Path) -> None:
        """Upload a file without metadata as a new version; what a lost answer leaves is at worst a version more."""
        self._again(lambda: self.upload(container, name, path, {"name": name, "size": path.stat().st_size}))

    def delete_file(self, file: SiteFile, reason: str = "", *, force: bool = False, only_version: bool = False) -> None:
        """Delete a file with all its versions, or this version alone; one that is gone already is no error."""
        options: dict[str, Any] = {"delete_reason": reason} if reason else {}
        if only_version:
            options["version"] = file.version
        if force:
            options["force"] = True
        try:
            self._ask("to delete a file", self._sdk.delete_file, file.file_id, **options)
        except SiteError as error:
            if error.status != NOT_FOUND:
                raise

    def delete_container(self, container: Container) -> None:
        """Delete a container; one that is gone already is no error."""
        try:
            self._ask("to delete a container", self._sdk.delete_container, container.id)
        except SiteError as error:
            if error.status != NOT_FOUND:
                raise

    # -- asking

    def ask(self, what: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Ask the site by a method of the SDK; return dictionaries, lists and plain values.

        Args:
            what: what is asked for, for messages.
            method: its name.
            *arguments: what it takes.
            **options: what it takes by name.

        Raises:
            SiteError: the site refuses, or does not answer.
        """
        return _unpacked(self._ask(what, getattr(self._sdk, method), *arguments, **options))

    def ask_once(self, what: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Ask as ``ask`` does, for what must not be done twice: an answer that is lost is not asked for again."""
        return _unpacked(self._call(what, getattr(self._sdk, method), *arguments, **options))

    def _ask(self, what: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Ask the site for something that may be asked again."""
        return self._again(lambda: self._call(what, call, *arguments, **options))

    def _again(self, step: Callable[[], Any]) -> Any:
        """Do a step, and do it again while the site is only busy."""
        for pause in PAUSES:
            try:
                return step()
            except SiteError as error:
                if not error.is_passing:
                    raise
            self._pause(pause * (1 + random.random()))  # noqa: S311  # so that many jobs do not come back at once
        return step()

    def _call(self, what: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Ask the site once."""
        import flywheel  # noqa: PLC0415  # loaded already
        import httpx2  # noqa: PLC0415  # what the SDK sends by; loaded already

        try:
            return call(*arguments, **options)
        except flywheel.ApiException as error:
            status = int(error.status or NO_ANSWER)
        except httpx2.HTTPError:
            status = NO_ANSWER
        advice = _WHAT_TO_DO.get(status, "run again; if it stays so, ask the site's administrator")
        told = f" ({status})" if status else ""
        raise SiteError(f"asked the site {what}{told}: {advice}", status) from None


def _plain(model: Any) -> Mapping[str, Any]:
    """Return an object of the SDK as a dictionary."""
    return _mapping(model.to_dict() if hasattr(model, "to_dict") else model)


def _unpacked(answer: Any) -> Any:
    """Return what the SDK answers, without its own types."""
    if isinstance(answer, list):
        return [_unpacked(each) for each in answer]
    return answer.to_dict() if hasattr(answer, "to_dict") else answer


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _id_of(permission: Mapping[str, Any]) -> str:
    return str(permission.get("id") or permission.get("_id") or "")
