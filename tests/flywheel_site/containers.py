"""Endpoints of groups, projects, subjects, sessions and acquisitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.flywheel_site.access import may, require, require_admin
from tests.flywheel_site.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.flywheel_site.finding import selected
from tests.flywheel_site.rules import check_tags, checked, sanitised
from tests.flywheel_site.site import LEVELS, PLURAL

if TYPE_CHECKING:
    from tests.flywheel_site.access import Principal
    from tests.flywheel_site.messages import Request
    from tests.flywheel_site.site import Document, Site, StoredFile

DELETE_REASONS = frozenset(
    {
        *("duplicate_data", "data_is_not_part_of_study", "data_incomplete_or_corrupt", "data_structured_incorrectly"),
        *("data_has_been_exported_or_moved", "container_is_empty", "analysis_or_processing_failed_or_cancelled"),
        *("compliance_consent_withdrawn", "compliance_phi", "compliance_data_policy", "test_data", "packfile_cleanup"),
    }
)
PARENT = {"project": "group", "subject": "project", "session": "subject", "acquisition": "session"}
INFO_RIGHTS = "containers_modify_metadata"


# -- what a container looks like


def shown(site: Site, container: Document, *, full: bool = True) -> Document:
    """Return a container as the API shows it: lists leave ``info`` out."""
    document = {key: value for key, value in container.items() if not key.startswith("$")}
    document["info_exists"] = bool(container["info"])
    document["files"] = [file_shown(site, file.document, full=full) for file in _files(site, container)]
    document["analyses"] = []
    if container["container_type"] == "group":
        document["settings"] = site.settings.get(container["_id"], {})
    for level in LEVELS[: LEVELS.index(container["container_type"])] if container["container_type"] in LEVELS else ():
        if level in container["parents"]:
            document[level] = container["parents"][level]
    if container["container_type"] == "session":
        subject = site.containers.get(container["parents"].get("subject", ""))
        document["subject"] = None if subject is None else shown(site, subject, full=full)
    if full and container["container_type"] in {"project", "subject", "session", "acquisition"}:
        document["analyses"] = [shown(site, each) for each in analyses_of(site, container["_id"])]
    if not full:
        document["info"] = {}
    return document


def _files(site: Site, container: Document) -> list[StoredFile]:
    """Return the files that a container shows, without those it does not show yet (a fault)."""
    files = site.files_of(container["_id"])
    if "stale-files" not in site.faults.active:
        return files
    fresh = [file for file in files if not file.was_shown]
    for file in fresh:
        file.was_shown = True
    late = {file.id for file in fresh if site.faults.strikes("stale-files")}
    return [file for file in files if file.id not in late]


def file_shown(site: Site, version: Document, *, full: bool = True) -> Document:
    """Return a file's version as the API shows it."""
    del site
    document = dict(version)
    document["info_exists"] = bool(version["info"])
    if not full:
        document["info"] = {}
    return document


def analyses_of(site: Site, container_id: str) -> list[Document]:
    """Return the analyses on a container itself."""
    return [each for each in site.children(container_id, "analysis") if each["parent"]["id"] == container_id]


def visible(site: Site, who: Principal, container: Document) -> bool:
    """Whether somebody may know of a container."""
    if container["container_type"] == "group":
        if who.project is not None:
            return container["_id"] in site.containers[who.project]["parents"].values()
        own = who.user is not None and any(each["_id"] == who.user.id for each in container["permissions"])
        return (
            own or who.is_admin or any(visible(site, who, each) for each in site.children(container["_id"], "project"))
        )
    return may(site, who, "containers_view_metadata", site.project_id(container))


def known(site: Site, request: Request, container_id: str, kind: str = "container") -> Document:
    """Return a container that the request may know of.

    Raises:
        NotFoundError: there is none.
        ForbiddenError: it lies where the key may not look.
    """
    container = site.container(container_id, kind)
    assert request.principal is not None
    if not visible(site, request.principal, container):
        raise ForbiddenError(f"User does not have access to {container['container_type']} {container_id}")
    return container


def allowed(site: Site, request: Request, container_id: str, action: str, kind: str = "container") -> Document:
    """Return a container with which the request may do something."""
    container = known(site, request, container_id, kind)
    if container["container_type"] == "group":
        require_admin(request.principal)
    else:
        require(site, request.principal, action, site.project_id(container))
    return container


# -- reading


def get_container(site: Site, request: Request, plural: str, cid: str) -> Any:
    """GET one container."""
    return shown(site, known(site, request, cid, PLURAL[plural]))


def list_containers(site: Site, request: Request, plural: str) -> Any:
    """GET the containers of one kind."""
    every = [each for each in site.containers.values() if each["container_type"] == PLURAL[plural]]
    return listed(site, request, every)


def list_children(site: Site, request: Request, plural: str, cid: str, children: str) -> Any:
    """GET the containers of one kind below another container."""
    known(site, request, cid, PLURAL[plural])
    if children == "analyses":
        return [shown(site, each) for each in analyses_of(site, cid)]
    return listed(site, request, site.children(cid, PLURAL[children]))


def listed(site: Site, request: Request, containers: list[Document]) -> Any:
    """Return a page of containers, as a list, or in an object where the client asks for that."""
    who = request.principal
    assert who is not None
    full = request.query.get("include_all_info") == "true"
    seen = [each for each in containers if visible(site, who, each) and not _stale(site, each)]
    candidates = seen
    if "files" in request.query.get("filter", ""):
        candidates = [{**each, "files": [file.document for file in site.files_of(each["_id"])]} for each in seen]
    page = selected(candidates, request.query)
    found = [shown(site, site.containers[each["_id"]], full=full) for each in page]
    if "pagination" in request.headers.get("x-accept-feature", ""):
        return {"count": len(found), "total": len(seen), "results": found}
    return found


def _stale(site: Site, container: Document) -> bool:
    """Whether a list does not show a container yet (a fault)."""
    if "stale-reads" not in site.faults.active or container.get("$seen"):
        return False
    container["$seen"] = True
    return site.faults.strikes("stale-reads")


# -- writing


def add_container(site: Site, request: Request, plural: str) -> Any:
    """POST a new container."""
    kind = PLURAL[plural]
    body = request.object()
    if kind == "group":
        return _add_group(site, request, body)
    parent_id = _parent_of(site, request, kind, body)
    parent = known(site, request, parent_id, PARENT[kind])
    if kind == "project":
        require_admin(request.principal)
    else:
        require(site, request.principal, "containers_create_hierarchy", site.project_id(parent))
    fields = checked(kind, body)
    tags = check_tags(fields.pop("tags", []))
    for name in ("project", "session", "group"):
        fields.pop(name, None)
    fields.pop("subject", None)
    if kind == "subject":
        fields["code"] = fields["label"]
    if site.faults.strikes("race"):
        site.add_container(kind, parent_id, {**fields, "tags": []})
    if kind in {"project", "subject"} and _labelled(site, parent_id, kind, fields["label"]):
        raise ConflictError(f"{kind.capitalize()} with label already exists")
    document = site.add_container(kind, parent_id, {**fields, "tags": tags})
    if kind == "project" and request.principal and request.principal.user:
        document["permissions"] = [{"_id": request.principal.user.id, "role_ids": [site.role("admin").id]}]
    return {"_id": document["_id"]}


def _labelled(site: Site, parent_id: str, kind: str, label: str) -> bool:
    return any(each["label"] == label for each in site.children(parent_id, kind))


def _add_group(site: Site, request: Request, body: Document) -> Any:
    require_admin(request.principal)
    group_id = body.get("_id", "")
    if group_id in site.containers:
        raise ConflictError("Group already exists")
    site.add_container("group", None, checked("group", {"label": group_id, **body}), group_id)
    return {"_id": group_id}


def _parent_of(site: Site, request: Request, kind: str, body: Document) -> str:
    """Return the id of the container that a new one is to stand below."""
    if kind != "session":
        parent = body.get(PARENT[kind])
        if not isinstance(parent, str):
            raise InvalidError(f"{PARENT[kind]}: field required")
        return parent
    subject = body.get("subject")
    if isinstance(subject, str):
        return subject
    if isinstance(subject, dict) and isinstance(subject.get("_id"), str):
        return str(subject["_id"])
    project = body.get("project")
    if not isinstance(project, str):
        raise InvalidError("subject: field required")
    label = (subject or {}).get("label") or (subject or {}).get("code") or "ex"
    for each in site.children(project, "subject"):
        if each["label"] == label:
            return str(each["_id"])
    known(site, request, project, "project")
    require(site, request.principal, "containers_create_hierarchy", project)
    fields = checked("subject", {**(subject or {}), "label": label})
    fields.pop("project", None)
    return str(site.add_container("subject", project, fields)["_id"])


def modify_container(site: Site, request: Request, plural: str, cid: str) -> Any:
    """PUT changed fields of a container."""
    container = allowed(site, request, cid, "containers_modify_metadata", PLURAL[plural])
    fields = checked(container["container_type"], request.object(), changing=True)
    for name in ("project", "session", "group", "subject"):
        fields.pop(name, None)
    if "tags" in fields:
        fields["tags"] = check_tags(fields["tags"])
    container.update(fields)
    site.touched(container)
    return {"modified": 1}


def modify_info(site: Site, request: Request, plural: str, cid: str) -> Any:
    """PATCH the ``info`` of a container."""
    container = allowed(site, request, cid, INFO_RIGHTS, PLURAL[plural])
    container["info"] = patched(container["info"], request.object())
    site.touched(container)
    return {"modified": 1}


def patched(info: Document, change: Document) -> Document:
    """Return ``info`` with some keys set, deleted, or all of it replaced."""
    unknown = set(change) - {"set", "delete", "replace"}
    if unknown or not change:
        raise InvalidError(f"info: unexpected {sorted(unknown)}")
    if change.get("replace") is not None:
        return dict(sanitised(change["replace"]))
    kept = {key: value for key, value in info.items() if key not in (change.get("delete") or ())}
    return {**kept, **sanitised(change.get("set") or {})}


def delete_container(site: Site, request: Request, plural: str, cid: str) -> Any:
    """DELETE a container with all below it."""
    kind = PLURAL[plural]
    action = "containers_delete_project" if kind == "project" else "containers_delete_hierarchy"
    container = allowed(site, request, cid, action, kind)
    reason = delete_reason(site, request, site.project_id(container))
    site.remove_container(cid)
    site.deleted.append({"type": container["container_type"], "id": cid, "reason": reason})
    return {"deleted": 1}


def delete_reason(site: Site, request: Request, project_id: str) -> str | None:
    """Return why something is deleted; some projects ask for it.

    Raises:
        InvalidError: no reason is given where one must be, or one that is not known.
    """
    reason = request.query.get("delete_reason")
    if reason is None and site.containers.get(project_id, {}).get("$asks_reason"):
        raise InvalidError("delete_reason is required")
    if reason is not None and reason not in DELETE_REASONS:
        raise InvalidError("delete_reason: value is not a valid enumeration member")
    return reason


# -- tags, notes, permissions


def add_tag(site: Site, request: Request, plural: str, cid: str) -> Any:
    """POST one tag."""
    container = allowed(site, request, cid, "tags_manage", PLURAL[plural])
    (tag,) = check_tags([request.object().get("value")])
    if tag in container["tags"]:
        raise ConflictError("Tag already exists")
    container["tags"].append(tag)
    return {"modified": 1}


def add_tags(site: Site, request: Request, plural: str, cid: str) -> Any:
    """PATCH several tags in."""
    container = allowed(site, request, cid, "tags_manage", PLURAL[plural])
    container["tags"] = check_tags([*container["tags"], *request.json()])
    return None


def delete_tag(site: Site, request: Request, plural: str, cid: str, value: str) -> Any:
    """DELETE one tag."""
    container = allowed(site, request, cid, "tags_manage", PLURAL[plural])
    if value not in container["tags"]:
        raise NotFoundError("Tag not found")
    container["tags"].remove(value)
    return {"deleted": 1}


def add_note(site: Site, request: Request, plural: str, cid: str) -> Any:
    """POST a note."""
    container = allowed(site, request, cid, "notes_manage", PLURAL[plural])
    note = {"_id": site.new_id(), "text": request.object()["text"], "created": site.now(), "modified": site.now()}
    container["notes"].append(note)
    return note


def get_permission(site: Site, request: Request, plural: str, cid: str, user_id: str) -> Any:
    """GET one person's permission on a project or group."""
    container = known(site, request, cid, PLURAL[plural])
    for permission in container["permissions"]:
        if permission["_id"] == user_id:
            return permission
    raise NotFoundError("Permission not found")


def add_permission(site: Site, request: Request, plural: str, cid: str) -> Any:
    """POST a permission."""
    container = allowed(site, request, cid, "project_permissions_manage", PLURAL[plural])
    body = request.object()
    if body["_id"] not in site.users or not set(body.get("role_ids", ())) <= set(site.roles):
        raise InvalidError("unknown user or role")
    container["permissions"].append(body)
    return body


def modify_permission(site: Site, request: Request, plural: str, cid: str, user_id: str) -> Any:
    """PUT another role on somebody."""
    container = allowed(site, request, cid, "project_permissions_manage", PLURAL[plural])
    permission = get_permission(site, request, plural, cid, user_id)
    if not set(request.object().get("role_ids", ())) <= set(site.roles):
        raise InvalidError("unknown role")
    permission.update(request.object())
    site.touched(container)
    return permission


def delete_permission(site: Site, request: Request, plural: str, cid: str, user_id: str) -> Any:
    """DELETE somebody's permission."""
    container = allowed(site, request, cid, "project_permissions_manage", PLURAL[plural])
    container["permissions"].remove(get_permission(site, request, plural, cid, user_id))
    return {"modified": 1}


def delete_tags(site: Site, request: Request, plural: str, cid: str) -> Any:
    """DELETE some tags."""
    container = allowed(site, request, cid, "tags_manage", PLURAL[plural])
    gone = request.json()
    container["tags"] = [tag for tag in container["tags"] if tag not in gone]


def get_tag(site: Site, request: Request, plural: str, cid: str, value: str) -> Any:
    """GET one tag."""
    if value not in known(site, request, cid, PLURAL[plural])["tags"]:
        raise NotFoundError("Tag not found")
    return value


def rename_tag(site: Site, request: Request, plural: str, cid: str, value: str) -> Any:
    """PUT another text in the place of a tag."""
    container = allowed(site, request, cid, "tags_manage", PLURAL[plural])
    get_tag(site, request, plural, cid, value)
    (new,) = check_tags([request.object().get("value")])
    container["tags"] = check_tags([new if tag == value else tag for tag in container["tags"]])
    return new


def get_note(site: Site, request: Request, plural: str, cid: str, note_id: str) -> Any:
    """GET one note."""
    for note in known(site, request, cid, PLURAL[plural])["notes"]:
        if note["_id"] == note_id:
            return note
    raise NotFoundError("Note not found")


def delete_note(site: Site, request: Request, plural: str, cid: str, note_id: str) -> Any:
    """DELETE one note."""
    container = allowed(site, request, cid, "notes_manage", PLURAL[plural])
    container["notes"].remove(get_note(site, request, plural, cid, note_id))
    return {"deleted": 1}
