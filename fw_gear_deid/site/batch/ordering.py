"""What every job of a batch is to do: the gear, its settings, and inputs that are the same for all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fw_gear_deid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fw_gear_deid.site.batch.choosing import Unit
    from fw_gear_deid.site.client import SiteClient
    from fw_gear_deid.site.containers import Container
    from fw_gear_deid.site.jobs import Gear

INPUT_FILE: Final = "input-file"
PROJECT_PATH: Final = "project_path"
ANALYSIS: Final = "analysis"
_FLAGS: Final = {"true": True, "false": False}
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {"integer": (int,), "number": (int, float), "array": (list,)}


@dataclass(frozen=True, slots=True)
class Order:
    """What every job is to do.

    Attributes:
        project: id of the source project.
        destination: id of the destination project.
        config: the gear's settings that are not left to their defaults.
        inputs: references of the fixed inputs, by name.
    """

    gear: Gear
    project: str
    destination: str
    level: str
    config: Mapping[str, Any]
    inputs: Mapping[str, Mapping[str, str]]

    @property
    def fingerprint(self) -> str:
        """A hash that is another one if anything in the order is."""
        parts = [self.gear.id, self.project, self.destination, self.level, self.config, self.inputs]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def job(self, unit: Unit) -> Mapping[str, Any]:
        """Return the job of a unit, as the API takes it."""
        place = {"type": unit.kind, "id": unit.container}
        own = {INPUT_FILE: {**place, "name": unit.file.name}} if unit.file else {}
        return {
            "gear_id": self.gear.id,
            "destination": place,
            "config": dict(self.config),
            "inputs": {**self.inputs, **own},
        }


def check_gear(gear: Gear, level: str, inputs: Sequence[str]) -> None:
    """Refuse a gear that cannot do the jobs of a batch.

    Raises:
        UsageError: it has no such input, needs another one, or makes analyses.
    """
    if gear.category == ANALYSIS:
        raise UsageError(f"--gear {gear.name}: makes analyses, and cannot be queued as a batch of prepared jobs")
    if PROJECT_PATH not in gear.config:
        raise UsageError(f"--gear {gear.name}: has no setting project_path, so it is not a gear that exports")
    files = {name: each for name, each in gear.inputs.items() if each.get("base") == "file"}
    given = {*inputs, *((INPUT_FILE,) if level != "session" else ())}
    if unknown := sorted(given - files.keys()):
        raise UsageError(f"--gear {gear.name} {gear.version}: has no input {', '.join(unknown)}")
    if needed := sorted(name for name, each in files.items() if not each.get("optional") and name not in given):
        raise UsageError(f"--gear {gear.name} {gear.version}: needs the input {', '.join(needed)}")


def settings(gear: Gear, given: Sequence[str], project_path: str) -> Mapping[str, Any]:
    """Return a gear's settings from ``KEY=VALUE``, with the types that its manifest tells.

    Raises:
        UsageError: the gear has no such setting, or it takes no such value.
    """
    config: dict[str, Any] = {PROJECT_PATH: project_path}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError("--config: must be KEY=VALUE")
        if key not in gear.config:
            raise UsageError(f"--config {key}: the gear has no such setting; it has {', '.join(gear.config)}")
        if key in config:
            raise UsageError(f"--config {key}: is given twice" + (", as --to says it" if key == PROJECT_PATH else ""))
        config[key] = _typed(key, value, gear.config[key])
    return config


def _typed(key: str, text: str, setting: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any type of JSON
    kind = str(setting.get("type"))
    value: Any = text
    if kind == "boolean":
        value = _FLAGS.get(text.lower())
    elif kind in _TYPES:
        value = _parsed(text)
        if isinstance(value, bool) or not isinstance(value, _TYPES[kind]):
            value = None
    if value is None:
        example = {"boolean": "true or false", "array": 'a list such as ["session"]'}.get(kind, f"a {kind}")
        raise UsageError(f"--config {key}: must be {example}")
    choices = setting.get("enum")
    if choices and value not in choices:
        raise UsageError(f"--config {key}: must be one of {', '.join(map(str, choices))}")
    return value


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def project_at(client: SiteClient, group: str, label: str, option: str) -> Container:
    """Return a project.

    Raises:
        UsageError: there is none that the key may see.
        SiteError: the site does not answer.
    """
    found = client.lookup(group, label)
    if found is None or found.kind != "project":
        raise UsageError(f"{option}: there is no such project, or the API key may not see it")
    return found


def fixed_input(client: SiteClient, address: str, option: str) -> Mapping[str, str]:
    """Return the reference of a project's file from ``group/Project/files/NAME``.

    Raises:
        UsageError: it is not of that form, or there is no such file.
        SiteError: the site does not answer.
    """
    parts = address.removeprefix("fw://").split("/", 3)
    if len(parts) != 4 or parts[2] != "files" or not parts[3]:  # noqa: PLR2004  # group, project, files, name
        raise UsageError(
            f"{option}: must be 'group/Project/files/NAME', a file that is attached to a project on the site"
        )
    group, label, _, name = parts
    project = project_at(client, group, label, option)
    if all(file.name != name for file in project.files):
        raise UsageError(f"{option}: the project has no file of that name; upload it there first")
    return {"type": "project", "id": project.id, "name": name}
