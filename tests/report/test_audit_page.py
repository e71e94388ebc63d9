"""The page of ``fw-deid check``, in a browser."""

from __future__ import annotations

import json

import pytest

from fw_gear_deid.audit.concerns import STEPS, Row, Sort
from fw_gear_deid.report.audit import AuditPage, write_table
from tests.browser import DESK, PHONE
from tests.programs import needed

SCRIPT = "<script src='https://example.org/x.js'></script>"
ROWS = "[...document.querySelectorAll('#findings tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))"
FOUND = (
    Row(
        "a.zip",
        "1.dcm",
        "PatientName",
        str(Sort.DIRECT),
        certain=True,
        why="PatientName is made for it",
        value="xxxxx",
        count=3,
    ),
    Row("b/x.json", "", "Comments", str(Sort.TEXT), certain=False, why="it reads like a date", value="xx 99.99.9999"),
    Row(f"{SCRIPT}.txt", "", "line 1", str(Sort.MISPLACED), certain=True, why="the subject's name", value="[name] xxx"),
)


def made(tmp_path, rows=FOUND, *, shows_values=False):
    path = tmp_path / "check.html"
    AuditPage(rows, 5, ["of each archive 3 members were looked at"], shows_values=shows_values).write(path)
    return path


def ask(tab, **wanted):
    for name in ("words", "kind", "certainty"):
        tab.value(
            f"document.getElementById('{name}').value = {json.dumps(wanted.get(name, ''))};"
            f"document.getElementById('{name}').dispatchEvent(new Event('input'))"
        )
    return tab.value(ROWS)


@needed("chromium")
def test_findings_are_listed_the_certain_ones_first(tmp_path, tab):
    tab.open(made(tmp_path))
    rows = tab.value(ROWS)
    assert [row[0] for row in rows] == ["PatientName", "line 1", "Comments"]
    assert rows[0][1:4] == ["certain direct identifier", "PatientName is made for it (in 3 objects)", "xxxxx"]
    assert rows[0][4].split() == ["a.zip", "1.dcm"]
    told = tab.value("document.querySelector('main').innerText")
    assert "2 findings are certain, 1 possible." in told
    assert "Of each archive 3 members were looked at." in told


@needed("chromium")
def test_the_page_says_what_to_do_and_puts_alike_places_together(tmp_path, tab):
    found = (
        *FOUND,
        Row("p.tsv", "", "line 2, name", str(Sort.MISPLACED), certain=True, why="the subject's name", value="[name]"),
        Row("p.tsv", "", "line 3, name", str(Sort.MISPLACED), certain=True, why="the subject's name", value="[name]"),
        Row("1.dcm", "", "S[0].PatientID", str(Sort.DIRECT), certain=False, why="a hash", value="xx99"),
        Row("1.dcm", "", "S[1].PatientID", str(Sort.DIRECT), certain=False, why="a hash", value="xx98"),
    )
    tab.open(made(tmp_path, found))
    places = tab.value(ROWS.replace("#findings", "#places"))
    assert places == [
        ["PatientName", "certain direct identifier", "3"],
        ["column name", "certain identifier out of place", "2"],
        ["a line of text", "certain identifier out of place", "1"],
        ["S[*].PatientID", "possible direct identifier", "2"],
        ["Comments", "possible text like an identifier", "1"],
    ]
    told = tab.value("document.querySelector('main').innerText")
    assert all(row.step in told for row in found)


def test_every_kind_of_finding_has_a_next_step():
    assert set(STEPS) == set(Sort)


@needed("chromium")
def test_findings_can_be_searched_and_filtered(tmp_path, tab):
    tab.open(made(tmp_path))
    assert [row[0] for row in ask(tab, words="json date")] == ["Comments"]
    assert [row[0] for row in ask(tab, certainty="possible")] == ["Comments"]
    assert [row[0] for row in ask(tab, kind="direct identifier")] == ["PatientName"]
    assert ask(tab, kind="direct identifier", certainty="possible") == []
    assert len(ask(tab)) == 3


@needed("chromium")
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_page_fits_the_screen_asks_for_nothing_and_runs_no_name(tmp_path, tab, size):
    page = made(tmp_path)
    tab.open(page, size)
    assert tab.value("document.documentElement.scrollWidth") <= size[0]
    assert tab.requests == [page.as_uri()]
    assert tab.complaints == []


@needed("chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shows_values", [True, False])
def test_text_has_contrast(tmp_path, tab, scheme, shows_values):
    tab.open(made(tmp_path, shows_values=shows_values), scheme=scheme)
    assert tab.poor_contrasts == []
    warned = "This page holds identifying values" in tab.value("document.querySelector('main').innerText")
    assert warned is shows_values


@needed("chromium")
def test_a_page_without_findings_says_that_it_is_no_proof(tmp_path, tab):
    tab.open(made(tmp_path, ()))
    assert "Nothing was found.\n\nThat is no proof" in tab.value("document.querySelector('main').innerText")
    assert tab.complaints == []


def test_no_cell_of_the_table_is_a_formula(tmp_path):
    path = tmp_path / "f.csv"
    write_table(path, [Row("=1+1", "@x", "a", "b", certain=True, why="c", value="-2")], shows_values=False)
    assert path.read_text().splitlines()[1] == "'=1+1,'@x,a,b,certain,c,'-2"
