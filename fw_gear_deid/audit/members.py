"""The objects in a source, one after the other: a file, or the members of an archive, archives within included."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LARGEST: Final = 2 << 30
"""Bytes of one object up to which it is held."""

DEEPEST: Final = 4
"""Archives within archives."""

_ZIP: Final = b"PK\x03\x04", b"PK\x05\x06"
_TARS: Final = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
_DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a source.

    Attributes:
        member: its path in the archive, ``/`` between archives; ``""`` for the source itself.
        data: its bytes, or their beginning.
        fault: why there are none.
        texts: what stands beside its bytes in the archive, by what it is: its comment.
    """

    member: str
    data: bytes = field(default=b"", repr=False)
    fault: str = ""
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How sources are read.

    Attributes:
        sample: members of each archive, from the first to the last; 0: all of them.
        longest: bytes of each object; 0: all of them.
    """

    sample: int = 0
    longest: int = 0


def items(file: BinaryIO, name: str, reading: Reading, depth: int = 0) -> Iterator[Item]:
    """Yield the objects of a source.

    Args:
        file: the source, which can be sought in.
        name: its base name.
        reading: how much is read.
        depth: archives around it.

    Raises:
        OSError: it cannot be read.
    """
    head = file.read(4)
    file.seek(0)
    opened = _of_zip if head in _ZIP else _of_tar if name.lower().endswith(_TARS) else None
    if opened is None:
        yield _whole(file, reading)
        return
    try:
        yield from opened(file, reading, depth)
    except _DAMAGED as error:
        yield Item("", fault=f"the archive cannot be read: {type(error).__name__}")


def _whole(file: BinaryIO, reading: Reading) -> Item:
    data = file.read(reading.longest or LARGEST + 1)
    return Item("", fault="it is larger than is read at once") if len(data) > LARGEST else Item("", data)


def _of_zip(file: BinaryIO, reading: Reading, depth: int) -> Iterator[Item]:
    with zipfile.ZipFile(file) as archive:
        if archive.comment:
            yield Item("", texts=(("comment of the archive", archive.comment.decode("utf-8", "replace")),))
        members = [each for each in archive.infolist() if not each.is_dir()]
        for folder in (each for each in archive.infolist() if each.is_dir()):
            yield Item(folder.filename)
        for each in sampled(members, reading.sample):
            texts = (("comment", each.comment.decode("utf-8", "replace")),) if each.comment else ()
            yield from _member(each.filename, texts, reading, depth, lambda each=each: archive.open(each))  # type: ignore[misc]  # bound now


def _of_tar(file: BinaryIO, reading: Reading, depth: int) -> Iterator[Item]:
    with tarfile.open(fileobj=file) as archive:
        members = [each for each in archive.getmembers() if each.isfile()]
        for each in sampled(members, reading.sample):
            owner = "".join(f" {text}" for text in (each.uname, each.gname) if text not in {"", "root"})
            texts = (("owner", owner.strip()),) if owner else ()
            yield from _member(each.name, texts, reading, depth, lambda each=each: archive.extractfile(each))  # type: ignore[misc]  # bound now


def _member(
    path: str, texts: tuple[tuple[str, str], ...], reading: Reading, depth: int, opened: Callable[[], Any]
) -> Iterator[Item]:
    """Yield the objects of one member."""
    try:
        with opened() as member:
            data = member.read(reading.longest or LARGEST + 1)
    except (*_DAMAGED, OSError) as error:
        yield Item(path, fault=f"the member cannot be read: {type(error).__name__}", texts=texts)
        return
    if len(data) > LARGEST:
        yield Item(path, fault="it is larger than is read at once", texts=texts)
    elif data[:4] not in _ZIP:
        yield Item(path, data, texts=texts)
    elif depth == DEEPEST or reading.longest:
        yield Item(path, fault="there are too many archives within each other", texts=texts)
    else:
        yield Item(path, texts=texts)
        for each in items(io.BytesIO(data), path, reading, depth + 1):
            yield Item("/".join(part for part in (path, each.member) if part), each.data, each.fault, each.texts)


def sampled(members: Sequence[Any], count: int) -> list[Any]:
    """Return so many of some members, from the first to the last in even steps; all of them for 0."""
    if not count or count >= len(members):
        return list(members)
    if count == 1:
        return [members[0]]
    return [members[round(step * (len(members) - 1) / (count - 1))] for step in range(count)]
