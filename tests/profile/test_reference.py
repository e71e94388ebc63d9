from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from fw_gear_deid.actions import ACTIONS
from fw_gear_deid.cli import main
from fw_gear_deid.profile.settings import SECTIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "profile.md").read_text("utf-8")


def test_the_page_is_what_the_tables_say():
    script = runpy.run_path(str(ROOT / "scripts" / "profile_reference.py"))
    assert script["page"]() == PAGE, "run scripts/profile_reference.py"


EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_page_is_a_profile_without_a_doubt(example, tmp_path, capsys):
    path = tmp_path / "example.yaml"
    path.write_text(example, encoding="utf-8")
    assert main(["validate", str(path)]) == 0
    assert "warning" not in capsys.readouterr().out


@pytest.mark.parametrize("kind", [*SECTIONS.values(), *ACTIONS.values()])
def test_whatever_works_has_an_example_that_uses_it(kind):
    name = kind.name if kind in SECTIONS.values() else kind.key
    assert kind.example, f"give {name} an example, then run scripts/profile_reference.py"
    assert any(f"{name}:" in example and kind.example.splitlines()[0] in example for example in EXAMPLES)


@pytest.mark.parametrize("name", [*SECTIONS, *ACTIONS])
def test_every_section_and_action_is_told(name):
    assert f"| `{name}` |" in PAGE


@pytest.mark.parametrize("kind", SECTIONS.values(), ids=lambda kind: kind.name)
def test_every_setting_of_a_section_is_told_with_its_default(kind):
    for option in kind.settings.values():
        rows = re.findall(rf"^\| `{re.escape(option.name)}`( \+)? \|.*$", PAGE, re.MULTILINE)
        assert rows, option.name
        assert (" +" if option.extension else "") in rows


@pytest.mark.parametrize("kind", [kind for kind in ACTIONS.values() if kind.options], ids=lambda kind: kind.key)
def test_every_option_of_an_action_is_told_with_its_own_default_and_meaning(kind):
    table = PAGE[PAGE.index("Options stand beside the action") : PAGE.index("### Items of")]
    for option in kind.options:
        rows = [row.split(" | ") for row in table.splitlines() if row.startswith(f"| `{option.name}`")]
        (row,) = (row for row in rows if row[3].removesuffix(" |").endswith(option.doc))
        assert row[2].strip("` ") == ("" if option.default is None else str(option.default).lower())
        assert len(rows) == 1 or f"`{kind.key}`" in row[3]


def test_the_list_of_the_page_becomes_a_profile(tmp_path, capsys):
    lines = re.search(r"```csv\n(Tag,.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "list.csv"
    path.write_text(lines[1], encoding="utf-8")
    assert main(["profile", "from-csv", "--remove", str(path)]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.count("remove: true") == lines[1].count("\n") - 1


OPTIONS = re.findall(r"`(--[a-z-]+)`", PAGE)


@pytest.mark.parametrize("option", sorted(set(OPTIONS)))
def test_every_option_that_the_page_names_exists(option, capsys):
    shown = ""
    for command in (["validate"], ["profile", "from-csv"], ["profile", "show"], ["run"]):
        assert main([*command, "--help"]) == 0
        shown += capsys.readouterr().out
    assert f"{option} " in shown or f"{option}\n" in shown
