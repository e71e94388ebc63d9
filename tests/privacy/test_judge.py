"""The judge of the privacy benchmark, on outputs of which the verdict is known."""

from __future__ import annotations

from collections import defaultdict

import pytest

from benchmarks.privacy.judging import Judge
from benchmarks.privacy.key import Action, counted
from benchmarks.privacy.leaks import Needles
from benchmarks.privacy.packing import build
from benchmarks.privacy.persons import persons
from benchmarks.privacy.running import Output, members

pytestmark = pytest.mark.filterwarnings("ignore")  # pydicom doubts some of what is put in on purpose

RETAINING = {
    Action.TEXT_RETAINED, Action.TEXT_NOTNULL, Action.TAG_RETAINED, Action.PIXELS_RETAINED, Action.VALUE_RETAINED,
    Action.CELL_RETAINED, Action.HEADER_TEXT_RETAINED, Action.VOXELS_RETAINED, Action.METADATA_RETAINED,
    Action.NAME_CONSISTENT, Action.BYTES_RETAINED,
}  # fmt: skip


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    root = tmp_path_factory.mktemp("untouched") / "site"
    checks = build(root, persons(2))
    outputs = {}
    for path in root.rglob("*"):
        if path.is_file():
            name, content = path.relative_to(root).as_posix(), path.read_bytes()
            outputs[name] = Output(name, content)
            if name.endswith((".zip", ".tar", ".tar.gz")):
                for number, (member, data) in enumerate(members(content)):
                    outputs[f"{name}!{number}"] = Output(member, data)
    return root, checks, outputs


def test_of_copies_that_nobody_de_identified_all_that_must_stay_is_there_and_all_that_must_go_too(untouched):
    root, checks, outputs = untouched
    verdicts = Judge(outputs, root).verdicts(checks)
    wrong = defaultdict(list)
    for verdict in verdicts:
        if verdict.passed != (verdict.check.action in RETAINING):
            wrong[verdict.check.action.value].append((verdict.check.where, verdict.check.value, verdict.seen))
    assert not wrong


def test_the_key_asks_for_every_action(untouched):
    assert min(counted(untouched[1]).values()) > 0


def test_of_files_that_were_not_written_no_row_is_passed(untouched):
    root, checks, outputs = untouched
    verdicts = Judge(dict.fromkeys(outputs, Output(reason="withheld")), root).verdicts(checks)
    assert not any(verdict.passed or verdict.written for verdict in verdicts)


def test_direct_identifiers_are_found_in_every_untouched_file_that_has_any(untouched):
    _, checks, outputs = untouched
    needles = Needles(persons(2))
    clean = {name for name, output in outputs.items() if not list(needles.leaks("", output.content))}
    nobodys = {check.file for check in checks if check.action is Action.BYTES_RETAINED}
    assert {name for name in clean - nobodys if not name.endswith("_sessions.tsv")} == {
        "dataset_description.json",
        "phenotype/memory.json",
    }
