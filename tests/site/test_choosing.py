"""Which sessions and files get a job: by filter, by tag, and by a table."""

import pytest

from fw_gear_deid.errors import UsageError
from fw_gear_deid.site.batch.choosing import Choosing, PassedOver, Selection, Unit
from fw_gear_deid.site.batch.wanted import read_wanted
from fw_gear_deid.site.client import PAGE, SiteClient
from tests.flywheel_site.files import store
from tests.flywheel_site.lab import open_lab
from tests.site.batches import CANARY, fill, run_batch


@pytest.fixture
def lab():
    with open_lab() as opened:
        fill(opened)
        yield opened


@pytest.fixture
def choose(lab):
    with SiteClient(lab.running.api_key(lab.keys["owner"]), lambda _: None) as client:
        project = client.lookup("lab", "Source")

        def chosen(level="acquisition", **options):
            selection = Selection(level, **options)
            return list(Choosing(client, project, selection, "fw-gear-deid"))

        yield chosen


def written(tmp_path, text):
    path = tmp_path / "wanted.csv"
    path.write_text(text, encoding="utf-8")
    return read_wanted(path)


def names(chosen):
    return sorted(each.file.name.removeprefix(CANARY).partition(".")[0] for each in chosen)


def acquisitions(lab):
    return [each for each in lab.site.containers.values() if each["container_type"] == "acquisition"]


def test_filters_are_the_sites_own_and_all_must_hold(choose):
    assert names(choose(filters=("label=task 1",))) == ["01", "11", "21"]
    assert choose(filters=("label=task 1", "files.type=nifti")) == []
    assert len(choose("session", filters=(f"label=V1 {CANARY}",))) == 3


def test_a_tag_of_an_acquisition_chooses_all_its_files_and_one_of_a_file_that_file(lab, choose):
    first, second, *_ = acquisitions(lab)
    first["tags"] = ["ready"]
    store(lab.site, first, "more.json", b"{}")
    store(lab.site, second, "tagged.json", b"{}", metadata={"tags": ["ready"]})
    assert names(choose(tag="ready")) == ["00", "more", "tagged"]
    assert choose(tag="other") == []


def test_a_tag_of_a_session(lab, choose):
    session = lab.site.containers[acquisitions(lab)[0]["parents"]["session"]]
    session["tags"] = ["ready"]
    assert [each.container for each in choose("session", tag="ready")] == [session["_id"]]


def test_a_table_names_by_id_what_it_and_all_below_it_holds(lab, choose, tmp_path):
    first, *_, last = acquisitions(lab)
    table = written(tmp_path, f"id\n{first['_id']}\n{last['parents']['subject']}\n")
    assert names(choose(wanted=table)) == ["00", "20", "21"]
    session, missing = choose("session", wanted=table)
    assert session.container == last["parents"]["session"]
    assert missing.what == "row 2 of the table"  # an acquisition is no session, nor above one


def test_a_table_names_by_labels(choose, tmp_path):
    table = written(
        tmp_path,
        "\N{BYTE ORDER MARK}subject.label,session.label,acquisition.label,note\n"
        f"{CANARY}0,V1 {CANARY},task 1,x\n{CANARY}1,,,\n",
    )
    chosen = choose(wanted=table)
    assert names(chosen) == ["01", "10", "11"]
    assert chosen[0].labels == (f"{CANARY}0", f"V1 {CANARY}", "task 1")


def test_a_row_that_names_nothing_is_told_by_its_number(choose, tmp_path):
    table = written(tmp_path, f"subject.label\n{CANARY}0\nNobody\n")
    *units, missing = choose("session", wanted=table)
    assert len(units) == 1
    assert missing == PassedOver("row 3 of the table", "no such session is there", is_mistake=True)


def test_a_row_that_names_nothing_makes_the_batch_end_with_1(lab, tmp_path, monkeypatch, capsys):
    from tests.site.batches import add_gear  # noqa: PLC0415  # the other tests here need no gear

    add_gear(lab)
    (tmp_path / "wanted.csv").write_text(f"subject.label\n{CANARY}0\n{CANARY}9\n", encoding="utf-8")
    words = ("--csv", str(tmp_path / "wanted.csv"))
    assert run_batch(monkeypatch, lab, tmp_path, *words, "--dry-run") == 1
    assert run_batch(monkeypatch, lab, tmp_path, *words, "--yes") == 1
    assert sorted(job["state"] for job in lab.site.jobs.values()) == ["complete"] * 2
    told = capsys.readouterr()
    assert "row 3 of the table: no such acquisition is there" in told.err
    assert CANARY not in told.out + told.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("label\nx\n", "neither a column 'id' nor 'subject.label'"),
        ("", "neither a column"),
        ("id,note\nx\n", ":2: has not as many cells"),
        ("subject.label,session.label\n,V1\n", ":2: a label is missing"),
        ("subject.label,session.label,acquisition.label\nS1,,T1\n", ":2: a label is missing"),
    ],
)
def test_a_table_that_does_not_say_what_it_means_is_refused(tmp_path, text, told):
    with pytest.raises(UsageError, match=told):
        written(tmp_path, text)


def test_a_table_in_another_encoding_is_refused_without_its_text(tmp_path):
    path = tmp_path / "wanted.csv"
    path.write_bytes("subject.label\nMüller\n".encode("latin-1"))
    with pytest.raises(UsageError, match="UTF-8") as caught:
        read_wanted(path)
    assert "ller" not in str(caught.value)


def test_what_the_gear_wrote_itself_is_never_chosen(lab, choose):
    first = acquisitions(lab)[0]
    for name in (
        "deid_log.csv",
        "acquisition-1_export.csv",
        "deid_report.json",
        "deid_report_0123.html",
        "analysis-2_export.csv",
    ):
        store(lab.site, first, name, b"x")
    store(lab.site, first, "anything.bin", b"x")
    lab.site.file_named(first["_id"], "anything.bin").document["gear_info"] = {"name": "fw-gear-deid", "version": "1"}
    chosen = choose()
    assert len([each for each in chosen if isinstance(each, Unit)]) == 6
    assert [each.reason for each in chosen if isinstance(each, PassedOver)] == ["was written by the gear itself"] * 6


def test_a_new_version_of_a_file_is_something_new(lab, choose):
    before = {each.key for each in choose()}
    store(lab.site, acquisitions(lab)[0], f"{CANARY}00.dicom.zip", b"other")
    after = {each.key for each in choose()}
    assert len(before & after) == 5


def test_a_project_is_read_a_page_at_a_time(lab, choose):
    session = next(each for each in lab.site.containers.values() if each["container_type"] == "session")
    for number in range(PAGE):
        store(lab.site, lab.site.add_container("acquisition", session["_id"], {"label": str(number)}), "a.json", b"{}")
    lab.site.requests.clear()
    assert len(choose()) == PAGE + 6
    assert lab.site.requests["GET /{plural}/{cid}/{children}"] == 2
