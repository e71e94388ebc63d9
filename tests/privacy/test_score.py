"""The privacy benchmark with two patients: what a run through the command line must reach."""

from __future__ import annotations

import pytest

from benchmarks.privacy.measuring import READY, measure


@pytest.fixture(scope="module", params=[READY, "ps3.15-basic"])
def result(request, tmp_path_factory):
    return measure(request.param, 2, tmp_path_factory.mktemp("privacy"))


def test_every_row_of_the_answer_key_is_passed(result):
    assert len(result.verdicts) > 7000
    missed = [row for row in result.verdicts if not row.passed]
    assert [(row.check.action.value, row.check.file, row.check.where, row.seen) for row in missed] == []


def test_no_direct_identifier_stands_in_any_output_byte(result):
    assert [(leak.kind, leak.file) for leak in result.leaks] == []
