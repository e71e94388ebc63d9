"""The folder in which a job runs: code, inputs and ``config.json``, as the platform lays them out."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from tests.flywheel_site.rules import MISSING, at

if TYPE_CHECKING:
    from pathlib import Path

    from tests.flywheel_site.serving import Running
    from tests.flywheel_site.site import Document, Site, StoredFile

CODE = ("manifest.json", "run.py")
"""What of an image stands in the gear's folder; the rest is found by ``PYTHONPATH``."""

_OBJECT = ("type", "mimetype", "modality", "classification", "tags", "info", "size", "zip_member_count", "version")


def lay_out(running: Running, job: Document, folder: Path, key: str) -> Document:
    """Fill a job's folder and return what its ``config.json`` holds."""
    site = running.site
    image = site.images[job["gear_id"]]
    for name in ("input", "output", "work"):
        (folder / name).mkdir(parents=True)
    for name in CODE:
        shutil.copy(image / name, folder)
    with site.lock:
        config = config_of(site, job, folder, running.api_key(key))
        blobs = {name: file.blobs[index] for name, (file, index) in _files(site, job).items()}
    for name, data in blobs.items():
        path = folder / "input" / name / job["inputs"][name]["name"]
        path.parent.mkdir()
        path.write_bytes(data)
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    return config


def config_of(site: Site, job: Document, folder: Path, api_key: str) -> Document:
    """Return what a job's ``config.json`` holds, in a folder."""
    manifest = site.gears[job["gear_id"]]["gear"]
    files = _files(site, job)
    inputs: Document = {}
    for name, wanted in manifest["inputs"].items():
        if wanted["base"] == "api-key":
            inputs[name] = {"base": "api-key", "key": api_key}
        elif wanted["base"] == "context":
            inputs[name] = _context(site, job, name)
        elif name in files:
            inputs[name] = _file(*files[name], folder / "input" / name)
    whole = {"config": job["config"]["config"], "inputs": inputs, "destination": job["destination"]}
    if at(manifest, "custom.flywheel.show-job", default=False):
        whole["job"] = {"id": job["_id"], "origin": job["origin"]}
    return whole


def environment_of(site: Site, job: Document) -> dict[str, str]:
    """Return the environment of a job: the manifest's, with the interpreter of the tests, and the image's code."""
    manifest = site.gears[job["gear_id"]]["gear"]
    environment = {"PATH": os.defpath, **manifest.get("environment", {})}
    environment["PATH"] = os.pathsep.join((os.path.dirname(sys.executable), environment["PATH"]))  # noqa: PTH120
    return {**environment, "PYTHONPATH": str(site.images[job["gear_id"]])}


def _files(site: Site, job: Document) -> dict[str, tuple[StoredFile, int]]:
    """Return each file input with the index of its version."""
    found = {}
    for name, reference in job["inputs"].items():
        file = site.file_named(reference["id"], reference["name"])
        found[name] = (file, file.version(reference.get("version")))
    return found


def _file(file: StoredFile, index: int, folder: Path) -> Document:
    version = file.versions[index]
    return {
        "base": "file",
        "hierarchy": version["parent_ref"],
        "location": {"path": str(folder / file.name), "name": file.name},
        "object": {**{key: version[key] for key in _OBJECT}, "file_id": file.id, "origin": version["origin"]},
    }


def _context(site: Site, job: Document, name: str) -> Document:
    """Return a context value: ``info.context.<name>`` of the nearest container that has it."""
    here = site.containers[job["destination"]["id"]]
    for container_id in (here["_id"], *reversed(here["parents"].values())):
        value: Any = at(site.containers[container_id]["info"], f"context.{name}", default=MISSING)
        if value is not MISSING:
            return {"base": "context", "found": True, "value": value}
    return {"base": "context", "found": False}
