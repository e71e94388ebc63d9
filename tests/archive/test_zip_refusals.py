from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from fw_gear_deid.errors import FileError, TooLargeError, UnreadableError
from fw_gear_deid.formats.archive.base import open_archive
from fw_gear_deid.formats.archive.member import Method, Packed
from fw_gear_deid.formats.archive.zip_directory import MAX_DIRECTORY
from tests.archive.rewriting import contents, make_zip, members, rewrite

if TYPE_CHECKING:
    from pathlib import Path

NAME = "CANARY^ALICE.dcm"
DATA = b"canary of alice " * 100

# Where the fields are, from the start of the header (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16).
LOCAL_FLAGS, LOCAL_METHOD, LOCAL_SIZE, LOCAL_NAME = 6, 8, 22, 30
FLAGS, METHOD, CRC, PACKED_SIZE, SIZE, ATTRIBUTES, OFFSET = 8, 10, 16, 20, 24, 38, 42


@pytest.fixture
def path(tmp_path):
    return make_zip(tmp_path / "a.zip", {NAME: DATA})


def patch(path: Path, fields: dict[int, bytes], record: bytes = b"PK\x01\x02") -> None:
    """Overwrite fields of the first record of a kind."""
    data = bytearray(path.read_bytes())
    start = data.index(record)
    for offset, value in fields.items():
        data[start + offset : start + offset + len(value)] = value
    path.write_bytes(data)


def assert_refused(path: Path, reason: str) -> None:
    """Check that reading the archive's members fails, held and streamed, without naming anybody."""
    with pytest.raises(UnreadableError, match=reason) as held:
        contents(path)
    with pytest.raises(UnreadableError) as streamed:
        rewrite(path, streamed=True)
    assert "CANARY" not in f"{held.value}{streamed.value}"


@pytest.mark.parametrize("flag", [0x0001, 0x0040, 0x2000], ids=["traditional", "strong", "masked"])
def test_an_encrypted_member_is_refused(path, flag):
    patch(path, {FLAGS: struct.pack("<H", flag)})
    assert_refused(path, "is encrypted; decrypt")


def test_a_member_encrypted_by_aes_is_refused(path):
    patch(path, {METHOD: struct.pack("<H", 99)})
    assert_refused(path, "is encrypted; decrypt")


def test_a_member_that_only_its_own_header_calls_encrypted_is_refused(path):
    patch(path, {LOCAL_FLAGS: b"\1\0"}, b"PK\x03\x04")
    assert_refused(path, "disagrees with the directory")


@pytest.mark.parametrize(("method", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "lzma")])
def test_a_member_packed_otherwise_is_refused_by_name(tmp_path, method, name):
    path = make_zip(tmp_path / "a.zip", {NAME: DATA}, method)
    assert_refused(path, f"is packed by {name}, which is not supported; pack the archive again with deflate")


@pytest.mark.parametrize(("method", "name"), [(9, "deflate64"), (93, "zstd"), (4711, "method 4711")])
def test_a_member_packed_by_a_rarer_method_is_refused_by_name(path, method, name):
    patch(path, {METHOD: struct.pack("<H", method)})
    assert_refused(path, f"is packed by {name}, which is not supported")


def test_a_patch_is_refused(path):
    patch(path, {FLAGS: struct.pack("<H", 0x0020)})
    assert_refused(path, "is a patch of another file")


def test_a_link_is_refused(path):
    patch(path, {ATTRIBUTES: struct.pack("<L", 0o120777 << 16)})
    assert_refused(path, "is a link or a device")


def test_two_members_of_one_path_are_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {NAME: DATA, "CANARY^BOBBY.dcm": DATA})
    path.write_bytes(path.read_bytes().replace(b"CANARY^BOBBY.dcm", NAME.encode()))
    assert_refused(path, "member 2 has the path of an earlier member")


def test_two_spellings_of_one_path_are_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"s/CANARY.dcm": DATA, "s/./CANARY.dcm": DATA})
    assert_refused(path, "member 2 has the path of an earlier member")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/CANARY", "is absolute"),
        ("\\\\host\\CANARY", "is absolute"),
        ("../CANARY", "leads out of the archive"),
        ("a/../../CANARY", "leads out of the archive"),
        ("a\\..\\CANARY", "leads out of the archive"),
        ("C:CANARY", "names a drive"),
        ("c:/CANARY", "names a drive"),
        ("CANARY\0.txt", "holds a zero byte"),
        ("CANARY/.", "is empty"),
    ],
)
def test_an_unsafe_path_is_refused(tmp_path, name, reason):
    harmless = "x" * len(name)
    path = make_zip(tmp_path / "a.zip", {harmless: DATA})
    path.write_bytes(path.read_bytes().replace(harmless.encode(), name.encode()))
    assert_refused(path, f"member 1 has a path that {reason}")


def test_a_member_without_a_path_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(""), DATA)
    assert_refused(tmp_path / "a.zip", "member 1 has a path that is empty")


def test_a_path_that_is_not_the_utf8_it_claims_to_be_is_refused(path):
    data = path.read_bytes().replace(b"CANARY^", b"\xff\xff\xff\xff\xff\xff^")
    path.write_bytes(data)
    patch(path, {FLAGS: struct.pack("<H", 0x800)})
    assert_refused(path, "directory of the zip archive is damaged")


def test_a_folder_with_content_is_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"CANARYx": DATA})
    path.write_bytes(path.read_bytes().replace(b"CANARYx", b"CANARY/"))
    assert_refused(path, "a folder of the zip archive has content")


@pytest.mark.parametrize("cut", [1, 10, 22, 30, 60, 100])
def test_an_archive_that_is_cut_off_is_refused(path, cut):
    path.write_bytes(path.read_bytes()[:-cut])
    assert_refused(path, "is not a zip archive, or is cut off")


def test_data_behind_the_archive_is_refused(path):
    path.write_bytes(path.read_bytes() + b"canary")
    assert_refused(path, "has other data behind its end")


def test_an_archive_that_lost_its_middle_is_refused(path):
    data = path.read_bytes()
    path.write_bytes(data[:40] + data[60:])
    assert_refused(path, "is damaged")


def test_a_file_that_is_only_named_like_an_archive_is_refused(tmp_path):
    path = tmp_path / "CANARY^ALICE.zip"
    path.write_bytes(b"\xff\xd8 a picture" * 100)
    assert_refused(path, "is not a zip archive")


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "CANARY^ALICE.zip"
    path.write_bytes(b"")
    assert_refused(path, "the archive is empty, without even an end")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_wrong_checksum_is_refused(tmp_path, method):
    path = make_zip(tmp_path / "a.zip", {NAME: DATA}, method)
    patch(path, {CRC: b"\1\2\3\4"})
    assert_refused(path, "does not have the checksum")


def test_changed_bytes_are_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {NAME: DATA}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"canary of alice ", b"canary of bobby ", 1))
    assert_refused(path, "does not have the checksum")


def test_bytes_that_are_not_deflate_are_refused(path):
    start = LOCAL_NAME + len(NAME)
    data = path.read_bytes()
    path.write_bytes(data[:start] + b"\xff" * 12 + data[start + 12 :])
    assert_refused(path, "cannot be inflated")


@pytest.mark.parametrize("size", [0, 1, len(DATA) - 1, len(DATA) + 1, 1 << 31])
def test_a_member_that_inflates_to_another_size_is_refused(path, size):
    patch(path, {SIZE: struct.pack("<L", size)})
    assert_refused(path, "damaged")


def test_a_stored_member_of_another_size_is_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {NAME: DATA}, zipfile.ZIP_STORED)
    patch(path, {SIZE: struct.pack("<L", 10)})
    assert_refused(path, "unpacks to another size")


def test_a_bomb_is_inflated_no_further_than_it_declares(tmp_path):
    bomb = make_zip(tmp_path / "a.zip", {NAME: bytes(100_000_000)})
    patch(bomb, {SIZE: struct.pack("<L", 1000)})
    with open_archive(bomb) as reader:
        (member,) = reader.members()
        packed = reader.fetch(member)
        assert member.size == packed.size == 1000
        assert len(packed.data) < 100_000
        with pytest.raises(UnreadableError, match="damaged"):
            packed.unpack()
        with pytest.raises(UnreadableError, match="another size"):
            list(reader.content(member).chunks())


def test_hidden_bytes_behind_a_packed_member_are_refused():
    hidden = Packed(b"\x03\x00" + b"CANARY", Method.DEFLATED, 0, 0)
    with pytest.raises(UnreadableError, match="cannot be inflated"):
        hidden.unpack()


def test_members_that_share_bytes_are_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {NAME: DATA, "b": DATA})
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    data[second + OFFSET : second + OFFSET + 4] = bytes(4)
    path.write_bytes(data)
    assert_refused(path, "members of the zip archive overlap")


def test_a_member_that_reaches_into_the_next_is_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {NAME: DATA, "b": DATA})
    with zipfile.ZipFile(path) as archive:
        size = archive.infolist()[0].compress_size
    patch(path, {PACKED_SIZE: struct.pack("<L", size + 1)})
    assert_refused(path, "members of the zip archive overlap")


def test_a_member_whose_own_header_is_longer_than_its_room_is_refused(path):
    patch(path, {LOCAL_SIZE + 6: struct.pack("<H", 100)}, b"PK\x03\x04")
    assert_refused(path, "disagrees with the directory")


@pytest.mark.parametrize(
    "fields",
    [{LOCAL_NAME: b"ANOTHER"}, {LOCAL_METHOD: b"\0\0"}, {0: b"PK\x03\x05"}, {LOCAL_SIZE + 4: b"\1\0"}],
    ids=["name", "method", "signature", "name's length"],
)
def test_a_header_that_disagrees_with_the_directory_is_refused(path, fields):
    patch(path, fields, b"PK\x03\x04")
    assert_refused(path, "disagrees with the directory")


def test_a_directory_that_counts_other_members_is_refused(path):
    patch(path, {8: struct.pack("<HH", 2, 2)}, b"PK\x05\x06")
    assert_refused(path, "directory of the zip archive is damaged")


@pytest.mark.parametrize("size", [1, 45, 1000, 0xFFFFFFFF])
def test_a_directory_of_another_size_is_refused(path, size):
    patch(path, {12: struct.pack("<L", size)}, b"PK\x05\x06")
    with pytest.raises(FileError, match=r"directory of the zip archive is (damaged|too large)"):
        members(path)


def test_a_directory_too_large_to_be_held_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with path.open("wb") as file:
        file.truncate(MAX_DIRECTORY + 1)
        file.seek(0, io.SEEK_END)
        file.write(b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, MAX_DIRECTORY + 1, 0, 0))
    with pytest.raises(TooLargeError, match="split the archive"):
        members(path)


def test_an_archive_in_several_parts_is_refused(path):
    patch(path, {4: struct.pack("<HH", 1, 1)}, b"PK\x05\x06")
    assert_refused(path, "one part of several; join them")


def test_a_large_archive_in_several_parts_is_refused(path):
    data = path.read_bytes()
    end = data.index(b"PK\x05\x06")
    path.write_bytes(data[:end] + b"PK\x06\x07" + struct.pack("<LQL", 0, 0, 2) + data[end:])
    assert_refused(path, "one part of several; join them")


def test_a_zip64_locator_that_leads_nowhere_is_refused(path):
    data = path.read_bytes()
    end = data.index(b"PK\x05\x06")
    path.write_bytes(data[:end] + b"PK\x06\x07" + struct.pack("<LQL", 0, 1 << 63, 1) + data[end:])
    assert_refused(path, "directory of the zip archive is damaged")


def test_a_zip64_field_that_is_cut_off_is_refused(path):
    data = path.read_bytes()
    central = data.index(b"PK\x01\x02")
    header = bytearray(data[central : data.index(b"PK\x05\x06")])
    header[SIZE : SIZE + 4] = b"\xff" * 4
    header[30:32] = struct.pack("<H", 6)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 1, 1, len(header) + 6, central, 0)
    path.write_bytes(data[:central] + header + struct.pack("<HHH", 1, 2, 0) + end)
    assert_refused(path, "directory of the zip archive is damaged")


def test_every_cut_and_every_changed_byte_is_refused_or_harmless(tmp_path):
    """Whatever byte is changed, what is read is what was packed, or nothing."""
    path = make_zip(tmp_path / "a.zip", {"a": b"first" * 9, "b": b"second" * 9})
    good = path.read_bytes()
    refused = 0
    for at in range(len(good)):
        damaged = bytearray(good)
        damaged[at] ^= 0x55
        path.write_bytes(damaged)
        try:
            read = contents(path)
        except FileError:
            refused += 1
        else:
            assert set(read.values()) <= {b"first" * 9, b"second" * 9}
    assert refused > len(good) // 2
