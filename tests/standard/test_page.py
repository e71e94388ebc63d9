from __future__ import annotations

import re
import runpy
from pathlib import Path

from fw_gear_deid.standard.confidentiality import identifying
from fw_gear_deid.standard.private import Source, safe_elements
from tests.standard.profiles import OPTIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "standard.md").read_text("utf-8")


def test_the_page_is_what_the_tables_say():
    script = runpy.run_path(str(ROOT / "scripts" / "standard_page.py"))
    assert script["page"]() == PAGE, "run scripts/standard_page.py"


def test_every_option_is_told():
    assert all(f"| `{option}` |" in PAGE for option in OPTIONS)


def test_the_table_of_private_elements_for_diffusion_is_true():
    lines = [line.split("|")[2:5] for line in PAGE.splitlines() if re.match(r"\| (Siemens|GE|Philips):", line)]
    assert len(lines) == 8
    for elements, *answers in lines:
        first, group, creator, offset = re.match(r' (\((\w{4}),"([^"]+)",(\w\w)\))', elements).groups()
        offsets = (offset, *re.findall(r"\b\w\w\b", elements.replace(first, "")))
        for source, answer in zip((Source.DICOM, Source.TCIA), answers, strict=True):
            safe = {(each.group, each.creator, each.offset) for each in safe_elements(source)}
            stays = {(int(group, 16), creator, int(each, 16)) in safe for each in offsets}
            assert stays == {answer.strip() == "stays"}, (elements, source)
    assert not {tag for tag in (0x00189087, 0x00189089) if identifying(tag)}, "DiffusionBValue and its orientation"
