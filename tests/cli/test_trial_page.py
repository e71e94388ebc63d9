"""test.html in a browser, made by the command itself."""

from __future__ import annotations

import io
import json
import stat

import pydicom
import pytest

from fw_gear_deid.cli import main
from fw_gear_deid.report import trial
from fw_gear_deid.report.thumbnails import LARGEST, pictures
from fw_gear_deid.trial import comparison
from tests.browser import DESK, PHONE
from tests.cli.made import profile, sidecar, write
from tests.programs import needed
from tests.synthetic import ALICE, Series, encoded, image, image_series, mr_series, zip_archive

SCRIPT = "</script><script>console.log(1)</script><img src=x onerror=console.log(2)>"
BLANKING = """\
name: canary
dicom:
  alter_pixels:
    pixels:
      - {when: equals SeriesDescription banner, remove: [0, 0, 16, 4]}
  fields:
    - {name: PatientName, replace-with: ANON}
    - {name: PatientComments, remove: true}
    - {name: OtherPatientIDs, hash: true}
json:
  fields:
    - {name: PatientName, remove: true}
zip: {}
"""
ROWS = "[...document.querySelectorAll('#fields tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))"


def study(folder):
    marked = Series(slices=2, number=2, description="banner")
    write(folder / "a.zip", zip_archive([*mr_series(), ("a.json", sidecar())]))
    write(folder / "b.zip", zip_archive(list(image_series(ALICE, marked))))
    write(folder / "c.json", sidecar(SCRIPT))
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    assert main(["test", str(study(folder / "in")), str(profile(folder, BLANKING)), str(folder / "results")]) == 0
    return folder / "results"


def ask(tab, words="", kind="all", group=""):
    for name, value in (("words", words), ("kind", kind), ("group", group)):
        tab.value(
            f"document.getElementById('{name}').value = {json.dumps(value)};"
            f"document.getElementById('{name}').dispatchEvent(new Event('input'))"
        )
    return tab.value(ROWS)


@needed("chromium")
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_page_warns_fits_the_screen_and_asks_for_nothing(results, tab, size):
    tab.open(results / "test.html", size)
    assert tab.value("document.querySelector('main').innerText").startswith("This page holds identifying values")
    assert tab.value("document.documentElement.scrollWidth") <= size[0]
    assert tab.requests == [(results / "test.html").as_uri()]
    assert tab.complaints == []


@needed("chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(results, tab, scheme):
    tab.open(results / "test.html", scheme=scheme)
    assert tab.poor_contrasts == []


@needed("chromium")
def test_a_page_as_full_as_may_be_opens(results, tmp_path, tab):
    text = (results / "test.html").read_text(encoding="utf-8")
    row = {"name": "PatientComments", "tag": "00104000", "done": "replaced", "code": "X", "files": 500, "more": True}
    full = [{**row, "values": [["x" * trial.LONGEST] * 2] * trial.EXAMPLES}] * (trial.MOST_ROWS // trial.MOST_GROUPS)
    groups = [{"name": "a.zip", "about": "", "files": 500, "rows": full}] * trial.MOST_GROUPS
    head, begin, rest = text.partition('id="data">')
    page = write(tmp_path / "full.html", (head + begin + json.dumps(groups) + rest[rest.index("</script>") :]).encode())
    tab.open(page)
    assert (
        tab.value("document.getElementById('count').innerText")
        == "20\u202f000 of 20\u202f000 rows, the first 200 are shown"
    )
    assert len(ask(tab, "comments", "identifying", "0")) == 200


@needed("chromium")
def test_before_and_after_stand_side_by_side(results, tab):
    tab.open(results / "test.html")
    rows = ask(tab, "0010,0010 canary", group="") or ask(tab, "PatientName canary^alice anon")
    assert {(row[2], row[3]) for row in rows} == {(ALICE.name, "ANON")}
    assert {row[1] for row in rows} == {"replaced PS3.15: Z"}
    assert [row[4].split("\n") for row in rows] == [["a.zip", "3 of 3 files"], ["b.zip", "2 of 2 files"]]


@needed("chromium")
def test_filters_show_what_was_left_changed_or_removed(results, tab):
    tab.open(results / "test.html")
    everything = ask(tab)
    assert len(everything) == 200
    left = ask(tab, kind="left")
    assert left
    assert all(row[1].startswith("kept") and "PS3.15" in row[1] for row in left)
    assert not any("SeriesDescription" in row[0] for row in ask(tab, "PatientComments", "left"))
    assert {row[1].split(" PS")[0] for row in ask(tab, kind="removed")} == {"removed", "removed or emptied"}
    changed = ask(tab, kind="changed")
    assert changed
    assert not [row for row in changed if row[1].startswith("kept")]
    assert all("PS3.15" in row[1] for row in ask(tab, kind="identifying"))
    assert ask(tab, "there is no such word") == []
    assert {row[4].split("\n")[0] for row in ask(tab, kind="changed", group="0")} == {changed[0][4].split("\n")[0]}


@needed("chromium")
def test_more_rows_come_when_they_are_asked_for(results, tab):
    tab.open(results / "test.html")
    total = int(tab.value("document.getElementById('count').innerText").split()[2])
    while not tab.value("document.getElementById('more').hidden"):
        tab.value("document.getElementById('more').click()")
    assert len(tab.value(ROWS)) == total > 200


@needed("chromium")
def test_a_value_that_looks_like_a_script_is_shown_as_it_is(results, tab):
    tab.open(results / "test.html")
    (row,) = ask(tab, "onerror")
    assert row[2] == SCRIPT
    assert tab.complaints == []


@needed("chromium")
def test_pictures_show_what_rules_for_pixels_did(results, tab):
    tab.open(results / "test.html")
    figures = tab.value("[...document.querySelectorAll('figure')].map(each => each.innerText)")
    assert [each.rpartition("\n")[2] for each in figures] == ["no pixel changed", "pixels changed"]
    assert tab.value("[...document.images].every(each => each.complete && each.naturalWidth === 16)")
    assert tab.value("document.images.length") == 4
    assert tab.value("document.images[2].src !== document.images[3].src")


@needed("chromium")
def test_suggestions_can_be_copied(results, tab):
    tab.open(results / "test.html")
    lines = tab.value("document.getElementById('lines').textContent")
    assert lines in (results / "suggestions.yaml").read_text(encoding="utf-8")
    assert "- name: PatientID  # PS3.15: Z/D\n" in lines
    tab.value("document.getElementById('copy').click()")
    assert tab.value("getSelection().toString().trim()") == lines.strip()


@needed("chromium")
def test_every_field_of_the_form_has_a_name_and_the_keyboard_reaches_it(results, tab):
    tab.open(results / "test.html")
    assert tab.value("[...document.querySelectorAll('input,select')].every(each => each.labels.length === 1)")
    reached = set()
    for _ in range(8):
        tab.press("Tab")
        reached.add(tab.value("document.activeElement.id"))
    assert {"copy", "lines", "words", "kind", "group"} <= reached
    assert tab.value("document.querySelectorAll('th:not([scope])').length") == 0


# -- without a browser


def test_only_the_owner_may_read_the_page(results):
    assert stat.S_IMODE((results / "test.html").stat().st_mode) == 0o600


def test_the_other_results_hold_no_value(results):
    for name in ("coverage.csv", "suggestions.yaml", "deid_report.html", "deid_report.json"):
        text = (results / name).read_text(encoding="utf-8")
        assert not [value for value in ALICE.identifiers if value in text], name


def test_what_is_doubtful_about_the_profile_is_said(results):
    text = (results / "test.html").read_text(encoding="utf-8")
    assert "<li>Line 9: hashes and jitter without a salt" in text


def test_what_is_beyond_the_caps_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(trial, "MOST_GROUPS", 3)
    monkeypatch.setattr(trial, "MOST_ROWS", 10)
    assert main(["test", str(study(tmp_path / "in")), str(profile(tmp_path, BLANKING)), str(tmp_path / "results")]) == 0
    text = (tmp_path / "results" / "test.html").read_text(encoding="utf-8")
    assert "files of further series are not shown" in text
    assert "There are more fields than a page can show" in text
    assert text.count('"done":') == 10


def test_of_many_values_three_are_shown(tmp_path):
    folder = write(tmp_path / "in" / "a.zip", zip_archive(mr_series(slices=9))).parent
    assert main(["test", str(folder), str(profile(tmp_path, BLANKING)), str(tmp_path / "results")]) == 0
    text = (tmp_path / "results" / "test.html").read_text(encoding="utf-8")
    rows = json.loads(text.partition('id="data">')[2].partition("</script>")[0])[0]["rows"]
    (row,) = [row for row in rows if row["name"] == "SOPInstanceUID"]
    assert (row["files"], len(row["values"]), row["more"]) == (9, 3, True)
    (row,) = [row for row in rows if row["name"] == "StudyInstanceUID"]
    assert (row["files"], len(row["values"]), row["more"]) == (9, 1, False)


def pictured(change=None):
    source = encoded(image(ALICE))
    copy = pydicom.dcmread(io.BytesIO(source))
    if change is not None:
        change(copy)
    buffer = io.BytesIO()
    copy.save_as(buffer)
    return pictures(io.BytesIO(source), io.BytesIO(buffer.getvalue()))


def test_an_object_without_pixels_has_no_picture():
    assert pictured(lambda copy: copy.pop("PixelData")) is None


def test_pixels_that_cannot_be_decoded_have_no_picture_but_a_reason():
    def change(copy):
        copy.PixelData = b"\0\0"

    assert pictured(change).why == "The pixel data cannot be decoded here."


def test_what_is_too_large_has_no_picture_but_a_reason():
    def change(copy):
        copy.Rows = copy.Columns = 60_000

    assert LARGEST < 60_000**2
    assert pictured(change).why == "Too large for a picture here."


def test_one_pixel_that_differs_is_a_difference():
    def change(copy):
        copy.PixelData = b"\xff\x0f" + copy.PixelData[2:]

    assert pictured().same
    assert not pictured(change).same


def test_files_that_are_no_dicom_objects_are_shown_by_what_rules_did(results):
    text = (results / "test.html").read_text(encoding="utf-8")
    groups = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    (loose,) = [group for group in groups if (group["name"], group["about"]) == ("files", "other files")]
    assert [(row["name"], row["done"], row["values"]) for row in loose["rows"]] == [
        ("PatientName", comparison.GONE, [[SCRIPT, ""]])
    ]
