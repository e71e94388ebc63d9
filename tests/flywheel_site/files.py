"""Endpoints of files: upload, download, versions, metadata."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import re
import zipfile
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.access import require
from tests.flywheel_site.containers import allowed, delete_reason, file_shown, known, patched
from tests.flywheel_site.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.flywheel_site.finding import selected
from tests.flywheel_site.gear_rules import evaluate
from tests.flywheel_site.messages import Response
from tests.flywheel_site.rules import check_classification, check_modality, check_tags, sanitised
from tests.flywheel_site.site import MAX_OUTPUTS, PLURAL, StoredFile

if TYPE_CHECKING:
    from tests.flywheel_site.messages import Request
    from tests.flywheel_site.site import Document, Site

TYPES = {
    ".dcm": "dicom",
    ".dicom.zip": "dicom",
    ".nii": "nifti",
    ".nii.gz": "nifti",
    ".json": "source code",
    ".yaml": "source code",
    ".yml": "source code",
    ".csv": "tabular data",
    ".tsv": "tabular data",
    ".zip": "archive",
    ".txt": "text",
    ".html": "HTML",
    ".pdf": "pdf",
    ".bval": "bval",
    ".bvec": "bvec",
}
METADATA = {"name", "type", "modality", "classification", "info", "tags", "mimetype", "size", "zip_member_count"}
_FORBIDDEN = re.compile(r"[\x00-\x1f/]")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


# -- storing


def store(site: Site, container: Document, name: str, data: bytes, **given: Any) -> StoredFile:
    """Store a file in a container: a new one, or a new version of the one of that name.

    Args:
        given: ``metadata`` as a client sends it, ``origin`` of the bytes.
    """
    if not name or _FORBIDDEN.search(name) or name in {".", ".."}:
        raise InvalidError("filename: not a valid name of a file")
    metadata, origin = given.get("metadata") or {}, given.get("origin") or {"type": "user", "id": "loader"}
    file = next((each for each in site.files_of(container["_id"]) if each.name == name), None)
    if file is None:
        file = StoredFile(site.new_id(), name, container["_id"])
        site.add_file(file)
    if site.faults.strikes("corrupt-upload") and data:
        data = data[:-1] + bytes([data[-1] ^ 1])
    now = site.now()
    document = {
        "_id": site.new_id(),
        "file_id": file.id,
        "name": name,
        "version": file.document["version"] + 1 if file.versions else 1,
        "type": _type_of(name),
        "mimetype": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "modality": None,
        "classification": {},
        "tags": [],
        "info": {},
        "size": len(data),
        "hash": hashlib.sha512(data).hexdigest(),
        "parent_ref": {"type": container["container_type"], "id": container["_id"]},
        "parents": {**container["parents"], container["container_type"]: container["_id"]},
        "origin": origin,
        "created": file.versions[0]["created"] if file.versions else now,
        "modified": now,
        "replaced": now if file.versions else None,
        "zip_member_count": _members(data) if zipfile.is_zipfile(io.BytesIO(data)) else None,
        "revision": 1,
        **_checked({key: value for key, value in metadata.items() if key not in {"name", "size"}}),
    }
    file.versions.append(document)
    file.blobs.append(data)
    site.touched(container)
    evaluate(site, file)
    return file


def copy(site: Site, file: StoredFile, container: Document) -> StoredFile:
    """Make a smart copy of a file's newest version in another container; it starts no job."""
    now, made = site.now(), StoredFile(site.new_id(), file.name, container["_id"])
    document = {
        **file.document,
        "_id": site.new_id(),
        "file_id": made.id,
        "version": 1,
        "parent_ref": {"type": container["container_type"], "id": container["_id"]},
        "parents": {**container["parents"], container["container_type"]: container["_id"]},
        "copy_of": {"file_id": file.id, "version": file.document["version"], "parents": file.document["parents"]},
        "created": now,
        "modified": now,
        "replaced": None,
    }
    made.versions.append(document)
    made.blobs.append(file.blobs[-1])
    site.add_file(made)
    return made


def changed(site: Site, file: StoredFile) -> None:
    """Note that metadata which gear rules look at have changed."""
    site.touched(file.document)
    evaluate(site, file)


def _type_of(name: str) -> str | None:
    return next((kind for end, kind in TYPES.items() if name.lower().endswith(end)), None)


def _members(data: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return len(archive.namelist())


def _checked(metadata: Document) -> Document:
    unknown = set(metadata) - METADATA
    if unknown:
        raise InvalidError(f"metadata: unexpected {sorted(unknown)}")
    kept = {key: value for key, value in metadata.items() if value is not None}
    check_modality(kept.get("modality"))
    if "classification" in kept:
        check_classification(kept.get("modality"), kept["classification"])
    if "tags" in kept:
        kept["tags"] = check_tags(kept["tags"])
    if "info" in kept:
        kept["info"] = sanitised(kept["info"])
    return kept


# -- upload


def upload(site: Site, request: Request, plural: str, cid: str) -> Any:
    """POST a file: in the body, or to a signed URL in two steps."""
    kind = PLURAL[plural]
    container = allowed(site, request, cid, "files_create_single", kind)
    if "ticket" in request.query:
        if request.query["ticket"]:
            return _close_ticket(site, request, container)
        return _open_ticket(site, request, container)
    parts = request.parts()
    metadata = _metadata_of(next((part.data for part in parts if part.name == "metadata"), b""))
    sent = [part for part in parts if part.filename is not None]
    if not sent:
        raise InvalidError("file: field required")
    if kind == "analysis" and len(site.files_of(cid)) + len(sent) > MAX_OUTPUTS:
        raise InvalidError(f"An analysis holds at most {MAX_OUTPUTS} output files")
    stored = []
    for part in sent:
        own = next((each for each in metadata if each.get("name") in {None, part.filename}), {})
        stored.append(store(site, container, part.filename or "", part.data, metadata=own, origin=_origin(request)))
    return [file_shown(site, file.document) for file in stored]


def _origin(request: Request) -> Document:
    assert request.principal is not None
    return request.principal.origin


def _metadata_of(data: bytes) -> list[Document]:
    if not data:
        return []
    import json  # noqa: PLC0415  # one use

    found = json.loads(data)
    return found if isinstance(found, list) else [found]


def _open_ticket(site: Site, request: Request, container: Document) -> Any:
    if not site.signed_urls:
        raise NotFoundError("This site has no signed URLs")
    body = request.object()
    metadata = body.get("metadata") or {}
    ticket = site.new_id()
    tokens = {name: site.new_id() for name in body["filenames"]}
    site.tickets[ticket] = {
        "kind": "upload",
        "container": container["_id"],
        "metadata": metadata if isinstance(metadata, list) else [metadata],
        "tokens": tokens,
    }
    urls = {name: f"{request.base_url}/upload/fs-file?token={token}" for name, token in tokens.items()}
    return {"ticket": ticket, "urls": urls, "headers": {}}


def put_signed(site: Site, request: Request) -> Any:
    """PUT the bytes of a file to a signed URL; the token is the only key."""
    token = request.query.get("token", "")
    if not any(token in ticket.get("tokens", {}).values() for ticket in site.tickets.values()):
        raise ForbiddenError("The signed URL is not valid")
    site.uploads[token] = {"data": request.body}
    return {}


def _close_ticket(site: Site, request: Request, container: Document) -> Any:
    ticket = site.tickets.get(request.query["ticket"])
    if ticket is None or ticket["kind"] != "upload" or ticket["container"] != container["_id"]:
        raise NotFoundError("Upload ticket not found")
    missing = [name for name, token in ticket["tokens"].items() if token not in site.uploads]
    if missing:
        raise InvalidError("The upload to the signed URL is not complete")
    stored = []
    for name, token in ticket["tokens"].items():
        own = next((each for each in ticket["metadata"] if each.get("name") in {None, name}), {})
        data = site.uploads.pop(token)["data"]
        if own.get("size") not in {None, len(data)}:
            raise InvalidError("The size of what was uploaded is not what was announced")
        stored.append(store(site, container, name, data, metadata=own, origin=_origin(request)))
    del site.tickets[request.query["ticket"]]
    return [file_shown(site, file.document) for file in stored]


# -- download


def download(site: Site, request: Request, plural: str, cid: str, name: str) -> Any:
    """GET a file: its bytes, a part of them, a zip member, its list of members, or a ticket."""
    ticket = request.query.get("ticket")
    if ticket:
        held = site.tickets.get(ticket)
        if held is None or held["kind"] != "download" or held["file"] != (cid, name):
            raise NotFoundError("Download ticket not found")
        file = site.file_named(cid, name)
    else:
        container = known(site, request, cid, PLURAL[plural])
        require(site, request.principal, "files_download", site.project_id(container))
        file = site.file_named(cid, name)
    return _answered(site, request, file, (cid, name))


def _answered(site: Site, request: Request, file: StoredFile, place: tuple[str, str]) -> Any:
    version = request.query.get("version")
    index = file.version(int(version) if version else None)
    data = file.blobs[index]
    if request.query.get("ticket") == "":
        ticket = site.new_id()
        site.tickets[ticket] = {"kind": "download", "file": place}
        return {"ticket": ticket, "filename": file.name, "file_cnt": 1, "size": len(data)}
    if (wanted := request.query.get("hash")) and wanted != file.versions[index]["hash"]:
        raise InvalidError("The file has another hash")
    if request.query.get("info", "").lower() == "true":
        return _zip_info(data)
    if "member" in request.query:
        return Response(_member(data, request.query["member"]), headers={"Content-Type": "application/octet-stream"})
    answer = _ranged(data, request.headers.get("range", "") if site.sends_parts else "", file.name)
    site.sent[file.name] += len(answer.body)
    return answer


def zip_info(site: Site, request: Request, file_id: str) -> Any:
    """GET the list of members of an archive by the file's id."""
    file = readable(site, request, file_id, "files_view_contents")
    return _zip_info(file.blobs[-1])


def _zip_info(data: bytes) -> Document:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [
                {
                    "path": each.filename,
                    "size": each.file_size,
                    "timestamp": _time(each),
                    "comment": each.comment.decode(),
                }
                for each in archive.infolist()
                if not each.is_dir()
            ]
            return {"comment": archive.comment.decode("utf-8", "replace"), "members": members}
    except zipfile.BadZipFile:
        raise InvalidError("not a zip file") from None


def _time(member: zipfile.ZipInfo) -> str:
    year, month, day, hour, minute, second = member.date_time
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"


def _member(data: bytes, path: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(path)
    except KeyError:
        raise NotFoundError(f"Member {path} not found") from None
    except zipfile.BadZipFile:
        raise InvalidError("not a zip file") from None


def _ranged(data: bytes, wanted: str, name: str) -> Response:
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Accept-Ranges": "bytes",
    }
    match = _RANGE.fullmatch(wanted)
    if match is None or not any(match.groups()):
        return Response(data, headers=headers)
    first, last = match.groups()
    start = int(first) if first else max(0, len(data) - int(last))
    stop = min(int(last) + 1, len(data)) if first and last else len(data)
    if start >= len(data):
        return Response(b"", 416, {"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return Response(data[start:stop], 206, headers)


# -- by id


def readable(site: Site, request: Request, file_id: str, action: str = "files_view_metadata") -> StoredFile:
    """Return a file with which the request may do something."""
    file = site.file(file_id)
    container = known(site, request, file.parent)
    require(site, request.principal, action, site.project_id(container))
    return file


def get_file(site: Site, request: Request, file_id: str) -> Any:
    """GET a file's metadata."""
    file = readable(site, request, file_id)
    version = request.query.get("version")
    return file_shown(site, file.versions[file.version(int(version) if version else None)])


def get_file_info(site: Site, request: Request, file_id: str) -> Any:
    """GET a file's ``info``."""
    return readable(site, request, file_id).document["info"]


def list_files(site: Site, request: Request) -> Any:
    """GET a page of files."""
    from tests.flywheel_site.access import may  # noqa: PLC0415  # one use

    who = request.principal
    assert who is not None
    seen = [
        file.document
        for file in site.files.values()
        if not file.deleted and may(site, who, "files_view_metadata", site.project_id(site.containers[file.parent]))
    ]
    page = selected(seen, request.query)
    return {"count": len(page), "total": len(seen), "results": [file_shown(site, each, full=False) for each in page]}


def list_versions(site: Site, request: Request, file_id: str) -> Any:
    """GET what versions a file has."""
    keys = ("created", "file_id", "origin", "version", "modified")
    return [{key: each[key] for key in keys} for each in readable(site, request, file_id).versions]


def modify_file_info_by_id(site: Site, request: Request, file_id: str) -> Any:
    """PATCH a file's ``info``."""
    file = readable(site, request, file_id, "files_modify_metadata")
    return _info_changed(site, file, patched(file.document["info"], request.object()))


def _info_changed(site: Site, file: StoredFile, info: Document) -> Any:
    file.document["info"] = info
    site.touched(file.document)
    return {"modified": 1}


def replace_file_info(site: Site, request: Request, file_id: str) -> Any:
    """PUT a file's whole ``info``."""
    file = readable(site, request, file_id, "files_modify_metadata")
    _info_changed(site, file, dict(sanitised(request.object())))
    return file.document["info"]


def set_tags(site: Site, request: Request, file_id: str) -> Any:
    """PUT a file's tags."""
    file = readable(site, request, file_id, "files_modify_metadata")
    file.document["tags"] = check_tags(request.json())
    changed(site, file)
    return {"modified": 1}


def add_file_tags(site: Site, request: Request, file_id: str) -> Any:
    """PATCH tags in."""
    file = readable(site, request, file_id, "files_modify_metadata")
    file.document["tags"] = check_tags([*file.document["tags"], *request.json()])
    changed(site, file)
    return file.document["tags"]


def delete_file_tags(site: Site, request: Request, file_id: str) -> Any:
    """DELETE some tags."""
    file = readable(site, request, file_id, "files_modify_metadata")
    gone = request.json()
    file.document["tags"] = [tag for tag in file.document["tags"] if tag not in gone]
    changed(site, file)


def get_tags(site: Site, request: Request, file_id: str) -> Any:
    """GET a file's tags."""
    return readable(site, request, file_id).document["tags"]


def delete_file_by_id(site: Site, request: Request, file_id: str) -> Any:
    """DELETE a file."""
    return _deleted(site, request, readable(site, request, file_id))


def _deleted(site: Site, request: Request, file: StoredFile) -> Any:
    container = site.container(file.parent)
    device = file.document["origin"]["type"] == "device"
    action = "files_delete_device_data" if device else "files_delete_non_device_data"
    require(site, request.principal, action, site.project_id(container))
    reason = delete_reason(site, request, site.project_id(container))
    version = request.query.get("version")
    if version is not None and len(file.versions) > 1:
        index = file.version(int(version))
        del file.versions[index], file.blobs[index]
        return {"deleted": 1}
    if _has_copies(site, file) and request.query.get("force", "").lower() != "true":
        raise ConflictError("Cannot delete file with copies")
    file.deleted = True
    site.deleted.append({"type": "file", "id": file.id, "reason": reason})
    return {"deleted": 1}


def _has_copies(site: Site, file: StoredFile) -> bool:
    """Whether smart copies hold the bytes of a file."""
    return any(
        (each.document.get("copy_of") or {}).get("file_id") == file.id and not each.deleted
        for each in site.files.values()
    )


# -- by container and name


def _changing(site: Site, request: Request, plural: str, cid: str, name: str) -> StoredFile:
    allowed(site, request, cid, "files_modify_metadata", PLURAL[plural])
    return site.file_named(cid, name)


def get_named_info(site: Site, request: Request, plural: str, cid: str, name: str) -> Any:
    """GET a file's metadata."""
    known(site, request, cid, PLURAL[plural])
    return file_shown(site, site.file_named(cid, name).document)


def modify_named(site: Site, request: Request, plural: str, cid: str, name: str) -> Any:
    """PUT a file's type and modality."""
    file = _changing(site, request, plural, cid, name)
    body = request.object()
    if unknown := set(body) - {"type", "modality"}:
        raise InvalidError(f"unexpected {sorted(unknown)}")
    check_modality(body.get("modality"))
    file.document.update({key: value for key, value in body.items() if value is not None})
    changed(site, file)
    return {"modified": 1}


def modify_named_info(site: Site, request: Request, plural: str, cid: str, name: str) -> Any:
    """PATCH a file's ``info``."""
    file = _changing(site, request, plural, cid, name)
    return _info_changed(site, file, patched(file.document["info"], request.object()))


def modify_named_classification(site: Site, request: Request, plural: str, cid: str, name: str) -> Any:
    """PATCH a file's classification."""
    file = _changing(site, request, plural, cid, name)
    return _classified(site, file, request.object())


def modify_classification(site: Site, request: Request, file_id: str) -> Any:
    """PUT a file's classification."""
    return _classified(site, readable(site, request, file_id, "files_modify_metadata"), request.object())


def _classified(site: Site, file: StoredFile, body: Document) -> Any:
    document = file.document
    modality = body.get("modality") or document["modality"]
    check_modality(modality)
    found = {aspect: list(words) for aspect, words in document["classification"].items()}
    if body.get("replace") is not None:
        found = body["replace"]
    for aspect, words in (body.get("add") or {}).items():
        found[aspect] = list(dict.fromkeys([*found.get(aspect, []), *words]))
    for aspect, words in (body.get("delete") or {}).items():
        found[aspect] = [word for word in found.get(aspect, []) if word not in words]
    check_classification(modality, found)
    document.update(modality=modality, classification=found)
    changed(site, file)
    return {"modified": 1}


def delete_named(site: Site, request: Request, plural: str, cid: str, name: str) -> Any:
    """DELETE a file."""
    known(site, request, cid, PLURAL[plural])
    return _deleted(site, request, site.file_named(cid, name))
