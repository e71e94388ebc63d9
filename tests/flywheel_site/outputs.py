"""What becomes of a job's ``output/``: files are saved, ``.metadata.json`` is consumed.

Assumptions where the platform's documents are silent: a folder in ``output/`` is not saved; the ``info`` of a file is
replaced by what ``.metadata.json`` says (which is why the gear toolkit sends all of it), that of a container is added
to; one fault in ``.metadata.json`` and none of it counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.flywheel_site.errors import InvalidError, RefusedError
from tests.flywheel_site.files import METADATA, changed, store
from tests.flywheel_site.rules import check_classification, check_modality, check_tags, checked, sanitised
from tests.flywheel_site.site import LEVELS, MAX_OUTPUTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.flywheel_site.site import Document, Site

METADATA_FILE = ".metadata.json"
KINDS = (*LEVELS[1:], "analysis")
MARKS = {"type", "upload_metadata_type"}
"""Keys of ``.metadata.json`` that are no containers."""

FILE_KEYS = METADATA | {"deid_log_id", "deid_log_skip_reason", "upload_metadata_type"}
REFUSES_MANY = (19, 0)
"""Release from which a job with more than a hundred output files fails; before, the rest was cut."""

REFUSES_CLASSIFICATION = (23, 0)
"""Release from which a wrong classification fails the job; before, it was left out."""


@dataclass
class Saved:
    """What of an output was saved.

    Attributes:
        files: names.
        warnings: what was left out, and why.
        failure: why the job fails; empty when it does not.
    """

    files: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failure: str = ""


def save(site: Site, job: Document, output: Path) -> Saved:
    """Save a job's output into its destination."""
    saved = Saved()
    paths = sorted(path for path in output.iterdir() if path.is_file() and path.name != METADATA_FILE)
    if any(path.is_dir() for path in output.iterdir()):
        saved.warnings.append("folders in output are not saved")
    if len(paths) > MAX_OUTPUTS:
        told = f"{len(paths)} output files, at most {MAX_OUTPUTS} are saved"
        if site.is_release(*REFUSES_MANY):
            saved.failure = told
            return saved
        saved.warnings.append(told)
        del paths[MAX_OUTPUTS:]
    with site.lock:
        try:
            metadata = _read(site, job, output / METADATA_FILE, {path.name for path in paths}, saved.warnings)
        except RefusedError as error:
            saved.failure, metadata = f"{METADATA_FILE}: {error.message}", {}
        try:
            _save(site, job, paths, metadata, saved)
        except RefusedError as error:
            saved.failure = error.message
    return saved


def _read(site: Site, job: Document, path: Path, made: set[str], warnings: list[str]) -> Document:
    """Return ``.metadata.json``, all of which may be applied.

    Raises:
        InvalidError: it may not.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        raise InvalidError("not JSON") from None
    if not isinstance(found, dict):
        raise InvalidError("must be an object")
    reachable = _reachable(site, job)
    described: Document = {}
    for kind, fields in found.items():
        if kind in MARKS:
            continue
        if kind not in KINDS or not isinstance(fields, dict):
            raise InvalidError(f"unexpected {kind}")
        if kind not in reachable:
            raise InvalidError(f"{kind}: only the destination and what it lies in can be changed")
        there = {file.name for file in site.files_of(reachable[kind])}
        there |= made if kind == job["destination"]["type"] else set()
        files = {each["name"]: each for each in (_file(site, each, warnings) for each in fields.get("files", []))}
        if missing := len(set(files) - there):
            warnings.append(f"{kind}: there is no file of {missing} of the names that are described")
        files = {name: each for name, each in files.items() if name in there}
        described[kind] = {"fields": _container(kind, fields), "files": files}
    return described


def _container(kind: str, fields: Document) -> Document:
    """Return what is said of a container, checked."""
    own = checked(
        kind, {key: value for key, value in fields.items() if key not in {"files", "tags", *LEVELS}}, changing=True
    )
    return {**own, "tags": check_tags(fields["tags"])} if "tags" in fields else own


def _reachable(site: Site, job: Document) -> dict[str, str]:
    """Return the destination and what it lies in, by kind."""
    container = site.container(job["destination"]["id"])
    return {**container["parents"], container["container_type"]: container["_id"]}


def _file(site: Site, fields: Document, warnings: list[str]) -> Document:
    """Return what is said of a file, checked."""
    if not isinstance(fields.get("name"), str):
        raise InvalidError("files: name: field required")
    if unknown := set(fields) - FILE_KEYS:
        raise InvalidError(f"files: unexpected {sorted(unknown)}")
    own = {key: value for key, value in fields.items() if key in METADATA and key != "size" and value is not None}
    check_modality(own.get("modality"))
    if "tags" in own:
        own["tags"] = check_tags(own["tags"])
    if "info" in own:
        own["info"] = sanitised(own["info"])
    if "classification" in own:
        try:
            check_classification(own.get("modality"), own["classification"])
        except InvalidError as error:
            if site.is_release(*REFUSES_CLASSIFICATION):
                raise
            warnings.append(error.message)
            del own["classification"]
    return own


def _save(site: Site, job: Document, paths: list[Path], metadata: Document, saved: Saved) -> None:
    """Store files, and apply what has been checked."""
    destination = site.container(job["destination"]["id"])
    described = metadata.get(destination["container_type"], {}).get("files", {})
    origin = {"type": "job", "id": job["_id"]}
    for path in paths:
        own = described.pop(path.name, {})
        store(site, destination, path.name, path.read_bytes(), metadata=own, origin=origin)
        saved.files.append(path.name)
    for kind, change in metadata.items():
        container = site.container(_reachable(site, job)[kind])
        fields = change["fields"]
        if "info" in fields:
            fields["info"] = {**container["info"], **fields["info"]}
        if fields:
            container.update(fields)
            site.touched(container)
        for name, own in change["files"].items():
            file = site.file_named(container["_id"], name)
            file.document.update(own)
            changed(site, file)
