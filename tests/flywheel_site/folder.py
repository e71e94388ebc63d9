"""A site from a tree of folders, and back: ``group/project/subject/session/acquisition`` with files anywhere.

Beside each file may stand ``<name>.metadata.json`` (type, modality, classification, info, tags), and in each folder a
``.container.json`` with fields of the container. Of a project that file may also hold ``settings``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.flywheel_site.files import METADATA, store
from tests.flywheel_site.rules import FIELDS
from tests.flywheel_site.site import LEVELS

if TYPE_CHECKING:
    from tests.flywheel_site.site import Document, Site

CONTAINER = ".container.json"
SIDECAR = ".metadata.json"


def load(site: Site, folder: Path) -> None:
    """Add what a tree holds."""
    for group in sorted(folder.iterdir()):
        if group.is_dir():
            _load(site, group, None, 0)


def _load(site: Site, folder: Path, parent: str | None, level: int) -> None:
    described = folder / CONTAINER
    fields: Document = json.loads(described.read_text(encoding="utf-8")) if described.is_file() else {}
    settings = fields.pop("settings", None)
    kind = LEVELS[level]
    fields = {"label": folder.name, **fields}
    if kind == "subject":
        fields.setdefault("code", fields["label"])
    container_id = folder.name if kind == "group" else fields.pop("_id", "")
    container = site.add_container(kind, parent, fields, container_id)
    if settings is not None:
        site.settings[container["_id"]] = settings
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if level + 1 < len(LEVELS):
                _load(site, path, container["_id"], level + 1)
        elif path.name != CONTAINER and not path.name.endswith(SIDECAR):
            sidecar = path.with_name(path.name + SIDECAR)
            metadata = json.loads(sidecar.read_text(encoding="utf-8")) if sidecar.is_file() else {}
            kept = {key: value for key, value in metadata.items() if key in METADATA}
            store(site, container, path.name, path.read_bytes(), metadata=kept)


def dump(site: Site, folder: Path) -> None:
    """Write all containers and the newest version of all files as such a tree."""
    with site.lock:
        for container in site.containers.values():
            if container["container_type"] in LEVELS:
                _dump(site, container, folder / _place(site, container))


def _place(site: Site, container: Document) -> Path:
    above = [site.containers[container["parents"][level]] for level in LEVELS if level in container["parents"]]
    return Path(*(_name(site, each) for each in (*above, container)))


def _name(site: Site, container: Document) -> str:
    """Return the name of a container's folder; later ones of one label get a number."""
    if container["container_type"] == "group":
        return str(container["_id"])
    parent = container["parents"][LEVELS[LEVELS.index(container["container_type"]) - 1]]
    same = [each for each in site.children(parent, container["container_type"]) if each["label"] == container["label"]]
    number = [each["_id"] for each in same].index(container["_id"])
    return str(container["label"]).replace("/", "_") + (f"~{number + 1}" if number else "")


def _dump(site: Site, container: Document, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    known = FIELDS[container["container_type"]]
    fields = {key: value for key, value in container.items() if (key in known or key == "tags") and value}
    if container["_id"] in site.settings:
        fields["settings"] = site.settings[container["_id"]]
    (folder / CONTAINER).write_text(_json({"_id": container["_id"], **fields}), encoding="utf-8")
    for file in site.files_of(container["_id"]):
        (folder / file.name).write_bytes(file.blobs[-1])
        kept = {key: file.document[key] for key in sorted(METADATA - {"name"}) if file.document.get(key)}
        sidecar = folder / (file.name + SIDECAR)
        sidecar.write_text(_json({**kept, "version": file.document["version"]}), encoding="utf-8")


def _json(document: Document) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
