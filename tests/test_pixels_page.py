"""docs/pixels.md says what the tables of conditions and recipes say."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from fw_gear_deid.profile import check_text
from fw_gear_deid.profile.pixels.conditions import WORDS
from fw_gear_deid.profile.pixels.recipes import parse_recipe, recipe_names

PAGE = (Path(__file__).parent.parent / "docs" / "pixels.md").read_text(encoding="utf-8")


def test_every_comparison_and_recipe_is_listed():
    table = PAGE[PAGE.index("| comparison |") : PAGE.index("`FIELD` is")]
    assert {word for word in WORDS if re.search(rf"`{word}\b", table)} == set(WORDS)
    for name in recipe_names():
        assert f"| `{name}` |" in PAGE


def test_its_examples_are_right(tmp_path, monkeypatch):
    blocks = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
    (example,) = (block for language, block in blocks if language == "yaml")
    (recipe,) = (block for _, block in blocks if block.startswith("FORMAT"))
    (tmp_path / "my-scanners.recipe").write_text(recipe)
    monkeypatch.chdir(tmp_path)
    profile, problems = check_text(yaml.safe_dump({"name": "x", **yaml.safe_load(example)}))
    assert profile is not None, problems
    assert not problems
    assert len(parse_recipe(recipe)) == 2
