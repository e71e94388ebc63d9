from __future__ import annotations

import subprocess
import sys

import pytest

from fw_gear_deid.engine.base import Source
from fw_gear_deid.engine.folder import FolderDestination, check_apart, is_staging
from fw_gear_deid.errors import DestinationError, UsageError


def everything(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def test_a_copy_is_invisible_until_it_is_committed(tmp_path):
    with FolderDestination(tmp_path / "out") as destination:
        with destination.pending(Source(tmp_path / "CANARY", "sub")) as pending:
            pending.file.write(b"copy")
            assert not (tmp_path / "out" / "sub").exists()
            assert "CANARY" not in "".join(everything(tmp_path / "out"))
            (hidden,) = (tmp_path / "out").iterdir()
            assert (hidden.name[0], hidden.stat().st_mode & 0o777) == (".", 0o700)
            assert pending.commit("new.dcm") == "sub/new.dcm"
        assert (tmp_path / "out" / "sub" / "new.dcm").read_bytes() == b"copy"
    assert everything(tmp_path / "out") == ["sub", "sub/new.dcm"]


def test_what_is_not_committed_is_removed(tmp_path):
    with FolderDestination(tmp_path) as destination, destination.pending(Source(tmp_path / "a")) as pending:
        pending.file.write(b"half")
    assert everything(tmp_path) == []


def test_a_copy_may_be_closed_long_before_it_is_committed(tmp_path):
    with FolderDestination(tmp_path) as destination, destination.pending(Source(tmp_path / "a")) as pending:
        pending.file.write(b"copy")
        pending.file.close()
        pending.commit("a")
    assert (tmp_path / "a").read_bytes() == b"copy"


@pytest.mark.parametrize("name", ["../a", "a/b", "", "..", "/etc/a", "a\0"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with FolderDestination(tmp_path / "out") as destination, destination.pending(Source(tmp_path / "a")) as pending:
        with pytest.raises(DestinationError) as caught:
            pending.commit(name)
        assert name not in str(caught.value) or not name
    assert everything(tmp_path) == ["out"]


def test_leftovers_of_a_killed_run_are_removed_and_those_of_a_living_one_are_not(tmp_path):
    script = """
import sys, pathlib
from fw_gear_deid.engine.base import Source
from fw_gear_deid.engine.folder import FolderDestination
root = pathlib.Path(sys.argv[1])
pending = FolderDestination(root).pending(Source(root / "a"))
pending.file.write(b"half")
pending.file.flush()
print("ready", flush=True)
sys.stdin.read()
"""
    other = subprocess.Popen(  # noqa: S603  # this test's own script
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout.readline() == b"ready\n"
        with FolderDestination(tmp_path) as destination, destination.pending(Source(tmp_path / "a")) as pending:
            assert sum(is_staging(path.name) for path in tmp_path.iterdir()) == 2
            pending.commit("first")
        other.kill()
    assert sum(is_staging(path.name) for path in tmp_path.iterdir()) == 1
    with FolderDestination(tmp_path) as destination, destination.pending(Source(tmp_path / "a")) as pending:
        pending.commit("second")
    assert everything(tmp_path) == ["first", "second"]


def test_output_and_source_must_lie_apart(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.dcm").write_bytes(b"")
    for output, original in [
        (source, source),
        (source / "out", source),
        (tmp_path, source),
        (source, source / "a.dcm"),
        (source / "a.dcm", source / "a.dcm"),
    ]:
        with pytest.raises(UsageError):
            check_apart(output, [original])
    link = tmp_path / "link"
    link.symlink_to(source)
    with pytest.raises(UsageError):
        check_apart(link, [source])
    check_apart(tmp_path / "out", [source, source / "a.dcm"])


def test_an_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(UsageError, match="is a file"):
        check_apart(tmp_path / "out", [tmp_path / "in"])
