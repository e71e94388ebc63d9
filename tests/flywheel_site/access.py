"""Users, keys, roles, and who may do what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.errors import ForbiddenError, UnauthorizedError

if TYPE_CHECKING:
    from tests.flywheel_site.site import Site

VIEW = ("containers_view_metadata", "files_view_metadata", "tags_view", "notes_view", "analyses_view_metadata")
READ = (*VIEW, "files_view_contents", "files_download", "jobs_view", "settings_view", "project_permissions_view")
WRITE = (
    *READ,
    *("containers_create_hierarchy", "containers_modify_metadata", "containers_delete_hierarchy"),
    *("files_create_single", "files_create_bulk", "files_modify_metadata", "files_delete_non_device_data"),
    *("tags_manage", "notes_manage", "jobs_manage", "analyses_create_sdk", "analyses_create_job", "analyses_delete"),
    *("analyses_modify_metadata", "copy_by_reference"),
)
ADMIN = (
    *WRITE,
    *("containers_delete_project", "files_delete_device_data", "project_permissions_manage", "gear_rules_view"),
    *("gear_rules_manage", "settings_modify", "jobs_manage_others"),
)


@dataclass
class Role:
    """What somebody may do in a project."""

    id: str
    label: str
    actions: tuple[str, ...]
    default: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the role as the API shows it."""
        return {
            "_id": self.id,
            "label": self.label,
            "actions": list(self.actions),
            "default_flywheel_role": self.default,
        }


@dataclass
class User:
    """Somebody with an account."""

    id: str
    firstname: str
    lastname: str
    is_admin: bool = False
    info: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the user as the API shows him."""
        roles = ["site_admin", "user"] if self.is_admin else ["user"]
        return {
            "_id": self.id,
            "user_id": self.id,
            "email": self.id,
            "firstname": self.firstname,
            "lastname": self.lastname,
            "roles": roles,
            "root": self.is_admin,
            "disabled": False,
            "info": self.info,
        }


@dataclass(frozen=True)
class Principal:
    """Whoever a key belongs to.

    Attributes:
        user: the person, or None for a gear rule's job, which runs as the system.
        project: the only project a gear rule's job may know of.
        role: what a gear rule's job may do there.
        job: the job whose key it is, if it is one's.
    """

    key: str
    user: User | None = None
    project: str | None = None
    role: Role | None = None
    job: str | None = None

    @property
    def origin(self) -> dict[str, str]:
        """Return who did something, as the API shows it."""
        if self.job is not None:
            return {"type": "job", "id": self.job}
        if self.user is None:
            return {"type": "gear_rule", "id": self.project or ""}
        return {"type": "user", "id": self.user.id}

    @property
    def is_admin(self) -> bool:
        """Whether it is a site administrator's."""
        return self.user is not None and self.user.is_admin


def principal_of(site: Site, authorization: str) -> Principal:
    """Return whose key a request carries.

    Raises:
        UnauthorizedError: nobody has that key.
    """
    scheme, _, key = authorization.partition(" ")
    if scheme not in {"scitran-user", "Bearer"} or key not in site.keys:
        raise UnauthorizedError("Invalid API key.")
    return site.keys[key]


def may(site: Site, who: Principal, action: str, project_id: str) -> bool:
    """Whether somebody may do something in a project."""
    if who.project is not None:
        return who.project == project_id and who.role is not None and action in who.role.actions
    if who.is_admin:
        return True
    project = site.containers.get(project_id)
    if project is None or who.user is None:
        return False
    mine = [permission for permission in project["permissions"] if permission["_id"] == who.user.id]
    return any(action in site.roles[role].actions for permission in mine for role in permission["role_ids"])


def require(site: Site, who: Principal | None, action: str, project_id: str) -> None:
    """Refuse what somebody may not do in a project.

    Raises:
        ForbiddenError: he may not.
    """
    if who is None or not may(site, who, action, project_id):
        raise ForbiddenError(f"User does not have the permission {action} on project {project_id}")


def require_admin(who: Principal | None) -> None:
    """Refuse everybody but site administrators."""
    if who is None or not who.is_admin:
        raise ForbiddenError("Only site administrators may do this")
