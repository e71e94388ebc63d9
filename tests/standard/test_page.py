from __future__ import annotations

import runpy
from pathlib import Path

from tests.standard.profiles import OPTIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "standard.md").read_text("utf-8")


def test_the_page_is_what_the_tables_say():
    script = runpy.run_path(str(ROOT / "scripts" / "standard_page.py"))
    assert script["page"]() == PAGE, "run scripts/standard_page.py"


def test_every_option_is_told():
    assert all(f"| `{option}` |" in PAGE for option in OPTIONS)
