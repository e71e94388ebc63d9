from __future__ import annotations

import csv
import runpy
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from fw_gear_deid.standard.private import Source, safe_elements

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT.parent / "shared" / "data"
published = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published tables are not beside the checkout")
KNOWLEDGE_BASE = "tcia_private_tag_kb_2024-02-01.csv"


@pytest.fixture
def script():
    return runpy.run_path(str(ROOT / "scripts" / "standard_tables.py"))


@published
@pytest.mark.parametrize(
    ("source", "reader", "name"),
    [
        (Source.DICOM, "dicom_dispositions", "ps3.15_table_E.3.10-1_safe_private.tsv"),
        (Source.TCIA, "tcia_dispositions", KNOWLEDGE_BASE),
    ],
)
def test_the_package_holds_the_published_elements(script, source, reader, name):
    found = script[reader](PUBLISHED / name)
    left = {key: code for key, code in found.items() if code in {"k", "h", "o"} and key[1]}
    assert {(each.group, each.creator, each.offset): each.disposition for each in safe_elements(source)} == left


@published
def test_uneven_spellings_of_the_knowledge_base_are_read(script):
    """What is odd in the published file, counted, so that a new edition is looked at."""
    with (PUBLISHED / KNOWLEDGE_BASE).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[1:]
    ends = [row[0].rpartition(">]")[2] for row in rows]
    read = [script["PRIVATE_ELEMENT"].fullmatch(end) for end in ends]
    assert sum('"' in row[0] and row[0].count('"') % 2 == 1 for row in rows) == 8456
    assert Counter(bool(match) for match in read) == {True: 8233, False: 554}
    others = Counter(bool(int(end[1:5], 16) % 2) for end, match in zip(ends, read, strict=True) if match is None)
    assert others == {False: 551, True: 3}, "standard elements in private sequences, and three private creators"
    ways = defaultdict(set)
    for row, match in zip(rows, read, strict=True):
        if match is not None:
            ways[int(match[1], 16), match[2].strip(), int(match[3], 16)].add(row[3].strip().lower())
    assert sum(len(codes) > 1 for codes in ways.values()) == 124
    assert script["tcia_dispositions"](PUBLISHED / KNOWLEDGE_BASE)[0x0029, "SIEMENS MEDCOM HEADER", 0x31] == "d"
