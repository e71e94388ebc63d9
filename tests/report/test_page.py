"""What a browser makes of deid_report.html, and what must never stand in it."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from fw_gear_deid.actions import Remove
from fw_gear_deid.engine.base import Outcome, Source, State
from fw_gear_deid.engine.ledger import DOOMED
from fw_gear_deid.profile.model import Profile, Rule, Section
from fw_gear_deid.report.digest import CONSEQUENCE, MOST, Digest
from fw_gear_deid.report.page import UNFOLDED, PageWriter, size
from fw_gear_deid.report.summary import About, JsonWriter, Report
from tests.browser import DESK, PHONE
from tests.programs import needed

PROFILE = Profile(
    "canary",
    {
        "dicom": Section("dicom", rules=(Rule(Remove(), "PatientName"), Rule(Remove(), "StudyInstanceUID"))),
        "json": Section("json", rules=(Rule(Remove(), "a.b"),)),
    },
    digest="0" * 64,
)
SOURCE = Source(Path("CANARY^ALICE.zip"), origin="CANARY^ALICE/CANARY^ALICE.zip")
ABOUT = About()
VERSIONS = {"fw-gear-deid": "1", "DICOM PS3.15 Table E.1-1": "2025c"}
SCRIPT = "<script>console.log(1)</script><img src=https://example.org/x onerror=console.log(2)>"


def archive(name, members=2, **more):
    inside = tuple(
        Outcome(f"CANARY/{number}", State.DEIDENTIFIED, name=f"{number}.dcm", section="dicom", hits={"PatientName": 1})
        for number in range(members)
    )
    return Outcome(SOURCE.origin, State.DEIDENTIFIED, name=name, section="zip", members=inside, size=12_300_000, **more)


def loose(name, **more):
    return Outcome(SOURCE.origin, State.DEIDENTIFIED, name=name, section="json", size=1000, **more)


def withheld(reason, *members):
    return Outcome(SOURCE.origin, State.WITHHELD, reason, section="zip", members=members)


MIXED = (
    archive("sub-01/T1/a.zip", notes=("archive comment kept",)),
    loose("sub-01/T1/a.json"),
    loose("sub-01/T1/b.json"),
    withheld("the file is not valid UTF-8; repair it, or convert it to UTF-8"),
    withheld(
        "1 of 2 members cannot be de-identified: member 2: truncated",
        Outcome("CANARY/1", State.WITHHELD, DOOMED),
        Outcome("CANARY/2", State.WITHHELD, "truncated: the data set has no end"),
    ),
    Outcome(SOURCE.origin, State.SKIPPED, "a packaging leftover"),
    Outcome(SOURCE.origin, State.FAILED, "the site does not answer"),
)


def made(folder, *outcomes, about=ABOUT):
    page = folder / "deid_report.html"
    with Report([JsonWriter(folder / "deid_report.json"), PageWriter(page)], PROFILE, VERSIONS, about) as report:
        for outcome in outcomes:
            report.add(SOURCE, outcome)
    return page


def cells(tab, label):
    """Return the rows of a table by what it is called."""
    return tab.value(
        f"[...document.querySelectorAll('[aria-label={json.dumps(label)}] tbody tr')]"
        ".map(row => [...row.cells].map(cell => cell.innerText.replaceAll('\\u202f', ' ').trim()))"
    )


# -- in the browser


@needed("chromium")
def test_the_page_says_what_has_no_copy_and_what_to_do(tmp_path, tab):
    tab.open(made(tmp_path, *MIXED))
    assert tab.value("document.querySelector('.verdict p').innerText") == (
        "3 files have no copy; 3 of 7 were de-identified."
    )
    assert cells(tab, "Files without a copy") == [
        ["withheld", "the file is not valid UTF-8", "repair it, or convert it to UTF-8", "4"],
        [
            "withheld",
            "truncated: the data set has no end",
            "mend the file or the profile, and run it again",
            "5 (member 2)",
        ],
        [
            *("failed", "the site does not answer"),
            *("run it again; if it fails again, ask whoever looks after the storage or the site", "7"),
        ],
    ]
    assert cells(tab, "Skipped on purpose") == [["a packaging leftover", "1", "6"]]
    assert cells(tab, "Notes") == [["archive comment kept", "1", "1"]]


@needed("chromium")
def test_series_are_told_by_their_new_names_with_the_number_of_their_objects(tmp_path, tab):
    tab.open(made(tmp_path, *MIXED))
    assert cells(tab, "Copies") == [["sub-01/T1/a.zip", "2 dicom", "12 MB"], ["sub-01/T1", "2 json", "2.0 kB"]]
    assert json.loads((tmp_path / "deid_report.json").read_text())["series"] == [
        {"name": "sub-01/T1/a.zip", "files": 1, "objects": {"dicom": 2}, "size": 12_300_000},
        {"name": "sub-01/T1", "files": 2, "objects": {"json": 2}, "size": 2000},
    ]


@needed("chromium")
def test_rules_that_met_nothing_are_marked(tmp_path, tab):
    tab.open(made(tmp_path, *MIXED))
    assert cells(tab, "Rules") == [["dicom", "PatientName", "2"]]
    assert cells(tab, "Rules that met nothing") == [["dicom", "StudyInstanceUID", "0"], ["json", "a.b", "0"]]


@needed("chromium")
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_page_fits_the_screen_asks_for_nothing_and_complains_of_nothing(tmp_path, tab, size):
    page = made(tmp_path, *MIXED, archive(f"sub-01/{'x' * 150}/{'y' * 150}.zip"))
    tab.open(page, size)
    assert tab.value("document.documentElement.scrollWidth") <= size[0]
    assert tab.requests == [page.as_uri()]
    assert tab.complaints == []


@needed("chromium")
def test_what_a_name_holds_is_shown_and_never_run(tmp_path, tab):
    page = made(tmp_path, loose(f"{SCRIPT.replace('/', '')}.json", notes=(SCRIPT,)))
    tab.open(page)
    assert tab.requests == [page.as_uri()]
    assert tab.complaints == []
    assert cells(tab, "Notes")[0][0] == SCRIPT


@needed("chromium")
def test_what_got_into_the_page_all_the_same_could_neither_run_nor_load(tmp_path, tab):
    page = made(tmp_path, *MIXED)
    page.write_text(page.read_text(encoding="utf-8").replace("</main>", f"</main>{SCRIPT}"), encoding="utf-8")
    tab.open(page)
    assert tab.refused == ["csp"] * (len(tab.requests) - 1) != []
    assert not [each for each in tab.complaints if each.get("type") == "log"]
    assert len([each for each in tab.complaints if "Content Security Policy" in json.dumps(each)]) >= 2


@needed("chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(tmp_path, tab, scheme):
    tab.open(made(tmp_path, *MIXED), scheme=scheme)
    assert tab.poor_contrasts == []


@needed("chromium")
def test_dark_is_not_light(tmp_path, tab):
    grounds = set()
    for scheme in ("light", "dark"):
        tab.open(made(tmp_path, *MIXED), scheme=scheme)
        grounds.add(tab.value("getComputedStyle(document.body).backgroundColor"))
        assert tab.screenshot().startswith(b"\x89PNG")
    assert len(grounds) == 2


@needed("chromium")
def test_a_printed_page_has_all_that_is_folded_away_on_the_screen(tmp_path, tab):
    few = made(tmp_path, *(archive(f"{number}/a.zip", members=1) for number in range(100)))
    tab.open(few)
    folded = len(re.findall(rb"/Type /Page\b", tab.pdf()))
    tab.open(made(tmp_path, *(archive(f"{number}/a.zip", members=1) for number in range(600))))
    assert len(re.findall(rb"/Type /Page\b", tab.pdf())) > folded + 5


@needed("chromium")
def test_paper_is_white_also_for_who_likes_it_dark(tmp_path, tab):
    tab.open(made(tmp_path, *MIXED), scheme="dark")
    tab.show_as("print", "dark")
    grounds = tab.value("[...document.querySelectorAll('body, section')].map(e => getComputedStyle(e).backgroundColor)")
    assert set(grounds) == {"rgb(255, 255, 255)"}
    assert tab.poor_contrasts == []


@needed("chromium")
def test_the_keyboard_reaches_links_and_what_is_folded_away(tmp_path, tab):
    tab.open(made(tmp_path, *MIXED, *(archive(f"{number}/a.zip", members=1) for number in range(200))))
    reached = set()
    for _ in range(20):
        tab.press("Tab")
        reached.add(tab.value("document.activeElement.tagName"))
    assert {"A", "SUMMARY", "DIV"} <= reached


@needed("chromium")
def test_headings_and_tables_are_told_to_who_does_not_see_them(tmp_path, tab):
    tab.open(made(tmp_path, *MIXED))
    levels = tab.value("[...document.querySelectorAll('h1,h2,h3')].map(each => +each.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tab.value("document.querySelectorAll('th:not([scope])').length") == 0
    assert tab.value("document.documentElement.lang") == "en"


@needed("chromium")
def test_a_large_run_makes_a_page_that_opens(tmp_path, tab):
    page = made(tmp_path, *(archive(f"{number}/a.zip", members=1) for number in range(10_000)))
    assert page.stat().st_size < 500_000
    tab.open(page)
    assert tab.value("document.querySelectorAll('[aria-label*=Copies] tbody tr').length") == UNFOLDED
    assert "9 000 more rows are not shown" in tab.value("document.body.innerText.replaceAll('\\u202f', ' ')")


@needed("chromium")
def test_what_the_scan_and_the_gates_found_is_shown(tmp_path, tab):
    digest_of = {
        "findings": [
            {"kind": "name", "where": "SeriesDescription", "certain": True, "count": 2, "context": "t1 *** sag"}
        ],
        "gates": [{"gate": "face", "why": "head MR", "policy": "warn"}],
    }
    page = tmp_path / "page.html"
    writer = PageWriter(page)
    with Report([writer], PROFILE, VERSIONS, About(level="group", destination="research/Copy")):
        for number in (1, 2):
            writer.add({"file": number, "state": "deidentified", "name": f"{number}.dcm", **digest_of})
    tab.open(page, PHONE)
    assert cells(tab, "Identifiers that the scan met") == [
        ["name", "SeriesDescription", "certain", "t1 *** sag", "4", "1, 2"]
    ]
    assert cells(tab, "Gates") == [["face", "head MR", "warn", "1, 2"]]
    text = tab.value("document.body.innerText")
    assert "2 copies still hold what identifies someone." in text
    assert "canary, of the group" in text
    assert "research/Copy" in text


# -- without one


def test_the_page_holds_nothing_of_the_source(tmp_path):
    assert "CANARY" not in made(tmp_path, *MIXED).read_text(encoding="utf-8")


def test_nothing_of_the_page_comes_from_elsewhere(tmp_path):
    text = made(tmp_path, *MIXED).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//|@import|url\(|src=|<script|<link|\bstyle=", text)


def test_a_dry_run_says_so(tmp_path):
    page = made(tmp_path, loose("a.json"), about=About(dry_run=True))
    assert "A dry run: no copy was written." in page.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "deid_report.json").read_text())["dry_run"] is True


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((), "There was no file to work on."),
        ((loose("a.json"),), "The file was de-identified."),
        ((loose("a.json"), loose("b.json")), "All files were de-identified."),
        ((loose("a.json"), MIXED[5]), "1 of 2 files were de-identified, the rest was skipped."),
        ((MIXED[5],), "Nothing was to be done: all files were skipped."),
        ((MIXED[6],), "1 file has no copy; 0 of 1 were de-identified."),
    ],
)
def test_the_first_sentence_says_how_it_went(tmp_path, outcomes, said):
    assert said in made(tmp_path, *outcomes).read_text(encoding="utf-8")


def test_a_run_that_breaks_off_leaves_the_older_page(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("older")
    with pytest.raises(KeyboardInterrupt), Report([PageWriter(page)], PROFILE, VERSIONS):
        raise KeyboardInterrupt
    assert page.read_text() == "older"
    assert list(tmp_path.iterdir()) == [page]


def test_members_of_a_withheld_archive_that_are_in_order_are_not_called_problems():
    assert CONSEQUENCE == DOOMED


def test_a_thousand_reasons_do_not_make_a_thousand_rows():
    digest = Digest()
    for number in range(1000):
        digest.add({"file": number + 1, "state": "failed", "reason": f"reason {number}"})
    assert len(digest.problems) == MOST
    assert digest.problems.left_out == 1000 - MOST


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (2345, "2.3 kB"), (23_456_789, "23 MB"), (10**13, "10.0 TB")],
)
def test_sizes_are_told_as_people_tell_them(count, text):
    assert size(count) == text


def entry(number, state="deidentified", *members, **more):
    inside = [{"member": place, "state": state, **more} for place in members]
    return {"file": number, "state": state, "members": inside, **({} if members else more)}


def test_files_and_members_are_told_by_their_numbers():
    digest = Digest()
    digest.add(entry(1, notes=["odd"]))
    digest.add(entry(2, "deidentified", 4, notes=["odd"]))
    digest.add(entry(3, "deidentified", *range(5, 12), notes=["odd", "odd"]))
    (group,) = digest.notes
    assert [*map(str, group.places)] == ["1", "2 (member 4)", "3 (members 5, 6, 7 and 4 more)"]
    assert (group.count, group.files, group.more) == (16, 3, 0)


def test_only_so_many_files_are_listed():
    digest = Digest()
    for number in range(1, 101):
        digest.add(entry(number, notes=["odd"]))
    (group,) = digest.notes
    assert len(group.places) + group.more == group.files == 100


def test_a_copy_leaks_if_it_is_there_and_an_identifier_is_certain():
    certain, possible = [{"kind": "name", "certain": True}], [{"kind": "name", "certain": False}]
    digest = Digest()
    digest.add(entry(1, findings=certain))
    digest.add(entry(2, "deidentified", 1, 2, findings=certain))
    digest.add(entry(3, findings=possible))
    digest.add(entry(4, "withheld", 1, findings=certain, reason="it still holds what identifies the subject"))
    assert digest.leaking == 2
