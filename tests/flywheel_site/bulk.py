"""Endpoints that take much at once: archives of containers, deletions by id, hierarchies; and files that move."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.access import require
from tests.flywheel_site.containers import allowed, delete_container, known
from tests.flywheel_site.errors import ConflictError, InvalidError, NotFoundError
from tests.flywheel_site.files import changed, delete_file_by_id, file_shown, readable, store
from tests.flywheel_site.messages import Request, Response
from tests.flywheel_site.rules import check_tags, checked
from tests.flywheel_site.site import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.flywheel_site.site import Document, Site, StoredFile

# -- archives


def open_download(site: Site, request: Request) -> Any:
    """POST what an archive is to hold, and get a ticket for it."""
    body = request.object()
    chosen = []
    for node in body.get("nodes") or ():
        container = known(site, request, node["_id"])
        require(site, request.principal, "files_download", site.project_id(container))
        chosen += [file for file in _below(site, container["_id"]) if _is_wanted(file, body.get("filters") or ())]
    if not chosen:
        raise NotFoundError("No files matching the given filter could be found")
    ticket = site.new_id()
    site.tickets[ticket] = {"kind": "archive", "files": [file.id for file in chosen]}
    size = sum(file.document["size"] for file in chosen)
    return {"ticket": ticket, "filename": "download.tar", "file_cnt": len(chosen), "size": size}


def _below(site: Site, container_id: str) -> Iterator[StoredFile]:
    for file in site.files.values():
        if not file.deleted and container_id in file.document["parents"].values():
            yield file


def _is_wanted(file: StoredFile, filters: Any) -> bool:
    for each in filters:
        types = each.get("types") or {}
        if types.get("plus") and file.document["type"] not in types["plus"]:
            return False
        if file.document["type"] in (types.get("minus") or ()):
            return False
    return True


def download(site: Site, request: Request) -> Any:
    """GET the archive that a ticket stands for; the ticket is the only key."""
    held = site.tickets.get(request.query.get("ticket", ""))
    if held is None or held["kind"] != "archive":
        raise NotFoundError("Download ticket not found")
    named = [(_path(site, site.files[each]), site.files[each].blobs[-1]) for each in held["files"]]
    pack = _zip if request.query.get("format") == "zip" else _tar
    return Response(pack(named), headers={"Content-Type": "application/octet-stream"})


def _path(site: Site, file: StoredFile) -> str:
    parents = file.document["parents"]
    labels = [site.containers[parents[level]]["label"] for level in LEVELS[1:] if level in parents]
    return "/".join([parents["group"], *labels, file.name])


def _zip(named: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in named:
            archive.writestr(name, data)
    return buffer.getvalue()


def _tar(named: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in named:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


# -- deletions


def delete_containers(site: Site, request: Request, plural: str) -> Any:
    """DELETE containers by their ids; those that are not there are counted."""
    ids = _ids(request)
    there = [cid for cid in ids if cid in site.containers]
    for cid in there:
        delete_container(site, request, plural, cid)
    return {"deleted": len(there), "not_found": len(ids) - len(there), "delete_scheduled": 0}


def delete_files(site: Site, request: Request) -> Any:
    """DELETE files by their ids; those that are not there are counted."""
    ids = _ids(request)
    there = [file_id for file_id in ids if file_id in site.files and not site.files[file_id].deleted]
    for file_id in there:
        delete_file_by_id(site, request, file_id)
    return {"deleted": len(there), "not_found": len(ids) - len(there), "delete_scheduled": 0}


def _ids(request: Request) -> list[str]:
    ids = request.json()
    if not isinstance(ids, list) or not ids:
        raise InvalidError("body must be a list of ids")
    return ids


# -- hierarchies


def upsert_hierarchy(site: Site, request: Request, cid: str) -> Any:
    """POST a subject, session and acquisition that are to be there: found by label, changed or made."""
    parent = allowed(site, request, cid, "containers_create_hierarchy", "project")
    body, answer = request.object(), {}
    for kind in LEVELS[2:]:
        if body.get(kind):
            parent, result = _upserted(site, kind, parent, body[kind])
            answer[kind] = {"_id": parent["_id"], "label": parent["label"], "upsert_result": result}
    return answer


def _upserted(site: Site, kind: str, parent: Document, given: Document) -> tuple[Document, str]:
    """Return a container, and whether it was ``created``, ``updated`` or ``ignored``, having nothing new."""
    fields = checked(kind, {key: value for key, value in given.items() if key != "tags"})
    fields["tags"] = check_tags(given.get("tags") or [])
    for each in site.children(parent["_id"], kind):
        if each["label"] == fields["label"]:
            new = {key: value for key, value in fields.items() if value and each.get(key) != value}
            each.update(new)
            return each, "updated" if new else "ignored"
    return site.add_container(kind, parent["_id"], fields), "created"


# -- files that move


def move_file(site: Site, request: Request, file_id: str) -> Any:
    """POST another container, another name, or both, of a file."""
    file = readable(site, request, file_id, "files_modify_metadata")
    body = request.object()
    target = (body.get("container_reference") or {}).get("id") or file.parent
    container = allowed(site, request, target, "files_create_single")
    name = body.get("name") or file.name
    if any(each.name == name and each is not file for each in site.files_of(target)):
        raise ConflictError("A file of that name is there already")
    parents = {**container["parents"], container["container_type"]: target}
    for version in file.versions:
        version.update(name=name, parents=parents, parent_ref={"type": container["container_type"], "id": target})
    file.name, file.parent = name, target
    site.add_file(file)
    if body.get("run_gear_rules"):
        changed(site, file)
    return {"modified": 1}


def restore_file(site: Site, request: Request, file_id: str) -> Any:
    """POST an earlier version of a file as its newest."""
    file = readable(site, request, file_id, "files_modify_metadata")
    number = int(request.query["version"])
    index = file.version(number)
    assert request.principal is not None
    old = file.versions[index]
    keys = ("type", "modality", "classification", "tags", "info")
    kept = {key: old[key] for key in keys}
    stored = store(site, site.container(file.parent), file.name, file.blobs[index], metadata=kept, origin=old["origin"])
    stored.document.update(restored_from=number, restored_by=request.principal.origin)
    return file_shown(site, stored.document)
