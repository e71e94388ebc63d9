"""Searches every output byte for direct identifiers: inflated, decoded, in all encodings; with code of its own."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import tarfile
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pydicom

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.privacy.persons import Person

ENCODINGS: Final = (
    "utf-8", "latin-1", "cp1250", "utf-16-le", "utf-16-be",
    "iso2022_jp", "iso2022_kr", "euc_kr", "gb18030", "shift_jis",
)  # fmt: skip
DEPTH: Final = 4
"""How many wrappings are opened: an archive in an archive holds a document with deflated streams."""
TAR_MAGIC: Final = 257
DEFLATED: Final = re.compile(rb"stream\r?\n")
BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
UNICODE: Final = re.compile(rb"(?:\\u[0-9a-fA-F]{4})+")
ENTITY: Final = re.compile(rb"&#(?:x([0-9a-fA-F]+)|([0-9]+));")
ZLIB: Final = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


@dataclass(frozen=True, slots=True)
class Leak:
    """A direct identifier in an output. Identifying."""

    file: str
    kind: str
    person: int
    text: str = field(repr=False)


def views(content: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """Yield a file's bytes, and those of everything that is packed, deflated or escaped in them."""
    yield content
    if depth == 0:
        return
    for inner in _inner(content):
        yield from views(inner, depth - 1)


def _inner(content: bytes) -> Iterator[bytes]:
    yield from _archived(content)
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif content[128:132] == b"DICM":
        yield from _deflated_data_set(content)
    for match in DEFLATED.finditer(content):
        yield from _inflated(content[match.end() :])
    if content[:4] == b"\x89PNG":
        for match in ZLIB.finditer(content):
            yield from _inflated(content[match.start() :])
    yield from _unescaped(content)


def _archived(content: bytes) -> Iterator[bytes]:
    if content[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                yield entry.filename.encode()
                yield archive.read(entry)
    elif content[TAR_MAGIC:][:5] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as packed:
            for member in packed:
                if (file := packed.extractfile(member)) is not None:
                    yield file.read()


def _unescaped(content: bytes) -> Iterator[bytes]:
    for match in BASE64.finditer(content):
        try:
            yield base64.b64decode(match[0] + b"=" * (-len(match[0]) % 4))
        except binascii.Error:
            continue
    if UNICODE.search(content):
        yield UNICODE.sub(lambda match: match[0].decode("unicode_escape").encode("utf-8", "replace"), content)
    if ENTITY.search(content):
        yield ENTITY.sub(lambda match: chr(int(match[1], 16) if match[1] else int(match[2])).encode(), content)


def _inflated(content: bytes) -> Iterator[bytes]:
    try:
        yield zlib.decompressobj().decompress(content)
    except zlib.error:
        return


def _deflated_data_set(content: bytes) -> Iterator[bytes]:
    meta = pydicom.dcmread(io.BytesIO(content), specific_tags=[0x00020010]).file_meta
    if meta.TransferSyntaxUID == pydicom.uid.DeflatedExplicitVRLittleEndian:
        start = 144 + meta.FileMetaInformationGroupLength
        yield zlib.decompressobj(-zlib.MAX_WBITS).decompress(content[start:])


def spelled(text: str) -> Iterator[bytes]:
    """Yield a text in all encodings that can write it, in small letters."""
    for encoding in ENCODINGS:
        try:
            yield text.lower().encode(encoding)
        except UnicodeEncodeError:
            continue


class Needles:
    """The direct identifiers of patients, ready to be searched for."""

    def __init__(self, patients: Sequence[Person]) -> None:
        self._known: dict[bytes, tuple[str, int, str]] = {}
        for person in patients:
            for kind, text in person.needles:
                for spelling in {*spelled(text), *spelled(text.upper().lower())}:
                    self._known.setdefault(spelling, (kind, person.number, text))

    def leaks(self, file: str, content: bytes) -> Iterator[Leak]:
        """Yield what is found in a file and in its name."""
        seen = set()
        for view in (file.encode(), *views(content)):
            small = _small(view)
            for spelling, (kind, person, text) in self._known.items():
                if spelling in small and (kind, text) not in seen:
                    seen.add((kind, text))
                    yield Leak(file, kind, person, text)


def _small(content: bytes) -> bytes:
    """Return bytes with the capital letters of ASCII and Latin-1 made small, where they stand alone or in UTF-8."""
    lowered = content.lower()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return lowered + b"\0" + content.decode("latin-1").lower().encode("latin-1", "replace") + b"\0" + content
    return lowered + b"\0" + text.lower().encode() + b"\0" + content


def holds(content: bytes, texts: Iterable[str]) -> bool:
    """Say whether any of these texts stands anywhere in a file."""
    wanted = [spelling for text in texts for spelling in spelled(text)]
    return any(spelling in small for view in views(content) for small in (_small(view),) for spelling in wanted)
