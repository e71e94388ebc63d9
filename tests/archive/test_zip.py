from __future__ import annotations

import io
import itertools
import random
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_deid.errors import DestinationError
from fw_gear_deid.formats.archive.base import Kind, create_archive, open_archive
from fw_gear_deid.formats.archive.zip_writing import ZipWriter
from tests.archive.rewriting import Pieces, contents, make_zip, members, read_zip, rewrite

FILES = {
    "series/b.dcm": b"second by name" * 1000,
    "series/a.dcm": bytes(range(256)) * 5000,
    "empty.txt": b"",
    "Größe/日本.json": b"{}",
}


@pytest.mark.parametrize("streamed", [False, True], ids=["held", "streamed"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_a_rewritten_archive_has_the_same_members_in_the_same_order(tmp_path, method, streamed):
    path = make_zip(tmp_path / "a.zip", FILES, method)

    copy = rewrite(path, streamed=streamed)

    assert list(read_zip(copy).items()) == list(FILES.items())
    (tmp_path / "b.zip").write_bytes(copy)
    assert list(contents(tmp_path / "b.zip").items()) == list(FILES.items())
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert {info.compress_type for info in archive.infolist()} == {method}


def test_times_attributes_systems_and_the_comment_stay_and_extra_fields_go(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"CANARY^ALICE"
        script = zipfile.ZipInfo("run.sh", (1999, 12, 31, 23, 59, 58))
        script.external_attr = 0o100755 << 16
        script.create_system = 3
        script.comment = b"CANARY^BOB"
        script.extra = b"\x75\x70\x09\x00\x01\x00\x00\x00\x00ALIC"
        archive.writestr(script, b"#!/bin/sh\n")
        text = zipfile.ZipInfo("READ.ME", (2044, 1, 2, 3, 4, 6))
        text.external_attr = 0x21
        text.create_system = 0
        archive.writestr(text, b"hello")

    copy = rewrite(path)

    assert b"CANARY^BOB" not in copy
    assert b"ALIC" not in copy.removesuffix(b"CANARY^ALICE")
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert archive.comment == b"CANARY^ALICE"
        first, second = archive.infolist()
    assert (first.date_time, first.external_attr, first.create_system) == (
        (1999, 12, 31, 23, 59, 58),
        0o100755 << 16,
        3,
    )
    assert (second.date_time, second.external_attr, second.create_system) == ((2044, 1, 2, 3, 4, 6), 0x21, 0)


def test_folders_stay_folders(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("series")
        archive.writestr("series/a.dcm", b"x")

    folder, file = members(path)
    assert (folder.name, folder.is_folder, folder.size) == ("series", True, 0)
    assert (file.name, file.is_folder, file.size) == ("series/a.dcm", False, 1)
    with zipfile.ZipFile(io.BytesIO(rewrite(path))) as archive:
        assert [(info.filename, info.is_dir()) for info in archive.infolist()] == [
            ("series/", True),
            ("series/a.dcm", False),
        ]
        with zipfile.ZipFile(path) as source:
            assert archive.infolist()[0].external_attr == source.infolist()[0].external_attr


def test_an_empty_archive_stays_an_empty_archive(tmp_path):
    path = make_zip(tmp_path / "a.zip", {})

    assert members(path) == []
    assert rewrite(path) == path.read_bytes()


def test_an_archive_behind_a_program_that_unpacks_it_is_read(tmp_path):
    path = make_zip(tmp_path / "a.zip", FILES)
    path.write_bytes(b"MZ a program" * 1000 + path.read_bytes())

    assert contents(path) == FILES


def test_sizes_behind_the_bytes_are_read(tmp_path):
    class Pipe(io.BytesIO):
        """A file that cannot be gone back in, so that sizes and checksums are written behind the bytes."""

        def seekable(self):
            return False

        def seek(self, *_):
            raise io.UnsupportedOperation

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    path = tmp_path / "a.zip"
    path.write_bytes(pipe.getvalue())

    assert contents(path) == FILES


def test_a_path_without_the_utf8_flag_is_read_as_code_page_437(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"Xrg": b"x"})
    path.write_bytes(path.read_bytes().replace(b"Xrg", b"\x99rg"))

    assert contents(path) == {"Örg": b"x"}
    assert read_zip(rewrite(path)) == {"Örg": b"x"}


def test_backslashes_between_folders_are_slashes(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"sXa.dcm": b"x"})
    path.write_bytes(path.read_bytes().replace(b"sXa.dcm", b"s\\a.dcm"))

    assert contents(path) == {"s/a.dcm": b"x"}


def test_a_held_and_a_streamed_member_are_packed_to_the_same_bytes(tmp_path):
    noise = random.Random(1)  # noqa: S311  # only has to be the same each time
    values = noise.randbytes(3_000_001).translate(bytes(range(16)) * 16)
    path = make_zip(tmp_path / "a.zip", {"a.dcm": values, "b.dcm": values[: 1 << 20]})

    held = rewrite(path)

    assert rewrite(path, streamed=True) == held
    with open_archive(path) as reader:
        copy = io.BytesIO()
        writer = create_archive(reader, copy)
        for member in reader.members():
            data = reader.fetch(member).unpack()
            cuts = [0, 1, 5000, 5001, len(data) // 3, len(data)]
            writer.stream(member, member.name, Pieces([data[a:b] for a, b in itertools.pairwise(cuts)]))
        writer.close(b"")
    assert copy.getvalue() == held


def test_members_are_renamed(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"CANARY^ALICE.dcm": b"x"})
    copy = io.BytesIO()
    with open_archive(path) as reader:
        writer = create_archive(reader, copy)
        (member,) = reader.members()
        writer.add(member, "1.2.3.dcm", writer.pack(b"new bytes"))
        writer.close(b"")

    assert b"CANARY" not in copy.getvalue()
    assert read_zip(copy.getvalue()) == {"1.2.3.dcm": b"new bytes"}


def test_an_archive_may_begin_anywhere_in_its_file(tmp_path):
    path = make_zip(tmp_path / "a.zip", FILES)
    copy = io.BytesIO(b"before")
    copy.seek(6)
    with open_archive(path) as reader:
        writer = create_archive(reader, copy)
        for member in reader.members():
            writer.stream(member, member.name, reader.content(member))
        writer.close(b"")

    assert copy.getvalue()[6:] == rewrite(path)
    assert read_zip(copy.getvalue()) == FILES


def test_more_members_than_16_bits_count(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.txt": b"x"})
    copy = io.BytesIO()
    with open_archive(path) as reader:
        (member,) = reader.members()
        writer = create_archive(reader, copy)
        packed = writer.pack(b"x", member)
        for number in range(66_000):
            writer.add(member, f"{number}", packed)
        writer.close(b"large")
    many = tmp_path / "many.zip"
    many.write_bytes(copy.getvalue())

    with zipfile.ZipFile(many) as archive:
        assert [info.filename for info in archive.infolist()] == [f"{number}" for number in range(66_000)]
        assert archive.comment == b"large"
        assert archive.read("65999") == b"x"
    with open_archive(many) as reader:
        assert [member.name for member in reader.members()] == [f"{number}" for number in range(66_000)]
        assert reader.comment == b"large"


@pytest.mark.parametrize("guess", [0, 1 << 40], ids=["thought small", "thought large"])
@pytest.mark.parametrize("size", [10, 5000], ids=["small", "large"])
def test_sizes_and_offsets_that_do_not_fit_stand_in_zip64_fields(tmp_path, size, guess):
    (twin,) = members(make_zip(tmp_path / "twin.zip", {"a": b"x"}))
    twin = replace(twin, size=guess)
    data = bytes(index % 251 for index in range(size))
    copy = io.BytesIO()
    writer = ZipWriter(copy, large=1000)
    writer.stream(twin, "streamed", Pieces([data]))
    writer.add(twin, "held", writer.pack(data, twin))
    writer.add(twin, "far", writer.pack(bytes(2000), twin))
    writer.add(twin, "farther", writer.pack(b"end", twin))
    writer.close(b"comment")

    expected = {"streamed": data, "held": data, "far": bytes(2000), "farther": b"end"}
    assert read_zip(copy.getvalue()) == expected
    path = tmp_path / "copy.zip"
    path.write_bytes(copy.getvalue())
    assert contents(path) == expected
    with zipfile.ZipFile(path) as archive:
        versions = {info.filename: info.extract_version for info in archive.infolist()}
        assert (versions["streamed"] == 45) == (size > 1000)
    path.write_bytes(b"in front" + copy.getvalue())
    assert contents(path) == expected


def test_a_member_of_more_than_4_gib_is_streamed_in_both_directions(tmp_path):
    (twin,) = members(make_zip(tmp_path / "twin.zip", {"a": b"x"}))
    size = (4 << 30) + 4097
    path = tmp_path / "large.zip"
    zeros = bytes(64 << 20)

    class Zeros:
        def chunks(self):
            for _ in range(size // len(zeros)):
                yield zeros
            yield zeros[: size % len(zeros)]

    with path.open("w+b") as file:
        writer = ZipWriter(file)
        writer.stream(replace(twin, size=size), "large", Zeros())
        writer.close(b"")

    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("large").file_size == size
    with open_archive(path) as reader:
        (member,) = reader.members()
        assert member.size == size
        assert sum(map(len, reader.content(member).chunks())) == size


def test_what_a_zip_archive_cannot_hold_is_said(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a": b"x"})
    with open_archive(path) as reader:
        writer = create_archive(reader, io.BytesIO())
        (member,) = reader.members()
        with pytest.raises(DestinationError, match="longer than a zip archive can hold"):
            writer.add(member, "n" * 65_536, writer.pack(b"x"))
        with pytest.raises(DestinationError, match="comment is longer than a zip archive can hold"):
            writer.close(b"c" * 65_536)


def test_the_longest_comment_is_read_and_written(tmp_path):
    path = tmp_path / "a.zip"
    comment = b"PK\x05\x06" * 16_383 + b"end"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"x")
        archive.comment = comment

    with open_archive(path) as reader:
        assert reader.kind is Kind.ZIP
        assert reader.comment == comment
    assert contents(path) == {"a": b"x"}


part = st.text(st.characters(exclude_characters="/\\\0:", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: text not in {".", ".."}
)
names = st.lists(part, min_size=1, max_size=3).map("/".join)


@settings(max_examples=60, deadline=None)
@given(files=st.dictionaries(names, st.binary(max_size=3000), max_size=5), stored=st.booleans())
def test_any_paths_and_bytes_survive(tmp_path_factory, files, stored):
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    make_zip(path, files, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)

    assert list(contents(path).items()) == list(files.items())
    assert list(read_zip(rewrite(path)).items()) == list(files.items())
