"""What a site holds: containers, files and their versions, users, gears, jobs, settings."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.access import ADMIN, READ, WRITE, Principal, Role, User
from tests.flywheel_site.errors import NotFoundError
from tests.flywheel_site.faults import Faults

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = ("group", "project", "subject", "session", "acquisition")
PLURAL = {
    "groups": "group",
    "projects": "project",
    "subjects": "subject",
    "sessions": "session",
    "acquisitions": "acquisition",
    "analyses": "analysis",
    "containers": "container",
}
MAX_LABEL = 64
MAX_OUTPUTS = 100
START = datetime(2026, 1, 1, tzinfo=UTC)

Document = dict[str, Any]


@dataclass
class StoredFile:
    """A file with all its versions; the last one is what the container shows.

    Attributes:
        parent: id of its container.
        versions: from version 1 on, each as the API shows it; ``blobs`` holds their bytes.
        deleted: whether it was deleted; its versions stay.
        was_shown: whether a read could have shown it.
    """

    id: str
    name: str
    parent: str
    versions: list[Document] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)
    deleted: bool = False
    was_shown: bool = False

    @property
    def document(self) -> Document:
        """The newest version."""
        return self.versions[-1]

    def version(self, number: int | None) -> int:
        """Return the index of a version; None is the newest.

        Raises:
            NotFoundError: there is no such version.
        """
        for index, version in enumerate(self.versions):
            if number == version["version"] or (number is None and version is self.document):
                return index
        raise NotFoundError(f"File version {number} not found")


class Site:
    """Everything, behind one lock.

    Args:
        signed_urls: whether files go up by signed URLs.
        release: what the platform of the time refuses depends on it.

    Attributes:
        images: the folder with the code of a gear, by its id.
        triggered: what gear rules have been carried out on: rule, file, version.
        requests: how often each kind of request came, by ``METHOD /path/{with}/names``.
        sent: how many bytes of each file went out, by its name.
        sends_parts: whether a part of a file can be asked for.
    """

    def __init__(self, *, signed_urls: bool = True, release: str = "23.0.0") -> None:
        self.lock = threading.RLock()
        self.release = release
        self.signed_urls = signed_urls
        self.containers: dict[str, Document] = {}
        self.files: dict[str, StoredFile] = {}
        self._below: defaultdict[str, dict[str, Document]] = defaultdict(dict)
        self._files_in: defaultdict[str, list[StoredFile]] = defaultdict(list)
        self.users: dict[str, User] = {}
        self.roles: dict[str, Role] = {}
        self.keys: dict[str, Principal] = {}
        self.gears: dict[str, Document] = {}
        self.images: dict[str, Path] = {}
        self.triggered: set[tuple[str, str, int]] = set()
        self.jobs: dict[str, Document] = {}
        self.batches: dict[str, Document] = {}
        self.rules: dict[str, Document] = {}
        self.tickets: dict[str, Document] = {}
        self.uploads: dict[str, Document] = {}
        self.settings: dict[str, Document] = {"site": {}}
        self.deleted: list[Document] = []
        self.requests: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.sends_parts = True
        self.faults = Faults()
        self._numbers = itertools.count(1)
        self._ticks = itertools.count()
        for label, actions, default in (
            ("read-only", READ, "ro"),
            ("read-write", WRITE, "rw"),
            ("admin", ADMIN, "admin"),
        ):
            self.add_role(label, actions, default)

    def is_release(self, *wanted: int) -> bool:
        """Whether the site is of a release or a later one."""
        return tuple(map(int, self.release.split("."))) >= wanted

    # -- numbers and times

    def new_id(self) -> str:
        """Return an id of 24 hexadecimal digits; later ones are larger."""
        number = next(self._numbers)
        return f"{number:08x}{hashlib.sha256(str(number).encode()).hexdigest()[:16]}"

    def now(self) -> str:
        """Return the site's time, which moves on by a second whenever it is asked for."""
        return (START + timedelta(seconds=next(self._ticks))).isoformat()

    # -- people

    def add_role(self, label: str, actions: tuple[str, ...], default: str | None = None) -> Role:
        """Add a role."""
        role = Role(self.new_id(), label, actions, default)
        self.roles[role.id] = role
        return role

    def role(self, label: str) -> Role:
        """Return a role by its label."""
        return next(role for role in self.roles.values() if role.label == label)

    def add_user(self, user_id: str, *, is_admin: bool = False) -> str:
        """Add a user and return the secret of his API key."""
        self.users[user_id] = User(user_id, user_id.partition("@")[0].title(), "Example", is_admin)
        secret = f"key{self.new_id()}"
        self.keys[secret] = Principal(secret, self.users[user_id])
        return secret

    def add_rule_key(self, project_id: str, role: str = "read-write") -> str:
        """Return the secret of a key as a gear rule's job gets it: one project, one role, nobody's."""
        secret = f"key{self.new_id()}"
        self.keys[secret] = Principal(secret, None, project_id, self.role(role))
        return secret

    # -- gears

    def install(self, image: Path) -> str:
        """Add the gear whose manifest and code stand in a folder, and return its id."""
        manifest = json.loads((image / "manifest.json").read_text(encoding="utf-8"))
        category = manifest.get("custom", {}).get("gear-builder", {}).get("category", "utility")
        gear_id = self.new_id()
        self.gears[gear_id] = {"_id": gear_id, "category": category, "gear": manifest, "created": self.now()}
        self.images[gear_id] = image
        return gear_id

    # -- containers

    def container(self, container_id: str, kind: str = "container") -> Document:
        """Return a container.

        Raises:
            NotFoundError: there is none of that kind.
        """
        found = self.containers.get(container_id)
        if found is None or (kind != "container" and found["container_type"] != kind):
            raise NotFoundError(f"{kind.capitalize()} {container_id} not found")
        return found

    def add_container(self, kind: str, parent_id: str | None, fields: Document, container_id: str = "") -> Document:
        """Add a container below another one and return it."""
        parents: dict[str, str] = {}
        if parent_id is not None:
            parent = self.container(parent_id)
            parents = {**parent["parents"], parent["container_type"]: parent_id}
        now = self.now()
        document = {
            "_id": container_id or self.new_id(),
            "container_type": kind,
            "parents": parents,
            "info": {},
            "tags": [],
            "notes": [],
            "permissions": [],
            "created": now,
            "modified": now,
            "revision": 1,
            **fields,
        }
        self.containers[document["_id"]] = document
        for above in parents.values():
            self._below[above][document["_id"]] = document
        return document

    def remove_container(self, container_id: str) -> None:
        """Take a container away, with all below it and all their files."""
        for each in (*self._below.pop(container_id, ()), container_id):
            for file in self.files_of(each):
                file.deleted = True
            for above in self.containers.pop(each)["parents"].values():
                self._below.get(above, {}).pop(each, None)

    def project_id(self, container: Document) -> str:
        """Return the id of the project a container lies in; its own when it is one; ``""`` for a group."""
        return container["_id"] if container["container_type"] == "project" else container["parents"].get("project", "")

    def children(self, container_id: str, kind: str) -> list[Document]:
        """Return all containers of a kind below another one, at any depth, oldest first."""
        return [each for each in self._below.get(container_id, {}).values() if each["container_type"] == kind]

    def touched(self, document: Document) -> None:
        """Note that a document has changed."""
        document["modified"] = self.now()
        document["revision"] = document.get("revision", 0) + 1

    # -- files

    def add_file(self, file: StoredFile) -> None:
        """Add a file that has no version yet, or put one elsewhere whose parent has changed."""
        if file.id in self.files:
            for files in self._files_in.values():
                if file in files:
                    files.remove(file)
        self.files[file.id] = file
        self._files_in[file.parent].append(file)

    def files_of(self, container_id: str) -> list[StoredFile]:
        """Return the files of a container."""
        return [file for file in self._files_in.get(container_id, ()) if not file.deleted]

    def file_named(self, container_id: str, name: str) -> StoredFile:
        """Return a file of a container.

        Raises:
            NotFoundError: it has none of that name.
        """
        for file in self.files_of(container_id):
            if file.name == name:
                return file
        raise NotFoundError(f"File {name} not found in container {container_id}")

    def file(self, file_id: str) -> StoredFile:
        """Return a file by its id.

        Raises:
            NotFoundError: there is none.
        """
        if file_id not in self.files or self.files[file_id].deleted:
            raise NotFoundError(f"File {file_id} not found")
        return self.files[file_id]
