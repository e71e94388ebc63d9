from __future__ import annotations

import os
import re
from dataclasses import replace

import pytest

from fw_gear_deid.engine.base import Listener, RunOptions, Source, State
from fw_gear_deid.engine.files import Refusal, guarded
from fw_gear_deid.engine.folder import FolderDestination
from fw_gear_deid.engine.runs import run
from fw_gear_deid.engine.sources import walk
from fw_gear_deid.errors import ActionError, DestinationError, UnmatchedError
from fw_gear_deid.formats.compiling import Owner, compile_profile, name_pattern
from fw_gear_deid.profile import check_text
from tests.cli.made import PROFILE, sidecar, tree, write
from tests.synthetic import mr_series, zip_archive

OPTIONS = RunOptions(residual="ignore")


@pytest.fixture
def compiled():
    profile, _ = check_text(PROFILE)
    return compile_profile(profile)


def done(compiled, sources, out, options=OPTIONS, destination=None):
    """Run, and return the outcomes in the order in which they were told."""
    outcomes = []
    rows = []
    progress = []
    listener = Listener(
        lambda source, outcome: outcomes.append((source, outcome)),
        lambda source, row: rows.append((source, row)),
        lambda *step: progress.append(step),
    )
    with FolderDestination(out) as folder:
        result = run(compiled, sources, destination or folder, options, listener)
    assert sum(result.counts.values()) == len(outcomes)
    return [outcome for _, outcome in outcomes], rows, progress


def test_every_source_gets_one_outcome_and_every_edited_file_a_row(tmp_path, compiled):
    write(tmp_path / "in" / "a.json", sidecar())
    write(tmp_path / "in" / "b.zip", zip_archive([*mr_series(slices=2), ("c.xyz", b"")]))
    write(tmp_path / "in" / "c.xyz", b"")
    outcomes, rows, progress = done(
        compiled, list(walk([tmp_path / "in"])), tmp_path / "out", RunOptions(log=True, residual="ignore")
    )
    assert [outcome.state for outcome in outcomes] == [State.DEIDENTIFIED, State.WITHHELD, State.SKIPPED]
    assert [row.path for _, row in rows] == ["a.json", *(member.source for member in outcomes[1].members[:2])]
    assert [member.state for member in outcomes[1].members] == [State.WITHHELD] * 3
    assert rows[0][1].before["PatientName"] == "CANARY^ALICE"
    assert progress[-1] == ("files", 3, 3)
    assert ("members", 3, 3) in progress
    assert outcomes[0].size == (tmp_path / "out" / "a.json").stat().st_size


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path, compiled):
    write(tmp_path / "in" / "a.json", sidecar())
    write(tmp_path / "in" / "b.zip", zip_archive(mr_series(slices=2)))
    write(tmp_path / "in" / "c.json", b"{")
    sources = list(walk([tmp_path / "in"]))
    dry, _, _ = done(compiled, sources, tmp_path / "out", RunOptions(dry_run=True, residual="ignore"))
    assert not (tmp_path / "out").exists()
    wet, _, _ = done(compiled, sources, tmp_path / "out")
    assert dry == wet


class Remembering(FolderDestination):
    """A destination that has copies already."""

    def done(self, source):
        return "its copy is there already" if source.path.name.startswith("old") else None


def test_what_is_done_already_is_not_done_again(tmp_path, compiled):
    write(tmp_path / "in" / "old.json", sidecar())
    write(tmp_path / "in" / "old.zip", zip_archive(mr_series(slices=1)))
    write(tmp_path / "in" / "new.json", sidecar())
    with Remembering(tmp_path / "out") as destination:
        outcomes, _, _ = done(compiled, walk([tmp_path / "in"]), tmp_path / "x", destination=destination)
    assert [(outcome.state, outcome.reason) for outcome in outcomes] == [
        (State.DEIDENTIFIED, ""),
        (State.SKIPPED, "its copy is there already"),
        (State.SKIPPED, "its copy is there already"),
    ]
    assert list(tree(tmp_path / "out")) == ["new.json"]


def test_a_name_given_when_its_folder_came_up_before_is_not_given_again(tmp_path, compiled):
    sources = [
        Source(write(tmp_path / "1" / "a.json", sidecar()), "x", "first"),
        Source(write(tmp_path / "2" / "b.json", sidecar()), "y", "second"),
        Source(write(tmp_path / "3" / "a.json", b'{"EchoTime": 1}'), "x", "third"),
    ]
    outcomes, _, _ = done(compiled, sources, tmp_path / "out")
    assert [outcome.state for outcome in outcomes] == [State.DEIDENTIFIED, State.DEIDENTIFIED, State.WITHHELD]
    assert b'EchoTime": 0.03' in (tmp_path / "out" / "x" / "a.json").read_bytes()


class Broken:
    """A plan with a fault in it, whose exception repeats a value as those of libraries do."""

    def __init__(self, section):
        self.section = section

    def apply(self, content, _context):
        return {}[content.read().decode()]


def test_an_error_nobody_foresaw_costs_its_own_file_only_and_repeats_nothing(tmp_path, compiled):
    broken = Owner(Broken(compiled.owners[0].plan.section), (name_pattern("*.xyz"),), ())
    compiled = replace(compiled, owners=(broken, *compiled.owners))
    write(tmp_path / "in" / "a.xyz", b"CANARY^ALICE")
    write(tmp_path / "in" / "b.json", sidecar())
    write(tmp_path / "in" / "c.zip", zip_archive([("a.xyz", b"CANARY^ALICE"), ("b.json", sidecar())]))
    outcomes, _, _ = done(compiled, walk([tmp_path / "in"]), tmp_path / "out")
    failed, good, archive = outcomes
    assert failed.state is State.FAILED
    assert re.fullmatch(r"internal error: KeyError in engine\.files:\d+; please report it", failed.reason)
    assert good.state is State.DEIDENTIFIED
    assert archive.state is State.WITHHELD
    assert [member.state for member in archive.members] == [State.FAILED, State.WITHHELD]
    assert list(tree(tmp_path / "out")) == ["b.json"]


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (ActionError("a rule failed"), State.WITHHELD, "a rule failed"),
        (UnmatchedError("nobody's"), State.SKIPPED, "nobody's"),
        (DestinationError("full"), State.FAILED, "full"),
        (OSError(28, "No space left on device", "CANARY"), State.FAILED, "No space left on device"),
        (MemoryError(), State.FAILED, "MemoryError"),
        (UnicodeDecodeError("utf-8", b"CANARY", 0, 1, "CANARY"), State.FAILED, "UnicodeDecodeError"),
    ],
)
def test_no_error_crosses_the_boundary_and_none_repeats_a_value(error, state, reason):
    def step():
        raise error

    refusal = guarded(step)
    assert isinstance(refusal, Refusal)
    assert refusal.state is state
    assert reason in refusal.reason
    assert "CANARY" not in refusal.reason


def test_an_interrupt_is_no_error_of_a_file():
    def step():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded(step)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")  # noqa: PTH110  # short
@pytest.mark.parametrize("name", ["a.json", "a.zip"])
def test_a_full_disk_fails_the_file_and_leaves_nothing(tmp_path, compiled, name):
    class Full(FolderDestination):
        """A destination on a disk that is full."""

        def pending(self, source):
            pending = super().pending(source)
            pending.file.close()
            pending.file = open("/dev/full", "r+b", buffering=0)  # noqa: PTH123, SIM115  # closed by the engine
            return pending

    write(tmp_path / "in" / name, sidecar() if name == "a.json" else zip_archive(mr_series(slices=1)))
    with Full(tmp_path / "out") as destination:
        (outcome,), _, _ = done(compiled, walk([tmp_path / "in"]), tmp_path / "x", destination=destination)
    assert outcome.state is State.FAILED
    assert "No space left" in outcome.reason
    assert tree(tmp_path / "out") == {}
