from __future__ import annotations

import os

import pytest

from fw_gear_deid.engine.sources import IRREGULAR, LEFTOVER, LINK, walk
from fw_gear_deid.errors import UsageError


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_folders_are_kept_and_files_are_sorted(tmp_path):
    make(tmp_path, "in/b/2.dcm", "in/b/1.dcm", "in/a/3.dcm", "in/z.dcm", "in/a/c/4.dcm")
    found = [(source.folder, source.origin) for source in walk([tmp_path / "in"])]
    assert found == [
        ("", "z.dcm"),
        ("a", "a/3.dcm"),
        ("a/c", "a/c/4.dcm"),
        ("b", "b/1.dcm"),
        ("b", "b/2.dcm"),
    ]


def test_files_of_one_destination_folder_follow_each_other_whatever_they_came_from(tmp_path):
    make(tmp_path, "one/x/1", "one/2", "two/x/3", "4")
    found = [(source.folder, source.origin) for source in walk([tmp_path / "one", tmp_path / "4", tmp_path / "two"])]
    assert found == [("", "one/2"), ("", "4"), ("x", "one/x/1"), ("x", "two/x/3")]


def test_leftovers_links_and_pipes_are_named_with_their_reason(tmp_path):
    make(tmp_path, "in/.DS_Store", "in/__MACOSX/a/._1.dcm", "in/a/Thumbs.db", "in/a/1.dcm", "secret/2.dcm")
    (tmp_path / "in" / "inside").symlink_to(tmp_path / "in" / "a" / "1.dcm")
    (tmp_path / "in" / "outside").symlink_to(tmp_path / "secret" / "2.dcm")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "secret")
    (tmp_path / "in" / "broken").symlink_to(tmp_path / "in" / "nowhere")
    os.mkfifo(tmp_path / "in" / "pipe")
    found = {source.origin: source.skip for source in walk([tmp_path / "in"])}
    assert found == {
        ".DS_Store": LEFTOVER,
        "__MACOSX/a/._1.dcm": LEFTOVER,
        "a/Thumbs.db": LEFTOVER,
        "a/1.dcm": "",
        "inside": "",
        "outside": LINK,
        "folder": LINK,
        "broken": IRREGULAR,
        "pipe": IRREGULAR,
    }


def test_a_source_that_is_not_there_stops_before_anything_is_read(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        list(walk([tmp_path / "nowhere"]))


def test_a_dicomdir_is_left_out_and_listed(tmp_path):
    (tmp_path / "disc").mkdir()
    (tmp_path / "disc" / "DICOMDIR").write_bytes(b"index")
    (tmp_path / "disc" / "IM1").write_bytes(b"image")
    assert [(source.path.name, source.skip) for source in walk([tmp_path / "disc"])] == [
        ("DICOMDIR", "packaging leftover"),
        ("IM1", ""),
    ]
