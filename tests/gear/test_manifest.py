from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from flywheel_gear_toolkit.utils.manifest import Manifest
from gears.generator import derive_invocation_schema, validate_manifest

from fw_gear_deid import __version__
from fw_gear_deid.gear.job import INPUT_FILE, MAPPING_FILE, PROFILE_FILE
from fw_gear_deid.gear.site_job import DESTINATION_KEY
from fw_gear_deid.site.exports import GEAR, Overwrite
from fw_gear_deid.site.levels import SOURCES
from tests.flywheel_site.containers import DELETE_REASONS

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((ROOT / "manifest.json").read_text())


# The validators leave the file of their schema for the garbage collector to close.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_the_toolkit_finds_nothing_wrong_with_the_manifest():
    Manifest(ROOT / "manifest.json").validate()
    validate_manifest(MANIFEST)


def test_the_manifest_names_the_version_of_the_package_and_its_image():
    assert MANIFEST["name"] == GEAR
    assert MANIFEST["version"] == __version__
    assert MANIFEST["custom"]["gear-builder"]["image"].endswith(f"/{GEAR}:{__version__}")
    assert MANIFEST["custom"]["gear-builder"]["category"] == "utility"
    assert MANIFEST["custom"]["flywheel"]["show-job"] is True


KEY = {"api-key": {"base": "api-key", "key": "host:key"}}  # the platform always gives it to a gear that asks for it


def test_a_launch_with_defaults_needs_a_project_path_and_nothing_else():
    schema = derive_invocation_schema(MANIFEST)
    defaults = {key: value["default"] for key, value in MANIFEST["config"].items() if "default" in value}
    assert set(MANIFEST["config"]) - set(defaults) == {"project_path"}
    jsonschema.validate({"config": {**defaults, "project_path": "lab/Copy"}, "inputs": KEY}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"config": defaults, "inputs": KEY}, schema)


def test_the_manifest_and_the_code_mean_the_same():
    assert set(MANIFEST["inputs"]) == {"api-key", INPUT_FILE, PROFILE_FILE, MAPPING_FILE, DESTINATION_KEY}
    assert MANIFEST["config"]["profile_source"]["enum"] == [str(source) for source in SOURCES]
    assert set(MANIFEST["config"]["delete_reason"]["enum"]) == {"", *DELETE_REASONS}
    assert MANIFEST["config"]["overwrite_files"]["enum"] == [policy.value for policy in Overwrite]


def table(heading: str) -> dict[str, list[str]]:
    text = (ROOT / "docs" / "gear.md").read_text()
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[1:] for row in rows[2:]}


def test_the_page_on_the_gear_lists_its_inputs_and_options_with_values_and_defaults():
    assert list(table("Inputs")) == list(MANIFEST["inputs"])
    listed = table("Configuration")
    assert list(listed) == list(MANIFEST["config"])
    for key, schema in MANIFEST["config"].items():
        values, default, _ = listed[key]
        words = [word for word in schema.get("items", schema).get("enum", ()) if word]
        if words and key != "delete_reason":  # the site's own list
            assert re.findall(r"`(\w+)`", values) == words
        if "minimum" in schema:
            assert values == f"{schema['minimum']} to {schema['maximum']}"
        assert default.strip("`") == shown(schema)


def shown(schema: dict) -> str:
    default = schema.get("default")
    if default is None:
        return "required"
    return str(default).lower() if isinstance(default, bool) else str(default or "empty") if default != 0 else "0"
