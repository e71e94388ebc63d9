from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from fw_gear_deid.actions import ACTIONS
from fw_gear_deid.profile import check_text
from fw_gear_deid.profile.settings import SECTIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "profile.md").read_text("utf-8")


def test_the_page_is_what_the_tables_say():
    script = runpy.run_path(str(ROOT / "scripts" / "profile_reference.py"))
    assert script["page"]() == PAGE, "run scripts/profile_reference.py"


def test_the_example_of_the_page_is_a_right_profile():
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    profile, problems = check_text(example[1])
    assert profile is not None
    assert [problem.severity for problem in problems] == ["warning"]  # the digits that hashuid keeps


@pytest.mark.parametrize("name", [*SECTIONS, *ACTIONS])
def test_every_section_and_action_is_told(name):
    assert f"| `{name}` |" in PAGE
