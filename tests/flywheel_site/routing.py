"""Which function answers which request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.flywheel_site import bulk, containers, copying, files, gear_rules, running, sitewide
from tests.flywheel_site.access import principal_of
from tests.flywheel_site.errors import NotFoundError
from tests.flywheel_site.messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.flywheel_site.messages import Request
    from tests.flywheel_site.site import Site

MANY = "groups|projects|subjects|sessions|acquisitions"
ONE = f"{MANY}|containers|analyses"


@dataclass(frozen=True)
class Route:
    """A kind of request.

    Attributes:
        template: the path, with ``{name}`` for a part and ``{plural}`` for a kind of container.
        open: whether no key is needed.
    """

    method: str
    template: str
    answer: Callable[..., Any]
    kinds: str = ONE
    open: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression of the path."""
        text = self.template.replace("{plural}", f"(?P<plural>{self.kinds})").replace(
            "{children}", f"(?P<children>{MANY}|analyses)"
        )
        return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", text))


ROUTES = (
    Route("GET", "/auth/status", sitewide.auth_status),
    Route("GET", "/config", sitewide.config, open=True),
    Route("GET", "/version", sitewide.version, open=True),
    Route("GET", "/users/self", sitewide.current_user),
    Route("GET", "/users/self/info", sitewide.own_info),
    Route("GET", "/users", sitewide.list_users),
    Route("POST", "/users", sitewide.add_user),
    Route("GET", "/users/{user_id}", sitewide.get_user),
    Route("GET", "/roles", sitewide.list_roles),
    Route("POST", "/roles", sitewide.add_role),
    Route("GET", "/roles/{role_id}", sitewide.get_role),
    Route("GET", "/modalities", sitewide.list_modalities),
    Route("GET", "/modalities/{modality}", sitewide.get_modality),
    Route("POST", "/lookup", sitewide.lookup),
    Route("POST", "/resolve", sitewide.resolve),
    Route("GET", "/projects/{cid}/settings", sitewide.project_settings),
    Route("PUT", "/projects/{cid}/settings", sitewide.modify_project_settings),
    Route("GET", "/site/settings", sitewide.site_settings),
    Route("PUT", "/site/settings", sitewide.modify_site_settings),
    Route("POST", "/projects/{cid}/rules", gear_rules.add_rule),
    Route("GET", "/projects/{cid}/rules", gear_rules.list_rules),
    Route("GET", "/projects/{cid}/rules/{rule_id}", gear_rules.get_rule),
    Route("PUT", "/projects/{cid}/rules/{rule_id}", gear_rules.modify_rule),
    Route("DELETE", "/projects/{cid}/rules/{rule_id}", gear_rules.remove_rule),
    Route("PUT", "/upload/fs-file", files.put_signed, open=True),
    Route("GET", "/gears", running.list_gears),
    Route("POST", "/gears/{name}", running.add_gear),
    Route("GET", "/gears/{gear_id}", running.get_gear),
    Route("DELETE", "/gears/{gear_id}", running.delete_gear),
    Route("POST", "/jobs/add", running.add_job),
    Route("GET", "/jobs", running.list_jobs),
    Route("GET", "/jobs/stats", running.job_stats),
    Route("GET", "/jobs/{job_id}", running.get_job),
    Route("GET", "/jobs/{job_id}/config.json", running.job_config),
    Route("GET", "/jobs/{job_id}/detail", running.job_detail),
    Route("PUT", "/jobs/{job_id}", running.modify_job),
    Route("POST", "/jobs/{job_id}/retry", running.retry_job),
    Route("GET", "/jobs/{job_id}/logs", running.job_logs),
    Route("POST", "/jobs/{job_id}/logs", running.add_job_logs),
    Route("GET", "/sessions/{cid}/jobs", running.session_jobs),
    Route("POST", "/download", bulk.open_download),
    Route("GET", "/download", bulk.download, open=True),
    Route("DELETE", "/files", bulk.delete_files),
    Route("POST", "/files/{file_id}/move", bulk.move_file),
    Route("POST", "/files/{file_id}/restore", bulk.restore_file),
    Route("POST", "/projects/{cid}/upsert-hierarchy", bulk.upsert_hierarchy),
    Route("GET", "/analyses", running.list_analyses),
    Route("POST", "/batch/jobs", running.batch_from_jobs),
    Route("POST", "/batch", running.propose_batch),
    Route("GET", "/batch", running.list_batches),
    Route("GET", "/batch/{batch_id}", running.get_batch),
    Route("POST", "/batch/{batch_id}/run", running.start_batch),
    Route("POST", "/batch/{batch_id}/cancel", running.cancel_batch),
    Route("GET", "/files", files.list_files),
    Route("GET", "/files/{file_id}", files.get_file),
    Route("DELETE", "/files/{file_id}", files.delete_file_by_id),
    Route("GET", "/files/{file_id}/info", files.get_file_info),
    Route("PATCH", "/files/{file_id}/info", files.modify_file_info_by_id),
    Route("PUT", "/files/{file_id}/info", files.replace_file_info),
    Route("GET", "/files/{file_id}/tags", files.get_tags),
    Route("PUT", "/files/{file_id}/tags", files.set_tags),
    Route("PATCH", "/files/{file_id}/tags", files.add_file_tags),
    Route("DELETE", "/files/{file_id}/tags", files.delete_file_tags),
    Route("PUT", "/files/{file_id}/classification", files.modify_classification),
    Route("GET", "/files/{file_id}/versions", files.list_versions),
    Route("GET", "/files/{file_id}/zip_info", files.zip_info),
    Route("GET", "/{plural}", containers.list_containers, MANY),
    Route("POST", "/{plural}", containers.add_container, MANY),
    Route("DELETE", "/{plural}", bulk.delete_containers, f"{MANY}|analyses"),
    Route("POST", "/{plural}/{cid}/copy", copying.copy_container, "projects|subjects|sessions|acquisitions"),
    Route("GET", "/{plural}/{cid}", containers.get_container),
    Route("PUT", "/{plural}/{cid}", containers.modify_container),
    Route("DELETE", "/{plural}/{cid}", containers.delete_container),
    Route("PATCH", "/{plural}/{cid}/info", containers.modify_info),
    Route("POST", "/{plural}/{cid}/tags", containers.add_tag),
    Route("PATCH", "/{plural}/{cid}/tags", containers.add_tags),
    Route("DELETE", "/{plural}/{cid}/tags/{value}", containers.delete_tag),
    Route("DELETE", "/{plural}/{cid}/tags", containers.delete_tags),
    Route("GET", "/{plural}/{cid}/tags/{value}", containers.get_tag),
    Route("PUT", "/{plural}/{cid}/tags/{value}", containers.rename_tag),
    Route("POST", "/{plural}/{cid}/notes", containers.add_note),
    Route("GET", "/{plural}/{cid}/notes/{note_id}", containers.get_note),
    Route("DELETE", "/{plural}/{cid}/notes/{note_id}", containers.delete_note),
    Route("POST", "/{plural}/{cid}/permissions", containers.add_permission, "groups|projects"),
    Route("GET", "/{plural}/{cid}/permissions/{user_id}", containers.get_permission, "groups|projects"),
    Route("PUT", "/{plural}/{cid}/permissions/{user_id}", containers.modify_permission, "groups|projects"),
    Route("DELETE", "/{plural}/{cid}/permissions/{user_id}", containers.delete_permission, "groups|projects"),
    Route("POST", "/{plural}/{cid}/analyses", running.add_analysis),
    Route("GET", "/{plural}/{cid}/{children}", containers.list_children),
    Route("POST", "/{plural}/{cid}/files", files.upload),
    Route("GET", "/{plural}/{cid}/files/{name}", files.download, open=True),
    Route("PUT", "/{plural}/{cid}/files/{name}", files.modify_named),
    Route("DELETE", "/{plural}/{cid}/files/{name}", files.delete_named),
    Route("GET", "/{plural}/{cid}/files/{name}/info", files.get_named_info),
    Route("PATCH", "/{plural}/{cid}/files/{name}/info", files.modify_named_info),
    Route("PATCH", "/{plural}/{cid}/files/{name}/classification", files.modify_named_classification),
)
"""Every request that is answered, the first match counts."""

_NESTED = re.compile(f"^/(?:{MANY}|containers)/[^/]+/analyses/")
"""An analysis by way of what it was made on; the same as the analysis itself."""

_COMPILED = tuple((route, route.pattern) for route in ROUTES)


def answered(site: Site, request: Request) -> Response:
    """Answer a request.

    Raises:
        RefusedError: it is refused.
    """
    path = _NESTED.sub("/analyses/", request.path)
    for route, pattern in _COMPILED:
        match = pattern.fullmatch(path) if route.method == request.method else None
        if match is None:
            continue
        with site.lock:
            site.requests[f"{route.method} {route.template}"] += 1
            is_ticket = route.answer is files.download and request.query.get("ticket")
            if not (route.open and (route.answer is not files.download or is_ticket)):
                request.principal = principal_of(site, request.headers.get("authorization", ""))
            answer = route.answer(site, request, **{name: unquote(part) for name, part in match.groupdict().items()})
        return answer if isinstance(answer, Response) else Response(answer)
    raise NotFoundError(f"No such endpoint: {request.method} {request.path}")
