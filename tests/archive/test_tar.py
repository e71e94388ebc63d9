from __future__ import annotations

import gzip
import io
import random
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fw_gear_deid.errors import DestinationError, UnreadableError
from fw_gear_deid.formats.archive.base import Kind, create_archive, open_archive
from tests.archive.rewriting import Pieces, contents, make_tar, members, read_tar, rewrite, tar_info

FILES = {
    "series/b.dcm": b"second by name" * 1000,
    "series/a.dcm": bytes(range(256)) * 10_000,
    "empty.txt": b"",
    "full.block": bytes(512),
    "Größe/日本.json": b"{}",
    "folder/" * 30 + "a.txt": b"long path",
}

BOTH = pytest.mark.parametrize("suffix", ["tar", "tar.gz"])


@pytest.mark.parametrize("tar_format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT], ids=["pax", "gnu"])
@pytest.mark.parametrize("streamed", [False, True], ids=["held", "streamed"])
@BOTH
def test_a_rewritten_archive_has_the_same_members_in_the_same_order(tmp_path, suffix, streamed, tar_format):
    path = make_tar(tmp_path / f"a.{suffix}", FILES, tar_format)

    copy = rewrite(path, streamed=streamed)

    assert list(read_tar(copy).items()) == list(FILES.items())
    (tmp_path / f"b.{suffix}").write_bytes(copy)
    assert list(contents(tmp_path / f"b.{suffix}").items()) == list(FILES.items())
    assert copy == rewrite(path, streamed=not streamed)


@BOTH
def test_times_and_modes_stay_and_owners_and_extended_headers_go(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    with tarfile.open(path, "w:gz" if suffix == "tar.gz" else "w", pax_headers={"comment": "CANARY^ALICE"}) as archive:
        archive.addfile(tar_info("scan", type=tarfile.DIRTYPE, mode=0o750))
        info = tar_info("scan/a.dcm", size=3, mtime=1_582_979_696.75, mode=0o4755)
        info.pax_headers = {"SCHILY.xattr.user.name": "CANARY^BOB"}
        archive.addfile(info, io.BytesIO(b"abc"))

    copy = rewrite(path)

    plain = gzip.decompress(copy) if suffix == "tar.gz" else copy
    assert b"canary" not in plain.lower()
    with tarfile.open(fileobj=io.BytesIO(copy)) as archive:
        folder, file = archive.getmembers()
        assert archive.pax_headers == {}
    assert (folder.name, folder.isdir(), folder.mode, folder.mtime) == ("scan", True, 0o750, 1_582_979_696)
    assert (file.name, file.isreg(), file.mode, file.mtime) == ("scan/a.dcm", True, 0o4755, 1_582_979_696)
    assert (file.uid, file.gid, file.uname, file.gname, file.pax_headers) == (0, 0, "", "", {})


def test_a_gzipped_archive_tells_neither_its_name_nor_its_time(tmp_path):
    path = make_tar(tmp_path / "CANARY^ALICE.tgz", FILES)
    assert b"CANARY" in path.read_bytes()[:40]

    copy = rewrite(path)

    assert copy[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    assert read_tar(copy) == FILES


@BOTH
def test_an_empty_archive_stays_an_empty_archive(tmp_path, suffix):
    path = make_tar(tmp_path / f"a.{suffix}", {})

    assert members(path) == []
    assert read_tar(rewrite(path)) == {}
    assert len(gzip.decompress(rewrite(path)) if suffix == "tar.gz" else rewrite(path)) == tarfile.RECORDSIZE


@BOTH
def test_members_may_be_listed_before_they_are_fetched_in_any_order(tmp_path, suffix):
    path = make_tar(tmp_path / f"a.{suffix}", FILES)
    with open_archive(path) as reader:
        listed = list(reader.members())
        for member in [*listed, *reversed(listed)]:
            assert reader.fetch(member).unpack() == FILES[member.name]
        walk = reader.members()
        next(walk)
        reader.fetch(listed[-1])
        assert [member.name for member in walk] == list(FILES)[1:]


@BOTH
def test_a_path_that_is_not_utf8_is_read_as_latin_1(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    with tarfile.open(
        path, "w:gz" if suffix == "tar.gz" else "w", format=tarfile.GNU_FORMAT, encoding="latin-1"
    ) as archive:
        archive.addfile(tar_info("Größe.txt", size=1), io.BytesIO(b"x"))

    assert contents(path) == {"Größe.txt": b"x"}
    assert read_tar(rewrite(path)) == {"Größe.txt": b"x"}


def test_a_gzipped_archive_in_several_gzip_parts_is_read(tmp_path):
    plain = make_tar(tmp_path / "a.tar", FILES).read_bytes()
    path = tmp_path / "a.tar.gz"
    path.write_bytes(b"".join(gzip.compress(plain[at : at + 100_000]) for at in range(0, len(plain), 100_000)))

    assert contents(path) == FILES


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"type": tarfile.SYMTYPE, "linkname": "/etc/canary"}, "is a link or a device"),
        ({"type": tarfile.LNKTYPE, "linkname": "canary"}, "is a link or a device"),
        ({"type": tarfile.FIFOTYPE}, "is a link or a device"),
        ({"type": tarfile.CHRTYPE}, "is a link or a device"),
        ({"type": tarfile.BLKTYPE}, "is a link or a device"),
        ({"pax_headers": {"GNU.sparse.map": "0,1", "GNU.sparse.size": "9"}}, "is stored with holes"),
    ],
    ids=["symbolic", "hard", "pipe", "character device", "block device", "sparse"],
)
@BOTH
def test_what_is_not_a_plain_file_is_refused(tmp_path, suffix, fields, reason):
    path = tmp_path / f"a.{suffix}"
    with tarfile.open(path, "w:gz" if suffix == "tar.gz" else "w") as archive:
        archive.addfile(tar_info("before", size=1), io.BytesIO(b"x"))
        archive.addfile(tar_info("CANARY^ALICE", **fields))

    with open_archive(path) as reader:
        before, member = reader.members()
        assert reader.fetch(before).unpack() == b"x"
        with pytest.raises(UnreadableError, match=reason) as held:
            reader.fetch(member)
        with pytest.raises(UnreadableError, match=reason):
            reader.content(member)
    assert "canary" not in str(held.value).lower()


@BOTH
def test_backslashes_between_folders_are_slashes(tmp_path, suffix):
    path = make_tar(tmp_path / f"a.{suffix}", {"s\\a.dcm": b"x"})
    assert [member.name for member in members(path)] == ["s/a.dcm"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/CANARY", "is absolute"),
        ("a/../CANARY", "leads out of the archive"),
        ("a\\..\\..\\CANARY", "leads out of the archive"),
        ("C:\\CANARY", "names a drive"),
        ("", "is empty"),
        (".", "is empty"),
    ],
)
@BOTH
def test_an_unsafe_path_is_refused(tmp_path, suffix, name, reason):
    path = make_tar(tmp_path / f"a.{suffix}", {"fine": b"x", name: b"x"})
    with pytest.raises(UnreadableError, match=f"^member 2 has a path that {reason}; pack the archive again$"):
        members(path)


def test_two_members_of_one_path_are_refused(tmp_path):
    path = make_tar(tmp_path / "a.tar", {"a/CANARY": b"x", "./a/CANARY": b"y"})
    with pytest.raises(UnreadableError, match=r"^member 2 has the path of an earlier member; pack the archive again$"):
        members(path)


def test_the_folder_the_archive_was_made_in_may_be_a_member(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(tar_info(".", type=tarfile.DIRTYPE))
        archive.addfile(tar_info("./a.dcm", size=1), io.BytesIO(b"x"))

    assert [(member.name, member.is_folder) for member in members(path)] == [(".", True), ("./a.dcm", False)]
    with tarfile.open(fileobj=io.BytesIO(rewrite(path))) as archive:
        assert archive.getnames() == [".", "./a.dcm"]


@pytest.mark.parametrize("length", [100, 512, 600, 1024, 2048])
@BOTH
def test_an_archive_that_is_cut_off_is_refused(tmp_path, suffix, length):
    path = make_tar(tmp_path / f"a.{suffix}", {"a": b"x" * 512, "b": b"y" * 700})
    plain = (gzip.decompress(path.read_bytes()) if suffix == "tar.gz" else path.read_bytes())[:length]
    path.write_bytes(gzip.compress(plain) if suffix == "tar.gz" else plain)
    with pytest.raises(UnreadableError, match="again"):
        contents(path)


def test_a_gzipped_archive_that_is_cut_off_or_damaged_at_its_very_end_is_refused(tmp_path):
    path = make_tar(tmp_path / "a.tar.gz", FILES)
    good = path.read_bytes()
    for bad in (good[:-1], good[:-9], good[: len(good) // 2], good[:-8] + b"\1\2\3\4" + good[-4:], good + b"more"):
        path.write_bytes(bad)
        with pytest.raises(UnreadableError, match=r"transfer (it|the archive) again"):
            contents(path)


def test_data_behind_the_archive_is_refused(tmp_path):
    path = make_tar(tmp_path / "a.tar", {"a": b"x"})
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(UnreadableError, match="has data behind its end"):
        contents(path)


def test_a_damaged_header_in_the_middle_is_refused(tmp_path):
    path = make_tar(tmp_path / "a.tar", {"a": b"x" * 512, "CANARY": b"y"})
    path.write_bytes(path.read_bytes().replace(b"CANARY", b"canary"))
    with pytest.raises(UnreadableError, match=r"^the tar archive is damaged or cut off; transfer it again$"):
        contents(path)


def test_an_extended_header_too_large_to_be_held_is_refused(tmp_path):
    header = tarfile.TarInfo("././@PaxHeader")
    header.type = tarfile.XHDTYPE
    header.size = 1 << 30
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(header.tobuf() + bytes(1 << 20)))
    with pytest.raises(UnreadableError, match="a header of the tar archive is too large"):
        members(path)


def test_endless_extended_headers_are_refused(tmp_path):
    header = tarfile.TarInfo("././@PaxHeader")
    header.type = tarfile.XHDTYPE
    path = tmp_path / "a.tar"
    path.write_bytes(header.tobuf() * 20_000)
    with pytest.raises(UnreadableError, match="is damaged"):
        members(path)


def test_a_file_that_is_only_named_like_an_archive_is_refused(tmp_path):
    for name in ("CANARY.tar", "CANARY.tar.gz", "CANARY.tgz"):
        path = tmp_path / name
        path.write_bytes(b"not a tar " * 1000)
        with pytest.raises(UnreadableError, match="damaged"):
            members(path)


def test_a_held_and_a_streamed_member_are_packed_to_the_same_bytes(tmp_path):
    noise = random.Random(1)  # noqa: S311  # only has to be the same each time
    path = make_tar(
        tmp_path / "a.tgz", {"a.dcm": noise.randbytes(3_000_001).translate(bytes(range(16)) * 16), "b.dcm": b"x"}
    )

    assert rewrite(path) == rewrite(path, streamed=True)


def test_what_a_tar_archive_cannot_hold_is_said(tmp_path):
    class Unstable:
        """An output whose bytes are not the same twice."""

        length = 0

        def chunks(self):
            self.length += 1
            yield bytes(self.length)

    path = make_tar(tmp_path / "a.tar", {"a": b"x"})
    with open_archive(path) as reader:
        assert reader.kind is Kind.TAR
        writer = create_archive(reader, io.BytesIO())
        (member,) = reader.members()
        with pytest.raises(DestinationError, match="cannot hold a comment"):
            writer.close(b"CANARY")
        with pytest.raises(DestinationError, match="changed while it was written"):
            writer.stream(member, "a", Unstable())


def test_members_are_renamed(tmp_path):
    path = make_tar(tmp_path / "a.tar", {"CANARY^ALICE.dcm": b"x"})
    copy = io.BytesIO()
    with open_archive(path) as reader:
        writer = create_archive(reader, copy)
        for member in reader.members():
            writer.stream(member, "1.2.3.dcm", Pieces([b"new ", b"bytes"]))
        writer.close(b"")

    assert b"CANARY" not in copy.getvalue()
    assert read_tar(copy.getvalue()) == {"1.2.3.dcm": b"new bytes"}


part = st.text(st.characters(exclude_characters="/\\\0:", exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda text: text not in {".", ".."}
)
names = st.lists(part, min_size=1, max_size=4).map("/".join)


@settings(max_examples=40, deadline=None)
@given(files=st.dictionaries(names, st.binary(max_size=3000), max_size=5), zipped=st.booleans())
def test_any_paths_and_bytes_survive(tmp_path_factory, files, zipped):
    path = make_tar(tmp_path_factory.mktemp("tar") / ("a.tar.gz" if zipped else "a.tar"), files)

    assert list(contents(path).items()) == list(files.items())
    assert list(read_tar(rewrite(path)).items()) == list(files.items())
