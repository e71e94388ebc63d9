"""Endpoints of the site itself: who am I, configuration, people, roles, settings, paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.flywheel_site.access import require, require_admin
from tests.flywheel_site.containers import known, shown, visible
from tests.flywheel_site.errors import ConflictError, InvalidError, NotFoundError
from tests.flywheel_site.files import file_shown
from tests.flywheel_site.finding import selected
from tests.flywheel_site.rules import CLASSIFICATIONS

if TYPE_CHECKING:
    from tests.flywheel_site.messages import Request
    from tests.flywheel_site.site import Document, Site

CHILDREN = {"group": "project", "project": "subject", "subject": "session", "session": "acquisition"}


def auth_status(site: Site, request: Request) -> Any:
    """GET whose key this is."""
    del site
    who = request.principal
    assert who is not None
    user_id = who.user.id if who.user else "system"
    roles = who.user.document()["roles"] if who.user else ["user"]
    return {"origin": who.origin, "user_id": user_id, "user_is_admin": who.is_admin, "is_device": False, "roles": roles}


def config(site: Site, request: Request) -> Any:
    """GET the site's public configuration."""
    features = {"signed_url": site.signed_urls, "multipart_signed_url": False, "deid_profile": True, "deid_log": False}
    address = {
        "id": "test",
        "name": "Test site",
        "api_url": request.base_url,
        "registered": True,
        "pagination_limit": 1000,
    }
    return {"site": address, "features": features, "signed_url": site.signed_urls, "auth": {}}


def version(site: Site, request: Request) -> Any:
    """GET the release."""
    del request
    return {"_id": "version", "database": 300, "release": site.release, "flywheel_release": site.release}


def current_user(site: Site, request: Request) -> Any:
    """GET the user whose key this is."""
    del site
    who = request.principal
    if who is None or who.user is None:
        raise NotFoundError("This key belongs to no user")
    return {**who.user.document(), "api_key": {"key": "…"}}


def list_users(site: Site, request: Request) -> Any:
    """GET the users."""
    require_admin(request.principal)
    return selected([user.document() for user in site.users.values()], request.query)


def get_user(site: Site, request: Request, user_id: str) -> Any:
    """GET one user."""
    del request
    if user_id not in site.users:
        raise NotFoundError("User not found")
    return site.users[user_id].document()


def list_roles(site: Site, request: Request) -> Any:
    """GET the roles."""
    return selected([role.document() for role in site.roles.values()], request.query)


def get_role(site: Site, request: Request, role_id: str) -> Any:
    """GET one role."""
    del request
    if role_id not in site.roles:
        raise NotFoundError("Role not found")
    return site.roles[role_id].document()


def get_modality(site: Site, request: Request, modality: str) -> Any:
    """GET the words of a modality's classification."""
    del site, request
    if modality not in CLASSIFICATIONS:
        raise NotFoundError("Modality not found")
    words = {aspect: list(values) for aspect, values in CLASSIFICATIONS[modality].items()}
    return {"_id": modality, "classification": words, "active": True}


def list_modalities(site: Site, request: Request) -> Any:
    """GET the modalities."""
    return [get_modality(site, request, modality) for modality in CLASSIFICATIONS]


def add_user(site: Site, request: Request) -> Any:
    """POST a user."""
    require_admin(request.principal)
    body = request.object()
    if body["_id"] in site.users:
        raise ConflictError("User already exists")
    site.add_user(body["_id"], is_admin="site_admin" in (body.get("roles") or ()))
    return {"_id": body["_id"]}


def own_info(site: Site, request: Request) -> Any:
    """GET the ``info`` of the user whose key this is."""
    return current_user(site, request)["info"]


def add_role(site: Site, request: Request) -> Any:
    """POST a role."""
    require_admin(request.principal)
    body = request.object()
    return site.add_role(body["label"], tuple(body.get("actions") or ())).document()


# -- settings


def project_settings(site: Site, request: Request, cid: str) -> Any:
    """GET a project's settings."""
    known(site, request, cid, "project")
    require(site, request.principal, "settings_view", cid)
    return site.settings.get(cid, {})


def modify_project_settings(site: Site, request: Request, cid: str) -> Any:
    """PUT a project's settings."""
    known(site, request, cid, "project")
    require(site, request.principal, "settings_modify", cid)
    site.settings.setdefault(cid, {}).update(_settings(request.object()))
    return site.settings[cid]


def site_settings(site: Site, request: Request) -> Any:
    """GET the site's settings."""
    del request
    return {"_id": "site", **site.settings["site"]}


def modify_site_settings(site: Site, request: Request) -> Any:
    """PUT the site's settings."""
    require_admin(request.principal)
    site.settings["site"].update(_settings(request.object()))
    return {"_id": "site", **site.settings["site"]}


def _settings(body: Document) -> Document:
    """Return settings as they are stored: a profile given as text becomes what the text says."""
    import yaml  # noqa: PLC0415  # one use

    profile = body.get("deid_profile")
    if isinstance(profile, str):
        try:
            profile = yaml.safe_load(profile)
        except yaml.YAMLError:
            raise InvalidError("deid_profile: not YAML") from None
        body = {**body, "deid_profile": profile}
    return body


# -- paths


def lookup(site: Site, request: Request) -> Any:
    """POST a path and get the one container or file at its end."""
    return _path(site, request)[-1]


def resolve(site: Site, request: Request) -> Any:
    """POST a path and get all that it goes through, and what lies below its end."""
    path = _path(site, request)
    return {"path": path, "children": _below(site, request, path[-1]["_id"] if path else None)}


def _below(site: Site, request: Request, container_id: str | None) -> list[Document]:
    nodes = [_node(site, each) for each in _children(site, request, container_id)]
    files = site.files_of(container_id) if container_id in site.containers else []
    return [*nodes, *({**file_shown(site, file.document), "container_type": "file"} for file in files)]


def _node(site: Site, container: Document) -> Document:
    return {**shown(site, container), "container_type": container["container_type"]}


def _children(site: Site, request: Request, container_id: str | None) -> list[Document]:
    """Return the containers right below one, of those that the request may know of; the groups for None."""
    who = request.principal
    assert who is not None
    if container_id is None:
        found = [each for each in site.containers.values() if each["container_type"] == "group"]
    else:
        kind = CHILDREN.get(site.containers[container_id]["container_type"])
        found = [] if kind is None else site.children(container_id, kind)
    return [each for each in found if visible(site, who, each)]


def _path(site: Site, request: Request) -> list[Document]:
    parts = request.object().get("path")
    if not isinstance(parts, list) or not parts:
        raise InvalidError("path: field required")
    if parts[0] == "gears":
        return [_gear_at(site, parts[1:])]
    found: list[Document] = []
    here: str | None = None
    for place, part in enumerate(parts):
        if part == "files":
            return [*found, _file_at(site, here, parts[place + 1 :])]
        step = next((each for each in _children(site, request, here) if _is_called(each, part)), None)
        if step is None and here is not None and place == len(parts) - 1:
            return [*found, _file_at(site, here, [part])]
        if step is None:
            raise NotFoundError(f"Path {'/'.join(map(str, parts[: place + 1]))} not found")
        found.append(_node(site, step))
        here = step["_id"]
    return found


def _is_called(node: Document, part: str) -> bool:
    if part.startswith("<id:"):
        return bool(node["_id"] == part[4:-1])
    return bool(node["_id" if node["container_type"] == "group" else "label"] == part)


def _file_at(site: Site, here: str | None, rest: list[str]) -> Document:
    if here is None or not rest:
        raise NotFoundError("Path not found")
    return {**file_shown(site, site.file_named(here, rest[0]).document), "container_type": "file"}


def _gear_at(site: Site, rest: list[str]) -> Document:
    named = [gear for gear in site.gears.values() if gear["gear"]["name"] == rest[0]]
    if len(rest) > 1:
        named = [gear for gear in named if gear["gear"]["version"] == rest[1]]
    if not named:
        raise NotFoundError(f"Gear {'/'.join(rest)} not found")
    return {**named[-1], "container_type": "gear"}
