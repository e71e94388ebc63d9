from __future__ import annotations

import concurrent.futures
import gzip
import itertools
import random
import tracemalloc

import pytest

from fw_gear_deid.errors import TooLargeError
from fw_gear_deid.formats.archive.base import create_archive, open_archive
from fw_gear_deid.formats.archive.deflating import BLOCK, blocks
from fw_gear_deid.formats.archive.streams import ArchiveFile, GzipStream, StreamedContent
from fw_gear_deid.formats.content import Range, Spliced
from tests.archive.rewriting import make_tar, make_zip

DATA = random.Random(7).randbytes(3_500_000)  # noqa: S311  # only has to be the same each time
KINDS = pytest.mark.parametrize("kind", ["stored", "deflated", "tar", "tar.gz"])


def make(folder, kind, data):
    """Make an archive whose second member holds ``data``."""
    files = {"before": b"b" * 1000, "large": data, "behind": b"a"}
    if kind.startswith("tar"):
        return make_tar(folder / f"a.{kind}", files)
    return make_zip(folder / "a.zip", files, 0 if kind == "stored" else 8)


def second(reader):
    return list(reader.members())[1]


@KINDS
def test_a_member_is_read_in_ranges_as_often_as_wanted(tmp_path, kind):
    with open_archive(make(tmp_path, kind, DATA)) as reader:
        content = reader.content(second(reader))
        assert content.size == len(DATA)
        assert not content.in_memory
        assert content.prefix(132) == DATA[:132]
        assert content.prefix(10) == DATA[:10]
        for start, stop in [(0, 10), (5, 200), (0, None), (3_000_000, None), (7, 7), (100, 2_000_000), (99, 100)]:
            assert b"".join(content.chunks(start, stop)) == DATA[start:stop]
        assert content.prefix(len(DATA) + 5) == DATA
        assert b"".join(content.chunks()) == DATA
        with pytest.raises(TooLargeError):
            content.read()


@KINDS
def test_a_range_that_was_not_read_to_its_end_disturbs_no_later_one(tmp_path, kind):
    with open_archive(make(tmp_path, kind, DATA)) as reader:
        content = reader.content(second(reader))
        first = next(content.chunks())
        assert DATA.startswith(bytes(first))
        both = list(itertools.zip_longest(content.chunks(10), content.chunks(20), fillvalue=b""))
        assert b"".join(one for one, _ in both) == DATA[10:]
        assert b"".join(other for _, other in both) == DATA[20:]
        assert b"".join(content.chunks(50)) == DATA[50:]


def test_ranges_in_order_are_read_in_one_pass(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"before" + DATA))
    file = ArchiveFile(path)
    opened = []

    def open_stream(position):
        opened.append(position)
        return GzipStream(file)

    content = StreamedContent(len(DATA), 6, open_stream)
    content.prefix(10_000)
    spliced = Spliced(content, [Range(0, 500), b"new", Range(600, 20_000), Range(2_000_000, len(DATA))])
    assert b"".join(spliced.chunks()) == DATA[:500] + b"new" + DATA[600:20_000] + DATA[2_000_000:]
    assert opened == [6]
    file.close()


@KINDS
def test_members_are_read_in_parallel(tmp_path, kind):
    files = {f"{number}": bytes([number]) * 400_000 for number in range(24)}
    path = make_tar(tmp_path / f"a.{kind}", files) if kind.startswith("tar") else make_zip(tmp_path / "a.zip", files)
    with open_archive(path) as reader, concurrent.futures.ThreadPoolExecutor(4) as workers:
        listed = list(reader.members())
        streamed = workers.map(lambda member: b"".join(reader.content(member).chunks()), listed)
        held = workers.map(lambda packed: packed.unpack(), map(reader.fetch, listed))
        assert list(held) == list(files.values())
        assert list(streamed) == list(files.values())


@KINDS
def test_a_large_member_goes_through_in_little_memory(tmp_path, kind):
    size = 48_000_000
    path = make(tmp_path, kind, bytes(size))
    with open_archive(path) as reader, (tmp_path / "copy").open("w+b") as file:
        writer = create_archive(reader, file)
        tracemalloc.start()
        try:
            for member in reader.members():
                writer.stream(member, member.name, reader.content(member))
            writer.close(reader.comment)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 12_000_000


@pytest.mark.parametrize("sizes", [[], [0], [1], [4], [5], [3, 3, 3], [4, 1, 0, 7], [13, 2], [1] * 9])
def test_streams_are_cut_into_equal_blocks(sizes):
    data = bytes(range(sum(sizes)))
    pieces, at = [], 0
    for size in sizes:
        pieces.append(memoryview(data)[at : at + size])
        at += size

    cut = [bytes(block) for block in blocks(pieces, 4)]

    assert b"".join(cut) == data
    assert all(len(block) == 4 for block in cut[:-1])
    assert all(1 <= len(block) <= 4 for block in cut)
    assert BLOCK == 1 << 20
