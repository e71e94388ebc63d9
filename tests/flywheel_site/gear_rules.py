"""Gear rules: which file starts which job.

A rule is looked at when a file arrives and when its metadata change. It starts one job for one version of a file, and
none for what its own gear made.
"""

from __future__ import annotations

import contextlib
import fnmatch
import re
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.access import Principal, require
from tests.flywheel_site.containers import known
from tests.flywheel_site.errors import InvalidError, NotFoundError, RefusedError
from tests.flywheel_site.running import config_of, gear_of, newest_gear, queued

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.flywheel_site.messages import Request
    from tests.flywheel_site.site import Document, Site, StoredFile


CONDITIONS = frozenset(
    {
        *("file.type", "file.name", "file.modality", "file.classification", "file.tags", "file.parent_ref.type"),
        *("container.has-type", "container.has-classification", "gear.name", "gear.version"),
    }
)
"""What a condition may be about."""

# -- endpoints


def add_rule(site: Site, request: Request, cid: str) -> Any:
    """POST a gear rule of a project."""
    known(site, request, cid, "project")
    require(site, request.principal, "gear_rules_manage", cid)
    now = site.now()
    rule = {"_id": site.new_id(), "project_id": cid, "created": now, "modified": now, "revision": 1}
    rule |= {"fixed_inputs": [], "any": [], "all": [], "not": [], "disabled": False, "auto_update": False}
    site.rules[rule["_id"]] = rule | _checked(site, cid, request.object())
    return site.rules[rule["_id"]]


def _checked(site: Site, project_id: str, body: Document) -> Document:
    """Return a rule as it is stored, without what the site itself adds.

    Raises:
        InvalidError: gear, role, configuration, an input or a condition is not one.
    """
    manifest = gear_of(site, body.get("gear_id", ""))["gear"]
    if body.get("role_id") not in site.roles:
        raise InvalidError("role_id: unknown role")
    for fixed in body.get("fixed_inputs") or ():
        where = _reference(site, fixed)
        if fixed["input"] not in manifest["inputs"] or site.project_id(site.container(where["id"])) != project_id:
            raise InvalidError("fixed_inputs: must be inputs of the gear, and files of the project")
        site.file_named(where["id"], where["name"])
    for condition in (each for key in ("any", "all", "not") for each in body.get(key) or ()):
        if condition["type"] not in CONDITIONS:
            raise InvalidError("condition: value is not a valid enumeration member")
    return {**body, "config": config_of(manifest, body.get("config") or {}), "project_id": project_id}


def list_rules(site: Site, request: Request, cid: str) -> Any:
    """GET the gear rules of a project."""
    require(site, request.principal, "gear_rules_view", cid)
    return [rule for rule in site.rules.values() if rule["project_id"] == cid]


def get_rule(site: Site, request: Request, cid: str, rule_id: str) -> Any:
    """GET one gear rule."""
    require(site, request.principal, "gear_rules_view", cid)
    return _rule(site, cid, rule_id)


def modify_rule(site: Site, request: Request, cid: str, rule_id: str) -> Any:
    """PUT changed fields of a gear rule."""
    require(site, request.principal, "gear_rules_manage", cid)
    rule = _rule(site, cid, rule_id)
    rule.update(_checked(site, cid, {**rule, **request.object()}))
    site.touched(rule)
    return rule


def remove_rule(site: Site, request: Request, cid: str, rule_id: str) -> Any:
    """DELETE a gear rule."""
    require(site, request.principal, "gear_rules_manage", cid)
    del site.rules[_rule(site, cid, rule_id)["_id"]]


def _rule(site: Site, project_id: str, rule_id: str) -> Document:
    rule = site.rules.get(rule_id)
    if rule is None or rule["project_id"] != project_id:
        raise NotFoundError("Rule not found")
    return rule


# -- which file starts which job


def evaluate(site: Site, file: StoredFile) -> list[Document]:
    """Queue a job for each rule that a file fulfils, and return the jobs."""
    version = file.document
    project = version["parents"].get("project")
    rules = [rule for rule in site.rules.values() if rule["project_id"] == project and not rule.get("disabled")]
    jobs = []
    for rule in rules:
        if (rule["_id"], file.id, version["version"]) in site.triggered or _is_own(site, rule, version):
            continue
        if fulfils(site, rule, file):
            site.triggered.add((rule["_id"], file.id, version["version"]))
            with contextlib.suppress(RefusedError):  # a rule that cannot start its job keeps no file out
                jobs.append(_start(site, rule, file))
    return jobs


def fulfils(site: Site, rule: Document, file: StoredFile) -> bool:
    """Whether a file fulfils the conditions of a rule."""
    every = [_holds(site, condition, file) for condition in rule.get("all") or ()]
    some = [_holds(site, condition, file) for condition in rule.get("any") or ()]
    none = [_holds(site, condition, file) for condition in rule.get("not") or ()]
    return all(every) and (any(some) or not some) and not any(none)


def _holds(site: Site, condition: Document, file: StoredFile) -> bool:
    wanted = condition["value"]
    wanted = [wanted] if isinstance(wanted, str) else wanted
    return any(
        _matches(found, each, is_pattern=bool(condition.get("regex")))
        for found in _found(site, condition["type"], file)
        for each in _words(wanted)
    )


def _matches(found: str, wanted: str, *, is_pattern: bool) -> bool:
    if is_pattern:
        return re.search(wanted, found, re.IGNORECASE) is not None
    return fnmatch.fnmatchcase(found.lower(), wanted.lower())


def _found(site: Site, kind: str, file: StoredFile) -> Iterator[str]:
    """Yield the texts that a condition of a kind is about."""
    room, _, name = kind.partition(".")
    if room == "container":
        key = name.removeprefix("has-")
        for each in site.files_of(file.parent):
            yield from _words(each.document[key])
    elif room == "gear":
        maker = _maker(site, file.document)
        yield from _words(maker and maker["gear_info"][name])
    elif name == "parent_ref.type":
        yield file.document["parent_ref"]["type"]
    else:
        yield from _words(file.document[name])


def _words(value: Any) -> list[str]:
    """Return the texts in a text, a list of them, or a classification."""
    if isinstance(value, dict):
        return [word for words in value.values() for word in _words(words)]
    return [value] if isinstance(value, str) else list(value or ())


def _maker(site: Site, version: Document) -> Document | None:
    """Return the job that made a version of a file."""
    return site.jobs.get(version["origin"].get("id", "")) if version["origin"]["type"] == "job" else None


def _is_own(site: Site, rule: Document, version: Document) -> bool:
    maker = _maker(site, version)
    return maker is not None and maker["gear_info"]["name"] == site.gears[rule["gear_id"]]["gear"]["name"]


def _start(site: Site, rule: Document, file: StoredFile) -> Document:
    """Queue the job of a rule for a file, as the system, with the rule's role in the rule's project."""
    gear_id = newest_gear(site, rule["gear_id"]) if rule.get("auto_update") else rule["gear_id"]
    manifest = site.gears[gear_id]["gear"]
    fixed = {each["input"]: _reference(site, each) for each in rule.get("fixed_inputs") or ()}
    free = [name for name, each in manifest["inputs"].items() if each["base"] == "file" and name not in fixed]
    name = rule.get("triggering_input") or free[0]
    parent = file.document["parent_ref"]
    body = {
        "gear_id": gear_id,
        "config": rule["config"],
        "inputs": {**fixed, name: {**parent, "name": file.name, "version": file.document["version"]}},
        "destination": parent,
        "tags": rule.get("tags"),
        "priority": rule.get("priority"),
    }
    role = site.roles[rule["role_id"]]
    who = Principal("", None, rule["project_id"], role)
    job = queued(site, who, body, site.container(file.parent))
    origin = {"type": "system", "id": "system"}
    job.update(origin=origin, rule_id=rule["_id"], role_id=role.id)
    return job


def _reference(site: Site, fixed: Document) -> Document:
    """Return a fixed input as a job names it; it may be given by its file's id."""
    if "file_id" not in fixed:
        return {key: fixed[key] for key in ("type", "id", "name", "version") if fixed.get(key) is not None}
    file = site.file(fixed["file_id"])
    version = {"version": fixed["version"]} if fixed.get("version") else {}
    return {**file.document["parent_ref"], "name": file.name, **version}
