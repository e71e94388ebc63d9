"""Endpoints of smart copies: a container once more, with files that share the bytes of their originals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.flywheel_site.access import require
from tests.flywheel_site.containers import allowed, known, shown
from tests.flywheel_site.errors import ConflictError, ForbiddenError
from tests.flywheel_site.files import copy
from tests.flywheel_site.rules import FIELDS, check_label
from tests.flywheel_site.site import LEVELS, PLURAL

if TYPE_CHECKING:
    from tests.flywheel_site.messages import Request
    from tests.flywheel_site.site import Document, Site

_PARENTS = {
    "project": ("group_id",),
    "subject": ("dst_project_id",),
    "session": ("dst_subject_id", "dst_project_id"),
    "acquisition": ("dst_session_id",),
}
_LABELS = {
    "project": "project_label",
    "subject": "dst_subject_label",
    "session": "dst_session_label",
    "acquisition": "label",
}


def copy_container(site: Site, request: Request, plural: str, cid: str) -> Any:
    """POST a smart copy of a container with all below it."""
    kind = PLURAL[plural]
    container = allowed(site, request, cid, "copy_by_reference", kind)
    if site.containers[site.project_id(container)].get("copyable") is False:
        raise ForbiddenError("The project may not be copied")
    body = request.object()
    parent = known(site, request, next(str(body[key]) for key in _PARENTS[kind] if body.get(key)))
    if kind != "project":
        require(site, request.principal, "containers_create_hierarchy", site.project_id(parent))
    label = body.get(_LABELS[kind]) or container["label"]
    check_label(label)
    if kind in {"project", "subject"} and any(each["label"] == label for each in site.children(parent["_id"], kind)):
        raise ConflictError(f"{kind.capitalize()} with label already exists")
    if kind == "session" and parent["container_type"] == "project":
        parent = _subject(site, container, parent)
    made = _copied(site, container, parent, label)
    if kind != "project":
        return shown(site, made)
    assert request.principal is not None
    if request.principal.user is not None:
        made["permissions"] = [{"_id": request.principal.user.id, "role_ids": [site.role("admin").id]}]
    return {"task_id": site.new_id(), "snapshot_id": site.new_id(), "project_id": made["_id"]}


def _subject(site: Site, session: Document, project: Document) -> Document:
    """Return the subject of a project that is called as the subject of a session; a copy of it if there is none."""
    subject = site.container(session["parents"]["subject"])
    for each in site.children(project["_id"], "subject"):
        if each["label"] == subject["label"]:
            return each
    return _alone(site, subject, project, subject["label"])


def _alone(site: Site, container: Document, parent: Document, label: str) -> Document:
    kind = container["container_type"]
    fields = {key: container[key] for key in (*FIELDS[kind], "tags") if key in container and key not in LEVELS}
    made = site.add_container(kind, parent["_id"], {**fields, "label": label, "copy_of": container["_id"]})
    for file in site.files_of(container["_id"]):
        copy(site, file, made)
    return made


def _copied(site: Site, container: Document, parent: Document, label: str) -> Document:
    made = _alone(site, container, parent, label)
    below = LEVELS.index(container["container_type"]) + 1
    if below < len(LEVELS):
        for each in site.children(container["_id"], LEVELS[below]):
            _copied(site, each, made, each["label"])
    return made
