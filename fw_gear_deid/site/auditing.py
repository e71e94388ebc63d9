"""A place on a site as what an audit looks at: containers with their metadata, and files, a subject at a time."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.audit.base import Audited
from fw_gear_deid.audit.people import People
from fw_gear_deid.audit.telling import is_dummy, is_pseudonym
from fw_gear_deid.errors import UsageError
from fw_gear_deid.scan.harvesting import identifiers_of_container
from fw_gear_deid.site.lineage import LEVELS
from fw_gear_deid.site.streaming import streamed
from fw_gear_deid.site.walking import Place, place_of, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fw_gear_deid.identity import Identifier
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container

SCHEME: Final = "fw://"
MOST: Final = 1 + len(LEVELS)
"""Labels of an address: a group's id and those of a project and of what lies below."""

LABELS: Final = ("label", "code")
FIELDS: Final = (
    *("firstname", "lastname", "date_of_birth", "dob", "master_code", "mlset", "operator", "description", "uid"),
    *("tags", "notes", "info", "classification"),
)
"""What of a container's or a file's metadata people fill in, or gears."""

VOXELS: Final = (".nii", ".nii.gz")
BEGINNING: Final = 4 << 20
"""Bytes that are read of a file of voxels."""


def place_at(client: SiteClient, address: str) -> Place:
    """Return the place at ``fw://group/project[/subject[/session[/acquisition]]]``.

    Raises:
        UsageError: there is none that the key may see.
        SiteError: the site does not answer.
    """
    labels = address.removeprefix(SCHEME).strip("/").split("/")
    if not 2 <= len(labels) <= MOST or not all(labels):  # noqa: PLR2004  # a group and a project at least
        raise UsageError(f"a place on a site is written {SCHEME}group/project[/subject[/session[/acquisition]]]")
    found = client.lookup(*labels)
    if found is None or found.kind not in LEVELS:
        raise UsageError("there is no such place on the site, or the API key may not see it")
    return place_of(client, found.id)


def groups(client: SiteClient, root: Place) -> Iterator[tuple[People, list[Audited]]]:
    """Yield what is looked at together: the project's own, then each subject with all below it.

    Raises:
        SiteError: the site refuses, or does not answer.
    """
    if root.container.kind != "project":
        yield _subject(client, root)
        return
    yield People(), list(_own(client, root, frozenset()))
    for subject in client.children(root.container, "subject"):
        yield _subject(client, Place((*root.containers, subject)))


def _subject(client: SiteClient, root: Place) -> tuple[People, list[Audited]]:
    """Return what a subject has at a place and below it; what tells the subject above the place counts, too."""
    subject = root.above("subject")
    metadata = {} if subject is None else subject.metadata
    people = People({str(metadata[name]) for name in LABELS if metadata.get(name)})
    known = frozenset().union(*(_identifiers(each.metadata) for each in root.containers[1:]))
    return people, [each for place in places(client, root) for each in _own(client, place, known)]


def _own(client: SiteClient, place: Place, known: frozenset[Identifier]) -> Iterator[Audited]:
    """Yield a container and its files."""
    container = place.container
    path = SCHEME + "/".join([container_group(place.project), *(each.label for each in place.containers)])
    folder = "/".join(each.id for each in place.containers[:2])  # of one subject
    told = _told(container.metadata)
    yield Audited(
        path,
        _digest(container.id, container.metadata),
        folder,
        title=container.label,
        metadata=told,
        identifiers=known | _identifiers(container.metadata),
    )
    for file in place.files:
        yield Audited(
            f"{path}/{file.name}",
            _digest(f"{file.file_id} {file.version}", file.metadata),
            folder,
            lambda file=file: streamed(client, file),  # type: ignore[misc]  # bound now
            title=file.name,
            metadata=_told(file.metadata),
            identifiers=_identifiers({"info": file.info}),
            longest=BEGINNING if file.name.lower().endswith(VOXELS) else 0,
        )


def container_group(project: Container) -> str:
    """Return the id of a project's group."""
    return str(project.metadata.get("group") or project.parents.get("group") or "")


def _told(metadata: Mapping[str, Any]) -> dict[str, object]:
    """Return what of some metadata is looked at: what people or gears fill in, not what the site keeps of them."""
    found = {name: metadata[name] for name in FIELDS if metadata.get(name)}
    if isinstance(notes := found.get("notes"), list):
        found["notes"] = [note.get("text", "") if isinstance(note, dict) else note for note in notes]
    return found


def _identifiers(metadata: Mapping[str, Any]) -> frozenset[Identifier]:
    """Return what tells a person in some metadata, as far as it says anything."""
    found = identifiers_of_container({name: metadata[name] for name in FIELDS if metadata.get(name)})
    return frozenset(each for each in found if not is_dummy(each.value) and not is_pseudonym(each.value, each.kind))


def _digest(version: str, metadata: Mapping[str, Any]) -> str:
    """Return what changes whenever a container or a file, or what is told of it, does."""
    told = json.dumps(_told(metadata), default=str, sort_keys=True)
    return hashlib.sha256(f"{version}\0{metadata.get('label')}\0{told}".encode("utf-8", "surrogatepass")).hexdigest()
