"""Endpoints of gears, jobs, batches, rules and analyses. Jobs wait here; ``engine`` carries them out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.access import require, require_admin
from tests.flywheel_site.containers import allowed, known, listed
from tests.flywheel_site.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.flywheel_site.finding import selected
from tests.flywheel_site.rules import check_tags, checked
from tests.flywheel_site.site import LEVELS, PLURAL

if TYPE_CHECKING:
    from tests.flywheel_site.access import Principal
    from tests.flywheel_site.messages import Request
    from tests.flywheel_site.site import Document, Site

STATES = ("pending", "scheduled", "running", "failed", "complete", "cancelled")
NEXT = {
    "pending": ("running", "scheduled", "cancelled"),
    "scheduled": ("running", "cancelled"),
    "running": ("complete", "failed", "cancelled"),
}
BASES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list}


# -- gears


def add_gear(site: Site, request: Request, name: str) -> Any:
    """POST a gear."""
    require_admin(request.principal)
    body = request.object()
    manifest = body["gear"]
    if manifest["name"] != name:
        raise InvalidError("The gear has another name")
    gear_id = site.new_id()
    category = body.get("category", "utility")
    site.gears[gear_id] = {"_id": gear_id, "category": category, "gear": manifest, "created": site.now()}
    return {"_id": gear_id}


def list_gears(site: Site, request: Request) -> Any:
    """GET the gears; the newest version of each, unless all are asked for."""
    newest = {gear["gear"]["name"]: gear for gear in site.gears.values()}
    every = request.query.get("all_versions", "").lower() == "true"
    return selected(site.gears.values() if every else newest.values(), request.query)


def newest_gear(site: Site, gear_id: str) -> str:
    """Return the id of the newest version of a gear."""
    name = site.gears[gear_id]["gear"]["name"]
    return str([each["_id"] for each in site.gears.values() if each["gear"]["name"] == name][-1])


def get_gear(site: Site, request: Request, gear_id: str) -> Any:
    """GET one gear."""
    del request
    return gear_of(site, gear_id)


def gear_of(site: Site, gear_id: str) -> Document:
    """Return a gear by its id."""
    if gear_id not in site.gears:
        raise NotFoundError("Gear not found")
    return site.gears[gear_id]


# -- jobs


def add_job(site: Site, request: Request) -> Any:
    """POST a job."""
    body = request.object()
    return {"_id": _new_job(site, request, body.get("job", body))["_id"]}


def _new_job(site: Site, request: Request, body: Document, batch: str | None = None) -> Document:
    """Queue a job for somebody who may."""
    assert request.principal is not None
    destination = body.get("destination") or next(iter((body.get("inputs") or {}).values()), None)
    if not isinstance(destination, dict):
        raise InvalidError("destination: field required")
    container = allowed(site, request, destination["id"], "jobs_manage")
    _see_inputs(site, request, body)
    return queued(site, request.principal, body, container, batch)


def _see_inputs(site: Site, request: Request, body: Document) -> None:
    """Refuse a job whose inputs the request may not know of."""
    for reference in (body.get("inputs") or {}).values():
        known(site, request, reference["id"])


def queued(site: Site, who: Principal, body: Document, container: Document, batch: str | None = None) -> Document:
    """Queue a job whose outputs go to a container, with somebody's rights.

    Raises:
        RefusedError: its inputs or its configuration are not as the gear's manifest asks for.
    """
    gear = gear_of(site, body.get("gear_id", ""))
    manifest = gear["gear"]
    now = site.now()
    place = {"type": container["container_type"], "id": container["_id"]}
    job = {
        "_id": site.new_id(),
        "gear_id": gear["_id"],
        "gear_info": {
            "id": gear["_id"],
            "category": gear["category"],
            "name": manifest["name"],
            "version": manifest["version"],
        },
        "inputs": _inputs(site, manifest, body.get("inputs") or {}),
        "config": {"config": config_of(manifest, body.get("config") or {}), "inputs": {}, "destination": place},
        "destination": place,
        "parents": {**container["parents"], container["container_type"]: container["_id"]},
        "tags": check_tags(list(body.get("tags") or [])),
        "priority": body.get("priority") or "medium",
        "label": body.get("label"),
        "attempt": body.get("attempt") or 1,
        "previous_job_id": body.get("previous_job_id"),
        "state": "pending",
        "origin": who.origin,
        "batch": batch,
        "saved_files": [],
        "transitions": {"pending": now},
        "created": now,
        "modified": now,
        "$who": who,
        "$logs": [],
    }
    job["id"] = job["_id"]
    site.jobs[job["_id"]] = job
    return job


def _inputs(site: Site, manifest: Document, given: Document) -> Document:
    """Return the file inputs of a job, each as a reference to a file that is there."""
    if unknown := set(given) - set(manifest["inputs"]):
        raise InvalidError(f"inputs: unexpected {sorted(unknown)}")
    found = {}
    for name, wanted in manifest["inputs"].items():
        if wanted["base"] != "file":
            continue
        if name in given:
            reference = given[name]
            site.file_named(reference["id"], reference["name"]).version(reference.get("version"))
            kept = {key: reference[key] for key in ("id", "name", "version") if reference.get(key) is not None}
            found[name] = {"type": site.container(reference["id"])["container_type"], **kept}
        elif not wanted.get("optional"):
            raise InvalidError(f"inputs: {name} is required")
    return found


def config_of(manifest: Document, given: Document) -> Document:
    """Return a configuration with the manifest's defaults, checked."""
    if unknown := set(given) - set(manifest["config"]):
        raise InvalidError(f"config: unexpected {sorted(unknown)}")
    values = {}
    for name, wanted in manifest["config"].items():
        if name in given:
            value = given[name]
            if not isinstance(value, BASES[wanted["type"]]) or (
                wanted["type"] != "boolean" and isinstance(value, bool)
            ):
                raise InvalidError(f"config: {name} must be a {wanted['type']}")
            if "enum" in wanted and value not in wanted["enum"]:
                raise InvalidError(f"config: {name} must be one of {wanted['enum']}")
            values[name] = value
        elif "default" in wanted:
            values[name] = wanted["default"]
        elif not wanted.get("optional"):
            raise InvalidError(f"config: {name} is required")
    return values


def job_shown(job: Document) -> Document:
    """Return a job as the API shows it."""
    return {key: value for key, value in job.items() if not key.startswith("$")}


def get_job(site: Site, request: Request, job_id: str) -> Any:
    """GET one job."""
    return job_shown(_job(site, request, job_id, "jobs_view"))


def job_detail(site: Site, request: Request, job_id: str) -> Any:
    """GET one job with its files and the labels of what it ran on."""
    job = _job(site, request, job_id, "jobs_view")
    detail = {key: value for key, value in job_shown(job).items() if key not in {"id", "saved_files"}}
    detail["inputs"] = {name: _entry(site, reference) for name, reference in job["inputs"].items()}
    detail["outputs"] = [_entry(site, {**job["destination"], "name": name}) for name in job["saved_files"]]
    labels = {level: {"_id": each, "label": site.containers[each]["label"]} for level, each in job["parents"].items()}
    detail["parent_info"] = {level: labels[level] for level in labels if level in LEVELS}
    return detail


def _entry(site: Site, reference: Document) -> Document:
    found = [file.document for file in site.files_of(reference["id"]) if file.name == reference["name"]]
    return {"ref": reference, "object": found[0] if found else None}


def _job(site: Site, request: Request, job_id: str, action: str) -> Document:
    if job_id not in site.jobs:
        raise NotFoundError("Job not found")
    job = site.jobs[job_id]
    require(site, request.principal, action, job["parents"].get("project", ""))
    return job


def list_jobs(site: Site, request: Request) -> Any:
    """GET the jobs."""
    from tests.flywheel_site.access import may  # noqa: PLC0415  # one use

    who = request.principal
    assert who is not None
    seen = [job for job in site.jobs.values() if may(site, who, "jobs_view", job["parents"].get("project", ""))]
    found = [{**job_shown(job), "inputs": []} for job in selected(seen, request.query)]
    if "pagination" in request.headers.get("x-accept-feature", ""):
        return {"count": len(found), "total": len(seen), "results": found}
    return found


def modify_job(site: Site, request: Request, job_id: str) -> Any:
    """PUT a job's state."""
    job = _job(site, request, job_id, "jobs_manage")
    state = request.object().get("state")
    if state is not None and state not in NEXT.get(job["state"], ()):
        raise ForbiddenError(f"Cannot mutate a job that is {job['state']}.")
    move_job(site, job, str(state))
    return {"modified": 1}


def move_job(site: Site, job: Document, state: str) -> None:
    """Put a job into a state."""
    now = site.now()
    job["state"], job["modified"] = state, now
    job["transitions"][state] = now


def retry_job(site: Site, request: Request, job_id: str) -> Any:
    """POST to run a failed job again."""
    job = _job(site, request, job_id, "jobs_manage")
    if job["state"] != "failed" and request.query.get("ignoreState") != "true":
        raise InvalidError("Only failed jobs can be retried")
    if job.get("retried"):
        raise InvalidError("The job has been retried already")
    again = dict(job, _id=site.new_id(), state="pending", attempt=job["attempt"] + 1, previous_job_id=job_id)
    again["id"], again["transitions"] = again["_id"], {"pending": site.now()}
    again.update({"saved_files": [], "failure_reason": None, "$logs": []})
    job["retried"] = site.now()
    site.jobs[again["_id"]] = again
    return {"_id": again["_id"]}


def job_logs(site: Site, request: Request, job_id: str) -> Any:
    """GET a job's log."""
    job = _job(site, request, job_id, "jobs_view")
    return {"_id": job_id, "logs": job["$logs"]}


def add_job_logs(site: Site, request: Request, job_id: str) -> Any:
    """POST lines of a job's log."""
    _job(site, request, job_id, "jobs_manage")["$logs"].extend(request.json())


def job_config(site: Site, request: Request, job_id: str) -> Any:
    """GET a job's configuration; the key of the job is nobody's business."""
    return _job(site, request, job_id, "jobs_view")["config"]


def session_jobs(site: Site, request: Request, cid: str) -> Any:
    """GET the jobs that wrote into a session, or into what lies in it."""
    known(site, request, cid, "session")
    states = [state for state in request.query.get("states", "").split(",") if state]
    jobs = [job for job in site.jobs.values() if job["parents"].get("session") == cid]
    return {"jobs": [{**job_shown(job), "inputs": []} for job in jobs if not states or job["state"] in states]}


def job_stats(site: Site, request: Request) -> Any:
    """GET how many jobs are in which state."""
    require_admin(request.principal)
    return {"by-state": dict(Counter(job["state"] for job in site.jobs.values()))}


# -- batches


def batch_from_jobs(site: Site, request: Request) -> Any:
    """POST prepared jobs as a batch; none runs before it is started."""
    jobs = request.object().get("jobs")
    if not isinstance(jobs, list) or not jobs:
        raise InvalidError("jobs: ensure this value has at least 1 items")
    for job in jobs:
        manifest = gear_of(site, job.get("gear_id", ""))["gear"]
        _see_inputs(site, request, job)
        _inputs(site, manifest, job.get("inputs") or {})
        config_of(manifest, job.get("config") or {})
    batch = {
        "_id": site.new_id(),
        "origin": request.principal.origin if request.principal else {},
        "proposal": {"preconstructed_jobs": jobs},
        "jobs": [],
        "state": "pending",
        "created": site.now(),
        "modified": site.now(),
    }
    site.batches[batch["_id"]] = batch
    return batch


def propose_batch(site: Site, request: Request) -> Any:
    """POST targets for a gear; the answer tells which have the one input it needs."""
    body = request.object()
    manifest = gear_of(site, body["gear_id"])["gear"]
    wanted = {name: each for name, each in manifest["inputs"].items() if each["base"] == "file"}
    needed = [name for name, each in wanted.items() if not each.get("optional")]
    answer: Document = {"matched": [], "not_matched": [], "ambiguous": [], "improper_permissions": []}
    jobs = []
    for target in body.get("targets") or ():
        container = known(site, request, target["id"])
        files = site.files_of(container["_id"])
        if any(len(files) != 1 for _ in needed):
            answer["ambiguous" if len(files) > 1 else "not_matched"].append(_bare(container))
            continue
        inputs = {name: {"type": target["type"], "id": target["id"], "name": files[0].name} for name in needed}
        answer["matched"].append({**_bare(container), "inputs": inputs})
        jobs.append({"gear_id": body["gear_id"], "inputs": inputs, "destination": target, "config": body.get("config")})
    batch = {"_id": site.new_id(), "gear_id": body["gear_id"], "config": body.get("config") or {}, "state": "pending"}
    batch |= {"proposal": {"preconstructed_jobs": jobs}, "jobs": [], "origin": {}, "created": site.now()}
    site.batches[batch["_id"]] = {**batch, "modified": site.now()}
    return {**batch, **answer}


def _bare(container: Document) -> Document:
    return {key: container[key] for key in ("_id", "label", "parents", "created", "modified", "tags")}


def start_batch(site: Site, request: Request, batch_id: str) -> Any:
    """POST to queue a batch's jobs."""
    batch = _batch(site, batch_id)
    if batch["state"] != "pending":
        raise ConflictError("The batch has been started already")
    jobs = [_new_job(site, request, job, batch_id) for job in batch["proposal"]["preconstructed_jobs"]]
    batch.update(jobs=[job["_id"] for job in jobs], state="running", modified=site.now())
    return [job_shown(job) for job in jobs]


def _batch(site: Site, batch_id: str) -> Document:
    if batch_id not in site.batches:
        raise NotFoundError("Batch not found")
    return site.batches[batch_id]


def get_batch(site: Site, request: Request, batch_id: str) -> Any:
    """GET one batch."""
    batch = {key: value for key, value in _batch(site, batch_id).items() if key != "proposal"}
    if request.query.get("jobs", "").lower() == "true":
        batch["jobs"] = [job_shown(site.jobs[job]) for job in batch["jobs"]]
    return batch


def list_batches(site: Site, request: Request) -> Any:
    """GET the batches."""
    return [get_batch(site, request, batch_id) for batch_id in site.batches]


def cancel_batch(site: Site, request: Request, batch_id: str) -> Any:
    """POST to cancel what of a batch has not begun."""
    del request
    waiting = [job for job in _batch(site, batch_id)["jobs"] if site.jobs[job]["state"] == "pending"]
    for job in waiting:
        move_job(site, site.jobs[job], "cancelled")
    _batch(site, batch_id)["state"] = "cancelled"
    return {"number_cancelled": len(waiting)}


# -- analyses


def add_analysis(site: Site, request: Request, plural: str, cid: str) -> Any:
    """POST an analysis; with a job in it, that job is queued."""
    container = allowed(site, request, cid, "analyses_create_sdk", PLURAL[plural])
    body = request.object()
    fields = checked("analysis", {key: value for key, value in body.items() if key != "job"})
    parent = {"type": container["container_type"], "id": cid}
    inputs = [site.file_named(each["id"], each["name"]).document for each in fields.pop("inputs", [])]
    analysis = site.add_container("analysis", cid, {**fields, "parent": parent, "inputs": inputs, "job": None})
    if body.get("job"):
        job = _new_job(site, request, {**body["job"], "destination": {"type": "analysis", "id": analysis["_id"]}})
        analysis["job"] = job["_id"]
        analysis["gear_info"] = job["gear_info"]
    return {"_id": analysis["_id"]}


def list_analyses(site: Site, request: Request) -> Any:
    """GET the analyses of the site."""
    return listed(site, request, [each for each in site.containers.values() if each["container_type"] == "analysis"])


def delete_gear(site: Site, request: Request, gear_id: str) -> Any:
    """DELETE a version of a gear."""
    require_admin(request.principal)
    del site.gears[gear_of(site, gear_id)["_id"]]
