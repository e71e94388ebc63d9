from __future__ import annotations

import csv
import json
import runpy
from pathlib import Path

import pytest
from pydicom.datadict import dictionary_has_tag, keyword_for_tag

from fw_gear_deid.standard.confidentiality import EDITION, ProfileOption, identifying, table

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT.parent / "shared" / "data"
published = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published tables are not beside the checkout")


def test_a_row_tells_the_basic_profile_and_the_options():
    row = table()["00080020"]
    assert (row.keyword, row.action) == ("StudyDate", "Z")
    assert row.options == {ProfileOption.FULL_DATES: "K", ProfileOption.MODIFIED_DATES: "C"}
    assert table()["00080050"].options == {}


@pytest.mark.parametrize(
    ("option", "rows"),
    [
        (ProfileOption.SAFE_PRIVATE, 1),
        (ProfileOption.UIDS, 60),
        (ProfileOption.DEVICE, 59),
        (ProfileOption.INSTITUTION, 10),
        (ProfileOption.PATIENT, 19),
        (ProfileOption.FULL_DATES, 169),
        (ProfileOption.MODIFIED_DATES, 169),
        (ProfileOption.DESCRIPTORS, 134),
        (ProfileOption.STRUCTURED_CONTENT, 3),
        (ProfileOption.GRAPHICS, 4),
    ],
)
def test_every_option_has_its_column(option, rows):
    assert sum(option in row.options for row in table().values()) == rows


def test_keywords_are_those_of_the_dictionary():
    for row in table().values():
        if "x" not in row.tag and "g" not in row.tag and dictionary_has_tag(int(row.tag, 16)):
            assert row.keyword == keyword_for_tag(int(row.tag, 16))


def test_whole_groups_are_covered_by_one_row():
    assert identifying(0x50100005).tag == "50xxxxxx"
    assert identifying(0x60023000).keyword == "OverlayData"
    assert identifying(0x60020010) is None
    assert identifying(0x00290010) is None, "a private creator names a vendor"
    assert identifying(0x00291010).tag == "ggggeeee"


@published
def test_the_package_holds_the_published_table():
    script = runpy.run_path(str(ROOT / "scripts" / "standard_tables.py"))
    rows = sorted(script["confidentiality"](PUBLISHED / f"ps3.15_table_E.1-1_{EDITION}.csv"))
    codes = {tag: (keyword, *cells) for tag, keyword, *cells in rows}
    assert len(codes) == len(rows) == 649
    for tag, row in table().items():
        assert codes[tag] == (row.keyword, row.action, *(row.options.get(option, "") for option in ProfileOption))


JSON_NAMES = {
    "rtnSafePrivOpt": ProfileOption.SAFE_PRIVATE,
    "rtnUIDsOpt": ProfileOption.UIDS,
    "rtnDevIdOpt": ProfileOption.DEVICE,
    "rtnInstIdOpt": ProfileOption.INSTITUTION,
    "rtnPatCharsOpt": ProfileOption.PATIENT,
    "rtnLongFullDatesOpt": ProfileOption.FULL_DATES,
    "rtnLongModifDatesOpt": ProfileOption.MODIFIED_DATES,
    "cleanDescOpt": ProfileOption.DESCRIPTORS,
    "cleanStructContOpt": ProfileOption.STRUCTURED_CONTENT,
    "cleanGraphOpt": ProfileOption.GRAPHICS,
}


@published
def test_the_edition_before_says_the_same_of_the_rows_it_has():
    before = json.loads((PUBLISHED / "ps3.15_table_E.1-1_2024e.json").read_text(encoding="utf-8"))
    rows = {row["id"].lower(): row for row in before if row["id"].lower() in table()}
    assert len(rows) >= 617
    for tag, old in rows.items():
        row = table()[tag]
        assert old["basicProfile"] == row.action, tag
        assert {JSON_NAMES[name]: code for name, code in old.items() if name in JSON_NAMES} == row.options, tag


@published
def test_every_row_of_the_published_csv_is_read():
    with (PUBLISHED / f"ps3.15_table_E.1-1_{EDITION}.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == len(table())
