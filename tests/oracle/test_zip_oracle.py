"""The same archives through this engine and through Flywheel's: members, folders, comment and name must agree."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from fw_gear_deid.cli import main
from tests.oracle import flywheel
from tests.synthetic import zip_archive

SIDECAR = b'{"Who": "CANARY^ALICE", "Day": "2020-02-28"}'
MEMBERS = [("CANARY/ALICE/a.json", SIDECAR), ("b.json", SIDECAR.replace(b"ALICE", b"BOB"))]
SALT = {"salt": "SYNTH-SALT"}


def profile(members: dict | None = None, **section: object) -> dict:
    json_section = {"fields": [{"name": "Who", "hash": True}], **SALT, **(members or {})}
    return {"name": "synth", "version": 1, "json": json_section, "zip": {**SALT, **section}}


def ours(tmp_path, made: dict, data: bytes) -> dict[str, bytes]:
    (tmp_path / "p.json").write_text(json.dumps(made))
    (tmp_path / "any.zip").write_bytes(data)
    main(["run", str(tmp_path / "p.json"), str(tmp_path / "any.zip"), "-o", str(tmp_path / "out"), "--quiet"])
    return {path.name: path.read_bytes() for path in tmp_path.glob("out/*")}


def opened(data: bytes) -> tuple[bytes, dict[str, object]]:
    """Return comment and members; Flywheel's engine adds entries for folders."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return archive.comment, {name: json.loads(archive.read(name)) for name in names}


def fields(**action: object) -> dict:
    return {"fields": [{"name": "comment", **action}]}


SAME = {
    "plain": profile(),
    "folders": profile(**{"hash-subdirectories": True}),
    "comment kept": profile(**fields(keep=True)),
    "comment removed": profile(**fields(remove=True)),
    "comment replaced": profile(**fields(**{"replace-with": "x"})),
    "named by a group": profile(filenames=[{"output": "{stem}-1.zip", "input-regex": r"(?P<stem>\w+)"}]),
    "named by a member": profile(filenames=[{"output": "{Who}_{Day}.zip", "input-regex": ".*"}]),
    "members named": profile({"filenames": [{"output": "{Who}.json", "input-regex": ".*"}]}),
}


@pytest.mark.parametrize("made", SAME.values(), ids=SAME)
@pytest.mark.parametrize("comment", ["CANARY", ""])
def test_archives_agree(tmp_path, made, comment):
    data = zip_archive(MEMBERS, comment=comment)
    ((name, copy),) = ours(tmp_path, made, data).items()
    there = flywheel.deidentify(made, "any.zip", data)
    assert name == there.name
    assert opened(copy) == opened(there.data)


def test_the_hash_of_a_comment_is_that_of_its_text_here(tmp_path):
    made = profile(**fields(hash=True))
    data = zip_archive(MEMBERS, comment="CANARY^ALICE")
    ((_, copy),) = ours(tmp_path, made, data).items()
    there = flywheel.deidentify(made, "any.zip", data)
    comment, members = opened(copy)
    assert comment.decode() == members["CANARY/ALICE/a.json"]["Who"]
    assert opened(there.data)[0] != comment


@pytest.mark.parametrize("action", ["increment-date", "hashuid", "jitter"])
def test_a_comment_takes_every_action_here(tmp_path, action):
    made = profile(**fields(**{action: True}), **{"date-increment": 1})
    data = zip_archive(MEMBERS, comment="20200228")
    ((_, copy),) = ours(tmp_path, made, data).items()
    assert opened(copy)[0] not in {b"", b"20200228"}
    there = flywheel.deidentify(made, "any.zip", data)
    assert there.refusal or opened(there.data)[0] == b""


def test_an_unmatched_member_withholds_here_and_is_dropped_there(tmp_path):
    data = zip_archive([*MEMBERS, ("c.xyz", b"CANARY")])
    assert ours(tmp_path, profile(), data) == {}
    there = flywheel.deidentify(profile(), "any.zip", data)
    assert len(opened(there.data)[1]) == 2
    checked = profile(**{"validate-zip-members": True})
    assert flywheel.deidentify(checked, "any.zip", data).refusal
    for setting in ({"allow-unmatched-files": True}, {"validate-zip-members": False}):
        folder = tmp_path / next(iter(setting))
        folder.mkdir()
        ((_, copy),) = ours(folder, profile(**setting), data).items()
        assert opened(copy) == opened(there.data)
