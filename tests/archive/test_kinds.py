from __future__ import annotations

import gzip
import random
import tarfile

import pytest

from fw_gear_deid.errors import UnreadableError
from fw_gear_deid.formats.archive.base import HEAD, Kind, archive_kind, open_archive
from tests.archive.rewriting import make_tar, make_zip

NOISE = random.Random(3).randbytes(100_000)  # noqa: S311  # only has to be the same each time


@pytest.mark.parametrize(
    ("name", "kind"), [("a.tar", Kind.TAR), ("a.tar.gz", Kind.TAR_GZ), ("a.zip", Kind.ZIP), ("b.zip", Kind.ZIP)]
)
@pytest.mark.parametrize("tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_an_archive_is_known_by_its_bytes_whatever_its_name(tmp_path, name, kind, tar_format):
    files = {} if name == "b.zip" else {"a.dcm": NOISE}
    path = make_zip(tmp_path / name, files) if kind is Kind.ZIP else make_tar(tmp_path / name, files, tar_format)
    anonymous = path.rename(tmp_path / "download")

    assert archive_kind(anonymous.read_bytes()[:HEAD], "download") is kind
    with open_archive(anonymous) as reader:
        assert reader.kind is kind
        assert [member.name for member in reader.members()] == list(files)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.ZIP", Kind.ZIP),
        ("a.tar", Kind.TAR),
        ("a.tar.gz", Kind.TAR_GZ),
        ("a.TGZ", Kind.TAR_GZ),
        ("a.dcm", None),
        ("zip", None),
        ("a.gz", None),
    ],
)
@pytest.mark.parametrize("head", [b"", b"noise", bytes(HEAD), NOISE[:HEAD]])
def test_a_name_tells_what_bytes_do_not(name, kind, head):
    assert archive_kind(head, name) is kind


@pytest.mark.parametrize("name", ["a.nii.gz", "a.json.gz"])
@pytest.mark.parametrize("data", [NOISE, bytes(100_000), b"", b"ustar"])
def test_a_gzipped_file_is_no_archive(name, data):
    assert archive_kind(gzip.compress(data)[:HEAD], name) is None


def test_damaged_gzip_bytes_are_no_archive():
    assert archive_kind(b"\x1f\x8b\x08\x00" + b"\xff" * 100, "a.nii.gz") is None


def test_a_file_that_is_no_archive_is_not_opened(tmp_path):
    path = tmp_path / "CANARY^ALICE.dcm"
    path.write_bytes(NOISE)
    with pytest.raises(UnreadableError, match=r"^is not a zip, tar or tar\.gz archive$"):
        open_archive(path)
